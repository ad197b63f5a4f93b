"""What a line of the transactions is: a purchase, money paid back, or part of a change of plan. Ibis only.

Reads     a Dataset's transactions.
Gives     the same rows with their `kind` settled.
Method    where the company brings no kind, a line below zero is a refund; but lines of one invoice that together are
          above zero are one change of plan (the unused days of the old plan, the new plan), and its line below zero no
          refund: METHODS 2. Kinds that were brought stand as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

PLAN_CHANGE = "plan change"
"""Kind of a line that takes back unused days of an old plan; no refund."""


def booked(ds: Dataset) -> ir.Table:
    """The transactions; no row is lost or doubled."""
    t = ds["transactions"]
    if ds.has("transactions", "kind") or not ds.has("transactions", "transaction_id"):
        return t
    known = t.filter(t.customer_id.notnull(), t.transaction_id.notnull())
    invoices = known.group_by(_who=known.customer_id, _invoice=known.transaction_id).aggregate(
        net=known.amount.sum(), least=known.amount.min()
    )
    changes = invoices.filter(invoices.net > 0, invoices.least < 0).select("_who", "_invoice")
    joined = t.left_join(changes, [t.customer_id == changes["_who"], t.transaction_id == changes["_invoice"]])
    is_change = joined["_who"].notnull() & (joined.amount < 0)
    return joined.mutate(kind=ibis.ifelse(is_change, PLAN_CHANGE, joined.kind)).select(*t.columns)
