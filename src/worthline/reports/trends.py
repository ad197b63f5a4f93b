"""The course of a metric by month, for charts and their table twins; and what happened in those months.

Reads     the published rows of metrics; the table events, where it was brought.
Gives     Trend by metric, Event.
Method    the last 25 months, so that the same month a year ago stands in the middle; a month that the as-of date
          cuts short is left out, because it is compared with no whole one.
Assumes   months follow each other; where a value is not known the course has a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports.figure_text import value
from worthline.run.view import RunView
from worthline.tables.time import add_months, month_end

MONTHS = 25
LEAST = 3
"""Fewer known months than this are no course."""
EVENTS = 6
"""Events that one chart marks: the latest."""
KEPT = ("retention", "net_revenue_retention", "gross_revenue_retention")
"""Metrics that are all of it where nobody left."""
SAMPLED = ("scores", "answers")
"""Families of metrics that come from a sample, and so have a 95% confidence interval."""


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a metric."""

    month: str
    value: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happened in the market or the company."""

    day: str
    kind: str
    description: str
    number: int = 0
    """Its place among the events of the charts that stand together."""

    @property
    def month(self) -> str:
        """2026-09."""
        return self.day[:7]


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric month by month."""

    metric: str
    label: str
    unit: str
    currency: str
    points: tuple[Point, ...]
    events: tuple[Event, ...] = ()

    def format(self, number: float | None) -> str:
        """A number of this metric as text."""
        return value(number, self.unit, currency=self.currency, name=self.metric)

    @property
    def says(self) -> str:
        """The course in one sentence, for who cannot see it."""
        points = [p for p in self.points if p.value is not None]
        first, last = points[0], points[-1]
        low = min(points, key=lambda p: p.value or 0.0)
        high = max(points, key=lambda p: p.value or 0.0)
        return (
            f"From {self.format(first.value)} in {formatting.month(first.month)} to {self.format(last.value)} in "
            f"{formatting.month(last.month)}; lowest {self.format(low.value)} in {formatting.month(low.month)}, "
            f"highest {self.format(high.value)} in {formatting.month(high.month)}."
        )


def trends(run: RunView, metrics: Sequence[str]) -> dict[str, Trend]:
    """The course of each of these metrics that has one."""
    if "metrics" not in run.tables() or not metrics:
        return {}
    last = _last_month(run)
    first = add_months(date.fromisoformat(f"{last}-01"), 1 - MONTHS).isoformat()[:7]
    named = ", ".join("'" + name.replace("'", "''") + "'" for name in metrics)
    rows = run.sql(
        f"select metric, period, value, low, high, unit, target from metrics where metric in ({named}) "
        f"and dimension = 'all' and period between '{first}' and '{last}' order by metric, period"
    ).to_pylist()
    happened = events(run, first, last)
    out = {}
    for name in metrics:
        own = [row for row in rows if row["metric"] == name]
        while own and (own[0]["value"] is None or _before_the_record(own)):
            own.pop(0)
        if sum(row["value"] is not None for row in own) < LEAST:
            continue
        about = registered(name)
        ranged = about.family in SAMPLED
        points = tuple(
            Point(
                row["period"],
                row["value"],
                row["low"] if ranged else None,
                row["high"] if ranged else None,
                row["target"],
            )
            for row in own
        )
        marked = tuple(event for event in happened if event.month >= points[0].month)
        out[name] = Trend(name, about.label, own[0]["unit"], run.about["currency"], points, marked)
    return out


def _before_the_record(rows: list[dict[str, Any]]) -> bool:
    """Whether the first month kept everybody and every later one did not: leavers were not recorded yet."""
    first, *later = [row["value"] for row in rows if row["value"] is not None]
    return rows[0]["metric"] in KEPT and first == 1.0 and len(later) >= LEAST and 1.0 not in later


def events(run: RunView, first: str, last: str) -> tuple[Event, ...]:
    """What happened from one month to another, in its order; none where nobody brought the table."""
    if "source.events" not in run.about.get("rows", {}):
        return ()
    rows = run.sql(
        "select cast(at_date as varchar) as day, kind, description from source.events "
        f"where strftime(at_date, '%Y-%m') between '{first}' and '{last}' order by at_date desc, kind, description "
        f"limit {EVENTS}"
    ).to_pylist()
    return tuple(Event(row["day"], row["kind"], row["description"], n) for n, row in enumerate(reversed(rows), 1))


def _last_month(run: RunView) -> str:
    """The last month that is over on the as-of date."""
    as_of = date.fromisoformat(run.about["as_of"])
    whole = as_of if as_of == month_end(as_of) else add_months(as_of.replace(day=1), -1)
    return whole.isoformat()[:7]
