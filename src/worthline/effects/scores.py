"""From what customers say to what they do: a score is no treatment, and no money comes of it. numpy only.

Reads     a History whose answers are scores.
Gives     steps: detractors and promoters against passives, as experiences to be estimated like any other; slopes: one
          more point of the score, with what is lost by the noise of answers given back.
Method    among respondents, alike in everything earlier. A slope on an answer is flattened by as much as the
          answer is noise; where customers answered twice within SOON months, the reliability is what both answers
          share beyond what is controlled for, and the slope is divided by it (Fuller 1987, Measurement error models,
          section 1.1). The reliability errs too, and on the same customers: the interval is Fieller's, from both
          influences by customer.
Assumes   feelings that stay the same between those two answers: where they move, the reliability is told too low.
Not for   money, nor a grade above "correlation only": what moves the score may move behaviour by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.effects import checks, design
from worthline.effects.checks import Check
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import Effect, months
from worthline.effects.experiences import Experience
from worthline.effects.history import History
from worthline.effects.outcomes import OUTCOMES
from worthline.errors import NotEnoughData
from worthline.metrics import formatting
from worthline.stats.cross_fitting import Floats, Ints, folds_of, means, standardised
from worthline.stats.double_ml import FOLDS, Estimate, per_unit
from worthline.stats.fieller import ratio_interval
from worthline.stats.intervals import Z95

DETRACTOR, PROMOTER = 6, 9
"""The highest score of a detractor and the lowest of a promoter."""
SOON = 3
"""Months between two answers that are taken as answers about the same feeling."""
LEAST_TWICE = 100
"""Customers who answered twice, for a reliability."""
LEAST_RELIABLE = 0.1
SAID = "score: "
"""Stands before the name of an answer that is taken as if it were an experience."""
POINT = "one more point of the score"
METHOD = "partially linear model, cross-fitted by customer (double machine learning)"
POPULATION = "customers active the month before, who answered"


def steps(history: History) -> list[Experience]:
    """Detractors against passives, promoters against passives."""
    who, month, score = _answers(history)
    passive = (score > DETRACTOR) & (score < PROMOTER)
    instead = f"a score of {DETRACTOR + 1} or {PROMOTER - 1}"
    experiences = []
    for name, exposed, is_exposed in (
        (f"{SAID}detractor", score <= DETRACTOR, f"a score of {DETRACTOR} or less"),
        (f"{SAID}promoter", score >= PROMOTER, f"a score of {PROMOTER} or more"),
    ):
        rows = exposed | passive
        if exposed.sum() >= checks.LEAST_EXPOSED and passive.sum() >= checks.LEAST_EXPOSED:
            at = np.zeros(int(rows.sum()), np.int64)
            experiences.append(
                Experience(name, "said", None, is_exposed, instead, who[rows], month[rows], exposed[rows], at)
            )
    return experiences


def slopes(history: History, last: int, outcomes: Sequence[str], befell: Mapping[str, Floats]) -> Iterator[Effect]:
    """What goes with one more point, for every outcome and horizon.

    Shapes: `befell` each (customers, months).
    """
    who, month, score = _answers(history)
    answers = _rows(history, who, month, score)
    if len(np.unique(answers.who)) < 2 * checks.LEAST_EXPOSED or np.ptp(answers.treatment) == 0:
        return
    repeated = _repeated(history, answers, befell)
    for horizon in design.HORIZONS:
        inside = (month >= max(1, last - horizon - design.INDEX_MONTHS + 1)) & (month <= last - horizon)
        rows = _rows(history, who[inside], month[inside], score[inside])
        for name in outcomes:
            if OUTCOMES[name].is_behaviour and name != "referrals":
                effect = _slope(history, rows, name, horizon, befell, repeated)
                if effect is not None:
                    yield effect


def _rows(history: History, who: Ints, month: Ints, score: Floats) -> LandmarkSample:
    """Answers of customers who were active the month before."""
    some = month >= 1
    some[some] = history.active[who[some], month[some] - 1]
    return LandmarkSample(who[some], month[some], score[some], {}, int(some.sum()), int(some.sum()))


@dataclass(frozen=True)
class Reliability:
    """The share of an answer, beyond what is controlled for, that the same customer's next answer shares."""

    share: float | None
    """None where too few answered twice, or where their answers have next to nothing in common."""
    pairs: int
    who: Ints
    """Customers behind `influence`, by number."""
    influence: Floats
    """What each customer has to do with the error of the share: the error is the root of the sum of squares."""

    def as_check(self) -> Check:
        """As it stands beside a slope."""
        customers = f"the same customers, asked twice within {months(SOON)}"
        pairs = formatting.how_many(self.pairs, "pair")
        if self.share is None:
            sentence = f"Too little is known of {customers} ({pairs}): not corrected for noise in answers."
            return Check("answers twice", "informs", None, sentence)
        sentence = f"Of what differs between answers, {formatting.share(self.share)} would be said again ({customers}: "
        return Check("answers twice", "passed", self.share, f"{sentence}{pairs}).")


def _repeated(history: History, rows: LandmarkSample, befell: Mapping[str, Floats]) -> Reliability:
    """How much of an answer would be said again, over all answers."""
    x, _ = _covariates(history, rows, befell)
    return reliability(rows, x)


def _covariates(history: History, rows: LandmarkSample, befell: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    """All that is known before the answer but the answer before it, which is about the same feeling.

    Were it controlled for, half of the feeling would go with it, and from answers that have one before them more than
    from those that have none.
    """
    x, groups = design.covariates(history, rows, np.zeros_like(history.totals["answers"]), dict(befell))
    some = [group != "last score" for group in groups]
    return x[:, some], [group for group in groups if group != "last score"]


def _slope(
    history: History,
    rows: LandmarkSample,
    name: str,
    horizon: int,
    befell: Mapping[str, Floats],
    repeated: Reliability,
) -> Effect | None:
    y = OUTCOMES[name].values(history, rows.who, rows.month, horizon)
    is_known = ~np.isnan(y)
    part, y = rows.subset(is_known), y[is_known]
    if len(np.unique(part.who)) < 2 * checks.LEAST_EXPOSED or np.ptp(y) == 0 or np.ptp(part.treatment) == 0:
        return None
    x, groups = _covariates(history, part, befell)
    try:
        [slope] = per_unit(y[:, None], part.treatment, x, part.clusters)
    except NotEnoughData:
        return None
    return _effect(slope, part, name, horizon, repeated, groups)


def reliability(rows: LandmarkSample, x: Floats) -> Reliability:
    """From the answers of `rows` and what is controlled for, x (n, p): how much of an answer the next one repeats."""
    x = standardised(x)
    residual = rows.treatment - means(x, rows.treatment[:, None], folds_of(rows.clusters, FOLDS, 0))[:, 0]
    order = np.lexsort([rows.month, rows.who])
    who, month, score, residual = rows.who[order], rows.month[order], rows.treatment[order], residual[order]
    pairs = np.flatnonzero((np.diff(who) == 0) & (np.diff(month) <= SOON))
    if len(pairs) < LEAST_TWICE:
        return Reliability(None, len(pairs), np.zeros(0, np.int64), np.zeros(0))
    # What each answer says beyond the past, and how much of it the other one repeats. Set against the answers
    # themselves: the square of a residual holds the error of what was learnt of the past too.
    first, again = residual[pairs] - residual[pairs].mean(), residual[pairs + 1] - residual[pairs + 1].mean()
    said, said_again = score[pairs] - score[pairs].mean(), score[pairs + 1] - score[pairs + 1].mean()
    repeated, whole = first * said_again + again * said, first * said + again * said_again
    if whole.sum() <= 0:
        return Reliability(None, len(pairs), np.zeros(0, np.int64), np.zeros(0))
    share = float(repeated.sum() / whole.sum())
    customers, number = np.unique(who[pairs], return_inverse=True)
    influence = np.bincount(number, repeated - share * whole) / whole.sum()
    is_reliable = share >= LEAST_RELIABLE
    return Reliability(min(share, 1.0) if is_reliable else None, len(pairs), customers, influence)


def corrected(slope: Estimate, who: Ints, repeated: Reliability) -> tuple[float, float, float] | None:
    """The slope divided by the reliability, and both ends of its interval; None where that may be next to nothing.

    `who`: customers behind the slope's influence, by number.
    Shapes: `who` (n,).
    """
    if repeated.share is None:
        return None
    shared, slope_index, repeated_index = np.intersect1d(who, repeated.who, assume_unique=True, return_indices=True)
    ends = ratio_interval(
        slope.estimate,
        repeated.share,
        variance=slope.error**2,
        variance_below=float(repeated.influence @ repeated.influence),
        covariance=float(slope.influence[slope_index] @ repeated.influence[repeated_index]) if len(shared) else 0.0,
    )
    return None if ends is None else (slope.estimate / repeated.share, *ends)


def _effect(
    slope: Estimate, rows: LandmarkSample, name: str, horizon: int, repeated: Reliability, groups: list[str]
) -> Effect:
    what = OUTCOMES[name].estimand.format(months=months(horizon))
    customers = np.unique(rows.who)
    sentence = (
        f"{formatting.how_many(len(rows.treatment), 'answer')} of {formatting.how_many(len(customers), 'customer')}."
    )
    enough = Check("enough data", "passed", float(len(customers)), sentence)
    divided = corrected(slope, customers, repeated)
    if divided is None:
        repeated = replace(repeated, share=None)
    return Effect(
        cause=POINT,
        outcome=name,
        horizon=horizon,
        population=POPULATION,
        estimand=f"mean difference in {what} that goes with {POINT}, among customers who answered and are alike before",
        method=METHOD if divided is None else f"{METHOD}, corrected for noise in answers",
        checks=(enough, repeated.as_check()),
        n=len(rows.treatment),
        exposed=len(rows.treatment),
        estimate=slope.estimate if divided is None else divided[0],
        error=slope.error if divided is None else (divided[2] - divided[1]) / (2 * Z95),
        interval=None if divided is None else divided[1:],
        p=slope.p,
        raw=slope.raw,
        grade=checks.grade("correlation", (enough,)),
        adjusted_for=tuple(dict.fromkeys(groups)),
    )


def _answers(history: History) -> tuple[Ints, Ints, Floats]:
    """Customer, month and score of every month with an answer."""
    answered = np.diff(history.totals["answers"], axis=1) > 0
    who, month = np.nonzero(answered & ~np.isnan(history.states["last_score"]))
    return who.astype(np.int64), month.astype(np.int64), history.states["last_score"][who, month]
