"""What each action is expected to do for each customer, and how that is known. numpy only.

Reads     columns of gather.today by name, the actions, what is assumed of them.
Gives     Expected: gain before cost a customer, with its range, the effect on staying, and the grade.
Method    staying: effect on the probability of staying x (value if kept - value if left). Until an action has run with
          a control group its effect is an assumption (E): it keeps a share of the customers who would leave, so that
          the gain is this share of their margin at risk. Once measured it is the effect learnt (learned.Lesson), of
          a customer at most their chance of leaving; grade C, as what was proven of past customers is carried over to
          today's. Growth: the margin that its experiment measured, discounted; by customer where picking by it pays,
          else on average; grade C; until then the gain that the actions table assumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.growth import MeasuredGain
from worthline.initiatives.worklist.learned import Lesson
from worthline.metrics import formatting
from worthline.results import ActionSettings, Grade, Resolved

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one action, for every customer of today: shape (customers,), NaN where nothing can be expected."""

    gain: Floats
    """Before cost, in money."""
    low: Floats
    high: Floats
    effect: Floats
    """Change of the probability of staying; NaN for growth."""
    grade: Grade
    says: str
    is_measured: Bools | None = None
    """Customers like those of the experiment; None: it is assumed of all."""
    still_learning: bool = True
    """Whether a share of the capacity is to be given at random."""

    def may_rank(self) -> Bools:
        """Customers whose expected gain may put them on the list; others can only be drawn at random."""
        return np.isfinite(self.gain) if self.is_measured is None else self.is_measured

    def grade_of(self, customer: int) -> Grade:
        """The grade of one customer's expected gain."""
        return self.grade if self.is_measured is None or self.is_measured[customer] else "E"


def assumed(action: Action, p: Floats, at_risk: Floats, settings: ActionSettings) -> Expected:
    """By the declared assumption.

    Shapes: `p` (n,), 0 to 1; `at_risk` (n,), money.
    """
    blank = np.full(len(p), np.nan)
    if not action.is_for_staying:
        if action.assumed_gain is None:
            says = f"What {action.label} brings is not known: set assumed_gain, or run it with a control group."
            return Expected(blank, blank, blank, blank, "E", says)
        gain = np.full(len(p), float(action.assumed_gain))
        return Expected(gain, gain, gain, blank, "E", f"Assumed, not measured: {action.label} brings its assumed gain.")
    kept, ends = settings.assumed_kept, (settings.assumed_kept_low, settings.assumed_kept_high)
    says = (
        f"Assumed, not measured: {action.label} keeps {formatting.share(kept, 0)} of the customers who would leave "
        f"({formatting.share(ends[0], 0)} to {formatting.share(ends[1], 0)})."
    )
    return Expected(at_risk * kept, at_risk * ends[0], at_risk * ends[1], p * kept, "E", says)


def measured_growth(
    action: Action, found: MeasuredGain, before: Expected, s: Resolved, lesson: Lesson | None, effect: Floats
) -> Expected:
    """By its experiment: what the lesson tells of each customer, or the mean; without a lesson the mean for all.

    `effect` (n,) is NaN for customers unlike the experiment's: `before` stands, and chance alone puts them on the list.
    """
    now = found.discounted(s.discount_rate)
    money = [
        formatting.money_prose(Decimal(repr(round(value, 2))), s.currency)
        for value in (now.estimate, now.low, now.high)
    ]
    says = (
        f"Effect of one {action.label}: {money[0]} of margin per customer (95% CI {money[1]} to {money[2]}). "
        f"Measured with a control group: {found.treated + found.control:,} customers, {found.control:,} of them in "
        f"control, after {found.horizon} months."
    )
    n = len(before.gain)
    known = np.isfinite(effect) if lesson is not None else np.ones(n, np.bool_)
    ends = [np.full(n, value) for value in (now.estimate, now.low, now.high)]
    if lesson is not None and lesson.is_by_customer:
        worth = found.factor(s.discount_rate)
        ends = [(effect + shift) * worth for shift in (0.0, lesson.factor_low, lesson.factor_high)]
        says += _spread(ends[0][known], s)
    outside = int((~known).sum())
    if outside:
        says += f" {formatting.how_many(outside, 'customer')} unlike them can only be drawn at random."
    gain, low, high = (
        np.where(known, own, earlier) for own, earlier in zip(ends, (before.gain, before.low, before.high), strict=True)
    )
    is_learning = found.low <= 0 <= found.high or outside > 0
    return Expected(gain, low, high, before.effect, "C", says, is_measured=known, still_learning=is_learning)


def _spread(gain: Floats, s: Resolved) -> str:
    """That it differs by customer, and how far."""
    if not len(gain):
        return ""
    ends = [
        formatting.money_prose(Decimal(repr(round(float(np.quantile(gain, share)), 2))), s.currency)
        for share in (0.1, 0.9)
    ]
    return f" It differs by customer: {ends[0]} at the lowest tenth, {ends[1]} at the highest."


def measured(action: Action, lesson: Lesson, effect: Floats, before: Expected, p: Floats, lost: Floats) -> Expected:
    """By the lesson; `effect` (customers,) is NaN for customers unlike the experiment's: for them `before` stands."""
    known = np.isfinite(effect) & np.isfinite(lost)
    most = np.where(np.isfinite(p), p, 1.0)
    kept, low, high = (np.minimum(effect + shift, most) for shift in (0.0, lesson.factor_low, lesson.factor_high))
    mean = float(np.nanmean(effect)) if known.any() else 0.0
    says = (
        f"Effect of one {action.label} on retention: {100 * mean:+.1f} percentage points on average. "
        f"Measured with a control group: {lesson.says}."
    )
    outside = int((~known & np.isfinite(before.gain)).sum())
    if outside:
        says += f" {formatting.how_many(outside, 'customer')} unlike them can only be drawn at random."
    return Expected(
        gain=np.where(known, kept * lost, before.gain),
        low=np.where(known, low * lost, before.low),
        high=np.where(known, high * lost, before.high),
        effect=np.where(known, kept, before.effect),
        grade="C",
        says=says,
        is_measured=known,
        still_learning=bool(mean + lesson.factor_low <= 0 <= mean + lesson.factor_high) or outside > 0,
    )
