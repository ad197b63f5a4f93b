"""The answer at the top of the overview, and the three poor experiences that cost most.

Reads     the figures; the table experience_money.
Gives     `answer`: one sentence, what stands under it, whether the return is measured; `largest`: Cost, and as a grid.
Assumes   `joint` in experience_money is the change of margin, so that a cost is below zero; an experience known by
          correlation only stands at another level there, and is in neither total nor list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports import chain, drivers
from worthline.reports.figure_text import period, sentences_of
from worthline.reports.page import Column, Grid
from worthline.results import Figure, evidence_words
from worthline.run.view import RunView

VERDICT = "verdict"
Rows = list[dict[str, Any]]
"""Rows of experience_money."""
LISTED = 3
"""Experiences on the overview."""
SHOWN_GRADES = ("A", "B", "C")
NOT_MEASURED = "Return on initiatives: not measured yet (add a control group)."
SERVICE = "cost_of_poor_service"
LOST = "cost_of_poor_experiences"
DIFFERENCE = (
    "Cost of poor service is what was refunded, credited and worked to put failures right. Margin lost to poor "
    "experiences is margin that customers then no longer generated. The two may overlap: do not add them."
)
"""Where both figures stand: what parts them."""
HOW_SURE = "Estimated: customers with the experience are compared with similar customers without it; no experiment."
IMPROVE = drivers.ADVICE[True, False]
FIRST = ("margin_12m", "revenue_12m", "customers_active")
"""Figures of money or customers that answer where no cost is known, the first that has a value."""
TITLE = "Look first at what costs most margin"


@dataclass(frozen=True, slots=True)
class Answer:
    """The first sentence of the overview."""

    sentence: str
    is_measured: bool
    """Whether it is the return on initiatives."""
    lede: tuple[str, ...] = ()
    """What stands under it, line by line."""
    question: str = "Does it pay?"
    """What it answers."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One poor experience: what it cost, how sure that is, and who owns it."""

    experience: str
    cost: str
    interval: str
    owner: str
    evidence: str
    path: str
    initiative: str = ""
    """What is being done about it: initiatives of the owning department that have begun."""


def rows_of(run: RunView) -> Rows:
    """What each experience cost, asked once for all that stands at the top of the overview."""
    return chain.rows_of_money(run)


def answer(run: RunView, rows: Rows | None = None) -> Answer:
    """The answer that exists: what initiatives returned, else what poor experiences cost, else where we stand."""
    rows = rows_of(run) if rows is None else rows
    verdict = next((figure for figure in run.figures if figure.name == VERDICT), None)
    if verdict is not None and verdict.value is not None:
        counted = "" if _total(rows) is None else _service_cost(run.figures)
        lines = (verdict.details.get("lede", ""), _cost_sentence(run, rows) or no_cost(run), counted, difference(run))
        return Answer(verdict.sentence, True, tuple(filter(None, lines)))
    returned = NOT_MEASURED if verdict is None else verdict.sentence
    if cost := _cost_sentence(run, rows):
        return Answer(f"{cost} {returned}", False, tuple(filter(None, (difference(run),))), "What does it cost?")
    if not (stands := _stands(run.figures)):
        return Answer(f"{no_cost(run)} {returned}", False)
    return Answer(stands, False, (*_look_first(run), no_cost(run), returned), "Where do we stand?")


def _look_first(run: RunView) -> tuple[str, ...]:
    """What goes with the scores more than most and is rated below the mean, where no cost says what to look at."""
    if "key_drivers" not in run.tables():
        return ()
    for score, spots in drivers.spots(run).items():
        names = [spot.name for spot in sorted(spots, key=lambda one: -one.importance) if spot.advice == IMPROVE]
        if names:
            listed = " and ".join(filter(None, (", ".join(names[:LISTED][:-1]), names[:LISTED][-1])))
            why = f"rated below the mean, and more important than the mean for {score} (correlation only)"
            return (f"Look first at {listed}: {why}.",)
    return ()


def difference(run: RunView) -> str:
    """What parts the two costs, where both are there; else ""."""
    known = {figure.name for figure in run.figures if figure.value is not None}
    return DIFFERENCE if {SERVICE, LOST} <= known else ""


def no_cost(run: RunView) -> str:
    """That the cost of poor experiences is not estimated, and what is missing for it."""
    rows = run.about.get("rows", {})
    off = run.health().off
    needs = []
    if not {"source.feedback", "source.interactions"} & set(rows):
        needs.append("contacts or feedback")
    elif any(sentence.startswith("Links from scores to money are off") for sentence in off):
        needs.append("contacts, or feedback with customer_id")
    if not any(figure.name == "margin_12m" and figure.value is not None for figure in run.figures):
        needs.append("a margin")
    if not needs:
        return "Cost of poor experiences: not estimated yet. Too few customers had one, or none can be compared."
    return f"Cost of poor experiences: not estimated yet. Bring {', and '.join(needs)}."


def _stands(figures: list[Figure]) -> str:
    """The first score and the first figure of money or customers that are known, in a sentence each; "" without any."""
    by_name = {figure.name: figure for figure in figures if figure.value is not None}
    money = (by_name[name] for name in FIRST if name in by_name)
    chosen = [figure for figure in (first_score(list(by_name.values())), next(money, None)) if figure is not None]
    return " ".join(_dated(figure) for figure in chosen)


def first_score(figures: list[Figure]) -> Figure | None:
    """The soft figure that stands first."""
    for figure in figures:
        name = figure.details.get("metric", "")
        if name and registered(name).family == "scores":
            return figure
    return None


def _dated(figure: Figure) -> str:
    """The first sentence of a figure, with its months where it does not name them itself."""
    first = sentences_of(figure.sentence)[0]
    if not first.startswith("Customers generated"):
        return first
    return f"In the {period(figure)}, {first[0].lower()}{first[1:]}"


def largest(run: RunView, rows: Rows | None = None) -> tuple[Cost, ...]:
    """The experiences with the largest estimated costs; only those whose 95% CI does not include zero."""
    currency = str(run.about["currency"])
    found = [
        row
        for row in (rows_of(run) if rows is None else rows)
        if row["level"] == "experience" and row["grade"] in SHOWN_GRADES and row["joint_high"] < 0
    ]
    found.sort(key=lambda row: (row["joint"], row["name"]))
    live = _live(run) if found else {}
    return tuple(_cost(row, currency, live) for row in found[:LISTED])


def none_shown(run: RunView, rows: Rows) -> str:
    """Why no experience is listed, where costs were estimated at all; "" where some is, or none was estimated."""
    if not rows or largest(run, rows):
        return ""
    sentence = "No single experience has a significant margin cost (evidence: estimated or better; 95% CI above zero)."
    graded = [row for row in rows if row["level"] == "experience" and row["grade"] in SHOWN_GRADES]
    first = min(graded, key=lambda row: (row["joint"], row["name"]), default=None)
    if first is None or first["joint"] >= 0:
        return sentence
    cost = _cost(first, str(run.about["currency"]), {})
    return f"{sentence} Look first at the largest estimate: {cost.experience}, {cost.cost} (95% CI {cost.interval})."


def _live(run: RunView) -> dict[str, list[str]]:
    """Department -> names of its initiatives that have begun."""
    if "source.initiatives" not in run.about.get("rows", {}):
        return {}
    columns = set(run.table("source.initiatives", 0).column_names)
    if not {"group", "name", "initiative"} <= columns:
        return {}
    started = "initiative in (select initiative from initiative_costs where began is not null)"
    where = f"where {started}" if "initiative_costs" in run.tables() else ""
    out: dict[str, list[str]] = {}
    for row in run.sql(
        f'select "group" as g, coalesce(name, initiative) as n from source.initiatives {where} order by n'
    ).to_pylist():
        out.setdefault(str(row["g"]), []).append(str(row["n"]))
    return out


def grid(run: RunView, rows: Rows | None = None) -> Grid:
    """The same for the terminal; no rows where nothing is estimated."""
    columns = (
        Column(TITLE),
        Column("12 months", number=True),
        Column("95% CI", number=True),
        Column("Owner"),
        Column("Initiative"),
        Column("Evidence"),
    )
    cells = tuple(
        (cost.experience, cost.cost, cost.interval, cost.owner, cost.initiative, cost.evidence)
        for cost in largest(run, rows)
    )
    return Grid(columns, cells)


def _cost_sentence(run: RunView, rows: Rows) -> str:
    """Poor experiences cost an estimated $240,520 of margin (95% CI $212,000 to $269,000); "" where it is not known."""
    total = _total(rows)
    if total is None:
        return _service_cost(run.figures)
    cost, low, high = (
        formatting.money_prose(-total[name], str(run.about["currency"]))
        for name in ("joint", "joint_high", "joint_low")
    )
    if total["joint_high"] < 0:
        return f"Poor experiences cost an estimated {cost} of margin (95% CI {low} to {high})."
    below = "; below zero is a gain" if total["joint"] > 0 else ""
    return (
        f"No significant margin loss from poor experiences was found: estimate {cost} (95% CI {low} to {high}{below})."
    )


def _total(rows: Rows) -> dict[str, Any] | None:
    return next((row for row in rows if row["level"] == "total"), None)


def _service_cost(figures: list[Figure]) -> str:
    """What poor service cost as it was counted; "" where that is not known."""
    service = next((f for f in figures if f.name == SERVICE and f.value is not None), None)
    return "" if service is None else service.sentence


def _cost(row: dict[str, Any], currency: str, live: dict[str, list[str]]) -> Cost:
    low, high = (formatting.money_short(-row[end], currency) for end in ("joint_high", "joint_low"))
    name = str(row["name"])
    return Cost(
        experience=formatting.capitalised(name),
        cost=formatting.money_short(-row["joint"], currency),
        interval=f"{low} to {high}",
        owner=str(row["department"] or "no owner"),
        evidence=evidence_words(row["grade"], row["joint_low"], row["joint_high"]),
        path=f"/effects/margin/{name}",
        initiative=", ".join(live.get(str(row["department"]), ())) or "none yet",
    )
