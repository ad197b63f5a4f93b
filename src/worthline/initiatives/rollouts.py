"""What a roll-out did, store by store or region by region: arrays from members and months to effects. numpy only.

Reads     PlaceSeries: an outcome by member and period, and the period in which each member was reached.
Gives     RolloutEffect: effect by horizon with its checks; randomisation inference where members are few.
Method    customers of the month before the first start are followed, whoever leaves counts as 0; the design is
          stats.difference_in_differences. Grade B needs the bound, or the estimate less the earlier difference, to
          leave out zero on the estimate's side; else C.
Assumes   members reached late would have moved like those reached early.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from worthline.effects.checks import Check
from worthline.errors import NotEnoughData
from worthline.initiatives.queries import HORIZONS
from worthline.metrics import formatting
from worthline.results import Grade
from worthline.stats.difference_in_differences import (
    LEAST_UNITS,
    EventStudy,
    Floats,
    Ints,
    event_study,
    imputed_total,
    permuted,
    synthetic,
)
from worthline.stats.experiments import Amount

FEW_REACHED = 10
"""Members reached in one and the same period, below which the others are weighted to resemble them."""
PRE_TREND_P = 0.05
PLACEBO_P = 0.05
"""Share of members that were not reached with as large an estimate, below which it is no chance."""


@dataclass(frozen=True)
class PlaceSeries:
    """One outcome of one roll-out."""

    initiative: str
    outcome: str
    members: tuple[str, ...]
    y: Floats
    """Shape (members, periods): per customer of the base month; or a measure of the place itself."""
    start: Ints
    """First period with the change; -1 for never."""
    customers: Floats
    """Of the base month, by member; ones for a measure of places."""
    kind: Literal["state", "sum", "place measure"]
    """Read at the end of a horizon, added up over it, or a place's own number, averaged."""
    months_a_period: int = 1


@dataclass(frozen=True, slots=True)
class RolloutEffect:
    """One effect of one roll-out."""

    initiative: str
    outcome: str
    horizon: int
    estimate: float
    low: float
    high: float
    p: float
    raw: float
    grade: Grade
    members: int
    reached: int
    method: str
    checks: tuple[Check, ...] = field(default=())
    total: Amount | None = None
    """Of money to date: the sum over all customers reached."""


def effects(series: PlaceSeries) -> list[RolloutEffect]:
    """Effects at every horizon that the record holds; raises NotEnoughData where nothing can be compared."""
    starts = np.unique(series.start[series.start >= 0])
    reached = int((series.start >= 0).sum())
    if len(starts) == 1 and reached < FEW_REACHED and (series.start < 0).any():
        return _weighted(series, int(starts[0]))
    study = event_study(series.y, series.start)
    if series.kind == "place measure":
        return [_average(series, study)]
    rollout_effects = []
    for horizon in HORIZONS:
        try:
            rollout_effects.append(_at(series, study, horizon))
        except NotEnoughData:
            break
    if series.kind == "sum" and series.outcome == "margin":
        with contextlib.suppress(NotEnoughData):
            rollout_effects.append(_to_date(series, study))
    return rollout_effects


def _at(series: PlaceSeries, study: EventStudy, horizon: int) -> RolloutEffect:
    weights = {horizon: 1.0} if series.kind == "state" else dict.fromkeys(range(1, horizon + 1), 1.0)
    effect = study.total(weights)
    few = study.units < LEAST_UNITS
    p = permuted(series.y, series.start, horizon) if few else effect.p
    checks = (*_members(study, p), _pre_trend(study), *_earlier(series, study, effect, horizon))
    low, high = effect.interval()
    return RolloutEffect(
        series.initiative,
        series.outcome,
        horizon,
        effect.estimate,
        low,
        high,
        p,
        _naive(series, horizon),
        _grade(checks, p if few else None),
        study.units,
        study.treated,
        f"staggered difference-in-differences ({study.controls} members as controls)",
        checks,
    )


def _average(series: PlaceSeries, study: EventStudy) -> RolloutEffect:
    """The mean effect over the periods since the start, each period weighing the same."""
    after = [int(period) for period in study.periods if period >= 0]
    effect = study.total({period: 1 / len(after) for period in after})
    longest = max(after)
    checks = (*_members(study, effect.p), _pre_trend(study), *_bounds(study, effect, max(longest, 1)))
    low, high = effect.interval()
    return RolloutEffect(
        series.initiative,
        series.outcome,
        (longest + 1) * series.months_a_period,
        effect.estimate,
        low,
        high,
        effect.p,
        _naive(series, max(longest, 1)),
        _grade(checks, effect.p if study.units < LEAST_UNITS else None),
        study.units,
        study.treated,
        f"staggered difference-in-differences ({study.controls} places as controls)",
        checks,
    )


def _to_date(series: PlaceSeries, study: EventStudy) -> RolloutEffect:
    """Money of all customers reached, in the months that have a comparison."""
    first = int(series.start[series.start >= 0].min()) - 1
    total = imputed_total(series.y, series.start, series.customers, first)
    reached = float(series.customers[series.start >= 0].sum())
    longest = total.last - first - 1
    each = Amount(total.sum.estimate / reached, total.sum.error / reached, total.sum.degrees)
    checks = (*_members(study, each.p), _pre_trend(study), *_earlier(series, study, each, min(max(longest, 1), 6)))
    left_out = series.y.shape[1] - 1 - total.last
    if left_out:
        sentence = f"The last {formatting.how_many(left_out, 'month')} are not in it: every member was reached by then."
        checks = (*checks, Check("months without comparison", "informs", float(left_out), sentence))
    low, high = each.interval()
    return RolloutEffect(
        series.initiative,
        f"{series.outcome}_to_date",
        longest,
        each.estimate,
        low,
        high,
        each.p,
        float("nan"),
        _grade(checks, each.p if study.units < LEAST_UNITS else None),
        study.units,
        study.treated,
        f"imputed difference-in-differences ({study.controls} members as controls)",
        checks,
        total.sum,
    )


def _weighted(series: PlaceSeries, first: int) -> list[RolloutEffect]:
    """Few members reached at one time: the others, weighted to resemble them before.

    The method gives the mean effect a period. Of a sum over months that is multiplied by the months; of a state at the
    end of a horizon the last period alone is compared.
    """
    y, periods = series.y, series.y.shape[1] - first
    if series.kind == "state":
        y = np.concatenate([y[:, :first], y[:, -1:]], axis=1)
    treated = np.flatnonzero(series.start >= 0)
    result = synthetic(y, treated, first)
    times = float(periods) if series.kind == "sum" else 1.0
    low, high = (times * end for end in result.interval())
    three = [times * value for value in (result.difference, result.synthetic_control, result.estimate)]
    sentence = (
        f"Plain difference-in-differences {three[0]:,.3f}; synthetic control {three[1]:,.3f}; "
        f"synthetic difference-in-differences {three[2]:,.3f}."
    )
    rank = f"{result.p_placebo:.0%} of placebo estimates on members that were not reached are at least as large."
    passed = result.p_placebo < PLACEBO_P and not low <= 0 <= high
    checks = (
        Check("other estimators", "informs", three[0], sentence),
        Check("placebo members", "passed" if passed else "informs", result.p_placebo, rank),
    )
    effect = RolloutEffect(
        series.initiative,
        series.outcome,
        periods * series.months_a_period,
        three[2],
        low,
        high,
        result.p_placebo,
        three[0],
        "B" if passed else "C",
        result.units,
        len(treated),
        "synthetic difference-in-differences",
        checks,
    )
    if not (series.kind == "sum" and series.outcome == "margin"):
        return [effect]
    reached = float(series.customers[treated].sum())
    total = Amount(three[2] * reached, times * result.error * reached, float("inf"))
    return [effect, replace(effect, outcome=f"{series.outcome}_to_date", total=total)]


def _members(study: EventStudy, p: float) -> tuple[Check, ...]:
    sentence = f"{formatting.count(study.treated)} of {formatting.count(study.units)} members were reached."
    if study.units >= LEAST_UNITS:
        return (Check("members", "passed", float(study.units), sentence),)
    with_p = f"{sentence} Fewer than {LEAST_UNITS}: the p-value ({p:.2f}) comes from dealing the starts anew."
    return (Check("members", "informs", float(study.units), with_p),)


def _pre_trend(study: EventStudy) -> Check:
    p = study.pre_trend()
    if np.isnan(p):
        return Check("earlier trends", "informs", None, "The record before the start is too short to compare trends.")
    if p < PRE_TREND_P:
        sentence = f"Members reached early already moved differently before the start (p {p:.2g})."
        return Check("earlier trends", "failed", p, sentence)
    return Check("earlier trends", "passed", p, f"Members moved alike before the start (p {p:.2f}).")


def _earlier(series: PlaceSeries, study: EventStudy, effect: Amount, horizon: int) -> tuple[Check, ...]:
    """Whether the effect stands once the difference of an equally long time before is taken off."""
    checks = list(_bounds(study, effect, horizon))
    if series.kind != "sum":
        return tuple(checks)
    try:
        less = study.less_earlier(horizon)
    except NotEnoughData:
        return tuple(checks)
    low, high = less.interval()
    holds = _same_side(effect.estimate, low, high)
    sentence = (
        f"Less the difference of the {formatting.how_many(horizon, 'month')} before the start, the effect is "
        f"{formatting.decimal(less.estimate, 2)} "
        f"(95% CI {formatting.decimal(low, 2)} to {formatting.decimal(high, 2)})."
    )
    checks.append(Check("less earlier difference", "passed" if holds else "informs", less.estimate, sentence))
    return tuple(checks)


def _bounds(study: EventStudy, effect: Amount, horizon: int) -> tuple[Check, ...]:
    try:
        low, high = study.bounds(horizon)
    except (ValueError, np.linalg.LinAlgError):
        return ()
    holds = _same_side(effect.estimate, low, high)
    sentence = (
        f"If trends broke after the start as much as at worst before, the sum would lie between "
        f"{formatting.decimal(low, 2)} and {formatting.decimal(high, 2)}."
    )
    return (
        Check("bounds on trends", "passed" if holds else "informs", low if effect.estimate > 0 else high, sentence),
    )


def _same_side(estimate: float, low: float, high: float) -> bool:
    return bool(np.isfinite([low, high]).all()) and (low > 0 if estimate > 0 else high < 0)


def _grade(checks: tuple[Check, ...], p_permuted: float | None) -> Grade:
    """B where the bound or the earlier difference leaves the effect standing; C else; D where trends differed."""
    by_name = {check.name: check.outcome for check in checks}
    if by_name.get("earlier trends") == "failed":
        return "D"
    holds = "passed" in (by_name.get("bounds on trends"), by_name.get("less earlier difference"))
    return "B" if holds and (p_permuted is None or p_permuted < 0.05) else "C"


def _naive(series: PlaceSeries, horizon: int) -> float:
    """Members reached: the periods after the start less as many before it; what a before-and-after chart shows."""
    differences = []
    for row, start in zip(series.y, series.start, strict=True):
        after = row[start + 1 : start + 1 + horizon] if start >= 0 else row[:0]
        before = row[max(start - horizon, 0) : start] if start > 0 else row[:0]
        if len(after) == horizon and len(before) == horizon:
            differences.append(after.sum() - before.sum() if series.kind == "sum" else after[-1] - before[-1])
    return float(np.mean(differences)) if differences else float("nan")
