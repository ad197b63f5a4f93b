"""How far a predicted chance can be believed: measures on customers it did not learn from, and the gate.

Reads     outcomes, chances, weights and whose rows they are.
Gives     Measures with intervals; whether a score may be shown.
Method    area under the curve and lift of the top tenth by weighted ranks; calibration error over ten bins of
          equal count; intervals by a bootstrap that draws customers (METHODS.md 4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worthline.stats.calibration import log_odds, probability

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10
DRAWS = 200
ERROR_ALLOWED = 0.02
"""Calibration error that a score may have, beyond what chance alone would make."""
RULE_MARGIN = 0.02
"""How far below the simple rule's area a model's may lie."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one back-test."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows of customers whom the model did not learn from, later than what it learnt from."""

    y: Floats
    p: Floats
    weight: Floats
    customer: Ints


def area(y: Floats, score: Floats, weight: Floats) -> float:
    """Area under the ROC curve; ties count half. NaN where only one outcome is there.

    Shapes: `y`, `score`, `weight` (n,); gives a number, 0 to 1.
    """
    order = np.argsort(score, kind="stable")
    group = np.concatenate([[0], np.cumsum(np.diff(score[order]) != 0)])
    ones = np.bincount(group, (weight * y)[order])
    zeros = np.bincount(group, (weight * (1 - y))[order])
    below = np.cumsum(zeros) - zeros / 2
    total = ones.sum() * zeros.sum()
    return float((ones * below).sum() / total) if total > 0 else float("nan")


def top_lift(y: Floats, score: Floats, weight: Floats, share: float = 0.1) -> float:
    """Leavers among the `share` at most risk, over leavers among all.

    Shapes: `y`, `score`, `weight` (n,); gives a number.
    """
    order = np.argsort(-score, kind="stable")
    w, hit = weight[order], (weight * y)[order]
    upto = np.clip((share * w.sum() - (np.cumsum(w) - w)) / np.where(w > 0, w, 1), 0, 1)
    base = hit.sum() / w.sum()
    return float((hit * upto).sum() / (w * upto).sum() / base) if base > 0 else float("nan")


def calibration_error(y: Floats, p: Floats, weight: Floats) -> float:
    """Mean distance of chance and outcome over ten bins of equal weight.

    Shapes: `y`, `weight` (n,); `p` (n,), 0 to 1; gives a number.
    """
    _, predicted, observed, share = bins(y, p, weight)
    return float((np.abs(predicted - observed) * share).sum())


def bins(y: Floats, p: Floats, weight: Floats) -> tuple[Floats, ...]:
    """By bin of equal weight: weight, mean chance, share that left, share of the whole weight.

    Shapes: `y`, `weight` (n,); `p` (n,), 0 to 1; gives each (bins,).
    """
    order = np.argsort(p, kind="stable")
    w = weight[order]
    number = _bin_of(w)
    total = np.bincount(number, w, BINS)
    has_rows = total > 0
    predicted = np.bincount(number, w * p[order], BINS)[has_rows] / total[has_rows]
    observed = np.bincount(number, w * y[order], BINS)[has_rows] / total[has_rows]
    return (
        np.asarray(total[has_rows]),
        np.asarray(predicted),
        np.asarray(observed),
        np.asarray(total[has_rows] / total.sum()),
    )


def measured(held_out: HeldOut, measure: Callable[[Floats, Floats, Floats], float], seed: int = 0) -> Measure:
    """A measure with its 95% interval over draws of customers.

    Shapes: the arrays of `held_out` (n,).
    """
    luck = np.random.Generator(np.random.Philox(seed))
    held_out = _in_order(held_out)
    _, cluster = np.unique(held_out.customer, return_inverse=True)
    n = int(cluster.max()) + 1 if cluster.size else 0
    draws = [measure(held_out.y, held_out.p, held_out.weight * luck.poisson(1.0, n)[cluster]) for _ in range(DRAWS)]
    finite = np.array([draw for draw in draws if np.isfinite(draw)])
    value = measure(held_out.y, held_out.p, held_out.weight)
    low, high = np.quantile(finite, [0.025, 0.975]) if finite.size else (float("nan"), float("nan"))
    return Measure(value, float(min(low, value)), float(max(high, value)))


def tenths(held_out: HeldOut, seed: int = 0) -> list[tuple[float, Measure]]:
    """Ten bins of equal count, the lowest chances first: the mean chance, and the share that left with its interval.

    Bins hold the same rows in every draw of customers; where few chances differ there are fewer bins.
    """
    luck = np.random.Generator(np.random.Philox(seed))
    held_out = _in_order(held_out)
    number = _bin_of(held_out.weight)
    _, cluster = np.unique(held_out.customer, return_inverse=True)
    n = int(cluster.max()) + 1 if cluster.size else 0
    draws = []
    for _ in range(DRAWS):
        w = held_out.weight * luck.poisson(1.0, n)[cluster]
        with np.errstate(invalid="ignore", divide="ignore"):
            draws.append(np.bincount(number, w * held_out.y, BINS) / np.bincount(number, w, BINS))
    by_bin = []
    for k in range(BINS):
        some = number == k
        if held_out.weight[some].sum() > 0:
            predicted = float(np.average(held_out.p[some], weights=held_out.weight[some]))
            observed = float(np.average(held_out.y[some], weights=held_out.weight[some]))
            low, high = np.nanquantile([draw[k] for draw in draws], [0.025, 0.975])
            by_bin.append((predicted, Measure(observed, float(min(low, observed)), float(max(high, observed)))))
    return by_bin


def _bin_of(weight: Floats) -> Ints:
    """Bins of equal weight of rows in order of their chance."""
    middle = np.cumsum(weight) - weight / 2
    return np.asarray(np.minimum((middle / weight.sum() * BINS).astype(np.int64), BINS - 1))


def _in_order(held_out: HeldOut) -> HeldOut:
    """By chance, so that sorting each draw costs one pass."""
    order = np.argsort(held_out.p, kind="stable")
    return HeldOut(held_out.y[order], held_out.p[order], held_out.weight[order], held_out.customer[order])


def error_by_chance(held_out: HeldOut, folds: int = 0, seed: int = 1) -> float:
    """Calibration error that right chances stay below in 95 of 100 draws of as many customers.

    Rows of one customer are drawn together: one luck for all of them. With `folds`, right are chances whose level was
    learnt from the customers of the other folds: their luck is in it too, as that of those who are tested.
    """
    luck = np.random.Generator(np.random.Philox(seed))
    held_out = _in_order(held_out)
    _, cluster = np.unique(held_out.customer, return_inverse=True)
    n = int(cluster.max()) + 1
    mean = float(np.average(held_out.p, weights=held_out.weight))
    # On the log-odds, by customers learnt from: the share's standard error over p (1 - p).
    unsure = (max(mean * (1 - mean), 1e-9) * n * (folds - 1) / folds) ** -0.5 if folds else 0.0
    odds = log_odds(held_out.p)
    draws = []
    for _ in range(100):
        right = probability(odds + unsure * luck.standard_normal())
        draws.append(
            calibration_error((luck.random(n)[cluster] < right).astype(np.float64), held_out.p, held_out.weight)
        )
    return float(np.quantile(draws, 0.95))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a score is shown, and why not."""

    shown: bool
    says: str


def gate(auc: Measure, lift: Measure, error: Measure, by_chance: float, rule: Measure | None) -> Verdict:
    """The score gate of METHODS.md 4."""
    if not auc.low > 0.5:
        return Verdict(False, f"leavers are not told from stayers (AUC {auc.value:.2f}, from {auc.low:.2f})")
    if not lift.value > 1.0:  # the order is proved by the area; a tenth of few leavers seldom proves it again
        return Verdict(False, f"the tenth at most risk leaves no more often than others (lift {lift.value:.2f})")
    if error.value > max(ERROR_ALLOWED, by_chance):
        return Verdict(False, f"probabilities are off by {error.value:.1%} on average")
    if rule is not None and auc.value < rule.value - RULE_MARGIN:
        return Verdict(False, f"a simple rule tells them apart better (AUC {rule.value:.2f} against {auc.value:.2f})")
    return Verdict(True, "")
