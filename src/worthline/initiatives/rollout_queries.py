"""Outcomes by member of a roll-out's column and by month. Ibis only.

Reads     a Dataset with rollouts, and its panel or its locations.
Gives     rows to be fetched: customers of the base month by member; sums by member and month; measures of places.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from worthline.metrics.dimensions import attributes

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

WIDE = "decimal(38, 4)"


def starts(ds: Dataset) -> ir.Table:
    """Initiative, column, member and first day, in order."""
    rows = ds["rollouts"]
    return rows.select("initiative", "column", "member", "started_on").order_by("initiative", "column", "member")


def is_known(ds: Dataset, column: str) -> bool:
    """Whether customers bring the column."""
    return ds.has("customers", column) or ("customers" in ds.tables and column in attributes(ds))


def followed(ds: Dataset, panel: ir.Table, column: str, base: date, last: date) -> ir.Table:
    """Customers active in the base month, by member and month up to `last`: customers, active, margin, contacts."""
    member = ds["customers"].select("customer_id", member=ds["customers"][column].cast("string"))
    cohort = panel.filter(panel.month == base, panel.active).select("customer_id")
    cohort = cohort.inner_join(member.filter(member.member.notnull()), "customer_id").select("customer_id", "member")
    lived = panel.filter(panel.month <= last).select("customer_id", "month", "active", "margin", "contacts")
    rows = cohort.left_join(lived, "customer_id").drop("customer_id_right")
    return (
        rows.group_by("member", "month")
        .agg(
            active=rows.active.sum(),
            margin=rows.margin.cast(WIDE).sum(),
            contacts=rows.contacts.cast("int64").sum(),
        )
        .order_by("member", "month")
    )


def sizes(ds: Dataset, panel: ir.Table, column: str, base: date) -> ir.Table:
    """Customers active in the base month by member."""
    member = ds["customers"].select("customer_id", member=ds["customers"][column].cast("string"))
    cohort = panel.filter(panel.month == base, panel.active).select("customer_id")
    rows = cohort.inner_join(member.filter(member.member.notnull()), "customer_id")
    return rows.group_by("member").agg(customers=rows.count()).order_by("member")


def measures(ds: Dataset) -> ir.Table:
    """Measures of places, a row a measurement, in order of measure, location and day."""
    rows = ds["locations"]
    rows = rows.filter(rows.value.notnull())
    return rows.select("measure", "location", "value", day=rows.at_date).order_by("measure", "location", "day", "value")
