"""What came of a change that reached some units (stores, regions) earlier than others. Wraps diff-diff; numpy only.

Reads     y (units, periods), and for each unit the first period with the change, -1 for never.
Gives     EventStudy: effects by periods since the start with their covariance, and what it leaves after earlier
          differences; Synthetic: synthetic difference-in-differences beside plain difference and synthetic control.
Method    staggered starts: Callaway & Sant'Anna (2021), J. Econometrics 225, 200-230, doubly robust (Sant'Anna & Zhao
          2020), never-treated units as controls, else those not yet reached. One start: Arkhangelsky, Athey,
          Hirshberg, Imbens & Wager (2021), American Economic Review 111, 4088-4118, placebo variance. Bounds: Rambachan
          & Roth (2023), Review of Economic Studies 90, 2555-2591, relative magnitudes. The library is diff-diff 3.13.
Assumes   without the change, units reached early and late would have moved alike; a unit reached stays reached.
Not for   single customers: their lots are experiments.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from worthline.errors import NotEnoughData
from worthline.stats.experiments import Amount

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER = -1
LEAST_UNITS = 20
"""Units below which a normal interval is not trusted: METHODS 8 asks for randomisation inference there."""
BLOCKS = 3
"""Stretches of the past by which trends before the start are compared."""
SWEEPS = 1000
PLACEBOS = 200
DRAWS = 999


@dataclass(frozen=True)
class EventStudy:
    """Effects by period since the start (0: its first period); the period before it is the base, and 0."""

    periods: Ints
    effects: Floats
    covariance: Floats
    units: int
    treated: int
    controls: str
    """never treated, or not yet treated."""
    container: Any
    """diff-diff's own, for its bounds."""

    def total(self, weights: dict[int, float]) -> Amount:
        """The sum of effects times weights by period; raises NotEnoughData where a period is not there."""
        vector = np.zeros(len(self.periods))
        for period, weight in weights.items():
            if period == -1:
                continue  # the base, 0 by definition
            place = np.flatnonzero(self.periods == period)
            if not place.size:
                raise NotEnoughData(f"No unit is seen {period} periods from its start.")
            vector[place[0]] += weight
        variance = float(vector @ self.covariance @ vector)
        return Amount(float(vector @ self.effects), sqrt(max(variance, 0.0)), float(self.units - 1))

    def over(self, horizon: int) -> Amount:
        """The sum over periods 1 .. horizon after the period of the start."""
        return self.total(dict.fromkeys(range(1, horizon + 1), 1.0))

    def less_earlier(self, horizon: int) -> Amount:
        """`over` less the same sum measured as if the change had come horizon + 1 periods earlier, when none had.

        A difference that grows by the same amount each period cancels. Raises NotEnoughData for too short a past.
        """
        weights = dict.fromkeys(range(1, horizon + 1), 1.0)
        for period in range(-horizon, 0):
            weights[period] = weights.get(period, 0.0) - 1.0
        base = -horizon - 2
        weights[base] = weights.get(base, 0.0) + horizon
        return self.total(weights)

    def pre_trend(self) -> float:
        """p-value that effects before the start are nothing; nan where none is known.

        A Wald test of means over at most BLOCKS stretches of the past, F by the units: with nearly as many periods as
        units the covariance of single periods is no measure of their chance.
        """
        before = np.flatnonzero(self.periods < -1)
        if not before.size:
            return float("nan")
        blocks = np.array_split(before, min(BLOCKS, before.size))
        means = np.zeros((len(blocks), len(self.periods)))
        for row, block in enumerate(blocks):
            means[row, block] = 1 / len(block)
        effects, covariance = means @ self.effects, means @ self.covariance @ means.T
        rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
        if rank == 0 or self.units - rank <= 0:
            return float("nan")
        wald = float(effects @ np.linalg.pinv(covariance, hermitian=True) @ effects)
        # Hotelling's scaling: a Wald statistic of `rank` means from `units` units.
        scaled = wald * (self.units - rank) / (rank * (self.units - 1))
        return float(scipy.stats.f.sf(scaled, rank, self.units - rank))

    def bounds(self, horizon: int, magnitude: float = 1.0) -> tuple[float, float]:
        """Interval of `over` if trends after the start break by at most `magnitude` times the largest break before."""
        import diff_diff

        if not np.diag(self.covariance).any():
            raise ValueError("Nothing varies between units: there is no break of trends to bound.")
        post = self.periods[self.periods >= 0]
        weights = np.where((post >= 1) & (post <= horizon), 1.0, 0.0)
        with _quiet():
            honest = diff_diff.HonestDiD(method="relative_magnitude", M=magnitude, l_vec=weights).fit(self.container)
        return float(honest.ci_lb), float(honest.ci_ub)


@dataclass(frozen=True, slots=True)
class Synthetic:
    """The mean effect a period on the units reached, three ways."""

    estimate: float
    """Synthetic difference-in-differences."""
    error: float
    p_placebo: float
    """Share of units that were not reached whose own such estimate is at least as large: randomisation inference."""
    difference: float
    """Plain difference-in-differences."""
    synthetic_control: float
    units: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided, normal."""
        half = float(scipy.stats.norm.ppf(0.5 + level / 2)) * self.error
        return self.estimate - half, self.estimate + half


def event_study(y: Floats, start: Ints) -> EventStudy:
    """Effects by period since the start; raises NotEnoughData where nothing can be compared.

    Shapes: `y` (units, periods); `start` (units,) periods.
    """
    import diff_diff

    never = start == NEVER
    treated = ~never & (start > 0)
    if not treated.any() or (not never.any() and len(np.unique(start[treated])) < 2):
        raise NotEnoughData("No unit is left to compare: all were reached in the same period, or before the record.")
    is_usable = never | treated
    y, start = y[is_usable], start[is_usable]
    controls = "never_treated" if never.sum() >= 2 else "not_yet_treated"
    model = diff_diff.CallawaySantAnna(control_group=controls, base_period="universal")
    with _quiet():
        fitted = model.fit(_long(y, start), outcome="y", unit="unit", time="time", first_treat="start")
        container = fitted.aggregate("event_study")
    times = np.asarray(container.vcov_index, dtype=np.int64)
    position = {int(t): k for k, t in enumerate(np.asarray(container.event_time))}
    effects = np.asarray(container.att, dtype=np.float64)[[position[int(t)] for t in times]]
    # The base period has no effect of its own; where nothing varies, a variance of nought is no missing one.
    is_estimated = np.isfinite(effects) & np.isfinite(np.diag(container.vcov)) & (times != -1)
    return EventStudy(
        periods=times[is_estimated],
        effects=effects[is_estimated],
        covariance=np.asarray(container.vcov, dtype=np.float64)[np.ix_(is_estimated, is_estimated)],
        units=len(y),
        treated=int((start != NEVER).sum()),
        controls=controls.replace("_", " "),
        container=container,
    )


def synthetic(y: Floats, treated: Ints, first: int, seed: int = 0) -> Synthetic:
    """Units `treated` were reached in period `first`, the others never; raises NotEnoughData.

    Shapes: `y` (units, periods); `treated` (units treated,) places of units.
    """
    others = np.setdiff1d(np.arange(len(y)), treated)
    if len(others) < 3 or first < 2 or first >= y.shape[1]:
        raise NotEnoughData(f"{len(others)} units not reached and {first} periods before; 3 and 2 are needed.")
    estimate, error = _sdid(y, treated, first, seed, PLACEBOS)
    placebos = [_sdid(y[others], np.array([k]), first, seed, 0)[0] for k in range(len(others))]
    larger = sum(abs(placebo) >= abs(estimate) for placebo in placebos)
    own, controls = y[treated].mean(axis=0), y[others]
    plain = own[first:].mean() - own[:first].mean() - (controls[:, first:].mean() - controls[:, :first].mean())
    weights = _simplex(controls[:, :first].T, own[:first])
    control = float((own - weights @ controls)[first:].mean())
    return Synthetic(estimate, error, (1 + larger) / (1 + len(placebos)), float(plain), control, len(y))


@dataclass(frozen=True, slots=True)
class Total:
    """An effect summed over all units reached and the periods in which somebody was not reached yet."""

    sum: Amount
    last: int
    """Last period that has a comparison; later ones are not in the sum."""


def imputed_total(y: Floats, start: Ints, weight: Floats, first: int) -> Total:
    """Sum of weight x effect over units reached, periods `first` on: what the others' course would have made of them.

    Unit and period effects are learnt from cells not reached yet (Borusyak, Jaravel & Spiess 2024, Review of Economic
    Studies 91, 3253-3285); the error is the jackknife by unit, which needs no count of units by start. `first` is the
    period in which all units stood alike. Raises NotEnoughData where no period has both kinds.
    Shapes: `y` (units, periods); `start` (units,) periods; `weight` (units,).
    """
    periods = np.arange(y.shape[1])[None, :]
    reached = np.asarray((start[:, None] >= 0) & (periods >= start[:, None]), dtype=np.bool_)
    compared: NDArray[np.bool_] = np.logical_not(reached)
    compared[:, :first] = False
    has_comparison: NDArray[np.bool_] = np.any(compared, axis=0)
    cells: NDArray[np.bool_] = np.logical_and(reached, has_comparison)
    cells[:, :first] = False
    if not cells.any() or not compared.any(axis=1).all():
        raise NotEnoughData("No month holds members that were reached beside others that were not yet.")
    whole = _imputed(y, compared, cells, weight)
    size, parts = float(weight.sum()), []
    for unit in range(len(y)):
        rest = np.arange(len(y)) != unit
        parts.append(_imputed(y[rest], compared[rest], cells[rest], weight[rest]) * size / float(weight[rest].sum()))
    spread = np.asarray(parts) - np.mean(parts)
    count = len(y)
    error = sqrt((count - 1) / count * float(spread @ spread))
    return Total(Amount(whole, error, float(count - 1)), int(np.flatnonzero(has_comparison & cells.any(axis=0)).max()))


def _imputed(y: Floats, compared: NDArray[np.bool_], cells: NDArray[np.bool_], weight: Floats) -> float:
    """Least squares of unit and period effects over the cells compared, by sweeping until nothing moves."""
    rows, columns = compared.sum(axis=1), compared.sum(axis=0)
    period = np.zeros(y.shape[1])
    for _ in range(SWEEPS):
        unit = np.where(compared, y - period, 0.0).sum(axis=1) / rows
        before = period
        period = np.where(compared, y - unit[:, None], 0.0).sum(axis=0) / np.maximum(columns, 1)
        if float(np.abs(period - before).max()) <= 1e-10 * max(float(np.abs(period).max()), 1e-300):
            break
    usable = cells & (columns > 0)[None, :]
    return float((np.where(usable, y - unit[:, None] - period[None, :], 0.0) * weight[:, None]).sum())


def permuted(y: Floats, start: Ints, horizon: int, seed: int = 0) -> float:
    """p-value of `over` by dealing the starts anew among the units: exact however few there are.

    Shapes: `y` (units, periods); `start` (units,) periods; gives a number.
    """
    observed = abs(event_study(y, start).over(horizon).estimate)
    random = np.random.Generator(np.random.Philox(seed))
    larger, draws = 0, 0
    for _ in range(DRAWS // 10):
        try:
            draw = event_study(y, random.permutation(start)).over(horizon).estimate
        except NotEnoughData:
            continue
        draws += 1
        larger += abs(draw) >= observed * (1 - 1e-9)
    return (1 + larger) / (1 + draws)


def _sdid(y: Floats, treated: Ints, first: int, seed: int, placebos: int) -> tuple[float, float]:
    import diff_diff

    reached = np.isin(np.arange(len(y)), treated)
    data = _long(y, np.where(reached, first, NEVER))
    data["reached"] = np.repeat(reached.astype(int), y.shape[1])
    model = diff_diff.SyntheticDiD(variance_method="placebo", n_bootstrap=max(placebos, 2), seed=seed)
    with _quiet():
        fitted = model.fit(
            data,
            outcome="y",
            treatment="reached",
            unit="unit",
            time="time",
            post_periods=list(range(first + 1, y.shape[1] + 1)),
        )
    return float(fitted.att), float(fitted.se)


def _long(y: Floats, start: Ints) -> Any:
    import pandas as pd

    units, periods = y.shape
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "time": np.tile(np.arange(1, periods + 1), units),
            "y": y.reshape(-1),
            # The library counts periods from 1 and takes 0 for never.
            "start": np.repeat(np.where(start == NEVER, 0, start + 1), periods),
        }
    )


def _simplex(x: Floats, y: Floats) -> Floats:
    """Weights of at least nothing that sum to 1 and bring x @ weights near to y.

    Frank & Wolfe (1956) with exact steps, once sparsified, as in the algorithm that Arkhangelsky et al. publish with
    their paper: the minimum is flat, and where one stops is part of the published value.
    """
    spread = float(np.std(np.diff(x, axis=0), ddof=1))
    least = (1e-5 * spread) ** 2
    weights = _frank_wolfe(x, y, np.full(x.shape[1], 1.0 / x.shape[1]), least, 100)
    weights = np.where(weights <= weights.max() / 4, 0.0, weights)
    return _frank_wolfe(x, y, weights / weights.sum(), least, 10_000)


def _frank_wolfe(x: Floats, y: Floats, weights: Floats, least: float, steps: int) -> Floats:
    """Steps towards the corner that lessens the squares most, until a step gains less than `least` on average."""
    before = np.inf
    for _ in range(steps):
        residual = x @ weights - y
        value = float((residual @ residual) / len(y))
        if before - value < least:
            break
        before = value
        corner = int(np.argmin(x.T @ residual))
        towards = -weights
        towards[corner] += 1.0
        moved = x @ towards
        length = float(moved @ moved)
        if length <= 0:
            break
        weights = weights + towards * min(max(-float(residual @ moved) / length, 0.0), 1.0)
    return weights


@contextmanager
def _quiet() -> Iterator[None]:
    """The library warns of what is checked here and told beside the effect."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
