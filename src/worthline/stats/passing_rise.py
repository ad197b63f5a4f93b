"""Months in which far more left than in the months around them, and then as many as before. numpy only.

Reads     counts by month: who left, who was here.
Gives     the months of such a rise, with the share of their leavers that is usual.
Method    a scan of one to four months against the median rate of the year before and after.
Assumes   months in order, none left out.
Not for   a season, which comes back; a rise at the end of the record, which may last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YEAR = 12
BEYOND_CHANCE, LONGEST_RISE, AROUND = 5.0, 4, 3
"""Standard deviations above which a rise of leavers is none of chance; its months at most; months before and after."""


def passing_rise(left: Floats, here: Floats) -> dict[int, float]:
    """Months (by index) of a rise that passed, with the share of their leavers that is usual.

    One to `LONGEST_RISE` months, at least half more than the months around would have, which five standard deviations
    of chance and of the months' own spread do not explain; not at the end of the record, nor a year apart from another.
    Shapes: `left`, `here` (months,) customers.
    """
    rises: dict[int, float] = {}
    best = BEYOND_CHANCE
    for length in range(1, LONGEST_RISE + 1):
        for first in range(AROUND, len(left) - length - AROUND + 1):
            inside = slice(first, first + length)
            nearby = range(max(first - YEAR, 0), min(first + length + YEAR, len(left)))
            around = [i for i in nearby if not first <= i < first + length]
            rates = left[around] / np.maximum(here[around], 1)
            rate = float(np.median(rates))
            expected = rate * here[inside].sum()
            spread = 1.4826 * float(np.median(np.abs(rates - rate))) * float(here[inside].mean()) * length**0.5
            sd = max(expected**0.5, spread)
            rise = left[inside].sum()
            if expected <= 0 or rise < 1.5 * expected or (rise - expected) / sd < best:
                continue
            if _again(left, here, first, length, rate):
                continue
            best = (rise - expected) / sd
            rises = {i: min(rate * here[i] / max(left[i], 1), 1.0) for i in range(first, first + length)}
    return rises


def _again(left: Floats, customers: Floats, first: int, length: int, rate: float) -> bool:
    """Whether the same months of another year rose as well: a season, that comes back. True where none is recorded."""
    known = False
    for other in (first - YEAR, first + YEAR):
        if other < 0 or other + length > len(left):
            continue
        known = True
        expected = rate * customers[other : other + length].sum()
        if left[other : other + length].sum() - expected > 2 * expected**0.5:
            return True
    return not known
