"""What boosted trees know beyond a linear model, and how much of it to believe. LightGBM.

Reads     covariates (n, p), a linear model's out-of-fold predictions and its residuals, the fold of each row.
Gives     predictions, the trees' share in them chosen by out-of-fold loss; whether trees help at all.
Method    shallow trees learn what the linear model left over (Friedman 2001, Annals of Statistics 29, 1189-1232) in the
          other folds; stacked with the linear model by the weight between 0 and 1 of least out-of-fold loss (Wolpert
          1992, Neural Networks 5, 241-259; Breiman 1996). Whether they help is tested on few rows first.
Assumes   rows of one customer share a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TREES = 40
MOST_ROWS = 10_000
"""Rows that trees learn from: enough for what a linear model leaves over."""
AT_ONCE = 2
HELPS = 1.64
"""Standard errors by which the loss must fall, for trees to be used."""
_SETTINGS = {
    "num_leaves": 8,
    "min_child_samples": 30,
    "learning_rate": 0.1,
    "max_bin": 63,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbose": -1,
}


def stacked_means(x: Floats, y: Floats, linear: Floats, fold: Ints, among: Bools, columns: Bools) -> Floats:
    """Predictions of y (n, k) from the linear ones, bettered by trees where `columns` says so."""
    if not columns.any():
        return linear
    chosen = np.flatnonzero(columns)
    left = y[:, chosen] - linear[:, chosen]
    trees = _grown(x, [(left[:, j], None) for j in range(len(chosen))], fold, among, "regression")
    out = linear.copy()
    for j, column in enumerate(chosen):
        square = float(trees[among, j] @ trees[among, j])
        weight = float(np.clip(left[among, j] @ trees[among, j] / square, 0.0, 1.0)) if square > 0 else 0.0
        out[:, column] += weight * trees[:, j]
    return out


def stacked_probability(x: Floats, d: Floats, linear: Floats, fold: Ints) -> Floats:
    """Probability of d = 1 (n,) from the linear model's, bettered by trees that start from its log odds."""
    logit = _logit(linear)
    trees = _grown(x, [(d, logit)], fold, np.ones(len(d), np.bool_), "binary")[:, 0]
    weights = np.linspace(0.0, 1.0, 11)
    losses = [float(_log_loss(d, logit + weight * trees).sum()) for weight in weights]
    return _expit(logit + weights[int(np.argmin(losses))] * trees)


def helps(before: Floats, after: Floats) -> bool:
    """Whether the losses of rows fall beyond chance.

    Shapes: `before`, `after` (n,).
    """
    gain = before - after
    error = float(gain.std() / np.sqrt(len(gain)))
    return error > 0 and float(gain.mean()) > HELPS * error


def _grown(
    x: Floats, targets: Sequence[tuple[Floats, Floats | None]], fold: Ints, among: Bools, objective: str
) -> Floats:
    """What trees add to a linear model, out of fold, shape (n, len(targets)); targets are (label, start)."""
    import lightgbm

    # Bins are cut once, from all rows: they know the covariates, not what is predicted.
    whole = lightgbm.Dataset(x, params=_SETTINGS, free_raw_data=False).construct()
    draw = np.random.Generator(np.random.Philox(20_260_104))
    folds = [np.flatnonzero((fold != k) & among) for k in range(int(fold.max()) + 1)]
    folds = [np.sort(draw.choice(rows, MOST_ROWS, replace=False)) if len(rows) > MOST_ROWS else rows for rows in folds]
    cutting = Lock()

    def learn(job: tuple[int, int]) -> Floats:
        k, target = job
        rows, (label, start) = folds[k], targets[target]
        with cutting:
            part = whole.subset(rows.tolist()).construct()
        part.set_label(label[rows])
        if start is not None:
            part.set_init_score(start[rows])
        model = lightgbm.train(_SETTINGS | {"objective": objective}, part, num_boost_round=TREES)
        return np.asarray(model.predict(x[fold == k], raw_score=True, num_threads=1))

    out = np.empty((len(x), len(targets)))
    jobs = [(k, target) for k in range(len(folds)) for target in range(len(targets))]
    _fill(out, fold, jobs, learn)
    return out


def _fill(out: Floats, fold: Ints, jobs: list[tuple[int, int]], learn: Callable[[tuple[int, int]], Floats]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for (k, target), values in zip(jobs, pool.map(learn, jobs), strict=True):
            out[fold == k, target] = values


def _log_loss(d: Floats, logit: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, logit) - d * logit)


def log_loss(d: Floats, probability: Floats) -> Floats:
    """Log loss of each row, shape (n,)."""
    return _log_loss(d, _logit(probability))


def _logit(probability: Floats) -> Floats:
    p = np.clip(probability, 1e-9, 1.0 - 1e-9)
    return np.asarray(np.log(p / (1.0 - p)))


def _expit(z: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))
