"""Sample sizes against published tables and arithmetic beside the test."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest

from worthline.stats.power import Design, detectable, power_of_means, units_for_means, units_for_shares, whole


@pytest.mark.parametrize(("d", "arm"), [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_cohens_table(d, arm):
    """Cohen (1992), Psychological Bulletin 112, 155-159, table 2: 393, 64 and 26 in each arm at 5% and power .80."""
    assert round(units_for_means(d, 1.0) / 2) == arm


def test_power_of_a_known_case():
    """statsmodels' own documented case: effect .5, 100 units in each arm, 5%: power .9404 (TTestIndPower)."""
    assert power_of_means(0.5, 1.0, 200) == pytest.approx(0.9404, abs=0.0001)


def test_shares_by_hand():
    """25% against 40%, even arms: pooled .325; 1.959964 sqrt(4 x .219375) + .841621 sqrt(2 x .1875 + 2 x .24) = 2.614148;
    (2.614148 / .15)^2 = 303.7, 152 in each arm (Fleiss, Levin & Paik's table A.4 without continuity correction)."""
    whole_ = (1.959964 * sqrt(4 * 0.325 * 0.675) + 0.841621 * sqrt(2 * 0.1875 + 2 * 0.24)) / 0.15
    assert units_for_shares(0.25, 0.40) == pytest.approx(whole_**2, rel=1e-5)
    assert -(-units_for_shares(0.25, 0.40) // 2) == 152


def test_a_small_control_group_costs_units():
    """A tenth in control: 1/.1 + 1/.9 = 11.11 against 4, 2.78 times the units."""
    even, tenth = units_for_means(0.02, 1.0), units_for_means(0.02, 1.0, Design(control_share=0.1))
    assert tenth / even == pytest.approx((1 / 0.1 + 1 / 0.9) / 4, rel=1e-3)


def test_covariate_and_clusters():
    """r = .6 leaves 64% of the variance; clusters of 20 with .05 multiply it by 1.95."""
    even = units_for_means(0.02, 1.0)
    assert units_for_means(0.02, 1.0, Design(correlation=0.6)) / even == pytest.approx(0.64, rel=1e-3)
    assert units_for_means(0.02, 1.0, Design(cluster_size=20, intraclass=0.05)) / even == pytest.approx(1.95, rel=1e-3)


def test_detectable_is_the_inverse():
    design = Design(control_share=0.2, correlation=0.3)
    units = units_for_means(0.01, 0.35, design)
    assert detectable(0.35, units, design) == pytest.approx(0.01, rel=1e-3)


def test_nothing_to_find_needs_no_end():
    assert units_for_means(0.0, 1.0) == inf == units_for_shares(0.1, 0.1)
    assert whole(inf) is None
    assert whole(10.2) == 11


def test_the_power_is_that_of_simulated_experiments():
    """2,000 experiments of the size drafted for 80%: within 4 standard errors (.9 points each) of 80%."""
    draw = np.random.Generator(np.random.Philox(7))
    design = Design(control_share=0.25)
    n = whole(units_for_means(0.5, 2.0, design))
    control = round(n * 0.25)
    y0, y1 = draw.normal(0, 2, (2000, control)), draw.normal(0.5, 2, (2000, n - control))
    pooled = ((y0.var(axis=1, ddof=1) * (control - 1)) + (y1.var(axis=1, ddof=1) * (n - control - 1))) / (n - 2)
    t = (y1.mean(axis=1) - y0.mean(axis=1)) / np.sqrt(pooled * (1 / control + 1 / (n - control)))
    assert float((np.abs(t) > 1.965).mean()) == pytest.approx(0.8, abs=4 * sqrt(0.16 / 2000))


def test_an_effect_of_many_times_the_spread_takes_the_fewest_units():
    """Six against a spread of .3: 20 standard errors with 4 units in each arm. SciPy's noncentral t has no value there."""
    assert 4 <= units_for_means(6.0, 0.3, Design(control_share=0.05)) <= 30
