"""Each counted figure with the SQL that recomputes it from the checked tables, and from no result of the run.

Reads     the counted figures, the Dataset that they were counted from.
Gives     the same figures with `details["sql"]`; none where a figure is undefined.
Method    a second way to the same number: nothing here reads the panel or the table metrics. docs/adr/0040 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from worthline.metrics.figure_sql import customers, money, relations, scores, service
from worthline.metrics.questions import questions

if TYPE_CHECKING:
    from worthline.results import Compute, Dataset, Figure

_BY_METRIC: dict[str, Callable[[Dataset, str], str]] = {
    "customers_active": customers.customers_active,
    "retention": customers.retention,
    "revenue": money.revenue,
    "margin": money.margin,
    "net_revenue_retention": money.net_revenue_retention,
    "earned_growth": money.earned_growth,
    "share_of_wallet": relations.share_of_wallet,
    "balances": relations.balances,
}


def with_sql(figures: Sequence[Figure], ds: Dataset, rooms: Compute) -> list[Figure]:
    """The figures, each with SQL that gives its value as the column `value`."""
    asked = questions(ds, rooms) if "feedback" in ds.tables else []

    def sql(figure: Figure) -> str:
        metric, period = figure.details["metric"], figure.details["period"]
        if metric == "cost_of_poor_service":
            known = {part: figure.details.get(part) is not None for part in ("cash", "capacity")}
            return service.cost_of_poor_service(ds, period, **known)
        write = _BY_METRIC.get(metric) or partial(_score, metric=metric)
        return write(ds, period)

    def _score(ds: Dataset, period: str, *, metric: str) -> str:
        return scores.score(ds, metric, period, asked)

    return [f if f.value is None else replace(f, details={**f.details, "sql": sql(f)}) for f in figures]
