"""What a model says customers are worth, whichever model it is.

Gives     Worth: value with its split at month 12 and its variance; the two intervals of the total, of outcomes and
          of what is expected; what a model must be able to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.stats.maximise import Floats

YEAR = 12
LOW, HIGH = 0.025, 0.975
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Expected discounted net margin by customer, given that they are here today; arrays of one length."""

    value: Floats
    if_kept: Floats
    """Given that they do not leave in the next twelve months; nan where that cannot be."""
    if_left: Floats
    p_left: Floats
    """value = p_left * if_left + (1 - p_left) * if_kept."""
    low: Floats
    high: Floats
    """Outcomes: 95% of them lie between."""
    variance: Floats
    """Of outcomes, given the parameters."""
    by_parameters: float
    """Variance of the total that comes from not knowing the parameters."""

    def split_by(self, given: Floats) -> CustomerValue:
        """The same with `given` chances of leaving within a year, where there are any and both sides are known."""
        can = np.isfinite(given) & np.isfinite(self.if_kept) & np.isfinite(self.if_left)
        p = np.where(can, given, self.p_left)
        with np.errstate(invalid="ignore"):
            value = np.where(can, p * self.if_left + (1 - p) * self.if_kept, self.value)
        low, high = np.minimum(self.low, value), np.maximum(self.high, value)
        return replace(self, value=value, p_left=p, low=low, high=high)

    def total(self) -> tuple[float, float, float]:
        """The sum, and the interval that holds 95% of its outcomes (normal: many customers, each a small part)."""
        middle = float(self.value.sum())
        sd = float(np.sqrt(self.variance.sum() + self.by_parameters))
        return middle, middle - Z * sd, middle + Z * sd

    def expected_total(self) -> tuple[float, float]:
        """95% interval of the sum's expected value: only the parameters of the population are unsure."""
        middle, sd = float(self.value.sum()), float(np.sqrt(self.by_parameters))
        return middle - Z * sd, middle + Z * sd


class Model(Protocol):
    """A model fitted to a company's customers."""

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    def expected(self, customers: CustomerArrays, months: int) -> Floats:
        """Net margin expected in the months ahead, not discounted."""
        ...

    def worth(
        self, customers: CustomerArrays, months: int, monthly: float, given: Floats | None = None
    ) -> CustomerValue:
        """Net margin over the months ahead; `monthly`: what one unit in a month's time is worth now.

        `given`: each customer's chance of leaving within a year where something else knows it better, else nan.
        """
        ...


def quadratic(slopes: Floats, covariance: Floats) -> Floats:
    """Variance of what has these slopes (parameters first) by parameters of this covariance."""
    if not covariance.size:
        return np.zeros(slopes.shape[1:])
    return np.asarray(np.einsum("i...,ij,j...->...", slopes, covariance, slopes))
