"""What customers who pay by the period are worth: how long they stay, times what they bring a month.

Reads     CustomerArrays; counts of customers at risk and lost by age in months.
Gives     candidates: models that give CustomerValue.
Method    a curve of staying by age (sBG, BdW, or one rate for all ages) and each customer's net margin a month by
          credibility. A month is paid by who is still here at its end, and counts at its middle; the month of
          leaving brings the part of a month that it brought those who left in the last year. Leaving is over the
          whole horizon, so the split at month 12 is exact. Outcomes: the month of leaving by the curve, and net
          margin, normal about the customer's level, which is itself not known for sure.
          Where each customer's chance of leaving within a year is given (the risk of leaving), it stands in for the
          curve's, which then tells when within the year, and what comes after it.
Assumes   what a customer brings a month does not depend on when they leave; who left brings nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from worthline.customers.value import credibility
from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.customer_value import HIGH, LOW, YEAR, CustomerValue, outdone, quadratic
from worthline.customers.value.renewals import Leavers, RenewalCurve, fit_leaving
from worthline.errors import NotConverged, NotEnoughData
from worthline.stats.maximise import Floats

ONE_RATE = "one rate of leaving"
SURE = 1e6
"""Concentration of a Beta that stands for one rate."""
EM_STEPS = 200
STEPS = 30
"""Halvings in which a bound of the interval is found."""
NEAREST = 0.005
"""To which a given chance of leaving is rounded for intervals; values keep it as it is."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A curve of staying, and what a month brings."""

    name: str
    curve: RenewalCurve
    month: credibility.Company
    part: float = 0.0
    """What the month of leaving still brings, as a share of a month."""

    def expected(self, customers: CustomerArrays, months: int) -> Floats:
        """Net margin expected in the months ahead, not discounted."""
        ages, age_index = _ages(customers)
        stays = _stays(self.curve, ages, months)
        paid = stays[:, 1:].sum(axis=1) + self.part * (1 - stays[:, -1])
        return np.asarray(self.month.of(customers.net, customers.weight)[0] * paid[age_index])

    def worth(
        self,
        customers: CustomerArrays,
        months: int,
        monthly: float,
        given: Floats | None = None,
        *,
        bounds: bool = True,
    ) -> CustomerValue:
        """Net margin over the months ahead, discounted by `monthly`; `given`: known chances of leaving in a year.

        Without `bounds` each customer's low and high are their value.
        Shapes: `given` (n,), 0 to 1, NaN where not known.
        """
        ages, of_age = _ages(customers)
        leaves, at = _leaves(self.curve, ages, months), of_age
        if given is not None:
            leaves, at = _as_given(leaves, of_age, given)
        paid: Floats = np.asarray(monthly ** (np.arange(months) + 0.5), dtype=np.float64)
        years, squares = (np.append(0.0, np.cumsum(p)) for p in (paid, paid**2))
        years = years + self.part * np.append(paid, 0.0)
        level, unsure = self.month.of(customers.net, customers.weight)
        p_left, whole, if_left, if_kept = _halves(leaves, years)
        spread, noise = leaves @ years**2, self.month.noise(customers.net, customers.weight)
        variance = (level**2 + unsure) * spread[at] + noise * (leaves @ squares)[at]
        variance = variance - (level * whole[at]) ** 2
        by_curve = _by_curve(self.curve, ages, years, of_age, level, given)
        low, high = level * whole[at], level * whole[at]
        if bounds:
            low, high = _bounds(leaves, at, level, unsure, noise, years, squares)
        customer_value = CustomerValue(
            value=level * whole[at],
            if_kept=level * if_kept[at],
            if_left=level * if_left[at],
            p_left=p_left[at],
            low=low,
            high=high,
            variance=np.maximum(variance, 0.0),
            by_parameters=float(quadratic(by_curve, self.curve.covariance)),
        )
        return customer_value if given is None else customer_value.split_by(given)


def candidates(
    customers: CustomerArrays, leavers: Leavers, last_month: float = 0.0
) -> tuple[list[Contract], list[str]]:
    """Models that fit, and why others do not; `last_month`: net margin of the month in which a customer leaves."""
    month = credibility.company(customers.net, customers.weight)
    if month is None:
        return [], ["nobody's margin is known"]
    part = float(np.clip(last_month / month.mean, 0.0, 1.0)) if month.mean > 0 else 0.0
    fitted: list[Contract] = []
    notes: list[str] = []
    for name, ageing in (("sBG", False), ("BdW", True)):
        try:
            fitted.append(Contract(name, fit_leaving(leavers, ageing=ageing), month, part))
        except (NotConverged, NotEnoughData) as error:
            notes.append(f"{name}: {error}" if isinstance(error, NotEnoughData) else error.plain)
    if leavers.at_risk.sum() > 0:
        fitted.append(Contract(ONE_RATE, one_rate(leavers), month, part))
    likelihoods = {model.name: model.curve.log_likelihood for model in fitted}
    rejected = outdone(likelihoods, ((ONE_RATE, "sBG", 1), ("sBG", "BdW", 1), (ONE_RATE, "BdW", 2)))
    return [model for model in fitted if model.name not in rejected], notes


def one_rate(leavers: Leavers) -> RenewalCurve:
    """The same chance of leaving at each age; half a leaver is added, so that nobody is taken to stay for ever."""
    n, leaver_count = leavers.exposure, float(leavers.lost.sum())
    rate = (leaver_count + 0.5) / (n + 1)
    lost, stayed, spans = leavers.lost, leavers.at_risk - leavers.lost, leavers.spans
    for _ in range(EM_STEPS if (spans > 1).any() else 0):
        # EM: of a span in which somebody left, the renewals that they were still here for.
        here = (1 - (1 - rate) ** spans) / rate
        within = (here - spans * (1 - rate) ** spans) / np.maximum(1 - (1 - rate) ** spans, 1e-300)
        rate = (leaver_count + 0.5) / (float(stayed @ spans + lost @ within) + 1)
    stay = spans * np.log1p(-rate)
    likelihood = float(lost @ np.log(-np.expm1(stay)) + stayed @ stay)
    curve = RenewalCurve(rate * SURE, (1 - rate) * SURE, 1.0, likelihood, round(n))
    return replace(curve, covariance=np.array([[(1 - rate) / (leaver_count + 0.5)]]))


def _ages(customers: CustomerArrays) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    ages, age_index = np.unique(np.maximum(np.nan_to_num(customers.tenure), 0.0), return_inverse=True)
    return ages, age_index


def _as_given(
    leaves: Floats, of_age: np.ndarray[tuple[int], np.dtype[np.intp]], p_leave: Floats
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Months of leaving by age and chance of leaving in a year, where that is given, to the nearest half percent."""
    steps = np.where(np.isfinite(p_leave), np.clip(np.round(p_leave / NEAREST), 1, 1 / NEAREST - 1), -1).astype(
        np.int64
    )
    pairs, at = np.unique(np.column_stack([of_age, steps]), axis=0, return_inverse=True)
    own, chance = leaves[pairs[:, 0]], pairs[:, 1] * NEAREST
    early = own[:, :YEAR].sum(axis=1)
    can = (pairs[:, 1] >= 0) & (early > 0) & (early < 1)
    scale = np.ones_like(own)
    scale[can, :YEAR] = (chance[can] / early[can])[:, None]
    scale[can, YEAR:] = ((1 - chance[can]) / (1 - early[can]))[:, None]
    return own * scale, at.ravel()


def _stays(curve: RenewalCurve, ages: Floats, months: int) -> Floats:
    """Share of customers of each age still here after 0..months, shape (ages, months + 1)."""
    if not ages.size:
        return np.ones((0, months + 1))
    ahead = ages.astype(np.int64)[:, None] + np.arange(months + 1)
    whole = np.log(np.maximum(curve.survival(int(ahead.max())), 1e-300))
    return np.asarray(np.exp(whole[ahead] - whole[ahead[:, :1]]))


def _halves(leaves: Floats, years: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Chance of leaving within a year, and discounted months: in all, if left within it, if kept; shape (ages,)."""
    p_left, whole = leaves[:, :YEAR].sum(axis=1), leaves @ years
    early = leaves[:, :YEAR] @ years[:YEAR]
    with np.errstate(divide="ignore", invalid="ignore"):
        if_left = np.where(p_left > 0, early / p_left, np.nan)
        if_kept = np.where(p_left < 1, (whole - early) / (1 - p_left), np.nan)
    return p_left, whole, if_left, if_kept


def _leaves(curve: RenewalCurve, ages: Floats, months: int) -> Floats:
    """Chance of leaving in each month ahead, and of not leaving; shape (ages, months + 1)."""
    stays = _stays(curve, ages, months)
    return np.append(-np.diff(stays, axis=1), stays[:, -1:], axis=1)


def _by_curve(
    curve: RenewalCurve,
    ages: Floats,
    years: Floats,
    of_age: np.ndarray[tuple[int], np.dtype[np.intp]],
    level: Floats,
    p_leave: Floats | None,
) -> Floats:
    """Slope of the total value by the logarithm of each free parameter of the curve, shape (parameters,).

    Where the chance of leaving within a year is given, the curve only says when within it, and what comes after.
    """
    is_known = np.isfinite(p_leave) if p_leave is not None else np.zeros(level.size, dtype=np.bool_)
    chance = np.where(is_known, p_leave, 0.0) if p_leave is not None else np.zeros(level.size)
    parts = (~is_known * level, is_known * chance * level, is_known * (1 - chance) * level)
    weights = [np.bincount(of_age, weights=part, minlength=ages.size) for part in parts]
    total = np.zeros(curve.covariance.shape[0])
    for i in range(total.size):
        for step in (1e-4, -1e-4):
            moved = np.array([curve.alpha, curve.beta, curve.c])
            moved[i] *= np.exp(step)
            leaves = _leaves(replace(curve, alpha=moved[0], beta=moved[1], c=moved[2]), ages, years.size - 1)
            halves = _halves(leaves, years)[1:]
            moment = sum(float(w @ np.nan_to_num(half)) for w, half in zip(weights, halves, strict=True))
            total[i] += moment / (2 * step)
    return total


def _bounds(
    leaves: Floats,
    row_index: np.ndarray[tuple[int], np.dtype[np.intp]],
    level: Floats,
    unsure: Floats,
    within: Floats,
    years: Floats,
    squares: Floats,
) -> tuple[Floats, Floats]:
    """What 2.5% and 97.5% of a customer's outcomes lie below: a normal for each quarter of leaving."""
    from scipy.special import ndtr

    months = years.size - 1
    ends = [0, *range(2, months, 3), months] if months > 3 else list(range(months + 1))
    groups = np.searchsorted(ends, np.arange(months + 1))
    chance = np.zeros((leaves.shape[0], len(ends)))
    for month, group in enumerate(groups):
        chance[:, group] += leaves[:, month]
    middles = np.array([years[groups == g].mean() for g in range(len(ends))])
    noise = np.array([squares[groups == g].mean() for g in range(len(ends))])
    bounds = []
    for wanted in (LOW, HIGH):
        reach = np.abs(level) * years[-1] + 8 * np.sqrt(unsure * years[-1] ** 2 + within * squares[-1]) + 1e-9
        below, above = -reach, reach.copy()
        for _ in range(STEPS):
            middle = (below + above) / 2
            under = np.zeros(level.size)
            for g in range(len(ends)):
                sd = np.sqrt(unsure * middles[g] ** 2 + within * noise[g])
                away = middle - level * middles[g]
                scaled = np.where(sd > 0, away / np.where(sd > 0, sd, 1.0), np.where(away >= 0, np.inf, -np.inf))
                under += chance[row_index, g] * ndtr(scaled)
            is_below = under < wanted
            below, above = np.where(is_below, middle, below), np.where(is_below, above, middle)
        bounds.append((below + above) / 2)
    return bounds[0], bounds[1]
