"""Standard errors of an experiment's estimate: of units drawn one by one, and of clusters drawn as a whole. numpy only.

Reads     outcomes or influence values of units, their stratum, arm and cluster, numbered from 0.
Gives     (standard error, degrees of freedom).
Method    units: Neyman (1923), variances by stratum and arm, Welch & Satterthwaite's degrees of freedom.
          Clusters: sums of influence by cluster; a group is the strata and arms that clusters hold together, and has
          the factor G / (G - 1) of its own G clusters. Clusters that are wholly of one arm leave each arm a group of
          its own: of equal clusters this is Welch's t test of their means. One cluster in an arm says nothing of how
          clusters differ, so it adds no certainty: it takes the spread of the arm's other groups.
          Pairs: where no stratum has two of an arm, the differences of strata are what varies (Imai, King & Nall 2009,
          Statistical Science 24, equation 5); of equal strata this is the paired t test.
Assumes   clusters are independent of each other, and of like size where there are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from worthline.errors import NotEnoughData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_BORROWED = 0.1
"""Share of the estimate that lone clusters may have whose arm holds no other group to borrow from."""
LEAST = 2
"""Units, clusters or strata below which a variance is not known."""


@dataclass(frozen=True, slots=True)
class Strata:
    """The difference between the arms by stratum: the weight of each, which sum to 1, and its difference."""

    weight: Floats
    difference: Floats

    def paired(self, what: str) -> tuple[float, float]:
        """From how strata differ, where each has one `what` of an arm; raises NotEnoughData for one stratum."""
        count = len(self.weight)
        if count < LEAST:
            raise NotEnoughData(f"1 {what} in an arm; at least {LEAST} in each arm are needed.")
        parts = self.weight * self.difference
        spread = parts - parts.sum() / count
        return sqrt(float(spread @ spread) * count / (count - 1)), float(count - 1)


def by_unit(y: Floats, treated: Bools, stratum: Ints, strata: Strata) -> tuple[float, float]:
    """Units drawn one by one; a stratum with one unit of an arm borrows the arm's variance. Raises NotEnoughData.

    Shapes: `y`, `treated`, `stratum` (n,).
    """
    weight, variance, quarter = strata.weight, 0.0, 0.0
    for arm in (treated, ~treated):
        size = np.bincount(stratum[arm], minlength=len(weight)).astype(np.float64)
        mean = np.bincount(stratum[arm], y[arm], len(weight)) / size
        squares = np.bincount(stratum[arm], (y[arm] - mean[stratum[arm]]) ** 2, len(weight))
        if not (size > 1).any():
            return strata.paired("customer")
        parts = _parts(size, squares / np.maximum(size - 1, 1), weight**2 / size)
        variance, quarter = variance + parts[0], quarter + parts[1]
    return _with_degrees(variance, quarter)


def by_cluster(influence: Floats, treated: Bools, stratum: Ints, cluster: Ints, strata: Strata) -> tuple[float, float]:
    """Clusters drawn as a whole; raises NotEnoughData where they are too few in an arm.

    Shapes: `influence`, `treated`, `stratum`, `cluster` (n,).
    """
    cell = 2 * stratum + treated
    group_of_cell, group = _groups(cell, cluster)
    size = np.bincount(group).astype(np.float64)
    squares = np.bincount(group, np.bincount(cluster, influence) ** 2)
    cells = np.unique(cell)
    share = np.bincount(group_of_cell[cells], strata.weight[cells // 2], len(size))
    holds = [np.bincount(group_of_cell[cells], cells % 2 == arm, len(size)) > 0 for arm in (0, 1)]
    kinds = 2 * holds[0] + holds[1]
    scale = share**2 / size
    spread = np.divide(squares * size / np.maximum(size - 1, 1), scale, out=np.zeros(len(size)), where=scale > 0)
    variance, quarter = 0.0, 0.0
    for kind in np.unique(kinds):
        own = kinds == kind
        if (size[own] > 1).any():
            parts = _parts(size[own], spread[own], scale[own])
        elif share[own].sum() <= MOST_BORROWED and (size > 1).any():
            parts = float((scale[own] * spread[size > 1].max()).sum()), 0.0
        else:
            return strata.paired("cluster")
        variance, quarter = variance + parts[0], quarter + parts[1]
    return _with_degrees(variance, quarter)


def _parts(size: Floats, spread: Floats, scale: Floats) -> tuple[float, float]:
    """Sum of scale x spread, and that of squares over degrees of freedom; sizes of one borrow the pooled spread."""
    free, several = float((size - 1).sum()), size > 1
    pooled = float((spread * (size - 1))[several].sum()) / free
    own, borrowed = (scale * spread)[several], float(scale[~several].sum()) * pooled
    return float(own.sum()) + borrowed, float((own**2 / (size[several] - 1)).sum()) + borrowed**2 / free


def _with_degrees(variance: float, quarter: float) -> tuple[float, float]:
    return sqrt(variance), max(variance**2 / quarter if quarter > 0 else 1.0, 1.0)


def effective_clusters(cluster: Ints) -> float:
    """How many clusters of equal size tell as much: squared sum of sizes over the sum of their squares.

    Carter, Schnepel & Steigerwald (2017), Review of Economics and Statistics 99, 698-709. Shapes: `cluster` (n,).
    """
    size = np.unique(cluster, return_counts=True)[1].astype(np.float64)
    return float(size.sum() ** 2 / (size**2).sum()) if len(size) else 0.0


def _groups(cell: Ints, cluster: Ints) -> tuple[Ints, Ints]:
    """Group of each cell and of each cluster: cells that a cluster reaches into are of one group."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    cells, clusters = int(cell.max()) + 1, int(cluster.max()) + 1
    links = coo_array((np.ones(len(cell), np.int8), (cell, cells + cluster)), shape=(cells + clusters,) * 2)
    labels = np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)
    used = np.concatenate([np.bincount(cell, minlength=cells) > 0, np.ones(clusters, np.bool_)])
    numbers = np.zeros(int(labels.max()) + 1, np.int64)
    numbers[np.unique(labels[used])] = np.arange(len(np.unique(labels[used])))
    return numbers[labels[:cells]], numbers[labels[cells:]]
