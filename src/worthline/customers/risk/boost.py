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

STEPS = (20, 40, 70, 110, 160, 230, 320)
"""Numbers of trees that are tried."""
THREADS = 2


def train(x: Floats, y: Floats, weight: Floats, categories: list[int], trees: int, **more: Any) -> lgb.Booster:
    """A booster of `trees` trees."""
    import lightgbm as lgb

    rows = len(y)
    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.06,
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
    held = lgb.Dataset(x, y, weight=weight / mean, categorical_feature=categories, free_raw_data=True)
    return lgb.train(settings | more, held, num_boost_round=trees)


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
    told = {trees: np.full(len(y), np.nan) for trees in STEPS}
    for learn, tell in folds:
        booster = train(x[learn], y[learn], weight[learn], categories, STEPS[-1])
        for trees in STEPS:
            told[trees][tell] = np.asarray(booster.predict(x[tell], num_iteration=trees, num_threads=THREADS))
    asked = ~np.isnan(told[STEPS[0]])
    loss = {trees: _loss(y[asked], told[trees][asked], weight[asked]) for trees in STEPS}
    best = min(STEPS, key=lambda trees: (loss[trees], trees))
    return OutOfFold(told[best], best)


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
