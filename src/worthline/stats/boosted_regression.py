"""A number predicted from features: boosted trees, their number chosen out of fold. numpy only.

Gives     a Curve; what it said of rows that it did not learn from.
Method    LightGBM (Ke et al. 2017) on squared error, deterministic, from the mean on; no tree at all is a choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from worthline.stats import threads, trees
from worthline.stats.boosted_classification import Fold

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]
STEPS = (10, 20, 35, 55, 80, 120, 170, 240)


@dataclass(frozen=True)
class BoostedRegression:
    """mean + trees."""

    mean: float
    trees: lgb.Booster | None

    def __call__(self, x: Floats) -> Floats:
        """What is expected of rows."""
        if self.trees is None or not len(x):
            return np.full(len(x), self.mean)
        return self.mean + np.asarray(self.trees.predict(x, num_threads=threads.PREDICTING))


def curve(
    x: Floats, y: Floats, weight: Floats, categories: list[int], folds: list[Fold]
) -> tuple[BoostedRegression, Floats]:
    """Learn from all; and what models that had not seen them said of the rows told.

    Shapes: `x` (n, k); `y`, `weight` (n,); gives the model and (n,).
    """
    means = [float(np.average(y[learn], weights=weight[learn])) for learn, _ in folds]
    boosters = [
        _begun(x[learn], y[learn] - mean, weight[learn], categories)
        for mean, (learn, _) in zip(means, folds, strict=True)
    ]
    best, least, rounds, worse = _told(x, boosters, means, folds), np.inf, 0, 0
    least = float((weight * (y - best) ** 2).sum())
    for step in STEPS:
        for booster in boosters:
            trees.grow(booster, step)
        predicted = _told(x, boosters, means, folds)
        loss = float((weight * (y - predicted) ** 2).sum())
        if loss < least:
            best, least, rounds, worse = predicted, loss, step, 0
        else:
            worse += 1
        if worse == 2:
            break
    mean = float(np.average(y, weights=weight))
    if not rounds:
        return BoostedRegression(mean, None), best
    booster = _begun(x, y - mean, weight, categories)
    trees.grow(booster, rounds)
    return BoostedRegression(mean, trees.grown(booster)), best


def _told(x: Floats, boosters: list[lgb.Booster | None], means: list[float], folds: list[Fold]) -> Floats:
    predicted = np.full(len(x), np.nan)
    for booster, mean, (_, tell) in zip(boosters, means, folds, strict=True):
        predicted[tell] = BoostedRegression(mean, trees.grown(booster))(x[tell])
    return predicted


def _begun(x: Floats, y: Floats, weight: Floats, categories: list[int]) -> lgb.Booster | None:
    lightgbm = threads.lightgbm()
    settings: dict[str, Any] = {
        "objective": "regression",
        "learning_rate": 0.06,
        "num_leaves": 8,
        "min_data_in_leaf": int(min(max(len(y) // 100, 10), 100)),
        "lambda_l2": 5.0,
        "max_bin": 63,
        "cat_smooth": 20.0,
        "boost_from_average": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads.LEARNING,
        "seed": 7,
        "verbosity": -1,
        "feature_pre_filter": False,
    }
    held = lightgbm.Dataset(x, y, weight=weight, categorical_feature=categories, params=settings)
    return trees.begun(settings, held)
