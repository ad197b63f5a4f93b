"""Revenue and margin as finance books them: by customer and local month of the day they belong to.

Reads     transactions, or subscriptions where those are the company's revenue.
Gives     rows of revenue, and their sums by customer, month and currency; `customer_id` is null where nobody
          is known. Also the monthly fees that run, and the orders.
Method    money in the company's currency beside the same in the row's own; a subscription's fee by the day.
Not for   what was known when: the panel books a row that became known late in the month it became known;
          here it counts in the month of its `at_date` (or of the days a subscription ran).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from worthline.metrics.dimensions import month_of
from worthline.panel import bookings
from worthline.panel.bookings import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute, Dataset

NOTHING = ibis.literal(Decimal(0), MONEY)


def facts(ds: Dataset) -> ir.Table | None:
    """customer_id, month, currency, amount, original (in `currency`), margin; None without revenue."""
    source = ds.settings.revenue_from
    if source == "transactions" and "transactions" in ds.tables:
        t = ds["transactions"]
        return t.select(
            "customer_id",
            "currency",
            "amount",
            month=month_of(t.at_date),
            original=t.amount_original,
            margin=bookings.margin(ds, t),
        )
    if source == "subscriptions" and "subscriptions" in ds.tables:
        t = _terms_by_month(ds)
        t = t.mutate(amount=bookings.fee_by_day(t, t.month, t.follows))
        share = ds.settings.margin
        return t.select(
            "customer_id",
            "month",
            "amount",
            currency=ibis.literal(ds.settings.currency),
            original=t.amount,
            margin=ibis.null(MONEY) if share is None else bookings.share_of(t.amount, share),
        )
    return None


@dataclass(frozen=True, slots=True)
class Months:
    """Revenue by customer and month, customers as numbers: what every window is added up from."""

    customers: ir.Table
    """customer_id and `customer`, its number."""
    rows: ir.Table
    """customer (null: nobody known), month, amount and `first`, the first month in which the customer has a
    row of revenue; a customer whose rows add up to nothing has one too. In several currencies a row for each:
    also currency, original, and the sums without sign gross and gross_original, which weigh a currency's rate
    (refunds must not turn it over)."""


def by_month(ds: Dataset, rooms: Compute | None = None) -> Months | None:
    """Revenue by month, kept on the engine where `rooms` is given; None without revenue."""
    rows = facts(ds)
    if rows is None:
        return None

    def keep(name: str, expr: ir.Table) -> ir.Table:
        return expr if rooms is None else rooms.keep(f"revenue__{name}", expr)

    number = ibis.row_number().over(order_by=ds["customers"].customer_id.asc(nulls_first=True)).cast("int32")
    customers = keep("customers", ds["customers"].select("customer_id", customer=number))
    rows = rows.left_join(customers, "customer_id")
    sums = {"amount": rows.amount.sum().cast(MONEY)}
    keys = ["customer", "month"]
    if _several_currencies(ds, rooms):
        keys.append("currency")
        sums |= {
            "original": rows.original.sum().cast(MONEY),
            "gross": rows.amount.abs().sum().cast(MONEY),
            "gross_original": rows.original.abs().sum().cast(MONEY),
        }
    summed = keep("sums", rows.group_by(keys).aggregate(**sums))
    first = summed.group_by("customer").aggregate(first=summed.month.min())
    joined = summed.left_join(first, "customer")
    return Months(customers, keep("months", joined.select(*(joined[c] for c in summed.columns), joined["first"])))


def _several_currencies(ds: Dataset, rooms: Compute | None) -> bool:
    """Whether some revenue is in another currency than the company's; without an engine, whether it may be."""
    if ds.settings.revenue_from != "transactions" or not ds.has("transactions", "currency"):
        return False
    if rooms is None:
        return True
    t = ds["transactions"]
    other = t.aggregate(n=(t.currency != ds.settings.currency).sum())
    return bool(rooms.fetch(other)["n"][0].as_py())


def orders(ds: Dataset) -> ir.Table:
    """One row per order: customer_id, month, amount. Lines of one receipt are one; refunds are none.

    A receipt is one by customer and month; a line without a receipt is one by itself.
    """
    t = ds["transactions"]
    t = t.filter(bookings.is_order(t)).mutate(month=month_of(t.at_date))
    receipts = bookings.with_receipts(ds, t)
    if receipts is None:
        return t.select("customer_id", "month", "amount")
    by_receipt = receipts.group_by("customer_id", "month", *bookings.RECEIPT)
    return by_receipt.aggregate(amount=receipts.amount.sum().cast(MONEY)).select("customer_id", "month", "amount")


def running_fees(ds: Dataset) -> ir.Table:
    """customer_id, month, fee: a row for each subscription that runs at the end of a month (or on as_of).

    A year's fee counts a twelfth a month.
    """
    t = _terms_by_month(ds)
    t = t.filter(t.ends >= ibis.least(t.follows, t.after))
    return t.select("customer_id", "month", fee=bookings.fee_of_a_month(t))


def _terms_by_month(ds: Dataset) -> ir.Table:
    """Each subscription in each month of its term, up to as_of: `month` it is, the month that `follows`.

    It runs from started_on up to `ends`, which is `after` as_of at the latest.
    """
    t = ds["subscriptions"]
    after = ibis.literal(ds.settings.as_of) + ibis.interval(days=1)
    t = t.mutate(after=after, ends=ibis.least(ibis.coalesce(t.ended_on, after), after))
    t = t.filter(t.ends > t.started_on)
    final = _number(t.ends - ibis.interval(days=1)) + 1
    t = t.mutate(number=ibis.range(_number(t.started_on), final).unnest())
    return t.mutate(month=_first_day(t.number), follows=_first_day(t.number + 1))


def _number(day: ir.DateValue) -> ir.IntegerValue:
    """A month as a number: twelve a year."""
    return (day.year().cast("int32") * 12 + day.month().cast("int32") - 1).cast("int32")


def _first_day(number: ir.IntegerValue) -> ir.DateValue:
    return ibis.date((number // 12).cast("int32"), (number % 12 + 1).cast("int32"), 1)
