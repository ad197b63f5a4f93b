"""Pareto/NBD: published values, numerical integration, a second implementation, gradients, and what cannot be fitted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import gamma

from tests.reference.published import columns
from worthline.customers.value import pareto
from worthline.customers.value.pareto import ParetoRates, fit_pareto
from worthline.customers.value.purchases import Histories
from worthline.errors import NotConverged, NotEnoughData

some = st.tuples(*(st.floats(0.3, 4.0) for _ in range(4)))
wide = st.tuples(st.floats(0.05, 20), st.floats(1e-3, 1e4), st.floats(0.05, 20), st.floats(1e-3, 1e4))
histories = st.tuples(st.integers(0, 400), st.floats(0.01, 1.0), st.floats(0.5, 500.0))


def one(history):
    """x, t_x, age of one customer as arrays."""
    x, share, age = history
    return np.array([float(x)]), np.array([share * age if x else 0.0]), np.array([age])


@pytest.fixture(scope="module")
def cdnow():
    table = columns("cdnow/summary.csv")
    return tuple(table[name] for name in ("x", "t_x", "T"))


def test_every_customer_of_cdnow_agrees_with_lifetimes(cdnow):
    from lifetimes import ParetoNBDFitter

    peer = ParetoNBDFitter()
    peer.params_ = dict(zip(("r", "alpha", "s", "beta"), (0.5532, 10.576, 0.6063, 11.67), strict=True))
    ours = ParetoRates(0.5532, 10.576, 0.6063, 11.67, 0.0, 0)
    assert ours.alive(*cdnow) == pytest.approx(peer.conditional_probability_alive(*cdnow), abs=1e-10)
    theirs = peer.conditional_expected_number_of_purchases_up_to_time(39, *cdnow)
    assert ours.expected(39, *cdnow) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@given(some, st.tuples(st.integers(0, 12), st.floats(0.1, 1.0), st.floats(1.0, 60.0)))
@settings(max_examples=10, deadline=None)
def test_likelihood_is_the_integral_over_rates_and_lifetimes(parameters, history):
    r, alpha, s, beta = parameters
    x, t_x, age = (float(v[0]) for v in one(history))

    # Over the logarithms of both rates, where the trapezoid rule converges fast.
    u, step = np.linspace(-60, 8, 1400, retstep=True)
    pace, leaves = np.exp(u)[:, None], np.exp(u)[None, :]
    weights = gamma.pdf(pace, r, scale=1 / alpha) * pace * gamma.pdf(leaves, s, scale=1 / beta) * leaves
    # Schmittlein et al. (1987): here at the end, or left between the last purchase and now.
    both = pace + leaves
    gone = leaves / both * -np.exp(-both * t_x) * np.expm1(-both * (age - t_x))
    direct = (weights * pace**x * (gone + np.exp(-both * age))).sum() * step**2
    ours, _ = pareto.log_likelihood(np.array(parameters), Histories.count(*one(history)))
    assert ours == pytest.approx(np.log(direct), abs=1e-6)


@given(wide, histories)
@settings(max_examples=200, deadline=None)
def test_the_chance_of_having_left_is_the_integral(parameters, history):
    r, alpha, s, beta = parameters
    x, t_x, age = one(history)

    def part(v):  # u = min(alpha, beta) scale: in logarithms, from its top
        u = np.exp(v) - nearer
        return np.exp(v - (r + x[0]) * np.log(alpha + u) - (s + 1) * np.log(beta + u) - top)

    nearer = min(alpha, beta)
    low, high = np.log(nearer + t_x[0]), np.log(nearer + age[0])
    grid = np.linspace(low, high, 4001)
    u = np.exp(grid) - nearer
    heights = grid - (r + x[0]) * np.log(alpha + u) - (s + 1) * np.log(beta + u)
    top = heights.max()
    worth = grid[heights > top - 45]
    edges = np.linspace(worth[0], min(worth[-1] + (high - low) / 4000, high), 9)
    whole = sum(quad(part, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(edges))
    gone = np.log(s) + top + np.log(whole) if whole > 0 else -np.inf
    here = -(r + x[0]) * np.log(alpha + age[0]) - s * np.log(beta + age[0])
    rates = ParetoRates(r, alpha, s, beta, 0.0, 0)
    assert rates.alive(x, t_x, age)[0] == pytest.approx(np.exp(here - np.logaddexp(here, gone)), rel=1e-7, abs=1e-12)


@given(wide, histories)
@settings(max_examples=200, deadline=None)
def test_gradient_is_that_of_the_likelihood(parameters, history):
    data, at = Histories.count(*one(history)), np.log(np.array(parameters))

    def of_logs(logs):
        return pareto.log_likelihood(np.exp(logs), data)[0]

    value, gradient = pareto.log_likelihood(np.exp(at), data)
    assert np.isfinite(value)
    by_logs = gradient * np.exp(at)
    steps = [(of_logs(at + h) - of_logs(at - h)) / 2e-5 for h in np.eye(4) * 1e-5]
    # The integral is good to about 1e-9, which a difference over 2e-5 makes 5e-5.
    assert by_logs == pytest.approx(steps, rel=1e-4, abs=5e-5 * max(1.0, abs(value)))


@given(some, histories, st.floats(1.0, 200.0))
@settings(max_examples=50, deadline=None)
def test_agrees_with_lifetimes_on_random_parameters(parameters, history, ahead):
    from lifetimes import ParetoNBDFitter

    x, share, age = history
    data = one((min(x, 20), share, min(age, 80.0)))
    peer = ParetoNBDFitter()
    peer.params_ = dict(zip(("r", "alpha", "s", "beta"), parameters, strict=True))
    ours = ParetoRates(*parameters, 0.0, 0)
    theirs = float(np.ravel(peer.conditional_probability_alive(*data))[0])
    if abs(parameters[2] - 1) > 1e-3 and np.isfinite(theirs):
        assert ours.alive(*data)[0] == pytest.approx(theirs, abs=1e-6)
        expected = float(np.ravel(peer.conditional_expected_number_of_purchases_up_to_time(ahead, *data))[0])
        assert ours.expected(ahead, *data)[0] == pytest.approx(expected, rel=1e-5, abs=1e-9)


@given(some, st.tuples(st.integers(0, 30), st.floats(0.1, 1.0), st.floats(1.0, 60.0)), st.floats(1.0, 100.0))
@settings(max_examples=10, deadline=None)
def test_what_is_drawn_has_the_expected_mean_and_silence(parameters, history, ahead):
    rates, data = ParetoRates(*parameters, 0.0, 0), one(history)
    n = rates.drawn(ahead, *data, 40_000, np.random.default_rng(1))[:, 0]
    mean, error = rates.expected_if_alive(ahead, *data)[0], n.std() / 200
    silent = rates.silent_if_alive(ahead, *data)[0]
    assert n.mean() == pytest.approx(mean, abs=5 * error + 1e-3)
    pairs, products = rates.pairs_if_alive(ahead, *data)[0], n * (n - 1)
    assert products.mean() == pytest.approx(pairs, abs=6 * products.std() / 200 + 1e-3)
    assert (n == 0).mean() == pytest.approx(silent, abs=5 * np.sqrt(silent * (1 - silent) / 40_000) + 1e-3)


def test_parameters_are_recovered_from_a_world_of_its_own():
    luck = np.random.default_rng(5)
    n, age = 20_000, 80.0
    pace, leaves = luck.gamma(0.8, 1 / 6.0, n), luck.gamma(0.9, 1 / 15.0, n)
    stays = np.minimum(luck.exponential(1.0, n) / leaves, age)
    x = luck.poisson(pace * stays).astype(float)
    # The last of x uniform times.
    t_x = np.where(x > 0, stays * luck.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    found = fit_pareto(Histories.count(x, t_x, np.full(n, age)))
    error = np.sqrt(np.diag(found.covariance))
    assert (np.abs(np.log(found.parameters / [0.8, 6.0, 0.9, 15.0])) < 4 * error).all()
    assert error.max() < 0.15


@pytest.mark.parametrize(
    ("x", "t_x", "age"),
    [([0, 0], [0, 0], [5, 9]), ([0], [0], [0]), ([], [], [])],
    ids=["nobody bought again", "no time has passed", "nobody"],
)
def test_too_little_is_said(x, t_x, age):
    with pytest.raises(NotEnoughData):
        fit_pareto(Histories.count(*(np.array(v, float) for v in (x, t_x, age))))


def test_customers_all_alike_have_no_interior_maximum_and_it_is_said():
    same = np.ones(200)
    with pytest.raises(NotConverged, match="no interior maximum"):
        fit_pareto(Histories.count(10 * same, 50 * same, 52 * same))


def test_hundreds_of_purchases_stay_finite():
    x, t_x, age = np.array([300.0, 900.0]), np.array([51.99, 10.0]), np.array([52.0, 52.0])
    rates = ParetoRates(0.5, 10.0, 0.6, 11.0, 0.0, 0)
    assert rates.alive(x, t_x, age)[0] > 0.99
    assert 0 <= rates.alive(x, t_x, age)[1] < 1e-12
    assert np.isfinite(
        approx_fprime(rates.parameters, lambda p: pareto.log_likelihood(p, Histories.count(x, t_x, age))[0])
    ).all()
