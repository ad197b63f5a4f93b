"""Prove this: the drafted control group beside a figure, effect or initiative that is not proven.

Reads     the table proof_plans.
Gives     `plan`: its row; `blocks`: the same for a page.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import formatting
from worthline.reports.page import Block, Facts, Text
from worthline.run.view import RunView

TABLE = "proof_plans"
TITLE = "Prove this"


def plan(run: RunView, kind: str, name: str) -> dict[str, Any] | None:
    """The row of a figure, effect or initiative; None where it is proven, or nothing was drafted."""
    if TABLE not in run.tables():
        return None
    query = f"select * from {TABLE} where kind = ? and name = ? limit 1"
    rows: list[dict[str, Any]] = run.sql(query, [kind, name]).to_pylist()
    return rows[0] if rows else None


def blocks(row: dict[str, Any] | None, currency: str) -> list[Block]:
    """What it takes in words and numbers; nothing where there is no plan."""
    if row is None:
        return []
    parts: list[Block] = [Text((row["sentence"],), title=TITLE)]
    if row["customers"] is not None:
        pairs = [
            ("Customers needed", formatting.count(row["customers"])),
            ("Control group", formatting.count(row["control"])),
            ("Weeks of assigning", formatting.count(row["weeks"])),
            ("Months of waiting", formatting.count(row["follow_up_months"])),
            ("Cost", formatting.money_prose(row["cost"], currency)),
        ]
        parts.append(Facts(tuple(pairs)))
    return parts
