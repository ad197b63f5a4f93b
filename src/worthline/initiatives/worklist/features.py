"""What was known of customers as columns, the same for an experiment's customers and today's. numpy and Arrow.

Reads     rows of past.treated_before and past.today.
Gives     `matrices`: Matrices of about unit scale, with the name of each column; `is_alike`: who of today is like the
          experiment's customers.
Method    blanks stand at the mean, with a column that says so. What varies is decided by the experiment. Alike: the
          chance of belonging to the experiment, told out of fold by a logistic regression, is at least that of its 1%
          least typical customers, and no column lies beyond the experiment's range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.initiatives.worklist.past import NUMBERS
from worthline.stats import cross_fitting

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
RARE = 0.02
"""Share of an experiment's customers below which blanks have no column of their own."""
FAR = 4.0
"""Standard deviations beyond which a number counts as this far."""
LEAST_TYPICAL = 0.01
BEYOND = 0.5
"""Standard deviations beyond the experiment's range of a column, from which on nobody is alike."""
MOST_TODAY = 100_000
"""Customers of today from whom it is learnt who is alike; a seeded sample of more."""
_SEED = 20_261_131


@dataclass(frozen=True)
class Matrices:
    """Columns (p,) of the experiment's rows (n, p) and of today's (m, p)."""

    names: tuple[str, ...]
    past: Floats
    today: Floats


def matrices(past: pa.Table, today: pa.Table) -> Matrices:
    """Of rows in their order."""
    names: list[str] = []
    columns: list[tuple[Floats, Floats]] = []
    for name in NUMBERS:
        then, now = _numbers(past, name), _numbers(today, name)
        blank = np.isnan(then)
        if RARE <= blank.mean() <= 1 - RARE:
            names.append(f"no {name}")
            columns.append((blank.astype(np.float64), np.isnan(now).astype(np.float64)))
        if blank.all():
            continue
        mean = float(then[~blank].mean())
        names.append(name)
        columns.append((np.where(blank, mean, then), np.where(np.isnan(now), mean, now)))
    if not columns:
        return Matrices((), np.zeros((past.num_rows, 0)), np.zeros((today.num_rows, 0)))
    then, now = (np.column_stack([one[side] for one in columns]) for side in (0, 1))
    centre, scale = then.mean(axis=0), then.std(axis=0)
    varies = scale > 1e-9
    then, now = ((side[:, varies] - centre[varies]) / scale[varies] for side in (then, now))
    kept = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    return Matrices(kept, np.clip(then, -FAR, FAR), np.clip(now, -FAR, FAR))


def is_alike(made: Matrices) -> Bools:
    """Of today's rows, shape (m,)."""
    n, m = len(made.past), len(made.today)
    if not made.names or not n or not m:
        return np.ones(m, np.bool_)
    draw = np.random.Generator(np.random.Philox(_SEED))
    some = np.sort(draw.choice(m, MOST_TODAY, replace=False)) if m > MOST_TODAY else np.arange(m)
    x = np.concatenate([made.past, made.today[some]])
    belongs = np.repeat([1.0, 0.0], [n, len(some)])
    fold = cross_fitting.folds_of(np.arange(len(x)), 2, _SEED)
    propensity = cross_fitting.Propensities(x, belongs).of(fold)
    edge = float(np.quantile(propensity[:n], LEAST_TYPICAL))
    alike = np.ones(m, np.bool_)
    alike[some] = propensity[n:] >= edge
    inside = (made.today >= made.past.min(axis=0) - BEYOND) & (made.today <= made.past.max(axis=0) + BEYOND)
    if len(some) < m:  # the others by their nearest: the same logistic slopes, refitted on the sample's answers
        rest = np.setdiff1d(np.arange(m), some)
        alike[rest] = _linear(x[n:], np.log(propensity[n:] / (1 - propensity[n:])), made.today[rest]) >= np.log(
            edge / (1 - edge)
        )
    return np.asarray(alike & inside.all(axis=1))


def _linear(x: Floats, y: Floats, at: Floats) -> Floats:
    ones = np.column_stack([x, np.ones(len(x))])
    slopes = np.linalg.lstsq(ones, y, rcond=None)[0]
    return np.asarray(np.column_stack([at, np.ones(len(at))]) @ slopes)


def _numbers(rows: pa.Table, name: str) -> Floats:
    return np.asarray(rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
