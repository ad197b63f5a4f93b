"""Lines of one invoice: a credit beside a charge is a change of plan or a discount, not money paid back.

Reads     settled transactions whose source says no kind.
Gives     the same rows, such lines called `adjustment`.
Method    a line below zero is taken for a refund unless it shares invoice, customer and day with lines that leave the
          invoice above zero, or its words say that a plan was changed within its period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

_CHANGE_OF_PLAN = r"(?i)(unused time|remaining time|prorat|pro[- ]rata|anteilig|prorrat)"


def without_false_refunds(engine: Engine, settled: Settled) -> ir.Table:
    """Rows with `adjustment` where a line below zero is no refund; counted in the table's remarks."""
    rows = settled.rows
    if "kind" in settled.brought:
        return rows
    below = rows.kind == "refund"
    if not engine.fetch(rows.filter(below).count().name("n").as_table())["n"][0].as_py():
        return rows
    known = {c.name for c in settled.spec.columns}
    texts = [c for c in rows.columns if rows[c].type().is_string() and not c.startswith("_") and c not in known]
    worded = [rows[c].re_search(_CHANGE_OF_PLAN) for c in ("product", *texts)]
    changes = ibis.or_(*worded).fill_null(False)
    if "transaction_id" in settled.brought:
        invoice = ibis.window(group_by=[rows.transaction_id, rows.customer_id, rows.at_date])
        paid = rows.transaction_id.notnull() & (rows.amount.sum().over(invoice) > 0)
        changes = changes | paid
    marked = rows.mutate(_changes=below & changes)
    n = engine.fetch(marked.agg(n=marked._changes.sum()))["n"][0].as_py()
    if not n:
        return rows
    settled.remarks["adjusting_line"] = int(n)
    kind = ibis.ifelse(marked._changes, "adjustment", marked.kind)
    return engine.keep("transactions__lines", marked.mutate(kind=kind).drop("_changes"))
