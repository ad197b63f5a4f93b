"""All that is predicted of each customer, in the order in which one needs the other.

Reads     a Dataset, its panel and metrics; what an earlier run predicted.
Gives     Customers: columns of customer_scores, backtests, the bridge of customer equity, figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.customers import margin_at_risk, risk, survey_scores, value
from worthline.results import Compute, Customers, Dataset, Earlier, Progress, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


def analyse(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    *,
    metrics: pa.Table,
    earlier: Earlier | None = None,
    progress: Progress = no_progress,
) -> Customers:
    """Churn, customer value, margin at risk and predicted scores."""
    leaving = risk.analyse(ds, panel, rooms, earlier=earlier, progress=progress)
    worth = value.analyse(ds, panel, rooms, risk=leaving, progress=progress)
    at_risk = margin_at_risk.analyse(ds, panel, rooms, leaving, worth)
    return Customers(leaving, worth, at_risk, survey_scores.analyse(ds, panel, rooms, progress=progress))
