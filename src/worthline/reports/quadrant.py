"""The soft number against the hard one: customers and their value by what they feel and what they are worth.

Reads     the table customer_scores.
Gives     Quadrant, to be drawn; the same as blocks of a page: a grid, the sentence that matters, the SQL.
Assumes   thirds by value hold the same number of customers; a score is the last one that a customer gave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from worthline.metrics import formatting
from worthline.reports.page import Block, Code, Column, Grid, Text
from worthline.run import small_groups
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

NPS_GROUPS = {"3": "Promoters", "2": "Passives", "1": "Detractors", "0": "No score"}
GROUPS = {"3": "High score", "2": "Middle score", "1": "Low score", "0": "No score"}
"""Groups by score, best first: of NPS, and thirds of any other score."""
THIRDS = {1: "Top third", 2: "Middle third", 3: "Bottom third"}
SCORES = {"3": "high", "2": "middle", "1": "low", "0": "none"}
VALUES = {1: "top", 2: "middle", 3: "bottom"}
"""What the customer list calls the groups and the thirds."""
TITLE = "Satisfaction by customer value"
HIDDEN = f"fewer than {FEW}"
CORNER = ("1", 1)
NPS = "case when last_score is null then 0 when last_score >= 9 then 3 when last_score >= 7 then 2 else 1 end"
THIRD = (
    "case when last_score is null then 0 "
    "else ntile(3) over (partition by last_score is null order by last_score, customer_id) end"
)
NEEDED = {"active", "last_score", "value", "customer_id"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers of one group by score and one third by value."""

    customers: str
    money: str
    depth: int
    """How dark it is drawn: 0 where there is no value, 5 for the cell that holds the most."""
    corner: bool
    """A low score, and in the top third by value."""
    path: str = ""
    """The list of these customers in the app."""


@dataclass(frozen=True, slots=True)
class Quadrant:
    """Customers by last score and by value."""

    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    """Group by score, best first, with its cells, worth most first."""
    said: str
    sql: str
    thirds: tuple[str, ...] = tuple(THIRDS.values())
    title: str = TITLE


def quadrant(run: RunView, columns: set[str]) -> Quadrant | None:
    """Score against value; None where either is unknown of nearly everybody."""
    if not columns >= NEEDED:
        return None
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
        return None
    currency = str(run.about["currency"])
    hidden = {
        (group, third)
        for third in THIRDS
        for group in small_groups.chosen({r["score_group"]: r["customers"] for r in rows if r["value_third"] == third})
    }
    rows = [r | {"customers": 1} if (r["score_group"], r["value_third"]) in hidden else r for r in rows]
    cells = {(str(r["score_group"]), r["value_third"]): r for r in rows}
    most = max(r["value"] for r in rows)
    lines = tuple(
        (name, tuple(_listed(cells, (group, third), currency, most) for third in THIRDS))
        for group, name in (NPS_GROUPS if nps else GROUPS).items()
        if any((group, third) in cells for third in THIRDS)
    )
    return Quadrant(lines, _corner(cells.get(CORNER), currency, is_nps=nps), sql)


def blocks(run: RunView, columns: set[str]) -> list[Block]:
    """The same in words and a grid."""
    grid = quadrant(run, columns)
    if grid is None:
        return []
    heads = (Column("By last score"), *(Column(f"{name} by value", number=True) for name in THIRDS.values()))
    lines = tuple((name, *map(_told, cells)) for name, cells in grid.rows)
    texts = [Text((grid.said,))] if grid.said else []
    return [Grid(heads, lines, title=TITLE), *texts, Code(grid.sql, title=f"{TITLE}: how it is calculated")]


def _told(cell: Cell) -> str:
    return f"{cell.customers}, {cell.money}" if cell.money else cell.customers


def _listed(cells: dict[tuple[str, int], dict[str, Any]], key: tuple[str, int], currency: str, most: float) -> Cell:
    """A cell, and the list of its customers where it shows a number."""
    cell = _cell(cells.get(key), currency, most, key == CORNER)
    return replace(cell, path=f"/customer-list?score={SCORES[key[0]]}&value={VALUES[key[1]]}") if cell.money else cell


def _cell(row: dict[str, Any] | None, currency: str, most: float, corner: bool) -> Cell:
    if row is None:
        return Cell(formatting.count(0), "", 0, corner)
    if row["customers"] < FEW:
        return Cell(HIDDEN, "", 0, corner)
    depth = round(5 * max(row["value"], 0.0) / most) if most > 0 else 0
    return Cell(formatting.count(row["customers"]), formatting.money_short(row["value"], currency), depth, corner)


def _corner(corner: dict[str, Any] | None, currency: str, *, is_nps: bool) -> str:
    """How many low scorers are in the top third by value, and what they are worth; "" for a small group."""
    if corner is None or corner["customers"] < FEW:
        return ""
    names = ("detractor", "detractors") if is_nps else ("customer with a low score", "customers with a low score")
    customers = formatting.how_many(corner["customers"], *names)
    are = "is" if corner["customers"] == 1 else "are"
    worth = formatting.money_prose(corner["value"], currency)
    return f"{customers} {are} in the top third by value, worth {worth}."
