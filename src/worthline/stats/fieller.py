"""The interval of a ratio of two estimates that both err. Arithmetic only.

Reads     two estimates with their variances and covariance.
Gives     both ends of the interval of numerator / denominator; None where the denominator may be zero.
Method    Fieller (1954), J. Royal Statistical Society B 16(2), 175-185: all ratios r for which numerator - r x
          denominator is within its own error of zero. Unlike the delta method it is not symmetrical: a denominator that
          is told too small makes the ratio large and uncertain at once.
"""

from __future__ import annotations

from math import sqrt

from worthline.stats.intervals import Z95


def ratio_interval(
    numerator: float, denominator: float, *, variance: float, variance_below: float, covariance: float
) -> tuple[float, float] | None:
    """Ends of the 95% interval of numerator / denominator.

    `variance`: of the numerator; `variance_below`: of the denominator; `covariance`: of both.
    """
    z2 = Z95 * Z95
    a = denominator**2 - z2 * variance_below
    if a <= 0:
        return None
    b = numerator * denominator - z2 * covariance
    c = numerator**2 - z2 * variance
    root = sqrt(max(b * b - a * c, 0.0))
    return (b - root) / a, (b + root) / a
