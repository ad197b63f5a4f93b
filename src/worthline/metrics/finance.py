"""What finance and the plan say, beside what we count.

Reads     the tables finance and targets; Values already computed.
Gives     Values of finance's lines and our difference to them; targets by metric, period and member.
Assumes   a fiscal year bears the number of the calendar year in which it ends; quarters count within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from worthline.errors import nearest
from worthline.metrics.dimensions import ALL
from worthline.metrics.periods import Window, month_name, year_to
from worthline.metrics.questions import written
from worthline.metrics.registry import METRICS
from worthline.metrics.registry import metric as metric_called
from worthline.metrics.values import Value
from worthline.panel.calendar import last_complete
from worthline.results import Compute, Dataset, Resolved
from worthline.tables.fiscal import quarter_begins
from worthline.tables.time import add_months, month_end, month_start

LINES = {
    "reported_revenue": "finance_reported_revenue",
    "reported_margin": "finance_reported_margin",
    "cost_to_serve": "finance_cost_to_serve",
}
"""finance.line, written like a metric, and the metric that it becomes; other lines are no metrics."""

PRICES = ("basket", "cost_per_contact")
"""Money that is the same whatever the length of the period."""
SPANS = ("retention", "logo_churn", "gross_revenue_retention", "net_revenue_retention", "earned_growth")
"""Shares that depend on the length of the period."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Place = tuple[str, str, str, str]
"""Metric, period, dimension and member of a row of metrics."""


def fiscal_window(period: str, settings: Resolved) -> Window | None:
    """The months of 2026-09, 2026-Q3 or 2026, the latter two in the company's fiscal year; None for others.

    The same in other words: FY2026, FY26, 2025/26, Q3 2026, Q3 FY26, 09/2026, Sep 2026, 202609, 2026-09-30.
    """
    match = re.fullmatch(r"(\d{4})(?:-(?:(\d{2})|[Qq]([1-4])))?", _written(period))
    if match is None or not 2 <= int(match[1]) <= 9998:
        return None
    year, month, quarter = int(match[1]), match[2], match[3]
    if month is not None:
        first = date(year, int(month), 1) if 1 <= int(month) <= 12 else None
        return None if first is None else Window(month_name(first), first, first)
    first = quarter_begins(year, int(quarter or 1), settings.fiscal_year_start)
    if quarter is None:
        return Window(f"{year:04d}", first, add_months(first, 11))
    return Window(f"{year:04d}-Q{quarter}", first, add_months(first, 2))


def _written(period: str) -> str:
    """A period as 2026-09, 2026-Q3 or 2026, where it is written in another usual way; else as it is."""
    text = " ".join(period.casefold().replace("fiscal year", "fy").split())
    if both := re.fullmatch(r"(?:fy ?)?(\d{4}) ?[/-] ?(\d{2}|\d{4})", text):
        first, last = int(both[1]), both[2]
        if f"{first + 1}".endswith(last) and not (len(last) == 2 and "-" in text and int(last) <= 12):
            return f"{first + 1}"
    if year := re.fullmatch(r"fy ?(\d{4}|\d{2})", text):
        return _year(year[1])
    if quarter := re.fullmatch(r"q([1-4])[ /-]*(?:fy ?)?(\d{4}|\d{2})", text):
        return f"{_year(quarter[2])}-Q{quarter[1]}"
    if quarter := re.fullmatch(r"(?:fy ?)?(\d{4}|\d{2})[ /-]?q([1-4])", text):
        return f"{_year(quarter[1])}-Q{quarter[2]}"
    if month := re.fullmatch(r"(\d{4})[-/m]?(\d{2})(?:[-/](?:01|28|29|30|31))?", text):
        return f"{month[1]}-{month[2]}"
    if month := re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text):
        return f"{month[2]}-{int(month[1]):02}"
    month = re.fullmatch(r"([a-z]{3})[a-z]*\.?[ -]?(\d{4}|\d{2})", text)
    if month and month[1] in _MONTHS:
        return f"{_year(month[2])}-{_MONTHS.index(month[1]) + 1:02}"
    return period.strip()


def _year(digits: str) -> str:
    return digits if len(digits) == 4 else f"20{digits}"


def compute(ds: Dataset, values: Iterable[Value], rooms: Compute) -> list[Value]:
    """Finance's lines, and our revenue (the metric `revenue` in `values`) less theirs."""
    if "finance" not in ds.tables:
        return []
    revenue_of = {v.period: v.value for v in values if (v.metric, v.dimension) == ("revenue", ALL)}
    finance_values: list[Value] = []
    for row in _rows(ds, "finance", ("period", "line", "group", "amount"), rooms):
        window, name = fiscal_window(row["period"], ds.settings), LINES.get(written_line(row["line"]))
        if window is None or name is None:
            continue
        dimension, member = (ALL, ALL) if row["group"] is None else ("group", row["group"])
        finance_values.append(Value(name, window.name, dimension, member, row["amount"]))
        if name == "finance_reported_revenue" and dimension == ALL:
            sum_of_ours = _over(window, revenue_of, ds.settings.as_of)
            gap = None if sum_of_ours is None else sum_of_ours - row["amount"]
            finance_values.append(Value("revenue_difference_to_finance", window.name, ALL, ALL, gap))
    return finance_values


def written_line(line: str) -> str:
    """A line of finance's reporting, written like a metric's name."""
    return re.sub(r"[\W_]+", "_", line.casefold()).strip("_")


def _over(window: Window, revenue_of: dict[str, float | Decimal | None], as_of: date) -> Decimal | None:
    """Our sum over the window's months; None where it is not over, or one of them is not known."""
    if month_end(window.last) > as_of:
        return None
    months = [revenue_of.get(month_name(month)) for month in window.months()]
    known_months = [m if isinstance(m, Decimal) else Decimal(repr(m)) for m in months if m is not None]
    return sum(known_months, Decimal(0)) if len(known_months) == len(months) else None


def targets(ds: Dataset, rooms: Compute) -> dict[Place, float]:
    """Every target at the rows of metrics that it speaks of; `unmatched_targets` says which speak of none.

    A year's target that holds on as_of stands on the last twelve complete months, or on the month of as_of for
    a metric that is only counted by month; another year's on the twelve months that end with it, or its last
    month; a month's on that month; all of them on finance's own period. A quarter's stands on its last month
    (or as_of's) for what one month can show: a stock, a share, a score; a sum of three months is not counted.
    """
    by_place: dict[Place, float] = {}
    for row in _rows(ds, "targets", ("metric", "period", "group", "segment", "target"), rooms):
        window = fiscal_window(row["period"], ds.settings)
        name, member = _metric_name(row["metric"]), _member(row)
        if window is None or member is None:
            continue
        for period in _periods_of(name, window, ds.settings.as_of):
            by_place[(name, period, *member)] = row["target"]
    return by_place


def _unread_periods(ds: Dataset, rooms: Compute) -> list[str]:
    """Lines of finance whose period is not known: they are shown nowhere."""
    if "finance" not in ds.tables:
        return []
    rows = _rows(ds, "finance", ("period", "line", "group", "amount"), rooms)
    odd = sorted({row["period"] for row in rows if fiscal_window(row["period"], ds.settings) is None})
    return [f"finance for {period!r}: the period is not like 2026-09, 2026-Q3 or 2026" for period in odd[:3]]


def unmatched_targets(ds: Dataset, rooms: Compute, metrics: Iterable[str] = ()) -> list[str]:
    """What is wrong with targets that can stand beside no metric, a sentence each, for data health.

    `metrics`: the metrics that this run computed; the company's own scores are known only from them.
    """
    known_metrics = sorted({*METRICS, *metrics})
    problems = _unread_periods(ds, rooms)
    for row in _rows(ds, "targets", ("metric", "period", "group", "segment", "target"), rooms):
        subject = f"target of {row['metric']!r} for {row['period']}"
        window, name = fiscal_window(row["period"], ds.settings), _metric_name(row["metric"])
        if window is None:
            problems.append(f"{subject}: the period is not like 2026-09, 2026-Q3 or 2026")
        elif row["group"] is not None and row["segment"] is not None:
            problems.append(f"{subject}: it is for a group and a segment at once; no metric is counted so")
        elif name not in known_metrics:
            close = nearest(row["metric"], known_metrics)
            hint = f"; the nearest names are {', '.join(close)}" if close else ""
            problems.append(f"{subject}: there is no metric of that name{hint}")
        elif len(window.months()) == 3 and "finance" not in metric_called(name).periods and _grows_with_time(name):
            problems.append(f"{subject}: a quarter of {name} is not counted; give a target for a month or a year")
    return problems


def _metric_name(name: str) -> str:
    plain = name.strip().casefold()
    return plain if plain in METRICS else written(name)


def _member(row: dict[str, Any]) -> tuple[str, str] | None:
    if row["group"] is not None:
        return None if row["segment"] is not None else ("group", row["group"])
    return (ALL, ALL) if row["segment"] is None else ("segment", row["segment"])


def _periods_of(name: str, window: Window, as_of: date) -> list[str]:
    """The periods of a metric at which a target for `window` stands."""
    grains = metric_called(name).periods
    if "finance" in grains or window.first == window.last:
        return [window.name]
    if len(window.months()) == 3:
        return [] if _grows_with_time(name) else [month_name(_until(window, month_start(as_of)))]
    if "12m" not in grains:
        return [month_name(_until(window, month_start(as_of)))]
    today, complete = month_start(as_of), last_complete(as_of)
    just_begun = window.first <= today <= window.last and complete < window.first
    return [] if just_begun else [year_to(_until(window, complete)).name]


def _until(window: Window, month: date) -> date:
    """`month` where it lies within the window, else the window's last."""
    return month if window.first <= month <= window.last else window.last


def _grows_with_time(name: str) -> bool:
    """Whether three months of a metric are more (or fewer) than one: sums and counts, and who stayed meanwhile."""
    metric = metric_called(name)
    if metric.periods == ("month",) or name in PRICES:
        return False
    return name in SPANS or metric.unit not in ("share", "score", "seconds")


def _rows(ds: Dataset, table: str, columns: tuple[str, ...], rooms: Compute) -> list[dict[str, Any]]:
    if table not in ds.tables:
        return []
    t = ds[table].select(*columns)
    ordered = t.order_by([t[c].asc(nulls_first=True) for c in columns])
    rows: list[dict[str, Any]] = rooms.fetch(ordered).to_pylist()
    return rows
