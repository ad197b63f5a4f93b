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
import scipy
from numpy.typing import NDArray

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
        half = float(scipy.stats.norm.ppf(0.5 + LEVEL / 2)) * self.error
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
    """Of treating the units of `one` instead of those of `other`.

    Shapes: `pseudo`, `one`, `other`, `gain`, `cost` (n,).
    """
    net = (one.astype(np.float64) - other) * (gain * pseudo - cost)
    return Value(float(net.mean()), float(net.std(ddof=1)) / sqrt(len(net)), int(one.sum()))


def best_policy(learned: Learned, *, gain: Floats, cost: Floats) -> Bools:
    """Whom to treat: whose effect pays; or all or nobody, where rows that were not used speak against picking.

    They do where picking is worth less than the better of the two by more than one standard error. The learner itself
    is drawn to the average where nothing else holds out of fold, so that picking by noise loses little.
    Shapes: `gain`, `cost` (n,); gives (n,).
    """
    everyone, nobody = np.ones(len(gain), np.bool_), np.zeros(len(gain), np.bool_)
    simple = everyone if value(learned.pseudo, everyone, gain=gain, cost=cost).mean > 0 else nobody
    if learned.effects.is_constant:
        return simple
    picked = gain * learned.told > cost
    more = difference(learned.pseudo, picked, simple, gain=gain, cost=cost)
    return picked if more.mean > -more.error else simple


def groups_for(units: int) -> int:
    """How many groups so many units allow."""
    return int(min(max(units // UNITS_A_GROUP, 1), MOST_GROUPS))


def mean(values: Floats, cluster: Ints | None = None) -> tuple[float, float]:
    """Mean and standard error; with clusters from sums by cluster, with the usual factor clusters / (clusters - 1).

    Shapes: `values`, `cluster` (n,).
    """
    n, centre = len(values), float(values.mean())
    if cluster is None:
        return centre, float(values.std(ddof=1)) / sqrt(n) if n > 1 else float("inf")
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1].reshape(-1), values - centre)
    count = len(sums)
    return centre, sqrt(float(sums @ sums) * count / (count - 1)) / n if count > 1 else float("inf")


def gates(pseudo: Floats, told: Floats, groups: int, *, family: int, cluster: Ints | None = None) -> list[Gate]:
    """Groups of equal size by the effect told, the lowest first; `family`: groups that are looked at in all.

    Shapes: `pseudo`, `told`, `cluster` (n,).
    """
    edges = np.quantile(told, np.linspace(0, 1, groups + 1)[1:-1]) if groups > 1 else np.zeros(0)
    member = np.searchsorted(edges, told, side="right")
    critical = float(scipy.stats.norm.ppf(1 - (1 - LEVEL) / 2 / max(family, 1)))
    all_groups = []
    for k in range(groups):
        own = pseudo[member == k]
        if len(own) < LEAST:
            continue
        effect, error = mean(own, None if cluster is None else cluster[member == k])
        p = min(2 * float(scipy.stats.norm.sf(abs(effect) / error)) * family, 1.0) if error > 0 else 1.0
        lowest = -np.inf if k == 0 else float(edges[k - 1])
        all_groups.append(
            Gate(k, len(own), effect, error, effect - critical * error, effect + critical * error, p, lowest)
        )
    return all_groups
