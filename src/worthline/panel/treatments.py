"""Who was assigned to what, and when it became known: the one place that says what an arm is. Ibis only.

Reads     a Dataset that holds `treatments`.
Gives     `assignments`: one row a row of treatments with a customer; `treated_months`: months with a treatment.
Method    every arm other than `control` (compared without case) is a treatment. An assignment counts in the month in
          which it became known: the later of its day and known_on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

CONTROL = "control"
"""The arm of customers who are kept aside."""


def has_assignments(ds: Dataset) -> bool:
    """Whether anything says what was done for whom."""
    return ds.has("treatments", "customer_id", "at", "arm")


def assignments(ds: Dataset) -> ir.Table:
    """Columns customer_id, initiative, arm, is_control, day, month, cost, stratum, cluster and the file's own."""
    rows = ds["treatments"]
    rows = rows.filter(rows.customer_id.notnull(), rows.arm.notnull(), rows.initiative.notnull())
    day = ibis.greatest(rows.at_date, rows.known_on.fill_null(rows.at_date))
    is_control = rows.arm.lower() == CONTROL
    return rows.mutate(
        day=day, month=day.truncate("M"), is_control=is_control, arm=is_control.ifelse(CONTROL, rows.arm)
    )


def treated_months(ds: Dataset) -> ir.Table:
    """How often each customer was treated in each month; the control group is not included."""
    rows = assignments(ds)
    rows = rows.filter(~rows.is_control)
    return rows.group_by("customer_id", "month").agg(n=rows.count())
