"""What an effect's evidence was put through, and the grade that falls out of it. numpy only.

Reads     a design, its estimate, the covariates and what was learnt of the exposure.
Gives     Check: passed, failed or informs, with a value and a sentence; a grade A to E.
Method    overlap and balance of the weighted rows; a placebo: outcomes before all that is controlled for, which nothing
          that came later can have changed, with the power it had; omitted-variable bias as strong as the strongest
          recorded cause (Chernozhukov et al. 2022), with the robustness value, the strength that would explain the
          whole effect away.
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
from worthline.stats.clustered_errors import LEAST_GROUPS
from worthline.stats.cross_fitting import Floats, Ints
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
LEAST_LEFT = 0.01
"""Share of an earlier outcome's variance that must be left by what is controlled for: less tests nothing."""
REPORTED = ("placebo", "sensitivity", "durability")
"""Checks that stand beside the effect and never lower its grade; a failed placebo widens the sensitivity bound."""
POWER = 2.8
"""Standard errors of the effect that is detected in 80% of cases at 5%."""
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


LEAVERS_MISSING = Check(
    "leavers recorded",
    "failed",
    None,
    "No file records a customer who left; those who left may have been removed from the files. What it does by making "
    "customers leave is not in this difference.",
)
"""Only those who stayed are compared: what they bring says nothing of margin lost with those who left."""


def grade(design: Design, checks: Iterable[Check]) -> Grade:
    """What the design allows at best; correlation only where a check failed.

    Checks of REPORTED do not decide: did those that hang on the effect's own size, what is added up would depend on it.
    """
    best = _BEST[design]
    failed = any(check.outcome == "failed" and check.name not in REPORTED for check in checks)
    return "D" if best < "D" and failed else best


def enough(exposed: int, others: int) -> Check:
    """Whether enough customers had it, and enough had not."""
    counts = f"{formatting.how_many(exposed, 'customer')} with the experience, {formatting.count(others)} without"
    if min(exposed, others) >= LEAST_EXPOSED:
        return Check("enough data", "passed", float(min(exposed, others)), f"{counts}.")
    whose = "too few customers without it" if others < LEAST_EXPOSED <= exposed else "too few customers with it"
    sentence = f"{counts}: {whose}, {LEAST_EXPOSED} of each are needed."
    return Check("enough data", "failed", float(min(exposed, others)), sentence)


def overlap(d: Floats, fit: Fit, dropped: int) -> Check:
    """Whether comparable controls exist for the exposed.

    Shapes: `d` (n,).
    """
    share = dropped / int(d.sum())
    others = (d == 0) & fit.kept
    weight = fit.chance[others] / (1 - fit.chance[others])
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    who = "comparable controls exist for all exposed"
    if dropped:
        are = formatting.how_many(dropped, "exposed observation was", "exposed observations were")
        who = f"{are} left out for lack of comparable controls (probability above {NO_OVERLAP:.0%})"
    sentence = f"Overlap: {who}; effective control sample {formatting.count(effective)}."
    good = share <= MOST_DROPPED and effective >= LEAST_EXPOSED
    return Check("overlap", "passed" if good else "failed", share, sentence)


def places(struck: int) -> Check:
    """Whether enough places were affected, where customers of a place share their luck."""
    affected = f"{formatting.how_many(struck, 'place was', 'places were')} affected"
    if struck >= LEAST_GROUPS:
        return Check("places", "passed", float(struck), f"{affected}; the interval uses Student's t by place.")
    return Check("places", "failed", float(struck), f"Only {affected}; at least {LEAST_GROUPS} are needed.")


def balance(x: Floats, groups: Sequence[str], d: Floats, fit: Fit, struck: Ints | None = None) -> Check:
    """Whether the weighted others resemble the exposed in everything controlled for.

    `struck`: the group of each row that is exposed as a whole. Few groups differ by chance: what they show fails only
    beyond it (Student's t by group, over all columns together), and what is left is in the regression and interval.
    Shapes: `x` (n, k); `d`, `struck` (n,).
    """
    if not x.shape[1]:
        return Check("balance", "informs", None, "Balance: no recorded characteristics to compare.")
    exposed, others = (d == 1) & fit.kept, (d == 0) & fit.kept
    if not exposed.any() or not others.any():
        return Check("balance", "failed", None, "Balance: nobody is left to compare.")
    weight = fit.chance[others] / (1 - fit.chance[others])
    apart = x[exposed].mean(axis=0) - weight @ x[others] / weight.sum()
    spread = x[exposed].std(axis=0)
    if struck is not None:
        spread = x.std(axis=0)  # of few places and months all may be alike in something
    apart = np.abs(apart) / np.where(spread > 1e-9, np.maximum(spread, 0.1), 1.0)
    limit = np.full(x.shape[1], MOST_UNBALANCED + 2 / sqrt(exposed.sum()))
    chance = ""
    if struck is not None:
        within, count = _chance_of_groups(x / np.where(spread > 1e-9, spread, 1.0), d, struck)
        limit = np.maximum(limit, MOST_UNBALANCED + within)
        chance = f"; within chance for {count} affected months of a place"
    worst = int((apart - limit).argmax()) if (apart > limit).any() else int(apart.argmax())
    good = apart[worst] <= limit[worst]
    sentence = f"Balance: largest difference after weighting {apart[worst]:.2f} standard deviations ({groups[worst]}"
    sentence += f"{chance})." if good and apart[worst] > MOST_UNBALANCED else ")."
    return Check("balance", "passed" if good else "failed", float(apart[worst]), sentence)


def _chance_of_groups(columns: Floats, d: Floats, group: Ints) -> tuple[Floats, int]:
    """How far means of columns (n, p) of the exposed groups may lie off by chance, and how many groups are exposed."""
    from scipy.special import stdtrit

    number = np.unique(group, return_inverse=True)[1]
    size = np.bincount(number)
    means = np.stack([np.bincount(number, column) for column in columns.T], axis=1) / size[:, None]
    count = int((np.bincount(number, d) > 0).sum())
    spread = np.sqrt(np.average((means - np.average(means, 0, size)) ** 2, 0, size))
    return float(stdtrit(max(count - 1, 1), 1 - PLACEBO_P / (2 * columns.shape[1]))) * spread / sqrt(count), count


def can_differ(y: Floats, x: Floats) -> bool:
    """Whether an earlier outcome (n,) is not told already by what is controlled for (n, p): else it tests nothing.

    A fee that never changes says what was paid two years before.
    """
    columns = np.column_stack([np.ones(len(y)), x])
    slopes = np.linalg.lstsq(columns, y, rcond=None)[0]
    return float((y - columns @ slopes).var()) > LEAST_LEFT * float(y.var())


def placebo(estimates: dict[str, tuple[Estimate, float]]) -> Check:
    """Whether the exposure seems to change what lies before it; of each past outcome its effect and its spread."""
    if not estimates:
        sentence = "Placebo: not possible; too few of the exposed were customers two years before."
        return Check("placebo", "informs", None, sentence)
    name, (worst, _) = min(estimates.items(), key=lambda item: item[1][0].p)
    p = min(worst.p * len(estimates), 1.0)
    detectable = min(POWER * estimate.error / spread for estimate, spread in estimates.values())
    power = f"It could detect {detectable:.2f} standard deviations with 80% power."
    if p >= PLACEBO_P:
        sentence = f"Placebo: no effect on earlier outcomes ({', '.join(estimates)}, 13 to 24 months before). {power}"
        return Check("placebo", "passed", p, sentence)
    sentence = f"Placebo: customers with the experience already differed in {name} 13 to 24 months before."
    return Check(
        "placebo", "failed", p, f"{sentence} This widens the sensitivity bound; alone it decides nothing. {power}"
    )


def placebo_bias(estimates: dict[str, tuple[Estimate, float]]) -> float:
    """The largest standardised effect on an earlier outcome where the placebo failed; else 0."""
    if placebo(estimates).outcome != "failed":
        return 0.0
    return max(abs(estimate.estimate) / spread for estimate, spread in estimates.values())


def sensitivity(one: Estimate, bias: float, strongest: str, tell: formatting.Formatter) -> Check:
    """How far a hidden factor as strong as the strongest recorded could move the interval; it never fails."""
    value = robustness(one)
    low, high = one.low - bias, one.high + bias
    sentence = (
        f"Sensitivity: a hidden factor as strong as the strongest recorded would give {tell(low)} to {tell(high)}"
    )
    named = f"The strongest recorded: {strongest}."
    if low <= 0 <= high:
        return Check("sensitivity", "informs", value, f"{sentence}, which includes zero. {named}")
    needed = f"To reach zero, it must explain {value:.1%} of both exposure and outcome."
    return Check("sensitivity", "passed", value, f"{sentence}. {needed} {named}")


def robustness(one: Estimate) -> float:
    """The share of what is left of exposure and outcome that would bring the interval to zero: RV of Cinelli et al."""
    beyond = max(min(abs(one.low), abs(one.high)) if one.low * one.high > 0 else 0.0, 0.0)
    if one.scale <= 0:
        return 0.0
    f2 = (beyond / one.scale) ** 2
    return 0.5 * (sqrt(f2 * f2 + 4 * f2) - f2)


@dataclass(frozen=True, slots=True)
class Strengths:
    """Partial R2 of each recorded group with every outcome and with the exposure."""

    outcomes: tuple[dict[str, float], ...]
    exposure: dict[str, float]

    def strongest(self, k: int, scale: float) -> tuple[float, str]:
        """The bias for outcome `k` of an unseen cause as strong as the strongest recorded group, and that group.

        Strength is the largest partial R2 of any group with the outcome and of any group with the exposure: a hidden
        factor may resemble one in the first and another in the second.
        """
        if not self.exposure:
            return 0.0, "nothing recorded"
        outcome, exposure = self.outcomes[k], self.exposure
        first = max(exposure, key=lambda name: (outcome[name], name))
        second = max(exposure, key=lambda name: (exposure[name], name))
        cd = min(exposure[second], 0.99)
        label = first if first == second else f"{first} (outcome); {second} (exposure)"
        return sqrt(outcome[first] * cd / (1 - cd)) * scale, label


def strengths(y: Floats, d: Floats, x: Floats, groups: Sequence[str]) -> Strengths:
    """Of outcomes y (n, k). Groups of SHARED are no measure: what all customers compared share parts nobody."""
    names = [name for name in dict.fromkeys(groups) if name not in SHARED]
    columns = np.column_stack([np.ones(len(d)), x, d])
    outcomes = _drops(columns, y, groups, names)
    [exposure] = _drops(columns[:, :-1], d[:, None], groups, names)
    return Strengths(tuple(outcomes), exposure)


def strongest(y: Floats, d: Floats, x: Floats, groups: Sequence[str], scale: float) -> tuple[float, str]:
    """The same of one outcome y (n,)."""
    return strengths(y[:, None], d, x, groups).strongest(0, scale)


def _drops(columns: Floats, y: Floats, groups: Sequence[str], names: Sequence[str]) -> list[dict[str, float]]:
    """Partial R2 of each group of columns (the intercept stands first) with each column of y."""
    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] += 1e-8 * len(y)
    inverse = np.linalg.inv(gram)
    slopes = inverse @ (columns.T @ y)
    residual = ((y - columns @ slopes) ** 2).sum(axis=0)
    shares: list[dict[str, float]] = [{} for _ in residual]
    for name in names:
        positions = np.array([i + 1 for i, group in enumerate(groups) if group == name])
        solved = np.linalg.solve(inverse[np.ix_(positions, positions)], slopes[positions])
        gains = (slopes[positions] * solved).sum(axis=0)
        for share_by_group, gain, rest in zip(shares, np.maximum(gains, 0.0).tolist(), residual.tolist(), strict=True):
            share_by_group[name] = gain / (rest + gain) if rest > 0 else 0.0
    return shares
