"""Intervals of rare events against published tables, and their errors by enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, gamma

from worthline.stats.rare_events import risk_difference, skewed_interval


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0528, 0.3382),
        ((9, 10, 3, 10), 0.1700, 0.8406),
        ((5, 56, 0, 29), -0.0326, 0.1933),
        ((0, 10, 0, 20), -0.1658, 0.2844),
        ((10, 10, 0, 20), 0.7156, 1.0000),
    ],
)
def test_score_interval_matches_newcombe_1998(counts, low, high):
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 6 (Miettinen & Nurminen); four decimals.
    found = risk_difference(*counts, is_skewness_corrected=False)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("size", "controls", "risk"), [(98, 10_000, 0.01), (50, 3_000, 0.01), (98, 3_000, 0.03)])
def test_no_effect_is_found_on_either_side_in_more_than_4_percent(size, controls, risk):
    # Enumerated, not simulated: all numbers of events of the exposed, the controls' at their middle.
    # Without the correction for skewness 3 of 98 at 1% are "harm" in 7.6%.
    events = np.arange(int(binom.ppf(1 - 1e-9, size, risk)) + 1)
    chance = binom.pmf(events, size, risk)
    intervals = [risk_difference(int(x), size, round(controls * risk), controls) for x in events]
    assert sum(p for p, one in zip(chance, intervals, strict=True) if one.low > 0) <= 0.04
    assert sum(p for p, one in zip(chance, intervals, strict=True) if one.high < 0) <= 0.06


def test_no_event_is_no_certainty():
    found = risk_difference(0, 50, 30, 3_000)
    # The rule of three: of 50 without an event the risk may still be 3 / 50, less the controls' 1%.
    assert found.low < 0 < found.high
    assert found.high == pytest.approx(3 / 50 - 0.01, abs=0.02)


def test_strata_of_one_kind_are_as_one():
    # The same shares in both: weights by exposed change nothing but the small-sample factor N / (N - 1).
    pooled = risk_difference(6, 100, 40, 1_000)
    parted = risk_difference([3, 3], [50, 50], [20, 20], [500, 500])
    assert (parted.low, parted.high) == (pytest.approx(pooled.low, abs=1e-3), pytest.approx(pooled.high, abs=1e-3))


def test_what_differs_between_strata_is_no_difference():
    # 20% of both groups in one stratum, 2% of both in the other; the exposed are mostly of the first.
    parted = risk_difference([16, 0.4], [80, 20], [40, 16], [200, 800])
    pooled = risk_difference(16.4, 100, 56, 1_000)
    assert parted.low < 0 < parted.high
    assert pooled.low > 0


def test_skewed_mean_errs_alike_on_both_sides():
    # Means of 20 of a gamma distribution with shape .25 (skewness 4): the normal interval misses 13% above, .2% below.
    draw = np.random.default_rng(1)
    n, shape = 20, 0.25
    means = gamma.rvs(shape, size=(20_000, n), random_state=draw).mean(axis=1) - shape
    found = [skewed_interval(float(m), shape / n, 2 * shape / n**2) for m in means]
    above = np.mean([one.low > 0 for one in found])
    below = np.mean([one.high < 0 for one in found])
    # 2.5% each; the correction is of first order and the shift is bounded.
    assert 0.01 < above < 0.04
    assert 0.005 < below < 0.04


@pytest.mark.parametrize("counts", [(1, 0, 1, 10), (3, 2, 1, 10)])
def test_more_events_than_members_is_refused(counts):
    with pytest.raises(ValueError, match=r"events must lie within"):
        risk_difference(*counts)
