"""Worth of customers: the split at month 12 is exact, moments agree with simulation, losses stay losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from worthline.customers.value import backtest, contract, credibility, shopping
from worthline.customers.value.amounts import Amounts, fit_amounts
from worthline.customers.value.customer_arrays import WEEKS, CustomerArrays
from worthline.customers.value.purchases import Histories, PurchaseRates, fit_one_chance
from worthline.customers.value.renewals import Leavers, RenewalCurve, fit_leaving, fit_renewals, log_likelihood
from worthline.customers.value.spend import SpendLevels
from worthline.errors import NotEnoughData

MONTHLY = 1.1 ** (-1 / 12)


def standing(n, **arrays):
    zero = np.zeros(n)
    given = {
        "here": np.ones(n, dtype=bool),
        "tenure": zero,
        "net": (zero, zero),
        "weight": (zero, zero),
        "bought": (zero, zero, zero),
        "spend": zero,
        "later": np.full(n, np.nan),
        "costed": True,
    }
    return CustomerArrays(**(given | arrays))


def members(levels_of=(-5.0, 0.0, 20.0), tenure=(0.0, 7.0, 40.0)):
    net = np.array(levels_of)
    n = net.size
    return standing(n, tenure=np.array(tenure), net=(net * 3, net * 9), weight=(np.full(n, 3.0), np.full(n, 9.0)))


def buyers():
    x = np.array([0.0, 0, 1, 5, 30])
    age = np.array([0.0, 80, 80, 60, 100])
    t_x = np.array([0.0, 0, 10, 55, 99])
    n = x.size
    return standing(n, bought=(x, t_x, age), spend=np.array([10.0, 20, 30, 25, 12]), weight=(np.ones(n), np.ones(n)))


CONTRACT = contract.Contract("sBG", RenewalCurve(0.7, 3.8, 1.0, 0.0, 0), credibility.Company(5.0, 4.0, 100.0))
SHOP = shopping.Shopping(
    "BG/NBD",
    PurchaseRates(0.8, 6.0, 0.8, 2.5, 0.0, 0),
    Amounts(SpendLevels(6.25, 3.74, 15.44, 0.0, 0), 30.0, 1500.0),
    credibility.Company(0.4, 0.0, 0.0),
)


@pytest.mark.parametrize(("model", "customers"), [(CONTRACT, members()), (SHOP, buyers())], ids=["contract", "shop"])
def test_value_is_its_two_halves(model, customers):
    worth = model.worth(customers, 36, MONTHLY)
    halves = worth.p_left * np.nan_to_num(worth.if_left) + (1 - worth.p_left) * worth.if_kept
    assert halves == pytest.approx(worth.value, rel=1e-9, abs=1e-9)
    assert (worth.low <= worth.high).all()
    assert (worth.p_left > 0).all()
    assert (worth.p_left < 1).all()


def test_value_of_a_member_is_the_sum_it_stands_for():
    # sBG: of customers of age k, a share S(k + t) / S(k) pays month t, discounted from its middle.
    worth = CONTRACT.worth(members(), 36, MONTHLY)
    level, _ = CONTRACT.month.of(members().net, members().weight)
    survival = CONTRACT.curve.survival(80)
    by_hand = [
        m * sum(survival[k + t] / survival[k] * MONTHLY ** (t - 0.5) for t in range(1, 37))
        for m, k in zip(level, (0, 7, 40), strict=True)
    ]
    assert worth.value == pytest.approx(by_hand, rel=1e-9)
    assert worth.value[0] < 0  # a loss is a loss
    assert worth.p_left == pytest.approx([1 - survival[k + 12] / survival[k] for k in (0, 7, 40)])


@pytest.mark.parametrize("months", [12, 20, 36, 120])
@pytest.mark.parametrize(("model", "customers"), [(CONTRACT, members()), (SHOP, buyers())], ids=["contract", "shop"])
def test_undiscounted_value_is_what_is_expected_over_any_horizon(model, customers, months):
    worth = model.worth(customers, months, 1.0)
    assert worth.value == pytest.approx(model.expected(customers, months), rel=1e-9, abs=1e-9)


def test_a_horizon_that_is_no_whole_number_of_quarters_counts_to_its_end():
    # 20 months: six quarters, and two months discounted from their middle, at 19.
    worth = SHOP.worth(buyers(), 20, MONTHLY).value
    quarters, end = SHOP.worth(buyers(), 18, MONTHLY).value, SHOP.expected(buyers(), 20)
    assert worth - quarters == pytest.approx((end - SHOP.expected(buyers(), 18)) * MONTHLY**19, rel=1e-9)


def test_interval_of_a_member_holds_95_of_100_simulated():
    rng = np.random.default_rng(1)
    customers = members()
    worth = CONTRACT.worth(customers, 36, MONTHLY)
    level, unsure = CONTRACT.month.of(customers.net, customers.weight)
    paid = MONTHLY ** (np.arange(36) + 0.5)
    for i, age in enumerate((0, 7, 40)):
        chance = rng.beta(0.7, 3.8 + age, 40_000)
        stays = np.minimum(rng.geometric(chance) - 1, 36)
        own = rng.normal(level[i], np.sqrt(unsure[i]), 40_000)[:, None]
        months = rng.normal(own, 2.0, (40_000, 36)) * paid
        outcome = np.where(np.arange(36) < stays[:, None], months, 0.0).sum(axis=1)
        assert outcome.mean() == pytest.approx(worth.value[i], abs=4 * outcome.std() / 200)
        assert outcome.var() == pytest.approx(worth.variance[i], rel=0.05)
        held = ((outcome >= worth.low[i] - 1e-3) & (outcome <= worth.high[i] + 1e-3)).mean()
        assert 0.93 <= held <= 0.985


@pytest.mark.parametrize("after_first", [False, True])
@pytest.mark.parametrize("alike", [False, True], ids=["BG/NBD", "one chance"])
def test_moments_of_a_buyer_agree_with_simulation(alike, after_first):
    rates = PurchaseRates(0.8, 6.0, 0.1e6, 0.9e6, 0.0, 0) if alike else SHOP.rates
    rates = replace(rates, after_first=after_first)
    model = shopping.Shopping("test", rates, SHOP.amounts, SHOP.unit)
    customers = buyers()
    worth, flat = model.worth(customers, 36, 1.0), model.expected(customers, 36)
    assert worth.value == pytest.approx(flat, rel=1e-9)
    rng, draws = np.random.default_rng(2), 60_000
    x, t_x, age = customers.bought
    alive = rng.random((draws, 5)) < rates.alive(x, t_x, age)
    pace = rng.gamma(rates.r + x, 1.0, (draws, 5)) / (rates.alpha + age)
    leave = rng.beta(rates.a, rates.b + x + after_first, (draws, 5))
    n = np.minimum(rng.poisson(pace * 36 * WEEKS), rng.geometric(leave)) * alive
    twice = rates.alive(x, t_x, age) * rates.pairs_if_alive(36 * WEEKS, x, t_x, age)
    assert twice == pytest.approx((n * (n - 1.0)).mean(axis=0), rel=0.1)
    nu = rng.gamma(6.25 * (x + 1) + 3.74, 1.0, (draws, 5)) / (15.44 + (x + 1) * customers.spend)
    outcome = 0.4 * rng.gamma(np.maximum(6.25 * n, 1e-12)) / nu * (n > 0)
    assert np.abs(outcome.mean(axis=0) - worth.value).max() < 5 * (outcome.std(axis=0) / np.sqrt(draws)).max()
    assert worth.variance == pytest.approx(outcome.var(axis=0), rel=0.25)  # heavy tails: drawn either way
    held = ((outcome >= worth.low - 1e-9) & (outcome <= worth.high + 1e-9)).mean(axis=0)
    assert (held >= 0.92).all()


@pytest.mark.parametrize("after_first", [False, True])
def test_one_chance_of_leaving_is_the_limit_of_its_model(after_first):
    x, t_x, age = buyers().bought
    wide = PurchaseRates(0.8, 6.0, 0.1 * 9e4, 0.9 * 9e4, 0.0, 0, after_first=after_first)
    limit = PurchaseRates(0.8, 6.0, 0.1 * 2e5, 0.9 * 2e5, 0.0, 0, after_first=after_first)
    assert limit.expected(52, x, t_x, age) == pytest.approx(wide.expected(52, x, t_x, age), rel=2e-3)


def test_one_chance_of_leaving_is_recovered():
    rng = np.random.default_rng(5)
    n, weeks, chance = 4_000, 104, 0.1
    x, t_x = np.zeros(n), np.zeros(n)
    for i in range(n):
        pace, at = rng.gamma(1.2, 1 / 15), 0.0
        while True:
            at += rng.exponential(1 / pace)
            if at > weeks:
                break
            x[i], t_x[i] = x[i] + 1, at
            if rng.random() < chance:
                break
    histories = Histories.count(x, t_x, np.full(n, float(weeks)))
    found = fit_one_chance(histories)
    assert found.a / (found.a + found.b) == pytest.approx(chance, abs=0.015)
    wide = PurchaseRates(found.r, found.alpha, found.a, found.b, 0.0, 0)
    assert np.isfinite(wide.expected(52, x[:50], t_x[:50], histories.age[:1].repeat(50))).all()


def test_levels_are_drawn_to_the_mean_by_what_is_known():
    # Buehlmann & Straub: weight / (weight + within / between); a customer without a past has the company's level.
    company = credibility.Company(10.0, 12.0, 3.0)
    level, unsure = company.of(
        (np.array([0.0, 60.0]), np.array([0.0, 180.0])), (np.array([0.0, 3.0]), np.array([0.0, 9.0]))
    )
    assert level == pytest.approx([10.0, 10 + 12 / (12 + 4) * (20 - 10)])
    assert unsure == pytest.approx([3.0, 3 * 4 / 16])


def test_levels_recover_what_they_were_drawn_from():
    rng = np.random.default_rng(3)
    own = rng.normal(30, 5, 20_000)
    three, nine = rng.normal(own * 3, 4 * np.sqrt(3)), rng.normal(own * 9, 4 * np.sqrt(9))
    found = credibility.company((three, nine), (np.full(20_000, 3.0), np.full(20_000, 9.0)))
    assert found is not None
    assert (found.mean, found.within, found.between) == pytest.approx((30, 16, 25), rel=0.04)
    assert credibility.company((three[:1], nine[:1]), (np.zeros(1), np.zeros(1))) is None


def test_leaving_by_age_is_the_likelihood_of_renewals():
    active = np.array([1000.0, 869, 743, 653, 593, 551, 517, 491])  # Fader & Hardie 2007, high end
    leavers = Leavers.by_age(active[:-1], -np.diff(active))
    one, two = fit_renewals(active), fit_leaving(leavers)
    assert (one.alpha, one.beta) == pytest.approx((two.alpha, two.beta), rel=1e-5)
    at = np.array([0.7, 3.8, 1.2])
    _, gradient = log_likelihood(at, leavers)
    for i in range(3):
        up, down = at.copy(), at.copy()
        up[i] += 1e-6
        down[i] -= 1e-6
        values = [log_likelihood(p, leavers)[0] for p in (up, down)]
        assert gradient[i] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5)


@pytest.mark.parametrize(
    ("at_risk", "lost"), [([5.0], [1.0]), ([5.0, 4.0], [0.0, 0.0]), ([5.0, 4.0], [5.0, 4.0])], ids=["one", "0", "all"]
)
def test_leaving_that_cannot_be_told_is_said(at_risk, lost):
    with pytest.raises(NotEnoughData):
        fit_leaving(Leavers.by_age(np.array(at_risk), np.array(lost)))


def test_same_amount_every_time_counts_as_the_average():
    amounts, notes = fit_amounts(np.array([1.0, 2, 3]), np.array([10.0, 10, 10]))
    assert amounts.expected(np.array([1.0]), np.array([10.0])) == pytest.approx([10.0])
    assert "no spread" in notes[0]


def test_nobody_bought_again_has_no_model():
    zero = np.zeros(4)
    customers = standing(
        4, bought=(zero, zero, np.full(4, 5.0)), spend=np.array([1.0, 2, 3, 4]), weight=(zero + 1, zero)
    )
    models, notes = shopping.candidates(customers)
    assert models == []
    # One reason, no list of models that could not be fitted.
    [note] = notes
    assert note.startswith("nobody has bought twice: 4 customers bought once each.")


def test_back_test_is_the_arithmetic_it_says():
    customers = standing(
        4,
        net=(np.full(4, 3.0), np.full(4, 9.0)),
        weight=(np.full(4, 3.0), np.full(4, 9.0)),
        later=np.array([10.0, 10.0, 0.0, 20.0]),
    )

    class Ten:
        name = "ten each"

        def expected(self, customers, months):
            return np.full(len(customers), 10.0)

    tested = backtest.held([Ten()], customers, 12, None)
    assert tested is not None
    assert tested.best.total == pytest.approx(0.0)
    assert tested.best.absolute == pytest.approx(5.0)
    again = tested.rivals[0]
    assert again.total == pytest.approx(0.2)  # 12 each, 48 in all, against 40
    assert {row["measure"] for row in tested.rows()} >= {"total_error", "calibration_error", "decile_01"}


@pytest.mark.parametrize(("model", "customers"), [(CONTRACT, members()), (SHOP, buyers())], ids=["contract", "shop"])
def test_a_given_chance_of_leaving_splits_the_value_exactly(model, customers):
    plain = model.worth(customers, 36, MONTHLY)
    given = np.linspace(0.0, 1.0, len(customers))
    given[1::3] = np.nan
    worth = model.worth(customers, 36, MONTHLY, given)
    known = np.isfinite(given)
    assert worth.value[~known] == pytest.approx(plain.value[~known])
    assert worth.p_left[known] == pytest.approx(given[known])
    assert worth.if_kept == pytest.approx(plain.if_kept)
    assert worth.if_left == pytest.approx(plain.if_left)
    split = worth.p_left * worth.if_left + (1 - worth.p_left) * worth.if_kept
    assert worth.value == pytest.approx(split)
    assert ((worth.low <= worth.value) & (worth.value <= worth.high)).all()
    # The model's own chance, given back to it, changes next to nothing.
    same = model.worth(customers, 36, MONTHLY, plain.p_left)
    assert same.value == pytest.approx(plain.value, rel=1e-9)
    assert np.sqrt(same.variance.sum()) == pytest.approx(np.sqrt(plain.variance.sum()), rel=0.02)
