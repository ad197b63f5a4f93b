"""Contacts by touchpoint and month, and customers by month: what root-cause actions are measured on. Ibis only.

Reads     a Dataset with interactions, its panel.
Gives     `contacts`: rows of touchpoint, month, n, cost; `customers`: rows of month, n.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from worthline.panel.facts import contact_cost

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

WIDE = "decimal(38, 4)"


def contacts(ds: Dataset, last: date) -> ir.Table:
    """Interactions by touchpoint (in small letters) and month up to `last`, with what they cost where that is known."""
    t = ds["interactions"]
    t = t.mutate(month=t.at_date.truncate("M"), price=contact_cost(ds, t), subject=t.touchpoint.lower())
    t = t.filter(t.month <= last, t.subject.notnull())
    summed = t.group_by("subject", "month").agg(n=t.count(), cost=t.price.cast(WIDE).sum(), priced=t.price.count())
    return summed.order_by("subject", "month")


def customers(panel: ir.Table, last: date) -> ir.Table:
    """Active customers by month up to `last`."""
    current = panel.filter(panel.active, panel.month <= last)
    return current.group_by("month").agg(n=current.count()).order_by("month")
