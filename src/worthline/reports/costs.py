"""The answer at the top of the overview, and the three poor experiences that cost most.

Reads     the figures; the table experience_money.
Gives     `answer`: one sentence, and whether the return on initiatives is measured; `largest`: Cost; both as blocks.
Assumes   `joint` in experience_money is the change of margin, so that a cost is below zero; an experience known by
          correlation only stands at another level there, and is in neither total nor list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worthline.metrics import formatting
from worthline.reports import chain
from worthline.reports.page import Column, Grid
from worthline.results import Figure, evidence_words
from worthline.run.view import RunView

VERDICT = "verdict"
LISTED = 3
"""Experiences on the overview."""
SHOWN_GRADES = ("A", "B", "C")
NOT_MEASURED = "Return on initiatives: not measured yet (add a control group)."
NO_COST = "Cost of poor experiences: not estimated yet (needs feedback or interactions, and margin)."
TITLE = "What costs most margin"


@dataclass(frozen=True, slots=True)
class Answer:
    """The first sentence of the overview."""

    sentence: str
    is_measured: bool
    """Whether it is the return on initiatives."""
    lede: str = ""


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


def answer(run: RunView) -> Answer:
    """What the company wants to know first: what initiatives returned, else what poor experiences cost."""
    verdict = next((figure for figure in run.figures if figure.name == VERDICT), None)
    if verdict is not None and verdict.value is not None:
        counted = "" if _total(run) is None else _service_cost(run.figures)
        lede = " ".join(part for part in (verdict.details.get("lede", ""), _cost_sentence(run), counted) if part)
        return Answer(verdict.sentence, True, lede)
    returned = NOT_MEASURED if verdict is None else verdict.sentence
    return Answer(f"{_cost_sentence(run)} {returned}", False)


def largest(run: RunView) -> tuple[Cost, ...]:
    """The experiences with the largest estimated costs; only those whose 95% CI does not include zero."""
    currency = str(run.about["currency"])
    rows = [
        row
        for row in _rows(run)
        if row["level"] == "experience" and row["grade"] in SHOWN_GRADES and row["joint_high"] < 0
    ]
    rows.sort(key=lambda row: (row["joint"], row["name"]))
    live = _live(run) if rows else {}
    return tuple(_cost(row, currency, live) for row in rows[:LISTED])


def none_shown(run: RunView) -> str:
    """Why no experience is listed, where costs were estimated at all; "" where some is, or none was estimated."""
    if not _rows(run) or largest(run):
        return ""
    sentence = "No single experience has a significant margin cost (evidence: estimated or better; 95% CI above zero)."
    graded = [row for row in _rows(run) if row["level"] == "experience" and row["grade"] in SHOWN_GRADES]
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
    begun = "initiative in (select initiative from initiative_costs where began is not null)"
    where = f"where {begun}" if "initiative_costs" in run.tables() else ""
    out: dict[str, list[str]] = {}
    for row in run.sql(
        f'select "group" as g, coalesce(name, initiative) as n from source.initiatives {where} order by n'
    ).to_pylist():
        out.setdefault(str(row["g"]), []).append(str(row["n"]))
    return out


def grid(run: RunView) -> Grid:
    """The same for the terminal; no rows where nothing is estimated."""
    columns = (
        Column(TITLE),
        Column("12 months", number=True),
        Column("95% CI", number=True),
        Column("Owner"),
        Column("Initiative"),
        Column("Evidence"),
    )
    rows = tuple(
        (cost.experience, cost.cost, cost.interval, cost.owner, cost.initiative, cost.evidence) for cost in largest(run)
    )
    return Grid(columns, rows)


def _rows(run: RunView) -> list[dict[str, Any]]:
    return chain.rows_of_money(run)


def _cost_sentence(run: RunView) -> str:
    """Poor experiences cost an estimated $240,520 of margin (95% CI $212,000 to $269,000)."""
    total = _total(run)
    if total is None:
        return _service_cost(run.figures) or NO_COST
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


def _total(run: RunView) -> dict[str, Any] | None:
    return next((row for row in _rows(run) if row["level"] == "total"), None)


def _service_cost(figures: list[Figure]) -> str:
    """What poor service cost as it was counted; "" where that is not known."""
    service = next((f for f in figures if f.name == "cost_of_poor_service" and f.value is not None), None)
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
