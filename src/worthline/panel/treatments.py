"""Who was assigned to what, and when it became known: the one place that says what an arm is. Ibis only.

Reads     a Dataset that holds `treatments`.
Gives     `assignments`: one row per row of treatments with a customer; `brought_costs`: the same as it was brought;
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
    """Rows of assignments with is_late (the day lies after left_on) and has_joined (not before joined_on)."""
    known = [name for name in ("left_on", "joined_on") if ds.has("customers", name)]
    if not known:
        return rows.mutate(is_late=ibis.literal(False), has_joined=ibis.literal(False))
    blank = {name: ibis.null("date") for name in ("left_on", "joined_on") if name not in known}
    dated = ds["customers"].select("customer_id", *known).mutate(**blank)
    dated = dated.select(_who="customer_id", _left="left_on", _joined="joined_on")
    dated = dated.filter(dated["_left"].notnull() | dated["_joined"].notnull())
    rows = rows.left_join(dated, [rows.customer_id == dated["_who"]])
    timed = rows.mutate(
        is_late=(rows.day > rows["_left"]).fill_null(False), has_joined=(rows.day >= rows["_joined"]).fill_null(False)
    )
    return timed.drop("_who", "_left", "_joined")


def treated_months(ds: Dataset) -> ir.Table:
    """How often each customer was treated in each month; the control group is not included."""
    rows = assignments(ds)
    rows = rows.filter(~rows.is_control)
    return rows.group_by("customer_id", "month").agg(n=rows.count())
