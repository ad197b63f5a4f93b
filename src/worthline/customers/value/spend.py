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

from worthline.customers.value.maximise import Floats, covariance, maximise
from worthline.errors import NotEnoughData


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
        """
        below = self.p * x + self.q - 1
        return np.where(below > 0, self.p * (self.gamma + x * mean) / np.where(below > 0, below, 1.0), np.nan)


def fit_spend(x: Floats, mean: Floats) -> SpendLevels:
    """Fit to customers with x >= 1 repeat purchases of positive mean; raises NotEnoughData, NotConverged."""
    if x.size < 3 or (x < 1).any() or not (mean > 0).all():
        raise NotEnoughData(
            f"Gamma-Gamma needs three customers or more, each with repeat purchases above zero; got {x.size}, "
            f"{int((x < 1).sum())} without a repeat purchase, {int((~(mean > 0)).sum())} whose mean is not above zero."
        )
    if np.ptp(mean) == 0:
        raise NotEnoughData(f"All {x.size} customers spend {mean[0]:g} per purchase: there is no spread to fit.")
    level = float(np.median(mean))
    starts = [(1.0, 2.0, level), (6.0, 4.0, level / 2), (2.0, 8.0, level * 4)]

    def function(parameters: Floats) -> tuple[float, Floats]:
        return log_likelihood(parameters, x, mean)

    found = maximise(function, starts, float(x.size), "Gamma-Gamma")
    p, q, gamma = found.parameters.tolist()
    return SpendLevels(p, q, gamma, found.log_likelihood, x.size, covariance(function, found.parameters))


def log_likelihood(parameters: Floats, x: Floats, mean: Floats) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by p, q, gamma."""
    from scipy.special import digamma, gammaln

    p, q, gamma = parameters
    total = np.log(gamma + x * mean)
    each = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
    each = each + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * total
    gradient = np.array(
        [
            (x * (digamma(p * x + q) - digamma(p * x) + np.log(mean) + np.log(x) - total)).sum(),
            (digamma(p * x + q) - digamma(q) + np.log(gamma) - total).sum(),
            (q / gamma - (p * x + q) / (gamma + x * mean)).sum(),
        ]
    )
    return float(each.sum()), gradient
