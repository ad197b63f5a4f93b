"""One row per customer, as of the run's date: what each brought lately, and what they said last.

Reads     the panel's last month.
Gives     the table `customer_scores`, to which later rooms add value, risk and reasons.
Assumes   profit is margin less the cost of contacts; unknown where either is, so where one contact of the twelve
          months has no known cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from worthline.tables.time import month_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from worthline.results import Dataset


def build(ds: Dataset, panel: ir.Table, more: Sequence[ir.Table] = ()) -> ir.Table:
    """customer_id, state, active, tenure_months and the last twelve months' money, with the last score.

    `more`: tables of customer_id and further columns, from the rooms that analyse customers.
    """
    now = panel.filter(panel.month == ibis.literal(month_start(ds.settings.as_of)))
    scores = now.select(
        "customer_id",
        "state",
        "active",
        "tenure_months",
        "revenue_12m",
        "margin_12m",
        "cost_to_serve_12m",
        profit_12m=(now.margin_12m - now.cost_to_serve_12m).cast("decimal(18, 4)"),
        last_score=now.last_score,
    )
    for columns in more:
        scores = scores.left_join(columns, "customer_id").drop("customer_id_right")
    return scores
