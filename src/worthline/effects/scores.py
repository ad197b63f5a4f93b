"""From what customers say to what they do: a score is no treatment, and no money comes of it. numpy only.

Reads     a History whose answers are scores.
Gives     steps: detractors and promoters against passives, as experiences to be estimated like any other; slopes: one
          more point of the score, with what is lost by the noise of answers given back.
Method    among those who answered, alike in everything earlier. A slope on an answer is flattened by as much as the
          answer is noise; where customers answered twice within SOON months, the reliability is what both answers
          share beyond what is held alike, and slope and range are divided by it (Fuller 1987, Measurement error
          models, section 1.1).
Assumes   feelings that stay the same between those two answers: where they move, the reliability is told too low.
Not for   money, nor a grade above "correlation only": what moves the score may move behaviour by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
    found = []
    for name, exposed, had in (
        (f"{SAID}detractor", score <= DETRACTOR, f"a score of {DETRACTOR} or less"),
        (f"{SAID}promoter", score >= PROMOTER, f"a score of {PROMOTER} or more"),
    ):
        rows = exposed | passive
        if exposed.sum() >= checks.LEAST_EXPOSED and passive.sum() >= checks.LEAST_EXPOSED:
            at = np.zeros(int(rows.sum()), np.int64)
            found.append(Experience(name, "said", None, had, instead, who[rows], month[rows], exposed[rows], at))
    return found


def slopes(history: History, last: int, outcomes: Sequence[str], befell: Mapping[str, Floats]) -> Iterator[Effect]:
    """What goes with one more point, for every outcome and horizon."""
    who, month, score = _answers(history)
    if len(np.unique(who)) < 2 * checks.LEAST_EXPOSED or np.ptp(score) == 0:
        return
    check = _twice(history, _rows(history, who, month, score), befell)
    for horizon in design.HORIZONS:
        inside = (month >= max(1, last - horizon - design.INDEX_MONTHS + 1)) & (month <= last - horizon)
        rows = _rows(history, who[inside], month[inside], score[inside])
        for name in outcomes:
            if OUTCOMES[name].is_behaviour and name != "referrals":
                found = _slope(history, rows, name, horizon, befell, check)
                if found is not None:
                    yield found


def _rows(history: History, who: Ints, month: Ints, score: Floats) -> LandmarkSample:
    """Answers of customers who were active the month before."""
    some = month >= 1
    some[some] = history.active[who[some], month[some] - 1]
    return LandmarkSample(who[some], month[some], score[some], {}, int(some.sum()), int(some.sum()))


def _twice(history: History, rows: LandmarkSample, befell: Mapping[str, Floats]) -> Check:
    """How much of an answer would be said again, over all answers."""
    x, _ = design.covariates(history, rows, np.zeros_like(history.totals["answers"]), dict(befell))
    reliable, twice = reliability(rows, x)
    told = f"the same customers, asked twice within {months(SOON)}"
    if reliable is None:
        says = (
            f"Too little is known of {told} ({formatting.how_many(twice, 'pair')}): not corrected for noise in answers."
        )
        return Check("answers twice", "informs", None, says)
    says = f"Of what differs between answers, {formatting.share(reliable)} would be said again ({told}: "
    return Check("answers twice", "passed", reliable, f"{says}{formatting.how_many(twice, 'pair')}).")


def _slope(
    history: History,
    rows: LandmarkSample,
    name: str,
    horizon: int,
    befell: Mapping[str, Floats],
    check: Check,
) -> Effect | None:
    y = OUTCOMES[name].values(history, rows.who, rows.month, horizon)
    known = ~np.isnan(y)
    part, y = rows.subset(known), y[known]
    if len(np.unique(part.who)) < 2 * checks.LEAST_EXPOSED or np.ptp(y) == 0 or np.ptp(part.treatment) == 0:
        return None
    nothing = np.zeros_like(history.totals["answers"])
    x, groups = design.covariates(history, part, nothing, dict(befell))
    try:
        [one] = per_unit(y[:, None], part.treatment, x, part.clusters)
    except NotEnoughData:
        return None
    return _effect(one, part, name, horizon, check, groups)


def reliability(rows: LandmarkSample, x: Floats) -> tuple[float | None, int]:
    """The share of an answer, beyond what is held alike, that the same customer's next answer shares; and the pairs.

    None where too few answered twice, or where their answers have next to nothing in common.
    """
    x = standardised(x)
    left = rows.treatment - means(x, rows.treatment[:, None], folds_of(rows.clusters, FOLDS, 0))[:, 0]
    order = np.lexsort([rows.month, rows.who])
    who, month, score, left = rows.who[order], rows.month[order], rows.treatment[order], left[order]
    pairs = np.flatnonzero((np.diff(who) == 0) & (np.diff(month) <= SOON))
    if len(pairs) < LEAST_TWICE:
        return None, len(pairs)
    # What the first answer says beyond the past, and how much of it the next answer repeats.
    first, again = left[pairs] - left[pairs].mean(), score[pairs + 1]
    share = float((first @ again) / (first @ first))
    return (min(share, 1.0) if share >= LEAST_RELIABLE else None), len(pairs)


def _effect(one: Estimate, rows: LandmarkSample, name: str, horizon: int, check: Check, groups: list[str]) -> Effect:
    reliable = check.value or 1.0
    what = OUTCOMES[name].estimand.format(months=months(horizon))
    answered = len(np.unique(rows.who))
    told = f"{formatting.how_many(len(rows.treatment), 'answer')} of {formatting.how_many(answered, 'customer')}."
    enough = Check("enough data", "passed", float(answered), told)
    return Effect(
        cause=POINT,
        outcome=name,
        horizon=horizon,
        population=POPULATION,
        estimand=f"mean difference in {what} that goes with {POINT}, among customers who answered and are alike before",
        method=METHOD if reliable == 1.0 else f"{METHOD}, corrected for noise in answers",
        checks=(enough, check),
        n=len(rows.treatment),
        exposed=len(rows.treatment),
        estimate=one.estimate / reliable,
        error=one.error / reliable,
        p=one.p,
        raw=one.raw,
        grade=checks.grade("correlation", (enough,)),
        adjusted_for=tuple(dict.fromkeys(groups)),
    )


def _answers(history: History) -> tuple[Ints, Ints, Floats]:
    """Customer, month and score of every month with an answer."""
    answered = np.diff(history.totals["answers"], axis=1) > 0
    who, month = np.nonzero(answered & ~np.isnan(history.states["last_score"]))
    return who.astype(np.int64), month.astype(np.int64), history.states["last_score"][who, month]
