"""BG/NBD and Gamma-Gamma: published values, a second implementation, gradients, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.optimize import approx_fprime
from scipy.stats import beta as beta_dist
from scipy.stats import gamma as gamma_dist

from tests.reference.published import columns
from worthline.customers.value import purchases, spend
from worthline.customers.value.purchases import Histories, PurchaseRates, fit_purchases
from worthline.customers.value.spend import fit_spend
from worthline.errors import NotEnoughData

rates = st.tuples(*(st.floats(0.3, 4.0) for _ in range(4)))


@pytest.fixture(scope="module")
def cdnow():
    return columns("cdnow/summary.csv")


def test_purchases_and_spend_agree_with_lifetimes(cdnow):
    from lifetimes import BetaGeoFitter

    peer = BetaGeoFitter()
    peer.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    ours = PurchaseRates(
        **{name: float(peer.params_[name]) for name in ("r", "alpha", "a", "b")}, log_likelihood=0, customers=0
    )
    some = slice(0, 200)
    x, t_x, age = cdnow["x"][some], cdnow["t_x"][some], cdnow["T"][some]
    assert ours.alive(x, t_x, age) == pytest.approx(peer.conditional_probability_alive(x, t_x, age), rel=1e-9)
    theirs = peer.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, age)
    assert ours.expected(39, x, t_x, age) == pytest.approx(np.asarray(theirs), rel=1e-6)


def test_leaving_after_the_first_purchase_agrees_with_lifetimes(cdnow):
    """For who bought once too: BG/NBD says all of them are customers, MBG/NBD 45%."""
    from lifetimes import ModifiedBetaGeoFitter

    peer = ModifiedBetaGeoFitter()
    peer.fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    fitted = {name: float(peer.params_[name]) for name in ("r", "alpha", "a", "b")}
    ours = PurchaseRates(**fitted, log_likelihood=0, customers=0, after_first=True)
    x, t_x, age = (cdnow[name][:200] for name in ("x", "t_x", "T"))
    assert ours.alive(x, t_x, age) == pytest.approx(
        np.asarray(peer.conditional_probability_alive(x, t_x, age)), rel=1e-9
    )
    theirs = peer.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, age)
    assert ours.expected(39, x, t_x, age) == pytest.approx(np.asarray(theirs), rel=1e-6)
    new = np.zeros(1)  # a customer's first purchase just made
    theirs = peer.expected_number_of_purchases_up_to_time(39)
    assert ours.expected(39, new, new, new)[0] == pytest.approx(float(theirs), rel=1e-6)


def test_counting_distinct_histories_changes_nothing(cdnow):
    whole = Histories(cdnow["x"], cdnow["t_x"], cdnow["T"], np.ones(cdnow["x"].size))
    counted = Histories.count(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert counted.x.size < whole.x.size
    at = np.array([0.3, 5.0, 0.7, 2.0])
    assert purchases.log_likelihood(at, counted)[0] == pytest.approx(purchases.log_likelihood(at, whole)[0], rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(rates, st.booleans())
def test_gradients_are_those_of_finite_differences(at, after_first):
    x, t_x, age = np.array([0.0, 1, 3, 120]), np.array([0.0, 2, 9.5, 30]), np.array([10.0, 12, 11, 31])
    histories = Histories.count(x, t_x, age)
    point = np.array(at)
    # The step's own error: about 1e-7 of the likelihood's size, which hundreds of purchases make large.

    def told(p):
        return purchases.log_likelihood(p, histories, after_first=after_first)

    numeric = approx_fprime(point, lambda p: told(p)[0], 1e-6)
    assert told(point)[1] == pytest.approx(numeric, rel=1e-3, abs=2e-2)
    mean, often = np.array([3.0, 20.0, 55.5]), np.array([1.0, 4, 300])
    numeric = approx_fprime(point[:3], lambda p: spend.log_likelihood(p, often, mean)[0], 1e-6)
    assert spend.log_likelihood(point[:3], often, mean)[1] == pytest.approx(numeric, rel=1e-3, abs=2e-2)


@pytest.mark.parametrize("after_first", [False, True])
@pytest.mark.parametrize("at", [(0.5, 4.0, 0.8, 2.4), (2.0, 1.5, 1.7, 0.9)])
def test_likelihood_is_the_integral_over_rates_and_chances(at, after_first):
    r, alpha, a, b = at
    x, t_x, age = 3.0, 6.0, 10.0
    chances = x + after_first  # of leaving, all but the last not taken

    def one(p, rate):
        alive = (1 - p) ** chances * np.exp(-rate * age)
        gone = p * (1 - p) ** (chances - 1) * np.exp(-rate * t_x)
        return rate**x * (alive + gone) * gamma_dist.pdf(rate, r, scale=1 / alpha) * beta_dist.pdf(p, a, b)

    integral, _ = dblquad(one, 0, 30, 0, 1, epsabs=1e-12)
    history = Histories(*(np.array([v]) for v in (x, t_x, age, 1.0)))
    told, _ = purchases.log_likelihood(np.array(at), history, after_first=after_first)
    assert told == pytest.approx(np.log(integral), abs=1e-4)


def one_time_buyers(n, rates=(0.8, 5.0, 0.9, 3.0), age=52.0, ahead=52.0, seed=7):
    """Customers who may leave after their first purchase too; x, t_x, purchases in the `ahead` weeks after, still here."""
    draw = np.random.default_rng(seed)
    r, alpha, a, b = rates
    rate, chance = draw.gamma(r, 1 / alpha, n), draw.beta(a, b, n)
    x, t_x, now, later = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    goes_on = draw.random(n) >= chance
    here = goes_on.copy()
    while goes_on.any():
        now = now + draw.exponential(1 / np.maximum(rate, 1e-12))
        past, to_come = goes_on & (now <= age), goes_on & (now > age) & (now <= age + ahead)
        x, t_x, later = x + past, np.where(past, now, t_x), later + to_come
        stays = draw.random(n) >= chance
        here &= stays | ~past
        goes_on &= stays & (now <= age + ahead)
    return x, t_x, later, here


def test_who_leaves_after_the_first_purchase_is_told():
    """MBG/NBD recovers the rates and tells the year to come; BG/NBD, which rules such leaving out, fits clearly worse."""
    n, true = 20_000, (0.8, 5.0, 0.9, 3.0)
    x, t_x, later, here = one_time_buyers(n, true)
    age = np.full(n, 52.0)
    histories = Histories.count(x, t_x, age)
    found = fit_purchases(histories, after_first=True)
    assert (np.abs(np.log(found.parameters / true)) < 4 * np.sqrt(np.diag(found.covariance))).all()
    assert found.log_likelihood > fit_purchases(histories).log_likelihood + 3
    once = x == 0
    assert found.alive(x, t_x, age)[once].mean() == pytest.approx(here[once].mean(), abs=0.03)
    assert found.expected(52.0, x, t_x, age).sum() == pytest.approx(later.sum(), rel=0.03)


def test_recovers_known_rates():
    draw = np.random.default_rng(7)
    n, r, alpha, a, b, age = 20_000, 0.8, 5.0, 0.9, 3.0, 52.0
    rate, chance = draw.gamma(r, 1 / alpha, n), draw.beta(a, b, n)
    x, t_x, now, here = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while here.any():
        now = now + draw.exponential(1 / np.maximum(rate, 1e-12))
        here &= now <= age
        x, t_x = x + here, np.where(here, now, t_x)
        here &= draw.random(n) >= chance
    found = fit_purchases(Histories.count(x, t_x, np.full(n, age)))
    # Four standard errors at this size are 5% (r, alpha) and 12% (a, b).
    assert (found.r, found.alpha) == pytest.approx((r, alpha), rel=0.06)
    assert (found.a, found.b) == pytest.approx((a, b), rel=0.15)


def test_what_cannot_be_fitted_is_said():
    none = np.array([])
    with pytest.raises(NotEnoughData, match="there are none"):
        Histories.count(none, none, none)
    zero = np.zeros(3)
    with pytest.raises(NotEnoughData, match="3 customers made 0"):
        fit_purchases(Histories.count(zero, zero, zero + 10))
    with pytest.raises(NotEnoughData, match="t_x=11, age=10"):
        Histories.count(np.array([1.0]), np.array([11.0]), np.array([10.0]))
    with pytest.raises(NotEnoughData, match="1 whose mean is not above zero"):
        fit_spend(np.array([1.0, 2, 3]), np.array([5.0, -1, 4]))
    with pytest.raises(NotEnoughData, match="no spread"):
        fit_spend(np.array([1.0, 2, 3]), np.full(3, 5.0))


def test_spend_of_a_stranger_is_undefined_where_the_population_has_no_mean():
    level = spend.SpendLevels(6.0, 0.9, 15.0, 0.0, 10)
    assert np.isnan(level.expected(np.array([0.0]), np.array([0.0])))[0]
    assert level.expected(np.array([2.0]), np.array([30.0]))[0] == pytest.approx(6.0 * (15 + 60) / (12 + 0.9 - 1))


def test_hundreds_of_purchases_each_need_no_penalty():
    luck, n = np.random.default_rng(3), 8_000
    pace, age = luck.gamma(3.0, 1.0, n), luck.integers(150, 260, n).astype(float)
    life = luck.geometric(luck.beta(0.5, 60.0, n))
    made = luck.poisson(pace * age)
    x = np.minimum(made, life).astype(float)
    # The last of `made` uniform times; or the time of purchase number `life`, after which they left.
    last = np.where(made < life, age * luck.random(n) ** (1 / np.maximum(made, 1)), 0.0)
    left = made >= life
    last[left] = age[left] * luck.beta(life[left], made[left] - life[left] + 1)
    found = fit_purchases(Histories.count(x, np.where(x > 0, last, 0.0), age))
    error = np.sqrt(np.diag(found.covariance))
    assert x.mean() > 200
    assert (np.abs(np.log(found.parameters / [3.0, 1.0, 0.5, 60.0])) < 4 * error).all()


def test_distinct_histories_are_the_same_by_counting_and_by_sorting():
    luck = np.random.default_rng(4)
    x = luck.integers(0, 6, 5_000).astype(float)
    age = luck.integers(1, 50, 5_000).astype(float)
    t_x = np.where(x > 0, np.maximum(np.floor(luck.random(5_000) * age), 1.0), 0.0)
    counted, at = Histories.of(x, t_x, age)
    rows, place, n = np.unique(np.column_stack([x, t_x, age]), axis=0, return_inverse=True, return_counts=True)
    assert (np.column_stack([counted.x, counted.t_x, counted.age]) == rows).all()
    assert (counted.customers == n).all()
    assert (at == place.ravel()).all()
    apart, of = Histories.of(x, t_x / 3, age / 3)  # not whole: by sorting
    assert apart.customers.sum() == 5_000
    assert apart.t_x[of] == pytest.approx(t_x / 3)


def test_many_customers_are_fitted_as_few_are(monkeypatch):
    """Beyond so many, groups of customers of nearly one total are looked at first; the maximum is that of customers."""
    draw = np.random.default_rng(11)
    x = 1.0 + draw.poisson(2.0, 30_000)
    mean = draw.gamma(6 * x) / x / draw.gamma(4.0, 1 / 15.0, x.size)
    found = fit_spend(x, mean)
    monkeypatch.setattr(spend, "MANY", x.size)
    slow = fit_spend(x, mean)
    assert found.log_likelihood == pytest.approx(slow.log_likelihood, rel=1e-12)
    assert (found.p, found.q, found.gamma) == pytest.approx((slow.p, slow.q, slow.gamma), rel=1e-5)
    assert found.covariance == pytest.approx(slow.covariance, rel=1e-3)
