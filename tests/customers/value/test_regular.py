"""Regular buyers: k and rates are recovered, k = 1 is BG/NBD, draws agree with formulas, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worthline.customers.value import purchases, regular
from worthline.customers.value.purchases import Histories, PurchaseRates
from worthline.customers.value.regular import RegularRates, fit_regular
from worthline.errors import NotEnoughData

some = st.tuples(*(st.floats(0.3, 4.0) for _ in range(4)))
histories = st.tuples(st.integers(0, 40), st.floats(0.1, 1.0), st.floats(1.0, 80.0))


def one(history):
    """x, t_x, age of one customer as arrays."""
    x, share, age = history
    return np.array([float(x)]), np.array([share * age if x else 0.0]), np.array([age])


def world(k, n=4_000, age=78.0, seed=1, after_first=False):
    """Customers whose gaps are sums of k waits; their histories, gaps, and purchases in the next 52 weeks."""
    luck = np.random.default_rng(seed)
    pace, leave = luck.gamma(1.5, k / 12.0, n), luck.beta(0.8, 6.0, n)
    rows, gaps, later = [], [], 0
    for rate, chance in zip(pace, leave, strict=True):
        t, x, t_x = 0.0, 0, 0.0
        while not (after_first and x == 0 and t == 0.0 and luck.random() < chance):
            gap = luck.gamma(k, 1 / rate)
            t += gap
            if t > age + 52:
                break
            if t > age:
                later += 1
            else:
                x, t_x = x + 1, t
                gaps.append((gap, 1.0))
            if luck.random() < chance:
                break
        rows.append((x, t_x, age))
    return np.array(rows).T, gaps, later


@pytest.mark.parametrize("k", [2, 4])
def test_regularity_and_rates_are_recovered(k):
    rows, gaps, later = world(k)
    found = fit_regular(Histories.count(*rows), gaps)
    assert found is not None
    assert found.k == k
    error = np.sqrt(np.diag(found.covariance))
    assert (np.abs(np.log(found.parameters / [1.5, 12.0 / k, 0.8, 6.0])) < 4 * error).all()
    # Purchases to come are counted as if now fell anywhere in a gap: within 4% of what happened.
    assert found.expected(52.0, *rows).sum() == pytest.approx(later, rel=0.04)


def test_regular_buyers_may_leave_after_their_first_purchase():
    rows, gaps, later = world(2, after_first=True)
    found = fit_regular(Histories.count(*rows), gaps)
    assert found is not None
    assert (found.k, found.after_first) == (2, True)
    assert found.expected(52.0, *rows).sum() == pytest.approx(later, rel=0.04)


def test_random_buyers_are_not_regular():
    rows, gaps, _ = world(1)
    assert fit_regular(Histories.count(*rows), gaps) is None


def in_units(k, per_week, unit=1, n=2_000, weeks=78, seed=1):
    """Customers whose gaps are sums of k waits, as weeks (or other units) with purchases: those of one count once."""
    luck = np.random.default_rng(seed)
    pace = luck.gamma(1.5, k * per_week / 1.5, n)
    gaps = luck.gamma(k, 1 / pace[:, None], (n, 400))
    time = luck.random((n, 1)) + np.cumsum(gaps, axis=1)
    stays = np.arange(400) < luck.geometric(np.clip(luck.beta(0.8, 6.0, n), 1e-9, 1))[:, None]
    rows, lengths = [], []
    for times in [row[kept] for row, kept in zip(time, stays & (time <= weeks), strict=True)]:
        bought = np.unique(np.r_[0, np.floor(times / unit)]) * unit
        rows.append((bought.size - 1, bought[-1], weeks + 0.5))
        lengths.extend(np.diff(bought))
    return np.array(rows, dtype=float).T, list(zip(*np.unique(lengths, return_counts=True), strict=True))


@pytest.mark.parametrize("unit", [1, 1 / 7])
@pytest.mark.parametrize(("k", "rate"), [(1, 0.12), (1, 0.5), (2, 0.12), (2, 0.5)])
def test_who_buys_at_random_in_most_weeks_or_days_is_not_regular(k, rate, unit):
    """No gap is shorter than a unit, so at .5 purchases in each k = 2 had been likelier where buyers are random."""
    rows, gaps = in_units(k, rate / unit, unit, weeks=78 if unit == 1 else 30)
    found = fit_regular(Histories.count(*rows), gaps)
    assert (found is None) == (k == 1)


def test_a_memoryless_model_misses_regular_buyers_and_this_one_does_not():
    rows, gaps, later = world(6, seed=3)
    data = Histories.count(*rows)
    memoryless, found = purchases.fit_purchases(data), fit_regular(data, gaps)
    assert found is not None
    x, t_x, age = rows
    waits = t_x / np.maximum(x, 1)
    late = (x >= 5) & (age - t_x > 3 * waits) & (age - t_x < 5 * waits)
    # Three gaps without a purchase: to a regular buyer's model they have left, to a memoryless one they may be late.
    assert found.alive(*(v[late] for v in rows)).mean() < 0.5 * memoryless.alive(*(v[late] for v in rows)).mean()
    assert abs(found.expected(52.0, *rows).sum() / later - 1) < 0.04


@given(some, histories, st.booleans())
@settings(max_examples=50, deadline=None)
def test_k_of_one_is_bg_nbd_or_mbg_nbd(parameters, history, after_first):
    data = one(history)
    mine = RegularRates(*parameters, 1, 0.0, 0, after_first=after_first)
    theirs = PurchaseRates(*parameters, 0.0, 0, after_first=after_first)
    assert mine.alive(*data) == pytest.approx(theirs.alive(*data), abs=1e-12)
    assert mine.expected(20.0, *data) == pytest.approx(theirs.expected(20.0, *data), rel=1e-9)
    ours = regular.log_likelihood(np.array(parameters), 1, Histories.count(*data), after_first=after_first)
    bg = purchases.log_likelihood(np.array(parameters), Histories.count(*data), after_first=after_first)
    assert ours[0] == pytest.approx(bg[0], abs=1e-9)
    assert ours[1] == pytest.approx(bg[1], rel=1e-6, abs=1e-9)


@given(some, histories, st.integers(2, 8), st.booleans())
@settings(max_examples=100, deadline=None)
def test_gradient_is_that_of_the_likelihood(parameters, history, k, after_first):
    data, at = Histories.count(*one(history)), np.log(np.array(parameters))

    def of_logs(logs):
        return regular.log_likelihood(np.exp(logs), k, data, after_first=after_first)[0]

    value, gradient = regular.log_likelihood(np.exp(at), k, data, after_first=after_first)
    steps = [(of_logs(at + h) - of_logs(at - h)) / 2e-5 for h in np.eye(4) * 1e-5]
    assert gradient * np.exp(at) == pytest.approx(steps, rel=1e-4, abs=1e-5 * max(1.0, abs(value)))


@given(some, histories, st.integers(1, 6), st.floats(1.0, 100.0))
@settings(max_examples=10, deadline=None)
def test_silence_is_as_drawn(parameters, history, k, ahead):
    rates, data = RegularRates(*parameters, k, 0.0, 0), one(history)
    n = rates.drawn(ahead, *data, 40_000, np.random.default_rng(1))[:, 0]
    silent = rates.silent_if_alive(ahead, *data)[0]
    assert (n == 0).mean() == pytest.approx(silent, abs=5 * np.sqrt(silent * (1 - silent) / 40_000) + 1e-3)


def test_nobody_who_bought_again_is_said():
    with pytest.raises(NotEnoughData):
        fit_regular(Histories.count(np.zeros(3), np.zeros(3), np.ones(3)), [])
