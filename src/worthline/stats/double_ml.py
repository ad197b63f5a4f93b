"""The effect of one thing on others, beside what a naive comparison says. numpy only.

Reads     outcomes y (n, k), exposure d (n,), covariates x (n, p), the customer (or place) of each row.
Gives     an Estimate for each outcome, with its influence function, so that sums have the right error.
Method    double machine learning (Chernozhukov et al. 2018, Econometrics Journal 21): `on_the_exposed` is the effect
          of a binary exposure on those who had it, from the augmented inverse-propensity score of the interactive
          model (equation 5.3 there); `per_unit` is the slope of the partially linear model (4.4). Cross-fitted by
          customer; the median over splits, whose spread enters the error (definition 3.3). The interval is that of the
          influence, its skewness removed (removed_skewness). Few events: the interval of few_events; rows that share a
          place's luck: Student's t with one less than places (Cameron & Miller 2015, J. Human Resources 50, 317-372).
          Nuisances: linear, boosted, or "stacked": linear with spline terms where the data bend, bettered by trees
          where their out-of-fold loss is less. `scale` is what bounds the bias of what is not recorded: Chernozhukov,
          Cinelli, Newey, Sharma & Syrgkanis (2022), "Long story short".
Assumes   all that drives both exposure and outcome stands in x.
Not for   effects on those who were not exposed, nor a mean over everyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.errors import NotEnoughData
from worthline.stats.boosted_residuals import helps, log_loss, stacked_means, stacked_probability
from worthline.stats.clustered_errors import clustered_error, t_interval
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
from worthline.stats.few_events import few_events_interval
from worthline.stats.rare_events import Interval
from worthline.stats.removed_skewness import p_value, reach
from worthline.stats.spline_terms import spline_terms

NO_OVERLAP = 0.99
"""The exposed whose chance of it was above this are alike to nobody; they are dropped, counted and named."""
FOLDS, SPLITS = 5, 3
LEAST_FOR_TREES = 300
"""Rows of each kind, below which trees are not tried."""
LEAST = 2
"""Rows of each kind that every fold must leave to learn from; places for an error by place."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One effect; `influence` has one value per cluster and averages over `n` rows, so that errors add up."""

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
    interval: Interval | None = None
    """Where few events or few places make it another one than that of the influence, its skewness removed."""

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        if self.interval is not None:
            return self.interval.low
        return self.estimate - reach(self.influence, self.error).below

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        if self.interval is not None:
            return self.interval.high
        return self.estimate + reach(self.influence, self.error).above

    @property
    def p(self) -> float:
        """Two-sided p-value; 1 where nothing varies."""
        if self.interval is not None:
            return self.interval.p
        return p_value(self.estimate, self.error, self.influence)


def rescaled_interval(estimated: Estimate, estimate: float, error: float) -> Interval | None:
    """The estimate's own interval, moved to `estimate` and widened as its error is; None where it has none."""
    if estimated.interval is None:
        return None
    by = error / estimated.error if estimated.error > 0 else 0.0
    below, above = (
        by * (estimated.estimate - estimated.interval.low),
        by * (estimated.interval.high - estimated.estimate),
    )
    return Interval(estimate - below, estimate + above, estimated.interval.p)


@dataclass(frozen=True, slots=True)
class Fit:
    """What was learnt of the exposure, for the checks: the chance of it and which rows have overlap."""

    chance: Floats
    kept: Bools


@dataclass(frozen=True, slots=True)
class Trees:
    """Where trees are stacked upon the linear models: for the exposure, for each outcome (k,)."""

    exposure: bool
    outcomes: Bools


@dataclass(frozen=True, slots=True)
class _Split:
    """One split's answer for every outcome."""

    estimates: Floats
    influence: Floats  # (clusters, k)
    adjusted: Floats
    scale: Floats
    dropped: int
    residual: Floats  # (n, k): y less what is expected without the exposure


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
    struck: Ints | None = None,
    trees: Trees | None = None,
) -> tuple[list[Estimate], Fit]:
    """The mean effect on those who were exposed, one Estimate a column of y; raises NotEnoughData.

    `places`: of each row, where customers of one place share their luck. Errors are then the larger of those by place
    and by cluster; influence stays by cluster, of that size. Folds stay by customer: what is alike within a place
    could not be learnt without it. `struck`: of each row, the group that is exposed as a whole (place and month): who
    is exposed is learnt from so many observations, not from as many as rows. `trees`: where the learner "stacked" uses
    them; None: nowhere.
    Shapes: `y` (n, outcomes); `d`, `clusters`, `fold`, `places`, `struck` (n,); `x` (n, k).
    """
    n, exposed = len(d), int(d.sum())
    if min(exposed, n - exposed) < 2 * FOLDS:
        raise NotEnoughData(f"{exposed} exposed and {n - exposed} not; at least {2 * FOLDS} of each are needed.")
    affected = 0 if places is None else len(np.unique(places[d == 1]))
    if struck is not None and affected < LEAST:
        raise NotEnoughData("All customers of one place had it: what else happened there cannot be told apart from it.")
    x = x if learner == "boosted" else standardised(x)  # trees ask for no scale
    plain = x
    if learner == "stacked":
        may_bend = x if struck is None else x[:, _differs_within(x, struck)]
        x = np.hstack([x, standardised(spline_terms(may_bend, np.column_stack([d, y])))])
    ridges = drawn(plain.shape[1], min(exposed, n - exposed))
    ridge = max((RIDGE, *ridges)) if struck is None else _ridge_of_groups(plain.shape[1], d, struck)
    exposure = Propensities(x, d, "linear" if learner == "stacked" else learner, ridge)
    results, fits = [], []
    for number in range(1 if fold is not None else splits):
        split = folds_of(clusters, FOLDS, seed + number) if fold is None else fold
        _enough(d, split)
        chance = exposure.of(split)
        if trees is not None and trees.exposure:
            chance = stacked_probability(plain, d, chance, split)
        without = _without(y, d, x, plain, split, learner, ridges, trees)
        result, fit = _att(y, d, x, clusters, split, learner, chance, without)
        results.append(result)
        fits.append(fit)
    raw = y[d == 1].mean(axis=0) - y[d == 0].mean(axis=0)
    fit = Fit(np.median([f.chance for f in fits], axis=0), np.mean([f.kept for f in fits], axis=0) > 0.5)
    there = None if places is None else places[np.unique(clusters, return_index=True)[1]]
    estimates = _over_splits(results, raw, n, exposed, there)
    if places is not None:
        estimates = [replace(estimate, interval=_by_place(estimate, affected)) for estimate in estimates]
    if places is None:
        estimates = _few_events(estimates, y, d, clusters, np.mean([s.residual for s in results], axis=0), fit)
    return estimates, fit


def _by_place(estimate: Estimate, affected: int) -> Interval | None:
    """Student's t by place; within a single place (whose customers share their luck alike) the error by customer."""
    return t_interval(estimate.estimate, estimate.error, affected) if affected >= LEAST else estimate.interval


def _differs_within(x: Floats, struck: Ints) -> Bools:
    """Columns that differ mostly within groups: what whole groups share has too few values to be bent."""
    size = np.bincount(struck)
    means = np.stack([np.bincount(struck, column) for column in x.T], axis=1) / np.maximum(size, 1)[:, None]
    between = np.average((means - np.average(means, 0, size)) ** 2, 0, size)
    return np.asarray(between < x.var(axis=0) / 2)


def _ridge_of_groups(columns: int, d: Floats, struck: Ints) -> float:
    """The ridge of the chance of exposure where groups are exposed as a whole: rows of a group are one observation."""
    groups = len(np.unique(struck[d == 1]))
    return max((RIDGE, *drawn(columns, groups))) * float(d.sum()) / groups


def where_trees_help(y: Floats, d: Floats, x: Floats, clusters: Ints, *, rows: int = 12_000) -> Trees:
    """Whether trees lessen the loss of the exposure's and each outcome's model, tried on so many rows in two folds.

    Shapes: `y` (n, outcomes); `d`, `clusters` (n,); `x` (n, k).
    """
    chosen = np.arange(len(d))
    if len(d) > rows:
        chosen = np.sort(np.random.Generator(np.random.Philox(20_260_105)).choice(len(d), rows, replace=False))
    if min(d[chosen].sum(), (1.0 - d[chosen]).sum()) < LEAST_FOR_TREES:
        return Trees(exposure=False, outcomes=np.zeros(y.shape[1], np.bool_))
    y, d, plain = y[chosen], d[chosen], standardised(x[chosen])
    fold = folds_of(np.unique(clusters[chosen], return_inverse=True)[1].astype(np.int64), 2, 0)
    bent = np.hstack([plain, standardised(spline_terms(plain, np.column_stack([d, y])))])
    others = d == 0
    chance = Propensities(bent, d).of(fold)
    better = helps(log_loss(d, chance), log_loss(d, stacked_probability(plain, d, chance, fold)))
    linear = means(bent, y, fold, "linear", others)
    stacked = stacked_means(plain, y, linear, fold, others, np.ones(y.shape[1], np.bool_))
    before, after = (y - linear)[others] ** 2, (y - stacked)[others] ** 2
    return Trees(better, np.array([helps(before[:, k], after[:, k]) for k in range(y.shape[1])], np.bool_))


def _few_events(
    estimates: list[Estimate], y: Floats, d: Floats, clusters: Ints, residual: Floats, fit: Fit
) -> list[Estimate]:
    """The estimates, with another interval where few customers carry them."""
    has_overlap, widened = fit.kept, []
    odds = fit.chance[has_overlap] / (1.0 - fit.chance[has_overlap])
    for k, estimate in enumerate(estimates):
        interval_and_error = few_events_interval(
            y[has_overlap, k],
            residual[has_overlap, k],
            d[has_overlap] == 1,
            odds,
            clusters[has_overlap],
            estimate.estimate,
        )
        if interval_and_error is None:
            widened.append(estimate)
            continue
        interval, error = interval_and_error
        own = float(np.sqrt((estimate.influence**2).sum()))
        exposed = np.bincount(clusters, d, len(estimate.influence)) > 0
        influence = estimate.influence * (error / own) if own > 0 else exposed * error / np.sqrt(max(exposed.sum(), 1))
        widened.append(replace(estimate, interval=interval, error=error, influence=influence))
    return widened


def _without(
    y: Floats,
    d: Floats,
    x: Floats,
    plain: Floats,
    fold: Ints,
    learner: Learner,
    ridges: tuple[float, ...],
    trees: Trees | None,
) -> Floats:
    """Expected outcomes without the exposure, shape of y."""
    others = d == 0
    if learner == "boosted":
        return means(x, y, fold, learner, others)
    linear = means(x, y, fold, "linear", others, ridges)
    return linear if trees is None else stacked_means(plain, y, linear, fold, others, trees.outcomes)


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
    """The slope of each outcome on one more unit of d, all else in x alike; raises NotEnoughData.

    Shapes: `y` (n, outcomes); `d`, `clusters`, `fold` (n,); `x` (n, k).
    """
    n = len(d)
    if n < 4 * FOLDS or np.ptp(d) == 0:
        raise NotEnoughData(
            f"{n} rows, {len(np.unique(d))} different values of the exposure; {4 * FOLDS} and 2 needed."
        )
    x = x if learner == "boosted" else standardised(x)  # trees ask for no scale
    split_results = []
    for number in range(1 if fold is not None else splits):
        split = folds_of(clusters, FOLDS, seed + number) if fold is None else fold
        both = means(x, np.column_stack([d, y]), split, learner)
        v, u = d - both[:, 0], y - both[:, 1:]
        moment = float((v * v).mean())
        if moment < 1e-12 * max(float(d.var()), 1e-300):
            raise NotEnoughData("Nothing is left of the exposure once what is recorded is controlled for.")
        slope = (v @ u) / (n * moment)
        residual = u - v[:, None] * slope
        influence = _by_cluster(residual * v[:, None] / moment, clusters) / n
        split_results.append(_Split(slope, influence, slope, np.sqrt((residual**2).mean(axis=0) / moment), 0, residual))
    centred = d - d.mean()
    raw = (centred @ y) / (centred @ centred)
    return _over_splits(split_results, raw, n, n)


def _att(
    y: Floats,
    d: Floats,
    x: Floats,
    clusters: Ints,
    fold: Ints,
    learner: Learner,
    chance: Floats,
    without: Floats,
) -> tuple[_Split, Fit]:
    treated, others = d == 1, d == 0
    has_overlap = chance <= NO_OVERLAP
    if int(treated.sum()) >= 10 * (x.shape[1] + 1):
        having = means(x, y, fold, "boosted" if learner == "boosted" else "linear", treated)
    else:
        having = without + (y[treated] - without[treated]).mean(axis=0)
    share = float((d * has_overlap).mean())
    if share == 0 or (others & has_overlap).sum() < LEAST:
        raise NotEnoughData(f"Nobody without it is alike to the {int(d.sum())} exposed (chance above {NO_OVERLAP}).")
    odds = np.where(has_overlap, chance / (1.0 - np.minimum(chance, NO_OVERLAP)), 0.0)
    weight = np.where(treated, has_overlap, -odds) / share
    residual = y - without
    scores = weight[:, None] * residual
    estimate = scores.mean(axis=0)
    influence = _by_cluster(scores - np.outer(d * has_overlap / share, estimate), clusters) / len(d)
    sigma2 = ((y - np.where(treated[:, None], having, without)) ** 2)[has_overlap].mean(axis=0)
    # nu2 = 2 E[m(W, alpha)] - E[alpha^2]; for the exposed m(W, alpha) = d / share x (1 + odds) / share.
    nu2 = float((2.0 * d * has_overlap / share**2 * (1.0 + odds) - weight**2).mean())
    adjusted = residual[treated & has_overlap].mean(axis=0)
    dropped = int((treated & ~has_overlap).sum())
    scale = np.sqrt(sigma2 * max(nu2, 1.0))
    return _Split(estimate, influence, adjusted, scale, dropped, residual), Fit(chance, has_overlap)


def _over_splits(
    results: Sequence[_Split], raw: Floats, n: int, exposed: int, places: Ints | None = None
) -> list[Estimate]:
    """The median split, its error widened by how far the splits lie apart; `places`: of each cluster."""
    estimates = np.stack([s.estimates for s in results])
    errors = np.stack([np.sqrt((s.influence**2).sum(axis=0)) for s in results])
    if places is not None:
        shared = np.stack([clustered_error(s.influence, places) for s in results])
        errors = np.maximum(errors, shared)
    middle = np.median(estimates, axis=0)
    error = np.sqrt(np.median(errors**2 + (estimates - middle) ** 2, axis=0))
    influence = np.mean([s.influence for s in results], axis=0)
    out = []
    for k in range(len(middle)):
        own = float(np.sqrt((influence[:, k] ** 2).sum()))
        out.append(
            Estimate(
                estimate=float(middle[k]),
                error=float(error[k]),
                raw=float(raw[k]),
                adjusted=float(np.median([s.adjusted[k] for s in results])),
                n=n,
                exposed=exposed,
                dropped=int(np.median([s.dropped for s in results])),
                clusters=len(influence),
                influence=influence[:, k] * (float(error[k]) / own if own > 0 else 1.0),
                scale=float(np.median([s.scale[k] for s in results])),
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
