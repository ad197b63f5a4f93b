"""The doubly robust learner and what follows from it: known truths, arithmetic beside the test."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.policies import judge, world
from worthline.stats import cross_fitting, doubly_robust, policy_value
from worthline.stats.doubly_robust import Effects, Learned


def test_pseudo_outcomes_by_hand():
    """Kennedy (2023), equation 2: mu1 - mu0 + (d - e) / (e (1 - e)) (y - mu_d), with mu1 = .8, mu0 = .6 and e = .25:
    treated who stayed: .2 + .75 / .1875 x .2 = 1.0; control who stayed: .2 - .25 / .1875 x .4 = -.3333."""
    y, d = np.asarray([1.0, 1.0]), np.asarray([True, False])
    found = doubly_robust._pseudo(y, d, np.full(2, 0.25), np.full(2, 0.8), np.full(2, 0.6))
    assert found == pytest.approx([1.0, -1 / 3])


def test_a_line_through_pseudo_outcomes_is_econmls():
    """econml 0.17.0 (scikit-learn 1.9.1), LinearDRLearner on the same 3,000 rows, with these folds, a chance of one half and a
    ridge regression by arm (penalty .003 x its rows): intercept_, coef_ and the mean effect, which is the intercept
    as covariates are centred. Both are least squares on Kennedy's pseudo-outcomes, so they agree to rounding.
    """
    made = world("linear", 1, 3000)
    fold = cross_fitting.folds_of(np.arange(3000), 4, 7)
    pseudo = doubly_robust.pseudo_outcomes(made.x, made.stayed, made.treated, made.chance, fold)
    line = np.linalg.lstsq(np.column_stack([np.ones(3000), made.x]), pseudo, rcond=None)[0]
    econml = [-0.0010583194576876613, 0.0593765018716445, 0.008457387491645867, 0.018126920236828412]
    econml += [-0.0027335611992040133, 0.014200217364237433, 0.004648639165327203, -0.00874258447104021]
    assert line == pytest.approx([*econml, 0.011131857652936545], rel=1e-9)
    assert pseudo.mean() == pytest.approx(-0.0010583194576876485, rel=1e-9)


def test_without_covariates_that_tell_the_average_is_the_difference_of_the_arms():
    draw = np.random.Generator(np.random.Philox(3))
    n = 1500
    d = np.arange(n) % 2 == 0
    y = (draw.random(n) < np.where(d, 0.8, 0.7)).astype(float)
    learned = doubly_robust.learn(draw.normal(size=(n, 3)), y, d, np.full(n, 0.5))
    apart = y[d].mean() - y[~d].mean()
    assert float(learned.pseudo.mean()) == pytest.approx(apart, abs=0.01)
    assert float(np.abs(learned.told - apart).max()) < 0.1


def test_a_slope_is_found_and_told_out_of_sample():
    """Effect .1 x of a linear world without noise in its form: slope within 4 standard errors (.0064 each)."""
    draw = np.random.Generator(np.random.Philox(4))
    n = 1900
    x, d = draw.normal(size=(n, 2)), np.arange(n) % 2 == 0
    y = 0.3 * x[:, 1] + 0.1 * x[:, 0] * d + 0.1 * draw.normal(size=n)
    learned = doubly_robust.learn(x, y, d, np.full(n, 0.5))
    assert learned.effects.slopes[0] == pytest.approx(0.1, abs=4 * 2 * 0.14 / n**0.5)
    assert float(np.corrcoef(learned.told, x[:, 0])[0, 1]) > 0.95


def test_the_same_numbers_every_time():
    made = world("linear", 1, 3000)
    one, again = (doubly_robust.learn(made.x, made.stayed, made.treated, made.chance) for _ in range(2))
    assert (one.told == again.told).all()
    assert (one.pseudo == again.pseudo).all()


def test_groups_by_hand():
    """100 units each at -.2 and +.1, alternating around with .05: error .05 x sqrt(100 / 99) / 10; two groups at 5%
    together: z(.9875) = 2.2414."""
    told = np.repeat([-1.0, 1.0], 100)
    pseudo = np.where(told < 0, -0.2, 0.1) + np.tile([-0.05, 0.05], 100)
    low, high = policy_value.gates(pseudo, told, 2, family=2)
    half = 2.2414 * 0.05 * (100 / 99) ** 0.5 / 10
    assert (low.effect, low.high) == pytest.approx((-0.2, -0.2 + half), abs=1e-5)
    assert (low.is_harmed, high.is_harmed) == (True, False)
    assert [policy_value.groups_for(n) for n in (500, 4000, 50_000)] == [1, 2, 5]


def test_rows_of_one_customer_count_once():
    """100 customers with two equal rows each: the error is that of 100, not of 200."""
    values = np.random.Generator(np.random.Philox(6)).normal(size=100)
    centre, error = policy_value.mean(np.repeat(values, 2), np.repeat(np.arange(100), 2))
    assert (centre, error) == (pytest.approx(values.mean()), pytest.approx(values.std(ddof=1) / 10))


def test_the_value_of_a_policy_by_hand():
    """Two of four units treated, 100 x effect - 3: 7 and -8 of four units: -.25 on average."""
    pseudo = np.asarray([0.10, -0.05, 0.3, 0.4])
    picked = np.asarray([True, True, False, False])
    found = policy_value.value(pseudo, picked, gain=np.full(4, 100.0), cost=np.full(4, 3.0))
    assert (found.mean, found.treated) == (pytest.approx(-0.25), 2)


def test_picking_gives_way_where_other_rows_speak_against_it():
    """Effects told have the wrong sign: those picked lose, so all are treated where all gain, else nobody."""
    told = np.repeat([0.1, -0.1], 200)
    gain, cost = np.full(400, 100.0), np.full(400, 3.0)
    effects = Effects(0.0, np.ones(1), np.zeros(1), None, 0.0)
    for level, expected in ((0.2, 400), (-0.2, 0)):
        pseudo = np.where(told > 0, level - 0.1, level + 0.1)
        assert int(policy_value.best_policy(Learned(effects, told, pseudo), gain=gain, cost=cost).sum()) == expected
    constant = Learned(Effects(0.1, np.zeros(1), np.zeros(1), None, 0.0), told, told + 0.05)
    assert int(policy_value.best_policy(constant, gain=gain, cost=cost).sum()) == 400
    right = Learned(effects, told, told + np.tile([0.01, -0.01], 200))
    assert int(policy_value.best_policy(right, gain=gain, cost=cost).sum()) == 200


def test_a_policy_in_one_world_beats_all_and_nobody_by_true_value():
    """A box of customers gains 10 points, the others lose 2: at least half of the oracle's gain (make truth: 40 worlds)."""
    found = judge("box", 0, 25_000)
    assert found["policy"] > max(found["all"], 0)
    assert found["policy"] - max(found["all"], 0) > 0.5 * (found["oracle"] - max(found["all"], 0))


def test_harm_is_found_where_it_is_and_not_where_nothing_is():
    """Half of the customers lose 30% of their stay's odds: harmed; in a world of nothing no group is."""
    assert judge("harm", 0, 6_000)["harmed"] >= 1
    assert judge("nothing", 0, 6_000)["harmed"] == 0


@pytest.mark.truth
def test_policies_of_many_worlds():
    """METHODS 8: 50,000 customers, an oracle's gain of at least 3 errors: better than all and nobody in 95 of 100, and at
    least half of the oracle's gain on average; no more than 5 of 100 worlds of nothing have a harmed group."""
    from tests.worlds.policies import KINDS

    worlds = [judge(kind, seed) for seed in range(34) for kind in KINDS]
    clear = [one for one in worlds if one["oracle_gain_in_errors"] >= 3]
    better = [one for one in clear if one["policy"] > max(one["all"], 0)]
    share = sum(one["policy"] - max(one["all"], 0) for one in clear) / sum(
        one["oracle"] - max(one["all"], 0) for one in clear
    )
    assert len(better) >= 0.95 * len(clear)
    assert share >= 0.5
    assert sum(judge("nothing", seed, 10_000)["harmed"] > 0 for seed in range(100)) <= 5


@pytest.mark.truth
def test_the_texts_of_the_demo_are_not_sent_to_those_they_harm():
    """20,000 customers of the demo: plan advice by text raises leaving for everyone, and its group is found."""
    from tests.initiatives import worlds

    _, life = worlds.lived(20260930)
    one = worlds.experiment_of(life, "plan_advice")
    stayed = one.column("kept_6")
    rows = np.flatnonzero((one.month + 6 <= one.ends.last) & ~np.isnan(stayed))
    x, treated = np.nan_to_num(one.covariates[rows]), one.is_arm("treated")[rows]
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    customer = np.unique(np.asarray(one.rows["customer_id"].to_pylist())[rows], return_inverse=True)[1].reshape(-1)
    learned = doubly_robust.learn(x, stayed[rows], treated, np.full(len(rows), treated.mean()), cluster=customer)
    groups = 1 if learned.effects.is_constant else policy_value.groups_for(len(rows))
    found = policy_value.gates(learned.pseudo, learned.told, groups, family=2 * groups, cluster=customer)
    assert any(gate.is_harmed for gate in found)
