"""From respondents to all: weights, a prediction for everybody, how far it can be believed. numpy only.

Reads     askings with features: who answered, and what.
Gives     ScoreEstimate: the company's score raw, weighted and bounded; a ScoreModel of everybody's score, with range.
Method    METHODS 1 and 4. Weighted: the augmented estimator (Robins, Rotnitzky & Zhao 1994, JASA 89, 846-866), its
          chance of answering and its prediction learnt from other customers; errors by customer. Range of one score:
          conformal (Vovk et al. 2005), quantiles of what was missed out of fold, apart by third of the chance of
          answering. Bounds: Manski (1989), J. Human Resources 24(3), 343-360.
Assumes   who answers hangs on what is recorded; where it hangs on the feeling itself, only the bounds hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from worthline.customers.risk.feature_groups import Feature
from worthline.customers.risk.landmarks import FOLDS
from worthline.customers.risk.matrix import Coding, coding
from worthline.stats import boosted_classification
from worthline.stats.boosted_classification import Fold, Learner
from worthline.stats.boosted_regression import BoostedRegression, curve
from worthline.stats.intervals import Z95
from worthline.tables.scales import satisfied_from

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FEWEST = 100
"""Customers who answered that a prediction needs."""
LEVEL = 0.90
NEARLY_ALL = 0.95
"""Share of the people asked from whose answers on nothing is estimated: the answers are the score."""
LEAST_CHANCE = 0.02
"""Chance of answering below which a weight does not grow."""
THIRDS = ("low", "middle", "high")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure of the company's score."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class ScoreModel:
    """What gives everybody a score."""

    coding: Coding
    score: BoostedRegression
    answering: Learner | None
    cuts: Floats
    """Chances of answering between the thirds."""
    missed: Floats
    """By third: how far below and above what was predicted 90% of answers lie, shape (3, 2)."""
    low: float
    high: float

    def __call__(self, rows: pa.Table) -> tuple[Floats, Floats, Floats]:
        """Scores with their ranges, on the scale."""
        x = self.coding.matrix(rows)
        predicted = self.score(x)
        third = _third(self.answering.raw(x) if self.answering else np.ones(len(x)), self.cuts)
        return tuple(np.clip(v, self.low, self.high) for v in (predicted, *(predicted + self.missed[third].T)))


@dataclass(frozen=True)
class ScoreEstimate:
    """All that can be said of how customers feel."""

    raw: Estimate | None
    weighted: Estimate | None
    worst: float | None
    best: float | None
    share: float
    """Of the people asked lately, who answered."""
    asked: int
    model: ScoreModel | None
    measures: dict[str, tuple[float, float, float]]
    n: int
    """Answers that the prediction was tested on."""
    shown: bool
    says: str
    """Why no score is predicted."""
    company: BoostedRegression | None = None
    """Predicts what a customer adds to the company's score."""
    shift: float = 0.0
    """What the weighted answers add to that prediction."""


def points(score: Floats, metric: str, scale: tuple[float, float] = (0.0, 10.0)) -> Floats:
    """What each answer adds to the company's score: NPS -100, 0 or 100; CSAT 1 where satisfied; else itself.

    Shapes: `score` (n,); gives (n,).
    """
    if metric == "nps":
        return np.asarray(100.0 * (score >= 9) - 100.0 * (score <= 6))
    if metric == "csat":
        return np.asarray(1.0 * (score >= satisfied_from(*scale)))
    return score


def ends_of(metric: str, scale: tuple[float, float]) -> tuple[float, float]:
    """The lowest and the highest that the company's score can be."""
    return {"nps": (-100.0, 100.0), "csat": (0.0, 1.0)}.get(metric, scale)


def estimate(
    rows: pa.Table, features: tuple[Feature, ...], metric: str, scale: tuple[float, float], since: int
) -> ScoreEstimate:
    """Learn from askings; the company's score is that of askings in months from `since` on."""
    answered = np.array(rows["answered"].to_numpy(zero_copy_only=False), dtype=bool)
    score = np.array(rows["score"].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    customer, month = (np.array(rows[name].to_numpy(), dtype=np.int64) for name in ("rank", "at"))
    lately = month >= since
    adds = points(score, metric, scale)
    raw = _mean(adds[answered & lately], customer[answered & lately])
    worst = best = None
    share = _share_of_people(customer[lately], answered[lately])
    if raw is not None and lately.any():
        worst, best = (share * raw.value + (1 - share) * end for end in ends_of(metric, scale))
    respondents = len(np.unique(customer[answered]))
    if respondents < FEWEST or raw is None:
        reason = f"a prediction needs {FEWEST} customers who answered; there are {respondents}"
        return ScoreEstimate(raw, None, worst, best, share, int(lately.sum()), None, {}, 0, False, reason)
    coded = coding(rows, features)
    x = coded.matrix(rows)
    folds: list[Fold] = [(customer % FOLDS != k, customer % FOLDS == k) for k in range(FOLDS)]
    chance, answering = _answering(x, answered, coded, folds)
    weight = 1 / np.maximum(chance, LEAST_CHANCE)
    among_answered: list[Fold] = [(learn[answered], tell[answered]) for learn, tell in folds]
    equal_weights = np.ones(int(answered.sum()))
    score_curve, out = curve(x[answered], score[answered], equal_weights, coded.categories, among_answered)
    company, company_predicted = curve(x[answered], adds[answered], equal_weights, coded.categories, among_answered)
    weighted, shift = _augmented(x, adds, answered, lately, weight, customer, company, company_predicted)
    if weighted is not None:
        weighted = raw if share >= NEARLY_ALL else within(weighted, worst, best)
    cuts = np.quantile(chance[answered], [1 / 3, 2 / 3])
    third = _third(chance[answered], cuts)
    missed = _missed(score[answered] - out, third)
    measures, is_shown, reason = _tested(score[answered], out, third, customer[answered], scale)
    model = ScoreModel(coded, score_curve, answering, cuts, missed, *scale)
    return ScoreEstimate(
        raw,
        weighted,
        worst,
        best,
        share,
        int(lately.sum()),
        model,
        measures,
        len(out),
        is_shown,
        reason,
        company,
        shift,
    )


def _share_of_people(customer: Ints, answered: Bools) -> float:
    """Share of the people asked, however often, who answered at least once; 1 where nobody was asked."""
    people, who = np.unique(customer, return_inverse=True)
    return float((np.bincount(who, answered) > 0).mean()) if len(people) else 1.0


def within(e: Estimate, worst: float | None, best: float | None) -> Estimate:
    """The estimate no further than the bounds, which hold whatever those who did not answer feel."""
    if worst is None or best is None:
        return e
    value, low, high = (min(max(v, worst), best) for v in (e.value, e.low, e.high))
    return Estimate(value, low, high, e.n)


def _answering(x: Floats, answered: Bools, coded: Coding, folds: list[Fold]) -> tuple[Floats, Learner | None]:
    """The chance that each asking is answered, by a model of other customers."""
    if (~answered).sum() < FEWEST:
        return np.ones(len(x)), None
    y, equal_weights = answered.astype(np.float64), np.ones(len(x))
    out = boosted_classification.out_of_fold(x, y, equal_weights, coded.categories, folds)
    return out.raw, boosted_classification.train(x, y, equal_weights, coded.categories, out)


def _augmented(
    x: Floats,
    adds: Floats,
    answered: Bools,
    lately: Bools,
    weight: Floats,
    customer: Ints,
    company: BoostedRegression,
    out_of_fold: Floats,
) -> tuple[Estimate | None, float]:
    """Prediction for all who were asked, mended by what the weighted answers missed it by; the mending alone."""
    silent = ~answered & lately
    if not silent.any():
        return None, 0.0
    predicted = np.full(len(x), np.nan)
    predicted[answered] = out_of_fold
    predicted[silent] = company(x[silent])
    off = np.zeros(len(x))
    off[answered] = weight[answered] * (adds[answered] - out_of_fold)
    off *= lately.sum() / max(weight[answered & lately].sum(), 1e-9)  # weights that add up to all who were asked
    each = (predicted + off)[lately]
    mean = _mean(each, customer[lately])
    shift = float(off[answered & lately].sum() / lately.sum())
    return mean, shift


def _mean(values: Floats, customer: Ints) -> Estimate | None:
    """With a 95% interval; askings of one customer hang together."""
    if not values.size:
        return None
    middle = float(values.mean())
    _, who = np.unique(customer, return_inverse=True)
    by = np.bincount(who, values - middle)
    n = len(by)
    half = Z95 * float(np.sqrt((by**2).sum() * n / max(n - 1, 1))) / values.size
    return Estimate(middle, middle - half, middle + half, int(values.size))


def _third(chance: Floats, cuts: Floats) -> Ints:
    return np.searchsorted(cuts, chance, side="right").astype(np.int64)


def _missed(off: Floats, third: Ints) -> Floats:
    """Quantiles of what was missed, by third."""
    quantiles = np.empty((3, 2))
    tail = (1 - LEVEL) / 2
    for k in range(3):
        some = np.sort(off[third == k] if (third == k).sum() >= FEWEST / 2 else off)
        n = len(some)
        quantiles[k] = (
            some[max(int(np.floor((n + 1) * tail)) - 1, 0)],
            some[min(int(np.ceil((n + 1) * (1 - tail))) - 1, n - 1)],
        )
    return quantiles


def _tested(
    y: Floats, predicted: Floats, third: Ints, customer: Ints, scale: tuple[float, float]
) -> tuple[dict[str, tuple[float, float, float]], bool, str]:
    """Measures on answers of customers whom the prediction had not seen; whether it may be shown, and why not."""
    fold, low, high = customer % FOLDS, np.empty(len(y)), np.empty(len(y))
    mean = np.empty(len(y))
    for k in range(FOLDS):
        apart, own = fold != k, fold == k
        missed = _missed((y - predicted)[apart], third[apart])
        low[own], high[own] = (predicted[own] + missed[third[own]].T).clip(*scale)
        mean[own] = y[apart].mean()
    inside = ((y >= low - 1e-9) & (y <= high + 1e-9)).astype(np.float64)
    gain = (y - mean) ** 2 - (y - predicted) ** 2
    scores = {
        "coverage_90": inside,
        **{f"coverage_90_{name}": inside[third == k] for k, name in enumerate(THIRDS)},
        "mean_error": np.abs(y - predicted),
        "mean_error_of_the_mean": np.abs(y - mean),
        "variance_explained": gain / max(float(((y - mean) ** 2).mean()), 1e-12),
    }
    measures = {}
    for name, values in scores.items():
        some = customer[third == THIRDS.index(name[12:])] if name.startswith("coverage_90_") else customer
        measure = _mean(values, some)
        if measure is not None:
            measures[name] = (measure.value, measure.low, measure.high)
    better = measures["variance_explained"][1] > 0
    return measures, better, "" if better else "what is recorded tells scores no better than their mean does"
