"""How many customers who pay by the period are still there after so many renewals.

Reads     one cohort's head-count at sign-up and after each renewal.
Gives     RenewalCurve: the share still active, as far ahead as asked.
Method    shifted beta-geometric, Fader & Hardie (2007), J. Interactive Marketing 21(1), 76-90; beta-discrete-Weibull,
          Fader, Hardie, Liu, Davin & Steenburgh (2018), J. Interactive Marketing 43, 1-16. Maximum likelihood.
Assumes   a customer's chance of leaving is their own; it stays (sBG), or moves with time by the power c (BdW).
Not for   customers who buy without a contract: see purchases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from worthline.errors import NotEnoughData
from worthline.stats.maximise import Floats, covariance, maximise

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class RenewalCurve:
    """Leaving chance ~ Beta(alpha, beta): S(t) = B(alpha, beta + t^c) / B(alpha, beta); sBG where c is 1."""

    alpha: float
    beta: float
    c: float
    log_likelihood: float
    customers: int
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    """Of the logarithms of the free parameters (c is free in BdW only)."""

    def survival(self, renewals: int) -> Floats:
        """Share still active after 0..renewals, shape (renewals + 1,)."""
        return np.exp(_log_survival(np.array([self.alpha, self.beta, self.c]), renewals)[0])

    def retention(self, renewals: int) -> Floats:
        """Share of those active before each renewal who renew, shape (renewals,)."""
        survival = self.survival(renewals)
        return np.asarray(survival[1:] / survival[:-1])


def fit_renewals(active: Floats, *, ageing: bool = False) -> RenewalCurve:
    """Fit sBG, or BdW where `ageing`, to head-counts `active`, shape (renewals + 1,), sign-ups first.

    Raises NotEnoughData, NotConverged.
    """
    lost = -np.diff(active)
    least = 3 if ageing else 2
    if lost.size < least or (lost < 0).any() or not lost.any() or active[-1] <= 0:
        raise NotEnoughData(f"needs {least} renewals, no rises, some who left and some who stay; got {active.tolist()}")
    return _fit(Leavers.by_age(active[:-1], lost), float(active[0]), ageing=ageing)


@dataclass(frozen=True, slots=True)
class Leavers:
    """Of `at_risk` customers who had renewed `ages` times, `lost` had left `spans` renewals later.

    Arrays of one length. A span above one is an interval in which the time of leaving is not known (interval-censored).
    """

    ages: Ints
    spans: Ints
    at_risk: Floats
    lost: Floats

    @staticmethod
    def by_age(at_risk: Floats, lost: Floats) -> Leavers:
        """From counts by age, 0 renewals on, each followed over one renewal.

        Shapes: `at_risk`, `lost` (ages,) customers.
        """
        return Leavers(np.arange(at_risk.size), np.ones(at_risk.size, dtype=np.int64), at_risk, lost)

    @property
    def exposure(self) -> float:
        """Renewals at which somebody could leave, those of leavers within a span too."""
        return float(self.at_risk @ self.spans)


def fit_leaving(leavers: Leavers, *, ageing: bool = False) -> RenewalCurve:
    """Fit to customers of any age.

    Who was not seen from the start counts from the renewal on at which they were first seen. Raises NotEnoughData,
    NotConverged.
    """
    at_risk, lost = leavers.at_risk, leavers.lost
    ages = np.unique(leavers.ages[at_risk > 0]).size
    least = 3 if ageing else 2
    if ages < least or not lost.any() or (lost > at_risk).any() or (lost == at_risk).all():
        raise NotEnoughData(
            f"needs customers of {least} ages, some who left and some who stay; got {ages} ages, "
            f"{lost.sum():,.0f} who left of {at_risk.sum():,.0f} renewals."
        )
    return _fit(leavers, float(at_risk.sum()), ageing=ageing)


def _fit(leavers: Leavers, observations: float, *, ageing: bool) -> RenewalCurve:
    model = "beta-discrete-Weibull" if ageing else "shifted beta-geometric"
    starts = [(1.0, 1.0, 1.0), (0.5, 2.0, 1.0), (2.0, 8.0, 1.0), (1.0, 50.0, 1.0)]

    def function(free: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(free if ageing else np.append(free, 1.0), leavers)
        return value, gradient[: free.size]

    optimum = maximise(function, [s if ageing else s[:2] for s in starts], observations, model)
    alpha, beta, c = optimum.parameters.tolist() if ageing else (*optimum.parameters.tolist(), 1.0)
    spread = covariance(function, optimum.parameters)
    return RenewalCurve(alpha, beta, c, optimum.log_likelihood, round(observations), spread)


def log_likelihood(parameters: Floats, leavers: Leavers) -> tuple[float, Floats]:
    """Log-likelihood of leaving within each span, and its gradient by alpha, beta, c.

    Shapes: `parameters` (p,); gives a number and (p,).
    """
    ends = leavers.ages + leavers.spans
    survival, slope = _log_survival(parameters, int(ends.max()))
    stay = np.minimum(survival[ends] - survival[leavers.ages], -1e-300)
    leave = -np.expm1(stay)
    kept, lost = leavers.at_risk - leavers.lost, leavers.lost
    by_stay = kept - lost * np.exp(stay) / leave
    value = float(lost @ np.log(leave) + kept @ stay)
    return value, np.asarray((slope[:, ends] - slope[:, leavers.ages]) @ by_stay)


def _log_survival(parameters: Floats, renewals: int) -> tuple[Floats, Floats]:
    """Logarithm of S(0..renewals), and its slope by each parameter."""
    from scipy.special import betaln, digamma

    alpha, beta, c = parameters
    k = np.arange(renewals + 1, dtype=np.float64)
    t = np.exp(np.minimum(c * np.log(np.maximum(k, 1e-300)), 230.0))  # past 1e100 nothing changes any more
    both = digamma(alpha + beta + t)
    by_t = digamma(beta + t) - both
    slope = np.array(
        [
            digamma(alpha + beta) - both,
            by_t - digamma(beta) + digamma(alpha + beta),
            by_t * t * np.log(np.maximum(k, 1.0)),
        ]
    )
    return np.asarray(betaln(alpha, beta + t) - betaln(alpha, beta)), slope
