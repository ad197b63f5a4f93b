"""Chance by name and customer: the same whoever else is drawn, uniform, and unrelated between names and seeds."""

import numpy as np
from scipy import stats

from worthline.demo.chance import Chance

MANY = np.arange(200_000)


def test_a_customer_s_draw_does_not_hang_on_who_else_is_drawn():
    whole = Chance(7).uniform(MANY, "outage", 3)
    few = np.array([199_999, 5, 77])
    assert np.array_equal(Chance(7).uniform(few, "outage", 3), whole[few])


def test_draws_are_uniform():
    drawn = Chance(7).uniform(MANY, "wait")
    assert stats.kstest(drawn, "uniform").pvalue > 0.001  # one fixed seed: passes for good, fails for good
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert abs(stats.kurtosis(Chance(7).normal(MANY, "x"))) < 4 * np.sqrt(24 / MANY.size)


def test_names_seeds_and_neighbours_are_apart():
    draws = [Chance(s).uniform(MANY, *n) for s, n in ((7, ("a",)), (7, ("b",)), (8, ("a",)), (7, ("a", 1)))]
    draws.append(np.roll(draws[0], 1))
    # Independent uniform draws: each correlation of 200,000 pairs lies within 4 / sqrt(200,000) = .009.
    assert np.abs(np.corrcoef(draws) - np.eye(5)).max() < 0.009


def test_choices_have_their_shares():
    picked = Chance(7).choice((0.5, 0.3, 0.2), MANY, "plan")
    assert np.abs(np.bincount(picked) / MANY.size - [0.5, 0.3, 0.2]).max() < 0.005  # 4 standard errors
    numbers = Chance(7).whole(1, 28, MANY, "day")
    assert (numbers.min(), numbers.max()) == (1, 28)
