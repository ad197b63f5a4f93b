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
