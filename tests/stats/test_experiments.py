"""Intention to treat, CUPED, strata, clusters, quotients and sample ratios against published values and arithmetic."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tests.shared_data import DATA
from worthline.errors import NotEnoughData
from worthline.stats.experiments import (
    balance_p,
    equal_shares,
    intention_to_treat,
    ratio_effect,
    sample_ratio,
)


def table(*names):
    path = DATA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(names)} (WORTHLINE_SHARED names the folder that holds data/)")
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def lalonde():
    """The 445 people of the experiment (Dehejia & Wahba 1999): earnings in 1978, assigned, earnings in 1975."""
    rows = table("lalonde", "nsw_dw.csv")
    return tuple(np.array([float(row[name]) for row in rows]) for name in ("re78", "treat", "re75"))


def test_lalonde_experiment_difference_and_neyman_error(lalonde):
    """1,794.34 with a standard error of 671 (METHODS 8; Dehejia & Wahba 1999, table 2)."""
    y, treat, _ = lalonde
    effect = intention_to_treat(y, treat == 1)
    assert effect.estimate == pytest.approx(1794.34, abs=0.005)
    assert effect.error == pytest.approx(671, abs=0.5)
    assert (effect.treated, effect.control) == (185, 260)


def test_cuped_is_ancova_with_one_slope(lalonde):
    """The estimate is that of least squares on assignment and covariate, by statsmodels; equal slopes make it so."""
    import statsmodels.api as sm

    y, treat, before = lalonde
    own = intention_to_treat(y, treat == 1, covariate=before)
    model = sm.OLS(y, sm.add_constant(np.column_stack([treat, before]))).fit()
    assert own.estimate == pytest.approx(model.params[1], rel=1e-10)
    # Neyman's error leaves the arms their own variances; the regression with HC2 does so too, up to the slope's freedom.
    assert own.error == pytest.approx(model.get_robustcov_results("HC2").bse[1], rel=0.02)


def test_hiv_incentive_clustered_by_village():
    """Thornton (2008): .7892 of those offered money fetched their result, .3387 of the others; errors by village."""
    import statsmodels.api as sm

    rows = [row for row in table("causal_designs", "thornton_hiv.csv") if row["got"] and row["any"]]
    got, offered = (np.array([float(row[name]) for row in rows]) for name in ("got", "any"))
    village = np.unique([row["villnum"] for row in rows], return_inverse=True)[1]
    effect = intention_to_treat(got, offered == 1, cluster=village)
    assert effect.treated_mean == pytest.approx(0.7892, abs=5e-5)
    assert effect.control_mean == pytest.approx(0.3387, abs=5e-5)
    model = sm.OLS(got, sm.add_constant(offered)).fit(cov_type="cluster", cov_kwds={"groups": village})
    # statsmodels multiplies by (n - 1) / (n - 2) as well: a ten-thousandth at 2,834 people.
    assert effect.error == pytest.approx(model.bse[1], rel=5e-4)
    assert effect.degrees == len(np.unique(village)) - 1


def test_strata_with_other_shares_are_weighted_by_their_assigned():
    """Two strata, effects 1 and 3, 10 and 30 assigned: (10 x 1 + 30 x 3) / 40 = 2.5, whatever the controls' numbers."""
    stratum = np.repeat([0, 1], [100, 40])
    treated = np.concatenate([np.arange(100) < 10, np.arange(40) < 30])
    y = np.where(stratum == 0, 5.0, 50.0) + np.where(stratum == 0, 1.0, 3.0) * treated
    effect = intention_to_treat(y, treated, stratum=stratum)
    assert effect.estimate == pytest.approx(2.5)
    assert effect.raw > 20  # pooled means compare the strata, not the arms
    assert effect.error == pytest.approx(0, abs=1e-12)


def test_strata_without_controls_are_dropped_and_counted():
    stratum = np.repeat([0, 1], [20, 5])
    treated = np.concatenate([np.arange(20) < 10, np.ones(5, bool)])
    effect = intention_to_treat(np.ones(25), treated, stratum=stratum)
    assert (effect.dropped, effect.treated, effect.control) == (5, 10, 10)


def test_quotient_by_the_delta_method():
    """Spend per order: 30/3 against 20/4; the error against 20,000 bootstrap draws (their own error is half a percent)."""
    rng = np.random.default_rng(5)
    treated = np.arange(4000) < 2000
    orders = rng.poisson(2, 4000) + 1.0
    spend = orders * rng.gamma(4, np.where(treated, 3.0, 2.5))
    effect = ratio_effect(spend, orders, treated)
    direct = spend[treated].sum() / orders[treated].sum() - spend[~treated].sum() / orders[~treated].sum()
    assert effect.estimate == pytest.approx(direct)
    draws = []
    for _ in range(2000):
        a, b = rng.integers(0, 2000, 2000), 2000 + rng.integers(0, 2000, 2000)
        draws.append(spend[a].sum() / orders[a].sum() - spend[b].sum() / orders[b].sum())
    # 2,000 draws know a standard deviation to 1.6%: three of those.
    assert effect.error == pytest.approx(np.std(draws), rel=0.05)


def test_interval_covers_the_true_effect_with_skewed_money_and_unequal_arms():
    """Gamma money, 300 against 100: 95% of 1,000 worlds, whose own standard error is 0.7 points; three of those."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(1000):
        before = rng.gamma(2, 50, 400)
        y = before * rng.gamma(4, 0.25, 400) + rng.normal(0, 30, 400)
        treated = rng.permutation(400) < 300
        low, high = intention_to_treat(y + 10 * treated, treated, covariate=before).interval()
        held += low <= 10 <= high
    assert 0.93 <= held / 1000 <= 0.975


def test_sample_ratio_mismatch():
    """4,750 against 5,250 meant equal: chi-square 25 at one degree, p = 5.7e-7; 4,950 against 5,050 is chance."""
    assert sample_ratio((4750, 5250), (0.5, 0.5)).p == pytest.approx(5.733e-7, rel=1e-3)
    assert sample_ratio((4750, 5250), (0.5, 0.5)).is_mismatch
    assert not sample_ratio((4950, 5050), (0.5, 0.5)).is_mismatch


def test_shares_that_differ_by_week_are_seen():
    week = np.repeat([0, 1], 1000)
    treated = np.concatenate([np.arange(1000) < 500, np.arange(1000) < 800])
    assert equal_shares(week, treated) < 1e-10
    assert equal_shares(week, np.tile(np.arange(1000) < 500, 2)) == pytest.approx(1.0)


def test_balance_finds_a_targeted_arm_and_leaves_a_lot_alone():
    """Uniform p-values under a lot: of 500 worlds 5% lie below 5%, within three standard errors of that share."""
    rng = np.random.default_rng(3)
    below = 0
    for _ in range(500):
        x = rng.normal(size=(200, 3))
        below += balance_p(x, rng.permutation(200) < 60) < 0.05
    assert 0.02 <= below / 500 <= 0.08
    x = rng.normal(size=(400, 3))
    assert balance_p(x, x[:, 0] + rng.normal(size=400) > 0) < 1e-6


def test_one_unit_in_an_arm_is_not_enough():
    with pytest.raises(NotEnoughData, match="1 assigned and 9 control"):
        intention_to_treat(np.arange(10.0), np.arange(10) < 1)
