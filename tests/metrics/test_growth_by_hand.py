"""Retention of revenue by hand: what is growth, and what is only a first year in part."""

import pytest

from tests.metrics.conftest import make, settings
from worthline.metrics import hard

CUSTOMERS = """
create table brought_customers as
select 'c' || i as customer_id, date '2024-01-01' as joined_on, date '2024-01-01' as first_seen from range(1, 5) r(i);
"""
YEAR = "12m:2026-02"


@pytest.fixture
def company(tmp_path, engine_name):
    made = []

    def build(sql: str, *tables: str, **changes):
        folder = tmp_path / str(len(made))
        sources = {t: f"brought_{t}" for t in ("customers", *tables)}
        made.append(make(folder, settings(**changes), CUSTOMERS + sql, sources, on=engine_name))
        return made[-1]

    yield build
    for one in made:
        one.engine.close()


def subscribed(*rows: str) -> str:
    """Rows of customer, start, end (or null), fee, period."""
    return f"""
    create table brought_subscriptions as
    select customer_id, started_on::date as started_on, ended_on::date as ended_on, fee, period
    from (values {", ".join(f"({row})" for row in rows)}) v(customer_id, started_on, ended_on, fee, period);
    """


def whole(company):
    """Values of the whole company by metric and period."""
    found = hard.compute(company.ds, company.panel, company.rooms)
    return {(v.metric, v.period): v for v in found if v.dimension == "all"}


def test_a_constant_fee_from_the_middle_of_the_year_before_is_no_growth(company):
    values = whole(
        company(
            subscribed("'c1', '2024-01-10', null, 20, 'month'", "'c2', '2024-09-17', null, 30, 'month'"),
            "subscriptions",
        )
    )
    assert values["expansion", YEAR].value == 0
    assert values["contraction", YEAR].value == 0
    assert (values["net_revenue_retention", YEAR].value, values["net_revenue_retention", YEAR].n) == (1.0, 2)
    assert values["gross_revenue_retention", YEAR].value == 1.0
    assert values["net_revenue_retention", "2024-10"].value == 1.0
    assert values["net_revenue_retention", "2024-09"].n == 1, "who joins in the month was no customer before it"


def test_more_less_and_gone_by_fees_on_two_days(company):
    """A year ago 10 + 20 + 120/12 + 5 = 45 a month; now 15, 12 and 0 of them; a year earlier nobody paid."""
    sql = subscribed(
        "'c1', '2024-04-01', '2025-07-01', 10, 'month'",
        "'c1', '2025-07-01', null, 15, 'month'",
        "'c2', '2024-04-01', '2025-04-01', 20, 'month'",
        "'c2', '2025-04-01', null, 12, 'month'",
        "'c3', '2024-04-01', '2026-02-28', 120, 'year'",
        "'c4', '2025-02-28', '2025-03-01', 5, 'month'",
        "'c4', '2025-03-02', null, 500, 'year'",
    )
    values = whole(company(sql, "subscriptions"))
    now = 15 + 12 + 500 / 12
    assert float(values["expansion", YEAR].value) == pytest.approx(5 + 500 / 12 - 5, abs=1e-4)
    assert values["contraction", YEAR].value == 8
    assert values["net_revenue_retention", YEAR].value == pytest.approx(now / 45, abs=1e-5)
    assert values["gross_revenue_retention", YEAR].value == pytest.approx((10 + 12 + 5) / 45)
    assert values["net_revenue_retention", "12m:2025-02"].value is None


def test_buyers_keep_the_sums_of_whole_periods(company):
    sql = """
    create table brought_transactions as
    select 'c1' as customer_id, m::timestamp as at, m::date as at_date, 'purchase' as kind, 'USD' as currency,
           10 as amount, 10 as amount_original
    from generate_series(date '2024-03-01', date '2026-02-01', interval 1 month) s(m) where m <> date '2024-05-01';
    """
    chosen = {"setting": "non-contractual", "revenue_from": "transactions", "lapse_months": 6}
    values = whole(company(sql, "transactions", **chosen))
    assert values["net_revenue_retention", YEAR].value == pytest.approx(120 / 110)
    assert values["expansion", YEAR].value == 10
