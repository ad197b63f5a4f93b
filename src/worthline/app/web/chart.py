"""Charts as SVG, drawn here: no script, no picture service, colours from the style sheet in light and dark.

Reads     a Trend.
Gives     Chart (the drawing and the labels around it) and the small line of a card.
Method    the drawing is stretched to its place, so its strokes do not scale and its labels are text of the page
          beside it, which never shrinks with the picture. Positions are whole numbers: same run, same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from worthline.metrics import formatting
from worthline.reports.trends import Point, Trend

WIDTH, HEIGHT = 1000, 300
SMALL_WIDTH, SMALL_HEIGHT = 200, 48
FLAT = 0.6
"""A course that moves by less than this share of its height is drawn on an axis of its own, not from zero."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on the chart, by number."""

    number: int
    day: str
    says: str


@dataclass(frozen=True, slots=True)
class Row:
    """One month of the table that says the same as the drawing."""

    month: str
    value: str
    interval: str
    target: str
    happened: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and what stands around it."""

    svg: Markup
    numbers: Markup
    """Numbers of the events, above their lines."""
    title: str
    says: str
    up: tuple[str, ...]
    """Labels of the upright axis, from the top."""
    along: tuple[str, ...]
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    ranged: bool
    aimed: bool
    start: str
    """Where the upright axis starts, if not at zero or below."""


def chart(trend: Trend) -> Chart:
    """A trend as a chart."""
    ticks = _ticks(trend)
    return Chart(
        svg=_drawing(trend, ticks),
        title=trend.label,
        says=trend.says,
        up=tuple(trend.format(tick) for tick in reversed(ticks)),
        along=_along(trend.points),
        marks=marks(trend),
        numbers=_numbers(trend),
        rows=tuple(_row(trend, point) for point in trend.points),
        ranged=any(p.low is not None for p in trend.points),
        aimed=any(p.target is not None for p in trend.points),
        start=trend.format(ticks[0]) if ticks[0] > 0 else "",
    )


def marks(trend: Trend) -> tuple[Mark, ...]:
    """The events of a trend, numbered as its chart numbers them."""
    return tuple(
        Mark(event.number, formatting.day(event.day), f"{event.description} ({event.kind})") for event in trend.events
    )


def small(trend: Trend) -> Markup:
    """The line of a card; what it says is said beside it, so nobody needs to hear it."""
    values = [p.value for p in trend.points if p.value is not None]
    low, high = min(values), max(values)
    gap = (high - low) or abs(high) or 1.0
    bottom, top = low - gap * 0.12, high + gap * 0.12
    spots = _spots(trend.points, bottom, top, SMALL_WIDTH, SMALL_HEIGHT)
    lines = "".join(f'<polyline class="line" points="{_points(run)}"/>' for run in _runs(spots))
    x, y = next(spot for spot in reversed(spots) if spot is not None)
    end = f'<path class="dot" d="M{x} {y}h0"/>'
    return Markup(
        f'<svg class="spark" viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false">{lines}{end}</svg>'
    )


def _drawing(trend: Trend, ticks: list[float]) -> Markup:
    bottom, top = ticks[0], ticks[-1]
    spots = _spots(trend.points, bottom, top, WIDTH, HEIGHT)
    parts = [f'<path class="grid" d="M0 {y}H{WIDTH}"/>' for y in (_y(tick, bottom, top, HEIGHT) for tick in ticks)]
    parts += [f'<path class="mark" d="M{x} 0V{HEIGHT}"/>' for x in _marked(trend)]
    parts += [f'<polygon class="band" points="{_points(shape)}"/>' for shape in _bands(trend.points, bottom, top)]
    parts += [f'<path class="reach" d="M{x} {low}V{high}"/>' for x, low, high in _alone(trend.points, bottom, top)]
    aims = _spots([Point(p.month, p.target) for p in trend.points], bottom, top, WIDTH, HEIGHT)
    parts += [f'<polyline class="aim" points="{_points(run)}"/>' for run in _runs(aims)]
    if bottom < 0 < top:
        parts.append(f'<path class="zero" d="M0 {_y(0.0, bottom, top, HEIGHT)}H{WIDTH}"/>')
    parts += [f'<polyline class="line" points="{_points(run)}"/>' for run in _runs(spots)]
    parts += [f'<path class="dot" d="M{x} {y}h0"/>' for x, y in _dots(spots)]
    label = Markup.escape(f"{trend.label}, month by month. {trend.says}")
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _numbers(trend: Trend) -> Markup:
    """The numbers of the events, above their lines; not stretched, so that they stay text."""
    months = [p.month for p in trend.points]
    spots = [
        (event.number, round(100 * months.index(event.month) / max(len(months) - 1, 1), 1))
        for event in trend.events
        if event.month in months
    ]
    if not spots:
        return Markup("")
    drawn = "".join(f'<text x="{x}%" y="11">{n}</text>' for n, x in spots)
    return Markup(f'<svg class="numbers" aria-hidden="true" focusable="false">{drawn}</svg>')


def _ticks(trend: Trend) -> list[float]:
    """Round numbers from the bottom of the axis to its top; from zero, unless that would flatten the course.

    A course that never moves has nothing to flatten; an axis of shares ends at 100% where none is above.
    """
    values = [n for p in trend.points for n in (p.value, p.low, p.high, p.target) if n is not None]
    scale = 100.0 if trend.unit in ("share", "rate") else 1.0
    low, high = min(values) * scale, max(values) * scale
    if low >= 0 and (high - low > FLAT * high or high == low):
        low = 0.0
    step = _step((high - low or abs(high) or 1.0) / 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 2)
    if trend.unit == "share" and high <= 100 < last * step:
        last = math.floor(100 / step + 1e-9)
        first = min(first, last - 2)
    return [step_number * step / scale for step_number in range(first, last + 1)]


def _step(rough: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= rough * (1 - 1e-9))


def _along(points: tuple[Point, ...]) -> tuple[str, ...]:
    """First, middle where there is one, and last month."""
    positions = (0, len(points) // 2, len(points) - 1) if len(points) % 2 and len(points) > 2 else (0, len(points) - 1)
    return tuple(formatting.month(points[i].month) for i in positions)


def _row(trend: Trend, point: Point) -> Row:
    interval = "" if point.low is None else f"{trend.format(point.low)} to {trend.format(point.high)}"
    happened = [event.description for event in trend.events if event.month == point.month]
    return Row(
        formatting.month(point.month),
        trend.format(point.value),
        interval,
        "" if point.target is None else trend.format(point.target),
        "; ".join(happened),
    )


Spot = tuple[int, int]


def _x(position: int, count: int, width: int) -> int:
    return round(position * width / max(count - 1, 1))


def _y(number: float, bottom: float, top: float, height: int) -> int:
    return round(height - (number - bottom) / (top - bottom) * height)


def _spots(
    points: tuple[Point, ...] | list[Point], bottom: float, top: float, width: int, height: int
) -> list[Spot | None]:
    return [
        None if p.value is None else (_x(i, len(points), width), _y(p.value, bottom, top, height))
        for i, p in enumerate(points)
    ]


def _runs(spots: list[Spot | None]) -> list[list[Spot]]:
    """Stretches without a gap."""
    runs: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(spot)
    return [run for run in runs if len(run) > 1]


def _dots(spots: list[Spot | None]) -> list[Spot]:
    """The last month, and each that stands alone between gaps."""
    drawn = [spot for spot in spots if spot is not None]
    joined = {spot for run in _runs(spots) for spot in run}
    return [spot for spot in drawn if spot not in joined or spot == drawn[-1]]


def _bands(points: tuple[Point, ...], bottom: float, top: float) -> list[list[Spot]]:
    low, high = _ends(points, bottom, top)
    return [[*up, *reversed(down)] for up, down in zip(_runs(high), _runs(low), strict=True)]


def _ends(points: tuple[Point, ...], bottom: float, top: float) -> tuple[list[Spot | None], list[Spot | None]]:
    """The lower and the upper ends of the intervals."""
    low = _spots([Point(p.month, p.low) for p in points], bottom, top, WIDTH, HEIGHT)
    high = _spots([Point(p.month, p.high) for p in points], bottom, top, WIDTH, HEIGHT)
    return low, high


def _alone(points: tuple[Point, ...], bottom: float, top: float) -> list[tuple[int, int, int]]:
    """x, lower and upper end of the intervals of months that stand alone between gaps, where no band can be."""
    low, high = _ends(points, bottom, top)
    banded = {x for run in _runs(low) for x, _ in run}
    return [(a[0], a[1], b[1]) for a, b in zip(low, high, strict=True) if a and b and a[0] not in banded]


def _marked(trend: Trend) -> list[int]:
    months = [p.month for p in trend.points]
    return [_x(months.index(e.month), len(months), WIDTH) for e in trend.events if e.month in months]


def _points(spots: list[Spot]) -> str:
    return " ".join(f"{x},{y}" for x, y in spots)
