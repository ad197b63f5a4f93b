"""What a customer spends per purchase, drawn towards the average where little is known of them.

Reads     for each customer with repeat purchases: how many, and the mean amount.
Gives     SpendLevels: expected amount per purchase.
Method    Gamma-Gamma by maximum likelihood with its analytic gradient; Fader & Hardie (2013), The Gamma-Gamma model
          of monetary value, equation 1a.
Assumes   amounts above zero, independent of how often a customer buys.
Not for   customers whose amounts are zero or below: they are told apart before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from worthline.errors import NotEnoughData
from worthline.stats.maximise import Floats, LogLikelihood, Maximum, covariance, maximise, polish

MODEL = "Gamma-Gamma"
MANY = 20_000
"""Customers from which on the maximum is looked for among groups of them, and then polished among all."""
WIDTH = 0.01
"""Of a group, in the logarithm of the total."""


@dataclass(frozen=True, slots=True)
class SpendLevels:
    """Amounts ~ Gamma(p, nu), nu ~ Gamma(q, gamma) over customers."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    """Of the logarithms of p, q, gamma."""

    def expected(self, x: Floats, mean: Floats) -> Floats:
        """Mean amount of a customer's purchases to come, equation 5; where x is 0 that of the population.

        Undefined (nan) for the population where q is at most 1: its mean is infinite.
        Shapes: `x` (n,) purchases; `mean` (n,), money; gives (n,).
        """
        below = self.p * x + self.q - 1
        return np.where(below > 0, self.p * (self.gamma + x * mean) / np.where(below > 0, below, 1.0), np.nan)


def fit_spend(x: Floats, mean: Floats) -> SpendLevels:
    """Fit to customers with x >= 1 repeat purchases of positive mean; raises NotEnoughData, NotConverged.

    Shapes: `x` (n,) purchases; `mean` (n,), money.
    """
    if x.size < 3 or (x < 1).any() or not (mean > 0).all():
        raise NotEnoughData(
            f"Gamma-Gamma needs three customers or more, each with repeat purchases above zero; got {x.size}, "
            f"{int((x < 1).sum())} without a repeat purchase, {int((~(mean > 0)).sum())} whose mean is not above zero."
        )
    if np.ptp(mean) == 0:
        raise NotEnoughData(f"All {x.size} customers spend {mean[0]:g} per purchase: there is no spread to fit.")
    level = float(np.median(mean))
    fit = _fit(x, mean / level)  # gamma is money: in rupiah it would lie beyond all parameters that are looked at
    p, q, gamma = fit.parameters.tolist()
    return SpendLevels(
        p=p,
        q=q,
        gamma=gamma * level,
        log_likelihood=fit.log_likelihood - x.size * float(np.log(level)),
        customers=x.size,
        covariance=covariance(_of_customers(x, mean / level), fit.parameters),
    )


def _fit(x: Floats, mean: Floats) -> Maximum:
    """The maximum for amounts around 1."""
    starts = [(1.0, 2.0, 1.0), (6.0, 4.0, 0.5), (2.0, 8.0, 4.0)]
    function = _of_customers(x, mean)
    if x.size > MANY:
        groups = _grouped(x, mean)
        near = maximise(groups, starts, float(x.size), MODEL).parameters
        optimum = polish(function, near, covariance(groups, near), float(x.size))
        if optimum is not None:
            return optimum
        starts = [tuple(near.tolist()), *starts]  # hundreds of purchases each, of which groups know too little
    return maximise(function, starts, float(x.size), MODEL)


def _of_customers(x: Floats, mean: Floats) -> LogLikelihood:
    return likelihood(x, x * mean, np.ones(x.size), np.log(mean))


def log_likelihood(parameters: Floats, x: Floats, mean: Floats) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by p, q, gamma.

    Shapes: `parameters` (p,); `x` (n,) purchases; `mean` (n,), money; gives a number and (p,).
    """
    return _of_customers(x, mean)(parameters)


def likelihood(x: Floats, total: Floats, n: Floats, logs: Floats) -> LogLikelihood:
    """The same as a function that can be asked often, of `n` customers each who spent `total` in `x` purchases.

    `logs`: the sum of the logarithms of their mean amounts.
    Shapes: `x` (n,) purchases; `total` (n,), money; `n`, `logs` (n,).
    """
    levels, by = np.unique(x, return_inverse=True)
    counts, sums = np.bincount(by, weights=n), np.bincount(by, weights=logs)
    everyone = counts.sum()

    def function(parameters: Floats) -> tuple[float, Floats]:
        from scipy.special import digamma, gammaln

        p, q, gamma = parameters
        shape = p * levels
        with_gamma = gamma + total
        far = np.bincount(by, weights=n * np.log(with_gamma))
        value = counts @ (gammaln(shape + q) - gammaln(shape) + shape * np.log(levels))
        value += everyone * (q * np.log(gamma) - gammaln(q)) + (shape - 1) @ sums - (shape + q) @ far
        both = digamma(shape + q)
        gradient = np.array(
            [
                levels @ (counts * (both - digamma(shape) + np.log(levels)) + sums - far),
                counts @ both + everyone * (np.log(gamma) - digamma(q)) - far.sum(),
                everyone * q / gamma - (shape + q) @ np.bincount(by, weights=n / with_gamma),
            ]
        )
        return float(value), gradient

    return function


def _grouped(x: Floats, mean: Floats) -> LogLikelihood:
    """The likelihood with customers of nearly the same total and as many purchases taken together."""
    total = x * mean
    near = np.floor(np.log(total) / WIDTH).astype(np.int64)
    near -= near.min()
    _, first, place = np.unique(x.astype(np.int64) * (near.max() + 1) + near, return_index=True, return_inverse=True)
    n = np.bincount(place).astype(np.float64)
    totals = np.asarray(np.bincount(place, weights=total), dtype=np.float64)
    logs = np.asarray(np.bincount(place, weights=np.log(mean)), dtype=np.float64)
    return likelihood(x[first], totals / n, n, logs)
