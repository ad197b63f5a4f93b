"""The maximum of a likelihood over positive parameters, believed only when two starts and the gradient say so.

Reads     a log-likelihood with its gradient, and starts.
Gives     Maximum: parameters, log-likelihood, its curvature there.
Method    L-BFGS-B on the logarithms of the parameters, from each start; the best is kept if its gradient is flat
          and a second start reached it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worthline.errors import NotConverged
from worthline.stats.threads import linear_algebra_on_one

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Floats = NDArray[np.float64]
LogLikelihood = Callable[[Floats], tuple[float, Floats]]
"""Parameters -> log-likelihood and its gradient by parameter."""

BOUND = 12.0
"""Logarithm of the largest parameter looked at, and of the inverse of the smallest: a maximum there is none."""
FLAT = 1e-4
"""Largest gradient, by logarithm of a parameter and per observation, at a maximum."""
_GAIN, _STEPS = 1e-8, 20
"""Log-likelihood that a step of polishing must promise to be taken, and how many are."""
SAME = 1e-6
"""Relative difference of two log-likelihoods that are one maximum."""


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where a likelihood is largest."""

    parameters: Floats
    log_likelihood: float


def maximise(function: LogLikelihood, starts: Sequence[Sequence[float]], observations: float, model: str) -> Maximum:
    """The maximum over positive parameters; raises NotConverged.

    `observations`: how many the likelihood is a sum over, which is the scale of its gradient.
    """
    from scipy.optimize import minimize

    def negative(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = function(parameters)
        if not np.isfinite(value):
            return 1e10, np.zeros_like(logs)
        return -value / observations, -gradient * parameters / observations

    bounds = [(-BOUND, BOUND)] * len(starts[0])
    options = {"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-8}
    optima: list[OptimizeResult] = []
    with linear_algebra_on_one():
        for start in starts:
            optima.append(
                minimize(negative, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
            )
            best = min(optima, key=lambda result: float(result.fun))
            if _reached(optima, best) >= 2 and float(np.abs(best.jac).max()) <= FLAT:
                break
    parameters = np.exp(best.x)
    log_likelihood = -float(best.fun) * observations
    steepest = float(np.abs(negative(best.x)[1]).max())
    shown = ", ".join(f"{p:.4g}" for p in parameters)
    if np.abs(best.x).max() > BOUND - 0.01 or steepest > FLAT:
        raise NotConverged(
            f"{model}: no interior maximum. The best found is {log_likelihood:.3f} at ({shown}), "
            f"where the gradient is {steepest:.2g} per observation."
        )
    if _reached(optima, best) < 2:
        raise NotConverged(f"{model}: only one of {len(starts)} starts reached {log_likelihood:.3f} at ({shown}).")
    return Maximum(parameters, log_likelihood)


def polish(function: LogLikelihood, near: Floats, spread: Floats, observations: float) -> Maximum | None:
    """The maximum beside `near`, where `spread`, the covariance of the logarithms of the parameters, is nearly known.

    Newton's steps with the curvature of `near`, so the likelihood is asked a few times only; None where they lead
    nowhere, as `spread` is too far off.
    Shapes: `near` (p,); `spread` (p, p).
    """
    logs = np.log(near)
    for _ in range(_STEPS):
        log_likelihood, gradient = function(np.exp(logs))
        slope = gradient * np.exp(logs)
        step = spread @ slope
        if abs(float(slope @ step)) <= _GAIN and np.abs(slope).max() <= FLAT * observations:
            return Maximum(np.exp(logs), log_likelihood)
        logs = np.clip(logs + step, -BOUND, BOUND)
    return None


def _reached(optima: Sequence[OptimizeResult], best: OptimizeResult) -> int:
    """How many starts ended at the best."""
    return sum(abs(float(r.fun) - float(best.fun)) <= SAME * max(abs(float(best.fun)), 1e-12) for r in optima)


def covariance(function: LogLikelihood, parameters: Floats) -> Floats:
    """Covariance of the logarithms of the parameters at a maximum: the inverse of the curvature there.

    Directions in which the likelihood is flat get no variance: the data say nothing of them.
    Shapes: `parameters` (p,); gives (p, p).
    """
    logs, n = np.log(parameters), parameters.size
    curvature = np.empty((n, n))
    with linear_algebra_on_one():
        for i in range(n):
            step = np.zeros(n)
            step[i] = 1e-4
            up, down = np.exp(logs + step), np.exp(logs - step)
            curvature[i] = (function(down)[1] * down - function(up)[1] * up) / 2e-4
    return np.asarray(np.linalg.pinv((curvature + curvature.T) / 2, rcond=1e-10, hermitian=True))
