"""Channel consistency: what one touchpoint delivers through each channel, alike in who uses it. numpy only.

Reads     what the effects of one company are estimated from, and the effects.
Gives     the table channel_consistency: a row for each touchpoint, measure (resolved, long wait, score) and channel.
Method    contacts of the last twelve months. Among those who came another way, what would have come of this channel:
          the effect on the exposed of not using it (estimators.py), so that the mean of all of them through one
          channel is known with its error. Channels differ where Wald's test of equal means says so, corrected over all
          touchpoints and measures (Benjamini & Hochberg 1995).
          Money: the worst channel raised to the median one, times the contacts through it, times what the experience
          does to margin; the error of a product of two numbers that are independent.
Assumes   all that decides who uses which channel, and what comes of it, is recorded. The worst of several is partly bad
          luck, so its distance from the median is told too large where ranges are wide.
Not for   adding up: the money is a part of what the experience costs in experience_money.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from worthline.effects import checks, design
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import MONEY, Effect, in_money, money_horizon
from worthline.effects.experiences import THROUGH, Experience
from worthline.effects.linkage import EffectInputs, incident_totals
from worthline.effects.outcomes import OUTCOMES
from worthline.errors import NotEnoughData
from worthline.metrics import formatting
from worthline.results import evidence_words
from worthline.stats.cross_fitting import Floats
from worthline.stats.double_ml import on_the_exposed
from worthline.stats.false_discovery import adjusted_p_values
from worthline.stats.intervals import Z95

Measure = Literal["resolved", "long wait", "score"]
MONTHS = 12
MOST = 60_000
"""Contacts of one touchpoint that are looked at; of more, as many are drawn."""
DIFFER_P = 0.05
_START = f"at the start: {THROUGH}"
SCHEMA = pa.schema(
    [
        ("touchpoint", pa.string()),
        ("measure", pa.string()),
        ("channel", pa.string()),
        ("n", pa.int64()),
        ("raw", pa.float64()),
        ("adjusted", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("worst", pa.bool_()),
        ("money", MONEY),
        ("money_low", MONEY),
        ("money_high", MONEY),
        ("grade", pa.string()),
        ("sentence", pa.string()),
    ]
)


@dataclass(frozen=True)
class Spread:
    """One measure of one touchpoint: its mean through each channel, were all contacts to come that way."""

    one: Experience
    measure: Measure
    channels: tuple[str, ...]
    n: tuple[int, ...]
    raw: Floats
    adjusted: Floats
    influence: Floats  # (customers, channels): the error of a sum of means is the root of its sum of squares

    @property
    def p(self) -> float:
        """Of equal means in all channels, by Wald's test."""
        from scipy.special import gammaincc

        apart = self.influence[:, 1:] - self.influence[:, :1]
        distance = self.adjusted[1:] - self.adjusted[0]
        wald = float(distance @ np.linalg.pinv(apart.T @ apart) @ distance)
        return float(gammaincc(len(distance) / 2, wald / 2))

    @property
    def worst(self) -> int:
        """Number of the worst channel."""
        return int(np.argmax(self.adjusted) if self.measure == "long wait" else np.argmin(self.adjusted))

    def gap(self) -> tuple[float, float]:
        """How far the worst channel lies from the median one, and the error of that."""
        order = np.argsort(self.adjusted, kind="stable")
        middle = order[(len(order) - 1) // 2 : len(order) // 2 + 1]
        distance = abs(float(self.adjusted[middle].mean() - self.adjusted[self.worst]))
        apart = self.influence[:, middle].mean(axis=1) - self.influence[:, self.worst]
        return distance, float(np.sqrt(apart @ apart))


def table(linked: EffectInputs, effects: Sequence[Effect]) -> pa.Table | None:
    """channel_consistency; None where no touchpoint is served through two channels often enough."""
    spreads = list(_spreads(linked))
    adjusted = adjusted_p_values([spread.p for spread in spreads])
    rows = [
        row for spread, p in zip(spreads, adjusted, strict=True) for row in _rows(linked, effects, spread, p or 0.0)
    ]
    return pa.Table.from_pylist(rows, SCHEMA) if rows else None


def _spreads(linked: EffectInputs) -> Iterator[Spread]:
    for experience in linked.experiences:
        if experience.touchpoint is None or experience.kind not in ("unresolved", "wait"):
            continue
        rows = design.landmark_sample(linked.history, experience, 0, linked.last)
        rows = _drawn(rows.subset(rows.month > linked.last - MONTHS))
        yield from _spread(linked, experience, "long wait" if experience.kind == "wait" else "resolved", rows)
        if experience.kind == "unresolved":
            yield from _spread(linked, experience, "score", rows.subset(rows.month < linked.last))


def _drawn(rows: LandmarkSample) -> LandmarkSample:
    if len(rows.treatment) <= MOST:
        return rows
    draw = np.random.Generator(np.random.Philox(20_260_103))
    return rows.subset(np.sort(draw.choice(len(rows.treatment), MOST, replace=False)))


def _outcome(linked: EffectInputs, rows: LandmarkSample, measure: Measure) -> Floats:
    if measure == "score":
        return OUTCOMES["next_score"].values(linked.history, rows.who, rows.month, 1)
    return rows.treatment if measure == "long wait" else 1.0 - rows.treatment


def _spread(linked: EffectInputs, experience: Experience, measure: Measure, rows: LandmarkSample) -> Iterator[Spread]:
    """The measure by channel; nothing where fewer than two channels have enough customers who are alike."""
    y = _outcome(linked, rows, measure)
    is_known = ~np.isnan(y)
    rows, y = rows.subset(is_known), y[is_known]
    through = {
        name.removeprefix(_START): flag > 0 for name, flag in rows.extra_covariates.items() if name.startswith(_START)
    }
    through = {name: use for name, use in through.items() if len(np.unique(rows.who[use])) >= checks.LEAST_EXPOSED}
    if len(through) < 2:
        return
    # Contacts through rare channels, or none that is known, are no part of the comparison.
    some = np.logical_or.reduce(list(through.values()))
    rows, y, through = rows.subset(some), y[some], {name: use[some] for name, use in through.items()}
    if np.ptp(y) == 0:
        return
    extra_covariates = {name: values for name, values in rows.extra_covariates.items() if not name.startswith(_START)}
    rows = replace(rows, extra_covariates=extra_covariates)
    means = {
        name: _mean_through(linked, experience, replace(rows, treatment=(~use).astype(float)), y)
        for name, use in through.items()
    }
    estimated = {name: mean for name, mean in means.items() if mean is not None}
    if len(estimated) > 1:
        yield Spread(
            one=experience,
            measure=measure,
            channels=tuple(estimated),
            n=tuple(int(through[name].sum()) for name in estimated),
            raw=np.array([y[through[name]].mean() for name in estimated]),
            adjusted=np.array([mean for mean, _ in estimated.values()]),
            influence=np.column_stack([influence for _, influence in estimated.values()]),
        )


def _mean_through(
    linked: EffectInputs, experience: Experience, rows: LandmarkSample, y: Floats
) -> tuple[float, Floats] | None:
    """The mean were all to come through one channel, which those with d = 0 did; and its influence by customer."""
    clusters = rows.clusters
    x, _ = design.covariates(
        linked.history, rows, experience.totals(linked.history), incident_totals(linked, experience)
    )
    try:
        [effect], _ = on_the_exposed(y[:, None], rows.treatment, x, clusters)
    except NotEnoughData:
        return None
    if effect.dropped > checks.MOST_DROPPED * effect.exposed:
        return None
    share = float(rows.treatment.mean())
    own = np.bincount(clusters, y - y.mean() - effect.estimate * (rows.treatment - share)) / len(y)
    return float(y.mean() - share * effect.estimate), own - share * effect.influence


def _rows(linked: EffectInputs, all_effects: Sequence[Effect], spread: Spread, p: float) -> Iterator[dict[str, Any]]:
    """One row per channel, best first; where channels differ beyond chance the worst bears the money."""
    errors = np.sqrt((spread.influence**2).sum(axis=0))
    best_first = np.argsort(spread.adjusted if spread.measure == "long wait" else -spread.adjusted, kind="stable")
    differ = p < DIFFER_P
    margin = _on_margin(all_effects, spread) if differ else None
    money = _money(linked, spread, margin) if margin is not None else (None, None, None)
    sentence = _sentence(spread, p, margin, money, linked.currency)
    for position in best_first.tolist():
        worst = differ and position == spread.worst
        share = spread.measure != "score"
        low, high = (float(spread.adjusted[position] + sign * Z95 * errors[position]) for sign in (-1, 1))
        yield {
            "touchpoint": spread.one.touchpoint,
            "measure": spread.measure,
            "channel": spread.channels[position],
            "n": spread.n[position],
            "raw": _told(spread.raw[position]),
            "adjusted": _told(spread.adjusted[position]),
            "low": _told(max(low, 0.0) if share else low),
            "high": _told(min(high, 1.0) if share else high),
            "p_adjusted": _told(p),
            "worst": worst,
            "money": money[0] if worst else None,
            "money_low": money[1] if worst else None,
            "money_high": money[2] if worst else None,
            "grade": margin.grade if worst and margin is not None else None,
            "sentence": sentence,
        }


def _on_margin(all_effects: Sequence[Effect], spread: Spread) -> Effect | None:
    """What the experience does to margin at the longest horizon at which money is told, if that is known."""
    horizon = money_horizon(all_effects)
    of_cause = [effect for effect in all_effects if effect.cause == spread.one.name and effect.horizon == horizon]
    return next((effect for effect in of_cause if effect.has_money), None) if spread.measure != "score" else None


def _money(linked: EffectInputs, spread: Spread, margin: Effect) -> tuple[Any, Any, Any]:
    """What raising the worst channel to the median keeps in margin, with its range."""
    gap, gap_error = spread.gap()
    history, experience = linked.history, spread.one
    recent = (experience.month > linked.last - MONTHS) & (experience.month <= linked.last)
    recent[recent] &= history.active[experience.who[recent], experience.month[recent] - 1]
    times = float(experience.extra_covariates[f"{THROUGH}{spread.channels[spread.worst]}"][recent].sum()) / linked.share
    effect, error = (margin.estimate or 0.0) / margin.dose, margin.error / margin.dose
    margin_kept = -effect * gap * times
    standard_error = times * sqrt((gap * error) ** 2 + (effect * gap_error) ** 2 + (gap_error * error) ** 2)
    low, middle, high = (in_money(margin_kept + sign * Z95 * standard_error, linked.currency) for sign in (-1, 0, 1))
    return middle, low, high


def _sentence(spread: Spread, p: float, margin: Effect | None, money: tuple[Any, Any, Any], currency: str) -> str:
    """What a head of a department reads."""
    share = spread.measure != "score"

    def told(value: float) -> str:
        return formatting.share(value) if share else formatting.decimal(value)

    what = {"resolved": "contacts resolved", "long wait": "long waits", "score": "the next score"}[spread.measure]
    each = ", ".join(
        f"{name} {told(value)}" for name, value in zip(spread.channels, spread.adjusted.tolist(), strict=True)
    )
    sentence = f"At “{spread.one.touchpoint}”, {what}, adjusted for who uses which channel: {each}."
    if p >= DIFFER_P:
        return f"{sentence} No significant difference between channels."
    gap, _ = spread.gap()
    points = f"{formatting.decimal(100 * gap)} points" if share else formatting.decimal(gap)
    worst = spread.channels[spread.worst]
    sentence += f" They differ significantly. {formatting.capitalised(worst)} is {points} from the median channel."
    if spread.measure == "score":
        return f"{sentence} A score has no money of its own."
    if margin is None:
        return f"{sentence} Its cost is not estimated: the effect on margin is not known, or only as a correlation."
    kept, low, high = (formatting.money_prose(amount, currency) for amount in money)
    span = f"of one year's contacts, over the {formatting.how_many(margin.horizon, 'month')} after them"
    if money[1] <= 0 <= money[2]:
        sentence += f" At the median, the change of margin is not significant {span} (95% CI {low} to {high})"
    else:
        verb = "kept" if money[0] > 0 else "lost"
        kept, *ends = (
            formatting.money_prose(abs(amount), currency) for amount in (money[0], *sorted(money[1:], key=abs))
        )
        sentence += f" At the median, {kept} of margin would be {verb} {span} (95% CI {ends[0]} to {ends[1]})"
    part = f"This is part of the cost of “{spread.one.name}”, not in addition to it."
    return f"{sentence}; {evidence_words(margin.grade or 'E', *money[1:])}. {part}"


def _told(value: float) -> float:
    """Without the last digits, in which machines and threads differ."""
    return float(f"{value:.9g}")
