"""Terms that let a linear model bend where the data bend. numpy only.

Reads     covariates (n, p), what they are to predict (n, k), clusters of rows.
Gives     piecewise linear terms (n, q) of those covariates that are not linear in any of the targets.
Method    hinges max(x - knot, 0) at fixed quantiles, a score test of each covariate's hinges beyond the linear model
          and those kept before; kept where it is significant for any target, the exposure or an outcome: double
          selection (Belloni, Chernozhukov & Hansen 2014, Rev. Econ. Stud. 81, 608-650), so that a term which moves
          both is not lost.
Not for   interactions: see boosted_residuals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KNOTS = (0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
"""Quantiles at which a slope may change."""
LEVEL = 0.001
"""p-value below which a covariate's hinges are kept."""
LEAST_VALUES = 8
"""Different values of a covariate, below which its slope has nowhere to change."""
MOST_COVARIATES = 6
"""Covariates that bend, at most."""
MOST_ROWS = 6_000
"""Rows on which the tests are made."""
_RIDGE = 1e-6


def spline_terms(x: Floats, targets: Floats) -> Floats:
    """Hinges (n, q) of the columns of x (n, p) that bend for some column of `targets` (n, k); q may be 0.

    One covariate after the other, the clearest first, each tested beyond those before: of several that say the same
    (revenue of 3 and of 12 months) one bends for all.
    """
    hinges = [_hinges(x[:, column]) for column in range(x.shape[1]) if _distinct(x[:, column]) >= LEAST_VALUES]
    hinges = [terms for terms in hinges if terms.shape[1]]
    rows = _some_rows(len(x))
    base, here = np.column_stack([np.ones(len(rows)), x[rows]]), [terms[rows] for terms in hinges]
    left = list(range(len(hinges)))
    kept: list[int] = []
    while left and len(kept) < MOST_COVARIATES:
        p = _p_values(base, targets[rows], [here[number] for number in left])
        left = [
            number for number, value in sorted(zip(left, p, strict=True), key=lambda pair: pair[1]) if value < LEVEL
        ]
        if left:
            kept.append(left.pop(0))
            base = np.hstack([base, here[kept[-1]]])
    return np.hstack([hinges[number] for number in kept]) if kept else np.zeros((len(x), 0))


def _p_values(base: Floats, targets: Floats, groups: list[Floats]) -> list[float]:
    """The smallest p-value over the targets of each group's robust score test beyond the columns of `base`."""
    from scipy.special import gammaincc

    gram = base.T @ base
    gram[np.diag_indices_from(gram)] += _RIDGE * len(base)
    inverse = np.linalg.inv(gram)
    residual = targets - base @ (inverse @ (base.T @ targets))
    every = np.hstack(groups)
    every = every - base @ (inverse @ (base.T @ every))
    found, first = [], 0
    for group in groups:
        beyond = every[:, first : first + group.shape[1]]
        first += group.shape[1]
        statistic = float(_score_statistics(beyond, residual).max())
        found.append(float(gammaincc(group.shape[1] / 2.0, statistic / 2.0)))
    return found


def _score_statistics(beyond: Floats, residual: Floats) -> Floats:
    """For each target (k,): total' spread^-1 total of the scores beyond (n, q) times its residual, a column of (n, k).

    Robust to unequal variance: a rare exposure's residuals are far from normal.
    """
    q = beyond.shape[1]
    products = (beyond[:, :, None] * beyond[:, None, :]).reshape(len(beyond), q * q)
    spread = ((residual**2).T @ products).reshape(-1, q, q)
    ridge = _RIDGE * np.maximum(np.trace(spread, axis1=1, axis2=2), 1e-300)
    total = (residual.T @ beyond)[:, :, None]
    solved = np.linalg.solve(spread + ridge[:, None, None] * np.eye(q), total)
    return np.asarray((total * solved).sum(axis=(1, 2)))


def _hinges(values: Floats) -> Floats:
    """max(x - knot, 0) at the different knots inside the range, shape (n, knots)."""
    knots = np.unique(np.quantile(values, KNOTS))
    knots = knots[(knots > values.min()) & (knots < values.max())]
    return np.asarray(np.maximum(values[:, None] - knots, 0.0))


def _distinct(values: Floats) -> int:
    """Different values among the first rows, enough to tell an amount from a flag."""
    return len(np.unique(values[:2_000]))


def _some_rows(n: int) -> NDArray[np.int64]:
    if n <= MOST_ROWS:
        return np.arange(n)
    return np.sort(np.random.Generator(np.random.Philox(20_260_103)).choice(n, MOST_ROWS, replace=False))
