"""What a purchase brings, given what a customer's purchases were so far: mean, and how far apart purchases lie.

Reads     each customer's number of purchases and their mean.
Gives     Amounts: expected amount, and the parts of its second moment.
Method    Gamma-Gamma where it has a maximum and a mean, else the company's own mean for everybody, and that is said.
          Where its variance is infinite (few purchases, q at most 2), the variance seen among customers is taken.
          Customers whose mean purchase is very large (credibility.largest) shape nobody else's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.customers.value.spend import SpendLevels, fit_spend
from worthline.errors import NotConverged, NotEnoughData
from worthline.stats.maximise import Floats
from worthline.stats.very_large import largest

LEAST = 2.05
"""Shape of a customer's level below which its variance is as good as infinite."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Gamma-Gamma, or one mean for all where `levels` is None."""

    levels: SpendLevels | None
    mean: float
    square: float
    """Mean square of customers' mean purchases."""
    largest: float = float("inf")
    """Mean purchase above which a customer is very large."""

    def expected(self, n: Floats, mean: Floats) -> Floats:
        """Mean of a customer's purchases to come; `n` purchases so far of this `mean`.

        Shapes: `n` (n,) purchases; `mean` (n,), money; gives (n,).
        """
        if self.levels is None:
            return np.where(mean > self.largest, mean, self.mean)
        return self.levels.expected(n, mean)

    def squares(self, n: Floats, mean: Floats) -> tuple[Floats, Floats]:
        """one, two: E[(sum of N purchases)^2] = one * E[N] + two * E[N^2].

        Shapes: `n` (n,) purchases; `mean` (n,), money; gives two of (n,).
        """
        if self.levels is None:
            expected = self.expected(n, mean)
            relative = max(self.square / self.mean**2 - 1, 0.0) if self.mean > 0 else 0.0
            return np.asarray(relative * expected**2), np.asarray(expected**2)
        p, q, gamma = self.levels.p, self.levels.q, self.levels.gamma
        shape = p * n + q
        finite = np.maximum(shape, LEAST)
        inverse = (gamma + n * mean) ** 2 / ((finite - 1) * (finite - 2))
        two = np.where(shape >= LEAST, p**2 * inverse, np.maximum(self.square, self.expected(n, mean) ** 2))
        return np.asarray(two / p), np.asarray(two)

    def slopes(self, n: Floats, mean: Floats) -> Floats:
        """Slope of the expected amount by the logarithm of each parameter, shape (3, n)."""
        if self.levels is None:
            return np.zeros((0, n.size))
        p, q, gamma = self.levels.p, self.levels.q, self.levels.gamma
        below, total = p * n + q - 1, gamma + n * mean
        expected = p * total / below
        return np.array([expected - expected * p * n / below, -expected * q / below, p * gamma / below])

    @property
    def covariance(self) -> Floats:
        """Of the logarithms of the parameters."""
        return np.zeros((0, 0)) if self.levels is None else self.levels.covariance


def fit_amounts(n: Floats, mean: Floats) -> tuple[Amounts, list[str]]:
    """Fit to customers with n >= 1 purchases of this mean; with what could not be fitted, and why.

    Shapes: `n` (n,) purchases; `mean` (n,), money.
    """
    limit = largest(mean)
    body = mean <= limit
    n, mean = n[body], mean[body]
    average = float((n * mean).sum() / n.sum())
    square = float((mean**2).mean())
    try:
        levels = fit_spend(n, mean)
    except (NotEnoughData, NotConverged) as error:
        why = str(error) if isinstance(error, NotEnoughData) else error.plain
        return Amounts(None, average, square, limit), [f"Each purchase counts as the company's average. {why}"]
    if levels.q <= 1:
        why = f"Gamma-Gamma: q is {levels.q:.3g}, so the mean of a purchase would be infinite."
        return Amounts(None, average, square, limit), [f"Each purchase counts as the company's average. {why}"]
    return Amounts(levels, average, square, limit), []
