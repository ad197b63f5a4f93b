"""Raw, weighted and predicted scores in worlds whose silent customers are known (METHODS 1)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.survey_scores.world import FEATURES, world
from worthline.customers.survey_scores.estimate import Estimate, ScoreEstimate, estimate, points, within

SCALE = (0.0, 10.0)


def felt(rows: pa.Table, metric: str = "nps") -> ScoreEstimate:
    return estimate(rows, FEATURES, metric, SCALE, 24_000)


def judged(seeds: range, hidden: float) -> dict[str, float]:
    """Shares of worlds: weighted nearer than raw, its interval and the bounds hold the truth; one answer covered."""
    nearer, covers, bounds, told = [], [], [], []
    for seed in seeds:
        rows, score = world(seed, hidden=hidden)
        truth = float(points(score, "nps").mean())
        found = felt(rows)
        nearer.append(abs(found.weighted.value - truth) < abs(found.raw.value - truth))
        # The answers of these customers are chance too: the interval is of the company's score over such customers.
        covers.append(found.weighted.low <= population(hidden) <= found.weighted.high)
        bounds.append(found.worst <= truth <= found.best)
        told.append(found.measures["coverage_90"][0])
    shares = {"nearer": nearer, "covers": covers, "bounds": bounds, "answers": told}
    return {name: float(np.mean(values)) for name, values in shares.items()}


_POPULATION: dict[float, float] = {}


def population(hidden: float) -> float:
    """The score of the whole population, by half a million customers."""
    if hidden not in _POPULATION:
        _, score = world(10**6, 500_000, hidden=hidden)
        _POPULATION[hidden] = float(points(score, "nps").mean())
    return _POPULATION[hidden]


def test_weights_bring_back_what_answering_by_record_takes_away():
    found = judged(range(6), hidden=0.0)
    assert found["nearer"] == 1.0
    assert found["covers"] >= 4 / 6
    assert found["bounds"] == 1.0
    assert 0.88 <= found["answers"] <= 0.92


@pytest.mark.truth
def test_bars_of_the_method_where_answering_hangs_on_the_record():
    found = judged(range(100, 300), hidden=0.0)
    assert found["nearer"] >= 0.95
    assert 0.92 <= found["covers"] <= 0.98
    assert found["bounds"] == 1.0
    assert 0.88 <= found["answers"] <= 0.92


@pytest.mark.truth
def test_where_answering_hangs_on_the_feeling_the_bounds_hold():
    found = judged(range(100, 200), hidden=0.8)
    assert found["bounds"] == 1.0


def test_bounds_by_hand():
    """Half answered, all of them promoters: between (100 - 100) / 2 and (100 + 100) / 2."""
    rows, _ = world(1, 400)
    rows = rows.set_column(2, "answered", pa.array([i % 2 == 0 for i in range(400)]))
    rows = rows.set_column(3, "score", pa.array([10.0 if i % 2 == 0 else None for i in range(400)], pa.float64()))
    found = felt(rows)
    assert (found.worst, found.best, found.raw.value) == (0.0, 100.0, 100.0)


def test_a_score_that_nothing_recorded_tells_is_not_shown():
    rows, _ = world(5, tells=0.0)
    luck = np.random.default_rng(1)
    said = rows["score"].to_numpy().copy()
    known = ~np.isnan(said)
    said[known] = luck.permutation(said[known])
    found = felt(rows.set_column(3, "score", pa.array(said, from_pandas=True)))
    assert not found.shown
    assert "no better than their mean" in found.says


def test_ranges_cover_by_third_of_the_chance_to_answer_and_stay_on_the_scale():
    rows, score = world(3, 12_000)
    found = felt(rows, "stars")
    assert found.shown, found.says
    said, low, high = found.model(rows)
    assert (low >= 0).all()
    assert (high <= 10).all()
    assert (low <= said).all()
    assert (said <= high).all()
    for third in ("low", "middle", "high"):
        assert 0.87 <= found.measures[f"coverage_90_{third}"][0] <= 0.93
    silent = ~rows["answered"].to_numpy(zero_copy_only=False)
    inside = (score >= low) & (score <= high)
    assert inside[silent].mean() >= 0.86  # answering hangs on the record alone: the silent are covered too


def test_few_answers_give_no_prediction_and_say_so():
    rows, _ = world(2, 150)
    found = felt(rows)
    assert found.model is None
    assert "needs 100 customers who answered" in found.says
    assert found.raw is not None


def test_the_same_rows_give_the_same_scores():
    rows, _ = world(8, 1_500)
    assert (felt(rows).model(rows)[0] == felt(rows).model(rows)[0]).all()


def test_everybody_answered_needs_no_weights():
    rows, score = world(4, 600)
    rows = rows.set_column(2, "answered", pa.array([True] * 600)).set_column(3, "score", pa.array(score))
    found = felt(rows)
    assert found.weighted is None
    assert found.worst == found.best == found.raw.value


def test_where_nearly_all_answered_the_estimate_is_their_answers():
    """Ten-day-old buyers, 97% of whom answered: no model says something else than they did."""
    rows, score = world(4, 3_000)
    answered = np.arange(3_000) % 33 != 0
    rows = rows.set_column(2, "answered", pa.array(answered))
    rows = rows.set_column(3, "score", pa.array(np.where(answered, score, np.nan), from_pandas=True))
    found = felt(rows)
    assert found.share == answered.mean()
    assert found.weighted == found.raw
    assert found.raw.value == pytest.approx(100 * ((score >= 9)[answered].mean() - (score <= 6)[answered].mean()))


def test_the_estimate_never_leaves_the_bounds():
    assert within(Estimate(80.0, 70.0, 90.0, 5), -63.0, 77.0) == Estimate(77.0, 70.0, 77.0, 5)
    assert within(Estimate(-70.0, -90.0, -60.0, 5), -63.0, 77.0) == Estimate(-63.0, -63.0, -60.0, 5)


def test_bounds_count_people_not_invitations():
    """400 people, each asked twice; half answered once, all promoters: 50% of the people answered, not 25%."""
    rows, _ = world(1, 400)
    first = rows.set_column(2, "answered", pa.array([i % 2 == 0 for i in range(400)]))
    first = first.set_column(3, "score", pa.array([10.0 if i % 2 == 0 else None for i in range(400)], pa.float64()))
    again = rows.set_column(2, "answered", pa.array([False] * 400)).set_column(3, "score", pa.nulls(400, pa.float64()))
    found = felt(pa.concat_tables([first, again.set_column(1, "at", pa.array([24_001] * 400))]))
    assert (found.share, found.worst, found.best) == (0.5, 0.0, 100.0)


def test_satisfaction_is_the_share_of_the_top_two_points():
    assert points(np.array([1.0, 4.0, 5.0, 3.0]), "csat", (1.0, 5.0)).tolist() == [0, 1, 1, 0]
    assert points(np.array([1.0, 0.0]), "csat", (0.0, 1.0)).tolist() == [1, 0]
