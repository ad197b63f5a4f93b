"""Shares of a joint effect: exact by arithmetic where cells are large, additive where they are small, true in worlds."""

import numpy as np
import pytest

from tests.worlds import joint as worlds
from worthline.initiatives.shapley import LEAST, split


def world(cells, noise=0.0, seed=1):
    """Customers by ((in A, in B), (treated by A, treated by B)) -> number; the value is 10 + 3A + 2B + 4AB."""
    rng = np.random.default_rng(seed)
    value, assigned, treated = [], [], []
    for (among, given), n in cells.items():
        mean = 10 + 3 * given[0] + 2 * given[1] + 4 * given[0] * given[1]
        value.append(mean + noise * rng.standard_normal(n))
        assigned.append(np.tile(np.array(among, bool), (n, 1)))
        treated.append(np.tile(np.array(given, bool), (n, 1)))
    return np.concatenate(value), np.concatenate(assigned), np.concatenate(treated)


BOTH, ONLY_A, NONE = (1, 1), (1, 0), (0, 0)
CELLS = {
    (BOTH, (1, 1)): 300,
    (BOTH, (1, 0)): 250,
    (BOTH, (0, 1)): 240,
    (BOTH, (0, 0)): 220,
    (ONLY_A, (1, 0)): 500,
    (ONLY_A, (0, 0)): 500,
    (NONE, (0, 0)): 1000,
}


def test_an_interaction_is_shared_in_halves():
    """Of 300 treated by both each has 9 more: A's share 3 + 4/2, B's 2 + 4/2; of those treated by one its own alone."""
    made = split(*world(CELLS))
    assert made.shares == pytest.approx([300 * 5 + 250 * 3 + 500 * 3, 300 * 4 + 240 * 2])
    assert made.interaction == 0
    assert made.treated.tolist() == [1050, 540]
    assert made.additive.tolist() == [0, 0]


def test_shares_add_up_to_what_the_treated_have_more_than_the_untreated_of_their_trials():
    value, assigned, treated = world(CELLS, noise=5)
    made = split(value, assigned, treated)
    whole = 0.0
    for among in (BOTH, ONLY_A):
        mine = (assigned == np.array(among, bool)).all(axis=1)
        base = value[mine & ~treated.any(axis=1)].mean()
        whole += (value[mine & treated.any(axis=1)] - base).sum()
    assert made.shares.sum() + made.interaction == pytest.approx(whole)


def test_small_cells_are_additive_and_what_is_beyond_is_interaction():
    cells = {**CELLS, (BOTH, (0, 1)): LEAST - 1}
    value, assigned, treated = world(cells)
    made = split(value, assigned, treated)
    own = [value[assigned[:, k] & treated[:, k]].mean() - value[assigned[:, k] & ~treated[:, k]].mean() for k in (0, 1)]
    assert made.additive.tolist() == [300, 300 + LEAST - 1]
    assert made.shares[1] == pytest.approx((300 + LEAST - 1) * own[1])
    assert made.interaction == pytest.approx(300 * (9 - own[0] - own[1]))


def test_three_trials_by_the_permutations():
    """The Shapley value is the mean, over all orders, of what a trial adds when it comes in."""
    from itertools import permutations, product

    def worth(given):
        a, b, c = given
        return a + 2 * b + 4 * c + 8 * a * b - 5 * b * c + 7 * a * b * c

    cells = {given: 200 + 10 * number for number, given in enumerate(product((0, 1), repeat=3))}
    value = np.concatenate([np.full(n, float(worth(given))) for given, n in cells.items()])
    treated = np.concatenate([np.tile(np.array(given, bool), (n, 1)) for given, n in cells.items()])
    expected = np.zeros(3)
    for given, n in cells.items():
        members = [k for k in range(3) if given[k]]
        orders = list(permutations(members))
        for order in orders:
            there = [0, 0, 0]
            for k in order:
                before = worth(there)
                there[k] = 1
                expected[k] += n * (worth(there) - before) / len(orders)
    made = split(value, np.ones_like(treated), treated)
    assert made.shares == pytest.approx(expected)


def test_a_claims_interval_covers_its_true_share():
    """600 worlds of noise 5; the binomial error of 95% over 600 is 0.9 points, so 2.5 of them are allowed."""
    hits = np.zeros(2)
    truth = np.array([300 * 5 + 250 * 3 + 500 * 3, 300 * 4 + 240 * 2])
    for seed in range(600):
        made = split(*world(CELLS, noise=5, seed=seed))
        hits += np.abs(made.shares - truth) <= 1.96 * made.errors
    assert (hits / 600 >= 0.927).all()
    assert (hits / 600 <= 0.973).all()


def test_parts_add_up_and_what_an_unmeasured_initiative_brings_is_unclaimed():
    """Ten worlds of 20,000 customers: 2 a customer are brought by an initiative without a control group of its own."""
    made = worlds.study("one without a control group", 10)
    assert made["adds up"] == 1
    assert abs(made["unclaimed_bias"]) < 4 * made["unclaimed_error"]
    assert made["claims"] >= 0.8  # of 20 intervals at 95% fewer than 16 hold in 26 of 10,000 tries


@pytest.mark.truth
@pytest.mark.parametrize("kind", worlds.KINDS)
def test_the_joint_effect_in_300_worlds(kind):
    """docs/methods/register.md has the table; the binomial error of 95% over 300 is 1.26 points, 2.5 of them allowed."""
    made = worlds.study(kind, 300)
    assert made["adds up"] == 1
    assert 0.918 <= made["total"] <= 0.982
    assert 0.918 <= made["claims"] <= 0.982
    assert abs(made["unclaimed_bias"]) < 3 * made["unclaimed_error"]


def test_harm_is_a_share_below_zero():
    value, assigned, treated = world(CELLS)
    made = split(-value, assigned, treated)
    assert (made.shares < 0).all()
