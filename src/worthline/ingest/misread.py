"""Rows that seem to say something else than what they are read as: said loudly, and read all the same.

Reads     a settled table, on the engine; the as-of date.
Gives     sentences: answers to other questions taken for the same one given again, ends of what is said to run, terms
          that run at once, changes of a case's state.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.ingest.set_aside import LOUD
from worthline.ingest.terms import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

_STATE = re.compile(r"(status|state|stage)$", re.IGNORECASE)
FEW = 10
"""Cases of several rows from which on their states are no chance."""
NEARLY_ALL = 0.95
MANY = 0.1
"""Share of answers given again from which on they may be answers to other questions."""


def loud(engine: Engine, table: Settled, rows: int, as_of: date) -> Iterator[str]:
    """The sentences of one table; `rows` were read of it."""
    if table.spec.name == "feedback" and "updated_at" not in table.brought and table.late:
        yield from _again(engine, table, rows)
    if table.spec.name == "subscriptions" and {"status", "ended_on"} <= table.brought:
        yield from _ended_and_live(engine, table, as_of)
    if table.spec.name == "subscriptions":
        yield from _at_once(engine, table)
    if table.spec.name == "interactions" and "case_id" in table.brought:
        yield from _log(engine, table)


def _again(engine: Engine, table: Settled, rows: int) -> Iterator[str]:
    """Answers set aside for a later one of the same response, where nothing says when answers changed."""
    late = [part.filter(part.rule == "answered_again").select("rule") for part in table.late]
    again = late[0] if len(late) == 1 else ibis.union(*late, distinct=False)
    n = engine.fetch(again.count().name("n").as_table())["n"][0].as_py()
    if n >= MANY * rows:
        yield (
            f"feedback: {n:,} of {rows:,} rows ({n / rows:.0%}) are set aside for a later answer of the same response. "
            "If a response answers several questions, name the column that says which one as metric, or let worthline "
            "init ask."
        )


def _ended_and_live(engine: Engine, table: Settled, as_of: date) -> Iterator[str]:
    """Terms that ended by the as-of date, the customer's last ones, of which the status says that they run."""
    t = table.rows
    ended = t.filter(t.status.lower().isin(LIVE) & (t.ended_on <= ibis.date(as_of.isoformat())))
    later = t.select(_who=t.customer_id, _began=t.started_on).distinct()
    last = ended.anti_join(later, [ended.customer_id == later._who, ended.started_on < later._began])
    if many := _many(engine, last, t):
        terms, some = many
        yield (
            f"subscriptions: {terms} have an end in the past and a status that says they run (such as of {some}). They "
            "count as ended. If that day is the request, or they were opened again, bring the day of the loss as "
            "ended_on, or a row for each term."
        )


def _at_once(engine: Engine, table: Settled) -> Iterator[str]:
    """Terms without an end that a later one of the same customer and product follows: both count."""
    t = table.rows
    t = t.filter(~t.continues) if "continues" in t.columns else t
    same = [
        c
        for c in ("customer_id", "product")
        if c in table.brought and (c == "customer_id" or "ended_on" in table.brought)
    ]
    later = t.select(**{f"_{c}": t[c] for c in same}, _began=t.started_on)
    running = t.filter(t.ended_on.isnull()) if "ended_on" in t.columns else t
    latest = later.group_by([f"_{c}" for c in same]).agg(_last=later._began.max())
    followed = running.semi_join(
        latest, [*(running[c] == latest[f"_{c}"] for c in same), running.started_on < latest._last]
    )
    if many := _many(engine, followed, t):
        terms, some = many
        yield (
            f"subscriptions: {terms} have no end, and a later one of the same customer begins (such as of {some}). "
            "All count at once. If each takes the place of the one before, bring ended_on, or let worthline init ask."
        )


def _many(engine: Engine, part: ir.Table, whole: ir.Table) -> tuple[str, str] | None:
    """(3 of 40 terms, the first customers), where the part is loud; else None."""
    n, total = (engine.fetch(t.count().name("n").as_table())["n"][0].as_py() for t in (part, whole))
    if not n or n < LOUD * total:
        return None
    first = part.select("customer_id").distinct().order_by("customer_id").limit(3)
    return f"{n:,} of {total:,} terms", ", ".join(engine.fetch(first).column("customer_id").to_pylist())


def _log(engine: Engine, table: Settled) -> Iterator[str]:
    """Cases whose every row says another state: changes of one matter, and no contacts."""
    t = table.rows
    states = [c for c in t.columns if _STATE.search(c) and not c.startswith("_") and t[c].type().is_string()]
    if not states:
        return
    known = t.filter(t.case_id.notnull())
    cases = known.group_by("case_id").agg(n=known.count(), states=known[states[0]].nunique())
    several = cases.filter(cases.n > 1)
    sums = engine.fetch(several.agg(n=several.count(), each=(several.n == several.states).sum(), rows=several.n.sum()))
    found = sums.to_pylist()[0]
    n, each = found["n"], found["each"] or 0
    if n >= FEW and each >= NEARLY_ALL * n:
        yield (
            f"interactions: {each:,} of {n:,} cases of several rows have another {states[0]} in each row. It looks "
            f"like a log of states, of which every change counts as a contact ({found['rows']:,} for {n:,} cases). "
            "Bring one row a contact."
        )
