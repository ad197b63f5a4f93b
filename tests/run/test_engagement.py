"""Engagement by bands, held against counts by hand: 200 customers, 20 of whom bought twice and made contact once."""

from datetime import date

import pyarrow as pa
import pytest

from tests.run.test_small_groups import TablesOnly
from worthline.run.questions import engagement


class Company(TablesOnly):
    @property
    def about(self):
        return {"rows": {}, "currency": "USD", "as_of": "2026-09-30"}


@pytest.fixture(scope="module")
def run():
    """Customers 0 to 19 bought twice (churn 10%), 20 to 24 once (20%), 25 to 199 never (30%)."""
    times = [2] * 20 + [1] * 5 + [0] * 175
    ids = [f"C{i:03}" for i in range(200)]
    scores = {"customer_id": ids, "active": [True] * 200, "p_leave_12m": [0.1] * 20 + [0.2] * 5 + [0.3] * 175}
    panel = {"customer_id": ids, "month": [date(2026, 9, 1)] * 200, "orders_12m": times, "contacts_12m": [1] * 200}
    return Company(customer_scores=pa.table(scores), panel=pa.table(panel))


def test_bands_count_customers_and_their_mean_churn(run):
    bands = engagement.by_measure(run)["contacts_12m"]
    [band] = bands
    assert (band.first, band.customers, band.share) == (1, 200, 1.0)
    assert band.p_leave_12m == pytest.approx((20 * 0.1 + 5 * 0.2 + 175 * 0.3) / 200)


def test_a_small_band_takes_the_next_smallest_with_it(run):
    """5 once: hidden, and the 20 who bought twice too, as 200 - 175 - 20 would tell it."""
    bands = {band.first: band for band in engagement.by_measure(run)["orders_12m"]}
    assert (bands[0].customers, bands[0].share) == (175, 0.875)
    assert bands[1].customers is None
    assert bands[2].customers is None
    assert bands[2].p_leave_12m is None


def test_only_measures_that_the_panel_has(run):
    assert engagement.measures(run) == ["orders_12m", "contacts_12m"]
    assert engagement.usage_columns(run) == []
