"""Pictures of points and flows whose labels stay text: positions in per cent, so that nothing shrinks with the page.

Reads     drivers with importance and performance; the links of the value chain.
Gives     SVG; colours from the style sheet; each number stands in the table beside it, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from worthline.reports.chain import Link
from worthline.reports.drivers import Spot

MARGIN = 8.0
"""Per cent of the picture left free on each side."""
ROW = 34
"""Pixels of one line of the flow."""
THICK = 14.0
COLUMNS = ((0.0, 30.0), (38.0, 62.0), (70.0, 100.0))
"""From where to where, in per cent, the three columns of the flow go."""


def quadrants(spots: Sequence[Spot]) -> Markup:
    """Importance upwards, performance to the right; the lines stand at the means, and the axes start where they say."""
    left, right = _reach([spot.performance for spot in spots])
    top = max(spot.importance for spot in spots) * 1.15 or 1.0
    mean_x = _across(sum(s.performance for s in spots) / len(spots), left, right)
    mean_y = _up(sum(s.importance for s in spots) / len(spots), top)
    parts = [
        f'<line class="zero" x1="{mean_x}%" x2="{mean_x}%" y1="0" y2="100%"/>',
        f'<line class="zero" x1="0" x2="100%" y1="{mean_y}%" y2="{mean_y}%"/>',
        '<text class="corner" x="1%" y="16">Improve first</text>',
        '<text class="corner end" x="99%" y="16">Keep up</text>',
        '<text class="corner" x="1%" y="98%">Improve next</text>',
        '<text class="corner end" x="99%" y="98%">No action</text>',
    ]
    for spot in spots:
        x, y = _across(spot.performance, left, right), _up(spot.importance, top)
        side, dx = ("end", -10) if x > 60 else ("start", 10)
        label = escape(f"{spot.name}: explains {spot.importance_text}, rated {spot.performance_text}, {spot.advice}")
        parts.append(
            f'<g><title>{label}</title><circle class="spot" cx="{x}%" cy="{y}%" r="6"/>'
            f'<text class="{side}" x="{x}%" y="{y}%" dx="{dx}" dy="4">{escape(spot.name)}</text></g>'
        )
    names = "; ".join(f"{spot.name}: {spot.advice}" for spot in spots)
    return Markup(f'<svg class="quadrants" role="img" aria-label="{escape(names)}">{"".join(parts)}</svg>')


def flow(links: Sequence[Link], most: float) -> Markup:
    """Experience, behaviour, margin, from left to right; a thicker line is more margin, a pale one includes zero."""
    height = ROW * len(links)
    parts = []
    for row, link in enumerate(links):
        y = ROW * row + ROW // 2
        sure = link.amount is not None
        thick = max(1.5, THICK * abs(link.amount or 0.0) / (most or 1.0))
        kind = ("loss" if (link.amount or 0.0) < 0 else "gain") if sure else "pale"
        texts = (
            (COLUMNS[0][0], link.name),
            (COLUMNS[1][0], link.behaviour.value),
            (COLUMNS[2][0], f"{link.money.value}{'' if sure else ' (includes zero)'}"),
        )
        for start, end in ((COLUMNS[0][1], COLUMNS[1][0] - 1), (COLUMNS[1][1], COLUMNS[2][0] - 1)):
            parts.append(
                f'<line class="{kind}" stroke-width="{thick:.1f}" x1="{start}%" x2="{end}%" y1="{y}" y2="{y}"/>'
            )
        parts += [f'<text x="{x}%" y="{y}" dy="4">{escape(text)}</text>' for x, text in texts]
    return Markup(f'<svg class="flow" height="{height}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>')


def _reach(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    gap = (high - low) or 1.0
    return low - gap * 0.15, high + gap * 0.15


def _across(number: float, left: float, right: float) -> float:
    return round(MARGIN + (number - left) / (right - left) * (100 - 2 * MARGIN), 2)


def _up(number: float, top: float) -> float:
    return round(100 - MARGIN - number / top * (100 - 2 * MARGIN), 2)
