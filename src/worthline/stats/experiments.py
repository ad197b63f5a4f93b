"""The effect of being assigned to a treatment, from a randomised experiment. numpy and SciPy only.

Reads     one value per randomised unit: outcome y (n,), assigned or control (n,), and where there are some a covariate
          from before the assignment (n,), the stratum and the cluster of each unit.
Gives     ArmEffect: the difference between the arms with its standard error, interval and unadjusted difference;
          SampleRatio; Ratio for a quotient of two means.
Method    intention to treat. CUPED: y less theta x (x - mean), one slope a covariate for both arms, within strata
          (Deng, Xu, Kohavi & Walker 2013, WSDM, equations 4 and 6). Strata are weighted by their assigned units, so
          that estimate x assigned is the total. Variance: by units, or by clusters (experiment_errors).
          Quotients: the delta method (Deng, Knoblich & Lu 2018, KDD, section 3). Sample ratio: Pearson's chi-square.
Assumes   units were assigned by lot within strata; a covariate was fixed before the assignment.
Not for   effects on those who took the treatment up, nor outcomes with few events (see rare_events).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy
from numpy.typing import NDArray

from worthline.errors import NotEnoughData
from worthline.stats.experiment_errors import Strata, by_cluster, by_unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST = 2
"""Units of an arm below which its variance is not known."""
SAMPLE_RATIO_P = 0.001
"""Below this the arms' sizes do not fit the shares they were meant to have (Fabijan et al. 2019, KDD)."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class ArmEffect:
    """Mean of the assigned less mean of the controls, per unit, in units of the outcome."""

    estimate: float
    error: float
    degrees: float
    """Of freedom, of the t distribution behind the interval."""
    raw: float
    """The difference of the plain means: no covariate, no strata."""
    treated: int
    control: int
    treated_mean: float
    control_mean: float
    """Plain means of the arms."""
    clusters: int | None = None
    dropped: int = 0
    """Units of strata in which one arm is empty."""
    explained: float = 0.0
    """Share of the variance that the covariate takes away."""

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Two-sided interval of the fixed sample."""
        half = float(scipy.stats.t.ppf(0.5 + level / 2, self.degrees)) * self.error
        return self.estimate - half, self.estimate + half

    @property
    def p(self) -> float:
        """Two-sided p-value; 1 where nothing varies and nothing differs."""
        if self.error == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return float(2 * scipy.stats.t.sf(abs(self.estimate) / self.error, self.degrees))


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount with its standard error and degrees of freedom, such as a benefit over all customers assigned."""

    estimate: float
    error: float
    degrees: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided interval by Student's t."""
        half = float(scipy.stats.t.ppf(0.5 + level / 2, self.degrees)) * self.error if self.error > 0 else 0.0
        return self.estimate - half, self.estimate + half

    @property
    def p(self) -> float:
        """Two-sided p-value of nought; 1 where nothing varies."""
        return float(2 * scipy.stats.t.sf(abs(self.estimate) / self.error, self.degrees)) if self.error > 0 else 1.0


def added(parts: Sequence[Amount], covariance: float = 0.0) -> Amount:
    """The sum of amounts; degrees of freedom by Welch (1947) and Satterthwaite (1946).

    `covariance`: of all pairs together, twice counted; 0 where the parts are independent.
    """
    variances = [part.error**2 for part in parts]
    quarter = sum(v**2 / part.degrees for v, part in zip(variances, parts, strict=True))
    degrees = sum(variances) ** 2 / quarter if quarter > 0 else float("inf")
    return Amount(sum(part.estimate for part in parts), sqrt(max(sum(variances) + covariance, 0.0)), degrees)


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the arms have the sizes that their shares ask for."""

    p: float
    observed: tuple[int, ...]
    expected: tuple[float, ...]

    @property
    def is_mismatch(self) -> bool:
        """Whether the sizes are too far off to be chance."""
        return self.p < SAMPLE_RATIO_P


def intention_to_treat(
    y: Floats,
    treated: Bools,
    *,
    covariate: Floats | None = None,
    stratum: Ints | None = None,
    cluster: Ints | None = None,
) -> ArmEffect:
    """The effect of the assignment; raises NotEnoughData where an arm has fewer than two units.

    Shapes: `y`, `treated`, `covariate`, `stratum`, `cluster` (n,).
    """
    n = len(y)
    stratum = np.zeros(n, np.int64) if stratum is None else numbered(stratum)
    y, treated = np.asarray(y, dtype=np.float64), np.asarray(treated, dtype=np.bool_)
    usable = _both_arms(stratum, treated)
    dropped = int(n - usable.sum())
    if dropped:
        y, treated, stratum = y[usable], treated[usable], numbered(stratum[usable])
        covariate = None if covariate is None else covariate[usable]
        cluster = None if cluster is None else cluster[usable]
    sizes = int(treated.sum()), int((~treated).sum())
    if min(sizes) < LEAST:
        raise NotEnoughData(f"{sizes[0]} assigned and {sizes[1]} control units; at least {LEAST} of each are needed.")
    adjusted, explained = (y, 0.0) if covariate is None else _less_covariate(y, treated, stratum, covariate)
    estimate, influence, strata = _weighted_difference(adjusted, treated, stratum)
    if cluster is None:
        (error, degrees), clusters = by_unit(adjusted, treated, stratum, strata), None
    else:
        numbers = numbered(cluster)
        error, degrees = by_cluster(influence, treated, stratum, numbers, strata)
        clusters = int(numbers.max()) + 1
    means = float(y[treated].mean()), float(y[~treated].mean())
    return ArmEffect(
        estimate=estimate,
        error=error,
        degrees=degrees,
        raw=means[0] - means[1],
        treated=sizes[0],
        control=sizes[1],
        treated_mean=means[0],
        control_mean=means[1],
        clusters=clusters,
        dropped=dropped,
        explained=explained,
    )


def ratio_effect(
    numerator: Floats,
    denominator: Floats,
    treated: Bools,
    *,
    stratum: Ints | None = None,
    cluster: Ints | None = None,
) -> ArmEffect:
    """The difference of sum(numerator) / sum(denominator) between the arms, by the delta method.

    Each unit's value is its arm's quotient plus its own linearised distance from it, so that means and variances of
    these values are those of the quotients. Raises NotEnoughData where an arm's denominators sum to nothing.
    Shapes: `numerator`, `denominator`, `treated`, `stratum`, `cluster` (n,).
    """
    values = np.empty(len(numerator))
    for arm in (treated, ~treated):
        whole = float(denominator[arm].sum())
        if whole <= 0:
            raise NotEnoughData("The denominators of an arm sum to nothing: the quotient is not defined.")
        quotient = float(numerator[arm].sum()) / whole
        mean = whole / int(arm.sum())
        values[arm] = quotient + (numerator[arm] - quotient * denominator[arm]) / mean
    return intention_to_treat(values, treated, stratum=stratum, cluster=cluster)


def sample_ratio(observed: tuple[int, ...], shares: tuple[float, ...]) -> SampleRatio:
    """Pearson's chi-square test of the arms' sizes against the shares that were meant, which sum to 1."""
    whole = sum(observed)
    expected = tuple(whole * share / sum(shares) for share in shares)
    if whole == 0 or min(expected) <= 0:
        return SampleRatio(1.0, observed, expected)
    return SampleRatio(float(scipy.stats.chisquare(observed, expected).pvalue), observed, expected)


def equal_shares(stratum: Ints, treated: Bools) -> float:
    """p-value that the share assigned is the same in every stratum: chi-square of the table stratum x arm.

    Shapes: `stratum`, `treated` (n,); gives a number.
    """
    number = numbered(stratum)
    count = int(number.max(initial=-1)) + 1
    table = np.stack([np.bincount(number[arm], minlength=count) for arm in (treated, ~treated)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    return float(scipy.stats.chi2_contingency(table, correction=False).pvalue)


def equal_shares_within(stratum: Ints, finer: Ints, arm: Ints) -> float:
    """p-value that within each stratum all its parts have the same shares of all arms: sums of chi-squares by stratum.

    Shapes: `stratum`, `finer`, `arm` (n,); gives a number, 1 where no stratum has two parts and two arms.
    """
    whole, part, kind = numbered(stratum), numbered(finer), numbered(arm)
    if not len(whole):
        return 1.0
    parts, kinds = int(part.max()) + 1, int(kind.max()) + 1
    cell = numbered(whole * parts + part)
    of_cell = np.zeros(int(cell.max()) + 1, np.int64)
    of_cell[cell] = whole
    seen = np.bincount(cell * kinds + kind, minlength=len(of_cell) * kinds).reshape(-1, kinds)
    by_stratum = np.zeros((int(whole.max()) + 1, kinds))
    np.add.at(by_stratum, of_cell, seen)
    expected = seen.sum(axis=1)[:, None] * (by_stratum / by_stratum.sum(axis=1)[:, None])[of_cell]
    statistic = float(((seen - expected) ** 2 / np.where(expected > 0, expected, 1.0)).sum())
    freedom = int(((np.bincount(of_cell) - 1) * ((by_stratum > 0).sum(axis=1) - 1)).sum())
    return float(scipy.stats.chi2.sf(statistic, freedom)) if freedom > 0 else 1.0


def share_compared(stratum: Ints, is_control: Bools) -> float:
    """Share of units in strata that hold controls and others; 1 where there are no units.

    Shapes: `stratum`, `is_control` (n,); gives a number.
    """
    return float(_both_arms(numbered(stratum), is_control).mean()) if len(stratum) else 1.0


def balance_p(covariates: Floats, treated: Bools, cluster: Ints | None = None) -> float:
    """p-value that the arms' means agree in all covariates (n, p), fixed before the assignment: Hotelling's T2 as Wald.

    Clustered units: the variance is that of the sums by cluster.
    """
    x = covariates[:, covariates.std(axis=0) > 0]
    if not x.shape[1]:
        return 1.0
    treated = np.asarray(treated, dtype=np.bool_)
    n1, n0 = int(treated.sum()), int((~treated).sum())
    centred = np.where(treated[:, None], x - x[treated].mean(axis=0), x - x[~treated].mean(axis=0))
    influence = centred * np.where(treated, 1 / n1, -1 / n0)[:, None]
    if cluster is not None:
        numbers = numbered(cluster)
        influence = np.stack([np.bincount(numbers, influence[:, k]) for k in range(x.shape[1])], axis=1)
    covariance = influence.T @ influence
    difference = x[treated].mean(axis=0) - x[~treated].mean(axis=0)
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if rank == 0:
        return 1.0
    wald = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
    freedom = len(influence) - rank - 1
    return float(scipy.stats.f.sf(wald / rank, rank, freedom)) if freedom > 0 else 1.0


def numbered(values: Ints) -> Ints:
    """Numbers from 0 without gaps, in order of the values.

    Shapes: `values` (n,); gives (n,).
    """
    if not len(values):
        return np.zeros(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if high - low >= 4 * len(values) + 1_000:
        return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64).reshape(-1)
    shifted = np.asarray(values - low, dtype=np.int64)  # as many places as there may be values: no sorting
    places = np.cumsum(np.bincount(shifted, minlength=high - low + 1) > 0, dtype=np.int64) - 1
    return np.asarray(places[shifted], dtype=np.int64)


def _both_arms(stratum: Ints, treated: Bools) -> Bools:
    """Units of strata that hold both arms."""
    count = int(stratum.max(initial=-1)) + 1
    some = np.bincount(stratum[treated], minlength=count) > 0
    others = np.bincount(stratum[~treated], minlength=count) > 0
    return np.asarray((some & others)[stratum], dtype=np.bool_)


def _less_covariate(y: Floats, treated: Bools, stratum: Ints, covariate: Floats) -> tuple[Floats, float]:
    """Y less what the covariates (n,) or (n, p) tell, and the share of variance that goes; blanks stand at their mean.

    Several covariates have one slope each, the same in both arms: least squares within strata and arms.
    """
    x = covariate.reshape(len(y), -1).astype(np.float64)
    blank = np.isnan(x)
    if blank.any():
        mean = np.where(blank.all(axis=0), 0.0, np.nanmean(np.where(blank.all(axis=0), 0.0, x), axis=0))
        x = np.where(blank, mean, x)
    cell = 2 * stratum + treated
    within_x = np.stack([x[:, k] - _means(x[:, k], cell) for k in range(x.shape[1])], axis=1)
    within_y = y - _means(y, cell)
    spread = (within_x**2).sum(axis=0)
    varies = spread > 1e-12 * np.maximum((x**2).sum(axis=0), 1e-300)
    if not varies.any():
        return y, 0.0
    scaled = within_x[:, varies] / np.sqrt(spread[varies])
    slopes = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ within_y, rcond=1e-10)[0] / np.sqrt(spread[varies])
    predicted, whole = within_x[:, varies] @ slopes, float(within_y @ within_y)
    explained = float(predicted @ predicted) / whole if whole > 0 else 0.0
    return y - (x[:, varies] - x[:, varies].mean(axis=0)) @ slopes, explained


def _means(values: Floats, cell: Ints) -> Floats:
    """Mean of each row's cell."""
    sums, counts = np.bincount(cell, values), np.bincount(cell)
    return np.asarray((sums / np.maximum(counts, 1))[cell])


def _weighted_difference(y: Floats, treated: Bools, stratum: Ints) -> tuple[float, Floats, Strata]:
    """The differences of strata weighted by their assigned units, each unit's share in its error, and the strata."""
    some, others = np.bincount(stratum[treated]), np.bincount(stratum[~treated])
    weight = some / some.sum()
    difference = np.bincount(stratum[treated], y[treated]) / some - np.bincount(stratum[~treated], y[~treated]) / others
    left = y - _means(y, 2 * stratum + treated)
    share = weight[stratum] / np.where(treated, some[stratum], others[stratum])
    influence = np.where(treated, left, -left) * share
    return float(weight @ difference), np.asarray(influence), Strata(weight, difference)
