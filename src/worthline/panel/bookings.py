"""How money is booked: one rule for the panel (month in which it became known) and for metrics (month it is of). Ibis.

Reads     a Dataset's transactions and subscriptions.
Gives     the transactions with their `kind` settled, margin, what is an order and a receipt, a fee by the day.
Method    money in integers of ten-thousandths, rounded once, half up.
          Kinds: where the company brings no kind, a line below zero is a refund; but lines of one invoice that together
          are above zero are one change of plan (the unused days of the old plan, the new plan), and its line below zero
          no refund: METHODS 2. Kinds that were brought stand as they are.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

MONEY = "decimal(18, 4)"
RECEIPT = ("transaction_id", "_alone_file", "_alone_line")
"""Columns that keep the lines of one receipt together, beside customer and month (see `with_receipts`)."""
PLAN_CHANGE = "plan change"
"""Kind of a line that takes back unused days of an old plan; no refund."""


def booked(ds: Dataset) -> ir.Table:
    """The transactions; no row is lost or doubled."""
    t = ds["transactions"]
    if ds.has("transactions", "kind") or not ds.has("transactions", "transaction_id"):
        return t
    known = t.filter(t.customer_id.notnull(), t.transaction_id.notnull())
    invoices = known.group_by(_who=known.customer_id, _invoice=known.transaction_id).aggregate(
        net=known.amount.sum(), least=known.amount.min()
    )
    changes = invoices.filter(invoices.net > 0, invoices.least < 0).select("_who", "_invoice")
    joined = t.left_join(changes, [t.customer_id == changes["_who"], t.transaction_id == changes["_invoice"]])
    is_change = joined["_who"].notnull() & (joined.amount < 0)
    return joined.mutate(kind=ibis.ifelse(is_change, PLAN_CHANGE, joined.kind)).select(*t.columns)


def margin(ds: Dataset, t: ir.Table) -> ir.DecimalValue:
    """Margin of a transaction as brought, else the company's share of the amount, else null."""
    share = ds.settings.margin
    return t.margin if share is None else t.margin.fill_null(share_of(t.amount, share))


def is_order(t: ir.Table) -> ir.BooleanValue:
    """Whether a transaction is bought goods; money paid back is no order."""
    return (t.kind.lower() == "purchase") & (t.amount > 0)


def with_receipts(ds: Dataset, t: ir.Table) -> ir.Table | None:
    """`t` with RECEIPT, alike on all lines of one receipt; a line without a receipt is one by itself.

    None where no receipts were brought: every line is one.
    """
    if not ds.has("transactions", "transaction_id"):
        return None
    alone = t.transaction_id.isnull()
    return t.mutate(_alone_file=alone.ifelse(t["_file"], None), _alone_line=alone.ifelse(t["_line"], None))


def fee_by_day(t: ir.Table, begins: ir.DateValue, follows: ir.DateValue) -> ir.DecimalValue:
    """What a subscription (fee, period, started_on, ends) earns in the month from `begins` up to `follows`.

    The fee of a month x days running in it / days it has; it runs up to the day before `ends`.
    """
    days = ibis.least(t.ends, follows).delta(ibis.greatest(t.started_on, begins), unit="day")
    return quotient(ten_thousandths(t.fee) * days, follows.delta(begins, unit="day") * _months_paid(t))


def fee_of_a_month(t: ir.Table) -> ir.DecimalValue:
    """A subscription's fee a month; a year's fee counts a twelfth."""
    return quotient(ten_thousandths(t.fee), _months_paid(t))


def _months_paid(t: ir.Table) -> ir.IntegerValue:
    return (t.period.fill_null("month") == "year").ifelse(12, 1)


def share_of(amount: ir.DecimalValue, share: str) -> ir.DecimalValue:
    """Amount x share, rounded once; 38 digits so that nothing overflows, and a scale that Spark keeps too."""
    value = Decimal(share)
    scale = max(-int(value.as_tuple().exponent), 0)
    return (amount.cast("decimal(38, 4)") * ibis.literal(value, type=f"decimal(38, {scale})")).cast(MONEY)


def cost_of_a_second(hour_cost: str) -> Fraction:
    """What a second of staff costs; in lowest terms, so that its product with a long time fits into 64 bits."""
    return Fraction(hour_cost) / 3600


def ten_thousandths(amount: ir.DecimalValue) -> ir.IntegerValue:
    """Money in whole ten-thousandths."""
    return (amount.cast("decimal(38, 4)") * 10_000).cast("int64")


def quotient(over: ir.IntegerValue, under: ir.IntegerValue) -> ir.DecimalValue:
    """`over` / `under` ten-thousandths, rounded once, half up, as money; in integers only."""
    whole = ((over * 2 + under) // (under * 2)).cast("int64").cast("decimal(38, 0)")
    return (whole * ibis.literal(Decimal("0.0001"), type="decimal(38, 4)")).cast(MONEY)
