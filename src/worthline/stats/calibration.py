"""From what a model says to the probability that is meant: logistic for few leavers, mostly isotonic for many.

Reads     raw probabilities of rows held out, with outcomes and weights.
Gives     a Calibration: increasing, so the order of customers stays.
Method    Platt (1999): two parameters on the log-odds, by Newton steps. Centred isotonic regression, Oron &
          Flournoy (2017), Statistics in Biopharmaceutical Research 9(3), 258-267: each level set of the isotonic
          fit stands at its centre, linear between; a fifth of the probability stays the logistic's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MANY = 300
"""Leavers from which isotonic regression is used."""
STEPPED = 0.8
"""Its share in the probability; the rest is the logistic's, so that customers of one step keep their order."""
_EDGE = 1e-6


def log_odds(p: Floats) -> Floats:
    """ln(p / (1 - p)), kept finite.

    Shapes: `p` (n,), 0 to 1; gives (n,).
    """
    inside = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)))


def probability(odds: Floats) -> Floats:
    """The probability of log-odds.

    Shapes: `odds` (n,); gives (n,), 0 to 1.
    """
    return np.asarray(1 / (1 + np.exp(-odds)))


def to_base_rate(p: Floats, sampled: float, true: float) -> Floats:
    """Probabilities learnt where a share `sampled` left, for a population where `true` do.

    Elkan (2001), IJCAI 17, 973-978, theorem 2: odds are multiplied by the ratio of the odds.
    Shapes: `p` (n,), 0 to 1; gives (n,), 0 to 1.
    """
    shift = log_odds(np.array([true])) - log_odds(np.array([sampled]))
    return probability(log_odds(p) + shift)


@dataclass(frozen=True)
class Calibration:
    """A map of log-odds: linear (slope, level), or through points."""

    slope: float
    level: float
    points: tuple[Floats, Floats] | None = None
    """Log-odds and probabilities, both increasing."""

    def __call__(self, raw: Floats) -> Floats:
        """The calibrated probabilities of raw ones."""
        odds = log_odds(raw)
        linear = probability(self.level + self.slope * odds)
        if self.points is None:
            return linear
        return np.asarray(STEPPED * np.interp(odds, *self.points) + (1 - STEPPED) * linear)


def calibration(raw: Floats, y: Floats, weight: Floats) -> Calibration:
    """Learn it from rows held out.

    Shapes: `raw`, `y`, `weight` (n,).
    """
    slope, level = _platt(log_odds(raw), y, weight)
    if y.sum() < MANY:
        return Calibration(slope, level)
    return Calibration(slope, level, _centred(log_odds(raw), y, weight))


def _platt(odds: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Slope and level; the slope is kept above zero. Platt's own targets keep both finite."""
    ones, zeros = (weight * y).sum(), (weight * (1 - y)).sum()
    scale = len(y) / weight.sum()  # as many rows as there are, however many each stands for
    target = np.where(y > 0, (ones * scale + 1) / (ones * scale + 2), 1 / (zeros * scale + 2))
    x = np.column_stack([odds, np.ones_like(odds)])
    beta = np.array([1.0, 0.0])
    for _ in range(50):
        p = probability(x @ beta)
        gradient = x.T @ (weight * scale * (target - p))
        curve = (x * (weight * scale * p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return max(float(beta[0]), 1e-3), float(beta[1])


def _centred(odds: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    from scipy.optimize import isotonic_regression

    order = np.argsort(odds, kind="stable")
    x, w = odds[order], weight[order]
    fitted = np.asarray(isotonic_regression(y[order], weights=w).x)
    level = np.concatenate([[0], np.cumsum(np.diff(fitted) > 0)])
    total = np.bincount(level, w)
    centre, height = np.bincount(level, w * x) / total, np.bincount(level, w * fitted) / total
    return centre, height
