"""Intervals against published numbers, and against a plain second computation."""

from math import sqrt
from random import Random
from statistics import stdev

import pytest

from worthline.stats.intervals import Z95, kish, mean_interval, nps_interval, weighted_nps, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (Wilson without correction);
        # printed to four decimals.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_matches_newcombe_1998(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_ends_are_where_the_score_test_just_rejects():
    # Wilson (1927): |p_hat - p| = z sqrt(p (1 - p) / n) at both ends.
    for k, n in [(3, 7), (81, 263), (1, 1000)]:
        for end in wilson(k, n):
            assert abs(k / n - end) == pytest.approx(Z95 * sqrt(end * (1 - end) / n), rel=1e-9)


def test_nps_standard_error_matches_published_example():
    # W. Huber, stats.stackexchange.com/q/18603: half promoters, a third passive, a sixth detractors have
    # NPS 1/3 and variance 5/9; of 324 answers the standard error is 0.745 / 18 = 4.1 points.
    low, high = nps_interval(162, 108, 54)
    assert (low + high) / 2 == pytest.approx(100 / 3)
    assert (high - low) / 2 / Z95 == pytest.approx(100 * sqrt(5 / 9) / 18)
    assert (high - low) / 2 / Z95 == pytest.approx(4.14, abs=0.005)


def test_nps_interval_equals_the_mean_of_tickets():
    # An NPS is the mean of tickets +1, 0, -1; its population variance over n is the multinomial one.
    tickets = [1] * 17 + [0] * 9 + [-1] * 13
    n, mean = len(tickets), sum(tickets) / len(tickets)
    half = Z95 * sqrt(sum((t - mean) ** 2 for t in tickets) / n / n)
    assert nps_interval(17, 9, 13) == pytest.approx((100 * (mean - half), 100 * (mean + half)))


def test_nps_interval_stays_on_the_scale_and_is_unknown_without_spread():
    low, high = nps_interval(9, 1, 0)
    assert low < 90 <= high <= 100
    assert nps_interval(5, 0, 0) == (None, None)
    assert nps_interval(1, 0, 0) == (None, None)
    assert nps_interval(0, 0, 0) == (None, None)


def test_mean_interval_equals_textbook_formula():
    values = [1.5, 2.0, 4.25, 4.25, 5.0, 3.0]
    low, high = mean_interval(len(values), sum(values), sum(v * v for v in values))
    half = Z95 * stdev(values) / sqrt(len(values))
    assert (low, high) == pytest.approx((sum(values) / 6 - half, sum(values) / 6 + half))
    assert mean_interval(1, 3, 9) == (None, None)


def test_kish_matches_its_definition_in_design_effects():
    # Kish (1965): n / (1 + cv^2), cv the coefficient of variation of the weights (population variance).
    weights = [1.0] * 40 + [2.0] * 25 + [5.0] * 10
    n, mean = len(weights), sum(weights) / len(weights)
    cv2 = sum((w - mean) ** 2 for w in weights) / n / mean**2
    assert kish(sum(weights), sum(w * w for w in weights)) == pytest.approx(n / (1 + cv2))
    assert kish(16, 16) == 16
    assert kish(0, 0) == 0


def test_weights_that_are_all_alike_change_nothing():
    value, low, high = weighted_nps(2.5 * 17, 2.5 * 9, 2.5 * 13, kish(2.5 * 39, 2.5**2 * 39))
    assert value == pytest.approx(100 * 4 / 39)
    assert (low, high) == pytest.approx(nps_interval(17, 9, 13))
    assert weighted_nps(0, 0, 0, 0) == (None, None, None)


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.15, 0.45, 0.4)])
def test_nps_interval_covers_the_truth(shares):
    # 2,000 samples of 200: the share covered has a standard error of .005; normal theory gives about .95.
    draw, truth, covered = Random(7), 100 * (shares[0] - shares[2]), 0
    for _ in range(2000):
        answers = draw.choices((1, 0, -1), shares, k=200)
        low, high = nps_interval(answers.count(1), answers.count(0), answers.count(-1))
        covered += low <= truth <= high
    assert 0.93 <= covered / 2000 <= 0.97
