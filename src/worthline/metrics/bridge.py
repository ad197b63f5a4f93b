"""The revenue bridge: from one period's revenue to the next one's, by what its customers did.

Reads     revenue by customer, month and currency, in the month it belongs to.
Gives     lines by period that close to the cent; and the customers behind them, for any other bridge.
Method    each line is added up by its own definition, none is what is left over:
          opening + new + returned + expansion - contraction - lost + without_customer + currency = closing.
          Customers move at constant currency: what they pay now, at the rates of the window before;
          `currency` is all revenue of the window less the same at those rates.
Assumes   the window before lies within the data, and transactions go on to the window's end; else there is no
          bridge, for all would look new, or lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from worthline.errors import Fault
from worthline.metrics import revenue
from worthline.metrics.bridge_lines import LINES, SCHEMA, SUBTRACTED
from worthline.metrics.revenue import NOTHING, Months
from worthline.panel.bookings import MONEY
from worthline.panel.calendar import last_complete
from worthline.results import Progress, no_progress
from worthline.tables.money import currency_digits, rounded
from worthline.tables.time import add_months, month_start, months_between

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute, Dataset

RATE = "decimal(19, 8)"
"""As wide as the money that it multiplies: below 19 digits DuckDB keeps the product in 18."""
WIDE = "decimal(38, 4)"
"""Money of all customers together, which no type of 64 bits holds in every currency."""
MOST_TOGETHER = 500_000
"""Customers times windows that one question is asked for: each window by itself reads the revenue as often, all of a
large company's at once hold too many rows in memory."""

BETWEEN = ("new", "returned", "expansion", "contraction", "lost", "without_customer", "currency")
"""Lines between opening and closing."""
_ASKED = pa.schema([("period", pa.string()), ("start", pa.date32()), ("month", pa.date32()), ("is_now", pa.bool_())])


@dataclass(frozen=True, slots=True)
class Window:
    """The months of a period and of the equally long one before it; each date is the first of a month."""

    period: str
    before: date
    start: date
    last: date


def window(period: str) -> Window:
    """The window of "2026-09" (one month) or "12m:2026-09" (the twelve that end with it)."""
    text = period.removeprefix("12m:")
    months = 1 if text == period else 12
    last = date.fromisoformat(f"{text}-01")
    return Window(period, add_months(last, 1 - 2 * months), add_months(last, 1 - months), last)


def periods(first: date, as_of: date) -> list[str]:
    """Periods up to `as_of` whose window before lies within data that start in the month of `first`.

    Each month, and the twelve months that end with the last complete one and a year earlier.
    """
    last, complete = month_start(as_of), last_complete(as_of)
    monthly = [_month(add_months(first, i)) for i in range(1, months_between(first, last) + 1)]
    yearly = [f"12m:{_month(add_months(complete, -12 * i))}" for i in (1, 0)]
    return monthly + [p for p in yearly if window(p).before >= month_start(first)]


def movement(ds: Dataset, period: str, months: Months | None = None) -> ir.Table | None:
    """Who is new, returned, kept or lost in `period`: customer_id, was, now, now_constant, kind.

    One row per known customer with a row of revenue in the period or in the window before. `was` and `now` are
    as booked; `now_constant` is now at the rates of the window before. New: no revenue ever before the
    period; returned: none in the window before, but earlier; lost: none now; kept: in both, even where the
    rows add up to nothing. `months` is revenue.by_month(ds), where it was kept; None without revenue.
    """
    months = revenue.by_month(ds) if months is None else months
    if months is None:
        return None
    named = moved(months, [window(period)]).inner_join(months.customers, "customer")
    return named.select("customer_id", "was", "now", "now_constant", "kind")


def compute(ds: Dataset, rooms: Compute, progress: Progress = no_progress, *, months: Months | None = None) -> pa.Table:
    """Bridges of kind revenue: kind, period, line, position, amount; money rounded to the currency's digits."""
    months = revenue.by_month(ds, rooms) if months is None else months
    if months is None:
        return SCHEMA.empty_table()
    rows = months.rows
    total = rows.group_by("month").aggregate(amount=rows.amount.sum())
    totals = {row["month"]: row["amount"] for row in rooms.fetch(total).to_pylist()}
    names = periods(min(totals), ds.settings.as_of) if totals else []
    if ds.settings.revenue_from == "transactions":
        names = [name for name in names if window(name).last <= max(totals)]
    digits = currency_digits(ds.settings.currency)
    out: list[dict[str, object]] = []
    windows = [window(name) for name in names]
    for together in batches(windows, months, rooms):
        progress("Building the revenue bridges", len(out) // len(LINES), len(windows))
        by_period = {row.pop("period"): row for row in rooms.fetch(_lines(moved(months, together))).to_pylist()}
        for at in together:
            between = by_period.get(at.period, dict.fromkeys(BETWEEN, Decimal(0)))
            opening = _between(totals, at.before, add_months(at.start, -1))
            lines = _published(between, opening, _between(totals, at.start, at.last), digits)
            out += [
                {"kind": "revenue", "period": at.period, "line": line, "position": i, "amount": lines[line]}
                for i, line in enumerate(LINES)
            ]
    return pa.Table.from_pylist(out, schema=SCHEMA)


def batches(windows: Sequence[Window], months: Months, rooms: Compute) -> Iterator[Sequence[Window]]:
    """The windows in turn, as many at a time as one question is asked for."""
    if windows:
        customers = rooms.fetch(months.customers.aggregate(n=months.customers.count()))["n"][0].as_py()
        size = max(MOST_TOGETHER // max(customers, 1), 1)
        yield from (windows[at : at + size] for at in range(0, len(windows), size))


def moved(months: Months, windows: Sequence[Window]) -> ir.Table:
    """`movement` by `period` and the customers' numbers, with one row more (null) for revenue without a customer."""
    rows = months.rows.inner_join(_asked(windows), "month")
    constant = rows.amount
    if "currency" in rows.columns:
        rows = rows.left_join(_rates(rows), ["period", "currency"])
        at_old_rate = (rows.original.cast("decimal(19, 4)") * rows.rate).cast(MONEY)
        constant = ibis.coalesce(at_old_rate, rows.amount)
    each = rows.group_by("period", "start", "customer").aggregate(
        was=rows.amount.sum(where=~rows.is_now).cast(WIDE),
        now=rows.amount.sum(where=rows.is_now).cast(WIDE),
        now_constant=constant.sum(where=rows.is_now).cast(WIDE),
        first=rows["first"].min(),
    )
    kind = ibis.cases(
        (each.customer.isnull(), "without_customer"),
        (each.now.isnull(), "lost"),
        (each.was.notnull(), "kept"),
        (each["first"] >= each.start, "new"),
        else_="returned",
    )
    amounts = {name: ibis.coalesce(each[name], NOTHING) for name in ("was", "now", "now_constant")}
    return each.select("period", "customer", **amounts, kind=kind)


def _asked(windows: Sequence[Window]) -> ir.Table:
    """Each month of each window and of the one before it: period, its start, month, is_now."""
    rows = [
        {"period": at.period, "start": at.start, "month": month, "is_now": month >= at.start}
        for at in windows
        for month in (add_months(at.before, i) for i in range(months_between(at.before, at.last) + 1))
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, _ASKED))


def _rates(rows: ir.Table) -> ir.Table:
    """Each currency's effective rate in the window before; where it had none, or of zero, the current one."""
    rate = ibis.coalesce(_rate(rows, ~rows.is_now), _rate(rows, rows.is_now))
    return rows.group_by("period", "currency").aggregate(rate=rate)


def _rate(rows: ir.Table, where: ir.BooleanColumn) -> ir.Scalar:
    paid = rows.gross_original.sum(where=where).cast("float64")
    rate = (rows.gross.sum(where=where).cast("float64") / paid.nullif(0)).cast(RATE)
    return rate.nullif(ibis.literal(Decimal(0), RATE))


def _lines(t: ir.Table) -> ir.Table:
    """One row per period: the lines between opening and closing, signed as they are added."""
    change = t.now_constant - t.was
    kept = t.kind == "kept"
    sums = {
        "new": t.now_constant.sum(where=t.kind == "new"),
        "returned": t.now_constant.sum(where=t.kind == "returned"),
        "expansion": change.sum(where=kept & (change > 0)),
        "contraction": change.sum(where=kept & (change <= 0)),
        "lost": -t.was.sum(where=t.kind == "lost"),
        "without_customer": change.sum(where=t.kind == "without_customer"),
        "currency": (t.now - t.now_constant).sum(),
    }
    amounts = {line: ibis.coalesce(amount.cast(WIDE), NOTHING) for line, amount in sums.items()}
    return t.group_by("period").aggregate(**amounts)


def _published(between: Mapping[str, Decimal], opening: Decimal, closing: Decimal, digits: int) -> dict[str, Decimal]:
    """All lines, rounded so that they close and an opening equals the closing before it.

    Raises Fault where the exact lines do not close: then one of them is wrong.
    """
    if opening + sum(between.values(), Decimal(0)) != closing:
        raise Fault(f"a revenue bridge does not close: {opening} + {dict(between)} is not {closing}")
    start, end = rounded(opening, digits), rounded(closing, digits)
    lines = {"opening": start, **_rounded_to(between, end - start, digits), "closing": end}
    return {line: -lines[line] if line in SUBTRACTED else lines[line] for line in LINES}


def _rounded_to(lines: Mapping[str, Decimal], total: Decimal, digits: int) -> dict[str, Decimal]:
    """Round `lines` so that they add up to the rounded `total`; those furthest astray give way, ties by name."""
    out = {line: rounded(amount, digits) for line, amount in lines.items()}
    gap = total - sum(out.values(), Decimal(0))
    step = Decimal(1).scaleb(-digits).copy_sign(gap)
    astray = sorted(lines, key=lambda line: ((out[line] - lines[line]) * step, line))
    for line in astray[: int(abs(gap / step))]:
        out[line] += step
    return out


def _between(totals: Mapping[date, Decimal], first: date, last: date) -> Decimal:
    """Revenue of the months from `first` to `last`."""
    return sum((amount for month, amount in totals.items() if first <= month <= last), Decimal(0))


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
