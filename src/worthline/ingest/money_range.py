"""Whether a company's money fits into the type that it is counted in, looked at before anything is counted.

Reads     settled tables.
Gives     `check`; raises DataError with the sum, the limit and what helps.
Method    money is DECIMAL(18, 4): below 100 million million. No sum that is published (a customer's month, a line of a
          bridge, a year) can be above the sum of all amounts without their signs, so that sum is what must fit. Of
          subscriptions it is each fee times the months that its term can have until as_of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

LIMIT = 10**14
"""What DECIMAL(18, 4) stays below."""
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
    """Raise DataError where the amounts of a table, or its fees over their terms, add up to LIMIT or more.

    Raises _too_much.
    """
    for name, table in settled.items():
        sums = {c: table.rows[c].abs().cast(WIDE).sum() for c in AMOUNTS.get(name, ()) if c in table.rows.columns}
        if name == "subscriptions":
            sums = {"fee": _over_terms(table.rows, as_of)}
        if not sums:
            continue
        [row] = engine.fetch(table.rows.aggregate(**sums)).to_pylist()
        for column, total in row.items():
            if total is not None and total >= LIMIT:
                raise _too_much(name, column.removesuffix("_original"), int(total), currency)


def _over_terms(t: ir.Table, as_of: date) -> ir.Scalar:
    end = ibis.literal(as_of)
    months = (end.year() - t.started_on.year()) * 12 + end.month() - t.started_on.month() + 1
    return (t.fee.abs().cast(WIDE) * ibis.greatest(months, 1).cast("decimal(5, 0)")).cast(WIDE).sum()


def _too_much(table: str, column: str, total: int, currency: str) -> DataError:
    found = f"{table}.{column} adds up to {total:,} {currency}"
    fix = (
        f"Bring money in thousands, in every table alike: in [tables.{table}] a query such as "
        f"\"select * replace (round({column}::double / 1000, 4) as {column}) from 'file.csv'\"."
    )
    return DataError(
        f"{found}. Worthline counts money below {LIMIT:,}. {fix}",
        tried="to add up the company's money",
        found=found,
        fix=fix,
    )
