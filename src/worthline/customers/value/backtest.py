"""How well each model would have told the past: fitted to its first part, held against the rest.

Reads     Standing with what came later; models fitted to what was known then.
Gives     Tested: errors of each model and of two plain rivals; rows of the table backtests.
Method    METHODS.md 3: total error, mean absolute error by customer, and calibration by decile of what was forecast.
          The model with the smallest calibration error is kept. Its rivals are last year's margin again, and the
          average of customers of the same age the year before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.customer_value import CustomerValue, Model
from worthline.stats.intervals import Z95
from worthline.stats.maximise import Floats
from worthline.stats.very_large import largest

AGAIN = "last year's margin again"
AVERAGE = "cohort average"
DECILES = 10
BANDS = (3, 12, 24, 36, 60)
"""Ages in months at which another cohort begins."""


@dataclass(frozen=True, slots=True)
class Score:
    """One forecast held against what came."""

    name: str
    total: float
    """Forecast over actual, less one."""
    low: float
    high: float
    absolute: float
    """Mean absolute error by customer, in money."""
    calibration: float
    """Mean error by decile of the forecast, as a share of the average customer's actual margin."""
    deciles: tuple[float, ...]
    """Forecast less actual by decile, as the same share."""


@dataclass(frozen=True, slots=True)
class Miss:
    """How the forecast that is published would have come out, made `horizon` months earlier."""

    name: str
    horizon: int
    forecast: float
    actual: float
    noise: float
    """Standard deviation of what came, by the forecast itself, as a share of the forecast."""
    customers: int
    with_risk: bool
    """The churn model's chances of that time were in it, each from a model that had not seen the customer."""
    others: tuple[float, float, float] | None = None
    """Forecast, actual and noise of all but the very large customers, where there are any."""

    @property
    def total(self) -> float:
        """Forecast over actual, less one."""
        return self.forecast / self.actual - 1

    def error(self, months: int, noise: float, *, others: bool = False) -> float:
        """Relative error of a forecast over `months`, as this miss tells it; `noise`: that forecast's own.

        `others`: of all but the very large customers, whose luck says nothing of anybody else.

        The miss is one draw of the error, chance included. Noise that this shorter past has over today's forecast is
        taken out. What exceeds all of its noise is taken to grow with the square root of the months ahead: an error of
        the level does not grow, one of churn grows with the months.
        """
        every = (self.forecast, self.actual, self.noise)
        forecast, actual, past = self.others if others and self.others else every
        square = (actual / forecast - 1) ** 2
        own = max(square - max(past**2 - noise**2, 0.0), 0.0)
        beyond = max(square - past**2, 0.0)
        return float(np.sqrt(own + beyond * (max(months / self.horizon, 1.0) - 1)))

    def row(self) -> dict[str, object]:
        """Row of the table backtests."""
        half = Z95 * self.noise * self.forecast / self.actual
        return {
            "model": f"value: {self.name}",
            "horizon": self.horizon,
            "measure": "published_total_error",
            "value": self.total,
            "low": self.total - half,
            "high": self.total + half,
            "n": self.customers,
            "shown": True,
        }


@dataclass(frozen=True, slots=True)
class Tested:
    """All forecasts of one past period."""

    horizon: int
    customers: int
    models: tuple[Score, ...]
    """Best first."""
    rivals: tuple[Score, ...]
    misses: tuple[Miss, ...] = ()
    """Of the published forecast, by horizon."""

    def error(self, months: int, noise: float, *, others: bool = False) -> float:
        """Relative error of the published forecast over `months`: the largest that a horizon up to it tells.

        `others`: of all but the very large customers.
        """
        near = [miss for miss in self.misses if miss.horizon <= months] or list(self.misses)
        return max((miss.error(months, noise, others=others) for miss in near), default=0.0)

    @property
    def best(self) -> Score:
        """The model that is kept."""
        return self.models[0]

    def among(self, names: Collection[str]) -> Tested:
        """The same with the best of the models called so at the head: those that fit today, too."""
        first = next((score for score in self.models if score.name in names), self.models[0])
        return replace(self, models=(first, *(score for score in self.models if score is not first)))

    def rows(self) -> list[dict[str, object]]:
        """Rows of the table backtests."""
        out: list[dict[str, object]] = []
        for score in (*self.models, *self.rivals):
            about = {
                "model": f"value: {score.name}",
                "horizon": self.horizon,
                "n": self.customers,
                "shown": score is self.best,
            }
            measures = {
                "total_error": (score.total, score.low, score.high),
                "mean_absolute_error": (score.absolute, None, None),
                "calibration_error": (score.calibration, None, None),
            } | {f"decile_{i:02d}": (error, None, None) for i, error in enumerate(score.deciles, start=1)}
            out += [
                {**about, "measure": name, "value": value, "low": low, "high": high}
                for name, (value, low, high) in measures.items()
            ]
        return out + [miss.row() for miss in self.misses]


def held(models: list[Model], customers: CustomerArrays, horizon: int, before: CustomerArrays | None) -> Tested | None:
    """Hold forecasts of `horizon` months against what came; `before`: the same customers' past a horizon earlier.

    None where nothing can be told: nobody's later margin is known, or it adds up to nothing.
    """
    customers = customers.only(customers.here & np.isfinite(customers.later))
    actual = customers.later
    if len(customers) < 2 or not models or actual.sum() <= 0:
        return None
    rivals = [(AGAIN, customers.year * horizon / 12)]
    rivals.append((AVERAGE, _average(before, customers, horizon)))
    scores = [_score(model.name, model.expected(customers, horizon), actual) for model in models]
    return Tested(
        horizon,
        len(customers),
        tuple(sorted(scores, key=lambda score: score.calibration)),
        tuple(_score(name, forecast, actual) for name, forecast in rivals),
    )


def miss(
    model: Model, customers: CustomerArrays, horizon: int, given: Floats | None = None, weight: Floats | None = None
) -> Miss | None:
    """Hold the published forecast against what came; `given`: chances of leaving, `weight`: for how many each stands.

    With `given`, of those customers alone of whom a chance is known. None where nothing came or was forecast.
    Shapes: `given` (n,), 0 to 1, NaN where not known; `weight` (n,).
    """
    known = customers.here & np.isfinite(customers.later)
    if given is not None:
        known &= np.isfinite(given)
        given = given[known]
    weight = np.ones(int(known.sum())) if weight is None else weight[known]
    customers = customers.only(known)
    if len(customers) < 2:
        return None
    worth = model.worth(customers, horizon, 1.0, given, bounds=False)
    comparison = _held_against(worth, customers.later, weight)
    if comparison is None:
        return None
    large = np.abs(customers.year) > largest(np.abs(customers.year))
    others = _held_against(worth, customers.later, weight * ~large) if large.any() else None
    return Miss(model.name, horizon, *comparison, len(customers), given is not None, others)


def _held_against(worth: CustomerValue, later: Floats, weight: Floats) -> tuple[float, float, float] | None:
    """Forecast, what came, and the forecast's relative noise; None where either sum is nothing."""
    forecast, actual = float(weight @ worth.value), float(weight @ later)
    if forecast <= 0 or actual <= 0:
        return None
    scale = forecast / float(worth.value.sum())
    variance = float(weight**2 @ worth.variance) + worth.by_parameters * scale**2
    return forecast, actual, variance**0.5 / forecast


def _score(name: str, forecast: Floats, actual: Floats) -> Score:
    total, n = float(actual.sum()), actual.size
    ratio = float(forecast.sum()) / total
    apart = Z95 * float(np.sqrt(n * (forecast - ratio * actual).var())) / total
    order = np.argsort(forecast, kind="stable")
    parts = np.array_split(order, min(DECILES, n))
    errors = [float((forecast[part] - actual[part]).mean() / (total / n)) for part in parts]
    return Score(
        name,
        ratio - 1,
        ratio - 1 - apart,
        ratio - 1 + apart,
        float(np.abs(forecast - actual).mean()),
        float(np.abs(errors).mean()),
        tuple(errors),
    )


def _average(before: CustomerArrays | None, customers: CustomerArrays, horizon: int) -> Floats:
    """What customers of the same age brought in the horizon before, leavers included where that is known."""
    known, brought = customers, customers.year * horizon / 12
    if before is not None:
        earlier = before.only(before.here & np.isfinite(before.later))
        if len(earlier):
            known, brought = earlier, earlier.later
    then, now = (np.searchsorted(BANDS, np.nan_to_num(s.tenure), side="right") for s in (known, customers))
    count = np.bincount(then, minlength=len(BANDS) + 1)
    sums = np.bincount(then, weights=brought, minlength=len(BANDS) + 1)
    each = np.where(count > 0, sums / np.maximum(count, 1), brought.mean())
    return np.asarray(each[now])
