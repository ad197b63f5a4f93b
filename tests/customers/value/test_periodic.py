"""Customers who pay once a period: found as such, each payment a renewal, the next year forecast."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.customers.value.test_worth import standing
from worthline.customers.value import backtest, shopping
from worthline.customers.value.periodic import PeriodicRates, fit_periodic
from worthline.customers.value.purchases import Histories
from worthline.customers.value.renewals import RenewalCurve

YEAR = 365.25 / 7


def yearly(seed, n=1_500, weeks=6.5 * YEAR, late=2.5):
    """Fee 50 a year, paid within `late` weeks of the anniversary; each customer's chance to stop is Beta(2, 8)."""
    rng = np.random.default_rng(seed)
    rows, gaps = [], {}
    for stop in rng.beta(2, 8, n):
        at = [rng.uniform(0, weeks)]
        while rng.random() >= stop and at[-1] < weeks + YEAR:
            at.append(at[-1] + YEAR + rng.uniform(-late, late))
        past = [int((weeks - when) // 1) for when in at if when <= weeks]
        for one, two in pairwise(past):
            gaps[one - two] = gaps.get(one - two, 0) + 1
        later = 50.0 * sum(weeks < when <= weeks + YEAR for when in at)
        rows.append((len(past) - 1, past[0] - past[-1], past[0] + 0.5, later, past[-1] <= 1.08 * YEAR))
    x, t_x, age, later, here = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    spend = np.full(n, 50.0)
    customers = standing(
        n,
        here=here.astype(bool),
        bought=(x, t_x, age),
        spend=spend,
        net=(spend / 4, spend * 3 / 4),
        weight=(spend / 4, spend * 3 / 4),
        later=later,
    )
    return customers, sorted(gaps.items())


def test_yearly_payers_are_forecast_by_their_renewals():
    """At fa99b5c no model fitted, and over six years were "too short to test"."""
    held = 0
    for seed in range(10):
        customers, gaps = yearly(seed)
        [model], notes = shopping.candidates(customers, gaps)
        assert model.name == "renewals by the period (sBG)"
        assert any("most gaps between purchases are 52 weeks" in note for note in notes)
        tested = backtest.held([model], customers, 12, None)
        assert tested is not None
        assert abs(tested.best.total) < 0.06  # three standard errors: 930 members, .18 stop
        here = customers.only(customers.here)
        _, low, high = model.worth(here, 12, 1.0).total()
        held += low <= here.later.sum() <= high
    assert held >= 8  # of 10 at 95%: fewer by chance in 1 of 90


def test_a_payment_is_due_a_period_after_the_last():
    """Period 52 weeks exactly, renewals 0.8, 0.9, .. of 1: by hand."""
    curve = RenewalCurve(0.5, 2.0, 1.0, 0.0, 0)
    survival = curve.survival(6)
    rates = PeriodicRates(52.0, np.array([52.0]), curve, 0.0, 0)
    x, t_x, age = np.array([1.0, 1.0, 1.0]), np.array([52.0, 52.0, 52.0]), np.array([72.0, 100.0, 105.0])
    renews = survival[2] / survival[1]
    # 20 and 48 weeks after the last payment: due in 32 and 4 weeks; 53 weeks after it none is awaited.
    assert rates.alive(x, t_x, age) == pytest.approx([renews, renews, 0.0])
    assert rates.expected(30.0, x, t_x, age) == pytest.approx([0, renews, 0])
    two = survival[3] / survival[1]
    assert rates.expected(60.0, x, t_x, age) == pytest.approx([renews, renews + two, 0])
    assert rates.silent_if_alive(30.0, x, t_x, age)[:2] == pytest.approx([1, 0])
    assert (rates.alive(x, t_x, age) * rates.pairs_if_alive(60.0, x, t_x, age))[:2] == pytest.approx([0, 2 * two])


def test_customers_who_buy_at_will_pay_by_no_period():
    rng = np.random.default_rng(2)
    gaps, n = np.unique(np.ceil(rng.exponential(20.0, 2_000)), return_counts=True)
    histories = Histories.count(np.array([0.0, 2]), np.array([0.0, 40]), np.array([50.0, 60]))
    assert fit_periodic(histories, list(zip(gaps, n, strict=True))) is None
    assert fit_periodic(histories, []) is None
