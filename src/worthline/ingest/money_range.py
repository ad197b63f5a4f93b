"""Whether a company's money fits into the types that it is counted in, looked at before anything is counted.

Reads     settled tables.
Gives     `check`; raises DataError with the sum, the limit and what helps.
Method    money of one customer is DECIMAL(18, 4), in places 64-bit integers: below 100 million million. Money of all is
          DECIMAL(38, 4). No sum that is published can be above the sum of all amounts without their signs, so that sum
          is what must fit. Of subscriptions it is each fee times the months that its term can have until as_of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from worthline.errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled


@dataclass(frozen=True, slots=True)
class Limit:
    """What money of some kind stays below."""

    below: int
    whose: str


OF_ALL = Limit(10**18, "all customers together")
OF_A_CUSTOMER = Limit(10**14, "one customer")
OF_AN_INITIATIVE = Limit(10**14, "one initiative")
OF_A_ROW = Limit(10**14, "one row")
OF_A_FEE = Limit(10**13, "one fee")
"""A fee is multiplied by the days of a month, in ten-thousandths within 64 bits."""
AMOUNTS = {
    "transactions": ("amount", "amount_original", "margin"),
    "balances": ("balance",),
    "interactions": ("cost",),
    "treatments": ("cost",),
    "initiatives": ("cost_once", "cost_monthly"),
    "finance": ("amount",),
}
"""Columns of money that are added up."""
WIDE = "decimal(38, 4)"


def check(engine: Engine, settled: Mapping[str, Settled], currency: str, as_of: date) -> None:
    """Raise DataError where the amounts of a table, or its fees over their terms, add up to a limit or more."""
    for name, table in settled.items():
        amounts = {c: table.rows[c].abs().cast(WIDE) for c in AMOUNTS.get(name, ()) if c in table.rows.columns}
        if name == "subscriptions":
            amounts = {"fee": _over_terms(table.rows, as_of)}
        if amounts:
            _check_table(engine, name, table.rows, amounts, currency)


def _check_table(
    engine: Engine, name: str, rows: ir.Table, amounts: Mapping[str, ir.DecimalColumn], currency: str
) -> None:
    """Customers are looked at one by one only where all together reach the limit of one."""
    sums = {column: amount.sum() for column, amount in amounts.items()}
    [total] = engine.fetch(rows.aggregate(**sums)).to_pylist()
    _refuse(name, total, OF_ALL, currency)
    if all((amount or 0) < OF_A_CUSTOMER.below for amount in total.values()):
        return
    keys = {"customer_id": OF_A_CUSTOMER, "initiative": OF_AN_INITIATIVE, "_line": OF_A_ROW}
    key, limit = next((key, limit) for key, limit in keys.items() if key in rows.columns)
    each = rows.group_by(key).aggregate(**sums)
    [most] = engine.fetch(each.aggregate(**{column: each[column].max() for column in sums})).to_pylist()
    _refuse(name, most, limit, currency)
    if name == "subscriptions":
        [most] = engine.fetch(rows.aggregate(fee=rows.fee.abs().cast(WIDE).max())).to_pylist()
        _refuse(name, most, OF_A_FEE, currency)


def _over_terms(t: ir.Table, as_of: date) -> ir.DecimalColumn:
    end = ibis.literal(as_of)
    months = (end.year() - t.started_on.year()) * 12 + end.month() - t.started_on.month() + 1
    return (t.fee.abs().cast(WIDE) * ibis.greatest(months, 1).cast("decimal(5, 0)")).cast(WIDE)


def _refuse(table: str, sums: Mapping[str, Decimal | None], limit: Limit, currency: str) -> None:
    """Raise DataError for the first sum that reaches the limit."""
    over = [(name, amount) for name, amount in sums.items() if amount is not None and amount >= limit.below]
    if not over:
        return
    column, total = over[0][0].removesuffix("_original"), int(over[0][1])
    sentence = f"{table}.{column} of {limit.whose} adds up to {total:,} {currency}"
    fix = (
        f"Bring money in thousands, in every table alike: in [tables.{table}] a query such as "
        f"\"select * replace (round({column}::double / 1000, 4) as {column}) from 'file.csv'\"."
    )
    raise DataError(
        f"{sentence}. Worthline counts money of {limit.whose} below {limit.below:,}. {fix}",
        tried="to add up the company's money",
        found=sentence,
        fix=fix,
    )
