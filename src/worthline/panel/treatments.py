"""Who was assigned to what, and when it became known: the one place that says what an arm is. Ibis only.

Reads     a Dataset that holds `treatments`.
Gives     `assignments`: one row a row of treatments with a customer; `brought_costs`: the same as it was brought;
          `treated_months`: months with a treatment.
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


def brought_costs(ds: Dataset) -> ir.Table:
    """As `assignments`, with costs as they were brought, below zero too."""
    rows = ds["treatments"]
    rows = rows.filter(rows.customer_id.notnull(), rows.arm.notnull(), rows.initiative.notnull())
    day = ibis.greatest(rows.at_date, rows.known_on.fill_null(rows.at_date))
    is_control = rows.arm.lower() == CONTROL
    return rows.mutate(
        day=day, month=day.truncate("M"), is_control=is_control, arm=is_control.ifelse(CONTROL, rows.arm)
    )


def assignments(ds: Dataset) -> ir.Table:
    """Columns customer_id, initiative, arm, is_control, day, month, cost, stratum, cluster and the file's own.

    A cost below zero counts as 0.
    """
    rows = brought_costs(ds)
    return rows.mutate(cost=(rows.cost < 0).ifelse(ibis.literal(0).cast(rows.cost.type()), rows.cost))


def with_lateness(ds: Dataset, rows: ir.Table) -> ir.Table:
    """Rows of assignments with is_late: the day lies after the customer's left_on."""
    if not ds.has("customers", "left_on"):
        return rows.mutate(is_late=ibis.literal(False))
    left = ds["customers"].select(_left_who="customer_id", _left_on="left_on")
    left = left.filter(left["_left_on"].notnull())
    rows = rows.left_join(left, [rows.customer_id == left["_left_who"]])
    return rows.mutate(is_late=(rows.day > rows["_left_on"]).fill_null(False)).drop("_left_who", "_left_on")


def treated_months(ds: Dataset) -> ir.Table:
    """How often each customer was treated in each month; the control group is not included."""
    rows = assignments(ds)
    rows = rows.filter(~rows.is_control)
    return rows.group_by("customer_id", "month").agg(n=rows.count())
