"""What a treatment does to each unit: the doubly robust learner, cross-fitted. numpy and LightGBM.

Reads     covariates x (n, p) of about unit scale, outcome y (n,), treated d (n,), the chance of treatment (n,).
Gives     Learned: an effect for any row; for the rows told, an effect by models that never saw them, and their pseudo-
          outcome, whose mean over any group is the group's effect.
Method    Kennedy (2023), Electronic Journal of Statistics 17, 3008-3049, algorithm 1: the pseudo-outcome
          mu1(x) - mu0(x) + (d - e) / (e (1 - e)) (y - mu_d(x)), nuisances learnt in other folds, is regressed on x.
          Means by ridge regression; the second stage stacks three learners by least out-of-fold loss: a constant, a
          ridge regression whose lines may bend, and boosted trees (weights not below zero that sum to at most one), so
          that nothing but the average is told where nothing else holds out of fold. Folds within folds: what is told
          for a row comes from nuisances and a second stage that both were learnt without it.
Assumes   treatment was assigned by lot with the chance given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worthline.stats import cross_fitting
from worthline.stats.boosted_regression import BoostedRegression, curve

if TYPE_CHECKING:
    from worthline.stats.boosted_classification import Fold

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOLDS, INNER = 4, 3
RIDGES = (0.003, 0.03, 0.3)
"""Penalties of the second stage's slopes, in rows: share of the rows learnt from that a slope of nothing is worth."""
BENDS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Quantiles of a covariate at which its slope may bend."""
FEW_FOR_TREES = 2_000
"""Rows below which neither trees nor bends are tried: they would learn the noise of pseudo-outcomes."""
SEED = 20_261_130


@dataclass(frozen=True)
class Effects:
    """An effect for any row: constant + slopes + trees, each with its share."""

    mean: float
    slopes: Floats
    """On centred terms, after the share of the ridge regression."""
    centre: Floats
    trees: BoostedRegression | None
    trees_share: float
    knots: Floats | None = None
    """Where slopes may bend, shape (bends, p); None: straight lines."""

    @property
    def is_constant(self) -> bool:
        """Whether nothing but the average held out of fold."""
        return self.trees_share == 0 and not np.any(self.slopes)

    def __call__(self, x: Floats) -> Floats:
        """The effect of rows (n,)."""
        effect = self.mean + (_terms(x, self.knots) - self.centre) @ self.slopes
        if self.trees is not None and self.trees_share > 0:
            effect = effect + self.trees_share * (self.trees(x) - self.trees.mean)
        return np.asarray(effect)


@dataclass(frozen=True)
class Learned:
    """What was learnt from one experiment."""

    effects: Effects
    """From all rows, for rows that are not told."""
    told: Floats
    """Effect of each row by models that never saw it, shape (n,)."""
    pseudo: Floats
    """Pseudo-outcome of each row, its nuisances learnt without it, shape (n,)."""


def learn(
    x: Floats, y: Floats, treated: Bools, chance: Floats, *, cluster: Ints | None = None, seed: int = SEED
) -> Learned:
    """The effect of a treatment on y, by x; rows of one `cluster` (numbered from 0) share a fold.

    Shapes: `x` (n, k); `y`, `treated`, `cluster` (n,); `chance` (n,), 0 to 1.
    """
    n = len(y)
    numbers = np.arange(n) if cluster is None else cluster
    fold = cross_fitting.folds_of(numbers, FOLDS, seed)
    pseudo, predicted = np.empty(n), np.empty(n)
    for k in range(FOLDS):
        held_out = fold == k
        rows = np.flatnonzero(~held_out)
        inner = cross_fitting.folds_of(numbers[rows], INNER, seed + 1 + k)
        own = pseudo_outcomes(x[rows], y[rows], treated[rows], chance[rows], inner)
        predicted[held_out] = second_stage(x[rows], own, inner)(x[held_out])
        mu = [_ridge(x[rows[arm]], y[rows[arm]], RIDGES[0])(x[held_out]) for arm in (treated[rows], ~treated[rows])]
        pseudo[held_out] = _pseudo(y[held_out], treated[held_out], chance[held_out], mu[0], mu[1])
    return Learned(second_stage(x, pseudo, fold), predicted, pseudo)


def pseudo_outcomes(x: Floats, y: Floats, treated: Bools, chance: Floats, fold: Ints) -> Floats:
    """Pseudo-outcome of each row, its means learnt in the other folds.

    Shapes: `x` (n, k); `y`, `treated`, `fold` (n,); `chance` (n,), 0 to 1; gives (n,).
    """
    mu = [np.empty(len(y)), np.empty(len(y))]
    for k in range(int(fold.max()) + 1):
        held_out = fold == k
        for arm, is_arm in enumerate((treated, ~treated)):
            rows = ~held_out & is_arm
            mu[arm][held_out] = _ridge(x[rows], y[rows], RIDGES[0])(x[held_out])
    return _pseudo(y, treated, chance, mu[0], mu[1])


def _pseudo(y: Floats, treated: Bools, chance: Floats, mu1: Floats, mu0: Floats) -> Floats:
    """Kennedy's equation 2."""
    own = np.where(treated, mu1, mu0)
    return np.asarray(mu1 - mu0 + (treated - chance) / (chance * (1 - chance)) * (y - own))


def second_stage(x: Floats, pseudo: Floats, fold: Ints) -> Effects:
    """The regression of pseudo-outcomes on x.

    Shapes: `x` (n, k); `pseudo`, `fold` (n,).
    """
    ridge, knots, slopes_told = _best_ridge(x, pseudo, fold)
    trees, trees_told = None, np.zeros(len(x))
    if len(x) >= FEW_FOR_TREES:
        folds: list[Fold] = [(fold != k, fold == k) for k in range(int(fold.max()) + 1)]
        trees, predicted = curve(x, pseudo, np.ones(len(x)), [], folds)
        for k in range(int(fold.max()) + 1):
            trees_told[fold == k] = predicted[fold == k] - pseudo[fold != k].mean()
    left = pseudo.copy()
    for k in range(int(fold.max()) + 1):
        left[fold == k] -= pseudo[fold != k].mean()
    linear_share, trees_share = _shares(left, slopes_told, trees_told)
    fitted = _ridge(_terms(x, knots), pseudo, ridge)
    return Effects(float(pseudo.mean()), linear_share * fitted.slopes, fitted.centre, trees, trees_share, knots)


@dataclass(frozen=True, slots=True)
class _Ridge:
    mean: float
    slopes: Floats
    centre: Floats

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(self.mean + (x - self.centre) @ self.slopes)


def _ridge(x: Floats, y: Floats, ridge: float) -> _Ridge:
    """Least squares with a penalty on the slopes, as a share of the rows."""
    if not len(y):
        return _Ridge(0.0, np.zeros(x.shape[1]), np.zeros(x.shape[1]))
    centre, mean = x.mean(axis=0), float(y.mean())
    centred = x - centre
    gram = centred.T @ centred + (ridge * len(y) + 1e-9) * np.eye(x.shape[1])
    return _Ridge(mean, np.linalg.solve(gram, centred.T @ (y - mean)), centre)


def _best_ridge(x: Floats, y: Floats, fold: Ints) -> tuple[float, Floats | None, Floats]:
    """The penalty and the bends that err least out of fold, and what they tell beyond the mean, out of fold."""
    bends = np.quantile(x, BENDS, axis=0) if len(x) >= FEW_FOR_TREES and x.shape[1] else None
    best: tuple[float, float, Floats | None, Floats] | None = None
    for knots in (None,) if bends is None else (None, bends):
        terms = _terms(x, knots)
        predicted = {ridge: np.empty(len(y)) for ridge in RIDGES}
        loss = dict.fromkeys(RIDGES, 0.0)
        for k in range(int(fold.max()) + 1):
            held_out = fold == k
            for ridge, fitted in zip(RIDGES, _ridges(terms[~held_out], y[~held_out]), strict=True):
                predicted[ridge][held_out] = (terms[held_out] - fitted.centre) @ fitted.slopes
                loss[ridge] += float(((y[held_out] - fitted.mean - predicted[ridge][held_out]) ** 2).sum())
        for ridge in RIDGES:
            if best is None or loss[ridge] < best[0]:
                best = (loss[ridge], ridge, knots, predicted[ridge])
    assert best is not None
    return best[1], best[2], best[3]


def _terms(x: Floats, knots: Floats | None) -> Floats:
    """The columns, and what each is beyond each knot: lines that bend there."""
    if knots is None:
        return x
    return np.concatenate([x, *(np.maximum(x - knot, 0.0) for knot in knots)], axis=1)


def _ridges(x: Floats, y: Floats) -> list[_Ridge]:
    """One for each of RIDGES, from the same sums."""
    centre, mean = x.mean(axis=0), float(y.mean())
    centred = x - centre
    gram, side = centred.T @ centred, centred.T @ (y - mean)
    eye = np.eye(x.shape[1])
    return [_Ridge(mean, np.linalg.solve(gram + (r * len(y) + 1e-9) * eye, side), centre) for r in RIDGES]


def _shares(left: Floats, linear: Floats, trees: Floats) -> tuple[float, float]:
    """Shares of slopes and trees, not below zero and together at most one, of least squared error (Wolpert 1992)."""
    steps = np.linspace(0.0, 1.0, 11)
    sums = {
        "ll": float(linear @ linear),
        "tt": float(trees @ trees),
        "lt": float(linear @ trees),
        "yl": float(left @ linear),
        "yt": float(left @ trees),
    }
    best, least = (0.0, 0.0), 0.0
    for a in steps:
        for b in steps[: len(steps) - round(a * 10)]:
            loss = (
                a * a * sums["ll"] + b * b * sums["tt"] + 2 * a * b * sums["lt"] - 2 * (a * sums["yl"] + b * sums["yt"])
            )
            if loss < least - 1e-12:
                best, least = (float(a), float(b)), loss
    return best
