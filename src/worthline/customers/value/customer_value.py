"""What a model says customers are worth, whichever model it is.

Gives     Worth: value with its split at month 12 and its variance; the two intervals of the total, of outcomes and
          of what is expected; what a model must be able to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.stats.intervals import Z95
from worthline.stats.maximise import Floats

YEAR = 12
LOW, HIGH = 0.025, 0.975
DOMINATES = 0.5
"""Share of the total's variance from which a customer's own outcome is told apart from that of the others."""


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
        """The same with `given` chances of leaving within a year, where there are any and both sides are known.

        Shapes: `given` (n,), 0 to 1, NaN where not known.
        """
        can = np.isfinite(given) & np.isfinite(self.if_kept) & np.isfinite(self.if_left)
        p = np.where(can, given, self.p_left)
        with np.errstate(invalid="ignore"):
            value = np.where(can, p * self.if_left + (1 - p) * self.if_kept, self.value)
        low, high = np.minimum(self.low, value), np.maximum(self.high, value)
        return replace(self, value=value, p_left=p, low=low, high=high)

    @property
    def sd(self) -> float:
        """Standard deviation of outcomes of the total, not knowing the parameters either."""
        return float(np.sqrt(self.variance.sum() + self.by_parameters))

    @property
    def relative_sd(self) -> float:
        """`sd` as a share of the total; infinite where that is nothing."""
        middle = abs(float(self.value.sum()))
        return self.sd / middle if middle > 0 else float("inf")

    def total(self, error: float = 0.0) -> tuple[float, float, float]:
        """The sum, and the interval that holds 95% of its outcomes.

        `error`: by how much of the sum forecasts like this one miss, beyond what the model knows of. A sum of values
        none of which is below zero follows a gamma distribution, and is not below zero either; else a normal one. A
        customer who dominates stays or leaves: their own interval, not its variance, is added to that of the others.
        """
        middle, alone = float(self.value.sum()), self.dominates
        others = middle - float(self.value[alone].sum())
        variance = float(self.variance[~alone].sum()) + self.by_parameters + (error * middle) ** 2
        below, above = _reach(others, variance**0.5, positive=middle > 0 and not (self.value < 0).any())
        for value, low, high in zip(self.value[alone], self.low[alone], self.high[alone], strict=True):
            below, above = np.hypot(below, value - low), np.hypot(above, high - value)
        return middle, middle - float(below), middle + float(above)

    @property
    def dominates(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Customers whose own outcome makes most of what is unsure of the total, where there are others."""
        whole = float(self.variance.sum())
        return np.asarray((self.variance > DOMINATES * whole) & (self.variance.size > 1))

    def bounded(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], own: CustomerValue) -> CustomerValue:
        """The same with the intervals of `own` for some of the customers.

        Shapes: `rows` (n,).
        """
        low, high = self.low.copy(), self.high.copy()
        low[rows], high[rows] = own.low, own.high
        return replace(self, low=low, high=high)

    def with_leaving(self, error: float, given: Floats) -> CustomerValue:
        """The same with the level of the `given` chances of leaving known to this relative standard `error` only.

        Shapes: `given` (n,), 0 to 1, NaN where not known.
        """
        known = np.isfinite(given)
        with np.errstate(invalid="ignore"):
            apart = np.nan_to_num(self.p_left * (self.if_kept - self.if_left))
        return replace(self, by_parameters=self.by_parameters + (error * float(apart[known].sum())) ** 2)

    def widened(self, error: float) -> CustomerValue:
        """The same with each customer's interval wider by the `error` of forecasts like this one, as `total` is."""
        more = Z95 * error * np.abs(self.value)
        low, high = (
            self.value - np.hypot(self.value - self.low, more),
            self.value + np.hypot(self.high - self.value, more),
        )
        low = np.where(self.low >= 0, np.maximum(low, 0.0), low)
        return replace(self, low=low, high=high)

    def expected_total(self) -> tuple[float, float]:
        """95% interval of the sum's expected value: only the parameters of the population are unsure."""
        middle, sd = float(self.value.sum()), float(np.sqrt(self.by_parameters))
        return middle - Z95 * sd, middle + Z95 * sd


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
        self,
        customers: CustomerArrays,
        months: int,
        monthly: float,
        given: Floats | None = None,
        *,
        bounds: bool = True,
    ) -> CustomerValue:
        """Net margin over the months ahead; `monthly`: what one unit in a month's time is worth now.

        `given`: each customer's chance of leaving within a year where something else knows it better, else nan.
        Shapes: `given` (n,), 0 to 1, NaN where not known.
        """
        ...


CLEAR = 3.0
"""Log-likelihood by which a model is clearly better; with one parameter more, by chance in 1 of 70."""


def outdone(likelihoods: Mapping[str, float], rivals: Sequence[tuple[str, str, int]]) -> set[str]:
    """Names of models that a rival outdoes on the same data; `rivals`: (special case, general model, more parameters).

    All customers' lives tell models apart more surely than the backtest of one past year: the special case goes where
    the general model fits clearly better, and that one where it gains less than its parameters cost (AIC).
    """
    gone: set[str] = set()
    for special, general, more in rivals:
        if special in likelihoods and general in likelihoods and not {special, general} & gone:
            gain = likelihoods[general] - likelihoods[special]
            if gain > CLEAR + more - 1:
                gone.add(special)
            elif gain < more:
                gone.add(general)
    return gone


def _reach(mean: float, sd: float, *, positive: bool) -> tuple[float, float]:
    """How far the 95% interval of a sum goes below and above its mean; `positive`: no part of it is below zero."""
    if sd <= 0 or not positive or mean <= 0:
        return Z95 * sd, Z95 * sd
    low, high = _gamma(mean, sd)
    return mean - low, high - mean


def _gamma(mean: float, sd: float) -> tuple[float, float]:
    """What 2.5% and 97.5% of a gamma distribution of this mean and standard deviation lie below."""
    from scipy.special import gammaincinv

    shape = (mean / sd) ** 2
    if shape > 1e8:  # the gamma is a normal to nine digits
        return mean - Z95 * sd, mean + Z95 * sd
    low, high = (float(gammaincinv(shape, q)) * mean / shape for q in (LOW, HIGH))
    return low, high


def quadratic(slopes: Floats, covariance: Floats) -> Floats:
    """Variance of what has these slopes (parameters first) by parameters of this covariance.

    Shapes: `slopes` (p, ...); `covariance` (p, p); gives (...).
    """
    if not covariance.size:
        return np.zeros(slopes.shape[1:])
    return np.asarray(np.einsum("i...,ij,j...->...", slopes, covariance, slopes))
