"""The learner: a logistic regression, and trees for what is not linear; the same on every number of threads.

Reads     a matrix, outcomes and weights.
Gives     a Learner; raw probabilities out of fold; contributions by concept.
Method    LightGBM (Ke et al. 2017) from the logistic's log-odds on, deterministic, without any sampling of its own,
          so that a seed changes nothing; the number of trees (none is one) is the one that did best out of fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from worthline.stats import logistic, threads, trees
from worthline.stats.logistic import LinearModel

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Fold = tuple[Bools, Bools]
"""Rows to learn from, rows to tell."""

STEPS = (8, 16, 30, 50, 80, 120, 170, 230, 300)
"""Numbers of trees that are tried, until two in a row do worse."""


@dataclass(frozen=True)
class Learner:
    """Log-odds = linear part + trees."""

    linear: LinearModel
    trees: lgb.Booster | None

    def raw(self, x: Floats) -> Floats:
        """Probabilities before calibration.

        Shapes: `x` (n, k); gives (n,).
        """
        return _probability(self.linear.odds(x) + _tree_odds(self.trees, x))

    def contributions(self, x: Floats, concept: Ints, concepts: int) -> Floats:
        """By concept, in log-odds against a typical customer, shape (rows, concepts).

        Of the trees: Shapley values, Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67; of the sum: its
        own terms, which are Shapley values of a sum.
        """
        added = self.linear.parts(x, concept, concepts)
        if self.trees is not None:
            each = np.asarray(self.trees.predict(x, pred_contrib=True, num_threads=threads.PREDICTING))[:, :-1]
            for column, of in enumerate(concept):
                added[:, of] += each[:, column]
        return added


def train(x: Floats, y: Floats, weight: Floats, categories: list[int], best: OutOfFold) -> Learner:
    """As did best out of fold.

    Shapes: `x` (n, k); `y`, `weight` (n,).
    """
    made = logistic.design(x, categories)
    linear = logistic.fit(made, made.terms(x), y, weight, best.ridge, best.only)
    if not best.trees:
        return Learner(linear, None)
    booster = _begun(x, y, weight, categories, linear.odds(x))
    trees.grow(booster, best.trees)
    return Learner(linear, booster)


def _begun(x: Floats, y: Floats, weight: Floats, categories: list[int], odds: Floats) -> lgb.Booster | None:
    lightgbm = threads.lightgbm()
    rows = len(y)
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.08,
        "num_leaves": 15,
        "max_depth": 5,
        "min_data_in_leaf": int(min(max(rows // 200, 8), 100)),
        "min_sum_hessian_in_leaf": 1.0,
        "lambda_l2": 5.0,
        "max_bin": 127,
        "max_cat_to_onehot": 8,
        "cat_smooth": 20.0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads.LEARNING,
        "seed": 7,
        "verbosity": -1,
        "feature_pre_filter": False,
    }
    mean = weight.mean() if weight.size else 1.0
    held = lightgbm.Dataset(
        x, y, weight=weight / mean, init_score=odds, categorical_feature=categories, params=settings
    )
    return trees.begun(settings, held)


@dataclass(frozen=True)
class OutOfFold:
    """What models said of rows that they did not learn from."""

    raw: Floats
    """Chances, NaN where nobody was asked."""
    linear: Floats
    """Those of the logistic alone."""
    trees: int
    """The number that did best."""
    ridge: float
    only: int | None = None
    """The one column that the linear part looks at; None: all."""


def out_of_fold(
    x: Floats, y: Floats, weight: Floats, categories: list[int], folds: list[Fold], simple: int | None = None
) -> OutOfFold:
    """Choose the ridge, then the number of trees upon it; `simple`: a column that may do better alone.

    Shapes: `x` (n, k); `y`, `weight` (n,).
    """
    (ridge, only), models, odds = _linear(x, y, weight, categories, folds, simple)
    asked = ~np.isnan(odds)
    alone = np.where(asked, _probability(odds), np.nan)
    best, best_loss, worse = OutOfFold(alone, alone, 0, ridge, only), _loss(y[asked], alone[asked], weight[asked]), 0
    boosters = [
        _begun(x[learn], y[learn], weight[learn], categories, model.odds(x[learn]))
        for model, (learn, _) in zip(models, folds, strict=True)
    ]
    asks = [x[tell] for _, tell in folds]
    for rounds in STEPS:
        total = odds.copy()
        for booster, (_, tell), ask in zip(boosters, folds, asks, strict=True):
            trees.grow(booster, rounds)
            total[tell] += _tree_odds(booster, ask)
        loss = _loss(y[asked], _probability(total[asked]), weight[asked])
        if loss < best_loss:
            best, best_loss, worse = OutOfFold(_probability(total), alone, rounds, ridge, only), loss, 0
        else:
            worse += 1
        if worse == 2:
            break
    return best


def _linear(
    x: Floats, y: Floats, weight: Floats, categories: list[int], folds: list[Fold], simple: int | None
) -> tuple[tuple[float, int | None], list[LinearModel], Floats]:
    """The best ridge and the column it looks at alone, its model for each fold, and the log-odds of the rows told."""
    made = logistic.design(x, categories)
    terms = made.terms(x)
    found: tuple[tuple[float, int | None], list[LinearModel], Floats] | None = None
    best = np.inf
    tried: list[tuple[float, int | None]] = [(logistic.RIDGES[0], None)]
    if len(y) < logistic.MANY:
        tried += [(ridge, None) for ridge in logistic.RIDGES[1:]]
        tried += [] if simple is None else [(logistic.RIDGES[0], simple)]
    for ridge, only in tried:
        models, odds = [], np.full(len(y), np.nan)
        for learn, tell in folds:
            models.append(logistic.fit(made, terms[learn], y[learn], weight[learn], ridge, only))
            odds[tell] = terms[tell] @ models[-1].slopes + models[-1].level
        asked = ~np.isnan(odds)
        loss = _loss(y[asked], _probability(odds[asked]), weight[asked])
        if found is None or loss < best:
            found, best = ((ridge, only), models, odds), loss
    assert found is not None
    return found


def _tree_odds(booster: lgb.Booster | None, x: Floats) -> Floats:
    booster = trees.grown(booster)
    if booster is None:
        return np.zeros(len(x))
    return np.asarray(booster.predict(x, raw_score=True, num_threads=threads.PREDICTING))


def _probability(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def _loss(y: Floats, p: Floats, weight: Floats) -> float:
    inside = np.clip(p, 1e-9, 1 - 1e-9)
    loss = -(y * np.log(inside) + (1 - y) * np.log(1 - inside))
    return float((loss * weight).sum() / weight.sum())
