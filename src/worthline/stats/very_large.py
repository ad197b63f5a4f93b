"""Whose size lies so far above everybody else's that nothing of the others follows from it. numpy only.

Reads     sizes of customers (what they bring).
Gives     the size above which one is very large.
Method    more than TAIL robust deviations (median absolute deviation of the logarithms) above the median.
Assumes   sizes above zero; the others, whose logarithm is not known, are no measure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TAIL = 5.0
"""Robust deviations above the median from which a customer is very large; one in 30,000 where logarithms are normal."""
LEAST_DEVIATION = 0.2
"""Of the logarithm: where all pay the same, who brings 2.7 times as much is already very large."""
NORMAL = 1.4826
"""A normal's standard deviation over its median absolute deviation."""
FEWEST = 10
"""Customers from whom a spread can be told."""


def largest(sizes: NDArray[np.float64]) -> float:
    """The size above which one of `sizes` is very large; infinite where too few are known to tell.

    Shapes: `sizes` (n,); gives a number.
    """
    logs = np.log(sizes[sizes > 0])
    if logs.size < FEWEST:
        return float("inf")
    middle = float(np.median(logs))
    deviation = NORMAL * float(np.median(np.abs(logs - middle)))
    return float(np.exp(min(middle + TAIL * max(deviation, LEAST_DEVIATION), 700.0)))
