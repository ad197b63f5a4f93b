"""The headline figures as cards: each number with its sentence, range, change, target and how it is known.

Reads     the figures of a published run; the months of metrics.
Gives     Card, in the two rows of the overview, and the verdict. Every text comes from reports.figure_text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports import costs
from worthline.reports.figure_text import evidence, period, sample, span, value
from worthline.reports.trends import Trend, trends
from worthline.results import Figure, above_and_below
from worthline.run.view import RunView

LESS_IS_BETTER = ("margin_at_risk",)
"""Figures that are no metric of the registry, and are better when they fall."""
Side = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Card:
    """One figure as a card."""

    name: str
    label: str
    value: str
    interval: str
    sentence: str
    change: str
    """Against a year ago: ▲ 4.0%."""
    before: str
    side: Side
    target: str
    evidence: str
    proof: Literal["proven", "counted", "softer"]
    sample: str
    period: str
    """Of which time the number is."""
    trend: Trend | None

    @property
    def is_unknown(self) -> bool:
        """Whether there is no number."""
        return self.value == formatting.NOT_KNOWN


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer, the three largest costs, the first row and the second row."""

    answer: costs.Answer
    largest: tuple[costs.Cost, ...]
    none_shown: str
    """Why no cost is listed, where costs were estimated."""
    how_sure: str
    """How the listed costs are known."""
    first: tuple[Card, ...]
    second: tuple[Card, ...]


def headline(run: RunView) -> Headline:
    """What stands at the top of the overview."""
    figures = [figure for figure in run.figures if figure.name != costs.VERDICT]
    courses = trends(run, [metric_of(f) for f in figures if metric_of(f)])
    first, second = (tuple(card(run, figure, courses) for figure in figures) for figures in above_and_below(figures))
    rows = costs.rows_of(run)
    return Headline(
        answer=costs.answer(run, rows),
        largest=costs.largest(run, rows),
        none_shown=costs.none_shown(run, rows),
        how_sure=costs.HOW_SURE,
        first=first,
        second=second,
    )


def card_of(run: RunView, figure: Figure) -> Card:
    """The card of one figure, with its course."""
    name = metric_of(figure)
    return card(run, figure, trends(run, [name]) if name else {})


def card(run: RunView, figure: Figure, courses: Mapping[str, Trend]) -> Card:
    """A figure as a card."""
    currency, settings = run.about["currency"], run.about.get("settings")

    def told(number: float | None) -> str:
        return value(number, figure.unit, currency=currency, name=figure.name)

    change, side = _change(figure, told)
    return Card(
        name=figure.name,
        label=figure.label,
        value=told(figure.value),
        interval=span(figure.low, figure.high, figure.unit, currency=currency, name=figure.name),
        sentence=figure.sentence,
        change=change,
        before=told(figure.previous) if figure.previous is not None else "",
        side=side,
        target=told(figure.target) if figure.target is not None else "",
        evidence=evidence(figure, settings),
        proof=_proof(figure),
        sample=sample(figure, settings),
        period=period(figure),
        trend=courses.get(metric_of(figure)),
    )


def metric_of(figure: Figure) -> str:
    """The metric whose course a figure has; "" for one that is no metric."""
    details: Mapping[str, Any] = figure.details
    return str(details.get("metric", ""))


def _proof(figure: Figure) -> Literal["proven", "counted", "softer"]:
    if figure.basis == "effect":
        return "proven" if figure.grade in ("A", "B") else "softer"
    return "counted" if figure.basis == "counted" else "softer"


def _change(figure: Figure, change: Any) -> tuple[str, Side]:
    """How far it moved in a year, as its unit is spoken of, and whether that is good."""
    now, then = figure.value, figure.previous
    if now is None or then is None:
        return "", "same"
    if change(now) == change(then):
        return "as a year ago", "same"
    up = now > then
    if figure.unit in ("share", "rate"):
        points = formatting.decimal(abs(now - then) * 100)
        size = f"{points} point" if points == "1.0" else f"{points} points"
    elif figure.unit in ("money", "count") and then > 0:
        size = formatting.share(abs(now - then) / then)
    else:
        size = change(abs(now - then)).removeprefix("+")
    moved = f"{'▲' if up else '▼'} {size}"
    wanted = _wanted(figure)
    if not wanted:
        return moved, "same"
    return moved, "better" if up == (wanted == "up") else "worse"


def _wanted(figure: Figure) -> str:
    """Whether it is better "up" or "down"; "" where nobody can say."""
    if figure.name in LESS_IS_BETTER:
        return "down"
    name = metric_of(figure)
    better = registered(name).better if name else "up"
    return "" if better == "neither" else better
