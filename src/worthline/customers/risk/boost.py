"""The learner: gradient boosting, the same trees on every machine and every number of threads.

Reads     a matrix, outcomes and weights.
Gives     a Booster; raw chances out of fold; contributions by concept.
Method    LightGBM (Ke et al. 2017), deterministic, without any sampling of its own, so that a seed changes nothing;
          the number of trees is the one that did best out of fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STEPS = (8, 16, 30, 50, 80, 120, 170, 230, 300)
"""Numbers of trees that are tried, until two in a row do worse."""
THREADS = 1


def train(x: Floats, y: Floats, weight: Floats, categories: list[int], trees: int) -> lgb.Booster:
    """A booster of `trees` trees."""
    booster = _begun(x, y, weight, categories)
    _grow(booster, trees)
    return booster


def _begun(x: Floats, y: Floats, weight: Floats, categories: list[int]) -> lgb.Booster:
    import lightgbm as lgb

    rows = len(y)
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.08,
        "num_leaves": 15 if rows < 20_000 else 31,
        "min_data_in_leaf": int(min(max(rows // 200, 8), 100)),
        "min_sum_hessian_in_leaf": 1.0,
        "lambda_l2": 5.0,
        "max_bin": 127,
        "max_cat_to_onehot": 8,
        "cat_smooth": 20.0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "seed": 7,
        "verbosity": -1,
        "feature_pre_filter": False,
    }
    mean = weight.mean() if weight.size else 1.0
    held = lgb.Dataset(x, y, weight=weight / mean, categorical_feature=categories, params=settings)
    return lgb.Booster(settings, held)


def _grow(booster: lgb.Booster, trees: int) -> None:
    """Up to so many trees, or as many as find anything to split."""
    while booster.current_iteration() < trees and not booster.update():
        pass


@dataclass(frozen=True)
class OutOfFold:
    """What models said of rows that they did not learn from."""

    raw: Floats
    """Chances, NaN where nobody was asked."""
    trees: int
    """The number that did best."""


def out_of_fold(
    x: Floats, y: Floats, weight: Floats, categories: list[int], folds: list[tuple[Bools, Bools]]
) -> OutOfFold:
    """Each fold is (rows to learn from, rows to tell)."""
    boosters = [_begun(x[learn], y[learn], weight[learn], categories) for learn, _ in folds]
    best, best_loss, worse = OutOfFold(np.full(len(y), np.nan), 0), np.inf, 0
    for trees in STEPS:
        told = np.full(len(y), np.nan)
        for booster, (_, tell) in zip(boosters, folds, strict=True):
            _grow(booster, trees)
            told[tell] = np.asarray(booster.predict(x[tell], num_threads=THREADS))
        asked = ~np.isnan(told)
        loss = _loss(y[asked], told[asked], weight[asked])
        best, best_loss, worse = (OutOfFold(told, trees), loss, 0) if loss < best_loss else (best, best_loss, worse + 1)
        if worse == 2:
            break
    return best


def contributions(booster: lgb.Booster, x: Floats, concept: npt.NDArray[np.int64], concepts: int) -> Floats:
    """By concept, in log-odds, shape (rows, concepts): Shapley values of the trees, added up by concept.

    Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67.
    """
    each = np.asarray(booster.predict(x, pred_contrib=True, num_threads=THREADS))[:, :-1]
    found = np.zeros((len(x), concepts))
    for column, of in enumerate(concept):
        found[:, of] += each[:, column]
    return found


def _loss(y: Floats, p: Floats, weight: Floats) -> float:
    inside = np.clip(p, 1e-9, 1 - 1e-9)
    loss = -(y * np.log(inside) + (1 - y) * np.log(1 - inside))
    return float((loss * weight).sum() / weight.sum())
