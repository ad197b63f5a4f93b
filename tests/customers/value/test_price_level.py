"""Prices that changed within the last twelve months, and a rise of leavers that passed, against known truths."""

import numpy as np
import pytest

from tests.customers.value.independent_worlds import forecast
from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.price_level import at_todays_prices, change

MONTHS = (np.full(400, 3.0), np.full(400, 9.0))


def members(soon, before, months=MONTHS):
    """400 members; each brings about 20 a month, times `soon` in the last three months and `before` in the nine."""
    draw = np.random.default_rng(3)
    level = draw.normal(20, 5, 400)
    net = tuple(level * by * n + draw.normal(0, 0.2, 400) for by, n in zip((soon, before), months, strict=True))
    none = np.zeros(400)
    return CustomerArrays(np.ones(400, bool), none + 24, net, months, (none,) * 3, none, none, True)


def test_a_rise_of_prices_five_months_ago_makes_all_months_todays():
    # Five of nine months at the old price, four at 1.15 times: (5 + 4 x 1.15) / 9.
    before = (5 + 4 * 1.15) / 9
    found, factor = at_todays_prices(members(1.15, before), lambda: members(1.0, 1.0))
    assert factor == pytest.approx(1.15 / before, rel=0.002)
    assert found.net[1].sum() / found.net[0].sum() == pytest.approx(3.0, rel=0.005)


def test_what_the_year_before_did_as_well_is_a_season():
    assert at_todays_prices(members(1.2, 1.0), lambda: members(1.18, 1.0))[1] == 1.0
    assert at_todays_prices(members(1.2, 1.0), lambda: None)[1] == 1.0, "nobody knows"


def test_chance_and_single_customers_are_no_change_of_prices():
    assert change(members(1.0, 1.0)) == 1.0
    few = members(np.where(np.arange(400) < 100, 2.0, 1.0), 1.0)
    assert change(few) == 1.0, "a quarter pays twice as much, the others as before"


def test_a_price_shock_that_passed_leaves_the_range_about_as_wide_as_outcomes():
    """7684318 gave ranges 10 to 13 times as wide as outcomes: a trebled hazard and old prices were in its backtest."""
    found = [forecast("price_shock", seed) for seed in range(4)]
    assert np.mean([one.ratio for one in found]) < 4
    assert all(abs(one.published[0] / one.actual - 1) < 0.03 for one in found)
    assert all(one.holds(one.published) for one in found)
