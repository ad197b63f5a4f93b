"""The worklist: whom to contact within the limits asked for, and why.

Reads     the tables worklist_candidates, worklist, control_groups and source.actions; the figure savings_available.
Gives     `rows`: the list as a table; Page; raises DataError where the run has no worklist.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from worthline.errors import DataError, UsageError
from worthline.initiatives.worklist.replan import Asked, replan
from worthline.metrics import formatting
from worthline.reports.figure_text import sentences_of
from worthline.reports.page import Block, Column, Grid, Next, Page, Text, command, header
from worthline.results import evidence_words
from worthline.run.narrowed import Narrowed
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

CANDIDATES = "worklist_candidates"
SHOWN = 20
SIZE = 50
"""Customers of a page of the app."""
COLUMNS = (
    Column("", number=True),
    Column("Customer", leads="/customers/"),
    Column("Action"),
    Column("Expected net", number=True),
    Column("Cost", number=True),
    Column("Reason"),
)


def rows(run: RunView, asked: Asked, *, is_control: bool = False) -> pa.Table:
    """The customers to contact, in order; with `is_control` those kept aside who would have been on this list."""
    _needs(run)
    weekly = run.sql("select action, max(capacity_per_week) as n from source.actions group by 1").to_pylist()
    capacity = {row["action"]: int(row["n"] or 0) for row in weekly}
    table = run.sql(f"select * from {CANDIDATES} order by place")
    return replan(table, capacity, asked, is_control=is_control)


def summary(run: RunView, listed: pa.Table, control: pa.Table, asked: Asked) -> dict[str, Any]:
    """The list in numbers: customers, cost, expected net gain, control customers kept aside."""
    return {
        "weeks": asked.weeks,
        "capacity_per_week": asked.capacity,
        "budget": asked.budget,
        "customers": listed.num_rows,
        "cost": _sum(listed, "cost"),
        "expected_net": _sum(listed, "expected_net"),
        "control_kept_aside": control.num_rows,
        "sentence": sentence(run, listed, control, asked),
    }


def sentence(run: RunView, listed: pa.Table, control: pa.Table, asked: Asked) -> str:
    """What the list costs and should return; where it is empty, why."""
    currency = str(run.about["currency"])
    when = "this week" if asked.weeks == 1 else f"in the next {asked.weeks} weeks"
    if not listed.num_rows:
        return _why_empty(run, asked)
    many = formatting.how_many(listed.num_rows, "customer")
    cost, net = (formatting.money_prose(_sum(listed, name), currency) for name in ("cost", "expected_net"))
    text = f"Contacting {many} {when} costs {cost} and should return {net} net."
    if control.num_rows:
        text += f" {formatting.how_many(control.num_rows, 'control customer')} kept aside."
    return text


def page(run: RunView, asked: Asked, *, limit: int | None = None, folder: str = "", is_control: bool = False) -> Page:
    """The list, the first of it where it is long."""
    listed, control = rows(run, asked), rows(run, asked, is_control=True)
    rows_shown = control if is_control else listed
    lines = [sentence(run, listed, control, asked)]
    groups = run.table("control_groups").to_pylist() if "control_groups" in run.tables() else []
    lines += list(dict.fromkeys(row["sentence"] for row in groups))[:1]
    blocks: list[Block] = [Text(tuple(lines))]
    if rows_shown.num_rows:
        title = "Control customers: do not call" if is_control else "Worklist"
        blocks += _by_purpose(rows_shown.slice(0, limit or SHOWN), str(run.about["currency"]), title)
    remaining = rows_shown.num_rows - min(rows_shown.num_rows, limit or SHOWN)
    if remaining:
        hint = f"{formatting.how_many(remaining, 'further customer')} not shown: use --limit, --csv or --json."
        blocks.append(Text((hint,), dim=True))
    following = (
        command("worklist", "--weeks", "13", folder=folder),
        command("explain", "savings_available", folder=folder),
    )
    blocks.append(Next(following))
    return Page(header(run), tuple(blocks))


def _by_purpose(table: pa.Table, currency: str, title: str) -> list[Grid]:
    """One grid for staying, and one for each kind of growth."""
    import pyarrow.compute as pc

    grids = []
    for purpose in dict.fromkeys(["staying", *table["purpose"].to_pylist()]):
        own = table.filter(pc.equal(table["purpose"], purpose))
        if own.num_rows:
            grids.append(grid(own, currency, title if purpose == "staying" else f"{title}: {purpose}"))
    return grids


def grid(table: pa.Table, currency: str, title: str = "") -> Grid:
    """Rows of the list as people read them."""
    cells = tuple(
        (
            str(row["place"]),
            row["customer_id"],
            str(row["action"]).replace("_", " ").capitalize(),
            formatting.money_short(row["expected_net"], currency),
            formatting.money_short(row["cost"], currency),
            row["reason"],
        )
        for row in table.to_pylist()
    )
    return Grid(COLUMNS, cells, title=title)


def _needs(run: RunView) -> None:
    if CANDIDATES in run.tables():
        return
    figure = next((f for f in run.figures if f.name == "savings_available"), None)
    why = figure.sentence if figure is not None else "The run knows neither actions nor what customers are worth."
    raise DataError(f"There is no worklist. {why}", tried="worklist", found="no worklist in this run", fix=why)


def _why_empty(run: RunView, asked: Asked) -> str:
    if asked.capacity == 0:
        return "Nobody is on the list: the capacity is 0."
    if asked.budget is not None:
        cheapest = run.sql(f"select min(cost) as c from {CANDIDATES}").to_pylist()[0]["c"]
        if cheapest is not None and Decimal(str(asked.budget)) < cheapest:
            need = formatting.money_prose(cheapest, str(run.about["currency"]))
            return f"Nobody is on the list: one contact costs {need}, more than the budget."
    figure = next((f for f in run.figures if f.name == "savings_available"), None)
    return figure.sentence if figure is not None else "Nobody is on the list."


def _sum(table: pa.Table, name: str) -> float:
    return float(sum(table[name].to_pylist(), Decimal(0)))


@dataclass(frozen=True, slots=True)
class Card:
    """One customer to contact, as a page shows it."""

    place: str
    customer: str
    action: str
    purpose: str
    code: str
    """The action as the files call it."""
    week: int
    net: str
    cost: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page of the published worklist."""

    answer: str
    """What the list costs and should return, in one sentence."""
    sentences: tuple[str, ...]
    """How that is known, and whom to leave alone."""
    cards: tuple[Card, ...]
    number: int
    pages: int

    @property
    def customers(self) -> tuple[str, ...]:
        """On this page."""
        return tuple(card.customer for card in self.cards)


def page_of(run: RunView, number: int) -> PageOf:
    """A page of the plan, its first week first; raises UsageError for a page that is not there."""
    many = int(run.sql("select count(*) as n from worklist")["n"][0].as_py())
    pages = max(1, -(-many // SIZE))
    if number > pages:
        raise UsageError(f"The worklist has pages 1 to {pages}; there is no page {number}.")
    first = (number - 1) * SIZE
    asked = (
        "select place, customer_id, action, purpose, week, expected_net, cost, reason, grade from worklist "
        f"order by place limit {SIZE} offset {first}"
    )
    currency = str(run.about["currency"])
    cards = tuple(
        Card(
            str(row["place"]),
            row["customer_id"],
            str(row["action"]).replace("_", " ").capitalize(),
            row["purpose"].capitalize(),
            row["action"],
            row["week"],
            formatting.money_short(row["expected_net"], currency),
            formatting.money_short(row["cost"], currency),
            row["reason"],
            evidence_words(row["grade"], None, None),
        )
        for row in run.sql(asked).to_pylist()
    )
    answer, *rest = sentences_of(" ".join(_sentences(run))) or ["Nobody is on the list."]
    if isinstance(run, Narrowed):
        answer = f"{formatting.how_many(many, 'customer')} of this choice on the list. All together: {answer}"
    return PageOf(answer, tuple(rest), cards, number, pages)


def _sentences(run: RunView) -> list[str]:
    """What the plan returns, how it is proved, and whom it must leave alone."""
    figure = next((f for f in run.figures if f.name == "savings_available"), None)
    sentences = [figure.sentence] if figure is not None else []
    if "control_groups" in run.tables():
        groups = run.table("control_groups").to_pylist()
        sentences += list(dict.fromkeys(row["sentence"] for row in groups))[:1]
        sentences += [row["power_sentence"] for row in groups if row["action"] is not None]
    if "treatment_groups" in run.tables():
        harmed = run.sql("select sentence from treatment_groups where is_harmed").to_pylist()
        sentences += [row["sentence"] for row in harmed]
    return sentences
