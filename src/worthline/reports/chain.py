"""The value chain: from what customers met, to what they say next, to whether they stay or buy, to money.

Reads     the tables effects and experience_money.
Gives     Chain, drawn by the app; its Page for the terminal.
Assumes   money comes from experience to margin directly; the score explains and is never multiplied in. An experience
          without money of its own is shown without it, and why. A bar is drawn only where the interval leaves out zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worthline.effects.effect import known_by, shown, telling
from worthline.effects.outcomes import OCCASION, OUTCOMES
from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.results import evidence_words
from worthline.run.small_groups import SAID
from worthline.run.view import RunView

SCORE, MONTHS = "next_score", 3
"""What customers say next, this many months on."""
BEHAVIOUR = ("retention", "purchases")
"""What customers do: the first of these that there is, at the horizon of the money."""
MOST = 12
"""Experiences in the picture."""
OWN = ("experience", "correlation")
"""Levels of experience_money that are single experiences."""
ADDING_UP = (
    "Amounts by department and by touchpoint add up to the total: dollars that several experiences share count once. "
    "The page of a single effect shows it estimated separately; such amounts add up to more."
)

_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")
"""Between two sentences."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one experience, in words."""

    value: str
    interval: str = ""
    evidence: str = ""
    is_significant: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One experience along the chain."""

    name: str
    times: str
    score: Step
    behaviour: Step
    money: Step
    amount: float | None
    """What is drawn: None where there is no money, or its interval includes zero."""
    forecast: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one department or touchpoint comes to."""

    name: str
    joint: str
    interval: str
    alone: str
    forecast: str
    amount: float | None
    """What is drawn: None where the interval includes zero."""
    evidence: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The picture, the total, and the same money by who owns it."""

    links: tuple[Link, ...]
    remaining: int
    behaviour: str
    horizon: str
    total: str
    """The whole in a sentence; why there is none where there is no money."""
    departments: tuple[Part, ...]
    touchpoints: tuple[Part, ...]
    not_included: tuple[tuple[str, str, str], ...] = ()
    """What is in no total: experience, amount, why."""

    @property
    def lead(self) -> str:
        """The first sentence of the total."""
        return _SENTENCES.split(self.total)[0]

    @property
    def rest(self) -> tuple[str, ...]:
        """What the total includes and leaves out, a sentence each."""
        return tuple(_SENTENCES.split(self.total)[1:])

    @property
    def adding_up(self) -> str:
        """Why the total differs from the effects one by one."""
        return ADDING_UP

    @property
    def most(self) -> float:
        """The largest amount of the picture."""
        return max((abs(link.amount) for link in self.links if link.amount is not None), default=1.0)


def chain(run: RunView) -> Chain:
    """What the run knows of the chain, the dearest experience first."""
    currency = str(run.about["currency"])
    money = rows_of_money(run)
    wanted = "cause, outcome, horizon_months, touchpoint, exposed, estimate, low, high, p_adjusted, grade"
    whole = "segment = 'all' and grain = 'customer'"
    effects = run.sql(f"select {wanted} from effects where {whole} order by cause, horizon_months").to_pylist()
    own = {row["name"]: row for row in money if row["level"] in OWN}
    longest = max((row["horizon_months"] for row in effects), default=MONTHS)
    horizon = next((row["horizon_months"] for row in own.values()), longest)
    behaviour = next((name for name in BEHAVIOUR if any(row["outcome"] == name for row in effects)), BEHAVIOUR[0])
    by = {(row["cause"], row["outcome"], row["horizon_months"]): row for row in effects}
    causes = [*own, *(name for name in _placed(effects) if name not in own)]
    links = tuple(_link(name, own.get(name), by, behaviour, horizon, currency) for name in causes)
    return Chain(
        links=links[:MOST],
        remaining=len(links[MOST:]),
        behaviour=OUTCOMES[behaviour].title,
        horizon=formatting.how_many(horizon, "month"),
        total=_total(money),
        departments=tuple(_part(row, currency) for row in money if row["level"] == "department"),
        touchpoints=tuple(_part(row, currency) for row in money if row["level"] == "touchpoint"),
        not_included=tuple(_not_included(money, currency)),
    )


def rows_of_money(run: RunView) -> list[dict[str, Any]]:
    """What experiences cost, without those of small groups."""
    if "experience_money" not in run.tables():
        return []
    rows: list[dict[str, Any]] = run.table("experience_money").to_pylist()
    return [row for row in rows if row["sentence"] != SAID]


def _total(money: list[dict[str, Any]]) -> str:
    """The whole in a sentence; where nothing is better than a correlation, that."""
    sentences = {row["level"]: str(row["sentence"]) for row in money}
    if "total" in sentences:
        return sentences["total"]
    none = "No experience has money yet: no effect on margin is known better than by correlation."
    return f"{none} {sentences['total_with_correlation']}" if "total_with_correlation" in sentences else none


def _not_included(money: list[dict[str, Any]], currency: str) -> Iterable[tuple[str, str, str]]:
    """Correlations, what the estimate is not of, what has no estimate: each with its amount where it is known."""
    for row in money:
        name = formatting.capitalised(row["name"])
        if row["level"] == "correlation":
            yield name, formatting.money_short(row["joint"], currency), "correlation only"
        elif row["level"] == "remainder":
            times = formatting.how_many(round(row["times"]), "time")
            why = f"{times} among new customers or customers without comparable ones; assumed to cost the same"
            yield name, formatting.money_short(row["joint"], currency), why
        elif row["level"] == "not_estimated":
            has_estimate = row["alone"] is not None
            amount = formatting.money_short(row["alone"], currency) if has_estimate else ""
            months = (
                f"over {formatting.how_many(row['horizon_months'], 'month')} only" if has_estimate else "not estimated"
            )
            yield name, amount, months


def page(run: RunView) -> Page:
    """The same as blocks."""
    value_chain = chain(run)
    columns = (
        Column("Experience"),
        Column("Times, last 12 months", number=True),
        Column(f"Score, {formatting.how_many(MONTHS, 'month')}", number=True),
        Column(f"{value_chain.behaviour}, {value_chain.horizon}", number=True),
        Column("Change in margin, de-duplicated", number=True),
        Column("95% CI", number=True),
        Column("Evidence"),
    )
    rows = tuple(
        (
            link.name,
            link.times,
            link.score.value,
            link.behaviour.value,
            link.money.value,
            link.money.interval,
            link.money.evidence,
        )
        for link in value_chain.links
    )
    blocks: list[Block] = [Text((value_chain.total,)), Grid(columns, rows, title="By experience")]
    for title, parts in (("By department", value_chain.departments), ("By touchpoint", value_chain.touchpoints)):
        blocks.append(_grid(title, parts))
    if value_chain.departments:
        blocks.append(Text((ADDING_UP,), dim=True))
    if value_chain.not_included:
        beside = (Column("Experience"), Column("Amount", number=True), Column("Reason"))
        blocks.append(Grid(beside, value_chain.not_included, title="Not in the total"))
    return Page(header(run), tuple(blocks))


def _grid(title: str, parts: Iterable[Part]) -> Grid:
    columns = (
        Column(title.removeprefix("By ").capitalize()),
        Column("Change in margin, de-duplicated", number=True),
        Column("95% CI", number=True),
        Column("Added separately", number=True),
        Column("Forecast beyond", number=True),
        Column("Evidence"),
    )
    rows = tuple((part.name, part.joint, part.interval, part.alone, part.forecast, part.evidence) for part in parts)
    return Grid(columns, rows, title=title)


def _placed(effects: list[dict[str, Any]]) -> list[str]:
    """Experiences at touchpoints, those that happened most often first."""
    costs: dict[str, int] = {}
    for row in effects:
        if row["touchpoint"] is not None:
            costs[row["cause"]] = max(costs.get(row["cause"], 0), row["exposed"] or 0)
    return sorted(costs, key=lambda name: (-costs[name], name))


def _link(
    name: str,
    money: dict[str, Any] | None,
    by: dict[tuple[str, str, int], dict[str, Any]],
    behaviour: str,
    horizon: int,
    currency: str,
) -> Link:
    if money is None:
        step = Step("no money", evidence=_why(by.get((name, "margin", horizon))))
        times, amount, forecast = "", None, ""
    else:
        joint, low, high = (money[key] for key in ("joint", "joint_low", "joint_high"))
        interval = f"{formatting.money_short(low, currency)} to {formatting.money_short(high, currency)}"
        evidence = evidence_words(money["grade"], low, high)
        within = low <= 0 <= high
        step = Step(
            formatting.money_short(joint, currency),
            interval,
            f"{evidence}; includes zero" if within else evidence,
            not within,
        )
        times, amount = formatting.count(round(money["times"])), None if within else float(joint)
        forecast = "" if money["forecast"] is None else formatting.money_short(money["forecast"], currency)
    return Link(
        name=formatting.capitalised(name),
        times=times,
        score=_score(name, by, currency),
        behaviour=_step(by.get((name, behaviour, horizon)), behaviour, currency),
        money=step,
        amount=amount,
        forecast=forecast,
        path=f"/effects/margin/{name}",
    )


def _why(row: dict[str, Any] | None) -> str:
    if row is None or row["estimate"] is None:
        return "effect on margin not available"
    return f"effect on margin: {evidence_words(row['grade'], row['low'], row['high'])}"


def _score(name: str, by: dict[tuple[str, str, int], dict[str, Any]], currency: str) -> Step:
    """The score of the same order or case where it is known, else the next score."""
    own = by.get((name, OCCASION, 0))
    if own is not None and own["estimate"] is not None:
        return _step(own, OCCASION, currency)
    return _step(by.get((name, SCORE, MONTHS)), SCORE, currency)


def _step(row: dict[str, Any] | None, outcome: str, currency: str) -> Step:
    if row is None or row["estimate"] is None:
        return Step(formatting.NOT_KNOWN)
    tell = telling(outcome, currency)
    interval = f"{tell(row['low']).removesuffix(' points')} to {tell(row['high'])}"
    is_significant = shown(row)
    evidence = evidence_words(row["grade"], row["low"], row["high"])
    if not is_significant and not row["low"] <= 0 <= row["high"]:
        evidence = known_by(row)  # the interval leaves out zero, so that the reason must stand beside it
    return Step(tell(row["estimate"]) if is_significant else "not significant", interval, evidence, is_significant)


def _part(row: dict[str, Any], currency: str) -> Part:
    def short(key: str) -> str:
        return "" if row[key] is None else formatting.money_short(row[key], currency)

    within = row["joint_low"] <= 0 <= row["joint_high"]
    evidence = evidence_words(row["grade"], row["joint_low"], row["joint_high"])
    return Part(
        name=row["name"],
        joint=short("joint"),
        interval=f"{short('joint_low')} to {short('joint_high')}",
        alone=short("alone"),
        forecast=short("forecast"),
        amount=None if within else float(row["joint"]),
        evidence=f"{evidence}; includes zero" if within else evidence,
        sentence=row["sentence"],
    )
