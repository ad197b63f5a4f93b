"""Intervals whose skewness is removed: against exact ones, and samples whose truth is known."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import chi2, norm

from worthline.stats.intervals import Z95
from worthline.stats.removed_skewness import MOST, p_value, reach, skewness


def shares(values):
    """Influence of each value on their sum."""
    return values - values.mean()


@pytest.mark.parametrize("events", [10, 15, 30, 60])
def test_of_a_count_of_events_it_is_near_the_exact_interval(events):
    """Garwood (1936): chi-squared / 2. 10 events of 10,000: 4.80 to 18.39; the plain interval says 3.80 to 16.20."""
    values = np.zeros(10_000)
    values[:events] = 1.0
    ends = reach(shares(values))
    exact = chi2.ppf(0.025, 2 * events) / 2, chi2.ppf(0.975, 2 * events + 2) / 2
    assert exact[0] < events - ends.below < exact[0] + 0.8  # exact ends are wider than 95% by half an event
    assert events + ends.above == pytest.approx(exact[1], rel=0.02)
    assert events + ends.above > events + Z95 * sqrt(events) + 0.5


def test_without_skewness_it_is_the_plain_interval():
    values = np.array([1.0, -1.0, 2.0, -2.0, 0.0])
    assert skewness(values) == 0.0
    assert (reach(values).below, reach(values).above) == pytest.approx((Z95 * sqrt(10), Z95 * sqrt(10)))
    assert p_value(3.0, sqrt(10), values) == pytest.approx(2 * norm.sf(3 / sqrt(10)))
    assert reach(values, error=1.0).above == pytest.approx(Z95)


def test_the_p_value_says_what_the_interval_says():
    """At either end of the interval the p-value of the difference is 5%."""
    influence = shares(np.random.default_rng(1).exponential(size=60))
    ends, error = reach(influence), float(np.sqrt(influence @ influence))
    assert p_value(ends.below, error, influence) == pytest.approx(0.05)
    assert p_value(-ends.above, error, influence) == pytest.approx(0.05)
    assert p_value(2 * ends.below, error, influence) < 0.05 < p_value(ends.below / 2, error, influence)


def test_each_side_misses_alike_where_few_carry_the_sum():
    """4,000 samples of 1,000 with 2.5% events (standard error of a side .0025): the plain interval misses 4.9 and 1.2%."""
    rng, missed = np.random.default_rng(2), np.zeros(2)
    for _ in range(4_000):
        events = rng.binomial(1_000, 0.025)
        values = np.zeros(1_000)
        values[:events] = 1.0
        ends = reach(shares(values))
        missed += events + ends.above < 25, events - ends.below > 25
    below, above = missed / 4_000
    assert below <= 0.036
    assert above <= 0.036
    assert below + above >= 0.03


def test_skewness_beyond_what_a_sample_tells_counts_as_the_most():
    values = np.zeros(1_000)
    values[:3] = 1.0
    assert skewness(shares(values)) == MOST
    assert np.isfinite(reach(shares(values)).above)
