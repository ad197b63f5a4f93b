"""The revenue bridge: from one period's revenue to the next one's, by what its customers did.

Reads     revenue by customer, month and currency, in the month it belongs to.
Gives     lines by period that close to the cent; and the customers behind them, for any other bridge.
Method    each line is added up by its own definition, none is what is left over:
          opening + new + returned + expansion - contraction - lost + without_customer + currency = closing.
          Customers move at constant currency: what they pay now, at the rates of the window before;
          `currency` is all revenue of the window less the same at those rates.
Assumes   the window before lies within the data; else there is no bridge, for all would look new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from worthline.errors import Fault
from worthline.metrics import revenue
from worthline.metrics.revenue import MONEY, NOTHING
from worthline.results import Progress, no_progress
from worthline.tables.money import currency_digits, rounded
from worthline.tables.time import add_months, month_start, months_between

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset, Rooms

LINES = ("opening", "new", "returned", "expansion", "contraction", "lost", "without_customer", "currency", "closing")
SUBTRACTED = frozenset({"contraction", "lost"})
"""Published as positive amounts that are taken away."""

RATE = "decimal(19, 8)"
"""As wide as the money that it multiplies: below 19 digits DuckDB keeps the product in 18."""

SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("period", pa.string()),
        ("line", pa.string()),
        ("position", pa.int32()),
        ("amount", pa.decimal128(18, 4)),
    ]
)


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

    Each month, and the twelve months that end with the month of `as_of` and a year earlier.
    """
    last = month_start(as_of)
    monthly = [_month(add_months(first, i)) for i in range(1, months_between(first, last) + 1)]
    yearly = [f"12m:{_month(add_months(last, -12 * i))}" for i in (1, 0)]
    return monthly + [p for p in yearly if window(p).before >= month_start(first)]


def movement(ds: Dataset, period: str, months: ir.Table | None = None) -> ir.Table | None:
    """Who is new, returned, kept or lost in `period`: customer_id, was, now, now_constant, kind.

    One row a known customer with a row of revenue in the period or in the window before. `was` and `now` are
    as booked; `now_constant` is now at the rates of the window before. New: no revenue ever before the
    period; returned: none in the window before, but earlier; lost: none now; kept: in both, even where the
    rows add up to nothing. `months` is a kept `revenue.by_month(ds)`; None without revenue.
    """
    months = revenue.by_month(ds) if months is None else months
    if months is None:
        return None
    moved = _moved(months, window(period))
    return moved.filter(moved.kind != "without_customer")


def compute(ds: Dataset, rooms: Rooms, progress: Progress = no_progress) -> pa.Table:
    """Bridges of kind revenue: kind, period, line, position, amount; money rounded to the currency's digits."""
    expr = revenue.by_month(ds)
    if expr is None:
        return SCHEMA.empty_table()
    months = rooms.keep("bridge__months", expr)
    rows = rooms.fetch(revenue.total_by_month(months)).to_pylist()
    totals = {row["month"]: row["amount"] for row in rows}
    names = periods(min(totals), ds.settings.as_of) if totals else []
    digits = currency_digits(ds.settings.currency)
    out: list[dict[str, object]] = []
    for done, period in enumerate(names):
        progress("Building the revenue bridges", done, len(names))
        at = window(period)
        [moved] = rooms.fetch(_lines(_moved(months, at))).to_pylist()
        opening = _between(totals, at.before, add_months(at.start, -1))
        lines = _published(moved, opening, _between(totals, at.start, at.last), digits)
        out += [
            {"kind": "revenue", "period": period, "line": line, "position": i, "amount": lines[line]}
            for i, line in enumerate(LINES)
        ]
    return pa.Table.from_pylist(out, schema=SCHEMA)


def _moved(months: ir.Table, at: Window) -> ir.Table:
    """`movement`, with one row more for revenue without a customer."""
    rows = months.filter(months.month >= at.before, months.month <= at.last)
    is_now = rows.month >= at.start
    each = rows.group_by("customer_id", "currency").aggregate(
        was=rows.amount.sum(where=~is_now).cast(MONEY),
        now=rows.amount.sum(where=is_now).cast(MONEY),
        original=rows.original.sum(where=is_now).cast(MONEY),
        first=rows.first.min(),
    )
    each = each.left_join(_rates(rows, is_now), "currency")
    constant = (each.original.cast("decimal(19, 4)") * each.rate).cast(MONEY)
    all_ = each.group_by("customer_id").aggregate(
        was=each.was.sum().cast(MONEY),
        now=each.now.sum().cast(MONEY),
        now_constant=ibis.coalesce(constant, each.now).sum().cast(MONEY),
        first=each["first"].min(),
    )
    kind = ibis.cases(
        (all_.customer_id.isnull(), "without_customer"),
        (all_.now.isnull(), "lost"),
        (all_.was.notnull(), "kept"),
        (all_["first"] >= at.start, "new"),
        else_="returned",
    )
    return all_.select(
        "customer_id",
        was=ibis.coalesce(all_.was, NOTHING),
        now=ibis.coalesce(all_.now, NOTHING),
        now_constant=ibis.coalesce(all_.now_constant, NOTHING),
        kind=kind,
    )


def _rates(rows: ir.Table, is_now: ir.BooleanColumn) -> ir.Table:
    """Each currency's effective rate in the window before; where it had none, or of zero, the current one."""
    return rows.group_by("currency").aggregate(
        rate=ibis.coalesce(_rate(rows, ~is_now), _rate(rows, is_now))
    )


def _rate(rows: ir.Table, where: ir.BooleanColumn) -> ir.Scalar:
    paid = rows.gross_original.sum(where=where).cast("float64")
    rate = (rows.gross.sum(where=where).cast("float64") / paid.nullif(0)).cast(RATE)
    return rate.nullif(ibis.literal(Decimal(0), RATE))


def _lines(moved: ir.Table) -> ir.Table:
    """One row: the lines between opening and closing, signed as they are added."""
    change = moved.now_constant - moved.was
    kept = moved.kind == "kept"
    sums = {
        "new": moved.now_constant.sum(where=moved.kind == "new"),
        "returned": moved.now_constant.sum(where=moved.kind == "returned"),
        "expansion": change.sum(where=kept & (change > 0)),
        "contraction": change.sum(where=kept & (change <= 0)),
        "lost": -moved.was.sum(where=moved.kind == "lost"),
        "without_customer": change.sum(where=moved.kind == "without_customer"),
        "currency": (moved.now - moved.now_constant).sum(),
    }
    return moved.aggregate(**{line: ibis.coalesce(amount.cast(MONEY), NOTHING) for line, amount in sums.items()})


def _published(
    moved: Mapping[str, Decimal], opening: Decimal, closing: Decimal, digits: int
) -> dict[str, Decimal]:
    """All lines, rounded so that they close and an opening equals the closing before it.

    Raises Fault where the exact lines do not close: then one of them is wrong.
    """
    if opening + sum(moved.values(), Decimal(0)) != closing:
        raise Fault(f"a revenue bridge does not close: {opening} + {dict(moved)} is not {closing}")
    start, end = rounded(opening, digits), rounded(closing, digits)
    lines = {"opening": start, **_rounded_to(moved, end - start, digits), "closing": end}
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
