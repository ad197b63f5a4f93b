"""What a policy is worth, and which groups a treatment harms, from customers who were not used to learn it. SciPy.

Reads     pseudo-outcomes (n,) and effects told (n,) by models that never saw the rows; gain and cost of an effect.
Gives     Value: mean net gain a unit of treating whom a policy picks, with its error; Gate: the effect within a group.
Method    the mean of pseudo-outcomes over any group that was picked without them is the group's effect (Kennedy 2023;
          Chernozhukov, Demirer, Duflo & Fernandez-Val 2018, GATES: sorted group average treatment effects). Intervals
          of groups hold together: Bonferroni over all groups of a family.
Assumes   rows are independent; who is picked depends on other rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from worthline.stats.doubly_robust import Learned

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEVEL = 0.95
LEAST = 100
"""Units of a group below which it has no effect of its own."""
UNITS_A_GROUP, MOST_GROUPS = 2_000, 5


@dataclass(frozen=True, slots=True)
class Value:
    """Mean net gain a unit, against treating nobody."""

    mean: float
    error: float
    treated: int

    def interval(self) -> tuple[float, float]:
        """95%."""
        half = float(stats.norm.ppf(0.5 + LEVEL / 2)) * self.error
        return self.mean - half, self.mean + half


@dataclass(frozen=True, slots=True)
class Gate:
    """The effect on the units of one group; intervals of a family hold together."""

    group: int
    units: int
    effect: float
    error: float
    low: float
    high: float
    p: float
    """Two-sided, multiplied by the groups of the family."""
    lowest: float
    """Effects told from here on belong to the group; minus infinity for the first."""

    @property
    def is_harmed(self) -> bool:
        """Whether the interval lies below zero."""
        return self.high < 0


def value(pseudo: Floats, picked: Bools, *, gain: Floats, cost: Floats) -> Value:
    """Of treating the units picked; `gain`: money that an effect of one brings, `cost` of treating (n,)."""
    net = np.where(picked, gain * pseudo - cost, 0.0)
    n = len(net)
    error = float(net.std(ddof=1)) / sqrt(n) if n > 1 else float("inf")
    return Value(float(net.mean()), error, int(picked.sum()))


def difference(pseudo: Floats, one: Bools, other: Bools, *, gain: Floats, cost: Floats) -> Value:
    """Of treating the units of `one` instead of those of `other`."""
    net = (one.astype(np.float64) - other) * (gain * pseudo - cost)
    return Value(float(net.mean()), float(net.std(ddof=1)) / sqrt(len(net)), int(one.sum()))


def best_policy(learned: Learned, *, gain: Floats, cost: Floats) -> Bools:
    """Whom to treat: the effect told pays, all or nobody, whichever rows that were not used say is worth most.

    Picking by the effect told has to beat the simpler ones by one standard error, so that noise is no policy.
    """
    everyone, nobody = np.ones(len(gain), np.bool_), np.zeros(len(gain), np.bool_)
    simple = everyone if value(learned.pseudo, everyone, gain=gain, cost=cost).mean > 0 else nobody
    picked = gain * learned.told > cost
    more = difference(learned.pseudo, picked, simple, gain=gain, cost=cost)
    return picked if more.mean > more.error else simple


def groups_for(units: int) -> int:
    """How many groups so many units allow."""
    return int(min(max(units // UNITS_A_GROUP, 1), MOST_GROUPS))


def gates(pseudo: Floats, told: Floats, groups: int, *, family: int) -> list[Gate]:
    """Groups of equal size by the effect told, the lowest first; `family`: groups that are looked at in all."""
    edges = np.quantile(told, np.linspace(0, 1, groups + 1)[1:-1]) if groups > 1 else np.zeros(0)
    member = np.searchsorted(edges, told, side="right")
    critical = float(stats.norm.ppf(1 - (1 - LEVEL) / 2 / max(family, 1)))
    found = []
    for k in range(groups):
        own = pseudo[member == k]
        if len(own) < LEAST:
            continue
        effect, error = float(own.mean()), float(own.std(ddof=1)) / sqrt(len(own))
        p = min(2 * float(stats.norm.sf(abs(effect) / error)) * family, 1.0) if error > 0 else 1.0
        lowest = -np.inf if k == 0 else float(edges[k - 1])
        found.append(Gate(k, len(own), effect, error, effect - critical * error, effect + critical * error, p, lowest))
    return found
