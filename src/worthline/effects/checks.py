"""What an effect's evidence was put through, and the grade that falls out of it. numpy only.

Reads     a design, its estimate, the covariates and what was learnt of the exposure.
Gives     Check: passed, failed or informs, with a value and a sentence; a grade A to E.
Method    overlap and balance of the weighted rows; a placebo: outcomes of the past, which nothing that came later can
          have changed; omitted-variable bias as strong as the strongest recorded cause (Chernozhukov et al. 2022), with
          the robustness value, the strength that would explain the whole effect away.
Assumes   a check that informs lowers nothing: it stands beside the effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np

from worthline.effects.history import COMMON, SEASON
from worthline.metrics import formatting
from worthline.results import Grade
from worthline.stats.cross_fitting import Floats
from worthline.stats.double_ml import NO_OVERLAP, Estimate, Fit

Outcome = Literal["passed", "failed", "informs"]
Design = Literal["randomised", "comparison", "adjusted", "correlation", "assumed"]
_BEST: dict[Design, Grade] = {
    "randomised": "A",
    "comparison": "B",
    "adjusted": "C",
    "correlation": "D",
    "assumed": "E",
}
LEAST_EXPOSED = 50
"""Customers who had it, below which an effect is undefined."""
MOST_UNBALANCED = 0.10
"""Largest difference of means after weighting, in standard deviations."""
MOST_DROPPED = 0.10
PLACEBO_P = 0.05
REPORTED = ("sensitivity", "durability")
"""Checks that are reported beside the effect and never lower its grade."""
SHARED = (SEASON, COMMON)
"""What month and place bring to everybody there."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check and how it went."""

    name: str
    outcome: Outcome
    value: float | None
    says: str

    def as_row(self) -> dict[str, Any]:
        """As published."""
        value = None if self.value is None else round(self.value, 6)
        return {"name": self.name, "outcome": self.outcome, "value": value, "says": self.says}


def grade(design: Design, checks: Iterable[Check]) -> Grade:
    """What the design allows at best; correlation only where a check failed.

    Checks of REPORTED hang on the effect's own size: did they lower the grade, what is added up would depend on it.
    """
    best = _BEST[design]
    failed = any(check.outcome == "failed" and check.name not in REPORTED for check in checks)
    return "D" if best < "D" and failed else best


def enough(exposed: int, others: int) -> Check:
    """Whether enough customers had it, and enough had not."""
    told = f"{formatting.how_many(exposed, 'customer')} had it, {formatting.count(others)} had not"
    if min(exposed, others) >= LEAST_EXPOSED:
        return Check("enough data", "passed", float(min(exposed, others)), f"{told}.")
    whose = "all but everyone had it" if others < LEAST_EXPOSED <= exposed else "too few had it"
    says = f"{told}: {whose}, {LEAST_EXPOSED} of each are needed."
    return Check("enough data", "failed", float(min(exposed, others)), says)


def overlap(d: Floats, fit: Fit, dropped: int) -> Check:
    """Whether the exposed have their like among the others."""
    exposed = int(d.sum())
    share = dropped / exposed
    others = (d == 0) & fit.kept
    weight = fit.chance[others] / (1 - fit.chance[others])
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    told = (
        f"{formatting.how_many(dropped, 'of the exposed was', 'of the exposed were')} left out, being alike to nobody "
        f"(chance above {NO_OVERLAP:.0%})"
        if dropped
        else "every exposed customer has their like among the others"
    )
    says = f"{told[0].upper()}{told[1:]}; the others weigh as much as {formatting.count(effective)}."
    good = share <= MOST_DROPPED and effective >= LEAST_EXPOSED
    return Check("overlap", "passed" if good else "failed", share, says)


def balance(x: Floats, groups: Sequence[str], d: Floats, fit: Fit) -> Check:
    """Whether the weighted others resemble the exposed in everything held alike."""
    if not x.shape[1]:
        return Check("balance", "informs", None, "Nothing is recorded in which they could be alike.")
    had, others = (d == 1) & fit.kept, (d == 0) & fit.kept
    if not had.any() or not others.any():
        return Check("balance", "failed", None, "Nobody is left to compare.")
    weight = fit.chance[others] / (1 - fit.chance[others])
    apart = x[had].mean(axis=0) - weight @ x[others] / weight.sum()
    spread = x[had].std(axis=0)
    apart = np.abs(apart) / np.where(spread > 1e-9, np.maximum(spread, 0.1), 1.0)
    worst = int(apart.argmax())
    good = apart[worst] <= MOST_UNBALANCED + 2 / sqrt(had.sum())
    says = f"After weighting they differ most in {groups[worst]}, by {apart[worst]:.2f} standard deviations."
    return Check("balance", "passed" if good else "failed", float(apart[worst]), says)


def placebo(found: dict[str, Estimate]) -> Check:
    """Whether the exposure seems to change what lies before it."""
    if not found:
        says = "Too few of the exposed were here a year before: nothing lies before what is held alike."
        return Check("placebo", "informs", None, says)
    name, worst = min(found.items(), key=lambda one: one[1].p)
    p = min(worst.p * len(found), 1.0)
    if p >= PLACEBO_P:
        says = f"It seems to change nothing that lies before it ({', '.join(found)})."
        return Check("placebo", "passed", p, says)
    says = f"It seems to change {name} of months before it happened: those who had it were different from the start."
    return Check("placebo", "failed", p, says)


def sensitivity(one: Estimate, bias: float, strongest: str, tell: formatting.Formatter) -> Check:
    """What a cause that is not recorded would have to be, to explain the effect away."""
    value = robustness(one)
    low, high = one.low - bias, one.high + bias
    if one.low <= 0 <= one.high:
        says = "No effect is claimed that an unseen cause could explain away"
        return Check("sensitivity", "informs", value, f"{says}; with one, between {tell(low)} and {tell(high)}.")
    like = f"An unseen cause as strong as {strongest}"
    if low <= 0 <= high:
        says = f"{like} could explain it away (between {tell(low)} and {tell(high)})."
        return Check("sensitivity", "failed", value, says)
    says = (
        f"{like} would leave it between {tell(low)} and {tell(high)}; it takes one that explains {value:.1%} of both."
    )
    return Check("sensitivity", "passed", value, says)


def robustness(one: Estimate) -> float:
    """The share of what is left of exposure and outcome that would bring the interval to zero: RV of Cinelli et al."""
    beyond = max(min(abs(one.low), abs(one.high)) if one.low * one.high > 0 else 0.0, 0.0)
    if one.scale <= 0:
        return 0.0
    f2 = (beyond / one.scale) ** 2
    return 0.5 * (sqrt(f2 * f2 + 4 * f2) - f2)


def strongest(y: Floats, d: Floats, x: Floats, groups: Sequence[str], scale: float) -> tuple[float, str]:
    """The bias that an unseen cause as strong as the strongest recorded group would bring, and that group.

    Strength is the group's partial R2 with the outcome and with the exposure, from one table of sums of products.
    Groups of SHARED are no measure of it: what is the same for all customers compared cannot part them.
    """
    names = [name for name in dict.fromkeys(groups) if name not in SHARED]
    if not names:
        return 0.0, "nothing recorded"
    columns = np.column_stack([np.ones(len(d)), x, d])
    outcome, exposure = _drops(columns, y, groups), _drops(columns[:, :-1], d, groups)
    bias = {}
    for name in names:
        cy, cd = outcome[name], min(exposure[name], 0.99)
        bias[name] = sqrt(cy * cd / (1 - cd)) * scale
    name = max(bias, key=lambda key: (bias[key], key))
    return bias[name], name


def _drops(columns: Floats, y: Floats, groups: Sequence[str]) -> dict[str, float]:
    """Partial R2 of each group of columns (the intercept stands first) with y."""
    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] += 1e-8 * len(y)
    inverse = np.linalg.inv(gram)
    slopes = inverse @ (columns.T @ y)
    left = float(((y - columns @ slopes) ** 2).sum())
    found = {}
    for name in dict.fromkeys(groups):
        at = np.array([i + 1 for i, group in enumerate(groups) if group == name])
        gain = float(slopes[at] @ np.linalg.solve(inverse[np.ix_(at, at)], slopes[at]))
        found[name] = max(gain, 0.0) / (left + max(gain, 0.0)) if left > 0 else 0.0
    return found
