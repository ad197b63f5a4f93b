"""Small drawings inside a table's cell: a range around its estimate, a step of a bridge.

Reads     numbers.
Gives     SVG that is stretched to its place, colours from the style sheet; what it shows stands as text beside it.
"""

from __future__ import annotations

from markupsafe import Markup

from worthline.reports.effects import Cause
from worthline.reports.one_effect import Point
from worthline.reports.waterfall import Step

WIDTH = 1000
EDGE = 10


def whisker(cause: Cause, reach: tuple[float, float]) -> Markup:
    """The 95% CI and the estimate, on an axis that includes zero."""
    kind = "pale" if not cause.shown else "gain" if cause.better else "loss"
    left, right, here = (_x(number, reach) for number in (cause.low, cause.high, cause.estimate))
    return _svg(
        f'<path class="zero" d="M{_x(0.0, reach)} 0V40"/><path class="reach {kind}" d="M{left} 20H{right}"/>'
        f'<path class="at {kind}" d="M{here} 10V30"/>'
    )


def point(interval: Point, reach: tuple[float, float]) -> Markup:
    """An effect at one horizon: its range, its estimate, and, hollow, the unadjusted difference."""
    if interval.estimate is None:
        return Markup("")
    kind = "pale" if not interval.shown else "gain" if interval.better else "loss"
    left, right, here = (_x(number, reach) for number in (interval.low, interval.high, interval.estimate))
    naive = "" if interval.naive is None else f'<path class="naive" d="M{_x(interval.naive, reach)} 4V36"/>'
    return _svg(
        f'<path class="zero" d="M{_x(0.0, reach)} 0V40"/>{naive}<path class="reach {kind}" d="M{left} 20H{right}"/>'
        f'<path class="at {kind}" d="M{here} 10V30"/>'
    )


def share(part: float, whole: float) -> Markup:
    """A bar as long as the part is of the whole."""
    width = round(abs(part) / (abs(whole) or 1.0) * (WIDTH - 2 * EDGE))
    kind = "loss" if part < 0 else "gain"
    return _svg(f'<rect class="{kind}" x="{EDGE}" y="6" width="{max(width, 3)}" height="28"/>')


def step(one: Step, reach: tuple[float, float]) -> Markup:
    """One line of a bridge, from where it starts to where it ends."""
    left, right = sorted((_x(one.start, reach), _x(one.end, reach)))
    if one.start == one.end:
        return _svg(f'<path class="zero" d="M{left} 6V34"/>')
    return _svg(f'<rect class="{one.kind}" x="{left}" y="6" width="{max(right - left, 3)}" height="28"/>')


def _x(number: float, reach: tuple[float, float]) -> int:
    low, high = reach
    return round(EDGE + (number - low) / ((high - low) or 1.0) * (WIDTH - 2 * EDGE))


def _svg(inside: str) -> Markup:
    return Markup(
        f'<svg class="bar" viewBox="0 0 {WIDTH} 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{inside}</svg>"
    )
