"""Which questions drive a score: each driver's share of what all of them explain together.

Reads     correlations of p drivers and the score, or the answers themselves.
Gives     Drivers: shares of R2 that add up to it, with bootstrap intervals.
Method    Shapley value of R2 over all orders of entry: Lindeman, Merenda & Gold (1980); Groemping (2006), J.
          Statistical Software 17(1), equation 5. Exact: the residual variance of the score is swept over all
          2^p sets of drivers at once.
Assumes   complete answers; a linear relation. Importance is not causation: no money comes of it.
Not for   more than 18 drivers: the sets no longer fit in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from worthline.errors import NotEnoughData

Floats = NDArray[np.float64]

MOST = 18
"""Drivers at most."""
BLOCKS = 200
"""Blocks of rows that a bootstrap draws from, where there are so many rows."""
_AT_ONCE = 1 << 22
"""Numbers held at once, over all resamples of a batch."""
_NOTHING_LEFT = 1e-10
"""Share of a driver's variance that the others leave, below which it adds nothing."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """Shares of R2, one a driver in the order given; they add up to `r2`."""

    shares: Floats
    low: Floats
    high: Floats
    r2: float
    n: int

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Whether the whole interval lies above 1 / n, what an unrelated driver explains by chance on average."""
        return np.asarray(self.low > 1.0 / self.n)


def shares_of_r2(correlation: Floats) -> Floats:
    """Shares of R2 from correlations, shape (..., p + 1, p + 1), the score last; gives shape (..., p).

    Raises NotEnoughData.
    """
    p = correlation.shape[-1] - 1
    if not 1 <= p <= MOST:
        raise NotEnoughData(f"Key drivers need 1 to {MOST} drivers; got {p}.")
    explained = 1.0 - _residual(correlation)
    masks = np.arange(1 << p)
    sizes = np.array([mask.bit_count() for mask in range(1 << p)])
    weight = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)])
    shares = []
    for driver in range(p):
        without = masks[masks >> driver & 1 == 0]
        gain = explained[..., without | 1 << driver] - explained[..., without]
        shares.append(gain @ weight[sizes[without]])
    return np.stack(shares, axis=-1)


def key_drivers(answers: Floats, score: Floats, *, resamples: int = 200, seed: int = 0) -> Drivers:
    """Shares with 95% bootstrap intervals; `answers` has shape (n, p). Raises NotEnoughData.

    Rows are drawn in blocks of rows taken at even steps; each block's sums of products are computed once.
    """
    n, p = answers.shape
    if n < 2 * (p + 2):
        raise NotEnoughData(f"Key drivers of {p} drivers need {2 * (p + 2)} complete answers; got {n}.")
    columns = np.column_stack([answers, score])
    flat = np.flatnonzero(np.ptp(columns, axis=0) == 0)
    if flat.size:
        raise NotEnoughData(f"Every answer is the same in column {int(flat[0])} of {p} drivers and the score.")
    blocks = min(BLOCKS, n)
    grams = _grams(columns - columns.mean(axis=0), blocks)
    whole = _correlation(grams.sum(axis=0))
    draws = np.random.Generator(np.random.Philox(seed)).multinomial(blocks, np.full(blocks, 1 / blocks), resamples)
    resampled = []
    batch = max(_AT_ONCE >> (p + 2), 1)
    for first in range(0, resamples, batch):
        drawn = np.einsum("rb,bij->rij", draws[first : first + batch].astype(np.float64), grams)
        resampled.append(shares_of_r2(_correlation(drawn)))
    low, high = np.quantile(np.concatenate(resampled), [0.025, 0.975], axis=0)
    shares = shares_of_r2(whole)
    return Drivers(shares, low, high, float(shares.sum()), n)


def _residual(correlation: Floats) -> Floats:
    """Variance of the score that each set of drivers leaves, shape (..., 2^p); bit i of the index: driver i is in.

    Each driver in turn is left out or swept out of all that follows, for all sets of those before it at once.
    """
    sets = correlation[..., None, :, :]
    for _ in range(correlation.shape[-1] - 1):
        rest, column, pivot = sets[..., 1:, 1:], sets[..., 1:, :1], sets[..., :1, :1]
        there = pivot > _NOTHING_LEFT
        swept = rest - np.where(there, column * np.swapaxes(column, -1, -2) / np.where(there, pivot, 1.0), 0.0)
        sets = np.concatenate([rest, swept], axis=-3)
    return np.asarray(sets[..., 0, 0])


def _grams(columns: Floats, blocks: int) -> Floats:
    """For each block: sums of products of the columns and a column of ones, shape (blocks, p + 2, p + 2)."""
    whole = np.column_stack([columns, np.ones(len(columns))])
    return np.stack([(part := whole[block::blocks]).T @ part for block in range(blocks)])


def _correlation(gram: Floats) -> Floats:
    """Correlations from sums of products with a column of ones last."""
    n, sums = gram[..., -1, -1], gram[..., :-1, -1]
    covariance = gram[..., :-1, :-1] - sums[..., :, None] * sums[..., None, :] / n[..., None, None]
    scale = np.sqrt(np.einsum("...ii->...i", covariance))
    scale = np.where(scale > 0, scale, 1.0)
    return np.asarray(covariance / scale[..., :, None] / scale[..., None, :])
