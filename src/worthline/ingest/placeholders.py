"""Ids that stand for nobody: GUEST, unknown, walk-in, 0 and -1 where a till has to write something.

Reads     customer_id of a table that other things name customers in.
Gives     which of its ids are nobody's: words that mean so, and numbers that stand at many more rows than any customer.
Not for   the list of customers: who is listed is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    from worthline.engine import Engine

WORDS = (
    *("guest", "guest user", "guest customer", "guest checkout", "gast", "gastkunde", "invité", "invitado", "ospite"),
    *(
        "anonymous",
        "anonymous customer",
        "anonymous user",
        "anon",
        "anonym",
        "anonyme",
        "anonimo",
        "anónimo",
        "anoniem",
    ),
    *("unknown", "unknown customer", "unbekannt", "inconnu", "desconocido", "sconosciuto", "onbekend", "desconhecido"),
    *("walk-in", "walkin", "walk in", "walk-in customer", "walkin customer", "laufkunde", "laufkundschaft"),
    *("cash customer", "cash sale", "no customer", "not set", "(not set)", "not available", "unassigned", "undefined"),
    *("n/a", "#n/a", "na", "none", "null", "(null)", "nil", "nan", "-", "--", "?"),
    "00000000-0000-0000-0000-000000000000",
)
_NUMBERS = r"^(-1|0+|9{4,})$"
MANY = 10
"""Rows that a number such as 0 stands at, at least, before it may be nobody's."""
TIMES = 3
"""So many times the rows of the busiest customer."""


def nobody(engine: Engine, rows: ir.Table) -> list[str]:
    """Ids of `rows` that are nobody's, in order; usually none."""
    id_ = rows.customer_id
    called, numbered = id_.lower().isin(WORDS).fill_null(False), id_.re_search(_NUMBERS).fill_null(False)
    if not engine.fetch(rows.agg(n=(called | numbered).sum()))["n"][0].as_py():
        return []
    counts = rows.group_by(id=id_, called=called, numbered=numbered).agg(n=rows.count())
    busiest = counts.filter(counts.id.notnull() & ~counts.called & ~counts.numbered).n.max().fill_null(0).name("most")
    most = engine.fetch(busiest.as_table())["most"][0].as_py()
    many = counts.numbered & (counts.n >= max(MANY, TIMES * most))
    ids = engine.fetch(counts.filter(counts.called | many).select("id").order_by("id"))
    return [str(each) for each in ids.column("id").to_pylist()]


def blanked(rows: ir.Table, ids: list[str]) -> ir.Table:
    """`rows`, those ids blank."""
    return rows.mutate(customer_id=ibis.ifelse(rows.customer_id.isin(ids), ibis.null("string"), rows.customer_id))
