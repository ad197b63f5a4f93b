"""How a theme's numbers are counted: its sentence, how it was found, and the SELECTs that give them again.

Reads     the tables themes, theme_items, customer_scores of a published run.
Gives     `is_theme`, `explain`; a ThemeExplained, as a Page and as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worthline.reports import tables, voice
from worthline.reports.explain import Query, asked
from worthline.reports.page import Block, Facts, Next, Page, Text, command, header
from worthline.run.view import RunView
from worthline.tables.money import currency_digits

FOUND = (
    "Found in the comments: TF-IDF of terms, non-negative matrix factorisation. It is shown as its words stand "
    "together in comments that it was not learnt from, more than in the same comments with their words shuffled."
)
LISTED = "Your own list, [[voice.themes]] in worthline.toml: a comment with one of its words, or like its examples."
HEADING = "A heading over themes that share words: a comment about any of them is about it."
HOW = {"found": FOUND, "listed": LISTED, "heading": HEADING}


@dataclass(frozen=True)
class ThemeExplained:
    """A row of themes and the queries behind it."""

    row: dict[str, Any]
    queries: tuple[Query, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        queries = [{"title": q.title, "sql": q.sql, "rows": tables.json_rows(q.rows)} for q in self.queries]
        return {"theme": tables.json_row(self.row), "method": HOW[self.row["origin"]], "queries": queries}


def is_theme(run: RunView, name: str) -> bool:
    """Whether a theme has this name or label."""
    return any(name.casefold() in (row["theme"].casefold(), row["label"].casefold()) for row in voice.themes(run))


def explain(run: RunView, name: str) -> ThemeExplained:
    """Everything about the theme; raises NoSuchName."""
    row = voice.named(run, name)
    quoted = voice.quoted(row["theme"])
    day = f"date '{run.about['as_of']}'"
    year = (
        f"from theme_items\nwhere theme = {quoted} and kind = 'comment' and respondent = 'customer'\n"
        f"  and (day is null or day > {day} - interval {voice.MONTHS} month and day <= {day})"
    )
    selects = {
        "Comments and customers, last 12 months": (
            f"select count(distinct item) as volume, count(distinct customer_id) as customers\n{year}"
        ),
        "Whose touchpoints its comments are about": (
            f'select "group", count(*) as comments\n{year}\n'
            "  and touchpoint is not null\ngroup by all order by comments desc, 1"
        ),
    }
    if row["margin_at_risk"] is not None:
        selects["Margin at risk of these customers"] = (
            f"select sum(margin_at_risk) as margin_at_risk from customer_scores\n"
            f"where customer_id in (select customer_id {year})"
        )
    is_hidden = row["customers"] is None  # so few that their rows would tell what the table hides
    asked_for = {} if is_hidden else selects
    return ThemeExplained(row, tuple(Query(title, sql, run.sql(sql)) for title, sql in asked_for.items()))


def page(run: RunView, explained: ThemeExplained, *, folder: str = "") -> Page:
    """The page of `worthline explain` for a theme."""
    row = explained.row
    blocks: list[Block] = [Text((row["sentence"],), title=row["label"]), Facts(voice.facts(run, row))]
    blocks.append(Text((HOW[row["origin"]], voice.OVERLAP), title="How it is calculated"))
    blocks += voice.evidence(run, row["theme"])
    for query in explained.queries:
        blocks += asked(query, currency_digits(run.about["currency"]), folder)
    comments = (
        f"select day, text from theme_items where theme = {voice.quoted(row['theme'])} order by day desc limit 20"
    )
    blocks.append(Next((command("sql", comments, folder=folder),)))
    return Page(header(run), tuple(blocks))
