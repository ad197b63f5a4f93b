"""Whether customers had an experience because they were leaving, and not the other way round. numpy only.

Reads     a History, a LandmarkSample of three months ahead, its covariates.
Gives     the check "reverse causality": who leaves within a month, and what is left among customers who are still here
          one and two months later.
Method    customers who have decided to leave get in touch before they go. Then the difference is all in the first
          month, and gone among those who survive it; an effect of the experience itself lasts longer. Where leaving
          within 31 days differs beyond chance, leaving in the months after must differ too, in the same direction. An
          experience after which most leave within 31 days is one that only leavers have. Some get in touch two or three
          months before they go: then leaving differs most in a later month, or does not fade and falls off later. Who
          gave notice has left from that day on. Where customers sign for a year, the experience must not grow commoner
          as its end nears: those who will not renew may have it because of that, months ahead.
Assumes   customers start contacts; what happens to customers (an outage) they do not bring about by leaving, so there
          the survivors' effects only inform.
Not for   effects that are over within a month: they cannot be told from customers who had decided, and are graded so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from worthline.effects.checks import LEAST_EXPOSED, Check
from worthline.effects.design import LandmarkSample
from worthline.effects.history import History
from worthline.errors import NotEnoughData
from worthline.metrics import formatting
from worthline.stats.cross_fitting import Bools, Floats
from worthline.stats.double_ml import Estimate

NAME = "reverse causality"
MONTHS = 3
"""Months over which leaving is followed."""
MONTH = 31.0
"""Days of a month, counted from the contact."""
ONLY_LEAVERS = 0.5
"""Share of those exposed who leave within a month, from which on it is an experience of leavers."""
LASTS = 2.0
"""Standard errors by which leaving must differ among survivors, where less than at first: by chance in 2.3%."""
BEYOND_CHANCE = 1.96
ONE_SIDED = 1.645
"""Standard errors from which on one difference is below another, or what does not fall off lasts: by chance in 5%."""
LAST_MONTHS = 3
"""Months before the end of a term that are set against the others."""
RISES = 2.58
"""Standard errors by which it must be commoner there to count as a rise: by chance in 0.5%, one-sided."""

Estimator = Callable[[LandmarkSample, Floats], Estimate]
"""Effect on an outcome (rows,) of a sample; raises NotEnoughData."""


@dataclass(frozen=True, slots=True)
class Survival:
    """Effects on leaving, in shares: within a month, then of those still here one and two months later."""

    first: Estimate | None
    after_one: Estimate | None
    after_two: Estimate | None
    leavers: float
    """Share of the exposed who leave within a month."""
    second: Estimate | None = None
    third: Estimate | None = None
    """On leaving in the second and in the third month alone, of those still here when it begins."""
    fourth_to_sixth: Estimate | None = None
    """On leaving in those months, of those still here when they begin; None also where few can be followed."""

    @property
    def shows_nothing(self) -> bool:
        """Whether nobody leaves more or less beyond chance, neither within a month nor after it."""
        return max(abs(_z(self.first)), abs(_z(self.after_one))) < BEYOND_CHANCE


def survival(history: History, rows: LandmarkSample, estimate: Estimator, *, by_month: bool) -> Survival:
    """The effects; None where too few are left, or none leaves.

    `by_month`: those of single months too, where there is any effect.
    """
    has_left = {months: _gone(history, rows, months) for months in (1, 2)}
    later = (~history.active[rows.who, rows.month + MONTHS]).astype(float)

    def of(part: Bools, y: Floats) -> Estimate | None:
        some = rows.subset(part)
        if not part.any() or np.ptp(y[part]) == 0:
            return None
        try:
            return estimate(some, y[part])
        except NotEnoughData:
            return None

    everyone = np.ones(len(rows.who), np.bool_)
    exposed = rows.treatment == 1
    effects = Survival(
        of(everyone, has_left[1].astype(float)),
        of(~has_left[1], later),
        of(~has_left[2], later),
        float(has_left[1][exposed].mean()) if exposed.any() else 0.0,
    )
    if not by_month or effects.shows_nothing:
        return effects
    third = _gone(history, rows, MONTHS)
    followed = rows.month <= int(rows.month.max()) - MONTHS
    at_last = np.minimum(rows.month + 2 * MONTHS, history.months - 1)
    return replace(
        effects,
        second=of(~has_left[1], has_left[2].astype(float)),
        third=of(~has_left[2], third.astype(float)),
        fourth_to_sixth=of(~third & followed, (~history.active[rows.who, at_last]).astype(float)),
    )


@dataclass(frozen=True, slots=True)
class Rise:
    """Share of contacts with the experience in the last months of a term, and in the others."""

    last: float
    others: float
    error: float
    """Of the difference, by customer."""

    @property
    def is_beyond_chance(self) -> bool:
        """Whether it is commoner towards the end."""
        return self.last - self.others > RISES * self.error


def rise_to_the_end(history: History, rows: LandmarkSample) -> Rise | None:
    """Whether the experience is commoner as terms end; None where few customers sign for a year."""
    if history.term_left is None:
        return None
    months_left = history.term_left[rows.who, rows.month]
    is_known = ~np.isnan(months_left)
    near = is_known & (months_left <= LAST_MONTHS)
    other = is_known & ~near
    if min(len(np.unique(rows.who[near])), len(np.unique(rows.who[other]))) < LEAST_EXPOSED:
        return None
    shares = rows.treatment[near].mean(), rows.treatment[other].mean()
    influence = np.where(near, (rows.treatment - shares[0]) / near.sum(), 0.0)
    influence -= np.where(other, (rows.treatment - shares[1]) / other.sum(), 0.0)
    by_customer = np.bincount(rows.clusters, influence)
    return Rise(float(shares[0]), float(shares[1]), float(np.sqrt(by_customer @ by_customer)))


def check(survival: Survival, *, starts_with_customer: bool, rise_to_the_end: Rise | None = None) -> Check:
    """What the effects say; fails only where customers start the experience, or where only leavers have it."""
    if survival.leavers >= ONLY_LEAVERS:
        share = formatting.share(survival.leavers, 0)
        sentence = f"{share} of the customers who had it left within a month: only customers who are leaving have it."
        return Check(NAME, "failed", survival.leavers, sentence)
    if starts_with_customer and rise_to_the_end is not None and rise_to_the_end.is_beyond_chance:
        others, last = (formatting.share(share, 0) for share in (rise_to_the_end.others, rise_to_the_end.last))
        sentence = f"Its share of contacts rises from {others} to {last} in the last {LAST_MONTHS} months of a term: "
        return Check(NAME, "failed", None, sentence + "customers may have it because they will not renew.")
    if survival.first is None and survival.shows_nothing:
        return Check(NAME, "informs", None, "Reverse causality: nobody left within a month of it.")
    one, two = _points(survival.after_one), _points(survival.after_two)
    after = f"among customers still here one month later {one}, two months {two}"
    sentence = f"Effect on leaving within a month {_points(survival.first)}; {after}."
    ratio = None
    if survival.first is not None and survival.after_one is not None and survival.first.estimate:
        ratio = survival.after_one.estimate / survival.first.estimate
    if not starts_with_customer:
        return Check(NAME, "informs", ratio, sentence)
    if survival.shows_nothing:
        return Check(NAME, "passed", ratio, f"No sign of reverse causality. {sentence}")
    why = _not_lasting(survival)
    if why is None:
        return Check(NAME, "passed", ratio, f"The effect lasts beyond the first month. {sentence}")
    return Check(NAME, "failed", ratio, f"Customers may have made contact because they were leaving{why}. {sentence}")


def _not_lasting(effects: Survival) -> str | None:
    """Why it may be leavers who have it, as it stands in a sentence; None where the effect lasts.

    Those who get in touch before they go are gone by then, be it after one, two or three months; an effect of the
    experience itself fades. So where leaving differs in the first, it must differ after it, more surely where less is
    left. Where it differs most in the second month, it must differ after it too. Where it
    differs in the third and no less than in the first, the three months after must not add less than that month alone:
    an effect that fades by less than half a month adds more.
    """
    first, after_one = _z(effects.first), _z(effects.after_one)
    falls_off = np.sign(first) * _above(effects.first, effects.after_one) > ONE_SIDED
    if abs(first) >= BEYOND_CHANCE and after_one * np.sign(first) < (LASTS if falls_off else ONE_SIDED):
        return ""
    sign = np.sign(after_one)
    if sign * _above(effects.second, effects.first) > BEYOND_CHANCE and sign * _z(effects.after_two) < LASTS:
        return ": most of the difference is in the second month, and gone after it"
    lasts = sign * _z(effects.third) >= BEYOND_CHANCE and sign * _above(effects.first, effects.third) < BEYOND_CHANCE
    if (
        lasts
        and effects.fourth_to_sixth is not None
        and sign * _above(effects.third, effects.fourth_to_sixth) > ONE_SIDED
    ):
        return ": the difference does not fade over three months, and falls off after them"
    return None


def _above(estimate: Estimate | None, other: Estimate | None) -> float:
    """By how many standard errors one effect lies above another; none is one of 0."""
    pair = [(0.0, 0.0) if e is None else (e.estimate, e.error) for e in (estimate, other)]
    error = float(np.hypot(pair[0][1], pair[1][1]))
    return (pair[0][0] - pair[1][0]) / error if error > 0 else 0.0


def _gone(history: History, rows: LandmarkSample, months: int) -> Bools:
    """Rows whose customer left within so many months of the contact; by months where no day of leaving is known."""
    by_month = ~history.active[rows.who, rows.month + months]
    if rows.day is None:
        return np.asarray(by_month)
    leaving_day = history.left[rows.who]
    if history.notice is not None:  # who gave notice has decided, whenever the end is
        leaving_day = np.fmin(leaving_day, history.notice[rows.who])
    return np.asarray(np.where(np.isnan(leaving_day), by_month, leaving_day - rows.day <= MONTH * months))


def _z(estimate: Estimate | None) -> float:
    return estimate.estimate / estimate.error if estimate is not None and estimate.error > 0 else 0.0


def _points(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not known"
    low, high = (formatting.decimal(100 * value) for value in (estimate.low, estimate.high))
    return f"{formatting.decimal(100 * estimate.estimate)} points (95% CI {low} to {high})"
