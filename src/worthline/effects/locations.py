"""What goes together between places and within them: stores, branches, hospitals. numpy only.

Reads     the table locations: what is measured of a place at a time, and whether it is soft or hard.
Gives     Slopes of one measure on another, between places and within them; Effects of the grain location.
Method    between: the slope of the places' means. Within: the slope with an effect of each place *and* of each date, so
          that what rises or falls everywhere at once explains nothing (two-way fixed effects); errors by place, t with
          places - 1 (Wooldridge 2010, Econometric analysis of cross section and panel data, 10.5; Cameron & Miller
          2015, J. Human Resources 50(2), 317-372). P-values are corrected over all pairs of measures (Benjamini &
          Hochberg 1995). A value carried over unchanged is no new evidence: of rows of a place that repeat the one
          before in both measures only the first counts. A slope between places several times the slope within comes
          of what else differs between them, and says so.
Assumes   a measure is soft or hard as its `kind` declares; the soft one is taken as what goes before. Without a
          declaration there is no direction, and no estimate.
Not for   causes: the grade is "correlation only", and no money comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from worthline.effects import holdings
from worthline.effects.checks import Check
from worthline.effects.effect import ALPHA, Effect
from worthline.metrics import formatting
from worthline.results import Compute, Dataset
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.false_discovery import adjusted_p_values
from worthline.stats.intervals import Z95

SEVERAL = 2.0
"""Times the slope within, from which on a slope between places beyond chance is confounded."""
FAR = 10.0
"""Times the slope within, from which on a slope between places that is not zero is confounded."""
LEAST_PLACES = 20
LEAST_A_DATE = 5
"""Places on a date, on average, for dates to be those of the table; with fewer, a date is its month."""
METHOD = "slopes between places, and within them with effects of place and date; errors by place"


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
    dates: int

    @property
    def quantile(self) -> float:
        """Standard errors on each side of a 95% interval: Student's t with places - 1."""
        from scipy.special import stdtrit

        return float(stdtrit(self.places - 1, 0.975))

    @property
    def p(self) -> float:
        """Two-sided p-value of the slope within; 1 where nothing varies."""
        from scipy.special import stdtr

        if self.within_error <= 0:
            return 1.0
        return float(2 * stdtr(self.places - 1, -abs(self.within) / self.within_error))

    @property
    def is_confounded(self) -> bool:
        """Whether the slope between places is several times that within, or of another sign, beyond chance."""
        ratio = self.between / (self.within or np.inf)
        apart = abs(self.between - self.within) > Z95 * sqrt(self.between_error**2 + self.within_error**2)
        far = abs(self.between) >= FAR * abs(self.within) and abs(self.between) > Z95 * self.between_error
        return (apart and not 0 < ratio < SEVERAL) or far


def slopes(place: Ints, at: Ints, x: Floats, y: Floats) -> Slopes | None:
    """Slope of y on x, shapes (n,), `at` in days; None where few places were seen more than once, or nothing varies."""
    order = np.lexsort([at, place])
    place, at, x, y = place[order], at[order], x[order], y[order]
    same = np.zeros(len(x), np.bool_)
    same[1:] = (np.diff(place) == 0) & (np.diff(x) == 0) & (np.diff(y) == 0)
    place, at, x, y = place[~same], at[~same], x[~same], y[~same]
    known, number, count = np.unique(place, return_inverse=True, return_counts=True)
    if (count > 1).sum() < LEAST_PLACES:
        return None
    mean_x, mean_y = np.bincount(number, x) / count, np.bincount(number, y) / count
    date = _dates(at)
    inside_x, inside_y = _within(number, date, x), _within(number, date, y)
    if np.ptp(mean_x) == 0 or inside_x @ inside_x <= 1e-12 * ((x - x.mean()) ** 2).sum():
        return None
    between, between_error = _slope(mean_x - mean_x.mean(), mean_y - mean_y.mean(), np.arange(len(known)))
    within, within_error = _slope(inside_x, inside_y, number)
    fitted = (between, between_error, within, within_error, len(x), int(same.sum()), len(known))
    return Slopes(*fitted, int(date.max()) + 1)


def _dates(at: Ints) -> Ints:
    """Dates numbered from 0: days where places are measured on the same ones, else months."""
    days, number = np.unique(at, return_inverse=True)
    if len(at) < LEAST_A_DATE * len(days):
        month = at.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        number = np.unique(month, return_inverse=True)[1]
    return np.asarray(number, dtype=np.int64)


def _within(place: Ints, date: Ints, values: Floats) -> Floats:
    """What is left of values, shape (n,), once an effect of each place and each date is taken away.

    Exact: dates as columns, less their places' means, by least squares (Frisch, Waugh & Lovell).
    """
    count = np.bincount(place)
    centred = values - (np.bincount(place, values) / count)[place]
    cells = np.zeros((len(count), int(date.max()) + 1))
    np.add.at(cells, (place, date), 1.0)
    # Normal equations of the dates: D'D - N' C^-1 N, with N rows of each place and date and C rows of each place.
    gram = np.diag(cells.sum(axis=0)) - cells.T @ (cells / count[:, None])
    effect = np.linalg.pinv(gram, hermitian=True) @ np.bincount(date, centred, cells.shape[1])
    fitted = effect[date]
    return np.asarray(centred - fitted + (np.bincount(place, fitted) / count)[place])


def _slope(x: Floats, y: Floats, cluster: Ints) -> tuple[float, float]:
    """Slope through the origin, and its error by cluster, widened for few of them."""
    square = float(x @ x)
    slope = float(x @ y) / square
    score = np.bincount(cluster, x * (y - slope * x))
    groups = int(cluster.max()) + 1
    return slope, float(np.sqrt((score**2).sum() * groups / (groups - 1))) / square


def found(ds: Dataset, rooms: Compute) -> tuple[list[tuple[Effect, str]], tuple[str, ...]]:
    """Every soft measure of places on every hard one, each with its sentence; and notes on what is not declared."""
    if "locations" not in ds.tables:
        return [], ()
    rows = rooms.fetch(holdings.measures_of_places(ds))
    name = np.asarray(rows["measure"].to_pylist())
    place = np.unique(np.asarray(rows["location"].to_pylist()), return_inverse=True)[1].astype(np.int64)
    at = np.asarray(rows["day"].cast("int32").to_numpy(), dtype=np.int64)
    value = np.asarray(rows["value"].to_numpy(), dtype=np.float64)
    kinds = _kinds(rows["measure"].to_pylist(), rows["kind"].to_pylist())
    pairs = []
    for soft in (measure for measure, kind in kinds.items() if kind == "soft"):
        for hard in (measure for measure, kind in kinds.items() if kind == "hard"):
            x, y, where, when = _beside(name, soft, hard, place, at, value)
            both = slopes(where, when, x, y) if len(x) else None
            if both is not None:
                pairs.append((both, soft, hard, float(np.polyfit(x, y, 1)[0])))
    adjusted = adjusted_p_values([both.p for both, *_ in pairs])
    effects = [
        (replace(_effect(both, soft, hard, raw), p_adjusted=p), sentence(both, soft, hard, p))
        for (both, soft, hard, raw), p in zip(pairs, adjusted, strict=True)
    ]
    return effects, _undeclared(kinds)


def _kinds(measures: Sequence[str], kinds: Sequence[str | None]) -> dict[str, str]:
    """Soft or hard by measure, in order of name; "" where it is not declared, or declared both ways."""
    declared: dict[str, set[str]] = {}
    for measure, kind in zip(measures, kinds, strict=True):
        declared.setdefault(measure, set()).update([kind] if kind else [])
    return {name: next(iter(own)) if len(own) == 1 else "" for name, own in sorted(declared.items())}


def _undeclared(kinds: dict[str, str]) -> tuple[str, ...]:
    """What to declare, where measures bear no kind or no pair of soft and hard is left."""
    missing = [name for name, kind in kinds.items() if not kind]
    if missing:
        says = f"Locations: no direction is estimated for {', '.join(missing)}, as no kind is declared: soft (what "
        says += "customers say) or hard. Declare it: a column kind, or in worthline.toml under [tables.locations] "
        says += f'columns = {{ kind = "measure" }} and values.kind = {{ "{missing[0]}" = "soft" }}.'
        return (says,)
    if kinds and len(set(kinds.values())) == 1:
        return (f"Locations: every measure is {next(iter(kinds.values()))}. A soft and a hard one are needed.",)
    return ()


def _beside(
    name: np.ndarray, soft: str, hard: str, place: Ints, day: Ints, value: Floats
) -> tuple[Floats, Floats, Ints, Ints]:
    """Both measures of the same place on the same day."""
    width = int(day.max()) + 1
    key = place * width + day
    first, second = name == soft, name == hard
    keys, a, b = np.intersect1d(key[first], key[second], return_indices=True)
    return value[first][a], value[second][b], keys // width, keys % width


def sentence(both: Slopes, soft: str, hard: str, p_adjusted: float | None = None) -> str:
    """What both slopes say."""
    low, high = (both.within + sign * both.quantile * both.within_error for sign in (-1, 1))
    text = f"A place that gains a point of {soft} changes by {_digits(both.within)} in {hard} "
    text += f"(95% CI {_digits(low)} to {_digits(high)}), controlled for place and date. "
    text += f"Places one point higher differ by {_digits(both.between)}. Evidence: correlation only."
    if p_adjusted is not None and p_adjusted > ALPHA and not low <= 0 <= high:
        text += f" Not significant after multiple-test correction (p {p_adjusted:.2f})."
    if both.is_confounded:
        text += " The comparison between places is confounded: a change within a place does not bring that difference."
    if both.repeated:
        text += f" {formatting.how_many(both.repeated, 'row repeats', 'rows repeat')} the one before: no new evidence."
    return text


def _effect(both: Slopes, soft: str, hard: str, raw: float) -> Effect:
    ratio = both.between / both.within if both.within else None
    comparison = f"The slope between places is {_digits(both.between)}, within them {_digits(both.within)}"
    comparison += ": confounded by what else differs between places." if both.is_confounded else "."
    check = Check("between and within", "failed" if both.is_confounded else "passed", ratio, comparison)
    return Effect(
        cause=f"{soft}, one more point at a place",
        outcome=hard,
        horizon=0,
        population=f"{formatting.how_many(both.places, 'place')}, {formatting.how_many(both.n, 'time')} measured",
        estimand=f"mean difference in {hard} that goes with one more point of {soft} at the same place, dates alike",
        method=METHOD,
        checks=(check,),
        n=both.n,
        exposed=both.n,
        grain="location",
        estimate=both.within,
        # Effect's interval is that of the normal distribution; of few places it is Student's t.
        error=both.within_error * both.quantile / Z95,
        p=both.p,
        raw=raw,
        between=both.between,
        within=both.within,
        grade="D",
        adjusted_for=("place", "date"),
    )


def _digits(value: float) -> str:
    return f"{value:.3g}"
