"""How many units an experiment needs, and what it can show: power of a comparison of two arms. SciPy.

Reads     the effect to find, the spread of the outcome (or two shares), the share of units in the control group.
Gives     `units_for_means`, `units_for_shares`: units of both arms together; `detectable`: the smallest effect shown;
          `power_of_means`.
Method    means: two-sided t test, noncentral t with n - 2 degrees of freedom (Cohen 1988, Statistical Power Analysis,
          chapter 2), solved for n. Shares: normal, pooled variance under no effect and each arm's own under the effect
          (Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, equation 4.14, unequal arms 4.19).
          A covariate of correlation r with the outcome leaves 1 - r^2 of the variance (Deng et al. 2013, equation 5);
          clusters of m units with intraclass correlation c multiply it by 1 + (m - 1) c (Kish 1965).
Assumes   units are assigned by lot; the variance is the same in both arms (means).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt

import scipy
from scipy.optimize import brentq

ALPHA, POWER = 0.05, 0.80
CERTAIN = 30.0
"""Standard errors beyond the edge from which an effect is found for sure."""
MOST = 1e12
"""Units beyond which no experiment is drafted."""


@dataclass(frozen=True, slots=True)
class Design:
    """How units are assigned and compared."""

    control_share: float = 0.5
    alpha: float = ALPHA
    power: float = POWER
    correlation: float = 0.0
    """Of the outcome with a covariate from before the assignment."""
    cluster_size: float = 1.0
    intraclass: float = 0.0
    """Correlation of units of one cluster."""

    def __post_init__(self) -> None:
        if not 0 < self.control_share < 1:
            raise ValueError(f"The control share lies between 0 and 1; found {self.control_share}.")

    @property
    def factor(self) -> float:
        """What covariate and clusters make of the variance."""
        return (1 - self.correlation**2) * (1 + (self.cluster_size - 1) * self.intraclass)

    @property
    def arms(self) -> float:
        """Units times the variance of the difference of the means, in units of the outcome's variance."""
        return 1 / self.control_share + 1 / (1 - self.control_share)


EVEN = Design()


def power_of_means(effect: float, spread: float, units: float, design: Design = EVEN) -> float:
    """Chance that a two-sided t test finds a difference of means; `spread`: the outcome's standard deviation."""
    freedom = units - 2
    if freedom <= 0 or spread <= 0:
        return 0.0
    shift = abs(effect) / (spread * sqrt(design.factor * design.arms / units))
    edge = float(scipy.stats.t.ppf(1 - design.alpha / 2, freedom))
    if shift > edge + CERTAIN:
        return 1.0  # beyond this SciPy's noncentral t has no value
    if freedom > 1e6:
        return float(scipy.stats.norm.sf(edge - shift) + scipy.stats.norm.cdf(-edge - shift))
    return float(scipy.stats.nct.sf(edge, freedom, shift) + scipy.stats.nct.cdf(-edge, freedom, shift))


def units_for_means(effect: float, spread: float, design: Design = EVEN) -> float:
    """Units of both arms together that find a difference of means; infinite where there is none to find."""
    if effect == 0 or spread < 0:
        return inf
    start = _normal(design) ** 2 * design.factor * design.arms * (spread / effect) ** 2
    if start > MOST:
        return inf
    low, high = max(start * 0.9, 4.0), start + 20.0
    if power_of_means(effect, spread, low, design) >= design.power:
        return low

    def excess(units: float) -> float:
        return power_of_means(effect, spread, units, design) - design.power

    if excess(high) <= 0:
        return high
    return float(brentq(excess, low, high, xtol=1e-10, rtol=1e-14))


def units_for_shares(share: float, other: float, design: Design = EVEN) -> float:
    """Units of both arms together that tell `share` (control) from `other` (treated)."""
    if share == other:
        return inf
    control, treated = design.control_share, 1 - design.control_share
    pooled = control * share + treated * other
    under_none = sqrt(pooled * (1 - pooled) * design.arms)
    under_effect = sqrt(share * (1 - share) / control + other * (1 - other) / treated)
    edge, reach = float(scipy.stats.norm.ppf(1 - design.alpha / 2)), float(scipy.stats.norm.ppf(design.power))
    units = design.factor * ((edge * under_none + reach * under_effect) / (share - other)) ** 2
    return units if units <= MOST else inf


def detectable(spread: float, units: float, design: Design = EVEN) -> float:
    """The smallest difference of means that so many units of both arms together find."""
    if units <= 2:
        return inf
    return _normal(design) * spread * sqrt(design.factor * design.arms / units)


def whole(units: float) -> int | None:
    """Units as a whole number; None where no number is enough."""
    return None if units == inf else ceil(units - 1e-9)


def _normal(design: Design) -> float:
    return float(scipy.stats.norm.ppf(1 - design.alpha / 2) + scipy.stats.norm.ppf(design.power))
