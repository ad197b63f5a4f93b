"""The interval of an estimate whose error is told by the same few customers as the estimate itself. Arithmetic only.

Reads     an estimate's influence: the share of each customer in its error, adding up to nothing.
Gives     how far the 95% interval reaches below and above; the two-sided p-value of no effect.
Method    removal of skewness by transformation (Hall 1992, J. Royal Statistical Society B 54, 221-228). Of
          T = (estimate - truth) / error, with skewness k of the influence, g(T) = T + k T^2 / 3 + k^2 T^3 / 27 + k / 6
          is normal to second order, rises with T and has an inverse in closed form. Where few leave, a sample that
          holds fewer leavers than are due tells a smaller effect and a smaller error at once: the plain interval then
          misses on one side. With k = 0 it is the estimate and 1.96 errors.
Assumes   customers are independent, and enough carry the estimate (few_events otherwise).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cbrt, erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from worthline.stats.intervals import Z95

Floats = NDArray[np.float64]

MOST = 0.4
"""Skewness of a sum that counts at most, that of six events of a Poisson count: beyond it a sample tells it badly."""
LEAST = 1e-6
"""Skewness that is none."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a 95% interval goes below and above its estimate."""

    below: float
    above: float


def reach(influence: Floats, error: float | None = None) -> Reach:
    """Of an estimate with this influence; `error`: its own, where that is not the root of the sum of squares.

    Shapes: `influence` (customers,).
    """
    own = float(np.sqrt(influence @ influence))
    error = own if error is None else error
    k = skewness(influence)
    return Reach(error * _inverse(Z95, k), -error * _inverse(-Z95, k))


def p_value(estimate: float, error: float, influence: Floats) -> float:
    """Two-sided, of no effect; 1 where nothing varies.

    Shapes: `influence` (customers,).
    """
    if error <= 0:
        return 1.0
    k, t = skewness(influence), estimate / error
    return erfc(abs(t + k * t * t / 3.0 + k * k * t**3 / 27.0 + k / 6.0) / sqrt(2.0))


def skewness(influence: Floats) -> float:
    """Of the sum of independent shares; at most MOST.

    Shapes: `influence` (customers,).
    """
    square = float(influence @ influence)
    if square <= 0:
        return 0.0
    return float(np.clip((influence**3).sum() / square**1.5, -MOST, MOST))


def _inverse(x: float, k: float) -> float:
    """T at which its transform is x."""
    return x if abs(k) < LEAST else 3.0 / k * (cbrt(1.0 + k * (x - k / 6.0)) - 1.0)
