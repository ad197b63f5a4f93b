"""A season of purchases is found where two years agree on it, and weeks count by it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from worthline.customers.season import factors
from worthline.customers.value.clock import Clock
from worthline.stats.season import season

SWING = np.exp(0.4 * np.sin(2 * np.pi * np.arange(12) / 12))
"""Of the settings season_shop (demo/independent)."""
DECEMBER = np.where(np.arange(12) == 11, 2.5, 1.0)
"""A shop of presents."""


def company(swing, months=30, joining=100, seed=1, growth=0.0):
    """first, at, orders, n: a hundred join a month, order 1.5 times a month at first, and fewer every month.

    `growth`: by how much more the orders of all grow each month of the calendar.
    """
    luck, rows = np.random.default_rng(seed), []
    for first in range(months):
        for at in range(first, months):
            rate = 1.5 * 0.95 ** (at - first) * swing[at % 12] * (1 + growth) ** at
            orders = luck.poisson(rate, joining) + (at == first)
            rows.append((first, at, orders.sum(), (orders > 0).sum()))
    return np.array(rows).T


@pytest.mark.parametrize("months", [30, 42])
def test_the_season_that_customers_live_by_is_found(months):
    """Some 1,500 orders a month: a factor is known to 3% of itself; a trend of growth is none of it."""
    found = factors(*company(SWING, months), until=months - 1)
    assert found == pytest.approx(SWING / SWING.mean(), abs=0.06)
    assert found.mean() == pytest.approx(1.0)


def test_chance_is_no_season():
    assert all(factors(*company(np.ones(12), seed=seed), until=29) is None for seed in range(20))


@pytest.mark.parametrize(("swing", "growth"), [(SWING, 0.01), (DECEMBER, 0.0), (DECEMBER, 0.01)])
def test_other_shapes_and_growth_beside_them(swing, growth):
    """A peak of one month is no sine, and orders may grow by 1% a month: factors within three times 3% of chance."""
    found = factors(*company(swing, 42, growth=growth), until=41)
    assert found == pytest.approx(swing / swing.mean(), rel=0.09)


@pytest.mark.parametrize("growth", [0.01, 0.03, -0.02])
def test_growth_alone_is_no_season(growth):
    """Both years of a trend look alike: a year of straight growth correlates with the next by 1."""
    assert all(factors(*company(np.ones(12), 36, seed=seed, growth=growth), until=35) is None for seed in range(10))
    months = np.arange(30)
    assert season(months, 1 + growth * months, np.full(30, 1e-4)) is None


def test_one_year_shows_no_season():
    assert factors(*company(SWING, 18), until=17) is None


def test_on_its_clock_a_year_is_a_year_and_a_busy_month_is_longer():
    """July twice as busy as the rest of the year: 2 x 12 / 13 of a usual month, as days of the months go."""
    busy = np.where(np.arange(12) == 6, 2.0, 1.0) * 12 / 13
    clock = Clock.of(busy, date(2026, 6, 30), 104)
    assert clock.pace.sum() == pytest.approx(12)
    assert clock.pace[0] == pytest.approx(2 * 12 / 13, rel=0.02)
    # 52 weeks back, 364 days, have one July in them: 31 days twice, at 12 / 13 each.
    assert clock.back[52] == pytest.approx((364 + 3.5 + 31) / 7 * 12 / 13, rel=1e-3)
    x, t_x, age = clock.histories(np.array([1.0, 2.0]), np.array([0.0, 52.0]), np.array([0.0, 50.0]))
    assert x.tolist() == [0, 1]
    # Two weeks around 1 July, 11 days of them in July: (11 x 2 + 3) x 12 / 13 days are 3.3 weeks.
    assert t_x.tolist() == [0, 3]
    assert (age >= t_x).all()


def test_purchases_of_one_week_lie_half_a_week_apart():
    """Three days with purchases, all in the week that ends today, and all in the one before."""
    clock = Clock.of(None, date(2026, 6, 30), 1)
    x, t_x, age = clock.histories(np.array([3.0, 3.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert (x.tolist(), t_x.tolist(), age.tolist()) == ([2, 2], [0.5, 0.5], [0.5, 1.5])


def test_without_a_season_a_week_is_a_week():
    clock = Clock.of(None, date(2026, 6, 30), 10)
    x, t_x, age = clock.histories(np.array([3.0]), np.array([9.0]), np.array([2.0]))
    assert (x[0], t_x[0], age[0]) == (2, 7, 9.5)
    assert (clock.pace == 1).all()
