"""The soft number against the hard one: customers and their value by what they feel and what they are worth.

Reads     the table customer_scores.
Gives     blocks of a page: a grid of score against value, the sentence that matters, the SQL.
Assumes   thirds by value hold the same number of customers; a score is the last one that a customer gave.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import words
from worthline.reports.page import Block, Code, Column, Grid, RunView, Text
from worthline.reports.words import FEW

GROUPS = {
    "3": "Happy",
    "2": "In between",
    "1": "Unhappy",
    "0": "Gave no score",
}
"""Groups by score, best first."""
THIRDS = {1: "Top third", 2: "Middle third", 3: "Bottom third"}
NPS = "case when last_score is null then 0 when last_score >= 9 then 3 when last_score >= 7 then 2 else 1 end"
THIRD = (
    "case when last_score is null then 0 "
    "else ntile(3) over (partition by last_score is null order by last_score, customer_id) end"
)
NEEDED = {"active", "last_score", "value", "customer_id"}


def blocks(run: RunView, columns: set[str]) -> list[Block]:
    """Score against value; nothing where either is unknown of nearly everybody."""
    if not columns >= NEEDED:
        return []
    nps = (run.about.get("settings") or {}).get("score_metric") == "nps"
    sql = (
        "select score_group, value_third, count(*) as customers, cast(sum(value) as double) as value\n"
        f"from (select value, {NPS if nps else THIRD} as score_group,\n"
        "             ntile(3) over (order by value desc, customer_id) as value_third\n"
        "      from customer_scores where active and value is not null)\n"
        "group by all order by score_group desc, value_third"
    )
    rows = run.sql(sql).to_pylist()
    if sum(r["customers"] for r in rows if r["score_group"]) < FEW:
        return []
    currency = str(run.about["currency"])
    cells = {(str(r["score_group"]), r["value_third"]): r for r in rows}
    lines = tuple(
        (name, *(_cell(cells.get((group, third)), currency) for third in THIRDS))
        for group, name in GROUPS.items()
        if any((group, third) in cells for third in THIRDS)
    )
    heads = (Column("By last score"), *(Column(f"{name} by value", number=True) for name in THIRDS.values()))
    grid = Grid(heads, lines, title="What they feel, and what they are worth")
    return [grid, *_said(cells, currency), Code(sql, title="How these are counted")]


def _cell(row: dict[str, Any] | None, currency: str) -> str:
    if row is None:
        return words.count(0)
    return f"{words.count(row['customers'])}, {words.money_short(row['value'], currency)}"


def _said(cells: dict[tuple[str, int], dict[str, Any]], currency: str) -> list[Block]:
    """The corner where most is at stake: unhappy, and worth much."""
    corner = cells.get(("1", 1))
    if corner is None:
        return []
    who = words.how_many(corner["customers"], "unhappy customer")
    is_among = "is" if corner["customers"] == 1 else "are"
    worth = words.money_prose(corner["value"], currency)
    return [Text((f"{who} {is_among} among the third worth most: {worth} of value.",))]
