"""What customers hold with the company, month by month, and what is measured of places. Ibis only.

Reads     the tables balances, wallet and locations.
Gives     rows to be fetched: the latest balance of a product in a month; the latest answer on providers in a month;
          measures of places.
Method    what is dated within a month and was known by its end.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.effects.queries import sampled
from worthline.metrics.relations import wallet_answers

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset


def balances(ds: Dataset, since: date, share: float) -> ir.Table:
    """customer_id, product, month, balance: the latest of each month from `since` on; older ones in its first month."""
    rows = sampled(ds["balances"], share)
    day = ibis.greatest(rows.at_date, rows.known_on.fill_null(rows.at_date))
    rows = rows.mutate(month=ibis.greatest(day.truncate("M"), ibis.literal(since)), product=rows.product.fill_null(""))
    order = [rows["at"].desc(), rows._file.desc(), rows._line.desc()]
    rank = ibis.row_number().over(group_by=["customer_id", "product", "month"], order_by=order)
    rows = rows.mutate(_rank=rank)
    last = rows.filter(rows._rank == 0)
    chosen = last.select("customer_id", "product", "month", balance=last.balance.cast("float64"))
    return chosen.order_by("customer_id", "product", "month")


def wallet(ds: Dataset, since: date, share: float) -> ir.Table:
    """customer_id, month, place, ranked: the company's rank among so many providers, by the month's last answer."""
    rows = sampled(wallet_answers(ds), share)
    rows = rows.filter(rows.month >= since, rows.ranked > 0)
    rank = ibis.row_number().over(group_by=["customer_id", "month"], order_by=[rows["at"].desc()])
    rows = rows.mutate(_rank=rank)
    last = rows.filter(rows._rank == 0)
    chosen = last.select("customer_id", "month", ranked="ranked", place=last.place.cast("float64"))
    return chosen.order_by("customer_id", "month")


def measures_of_places(ds: Dataset) -> ir.Table:
    """location, measure, day, value, kind: one row per measure of a place and day."""
    t = ds["locations"]
    rows = t.filter(t.location.notnull(), t.measure.notnull(), t.value.notnull(), t.at_date.notnull())
    grouped = rows.group_by("location", "measure", day=rows.at_date)
    each = grouped.agg(value=rows.value.cast("float64").max(), kind=rows.kind.max())
    return each.order_by("location", "measure", "day")
