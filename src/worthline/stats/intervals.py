"""95% intervals from counts and sums: of a net promoter score, a share, a mean.

Reads     counts, sums and sums of squares (never the single answers).
Gives     (low, high); (None, None) where the data cannot tell how sure they are.
Method    NPS: the multinomial variance, var = (p + d - (p - d)^2) / n; Rocks (2016), American Statistician
          70(4), 365-372. Share: Wilson (1927), JASA 22, 209-212. Mean: normal, variance with n - 1.
          Weighted: the same with Kish's (1965) effective n = (sum w)^2 / sum w^2.
Assumes   answers are independent draws; the silent are not covered by any of these.
"""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

Z95 = 1.959963984540054
"""Normal quantile of 97.5%."""

Interval = tuple[float | None, float | None]
NONE: Interval = (None, None)


def nps_interval(promoters: float, passives: float, detractors: float, n: float | None = None) -> Interval:
    """Of 100 (promoters - detractors) / all, in points within -100 and 100; `n`: effective size, if not all.

    No interval for fewer than two answers, nor where all answered alike: their spread is not known.
    """
    whole = promoters + passives + detractors
    size = whole if n is None else n
    if whole <= 0 or size < 2:
        return NONE
    p, d = promoters / whole, detractors / whole
    variance = p + d - (p - d) ** 2
    if variance <= 1e-12:
        return NONE
    half = Z95 * sqrt(variance / size)
    return max(100 * (p - d - half), -100.0), min(100 * (p - d + half), 100.0)


def wilson(k: float, n: float) -> Interval:
    """Of the share k / n; both may be effective (weighted) counts."""
    if n <= 0:
        return NONE
    p, z2 = k / n, Z95 * Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(max(p * (1 - p) / n + z2 / (4 * n * n), 0.0)) / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def mean_interval(n: int, total: Decimal | float, squares: Decimal | float) -> Interval:
    """Of total / n, from the sum and the sum of squares; no interval for fewer than two values."""
    if n < 2:
        return NONE
    total, squares = Decimal(total), Decimal(squares)
    mean = total / n
    variance = max(float((squares - total * mean) / (n - 1)), 0.0)
    half = Z95 * sqrt(variance / n)
    return float(mean) - half, float(mean) + half


def kish(total: Decimal | float, squares: Decimal | float) -> float:
    """Effective number of answers from the sum of their weights and of the squares; 0 without weights."""
    return float(total) ** 2 / float(squares) if squares else 0.0


def weighted_nps(
    promoters: float, passives: float, detractors: float, effective: float
) -> tuple[float | None, float | None, float | None]:
    """(value, low, high) of an NPS from sums of weights and Kish's effective n; undefined without weights."""
    whole = promoters + passives + detractors
    if whole <= 0:
        return None, None, None
    low, high = nps_interval(promoters, passives, detractors, effective)
    return 100 * (promoters - detractors) / whole, low, high
