"""How many customers who pay by the period are still there after so many renewals.

Reads     one cohort's head-count at sign-up and after each renewal.
Gives     RenewalCurve: the share still active, as far ahead as asked.
Method    shifted beta-geometric, Fader & Hardie (2007), J. Interactive Marketing 21(1), 76-90; beta-discrete-Weibull,
          Fader, Hardie, Liu, Davin & Steenburgh (2018), J. Interactive Marketing 43, 1-16. Maximum likelihood.
Assumes   a customer's chance of leaving is their own; it stays (sBG), or moves with time by the power c (BdW).
Not for   customers who buy without a contract: see purchases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.customers.value.maximise import Floats, maximise
from worthline.errors import NotEnoughData


@dataclass(frozen=True, slots=True)
class RenewalCurve:
    """Leaving chance ~ Beta(alpha, beta): S(t) = B(alpha, beta + t^c) / B(alpha, beta); sBG where c is 1."""

    alpha: float
    beta: float
    c: float
    log_likelihood: float
    customers: int

    def survival(self, renewals: int) -> Floats:
        """Share still active after 0..renewals, shape (renewals + 1,)."""
        return np.exp(_log_survival(np.array([self.alpha, self.beta, self.c]), renewals))

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
    model = "beta-discrete-Weibull" if ageing else "shifted beta-geometric"
    starts = [(1.0, 1.0, 1.0), (0.5, 2.0, 1.0), (2.0, 8.0, 1.0)]

    def whole(parameters: Floats) -> float:
        survival = _log_survival(parameters, lost.size)
        leaving = survival[:-1] + np.log(-np.expm1(np.minimum(np.diff(survival), -1e-300)))
        return float(lost @ leaving + active[-1] * survival[-1])

    def function(free: Floats) -> tuple[float, Floats]:
        parameters = free if ageing else np.append(free, 1.0)
        gradient = np.empty(free.size)
        for i, value in enumerate(free):
            step = value * 1e-6
            up, down = parameters.copy(), parameters.copy()
            up[i], down[i] = value + step, value - step
            gradient[i] = (whole(up) - whole(down)) / (2 * step)
        return whole(parameters), gradient

    found = maximise(function, [s if ageing else s[:2] for s in starts], float(active[0]), model)
    alpha, beta, c = found.parameters.tolist() if ageing else (*found.parameters.tolist(), 1.0)
    return RenewalCurve(alpha, beta, c, found.log_likelihood, round(float(active[0])))


def _log_survival(parameters: Floats, renewals: int) -> Floats:
    from scipy.special import betaln

    alpha, beta, c = parameters
    t = np.arange(renewals + 1, dtype=np.float64) ** c
    return np.asarray(betaln(alpha, beta + t) - betaln(alpha, beta))
