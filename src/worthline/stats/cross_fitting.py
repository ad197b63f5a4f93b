"""What a row would be expected to have, told by models that never saw its customer. numpy only.

Reads     covariates (n, p), what to predict, and the fold of each row.
Gives     out-of-fold predictions.
Method    linear: least squares from sums of products by fold, so each fold costs one subtraction; logistic: Newton's
          method, a ridge of one on the slopes, each fold's started from the fit to all rows; boosted: LightGBM, a
          thread a forest.
          Of few rows a column, linear and logistic slopes are drawn towards zero (`drawn`).
Assumes   columns of about unit scale (see `standardised`); rows of one customer share a fold.
Not for   more than some hundred columns: the sums of products are dense.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Learner = Literal["linear", "boosted", "stacked"]
"""linear: least squares and logistic regression; boosted: gradient-boosted trees; stacked: see double_ml."""

RIDGE = 1.0
"""Weight of half the squared slopes of a logistic regression, beside the sum of its log losses."""
FEW = 10
"""Rows of the rarer kind for each column, below which slopes are drawn towards zero."""
_STEPS = 50
_SMALL = 1e-10
_LEAST_SQUARES, _LEAST_SHARE = 1.0, 1e-4
"""Sum of squares of a direction of standardised columns, below which its slope is not learnt; at most that share of
the largest, for columns of another scale."""
_FOLD_GAIN = 1e-7
"""What a step still gains of a fold's log-likelihood, below which it is at its maximum."""
_START_ROWS = 8_000
"""Rows from which the slopes of all rows are started."""
_TREES = 100
FORESTS_AT_ONCE = 2
_BOOSTED = {
    "num_leaves": 31,
    "min_child_samples": 20,
    "learning_rate": 0.1,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbose": -1,
}


def standardised(x: Floats) -> Floats:
    """Columns of mean 0 and variance 1; those that never vary are left out.

    Shapes: `x` (n, k); gives (n, k kept).
    """
    centred = x - x.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    keep = scale > 1e-12 * np.maximum(np.abs(x).max(axis=0, initial=0), 1.0)
    return np.asarray(centred[:, keep] / scale[keep])


def folds_of(clusters: Ints, folds: int, seed: int) -> Ints:
    """A fold for each row; rows of one cluster (numbered from 0) share it, clusters are dealt out evenly.

    Shapes: `clusters` (n,); gives (n,).
    """
    count = int(clusters.max(initial=-1)) + 1
    dealt = np.arange(count) % folds
    return np.asarray(np.random.Generator(np.random.Philox(seed)).permutation(dealt)[clusters], dtype=np.int64)


def drawn(columns: int, rarer: int) -> tuple[float, ...]:
    """Ridges of slopes learnt from few rows a column, the strongest as if all columns together explained half."""
    return (0.01 * columns, 0.1 * columns, float(columns)) if rarer < FEW * columns else ()


def means(
    x: Floats,
    y: Floats,
    fold: Ints,
    learner: Learner = "linear",
    among: Bools | None = None,
    ridges: tuple[float, ...] = (),
) -> Floats:
    """Expected y of every row, shape of y (n, k), learnt in the other folds from the rows `among`.

    Of several ridges each column of y takes that which errs least in the folds that did not learn.
    """
    if learner == "boosted":
        return _boosted(x, y, fold, among, "regression")
    chosen = np.ones(len(x), np.bool_) if among is None else among
    # Rows fold by fold, those that teach first: each part is then a slice, not a copy.
    kind = 2 * fold + ~chosen
    order, ends = np.argsort(kind.astype(np.int16), kind="stable"), np.cumsum(np.bincount(kind))
    ones, outcomes = np.column_stack([x[order], np.ones(len(x))]), y[order]
    count = int(fold.max()) + 1
    ends = np.append(ends, np.full(2 * count - len(ends), len(x)))
    folds = [slice(int(ends[2 * k - 1]) if k else 0, int(ends[2 * k + 1])) for k in range(count)]
    teach = [slice(folds[k].start, int(ends[2 * k])) for k in range(count)]
    grams = [ones[rows].T @ ones[rows] for rows in teach]
    sides = [ones[rows].T @ outcomes[rows] for rows in teach]
    gram, side = sum(grams), sum(sides)
    found = []
    for ridge in ridges or (0.0,):
        penalty = np.diag(np.append(np.full(x.shape[1], ridge), 0.0))
        solve = np.linalg.solve if ridge else _solve  # with a ridge nothing is collinear
        out = np.empty(y.shape)
        for k, rows in enumerate(folds):
            out[order[rows]] = ones[rows] @ solve(gram - grams[k] + penalty, side - sides[k])
        found.append(out)
    errs = [((y - out)[chosen] ** 2).sum(axis=0) for out in found]
    best = np.argmin(errs, axis=0)
    return np.asarray(np.stack(found)[best, :, np.arange(y.shape[1])].T)


class Propensities:
    """Learns the chance of d = 1 from x; what all rows say is learnt once, whatever the folds."""

    def __init__(self, x: Floats, d: Floats, learner: Learner = "linear", ridge: float = RIDGE) -> None:
        self._x, self._d, self._learner, self._ridge = x, d, learner, ridge

    def of(self, fold: Ints) -> Floats:
        """Chance for every row, shape (n,), learnt in the other folds."""
        if self._learner == "boosted":
            return _boosted(self._x, self._d[:, None], fold, None, "binary")[:, 0]
        return _by_fold(*self._all, self._d, fold)

    @cached_property
    def _all(self) -> tuple[Floats, Floats, Floats, Floats]:
        ones = np.column_stack([self._x, np.ones(len(self._x))])
        penalty = np.append(np.full(self._x.shape[1], self._ridge), 0.0)
        step = len(ones) // _START_ROWS
        start = _logistic(ones[::step], self._d[::step], penalty)[0] if step > 1 else None
        return ones, penalty, *_logistic(ones, self._d, penalty, start)


def _by_fold(ones: Floats, penalty: Floats, start: Floats, hessian: Floats, d: Floats, fold: Ints) -> Floats:
    """Each fold's chances by slopes learnt in the others: the fits of all folds are one product of matrices a step.

    From the fit to all rows, with its second derivatives, few steps are left; Newton's own where that stalls.
    """
    own = fold[:, None] == np.arange(int(fold.max()) + 1)
    most = 1.0 - own.mean(axis=0)
    inverse = np.linalg.inv(hessian)
    w = np.repeat(start[:, None], own.shape[1], axis=1)
    open_, last = np.ones(own.shape[1], np.bool_), np.full(own.shape[1], np.inf)
    stalled = np.zeros(own.shape[1], np.bool_)
    for _ in range(_STEPS):
        left = _expit(ones @ w) - d[:, None]
        left[own] = 0.0
        gradient = ones.T @ left + penalty[:, None] * w
        step = inverse @ gradient / most
        gain = (gradient * step).sum(axis=0)
        stalled |= open_ & (gain > last)
        open_ &= ~stalled
        w[:, open_] -= step[:, open_]
        open_ &= gain >= _FOLD_GAIN
        last = gain
        if not open_.any():
            break
    for k in np.flatnonzero(open_ | stalled):
        w[:, k] = _logistic(ones[~own[:, k]], d[~own[:, k]], penalty)[0]
    return np.asarray(_expit((ones @ w)[own]))


def _solve(gram: Floats, side: Floats) -> Floats:
    """Least squares from sums of products; what is collinear, or all but collinear, shares its slope.

    A slope on the difference of columns that are all but alike in the rows that teach would be noise, and the
    expectation of a row in which they differ a hundred times what anybody has.
    """
    values, vectors = np.linalg.eigh(gram)
    learnt = values > max(_SMALL * values[-1], min(_LEAST_SQUARES, _LEAST_SHARE * values[-1]))
    inverse = np.where(learnt, 1.0 / np.where(values > 0, values, 1.0), 0.0)
    return np.asarray(vectors @ (inverse[:, None] * (vectors.T @ side)))


def _expit(z: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


def _logistic(ones: Floats, d: Floats, penalty: Floats, start: Floats | None = None) -> tuple[Floats, Floats]:
    """Slopes, the intercept last, and the loss's second derivatives; a step is halved until it lessens the loss."""

    def loss(w: Floats, z: Floats) -> float:
        return float(np.logaddexp(0.0, z).sum() - d @ z + 0.5 * (penalty * w * w).sum())

    w = np.zeros(ones.shape[1]) if start is None else start
    z = ones @ w
    before = loss(w, z)
    for _ in range(_STEPS):
        p = _expit(z)
        gradient = ones.T @ (p - d) + penalty * w
        hessian = (ones * (p * (1.0 - p))[:, None]).T @ ones
        hessian[np.diag_indices_from(hessian)] += penalty + _SMALL
        step = np.linalg.solve(hessian, gradient)
        if float(gradient @ step) < _SMALL * max(before, 1.0):
            break
        size = 1.0
        while True:
            tried = w - size * step
            z = ones @ tried
            after = loss(tried, z)
            if after <= before or size < 1e-4:
                break
            size /= 2
        w, before = tried, after
    return w, hessian


def _boosted(x: Floats, y: Floats, fold: Ints, among: Bools | None, objective: str) -> Floats:
    import lightgbm

    # Bins are cut once, from all rows: they know the covariates, not what is predicted.
    all_threads = _BOOSTED | {"num_threads": FORESTS_AT_ONCE}
    whole = lightgbm.Dataset(x, y[:, 0], params=all_threads, free_raw_data=False).construct()
    settings = _BOOSTED | {"objective": objective}
    cutting = Lock()

    def told(job: tuple[int, int]) -> Floats:
        k, column = job
        held_out = fold == k
        rows = np.flatnonzero(~held_out if among is None else ~held_out & among)
        with cutting:
            part = whole.subset(rows.tolist()).construct()
        part.set_label(y[rows, column])
        model = lightgbm.train(settings, part, num_boost_round=_TREES)
        return np.asarray(model.predict(x[held_out], num_threads=1))

    # A forest a thread: two forests at once take less than each in its turn on both threads, and no sum depends on
    # how many threads there are.
    out = np.empty(y.shape)
    jobs = [(k, column) for k in range(int(fold.max()) + 1) for column in range(y.shape[1])]
    with ThreadPoolExecutor(FORESTS_AT_ONCE) as pool:
        for (k, column), values in zip(jobs, pool.map(told, jobs), strict=True):
            out[fold == k, column] = values
    return out
