"""Intervals that hold at every look at once: for stopping an experiment while it runs. numpy only.

Reads     the effect and its variance after each look, and how many units had been seen.
Gives     the running interval of each look; the bound by which harm is told.
Method    asymptotic confidence sequence, Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Annals of Statistics
          52(6), 2613-2640: two-sided theorem 2.2 (equation 10 of the preprint), one-sided proposition B.1. `rho` makes
          it tightest at a planned number of units (their appendix B.2).
Assumes   units enter when their outcome is complete; from START units on, as the sequence is asymptotic.
Not for   the date of proof: there the interval of the fixed sample holds, and is narrower.
"""

from __future__ import annotations

from math import exp, log, sqrt

from scipy.special import lambertw

ALPHA = 0.05
START = 100
"""Units of the smaller arm before the first look: fewer are no asymptotics."""


def tightest(units: float, alpha: float = ALPHA) -> float:
    """Rho squared of the sequence that is narrowest after `units` units of variance 1."""
    # Minimises (n rho2 + 1) / (n^2 rho2) log((n rho2 + 1) / alpha^2): -W(-alpha^2 / e) - 1 over n (lower branch).
    return float(-lambertw(-(alpha**2) / exp(1), k=-1).real - 1) / units


def half_width(variance: float, units: float, planned: float, alpha: float = ALPHA) -> float:
    """Half of the two-sided interval after `units`; `variance`: of the effect's own estimate at that look.

    The estimate's variance is sigma^2 / units, so that only it and the numbers of units enter.
    """
    if units <= 0:
        return float("inf")
    rho2 = tightest(planned, alpha)
    grown = units * rho2 + 1
    return sqrt(variance * grown / (units * rho2) * log(grown / alpha**2))


def one_sided_width(variance: float, units: float, planned: float, alpha: float = ALPHA) -> float:
    """How far above the estimate the upper bound lies (or below it the lower one), at all looks at once."""
    if units <= 0:
        return float("inf")
    rho2 = tightest(planned, 2 * alpha)
    grown = units * rho2 + 1
    return sqrt(2 * variance * grown / (units * rho2) * log(1 + sqrt(grown) / (2 * alpha)))
