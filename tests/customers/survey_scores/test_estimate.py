"""Raw, weighted and predicted scores in worlds whose silent customers are known (METHODS 1)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.survey_scores.world import FEATURES, world
from worthline.customers.survey_scores.estimate import ScoreEstimate, estimate, points

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
    said, low, high = found.teller(rows)
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
    assert found.teller is None
    assert "needs 100 customers who answered" in found.says
    assert found.raw is not None


def test_the_same_rows_give_the_same_scores():
    rows, _ = world(8, 1_500)
    assert (felt(rows).teller(rows)[0] == felt(rows).teller(rows)[0]).all()


def test_everybody_answered_needs_no_weights():
    rows, score = world(4, 600)
    rows = rows.set_column(2, "answered", pa.array([True] * 600)).set_column(3, "score", pa.array(score))
    found = felt(rows)
    assert found.weighted is None
    assert found.worst == found.best == found.raw.value
