"""What goes together between places and within them: stores, branches, hospitals. Ibis and numpy.

Reads     the table locations: what is measured of a place at a time.
Gives     Slopes of one measure on another, between places and within them; Effects of the grain location.
Method    between: the slope of the places' means; within: the slope of what is left once each place's mean is taken
          away (fixed effects), errors by place (Wooldridge 2010, Econometric analysis of cross section and panel
          data, 10.5). A value carried over unchanged is no new evidence: of rows of a place that repeat the one before
          in both measures only the first counts. A slope between places several times the slope within comes of what
          else differs between them, and says so.
Assumes   the soft measure is the one that is called so (SOFT): it is taken as what goes before.
Not for   causes: the grade is "correlation only", and no money comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import erfc, sqrt
from typing import TYPE_CHECKING

import numpy as np

from worthline.effects.checks import Check
from worthline.effects.effect import Effect
from worthline.metrics import formatting
from worthline.results import Compute, Dataset
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.double_ml import Z

if TYPE_CHECKING:
    import ibis.expr.types as ir

SOFT = re.compile(r"nps|csat|\bces\b|star|score|rating|satisf", re.IGNORECASE)
"""Names of measures that say how customers feel."""
SEVERAL = 2.0
"""Times the slope within, from which on a slope between places is confounded."""
LEAST_PLACES = 20
METHOD = "slopes between and within places, errors by place"


@dataclass(frozen=True, slots=True)
class Slopes:
    """One measure on another; errors are standard errors."""

    between: float
    between_error: float
    within: float
    within_error: float
    n: int
    repeated: int
    """Rows that repeated the one before, left out."""
    places: int

    @property
    def confounded(self) -> bool:
        """Whether the slope between places is several times that within, or of another sign, beyond chance."""
        apart = abs(self.between - self.within) > Z * sqrt(self.between_error**2 + self.within_error**2)
        return apart and not 0 < self.between / (self.within or np.inf) < SEVERAL


def slopes(place: Ints, at: Ints, x: Floats, y: Floats) -> Slopes | None:
    """Slope of y on x, shapes (n,); None where too few places were seen more than once, or nothing varies."""
    order = np.lexsort([at, place])
    place, x, y = place[order], x[order], y[order]
    same = np.zeros(len(x), np.bool_)
    same[1:] = (np.diff(place) == 0) & (np.diff(x) == 0) & (np.diff(y) == 0)
    place, x, y = place[~same], x[~same], y[~same]
    known, number, count = np.unique(place, return_inverse=True, return_counts=True)
    if (count > 1).sum() < LEAST_PLACES:
        return None
    mean_x, mean_y = np.bincount(number, x) / count, np.bincount(number, y) / count
    inside_x, inside_y = x - mean_x[number], y - mean_y[number]
    if np.ptp(mean_x) == 0 or not inside_x.any():
        return None
    between, between_error = _slope(mean_x - mean_x.mean(), mean_y - mean_y.mean(), np.arange(len(known)))
    within, within_error = _slope(inside_x, inside_y, number)
    return Slopes(between, between_error, within, within_error, len(x), int(same.sum()), len(known))


def _slope(x: Floats, y: Floats, cluster: Ints) -> tuple[float, float]:
    """Slope through the origin, and its error by cluster."""
    square = float(x @ x)
    slope = float(x @ y) / square
    score = np.bincount(cluster, x * (y - slope * x))
    return slope, float(np.sqrt((score**2).sum())) / square


def found(ds: Dataset, rooms: Compute) -> Iterator[tuple[Effect, str]]:
    """Every soft measure of places on every other one, each with its sentence."""
    if "locations" not in ds.tables:
        return
    rows = rooms.fetch(_measured(ds))
    name = np.asarray(rows["measure"].to_pylist())
    place = np.unique(np.asarray(rows["location"].to_pylist()), return_inverse=True)[1].astype(np.int64)
    at = np.asarray(rows["day"].cast("int32").to_numpy(), dtype=np.int64)
    value = np.asarray(rows["value"].to_numpy(), dtype=np.float64)
    measures = sorted(set(name.tolist()))
    for soft in (one for one in measures if SOFT.search(one)):
        for hard in (one for one in measures if not SOFT.search(one)):
            x, y, where, when = _beside(name, soft, hard, place, at, value)
            both = slopes(where, when, x, y) if len(x) else None
            if both is not None:
                effect = _effect(both, soft, hard, float(np.polyfit(x, y, 1)[0]))
                yield effect, sentence(both, soft, hard)


def _beside(
    name: np.ndarray, soft: str, hard: str, place: Ints, at: Ints, value: Floats
) -> tuple[Floats, Floats, Ints, Ints]:
    """Both measures of the same place on the same day."""
    width = int(at.max()) + 1
    key = place * width + at
    first, second = name == soft, name == hard
    keys, a, b = np.intersect1d(key[first], key[second], return_indices=True)
    return value[first][a], value[second][b], keys // width, keys % width


def _measured(ds: Dataset) -> ir.Table:
    t = ds["locations"]
    rows = t.filter(t.location.notnull(), t.measure.notnull(), t.value.notnull(), t.at_date.notnull())
    each = rows.group_by("location", "measure", day=rows.at_date).agg(value=rows.value.cast("float64").max())
    return each.order_by("location", "measure", "day")


def sentence(both: Slopes, soft: str, hard: str) -> str:
    """What both slopes say."""
    told = (
        f"Places with one more point of {soft} differ in {hard} by {_digits(both.between)}; a place that gains a point"
    )
    told += f" changes by {_digits(both.within)} (likely {_digits(both.within - Z * both.within_error)} to "
    told += f"{_digits(both.within + Z * both.within_error)}); correlation only."
    if both.confounded:
        told += " What differs between places is not what a change brings: the comparison of places is confounded."
    if both.repeated:
        told += f" {formatting.how_many(both.repeated, 'row repeats', 'rows repeat')} the one before: no new evidence."
    return told


def _effect(both: Slopes, soft: str, hard: str, raw: float) -> Effect:
    ratio = both.between / both.within if both.within else None
    says = f"The slope between places is {_digits(both.between)}, within them {_digits(both.within)}"
    says += ": confounded by what else differs between places." if both.confounded else "."
    check = Check("between and within", "failed" if both.confounded else "passed", ratio, says)
    error = both.within_error
    return Effect(
        cause=f"{soft}, one more point at a place",
        outcome=hard,
        horizon=0,
        population=f"{formatting.how_many(both.places, 'place')}, {formatting.how_many(both.n, 'time')} measured",
        estimand=f"mean difference in {hard} that goes with one more point of {soft} at the same place",
        method=METHOD,
        checks=(check,),
        n=both.n,
        exposed=both.n,
        grain="location",
        estimate=both.within,
        error=error,
        p=erfc(abs(both.within) / error / sqrt(2)) if error > 0 else 1.0,
        raw=raw,
        between=both.between,
        within=both.within,
        grade="D",
    )


def _digits(value: float) -> str:
    return f"{value:.3g}"
