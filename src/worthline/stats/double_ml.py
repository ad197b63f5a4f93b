"""The effect of one thing on others, beside what a naive comparison says. numpy only.

Reads     outcomes y (n, k), exposure d (n,), covariates x (n, p), the customer (or place) of each row.
Gives     an Estimate for each outcome, with its influence function, so that sums have the right error.
Method    double machine learning (Chernozhukov et al. 2018, Econometrics Journal 21): `on_the_exposed` is the effect
          of a binary exposure on those who had it, from the augmented inverse-propensity score of the interactive
          model (equation 5.3 there); `per_unit` is the slope of the partially linear model (4.4). Cross-fitted by
          customer; the median over splits, whose spread enters the error (definition 3.3). `scale` is what bounds
          the bias of what is not recorded: Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis (2022), "Long story short".
Assumes   all that drives both exposure and outcome stands in x.
Not for   effects on those who were not exposed, nor a mean over everyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import (
    RIDGE,
    Bools,
    Floats,
    Ints,
    Learner,
    Propensities,
    drawn,
    folds_of,
    means,
    standardised,
)

Z = 1.959963984540054
"""Standard errors on each side of a 95% interval."""
NO_OVERLAP = 0.99
"""The exposed whose chance of it was above this are alike to nobody; they are dropped, counted and named."""
FOLDS, SPLITS = 5, 3
LEAST = 2
"""Rows of each kind that every fold must leave to learn from."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One effect; `influence` has one value a cluster and averages over `n` rows, so that errors add up."""

    estimate: float
    error: float
    raw: float
    """Mean of the exposed minus mean of the others (per unit: the slope of y on d alone)."""
    adjusted: float
    """The same effect by regression only."""
    n: int
    exposed: int
    dropped: int
    """Exposed rows without overlap."""
    clusters: int
    influence: Floats
    """Share of each cluster in the estimate's error; the error is the root of the sum of squares."""
    scale: float
    """Root of sigma2 x nu2: what a confounder's strength is multiplied by to give its bias."""

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self.estimate - Z * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self.estimate + Z * self.error

    @property
    def p(self) -> float:
        """Two-sided p-value; 1 where nothing varies."""
        return erfc(abs(self.estimate) / self.error / sqrt(2)) if self.error > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """What was learnt of the exposure, for the checks: the chance of it and which rows have overlap."""

    chance: Floats
    kept: Bools


@dataclass(frozen=True, slots=True)
class _Split:
    """One split's answer for every outcome."""

    estimates: Floats
    influence: Floats  # (clusters, k)
    adjusted: Floats
    scale: Floats
    dropped: int


def on_the_exposed(
    y: Floats,
    d: Floats,
    x: Floats,
    clusters: Ints,
    *,
    learner: Learner = "linear",
    splits: int = SPLITS,
    fold: Ints | None = None,
    seed: int = 0,
    places: Ints | None = None,
) -> tuple[list[Estimate], Fit]:
    """The mean effect on those who were exposed, one Estimate a column of y; raises NotEnoughData.

    `places`: of each row, where customers of one place share their luck. Errors are then the larger of those by place
    and by cluster (few places understate theirs); influence stays by cluster, of that size. Folds stay by customer:
    what is alike within a place could not be learnt without it.
    """
    n, exposed = len(d), int(d.sum())
    if min(exposed, n - exposed) < 2 * FOLDS:
        raise NotEnoughData(f"{exposed} exposed and {n - exposed} not; at least {2 * FOLDS} of each are needed.")
    x = x if learner == "boosted" else standardised(x)  # trees ask for no scale
    ridges = drawn(x.shape[1], min(exposed, n - exposed))
    exposure = Propensities(x, d, learner, max((RIDGE, *ridges)))
    found, fits = [], []
    for at in range(1 if fold is not None else splits):
        split = folds_of(clusters, FOLDS, seed + at) if fold is None else fold
        _enough(d, split)
        one, fit = _att(y, d, x, clusters, split, learner, exposure.of(split), ridges)
        found.append(one)
        fits.append(fit)
    raw = y[d == 1].mean(axis=0) - y[d == 0].mean(axis=0)
    fit = Fit(np.median([f.chance for f in fits], axis=0), np.mean([f.kept for f in fits], axis=0) > 0.5)
    there = None if places is None else places[np.unique(clusters, return_index=True)[1]]
    return _over_splits(found, raw, n, exposed, there), fit


def per_unit(
    y: Floats,
    d: Floats,
    x: Floats,
    clusters: Ints,
    *,
    learner: Learner = "linear",
    splits: int = SPLITS,
    fold: Ints | None = None,
    seed: int = 0,
) -> list[Estimate]:
    """The slope of each outcome on one more unit of d, all else in x alike; raises NotEnoughData."""
    n = len(d)
    if n < 4 * FOLDS or np.ptp(d) == 0:
        raise NotEnoughData(
            f"{n} rows, {len(np.unique(d))} different values of the exposure; {4 * FOLDS} and 2 needed."
        )
    x = x if learner == "boosted" else standardised(x)  # trees ask for no scale
    found = []
    for at in range(1 if fold is not None else splits):
        split = folds_of(clusters, FOLDS, seed + at) if fold is None else fold
        both = means(x, np.column_stack([d, y]), split, learner)
        v, u = d - both[:, 0], y - both[:, 1:]
        moment = float((v * v).mean())
        if moment < 1e-12 * max(float(d.var()), 1e-300):
            raise NotEnoughData("Nothing is left of the exposure once what is recorded is held alike.")
        slope = (v @ u) / (n * moment)
        left = u - v[:, None] * slope
        influence = _by_cluster(left * v[:, None] / moment, clusters) / n
        found.append(_Split(slope, influence, slope, np.sqrt((left**2).mean(axis=0) / moment), 0))
    centred = d - d.mean()
    raw = (centred @ y) / (centred @ centred)
    return _over_splits(found, raw, n, n)


def _att(
    y: Floats,
    d: Floats,
    x: Floats,
    clusters: Ints,
    fold: Ints,
    learner: Learner,
    chance: Floats,
    ridges: tuple[float, ...],
) -> tuple[_Split, Fit]:
    treated, others = d == 1, d == 0
    kept = chance <= NO_OVERLAP
    without = means(x, y, fold, learner, others, ridges)
    if int(treated.sum()) >= 10 * (x.shape[1] + 1):
        having = means(x, y, fold, learner, treated)
    else:
        having = without + (y[treated] - without[treated]).mean(axis=0)
    share = float((d * kept).mean())
    if share == 0 or (others & kept).sum() < LEAST:
        raise NotEnoughData(f"Nobody without it is alike to the {int(d.sum())} exposed (chance above {NO_OVERLAP}).")
    odds = np.where(kept, chance / (1.0 - np.minimum(chance, NO_OVERLAP)), 0.0)
    weight = np.where(treated, kept, -odds) / share
    left = y - without
    scores = weight[:, None] * left
    estimate = scores.mean(axis=0)
    influence = _by_cluster(scores - np.outer(d * kept / share, estimate), clusters) / len(d)
    sigma2 = ((y - np.where(treated[:, None], having, without)) ** 2)[kept].mean(axis=0)
    # nu2 = 2 E[m(W, alpha)] - E[alpha^2]; for the exposed m(W, alpha) = d / share x (1 + odds) / share.
    nu2 = float((2.0 * d * kept / share**2 * (1.0 + odds) - weight**2).mean())
    adjusted = left[treated & kept].mean(axis=0)
    dropped = int((treated & ~kept).sum())
    return _Split(estimate, influence, adjusted, np.sqrt(sigma2 * max(nu2, 1.0)), dropped), Fit(chance, kept)


def _over_splits(
    found: Sequence[_Split], raw: Floats, n: int, exposed: int, places: Ints | None = None
) -> list[Estimate]:
    """The median split, its error widened by how far the splits lie apart; `places`: of each cluster."""
    estimates = np.stack([s.estimates for s in found])
    errors = np.stack([np.sqrt((s.influence**2).sum(axis=0)) for s in found])
    if places is not None:
        shared = np.stack([np.sqrt((_by_cluster(s.influence, places) ** 2).sum(axis=0)) for s in found])
        errors = np.maximum(errors, shared)
    middle = np.median(estimates, axis=0)
    error = np.sqrt(np.median(errors**2 + (estimates - middle) ** 2, axis=0))
    influence = np.mean([s.influence for s in found], axis=0)
    out = []
    for k in range(len(middle)):
        own = float(np.sqrt((influence[:, k] ** 2).sum()))
        out.append(
            Estimate(
                estimate=float(middle[k]),
                error=float(error[k]),
                raw=float(raw[k]),
                adjusted=float(np.median([s.adjusted[k] for s in found])),
                n=n,
                exposed=exposed,
                dropped=int(np.median([s.dropped for s in found])),
                clusters=len(influence),
                influence=influence[:, k] * (float(error[k]) / own if own > 0 else 1.0),
                scale=float(np.median([s.scale[k] for s in found])),
            )
        )
    return out


def _by_cluster(values: Floats, clusters: Ints) -> Floats:
    """Sums over the rows of each cluster, shape (clusters, k)."""
    count = int(clusters.max()) + 1
    return np.stack([np.bincount(clusters, values[:, k], count) for k in range(values.shape[1])], axis=1)


def _enough(d: Floats, fold: Ints) -> None:
    """Every fold must leave some of both kinds to learn from."""
    inside = np.bincount(fold, d), np.bincount(fold, 1.0 - d)
    if any((count.sum() - count).min() < LEAST for count in inside):
        raise NotEnoughData("One fold holds nearly all of the exposed, or nearly all of the others.")
