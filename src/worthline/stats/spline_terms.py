"""Terms that let a linear model bend where the data bend. numpy only.

Reads     covariates (n, p), what they are to predict (n, k), clusters of rows.
Gives     piecewise linear terms (n, q) of those covariates that are not linear in any of the targets.
Method    hinges max(x - knot, 0) at fixed quantiles, a score test of each covariate's hinges beyond the linear model;
          kept where it is significant for any target, the exposure or an outcome: double selection (Belloni,
          Chernozhukov & Hansen 2014, Rev. Econ. Stud. 81, 608-650), so that a term which moves both is not lost.
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
MOST_ROWS = 10_000
"""Rows on which the tests are made."""
_RIDGE = 1e-6


def spline_terms(x: Floats, targets: Floats) -> Floats:
    """Hinges (n, q) of the columns of x (n, p) that bend for some column of `targets` (n, k); q may be 0."""
    from scipy.special import gammaincc

    bending = [column for column in range(x.shape[1]) if _distinct(x[:, column]) >= LEAST_VALUES]
    hinges = {column: _hinges(x[:, column]) for column in bending}
    hinges = {column: terms for column, terms in hinges.items() if terms.shape[1]}
    if not hinges:
        return np.zeros((len(x), 0))
    rows = _some_rows(len(x))
    base = np.column_stack([np.ones(len(rows)), x[rows]])
    gram = base.T @ base
    gram[np.diag_indices_from(gram)] += _RIDGE * len(rows)
    inverse = np.linalg.inv(gram)
    residual = targets[rows] - base @ (inverse @ (base.T @ targets[rows]))
    kept = []
    for terms in hinges.values():
        here = terms[rows]
        beyond = here - base @ (inverse @ (base.T @ here))
        # Robust to unequal variance: a rare exposure's residuals are far from normal.
        for k in range(targets.shape[1]):
            score = beyond * residual[:, k, None]
            total = score.sum(axis=0)
            spread = score.T @ score
            spread[np.diag_indices_from(spread)] += _RIDGE * max(float(np.trace(spread)), 1e-300)
            statistic = float(total @ np.linalg.solve(spread, total))
            if float(gammaincc(here.shape[1] / 2.0, statistic / 2.0)) < LEVEL:
                kept.append(terms)
                break
    return np.hstack(kept) if kept else np.zeros((len(x), 0))


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
