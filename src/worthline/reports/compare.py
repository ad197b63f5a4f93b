"""Every metric of one group and period, alone or beside another group or period.

Reads     the table metrics, with small groups hidden.
Gives     `compared`: Comparison, with what may be chosen; the address holds the whole choice, so a link keeps it.
Method    a difference is this minus that, in the metric's unit. Where both have a 95% confidence interval and share
          no respondent, it is called not significant if its own interval, from both half-widths as for independent
          samples, holds zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.metrics.registry import METRICS
from worthline.metrics.registry import metric as registered
from worthline.reports.figure_text import span, value
from worthline.reports.metrics_list import FAMILIES
from worthline.reports.page import Column, Grid
from worthline.run import small_groups
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

ALL = "all:all"
ASKED = ("group", "period", "with_group", "with_period")
"""What the address may say."""
DIMENSIONS = ("segment", "region", "channel", "product", "location", "touchpoint", "group")
NAMES = {"group": "Department"}
HIDDEN = f"hidden (fewer than {FEW})"
AT_A_DATE = ("customers_active", "mrr")
"""Metrics at the end of a period."""
_WHOLE = "regexp_matches(period, '^(12m:)?[0-9]{4}-[0-9]{2}$')"


@dataclass(frozen=True, slots=True)
class Side:
    """A group and a period."""

    dimension: str
    member: str
    period: str

    @property
    def group(self) -> str:
        """As the address names the group."""
        return f"{self.dimension}:{self.member}"

    def __str__(self) -> str:
        who = "All customers" if self.group == ALL else f"{_name(self.dimension)} {self.member}"
        return f"{who}, {formatting.period(self.period)}"


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: groups by dimension, and periods, each as value and label."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    periods: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One side, or two side by side, by family of metrics."""

    this: Side
    that: Side | None
    grids: tuple[Grid, ...]
    choices: Choices

    @property
    def title(self) -> str:
        """What is shown."""
        return str(self.this) if self.that is None else f"{self.this}, compared with {self.that}"


def choices(run: RunView) -> Choices:
    """Groups and periods of this run."""
    if "metrics" not in run.tables():
        return Choices((), ())
    members = run.sql(
        "select distinct dimension, member from metrics where dimension <> 'all' order by 1, 2"
    ).to_pylist()
    groups = tuple(
        (_name(dimension), tuple((f"{dimension}:{row['member']}", str(row["member"])) for row in own))
        for dimension in DIMENSIONS
        if (own := [row for row in members if row["dimension"] == dimension])
    )
    periods = run.sql(
        f"select distinct period from metrics where {_WHOLE} order by period like '12m:%' desc, period desc"
    )["period"].to_pylist()
    return Choices(groups, tuple((period, formatting.period(period)) for period in periods))


def compared(run: RunView, parameters: Mapping[str, str]) -> Comparison | None:
    """What the address asks for; None where it asks for nothing. Raises UsageError for what this run has not."""
    if not any(parameters.get(name) for name in ASKED):
        return None
    options = choices(run)
    groups = [ALL, *(member for _, members in options.groups for member, _ in members)]
    periods = [period for period, _ in options.periods]
    latest = next(iter(periods), "")

    def side(group: str, period: str) -> Side:
        for name, chosen, of in (("group", group, groups), ("period", period, periods)):
            if chosen not in of:
                some = ", ".join(of[:6])
                raise UsageError(f"?{name}= is one of {some}{', …' if len(of) > 6 else ''}; found {chosen[:40]!r}.")
        dimension, _, member = group.partition(":")
        return Side(dimension, member, period)

    this = side(parameters.get("group") or ALL, parameters.get("period") or latest)
    that = None
    if parameters.get("with_group") or parameters.get("with_period"):
        that = side(parameters.get("with_group") or this.group, parameters.get("with_period") or this.period)
    return Comparison(this, that if that != this else None, _grids(run, this, that if that != this else None), options)


def _grids(run: RunView, this: Side, that: Side | None) -> tuple[Grid, ...]:
    left, *others = _values(run, [this, that] if that else [this])
    right = others[0] if others else {}
    currency = str(run.about["currency"])
    families: dict[str, list[tuple[str, ...]]] = {}
    for name in METRICS:
        if name not in left and name not in right:
            continue
        cells = [registered(name).label, *_cells(name, left.get(name), currency)]
        if that:
            cells += _cells(name, right.get(name), currency)
            cells.append(_difference(name, left.get(name), right.get(name), currency, _apart(this, that)))
        families.setdefault(registered(name).family, []).append(tuple(cells))
    heads = [Column("Metric"), Column(_short(this, that), number=True), Column("95% CI", number=True)]
    if that:
        heads += [Column(_short(that, this), number=True), Column("95% CI", number=True)]
        heads.append(Column("Difference", number=True))
    return tuple(
        Grid(tuple(heads), tuple(families[family]), title=title)
        for family, title in FAMILIES.items()
        if family in families
    )


def _values(run: RunView, sides: Sequence[Side]) -> list[dict[str, dict[str, Any]]]:
    """Of each side, metric -> its row; where a metric has no twelve months (customers at a date), its last month's."""
    asked = [
        text for side in sides for text in (side.dimension, side.member, side.period, side.period.removeprefix("12m:"))
    ]
    rows = run.sql(
        "select dimension, member, metric, period, value, low, high, n, unit "
        f"from {small_groups.hidden(run, 'metrics', {side.dimension for side in sides}) or 'metrics'} "
        f"where {' or '.join(['dimension = ? and member = ? and period in (?, ?)'] * len(sides))} "
        "order by period like '12m:%', metric",
        asked,
    ).to_pylist()
    return [_of_side(rows, side) for side in sides]


def _of_side(rows: list[dict[str, Any]], side: Side) -> dict[str, dict[str, Any]]:
    periods = (side.period, side.period.removeprefix("12m:"))
    by_metric = {
        row["metric"]: row
        for row in rows
        if row["metric"] in METRICS
        and (row["dimension"], row["member"]) == (side.dimension, side.member)
        and row["period"] in periods
    }
    return {name: row for name, row in by_metric.items() if row["period"] == side.period or name in AT_A_DATE}


def _cells(name: str, row: dict[str, Any] | None, currency: str) -> list[str]:
    if row is None:
        return ["", ""]
    if row["value"] is None:
        return [HIDDEN if row["n"] is None and row["unit"] else formatting.NOT_KNOWN, ""]
    unit = row["unit"]
    return [
        value(row["value"], unit, currency=currency, name=name),
        span(row["low"], row["high"], unit, currency=currency, name=name),
    ]


def _difference(
    name: str, left: dict[str, Any] | None, right: dict[str, Any] | None, currency: str, is_disjoint: bool
) -> str:
    if left is None or right is None or left["value"] is None or right["value"] is None:
        return ""
    by = left["value"] - right["value"]
    if left["unit"] in ("share", "rate"):
        points = formatting.decimal(by * 100)
        by = 0.0 if points in ("0.0", "-0.0") else by
        text = f"{points.removeprefix('-') if by == 0 else points} points"
    else:
        text = str(value(by, left["unit"], currency=currency, name=name))
    text = text if text.startswith(("-", "+")) or by == 0 else f"+{text}"
    ends = [left["low"], left["high"], right["low"], right["high"]]
    if is_disjoint and None not in ends:
        half = math.hypot((ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2)
        if abs(by) <= half:
            return f"{text} (not significant)"
    return formatting.Written(text, by)


def _apart(this: Side, that: Side) -> bool:
    """Whether no answer can be on both sides: other members of one dimension, or periods that do not overlap."""
    if this.period == that.period:
        return this.dimension == that.dimension and this.member != that.member
    ends = sorted((_months(this.period), _months(that.period)))
    return ends[0][1] < ends[1][0]


def _months(period: str) -> tuple[int, int]:
    """First and last month, counted from year 0."""
    year, month = map(int, period.removeprefix("12m:").split("-"))
    last = year * 12 + month
    return (last - 11 if period.startswith("12m:") else last), last


def _short(side: Side, other: Side | None) -> str:
    """What parts one side from the other, for a heading."""
    if other is None:
        return "Value"
    parts = [] if side.group == other.group else ["All customers" if side.group == ALL else side.member]
    if side.period != other.period:
        parts.append(formatting.period(side.period))
    return ", ".join(parts)


def _name(dimension: str) -> str:
    return NAMES.get(dimension, dimension.capitalize())
