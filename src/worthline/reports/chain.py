"""The value chain: from what customers met, to what they say next, to whether they stay or buy, to money.

Reads     the tables effects and experience_money.
Gives     Chain, drawn by the app; its Page for the terminal.
Assumes   money comes from experience to margin directly; the score explains and is never multiplied in. An experience
          without money of its own is shown without it, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worthline.effects.effect import shown, telling
from worthline.effects.outcomes import OUTCOMES
from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Page, RunView, Text, header
from worthline.results import GRADE_WORDS

SCORE, MONTHS = "next_score", 3
"""What is said next, this many months on."""
BEHAVIOUR = ("retention", "purchases")
"""What customers do: the first of these that there is, at the horizon of the money."""
MOST = 12
"""Experiences in the picture."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one experience, in words."""

    told: str
    likely: str = ""
    known: str = ""
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One experience along the chain."""

    name: str
    times: str
    score: Step
    behaviour: Step
    money: Step
    amount: float | None
    forecast: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one department or touchpoint comes to."""

    name: str
    joint: str
    likely: str
    alone: str
    forecast: str
    amount: float
    known: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The picture, the total, and the same money by who owns it."""

    links: tuple[Link, ...]
    more: int
    behaviour: str
    horizon: str
    total: str
    """The whole in a sentence; why there is none where there is no money."""
    departments: tuple[Part, ...]
    touchpoints: tuple[Part, ...]

    @property
    def most(self) -> float:
        """The largest amount of the picture."""
        return max((abs(link.amount) for link in self.links if link.amount is not None), default=1.0)


def chain(run: RunView) -> Chain:
    """What the run knows of the chain, the dearest experience first."""
    currency = str(run.about["currency"])
    money = run.table("experience_money").to_pylist() if "experience_money" in run.tables() else []
    wanted = "cause, outcome, horizon_months, touchpoint, exposed, estimate, low, high, p_adjusted, grade"
    of = "segment = 'all' and grain = 'customer'"
    effects = run.sql(f"select {wanted} from effects where {of} order by cause, horizon_months").to_pylist()
    horizon = money[0]["horizon_months"] if money else max((row["horizon_months"] for row in effects), default=MONTHS)
    behaviour = next((name for name in BEHAVIOUR if any(row["outcome"] == name for row in effects)), BEHAVIOUR[0])
    by = {(row["cause"], row["outcome"], row["horizon_months"]): row for row in effects}
    own = {row["name"]: row for row in money if row["level"] == "experience"}
    causes = [*own, *(name for name in _placed(effects) if name not in own)]
    links = tuple(_link(name, own.get(name), by, behaviour, horizon, currency) for name in causes)
    total = next((row["sentence"] for row in money if row["level"] == "total"), "")
    return Chain(
        links=links[:MOST],
        more=len(links[MOST:]),
        behaviour=OUTCOMES[behaviour].title,
        horizon=formatting.how_many(horizon, "month"),
        total=total
        or "No experience has money yet: none of their effects on margin is known better than by correlation.",
        departments=tuple(_part(row, currency) for row in money if row["level"] == "department"),
        touchpoints=tuple(_part(row, currency) for row in money if row["level"] == "touchpoint"),
    )


def page(run: RunView) -> Page:
    """The same as blocks."""
    found = chain(run)
    columns = (
        Column("Experience"),
        Column("times, 12 months", number=True),
        Column(f"Next score, {formatting.how_many(MONTHS, 'month')}", number=True),
        Column(f"{found.behaviour}, {found.horizon}", number=True),
        Column("Margin, each dollar once", number=True),
        Column("likely range", number=True),
        Column("known by"),
    )
    rows = tuple(
        (
            link.name,
            link.times,
            link.score.told,
            link.behaviour.told,
            link.money.told,
            link.money.likely,
            link.money.known,
        )
        for link in found.links
    )
    blocks: list[Block] = [Text((found.total,)), Grid(columns, rows, title="Experience by experience")]
    for title, parts in (("By department", found.departments), ("By touchpoint", found.touchpoints)):
        blocks.append(_grid(title, parts))
    return Page(header(run), tuple(blocks))


def _grid(title: str, parts: Iterable[Part]) -> Grid:
    columns = (
        Column(title.removeprefix("By ").capitalize()),
        Column("margin, each dollar once", number=True),
        Column("likely range", number=True),
        Column("each told of alone", number=True),
        Column("forecast beyond", number=True),
        Column("known by"),
    )
    rows = tuple((part.name, part.joint, part.likely, part.alone, part.forecast, part.known) for part in parts)
    return Grid(columns, rows, title=title)


def _placed(effects: list[dict[str, Any]]) -> list[str]:
    """Experiences at touchpoints, those that happened most often first."""
    found: dict[str, int] = {}
    for row in effects:
        if row["touchpoint"] is not None:
            found[row["cause"]] = max(found.get(row["cause"], 0), row["exposed"])
    return sorted(found, key=lambda name: (-found[name], name))


def _link(
    name: str,
    money: dict[str, Any] | None,
    by: dict[tuple[str, str, int], dict[str, Any]],
    behaviour: str,
    horizon: int,
    currency: str,
) -> Link:
    if money is None:
        step = Step("no money", known=_why(by.get((name, "margin", horizon))))
        times, amount, forecast = "", None, ""
    else:
        joint, low, high = (money[key] for key in ("joint", "joint_low", "joint_high"))
        likely = f"{formatting.money_short(low, currency)} to {formatting.money_short(high, currency)}"
        shown = not low <= 0 <= high
        step = Step(formatting.money_short(joint, currency), likely, GRADE_WORDS[money["grade"]], shown)
        times, amount = formatting.count(round(money["times"])), float(joint)
        forecast = "" if money["forecast"] is None else formatting.money_short(money["forecast"], currency)
    return Link(
        name=name[:1].upper() + name[1:],
        times=times,
        score=_step(by.get((name, SCORE, MONTHS)), SCORE, currency),
        behaviour=_step(by.get((name, behaviour, horizon)), behaviour, currency),
        money=step,
        amount=amount,
        forecast=forecast,
        path=f"/effects/margin/{name}",
    )


def _why(row: dict[str, Any] | None) -> str:
    if row is None or row["estimate"] is None:
        return "its effect on margin is not known"
    return f"its effect on margin: {GRADE_WORDS[row['grade']]}"


def _step(row: dict[str, Any] | None, outcome: str, currency: str) -> Step:
    if row is None or row["estimate"] is None:
        return Step(formatting.NOT_KNOWN)
    tell = telling(outcome, currency)
    likely = f"{tell(row['low']).removesuffix(' points')} to {tell(row['high'])}"
    seen = shown(row)
    return Step(tell(row["estimate"]) if seen else "not shown", likely, GRADE_WORDS[row["grade"]], seen)


def _part(row: dict[str, Any], currency: str) -> Part:
    def short(key: str) -> str:
        return "" if row[key] is None else formatting.money_short(row[key], currency)

    return Part(
        name=row["name"],
        joint=short("joint"),
        likely=f"{short('joint_low')} to {short('joint_high')}",
        alone=short("alone"),
        forecast=short("forecast"),
        amount=float(row["joint"]),
        known=GRADE_WORDS[row["grade"]],
        sentence=row["sentence"],
    )
