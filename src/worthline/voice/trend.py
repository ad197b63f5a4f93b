"""How often a theme comes up over the months: its trend with an interval, and months that are more than chance.

Reads     counts by month, whole months only.
Gives     `trend`: the last RECENT months against the months before, as a rate ratio less one, with a 95% interval;
          `chances`: of each month having so many comments or more.
Method    counts that vary more than Poisson counts do are negative binomial. The spread (variance over mean) is
          Pearson's of both spans, each around its own mean, at least 1. Ratio: on the log scale, error by the delta
          method with half a count added; where the spread is estimated, ends by Student's t with its degrees of
          freedom.
          A month is held against the other months of the span, their median and the larger of two variances that few
          odd months do not move: 1.4826 median absolute deviation squared, and the variance without the two highest
          months times what these two take from it. Either alone is too small too often where counts vary much. The
          chance of so many or more is that of a negative binomial with that mean and variance. Chances are corrected by
          their caller over themes and months (Benjamini & Hochberg).
Source    Cameron & Trivedi 2013, Regression analysis of count data, chapter 3; Farrington et al. 1996, JRSS A 159.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from worthline.stats.intervals import Z95

Floats = NDArray[np.float64]
RECENT = 3
BEFORE = 12
LEAST_BEFORE = 3
LEAST_COUNT = 10
"""Comments in both spans together, for a trend; and in a month, for an alarm."""
HIGHEST = 2
TAKEN_BY_HIGHEST = 1.32
"""What the variance of 23 normal counts is to that without their two highest (simulated: 1.32)."""
FEW_MONTHS = 8


@dataclass(frozen=True)
class Trend:
    """Change of the monthly rate: 0.5 is half as many again."""

    change: float
    low: float
    high: float


def trend(counts: Floats) -> Trend | None:
    """The last months against those before; None where there are too few of either.

    Shapes: `counts` (months,) comments.
    """
    if len(counts) < RECENT + LEAST_BEFORE:
        return None
    late, before = counts[-RECENT:], counts[-RECENT - BEFORE : -RECENT]
    if late.sum() + before.sum() < LEAST_COUNT:
        return None
    freedom = len(late) + len(before) - 2
    spread = sum(float(((part - part.mean()) ** 2).sum() / part.mean()) for part in (late, before) if part.any())
    spread /= freedom
    reach = float(scipy.stats.t.ppf(0.975, freedom)) if spread > 1 else Z95
    ratio = ((late.sum() + 0.5) / len(late)) / ((before.sum() + 0.5) / len(before))
    error = np.sqrt(max(spread, 1.0) * (1 / (late.sum() + 0.5) + 1 / (before.sum() + 0.5)))
    ends = np.exp(np.log(ratio) + np.array([-reach, reach]) * error) - 1
    return Trend(round(float(ratio - 1), 4), round(float(ends[0]), 4), round(float(ends[1]), 4))


def chances(counts: Floats) -> tuple[Floats, Floats]:
    """For each month the chance of so many or more, were it like the others, and what was to be expected.

    NaN where there are fewer than LEAST_BEFORE other months, or fewer than LEAST_COUNT comments.
    Shapes: `counts` (months,) comments; gives two of (months,), 0 to 1 and comments.
    """
    p, expected = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    if len(counts) <= LEAST_BEFORE:
        return p, expected
    for at in range(len(counts)):
        others = np.delete(counts, at)
        middle = float(np.median(others))
        expected[at] = middle
        if counts[at] < LEAST_COUNT:
            continue
        mean = max(middle, 0.5)
        deviation = 1.4826 * float(np.median(np.abs(others - middle)))
        variance = max(mean, deviation**2, _without_highest(others))
        p[at] = _at_least(counts[at], mean, variance * (1 + 1 / len(others)))
    return p, expected


def _without_highest(counts: Floats) -> float:
    """The variance of counts without the two highest, as large as all would have without odd ones; 0 of too few."""
    kept = np.sort(counts)[:-HIGHEST]
    return TAKEN_BY_HIGHEST * float(kept.var(ddof=1)) if len(kept) >= FEW_MONTHS else 0.0


def _at_least(count: float, mean: float, variance: float) -> float:
    if variance <= mean * 1.000_001:
        return float(scipy.stats.poisson.sf(count - 1, mean))
    share = mean / variance
    return float(scipy.stats.nbinom.sf(count - 1, mean * share / (1 - share), share))
