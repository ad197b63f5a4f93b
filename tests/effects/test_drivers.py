"""Shares of R2: against all orders of entry by brute force, in closed form, and with drivers that repeat each other."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from worthline.effects.drivers import key_drivers, shares_of_r2
from worthline.errors import NotEnoughData


def answers(n=400, p=5, seed=1):
    draw = np.random.default_rng(seed)
    mixed = draw.normal(size=(n, p)) @ (np.eye(p) + 0.4)
    return mixed, mixed @ np.linspace(1, 0, p) + draw.normal(size=n) * 2


def r2(x, y, columns):
    if not columns:
        return 0.0
    part = x[:, list(columns)]
    return LinearRegression().fit(part, y).score(part, y)


def test_shares_are_the_mean_gain_over_all_orders_of_entry():
    x, y = answers()
    gains = np.zeros(5)
    orders = list(permutations(range(5)))
    for order in orders:
        for at, driver in enumerate(order):
            gains[driver] += r2(x, y, order[: at + 1]) - r2(x, y, order[:at])
    assert shares_of_r2(np.corrcoef(np.column_stack([x, y]).T)) == pytest.approx(gains / len(orders), abs=1e-10)


def test_two_drivers_in_closed_form():
    # Entering first or second, averaged: (r1^2 + R2 - r2^2) / 2.
    a, b, c = 0.6, 0.5, 0.3
    whole = (a * a + b * b - 2 * a * b * c) / (1 - c * c)
    found = shares_of_r2(np.array([[1, c, a], [c, 1, b], [a, b, 1]]))
    assert found == pytest.approx([(a * a + whole - b * b) / 2, (b * b + whole - a * a) / 2], abs=1e-12)


def test_shares_add_up_to_what_all_explain():
    x, y = answers(n=1000, p=9)
    found = key_drivers(x, y, resamples=20)
    assert found.shares.sum() == pytest.approx(r2(x, y, range(9)), abs=1e-10)
    assert found.r2 == pytest.approx(found.shares.sum())
    assert ((found.low <= found.shares) & (found.shares <= found.high)).all()


def test_a_driver_given_twice_shares_with_its_twin_and_breaks_nothing():
    x, y = answers(p=3)
    once, twice = key_drivers(x, y).shares, key_drivers(np.column_stack([x, x[:, 0]]), y).shares
    assert twice[0] == pytest.approx(twice[3], abs=1e-9)
    assert twice.sum() == pytest.approx(once.sum(), abs=1e-9)


def test_intervals_cover_the_share_of_the_population():
    # Independent drivers: the share of each is b^2 / (sum of b^2 + noise) = .16, .04, 0 of 1.
    truth, covered = np.array([0.16, 0.04]), 0
    worlds = 200
    for seed in range(worlds):
        draw = np.random.default_rng(seed)
        x = draw.normal(size=(600, 3))
        y = x @ np.array([0.4, 0.2, 0.0]) + draw.normal(size=600) * np.sqrt(0.8)
        found = key_drivers(x, y, seed=seed)
        covered += ((found.low[:2] <= truth) & (truth <= found.high[:2])).sum()
    # 95% nominal; a percentile bootstrap of a share that is bounded by zero runs a little under.
    assert 0.90 <= covered / (2 * worlds) <= 0.99


def test_an_unrelated_driver_is_seldom_called_significant():
    called = 0
    for seed in range(100):
        draw = np.random.default_rng(1000 + seed)
        x = draw.normal(size=(400, 2))
        called += bool(key_drivers(x, x[:, 0] + draw.normal(size=400), seed=seed).significant[1])
    assert called <= 10


def test_the_same_answers_give_the_same_bytes():
    x, y = answers()
    assert key_drivers(x, y).low.tobytes() == key_drivers(x, y).low.tobytes()


def test_what_cannot_be_told_is_said():
    x, y = answers(n=9)
    with pytest.raises(NotEnoughData, match="need 14 complete answers; got 9"):
        key_drivers(x, y)
    x, y = answers()
    x[:, 2] = 7
    with pytest.raises(NotEnoughData, match="the same in column 2"):
        key_drivers(x, y)
    with pytest.raises(NotEnoughData, match="got 19"):
        shares_of_r2(np.eye(20))


SWISS = """
80.2 17.0 15 12 9.96 22.2|83.1 45.1 6 9 84.84 22.2|92.5 39.7 5 5 93.40 20.2|85.8 36.5 12 7 33.77 20.3
76.9 43.5 17 15 5.16 20.6|76.1 35.3 9 7 90.57 26.6|83.8 70.2 16 7 92.85 23.6|92.4 67.8 14 8 97.16 24.9
82.4 53.3 12 7 97.67 21.0|82.9 45.2 16 13 91.38 24.4|87.1 64.5 14 6 98.61 24.5|64.1 62.0 21 12 8.52 16.5
66.9 67.5 14 7 2.27 19.1|68.9 60.7 19 12 4.43 22.7|61.7 69.3 22 5 2.82 18.7|68.3 72.6 18 2 24.20 21.2
71.7 34.0 17 8 3.30 20.0|55.7 19.4 26 28 12.11 20.2|54.3 15.2 31 20 2.15 10.8|65.1 73.0 19 9 2.84 20.0
65.5 59.8 22 10 5.23 18.0|65.0 55.1 14 3 4.52 22.4|56.6 50.9 22 12 15.14 16.7|57.4 54.1 20 6 4.20 15.3
72.5 71.2 12 1 2.40 21.0|74.2 58.1 14 8 5.23 23.8|72.0 63.5 6 3 2.56 18.0|60.5 60.8 16 10 7.72 16.3
58.3 26.8 25 19 18.46 20.9|65.4 49.5 15 8 6.10 22.5|75.5 85.9 3 2 99.71 15.1|69.3 84.9 7 6 99.68 19.8
77.3 89.7 5 2 100.00 18.3|70.5 78.2 12 6 98.96 19.4|79.4 64.9 7 3 98.22 20.2|65.0 75.9 9 9 99.06 17.8
92.2 84.6 3 3 99.46 16.3|79.3 63.1 13 13 96.83 18.1|70.4 38.4 26 12 5.62 20.3|65.7 7.7 29 11 13.79 20.5
72.7 16.7 22 13 11.22 18.9|64.4 17.6 35 32 16.92 23.0|77.6 37.6 15 7 4.97 20.0|67.6 18.7 25 7 8.65 19.5
35.0 1.2 37 53 42.34 18.0|44.7 46.6 16 29 50.43 18.2|42.8 27.7 22 29 58.33 19.3
"""
"""R's swiss (Mosteller & Tukey 1977): Fertility, Agriculture, Examination, Education, Catholic, Infant.Mortality."""


def test_shares_of_swiss_are_those_of_relaimpo():
    # R's relaimpo, calc.relimp(lm(Fertility ~ ., swiss), type = "lmg"), as METHODS.md gives it.
    rows = np.array([row.split() for line in SWISS.split("\n") if line for row in line.split("|")], dtype=float)
    assert rows.shape == (47, 6)
    found = key_drivers(rows[:, 1:], rows[:, 0])
    assert found.shares == pytest.approx([0.0571, 0.1712, 0.2601, 0.1056, 0.1128], abs=5e-5)
    assert found.r2 == pytest.approx(0.7067, abs=5e-5)


def test_shares_of_nearly_the_same_drivers_do_not_swing():
    # Two drivers that correlate at .99: their slopes swing with every draw, their shares stay alike.
    draw = np.random.default_rng(8)
    common = draw.normal(size=(2_000, 1))
    x = np.column_stack([common + 0.1 * draw.normal(size=(2_000, 2)), draw.normal(size=2_000)])
    y = common[:, 0] + 0.5 * x[:, 2] + draw.normal(size=2_000)
    found = key_drivers(x, y)
    assert found.shares[0] == pytest.approx(found.shares[1], rel=0.05)
    assert (found.high - found.low)[:2].max() < 0.3 * found.shares[0]
    halves = [key_drivers(x[half], y[half], resamples=2).shares for half in (slice(0, None, 2), slice(1, None, 2))]
    assert np.abs(halves[0] - halves[1])[:2].max() < 0.05
    slopes = [LinearRegression().fit(x[half], y[half]).coef_ for half in (slice(0, None, 2), slice(1, None, 2))]
    assert np.abs(slopes[0] - slopes[1])[:2].max() > 0.1, "while the slopes of a regression do swing"
