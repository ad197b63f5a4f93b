"""Whether customers had an experience because they were leaving, and not the other way round. numpy only.

Reads     a History, a LandmarkSample of three months ahead, its covariates.
Gives     the check "reverse causality": who leaves within a month, and what is left among customers who are still here
          one and two months later.
Method    customers who have decided to leave get in touch before they go. Then the difference is all in the first
          month, and gone among those who survive it; an effect of the experience itself lasts longer. Where leaving
          within 31 days differs beyond chance, leaving in the months after must differ too, in the same direction. An
          experience after which most leave within 31 days is one that only leavers have.
Assumes   customers start contacts; what happens to customers (an outage) they do not bring about by leaving, so there
          the survivors' effects only inform.
Not for   effects that are over within a month: they cannot be told from customers who had decided, and are graded so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from worthline.effects.checks import Check
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
"""Standard errors by which leaving must differ among survivors: by chance in 2.3%, one-sided."""
BEYOND_CHANCE = 1.96

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


def survival(history: History, rows: LandmarkSample, estimate: Estimator) -> Survival:
    """The effects; None where too few are left, or none leaves."""
    gone = {months: _gone(history, rows, months) for months in (1, 2)}
    later = (~history.active[rows.who, rows.month + MONTHS]).astype(float)

    def of(part: Bools, y: Floats) -> Estimate | None:
        some = rows.subset(part)
        if np.ptp(y[part]) == 0 if part.any() else True:
            return None
        try:
            return estimate(some, y[part])
        except NotEnoughData:
            return None

    everyone = np.ones(len(rows.who), np.bool_)
    exposed = rows.treatment == 1
    return Survival(
        of(everyone, gone[1].astype(float)),
        of(~gone[1], later),
        of(~gone[2], later),
        float(gone[1][exposed].mean()) if exposed.any() else 0.0,
    )


def check(found: Survival, *, starts_with_customer: bool) -> Check:
    """What the effects say; fails only where customers start the experience, or where only leavers have it."""
    if found.leavers >= ONLY_LEAVERS:
        share = formatting.share(found.leavers, 0)
        says = f"{share} of the customers who had it left within a month: only customers who are leaving have it."
        return Check(NAME, "failed", found.leavers, says)
    if found.first is None:
        return Check(NAME, "informs", None, "Reverse causality: nobody left within a month of it.")
    after = (
        f"among customers still here one month later {_points(found.after_one)}, two months {_points(found.after_two)}"
    )
    says = f"Effect on leaving within a month {_points(found.first)}; {after}."
    first, later = _z(found.first), _z(found.after_one)
    ratio = None
    if found.after_one is not None and found.first.estimate:
        ratio = found.after_one.estimate / found.first.estimate
    if not starts_with_customer:
        return Check(NAME, "informs", ratio, says)
    if abs(first) < BEYOND_CHANCE:
        return Check(NAME, "passed", ratio, f"No sign of reverse causality. {says}")
    if later * np.sign(first) >= LASTS:
        return Check(NAME, "passed", ratio, f"The effect lasts beyond the first month. {says}")
    return Check(NAME, "failed", ratio, f"Customers may have made contact because they were leaving. {says}")


def _gone(history: History, rows: LandmarkSample, months: int) -> Bools:
    """Rows whose customer left within so many months of the contact; by months where no day of leaving is known."""
    by_month = ~history.active[rows.who, rows.month + months]
    if rows.day is None:
        return np.asarray(by_month)
    left = history.left[rows.who]
    return np.asarray(np.where(np.isnan(left), by_month, left - rows.day <= MONTH * months))


def _z(one: Estimate | None) -> float:
    return one.estimate / one.error if one is not None and one.error > 0 else 0.0


def _points(one: Estimate | None) -> str:
    if one is None:
        return "not known"
    low, high = (formatting.decimal(100 * value) for value in (one.low, one.high))
    return f"{formatting.decimal(100 * one.estimate)} points (95% CI {low} to {high})"
