"""The surprise audit: who left in the last three months, whether that was seen coming, and what they shared.

Reads     the answers of `run.questions.leavers`.
Gives     `page`.
Not for   causes: what leavers share may not be why they left; see effects.
"""

from __future__ import annotations

from worthline.metrics import formatting
from worthline.reports.filters import BY_ATTRIBUTE
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.run.questions import leavers as asked
from worthline.run.questions.leavers import MONTHS, Left, Trait
from worthline.run.small_groups import FEW
from worthline.run.view import RunView

SHOWN = 8
NONE_LEFT = f"No customer left in the last {MONTHS} months."
CAUTION = "Traits of leavers are correlations. They say where to look, not why customers left."


def page(run: RunView) -> Page:
    """The whole page."""
    found = asked.left(run)
    if found.left < FEW:
        return Page(header(run), (Text((NONE_LEFT if not found.left else f"Fewer than {FEW} customers left.",)),))
    looked_at = asked.traits(run)
    shared = sorted((t for t in looked_at if t.is_shared), key=lambda t: (t.stayers - t.share, t.name, t.value))
    answer = Text((_answer(found, str(run.about["currency"])),))
    return Page(
        header(run), (answer, _seen_coming(found), _grid(shared[:SHOWN], looked_at), Text((CAUTION,), dim=True))
    )


def _answer(leavers: Left, currency: str) -> str:
    expected = formatting.how_many(leavers.customers, "customer")
    left, day = formatting.count(leavers.left), formatting.day(leavers.day)
    sentence = f"{left} of the {expected} on {day} left within {MONTHS} months"
    if leavers.margin is None:
        return f"{sentence}."
    margin = formatting.money_prose(leavers.margin, currency)
    return f"{sentence}; they generated {margin} gross margin in the 12 months before."


def _seen_coming(leavers: Left) -> Grid:
    """Whether they stood among the most at risk before, and could be contacted."""
    rows = [("In the tenth with the highest churn risk before", formatting.NOT_KNOWN, "no earlier run is kept")]
    if leavers.seen is not None:
        day, seen = leavers.seen
        rows = [(f"In the tenth with the highest churn risk on {formatting.day(day)}", *_cells(seen, leavers.left))]
    if leavers.reachable is not None:
        rows.append(("Could be contacted (permission: yes)", *_cells(leavers.reachable, leavers.left)))
    columns = (Column("Of the customers who left"), Column("Customers", number=True), Column("Share", number=True))
    return Grid(columns, tuple(rows), title="Was it seen coming?")


def _cells(number: int, of: int) -> tuple[str, str]:
    if 0 < number < FEW:
        return f"fewer than {FEW}", ""
    return formatting.count(number), formatting.share(number / of)


def _grid(shared: list[Trait], looked_at: list[Trait]) -> Block:
    if not shared:
        many = formatting.how_many(len(looked_at), "trait")
        return Text((f"None of {many} is significantly more common among leavers.",), title="What they shared")
    columns = (
        Column("Trait"),
        Column("Leavers", number=True),
        Column("Share of leavers", number=True),
        Column(f"CI, corrected for {formatting.how_many(len(looked_at), 'trait')}", number=True),
        Column("Share of stayers", number=True),
    )
    rows = tuple(
        (
            f"{_words(t.name)}: {t.value}" if t.value else t.name,
            formatting.count(t.leavers),
            formatting.share(t.share),
            f"{formatting.share(t.low)} to {formatting.share(t.high)}",
            formatting.share(t.stayers),
        )
        for t in shared
    )
    return Grid(columns, rows, title="What they shared")


def _words(column: str) -> str:
    known = dict(BY_ATTRIBUTE.values())
    return known.get(column, column.replace("_", " ").capitalize())
