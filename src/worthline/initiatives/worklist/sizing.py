"""How large an action's control group is, what that can show, and what it costs to know. numpy only.

Reads     customers an action is open to: chance of leaving, money that goes with them, expected net gain.
Gives     Sizing: the control group's share with its reasons in numbers.
Method    the smallest effect worth finding pays for the contact: cost / money that goes with a customer. The share
          is the smallest of SHARES that finds it among the customers of the planned weeks, with 80% power at 5%; where
          none does, LARGEST, as nobody decided to withhold more. The spread is that of staying or leaving within twelve
          months; what the churn model tells beforehand is taken off: of calibrated chances p, var(p).
Assumes   staying is known twelve months after the contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from worthline.stats.power import Design, detectable, units_for_means, whole

Floats = NDArray[np.float64]
SHARES = (0.05, 0.10, 0.15, 0.20)
LARGEST = SHARES[-1]
FOLLOW_UP_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Sizing:
    """One action's experiment."""

    share: float
    """Of its customers in the control group, the universal group not counted."""
    worth_finding: float | None
    """The smallest effect on staying that pays for the contact; None where that is not known."""
    customers: int | None
    """Both arms together; None where no number is enough."""
    weeks: int | None
    """To assign them, at the action's capacity."""
    detectable: float | None
    """The smallest effect on staying that the planned weeks can show; None where they hold too few customers."""


def of_growth(share: float | None) -> Sizing:
    """Of an action that is not for staying: how margin spreads is not known before an experiment."""
    return Sizing(LARGEST if share is None else share, None, None, None, None)


def size(
    *,
    p: Floats,
    lost: Floats,
    net: Floats,
    cost: float,
    per_week: int,
    weeks: int,
    share: float | None,
) -> Sizing:
    """`p`, `lost`, `net`: of customers the action is open to; `share`: where it is settled already.

    Shapes: `p` (n,), 0 to 1; `lost`, `net` (n,), money.
    """
    best = np.argsort(-net, kind="stable")
    pays = best[net[best] > 0]
    listed = (pays if len(pays) else best)[: max(per_week * weeks, 1)]
    known = listed[np.isfinite(p[listed]) & np.isfinite(lost[listed])]
    mean_lost = float(lost[known].mean()) if len(known) else 0.0
    base = float(p[known].mean()) if len(known) else 0.0
    spread = sqrt(base * (1 - base))
    if spread == 0 or mean_lost <= 0:
        return Sizing(LARGEST if share is None else share, None, None, None, None)
    reliability = min(float(p[known].std()) / spread, 0.99)
    worth = cost / mean_lost
    if worth >= 1:  # dearer than the customer: no effect on staying pays for it
        return Sizing(LARGEST if share is None else share, worth, None, None, None)
    shares = SHARES if share is None else (share,)
    designs = [Design(control_share=one, correlation=reliability) for one in shares]
    needed = [units_for_means(worth, spread, design) if worth > 0 else inf for design in designs]
    there = [len(listed) / (1 - design.control_share) for design in designs]
    enough = [k for k, (needs, has) in enumerate(zip(needed, there, strict=True)) if needs <= has]
    k = enough[0] if enough else len(shares) - 1
    treated_a_week = per_week / (1 - shares[k])
    took = ceil(needed[k] / treated_a_week) if isfinite(needed[k]) and per_week else None
    shows = detectable(spread, there[k], designs[k])
    return Sizing(shares[k], worth, whole(needed[k]), took, shows if shows < 1 else None)
