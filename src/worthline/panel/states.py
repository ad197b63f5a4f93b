"""Whether a customer is here: active, joined, left, returned, and for how long. numpy only.

Reads     months as numbers on a Grid.
Gives     States, each array of shape (customers, width).
Method    state is that of the last day of the month (or of as_of); a customer is `joined` in the first month
          ever active, `left` in the first month after an active one, `returned` when active again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.panel.arrays import NEVER, Bools, Grid, Index


@dataclass(frozen=True, slots=True)
class Membership:
    """What is known of each customer, one value per customer; months as numbers, NEVER where there is none."""

    joins: Index
    """Month in which joined_on became known."""
    leaves: Index
    """First month on whose last day left_on was reached and known."""
    since: Index
    """Month of joined_on itself, which may lie before `joins`."""
    first: Index
    """First month ever active by what ran or was bought, before left_on is looked at."""
    paid_back: Index
    """First month in which money was paid back, where purchases make a customer: who is paid back has bought before."""


@dataclass(frozen=True, slots=True)
class States:
    """One value per customer and month."""

    active: Bools
    joined: Bools
    left: Bools
    returned: Bools
    prospect: Bools
    tenure: Index
    """Months since joining, counted on after leaving; meaningless for prospects, below 0 before the first purchase."""


def states(grid: Grid, here: Bools, who: Membership) -> States:
    """`here`: something runs, or was bought lately; left_on ends it in any case.

    Shapes: `here` (customers, months).
    """
    month = grid.numbers
    gone = month >= who.leaves[:, None]
    active = here & ~gone
    first = np.where(who.first < who.leaves, who.first, NEVER)[:, None]
    before = np.zeros_like(active)
    before[:, 1:] = active[:, :-1]
    before[:, 0] = first[:, 0] < 0
    joined_known = month >= who.joins[:, None]
    start = np.minimum(first, np.where(joined_known, who.since[:, None], NEVER))
    return States(
        active=active,
        joined=active & (month == first),
        left=~active & before,
        returned=active & ~before & (month > first),
        prospect=(month < first) & ~(gone & joined_known) & (month < who.paid_back[:, None]),
        tenure=(month - start).astype(np.int32),
    )
