"""What speaks against the rows of treatments and roll-outs, counted before anything is measured. Ibis only.

Reads     a Dataset with treatments, rollouts, initiatives or claims.
Gives     rows to be fetched: what is no assignment; customers in two arms; members of roll-outs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from worthline.initiatives.queries import WIDE
from worthline.panel.treatments import assignments, with_lateness

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset


def no_assignment(ds: Dataset) -> ir.Table:
    """Initiative: rows of unknown customers, rows after leaving, with an example of each."""
    rows = with_lateness(ds, assignments(ds))
    people = ds["customers"].select("customer_id", is_known=ibis.literal(True))
    rows = rows.left_join(people, "customer_id").drop("customer_id_right")
    unknown, late = rows.is_known.isnull(), rows.is_late & rows.is_known.notnull()
    return (
        rows.group_by("initiative")
        .agg(
            unknown=unknown.sum(),
            some_unknown=rows.customer_id.min(where=unknown),
            late=late.sum(),
            some_late=rows.customer_id.min(where=late),
            rows=rows.count(),
        )
        .order_by("initiative")
    )


def several_arms(ds: Dataset) -> ir.Table:
    """Initiative: customers with two arms in one month."""
    rows = assignments(ds)
    by = rows.group_by("initiative", "customer_id", "month").agg(arms=rows.arm.nunique())
    by = by.filter(by.arms > 1)
    return by.group_by("initiative").agg(n=by.customer_id.nunique(), some=by.customer_id.min()).order_by("initiative")


def repeated(ds: Dataset) -> ir.Table:
    """Initiative: rows that say the same as an earlier one (customer, day, arm, cost), what they cost, an example."""
    rows = assignments(ds)
    keys = ("initiative", "customer_id", "day", "arm", "cost")
    by = rows.group_by(*keys).agg(n=rows.count())
    by = by.filter(by.n > 1)
    again = by.n - 1
    return (
        by.group_by("initiative")
        .agg(n=again.sum(), cost=(by.cost.cast(WIDE) * again).sum().fill_null(0), some=by.customer_id.min())
        .order_by("initiative")
    )


def names(ds: Dataset, table: str) -> ir.Table:
    """Initiatives that a table names, with how many rows."""
    rows = ds[table]
    rows = rows.filter(rows.initiative.notnull())
    return rows.group_by("initiative").agg(n=rows.count()).order_by("initiative")


def members(ds: Dataset, column: str) -> ir.Table:
    """Values of a customers column."""
    rows = ds["customers"].select(member=ds["customers"][column].cast("string"))
    return rows.filter(rows.member.notnull()).distinct().order_by("member")


def places(ds: Dataset) -> ir.Table:
    """Locations that bring measures."""
    rows = ds["locations"]
    return rows.select(member=rows.location).filter(rows.location.notnull()).distinct().order_by("member")
