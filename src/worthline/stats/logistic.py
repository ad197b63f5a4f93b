"""The linear part of a model: what each feature adds to the log-odds, whatever the others are. numpy only.

Reads     a matrix with its columns of codes, outcomes and weights.
Gives     Design: how columns become terms; Straight: log-odds of any rows, and what each concept adds to them.
Method    logistic regression with a ridge, by Newton steps; numbers stand in units of their spread, cut at four of
          them, with a flag where some are missing; codes become a column per level.
Assumes   trees that are grown on top of it find what is not linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worthline.stats.threads import linear_algebra_on_one

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RIDGES = (10.0, 100.0, 1.0)
"""Rows that a slope of nothing is worth; the first where there are many."""
NOTHING = 1e12
"""A ridge that leaves no slope."""
MANY = 50_000
"""Rows from which the ridge makes no difference: of some hundred slopes, 100 rows are then a fifth of a percent."""
CUT = 4.0
"""Spreads from the centre beyond which a number counts as this far: one bill of a million must not tilt the slope."""
RARE = 0.005
"""Share of rows below which a level, or blanks, have no term of their own: of 10,000 rows at a usual share of leavers,
one in fifty, a level so rare holds one leaver, and its slope would be that leaver."""


@dataclass(frozen=True, slots=True)
class Term:
    """How one column of the matrix becomes a term."""

    column: int
    centre: float = 0.0
    spread: float = 1.0
    level: float | None = None
    """Of a code: the code that is 1."""
    blank: bool = False
    """1 where the value is missing."""

    def of(self, x: Floats) -> Floats:
        """The term of rows, 0 for a typical customer.

        Shapes: `x` (n, k); gives (n,).
        """
        values = x[:, self.column]
        if self.blank:
            return np.asarray(np.isnan(values).astype(np.float64) - self.centre)
        if self.level is not None:
            return np.asarray((values == self.level).astype(np.float64) - self.centre)
        return np.asarray(np.nan_to_num(np.clip((values - self.centre) / self.spread, -CUT, CUT), nan=0.0))


@dataclass(frozen=True)
class Design:
    """The terms of a matrix."""

    columns: tuple[Term, ...]

    def terms(self, x: Floats) -> Floats:
        """Shape (rows, terms)."""
        filled = np.empty((len(x), len(self.columns)))
        for i, term in enumerate(self.columns):
            filled[:, i] = term.of(x)
        return filled


@dataclass(frozen=True)
class LinearModel:
    """Log-odds as a sum over terms."""

    design: Design
    slopes: Floats
    level: float

    def odds(self, x: Floats) -> Floats:
        """Log-odds of rows.

        Shapes: `x` (n, k); gives (n,).
        """
        return np.asarray(self.design.terms(x) @ self.slopes + self.level)

    def parts(self, x: Floats, concept: Ints, concepts: int) -> Floats:
        """What each concept adds against a typical customer, shape (rows, concepts)."""
        added = np.zeros((len(x), concepts))
        for term, slope in zip(self.design.columns, self.slopes, strict=True):
            added[:, concept[term.column]] += slope * term.of(x)
        return added


def design(x: Floats, categories: list[int]) -> Design:
    """The terms that the columns of `x` allow.

    Shapes: `x` (n, k).
    """
    codes = set(categories)
    return Design(tuple(term for i in range(x.shape[1]) for term in _terms(x[:, i], i, coded=i in codes)))


def fit(made: Design, terms: Floats, y: Floats, weight: Floats, ridge: float, only: int | None = None) -> LinearModel:
    """Learn the slopes; `only`: those of one column of the matrix, all others are nothing.

    Shapes: `terms` (n, k); `y`, `weight` (n,).
    """
    full = np.column_stack([terms, np.ones(len(y))])
    w = weight / weight.mean()
    pull = np.full(full.shape[1], ridge)
    pull[-1] = 1e-6
    if only is not None:
        pull[:-1][[term.column != only for term in made.columns]] = NOTHING
    beta = np.zeros(full.shape[1])
    base = float(np.clip((w * y).sum() / w.sum(), 1e-6, 1 - 1e-6))
    beta[-1] = np.log(base / (1 - base))
    with linear_algebra_on_one():
        for _ in range(25):
            p = 1 / (1 + np.exp(-np.clip(full @ beta, -30, 30)))
            gradient = full.T @ (w * (y - p)) - pull * beta
            curve = (full * (w * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ full + np.diag(pull)
            step = np.linalg.solve(curve, gradient)
            beta = beta + np.clip(step, -3, 3)
            if np.abs(step).max() < 1e-8:
                break
    return LinearModel(made, beta[:-1], float(beta[-1]))


def _terms(values: Floats, column: int, *, coded: bool) -> list[Term]:
    missing = np.isnan(values)
    rows = len(values)
    if coded:
        levels, counts = np.unique(values[~missing], return_counts=True)
        common = [(float(v), int(n)) for v, n in zip(levels, counts, strict=True) if n >= RARE * rows]
        return [Term(column, centre=n / rows, level=v) for v, n in common]
    terms = []
    known = values[~missing]
    if known.size and known.std() > 0:
        terms.append(Term(column, centre=float(known.mean()), spread=float(known.std())))
    if RARE * rows <= missing.sum() <= (1 - RARE) * rows:
        terms.append(Term(column, centre=float(missing.mean()), blank=True))
    return terms
