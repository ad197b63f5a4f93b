"""The metrics of the whole company, opened for its figures: by metric and period, as of the run's date.

Reads     the company's settings, the finished tables `metrics` and `bridges`.
Gives     MetricLookup; and the name of a period a year earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from worthline.metrics.periods import month_name, year_to
from worthline.panel.calendar import last_complete
from worthline.results import Resolved
from worthline.tables.time import add_months

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True)
class MetricLookup:
    """The rows of `metrics` that speak for the whole company, by metric and period."""

    settings: Resolved
    rows: dict[tuple[str, str], Row]
    names: frozenset[str]
    latest: dict[str, str]
    """Metric: the last month in which it has a value."""
    shorter: dict[str, str]
    """Metric: the whole period that stands in for twelve months where it is younger than that, such as 9m:2026-09."""
    bridge: dict[str, float]
    """Lines of the revenue bridge of the last twelve months."""
    remark: str
    margin_brought: bool
    """Whether transactions bring a margin of their own."""

    @property
    def month(self) -> str:
        """The month of as_of, whole or not."""
        return month_name(self.settings.as_of)

    @property
    def year(self) -> str:
        """The last twelve complete months."""
        return year_to(last_complete(self.settings.as_of)).name

    @property
    def cut(self) -> bool:
        """Whether as_of cuts its month short; then that month is compared with no other."""
        return self.month != month_name(last_complete(self.settings.as_of))

    def value(self, metric: str, period: str) -> float | None:
        """A value, or None."""
        row = self.rows.get((metric, period))
        return None if row is None else row["value"]


def read(
    settings: Resolved, metrics: pa.Table, bridges: pa.Table | None, remark: str, *, margin_brought: bool
) -> MetricLookup:
    """The metrics of a run by name and period."""
    import pyarrow.compute as pc

    whole = metrics.filter(pc.equal(metrics["dimension"], "all")).to_pylist()
    rows = {(row["metric"], row["period"]): row for row in whole}
    latest: dict[str, str] = {}
    last = month_name(settings.as_of)
    for row in whole:
        month = row["period"]
        is_month = len(month) == 7 and month[4] == "-" and month[5:].isdigit()
        if is_month and month <= last and row["value"] is not None:
            latest[row["metric"]] = max(month, latest.get(row["metric"], ""))
    shorter = {m: p for m, p in rows if "m:" in p and not p.startswith("12m:") and rows[m, p]["value"] is not None}
    bridge: dict[str, float] = {}
    if bridges is not None:
        period = year_to(last_complete(settings.as_of)).name
        for row in bridges.to_pylist():
            if row["kind"] == "revenue" and row["period"] == period:
                bridge[row["line"]] = float(row["amount"])
    return MetricLookup(settings, rows, frozenset(m for m, _ in rows), latest, shorter, bridge, remark, margin_brought)


def year_earlier(period: str) -> str:
    """The name of the same period a year before."""
    prefix, month = ("12m:", period[4:]) if period.startswith("12m:") else ("", period)
    return f"{prefix}{month_name(add_months(date.fromisoformat(f'{month}-01'), -12))}"
