"""The interval of a ratio against simulation, and its algebra by hand."""

import numpy as np
import pytest

from worthline.stats.fieller import ratio_interval

Z = 1.959963984540054


def test_a_denominator_that_is_known_leaves_the_usual_interval():
    low, high = ratio_interval(4.0, 2.0, variance=0.25, variance_below=0.0, covariance=0.0)
    assert (low, high) == pytest.approx((2 - Z * 0.25, 2 + Z * 0.25), abs=1e-12)


def test_a_denominator_that_may_be_zero_gives_none():
    assert ratio_interval(4.0, 1.0, variance=0.25, variance_below=0.3, covariance=0.0) is None


def test_it_holds_the_ratio_in_95_of_100_where_both_err_together():
    """20,000 draws: 95% within 0.5 points (three standard errors)."""
    draw = np.random.default_rng(1)
    shared, own, below = (draw.normal(size=20_000) for _ in range(3))
    top, bottom = 3.0 + 0.3 * shared + 0.2 * own, 1.5 + 0.2 * shared + 0.2 * below
    held = []
    for numerator, denominator in zip(top, bottom, strict=True):
        ends = ratio_interval(numerator, denominator, variance=0.13, variance_below=0.08, covariance=0.06)
        held.append(ends is not None and ends[0] <= 2.0 <= ends[1])
    assert np.mean(held) == pytest.approx(0.95, abs=0.005)
