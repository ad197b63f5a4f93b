"""Outcomes by member of a roll-out's column and by month. Ibis only.

Reads     a Dataset with rollouts, and its panel or its locations.
Gives     rows to be fetched: customers of the base month by member; sums by member and month; measures of places.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.initiatives.growth_queries import knows_fees, knows_wallet
from worthline.metrics.dimensions import attributes
from worthline.metrics.relations import balance_changes, stated_or_allocated, wallet_answers
from worthline.metrics.revenue import running_fees

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
    """Customers active in the base month, by member and month up to `last`: active, margin, contacts, orders."""
    lived = panel.filter(panel.month <= last).select("customer_id", "month", "active", "margin", "contacts", "orders")
    rows = _cohort(ds, panel, column, base).left_join(lived, "customer_id").drop("customer_id_right")
    return (
        rows.group_by("member", "month")
        .agg(
            active=rows.active.sum(),
            margin=rows.margin.cast(WIDE).sum(),
            contacts=rows.contacts.cast("int64").sum(),
            orders=rows.orders.cast("int64").sum(),
        )
        .order_by("member", "month")
    )


def growth(ds: Dataset, panel: ir.Table, column: str, base: date, last: date) -> ir.Table | None:
    """The same customers by member and month: fee and balance (sums of money), wallet (mean of the month's answers).

    Customers who left pay and hold nothing. None where the tables hold none of the three.
    """
    cohort = _cohort(ds, panel, column, base)
    lived = panel.filter(panel.month <= last).select("customer_id", "month", "active")
    rows = cohort.inner_join(lived, "customer_id")
    if knows_fees(ds):
        fees = running_fees(ds)
        rows = _beside(rows, fees.group_by("customer_id", "month").agg(fee=fees.fee.cast(WIDE).sum()))
    if "balances" in ds.tables:
        changes = balance_changes(ds)
        rows = _beside(rows, changes.group_by("customer_id", "month").agg(change=changes.change.cast(WIDE).sum()))
        so_far = ibis.window(group_by="customer_id", order_by="month", following=0)
        rows = rows.mutate(balance=rows.change.fill_null(0).sum().over(so_far))
    if knows_wallet(ds):
        answers = wallet_answers(ds)
        answers = answers.mutate(wallet=stated_or_allocated(answers))
        latest = answers.group_by("customer_id", "month").agg(wallet=answers.wallet.argmax(answers["at"]))
        rows = _beside(rows, latest)
    there = [name for name in ("fee", "balance") if name in rows.columns]
    sums: dict[str, ir.Value] = {name: rows[name].sum(where=rows.active).fill_null(0) for name in there}
    if "wallet" in rows.columns:
        sums["wallet"] = rows.wallet.mean()
    if not sums:
        return None
    return rows.group_by("member", "month").agg(**sums).order_by("member", "month")


def _cohort(ds: Dataset, panel: ir.Table, column: str, base: date) -> ir.Table:
    """Customers of the base month with their member."""
    member = ds["customers"].select("customer_id", member=ds["customers"][column].cast("string"))
    cohort = panel.filter(panel.month == base, panel.active).select("customer_id")
    return cohort.inner_join(member.filter(member.member.notnull()), "customer_id").select("customer_id", "member")


def _beside(rows: ir.Table, more: ir.Table) -> ir.Table:
    """Rows with the columns of `more`, of the same customer and month."""
    return rows.left_join(more, ("customer_id", "month")).drop("customer_id_right", "month_right")


def sizes(ds: Dataset, panel: ir.Table, column: str, base: date) -> ir.Table:
    """Customers active in the base month by member."""
    rows = _cohort(ds, panel, column, base)
    return rows.group_by("member").agg(customers=rows.count()).order_by("member")


def measures(ds: Dataset) -> ir.Table:
    """Measures of places, a row per measurement, in order of measure, location and day."""
    rows = ds["locations"]
    rows = rows.filter(rows.value.notnull())
    return rows.select("measure", "location", "value", day=rows.at_date).order_by("measure", "location", "day", "value")
