"""What several initiatives did together, shared between them. numpy only.

Reads     one value per customer (what the months brought, adjusted for what was known before), and for each trial
          whether the customer was assigned to it, and to a treatment: shapes (customers,) and (customers, trials).
Gives     Split: each trial's Shapley share of what trials did, what could not be shared, and their errors.
Method    customers who were in the same trials are alike but for the lots that were drawn. Among them, v(S) is the mean
          of those treated by exactly the trials S. A customer treated by T gives trial k the Shapley value
          sum over S in T without k of |S|! (|T| - |S| - 1)! / |T|! (v(S + k) - v(S))   (Shapley 1953)
          which adds up to v(T) - v(nothing). Where one of these cells has fewer than LEAST customers the shares are
          additive: each trial's own effect; what v(T) - v(nothing) is beyond their sum, where known, is interaction.
Assumes   each trial drew by a lot of its own. Errors: independent customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import factorial, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST = 200
"""Customers of a cell below which its mean is not used."""
Cell = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Totals over all treated customers, in units of the value; `errors` beside `shares`, both by trial."""

    shares: Floats
    errors: Floats
    interaction: float
    treated: NDArray[np.int64]
    """Customers treated by each trial."""
    additive: NDArray[np.int64]
    """Of them those whose cells were too small, so that the share is the trial's own effect."""


@dataclass
class _Sums:
    """Weights of cell means in each share, collected before errors are taken."""

    weights: dict[tuple[int, Cell, Cell], float] = field(default_factory=dict)
    interaction: float = 0.0

    def add(self, trial: int, among: Cell, treated: Cell, weight: float) -> None:
        key = (trial, among, treated)
        self.weights[key] = self.weights.get(key, 0.0) + weight


def split(value: Floats, assigned: Bools, treated: Bools) -> Split:
    """Share what the trials did; `assigned` and `treated` have shape (customers, trials)."""
    trials = assigned.shape[1]
    cells = _cells(value, assigned, treated)
    own = [_own(value, assigned[:, k], treated[:, k]) for k in range(trials)]
    sums, shares = _Sums(), np.zeros(trials)
    variance, counts, additive = np.zeros(trials), np.zeros(trials, np.int64), np.zeros(trials, np.int64)
    by_own = np.zeros(trials)
    for (among, given), (n, _, _) in cells.items():
        for k in given:
            counts[k] += n
        known = all((among, s) in cells and cells[among, s][0] >= LEAST for s in _subsets(given))
        if given and known:
            _shapley(sums, among, given, n)
        elif given:
            for k in given:
                by_own[k] += n
                additive[k] += n
            sums.interaction += _beyond(cells, among, given, own, n)
    for (k, among, s), weight in sums.weights.items():
        n, mean, spread = cells[among, s]
        shares[k] += weight * mean
        variance[k] += weight**2 * spread / n
    for k in range(trials):
        shares[k] += by_own[k] * own[k][0]
        variance[k] += (by_own[k] * own[k][1]) ** 2
    return Split(shares, np.sqrt(variance), sums.interaction, counts, additive)


def _cells(value: Floats, assigned: Bools, treated: Bools) -> dict[tuple[Cell, Cell], tuple[int, float, float]]:
    """(trials that the customers were in, trials that treated them) -> customers, mean, variance."""
    codes = np.column_stack([assigned, treated & assigned]).astype(np.int8)
    kinds, which = np.unique(codes, axis=0, return_inverse=True)
    trials = assigned.shape[1]
    cells = {}
    for number, kind in enumerate(kinds):
        values = value[which.ravel() == number]
        key = tuple(np.flatnonzero(kind[:trials]).tolist()), tuple(np.flatnonzero(kind[trials:]).tolist())
        spread = float(values.var(ddof=1)) if len(values) > 1 else 0.0
        cells[key] = (len(values), float(values.mean()), spread)
    return cells


def _own(value: Floats, assigned: Bools, treated: Bools) -> tuple[float, float]:
    """A trial's own effect a customer, against its own control group, and its error; nothing where an arm is empty."""
    arms = value[assigned & treated], value[assigned & ~treated]
    if min(len(arm) for arm in arms) < 2:
        return 0.0, 0.0
    error = sqrt(sum(float(arm.var(ddof=1)) / len(arm) for arm in arms))
    return float(arms[0].mean() - arms[1].mean()), error


def _subsets(given: Cell) -> list[Cell]:
    return [subset for size in range(len(given) + 1) for subset in combinations(given, size)]


def _shapley(sums: _Sums, among: Cell, given: Cell, n: int) -> None:
    """Add the Shapley values of `n` customers treated by `given`, as weights of cell means."""
    whole = factorial(len(given))
    for k in given:
        for subset in _subsets(tuple(t for t in given if t != k)):
            weight = n * factorial(len(subset)) * factorial(len(given) - len(subset) - 1) / whole
            sums.add(k, among, tuple(sorted((*subset, k))), weight)
            sums.add(k, among, subset, -weight)


def _beyond(
    cells: dict[tuple[Cell, Cell], tuple[int, float, float]],
    among: Cell,
    given: Cell,
    own: list[tuple[float, float]],
    n: int,
) -> float:
    """What a cell brought beyond its trials' own effects; nothing where it, or the untreated, are too few."""
    untreated = cells.get((among, ()), (0, 0.0, 0.0))
    if len(given) < 2 or min(n, untreated[0]) < LEAST:
        return 0.0
    return n * (cells[among, given][1] - untreated[1] - sum(own[k][0] for k in given))
