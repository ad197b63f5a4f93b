"""Amounts of transactions that are sums so far: each row counts again what stood in the row before.

Reads     settled transactions, on the engine.
Gives     a loud sentence.
Method    customers of the first lines of the files; of nearly all pairs of their rows that follow each other within a
          year the later is the higher, and their highest come to twice their lowest at least.
Assumes   sales of nearly everybody do not grow at every purchase and double.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from worthline.engine import Engine

STEPS = 12
"""Pairs of rows from which on rising is no chance: of unordered amounts one pair in two rises."""
NEARLY_ALL = 0.95
GROWN = 2
"""What the highest amounts of customers are to their lowest, at least."""
_FIRST_LINES = 2_000


def loud(engine: Engine, rows: ir.Table) -> Iterator[str]:
    """One sentence, where amounts of transactions look like sums so far."""
    paid = rows.filter(rows.customer_id.notnull() & (rows.kind == "purchase"))
    some = paid.filter(paid._line <= _FIRST_LINES).select("customer_id").distinct()
    t = paid.semi_join(some, "customer_id").select(
        "customer_id", "amount", day=paid.at_date, year=paid.at_date.year(), line=paid._line
    )
    year = ibis.window(group_by=[t.customer_id, t.year])
    in_order = ibis.window(group_by=[t.customer_id, t.year], order_by=[t.day, t.line])
    t = t.mutate(before=t.amount.lag().over(in_order), day_before=t.day.lag().over(in_order), n=t.count().over(year))
    t = t.filter(t.n > 2)
    is_step = t.before.notnull() & (t.day != t.day_before)
    people = t.group_by("customer_id").agg(
        steps=is_step.sum(), rises=(is_step & (t.amount > t.before)).sum(), low=t.amount.min(), high=t.amount.max()
    )
    totals = people.agg(**{c: people[c].sum() for c in ("steps", "rises", "low", "high")})
    sums = engine.fetch(totals).to_pylist()[0]
    steps, rises = sums["steps"] or 0, sums["rises"] or 0
    if steps >= STEPS and rises >= NEARLY_ALL * steps and sums["high"] >= GROWN * sums["low"]:
        yield (
            f"transactions: amounts of each customer only rise ({rises:,} of {steps:,} times). They look like sums so "
            "far, of the year or of all time, which count again in each row. Bring what each row added, or let "
            "worthline init ask."
        )
