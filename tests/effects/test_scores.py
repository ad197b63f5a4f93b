"""From scores to behaviour: the noise of answers is given back, and no money comes of it."""

import numpy as np
import pyarrow as pa
import pytest

from worthline.effects import design, history, linkage, scores
from worthline.effects.effect import as_row, sentence
from worthline.stats.double_ml import per_unit

CUSTOMERS, MONTHS = 4_000, 14
FEELING, NOISE = 1.5, 1.5
"""Standard deviations: an answer is half feeling, half noise, before it is rounded."""
PER_POINT = 0.25
"""Purchases in a month that go with one more point of feeling."""


def world(noise=NOISE):
    draw = np.random.default_rng(4)
    feeling = draw.normal(size=CUSTOMERS) * FEELING
    answers = draw.random((CUSTOMERS, MONTHS)) < 0.35
    score = np.clip(np.rint(7.5 + feeling[:, None] + noise * draw.normal(size=answers.shape)), 0, 10)
    orders = draw.poisson(np.clip(2 + PER_POINT * feeling, 0.05, None)[:, None], answers.shape).astype(float)
    return _laid(answers, score, orders)


def asked_twice(pairs, seed):
    """A company in which `pairs` customers answer twice within three months, and buy more where they feel better."""
    draw = np.random.default_rng([seed, pairs])
    feeling = 1.2 * draw.normal(size=pairs)
    answers = np.zeros((pairs, MONTHS), bool)
    first = draw.integers(1, MONTHS - 5, pairs)
    for month in (first, first + draw.integers(1, 4, pairs)):
        answers[np.arange(pairs), month] = True
    score = np.clip(np.rint(5.5 + feeling[:, None] + 1.2 * draw.normal(size=answers.shape)), 0, 10)
    level = np.clip(2.5 + PER_POINT * feeling + 0.5 * (draw.random(pairs) < 0.25), 0.05, None)
    return _laid(answers, score, draw.poisson(level[:, None], answers.shape).astype(float))


def _laid(answers, score, orders):
    who, month = (grid.ravel() for grid in np.meshgrid(*map(np.arange, answers.shape), indexing="ij"))
    first = np.datetime64("2024-01", "M")
    ids = np.array([f"C{i:05d}" for i in range(len(answers))])
    at = np.maximum.accumulate(np.where(answers, np.arange(MONTHS), -1), axis=1)
    latest = np.where(at >= 0, np.take_along_axis(score, np.maximum(at, 0), axis=1), np.nan)
    panel = {"customer_id": ids[who], "month": pa.array((first + month).astype("datetime64[D]")), "active": who >= 0}
    panel |= dict.fromkeys((*history.SUMMED, "tenure", "since_purchase", "since_contact"), np.zeros(len(who)))
    panel |= {
        "orders": orders.ravel(),
        "revenue": 20 * orders.ravel(),
        "margin": 10 * orders.ravel(),
        "answers": answers.ravel().astype(float),
        "last_score": latest.ravel(),
    }
    people = {"customer_id": ids, "left": pa.nulls(len(answers), pa.date32())}
    return history.read(pa.table(panel), pa.table(people))


def slope_of(laid):
    found = scores.slopes(laid, MONTHS - 1, ("purchases",), {})
    return next(one for one in found if one.horizon == 1)


def test_slope_without_noise_is_that_of_the_feeling():
    one = slope_of(world(noise=0.3))
    assert abs(one.estimate / PER_POINT - 1) < 0.12, "rounded and cut at 0 and 10, an answer is not all feeling"


def test_noise_of_answers_is_given_back():
    noisy = slope_of(world())
    check = next(check for check in noisy.checks if check.name == "answers twice")
    uncorrected = noisy.estimate * check.value
    assert uncorrected < 0.65 * PER_POINT, "half of an answer is noise"
    # Answers are cut at 10, so a point of them is worth a little more than one of feeling.
    assert noisy.estimate > 0.85 * PER_POINT
    assert check.outcome == "passed"
    assert check.value == pytest.approx(uncorrected / noisy.estimate, abs=0.02)


def test_no_money_and_no_better_than_correlation():
    laid = world()
    found = list(scores.slopes(laid, MONTHS - 1, ("purchases", "retention"), {}))
    steps = scores.steps(laid)
    linked = linkage.EffectInputs(laid, tuple(steps), MONTHS - 1, 1.0, "USD", ("purchases",))
    found += linkage.effects(linked)
    assert {one.cause for one in found} == {scores.POINT, "score: detractor", "score: promoter"}
    assert all(one.grade in (None, "D") for one in found)
    assert all(as_row(one, "", "USD")["money"] is None for one in found)


def test_detractors_buy_less_than_passives_and_promoters_more():
    laid = world()
    linked = linkage.EffectInputs(laid, tuple(scores.steps(laid)), MONTHS - 1, 1.0, "USD", ("purchases",))
    told = {(one.cause, one.horizon): one for one in linkage.effects(linked)}
    detractor, promoter = told["score: detractor", 1], told["score: promoter", 1]
    assert detractor.high < 0 < promoter.low
    assert "between customers who gave a score of 6 or less and those who gave a score of 7 or 8" in detractor.estimand
    assert "change" not in detractor.estimand, "no cause is claimed"
    assert sentence(detractor, "a score of 6 or less", "USD").startswith("A score of 6 or less: ")


def test_few_who_answered_twice_leave_it_uncorrected_and_said():
    laid = world()
    rows = design.LandmarkSample(np.arange(500), np.full(500, 1), laid.states["last_score"][:500, 1], {}, 500, 500)
    rows = rows.subset(~np.isnan(rows.treatment))
    assert scores.reliability(rows, np.zeros((len(rows.treatment), 0))).share is None


def test_the_slope_is_the_feelings_where_customers_are_asked_twice():
    """40 companies of 1,000 pairs: a corrected slope errs by about 0.2 of itself, the mean of 40 by 0.03.

    At b785399 the mean is 0.88: the answer before was controlled for, and half of the feeling with it. Some were not
    corrected, as revenue and margin, which differ by a factor, made noise of what is known before the answer.
    """
    found = [slope_of(asked_twice(1_000, seed)) for seed in range(40)]
    assert all(one.interval is not None for one in found)
    assert np.mean([one.estimate for one in found]) == pytest.approx(PER_POINT, rel=0.09)
    assert np.mean([one.low <= PER_POINT <= one.high for one in found]) >= 0.85  # 95% less three standard errors
    assert "last score" not in found[0].adjusted_for


@pytest.mark.parametrize("pairs", [100, 300, 1_000])
def test_the_corrected_slope_knows_that_its_reliability_errs(pairs):
    """Half of an answer is noise; the corrected slope's interval holds the feeling's own in 95% of worlds.

    200 worlds: 95% less and more three standard errors is 90.4% to 99.6%. At fa99b5c, where the reliability counts as
    known, it holds 34% of 110 pairs.
    """
    held = []
    for seed in range(200):
        draw = np.random.default_rng(seed)
        feeling = draw.normal(size=pairs)
        who, month = np.repeat(np.arange(pairs), 2), np.tile([0, 1], pairs)
        score = np.repeat(feeling, 2) + draw.normal(size=2 * pairs)
        y = PER_POINT * np.repeat(feeling, 2) + 0.1 * draw.normal(size=2 * pairs)
        rows = design.LandmarkSample(who, month, score, {}, len(who), len(who))
        nothing = np.zeros((len(who), 0))
        [slope] = per_unit(y[:, None], score, nothing, rows.clusters, splits=1)
        divided = scores.corrected(slope, np.arange(pairs), scores.reliability(rows, nothing))
        held.append(divided is not None and divided[1] <= PER_POINT <= divided[2])
    assert 0.904 <= np.mean(held) <= 0.996, np.mean(held)
