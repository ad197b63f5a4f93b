"""Streams of chance: the same for the same name and seed, whatever else was drawn; others differ."""

import numpy as np

from worthline.demo.chance import Chance


def test_a_name_s_draws_do_not_hang_on_other_draws():
    one, other = Chance(7), Chance(7)
    other.stream("wait").random(1000)
    assert np.array_equal(one.stream("outage", 3).random(50), other.stream("outage", 3).random(50))


def test_names_and_seeds_are_apart():
    draws = [Chance(s).stream(*n).random(20_000) for s, n in ((7, ("a",)), (7, ("b",)), (8, ("a",)), (7, ("a", 1)))]
    # Independent uniform draws: correlations of 20,000 pairs lie within 4 / sqrt(20,000) = .028.
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 0.028
