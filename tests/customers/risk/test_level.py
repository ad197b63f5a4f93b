"""As many are expected to leave as come to: companies whose next months are known, and the level by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.risk.companies import Lived, Way, contracts, opened, shop
from worthline.customers.risk import analyse, level
from worthline.customers.risk.feature_groups import PANEL
from worthline.customers.risk.windows import ALWAYS, Records, reach
from worthline.results import Risk
from worthline.stats.passing_rise import passing_rise

POINTS = 0.02
"""METHODS.md 4: the mean published probability and what came."""


def published(lived: Lived, **settings: object) -> tuple[Risk, dict[str, float], int]:
    """What is published, the mean of each column, customers."""
    with opened(lived, **settings) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
        rows = rooms.fetch(found.by_customer)
        ids = set(rows["customer_id"].to_pylist())
        mean = {
            name: np.nanmean(rows[name].to_numpy(zero_copy_only=False).astype(float))
            for name in ("p_leave", "p_leave_12m")
        }
        came = {f"came_{k}": len(lived.gone[k] & ids) / len(ids) for k in (3, 6, 12)}
        return found, mean | came, rows.num_rows


WAYS = {
    "usual": Way(),
    "growing fourfold": Way(customers=1_500, growth=0.06),
    "a hazard that falls with tenure": Way(temper=1.3),
    "a price shock in the past": Way(shock=(20, 3, 2.2)),
    "contacts and leaving recorded late": Way(contacts_from=8, leaving_from=6),
    "a season": Way(season=0.5),
}


LONG = {"growing fourfold", "a hazard that falls with tenure", "a season"}
"""Worlds for `make truth`: the others take half a minute together."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.truth if name in LONG else ()) for name in WAYS])
def test_contracts_as_many_are_expected_as_leave(name):
    """2,600 customers or more: two standard errors of what came are 1.4 points at 16%, 0.8 at 4.5%."""
    _, mean, _ = published(contracts(WAYS[name], 1))
    assert mean["p_leave"] == pytest.approx(mean["came_3"], abs=POINTS)
    assert mean["p_leave_12m"] == pytest.approx(mean["came_12"], abs=POINTS)


@pytest.mark.parametrize(("season", "points"), [(0.0, 0.027), pytest.param(0.4, 0.045, marks=pytest.mark.truth)])
def test_a_shop_as_many_are_expected_as_stop_buying(season, points):
    """2,700 customers: two standard errors of what came are 1.9 points at 45%; expected is known as well as that.

    A season of 40% either way is known from one year alone, and shrunk: 11 points off without it, some 3 with it.
    """
    _, mean, _ = published(shop(Way(season=season), 0), lapse_months=6)
    assert mean["p_leave"] == pytest.approx(mean["came_6"], abs=points)
    assert mean["p_leave_12m"] == pytest.approx(mean["came_12"], abs=0.027)
    assert mean["p_leave_12m"] < mean["p_leave"], "who buys nothing in 12 months buys nothing in 6"


# ------------------------------------------------------------------------------------------ windows


def columns(since: int, first: int, last: int) -> tuple[int, set[str]]:
    """The first landmark and the features of purchases, records of which begin with month `since`."""
    known = Records({"customers": since, "transactions": since})
    found = reach(tuple(f for f in PANEL if f.source in ("transactions", "customers")), known, first, last, None)
    return found.first, {f.column for f in found.features}


def test_windows_of_twelve_months_count_only_from_the_twelfth_month_on():
    """Records from month 0, landmarks up to 17: from 11 on there are 7, enough for windows of 12."""
    first, names = columns(0, 0, 17)
    assert first == 11
    assert {"revenue_3m", "revenue_before", "revenue_12m", "orders_12m"} <= names


def test_short_records_keep_short_windows():
    """Up to 12: windows of 12 leave 2 landmarks, of 6 (from 5 on) leave 8."""
    first, names = columns(0, 0, 12)
    assert first == 5
    assert {"revenue_3m", "revenue_before"} <= names
    assert not {"revenue_12m", "orders_12m", "margin_12m"} & names


def test_a_company_younger_than_its_windows_has_nothing_before():
    assert columns(ALWAYS, 0, 5) == (0, {f.column for f in PANEL if f.source in ("transactions", "customers")})


# ------------------------------------------------------------------------------------------ the level by hand


def seen(shares: dict[int, float], n: int = 1_000, months: int = 12) -> pa.Table:
    """`n` customers of each cell at each of `months` landmarks, the same share of them leaving at every one."""
    rows = [
        {"at": t, "cell": cell, "n": n, "total": float(n), "left": n * share}
        for t in range(months)
        for cell, share in shares.items()
    ]
    return pa.Table.from_pylist(rows)


def test_shares_count_in_the_mix_of_today():
    """A tenth of the new and a twentieth of the old left; today three in four are old: .25 x .1 + .75 x .05."""
    now = pa.table({"cell": [0, 10], "n": [100, 300]})
    found = level.level(seen({0: 0.1, 10: 0.05}), now, 12, 23)
    assert found is not None
    assert found.share == pytest.approx(0.0625)
    # 12 landmarks of windows of 12 months span 23: 1.917 independent ones of 1,000 customers a cell.
    half = 1.96 * np.sqrt((0.25**2 * 0.09 + 0.75**2 * 0.0475) / (1_000 * 23 / 12))
    assert found.high - found.share == pytest.approx(half, rel=1e-3)


def moved_mean(p: np.ndarray, seen: level.Level) -> float:
    """The mean of `p` after the shift."""
    return float(np.mean(1 / (1 + np.exp(-(np.log(p / (1 - p)) + level.shift(p, seen))))))


def test_a_mean_goes_half_way_to_what_was_observed_and_from_far_outside_nearly_all_the_way():
    p = np.random.default_rng(1).beta(1, 9, 5_000)
    assert moved_mean(p, level.Level(0.11, 0.09, 0.13, 1_000)) == pytest.approx((p.mean() + 0.11) / 2, abs=1e-6)
    # The mean, near 0.10, lies five half widths of 0.02 below 0.20: half of 0.02 / 5 ** 3 is left of it.
    k = (0.20 - p.mean()) / 0.02
    assert moved_mean(p, level.Level(0.20, 0.18, 0.22, 1_000)) == pytest.approx(0.20 - 0.01 / k**3, abs=1e-6)
    # At the end of the interval nothing jumps from one run to the next.
    spans = ((p.mean() + 0.02 + e, p.mean() + e, p.mean() + 0.04 + e) for e in (-1e-4, 1e-4))
    ends = [moved_mean(p, level.Level(*span, 1_000)) for span in spans]
    assert ends[1] - ends[0] == pytest.approx(0.0, abs=4e-4)


def test_with_a_season_of_purchases_the_landmark_of_a_year_ago_tells_the_level():
    """Months 0..26: 12 months ago (17) and beside it 30% stopped buying, else 10%; today is month 29."""
    rows = [
        {"at": t, "cell": 0, "n": 1_000, "total": 1_000.0, "left": 300.0 if t in (16, 17, 18) else 100.0}
        for t in range(27)
    ]
    now = pa.table({"cell": [0], "n": [1_000]})
    found = level.level(pa.Table.from_pylist(rows), now, 3, 29, seasonal=True)
    assert found.share == pytest.approx(0.3)
    assert found.n == 3_000
    assert moved_mean(np.full(100, 0.2), found) == pytest.approx(0.3, abs=1e-6)
    # Windows of 12 months that are complete end with month 17: its landmark alone.
    assert level.level(pa.Table.from_pylist(rows[:18]), now, 12, 29, seasonal=True).n == 1_000


def test_a_season_of_two_years_moves_the_level_and_one_year_by_chance_does_not():
    """Landmarks 0..26 with a swing of 40%; today, month 29, is as month 17, which had sin(2 pi 17 / 12) = +.5 of it."""
    swing = np.sin(2 * np.pi * np.arange(27) / 12)
    rows = [
        {"at": t, "cell": 0, "n": 3_000, "total": 3_000.0, "left": 3_000 * 0.05 * (1 + 0.4 * swing[t])}
        for t in range(27)
    ]
    now = pa.table({"cell": [0], "n": [3_000]})
    found = level.level(pa.Table.from_pylist(rows), now, 3, 29)
    assert found.season == pytest.approx(1 + 0.4 * swing[17], abs=0.05)
    luck = np.random.default_rng(2)
    plain = [{**row, "left": float(luck.poisson(150))} for row in rows]
    assert level.level(pa.Table.from_pylist(plain), now, 3, 29).season == pytest.approx(1.0, abs=0.1)


# ------------------------------------------------------------------------------------------ a rise that passed


def test_a_passed_rise_is_a_one_off_and_a_season_is_none():
    left = np.full(30, 50.0)
    left[20:23] = 110
    found = passing_rise(left, np.full(30, 3_000.0))
    assert found == {20: pytest.approx(50 / 110), 21: pytest.approx(50 / 110), 22: pytest.approx(50 / 110)}
    left[8:11] = 110  # the year before as well
    assert passing_rise(left, np.full(30, 3_000.0)) == {}


def test_chance_is_no_passing_rise():
    luck = np.random.default_rng(4)
    assert all(passing_rise(luck.poisson(45, 30).astype(float), np.full(30, 3_000.0)) == {} for _ in range(100))
