"""A change of prices within the last twelve months: earlier margin at today's level. numpy only.

Reads     CustomerArrays of members, with what each brought in the last three months and in the nine before.
Gives     the same customers, the nine months in today's prices; the factor.
Method    the mean of the same customers' months now over that before. A change of prices moves most customers alike, so
          the median customer moves at least half as far; three standard errors; not what the same months of the
          year before did as well, which is a season.
Assumes   such a change lasts; what a single customer changes (a plan, a discount) is theirs and is not touched.
Not for   customers who buy when they like: their level is margin for each unit of money spent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.stats import very_large

SURE = 3.0
"""Standard errors beyond which the same customers bring more, or less, than before."""
LEAST = 0.01
"""Change below which nothing is done."""
FEWEST = 50
"""Customers with three months on both sides."""
MONTHS = 2.5
"""Months that each side must hold of a customer."""


def at_todays_prices(
    customers: CustomerArrays, year_before: Callable[[], CustomerArrays | None]
) -> tuple[CustomerArrays, float]:
    """The customers, and the factor on what they brought in the nine months; 1 where prices did not change.

    `year_before`: customers as they were twelve months earlier, asked only where it matters; None: not known.
    """
    factor = change(customers)
    if factor == 1.0:
        return customers, 1.0
    earlier = year_before()
    if earlier is None or _same_way(change(earlier), factor):
        return customers, 1.0
    return replace(customers, net=(customers.net[0], customers.net[1] * factor)), factor


def change(customers: CustomerArrays) -> float:
    """What the same customers bring a month now over what they brought before; 1 where that may be chance."""
    (soon, before), (months, earlier) = customers.net, customers.weight
    total = np.abs(soon + before)
    rows = (months >= MONTHS) & (earlier >= MONTHS) & (before > 0) & (total <= very_large.largest(total))
    if rows.sum() < FEWEST:
        return 1.0
    now, then = soon[rows] / months[rows], before[rows] / earlier[rows]
    factor = float(now.mean() / then.mean())
    error = float((now - factor * then).std(ddof=1) / np.sqrt(rows.sum()) / then.mean())
    beyond = abs(factor - 1) > max(SURE * error, LEAST)
    middle = float(np.median(now / then))
    return factor if factor > 0 and beyond and _same_way(middle, factor) else 1.0


def _same_way(factor: float, other: float) -> bool:
    """Whether `factor` goes at least half as far from 1 as `other`, to the same side."""
    return (factor - 1) * (other - 1) > 0 and abs(factor - 1) >= abs(other - 1) / 2
