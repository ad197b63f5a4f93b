"""All that is predicted of each customer, in the order in which one needs the other.

Reads     a Dataset, its panel and metrics; what an earlier run predicted.
Gives     Findings: columns of customer_scores, backtests, the bridge of customer equity, figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.customers import margin_at_risk, risk, survey_scores, value
from worthline.results import Compute, Dataset, Earlier, Findings, Progress, no_progress

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
) -> Findings:
    """Churn, customer value, margin at risk and predicted scores."""
    found = risk.analyse(ds, panel, rooms, earlier=earlier, progress=progress)
    found += value.analyse(ds, panel, rooms, risk=found, progress=progress)
    found += margin_at_risk.analyse(ds, panel, rooms, found)
    return found + survey_scores.analyse(ds, panel, rooms, progress=progress)
