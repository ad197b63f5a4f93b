"""Retention of revenue by hand: every share follows from the revenue bridge; monthly fees are another metric."""

import pytest

from tests.metrics.conftest import make, settings
from worthline.metrics import bridge, hard

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


def test_a_fee_that_began_within_the_year_before_is_expansion_of_revenue_and_no_change_of_fees(company):
    """Before: 12 x 20 + (14 days of September of 30 + 5 months) x 30 = 240 + 164; now 240 + 360. Fees: 50 and 50."""
    sql = subscribed(
        "'c1', '2024-01-10', null, 20, 'month'",
        "'c2', '2024-09-17', null, 30, 'month'",
        "'c3', '2024-01-01', '2024-02-15', 10, 'month'",  # who leaves, so that leaving is recorded
    )
    values = whole(company(sql, "subscriptions"))
    assert (values["expansion", YEAR].value, values["contraction", YEAR].value) == (360 - 164, 0)
    assert (values["net_revenue_retention", YEAR].value, values["net_revenue_retention", YEAR].n) == (600 / 404, 2)
    assert values["gross_revenue_retention", YEAR].value == 1.0
    assert (values["mrr_change", YEAR].value, values["mrr_change", YEAR].n) == (0, 2)


def test_more_less_and_gone_of_two_years_of_fees(company):
    """Before 120 + 220 + 110 + 60 = 510. Now 160, 152, 110 + 10 x 27 / 28 and nothing. A year earlier nobody paid."""
    sql = subscribed(
        "'c1', '2024-03-01', '2025-07-01', 10, 'month'",
        "'c1', '2025-07-01', null, 15, 'month'",
        "'c2', '2024-04-01', '2025-04-01', 20, 'month'",
        "'c2', '2025-04-01', null, 12, 'month'",
        "'c3', '2024-04-01', '2026-02-28', 120, 'year'",
        "'c4', '2024-03-01', '2025-03-01', 5, 'month'",
    )
    values = whole(company(sql, "subscriptions"))
    more = 40 + 10 * 27 / 28
    assert float(values["expansion", YEAR].value) == pytest.approx(more, abs=1e-3)  # each day's part is rounded
    assert values["contraction", YEAR].value == 220 - 152
    assert values["gross_revenue_retention", YEAR].value == pytest.approx((510 - 60 - 68) / 510, abs=1e-5)
    assert values["net_revenue_retention", YEAR].value == pytest.approx((510 - 60 - 68 + more) / 510, abs=1e-5)
    assert values["net_revenue_retention", "12m:2025-02"].value is None
    assert values["mrr_change", YEAR].value == (15 + 12) - (10 + 20 + 10 + 5)


def test_retention_of_revenue_follows_from_the_lines_of_the_bridge(companies):
    """On the made-up companies: opening of known customers less lost and contraction, plus expansion, over itself."""
    for form in ("contractual", "non-contractual"):
        c = companies(form)
        values = whole(c)
        bridges = bridge.compute(c.ds, c.rooms).to_pylist()
        line = {row["line"]: float(row["amount"]) for row in bridges if row["period"] == YEAR}
        nobody = values["revenue_without_customer", "12m:2025-02"].value or 0
        opening = line["opening"] - float(nobody)
        gross = (opening - line["lost"] - line["contraction"]) / opening
        # Lines are rounded to the cent, opening is thousands: 1e-5.
        assert values["gross_revenue_retention", YEAR].value == pytest.approx(gross, abs=1e-5)
        net = gross + line["expansion"] / opening
        assert values["net_revenue_retention", YEAR].value == pytest.approx(net, abs=1e-5)
        for name in ("expansion", "contraction"):
            assert float(values[name, YEAR].value) == pytest.approx(line[name], abs=0.011)


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


def paid(*months: int) -> str:
    """Transactions of four customers, 10 a month for so many months up to February 2026."""
    rows = [f"select 'c{who}' as customer_id, {n} as n" for who, n in enumerate(months, start=1)]
    return f"""
    create table brought_transactions as
    select customer_id, (date '2026-02-10' - to_months(k::int))::date as at_date, at_date::timestamp as at, 10.0 as amount,
           10.0 as amount_original, 'USD' as currency, 'purchase' as kind, 'x' || customer_id || k as transaction_id
    from ({" union all ".join(rows)}) t, range(0, 36) r(k) where k < n;
    """


def test_where_nobody_ever_left_or_stopped_paying_retention_of_revenue_is_not_known(company):
    """Those who left may have been removed with all that they paid: two of four customers are new, none is gone."""
    values = whole(company(paid(30, 30, 9, 9), "transactions", revenue_from="transactions", setting="contractual"))
    assert values["net_revenue_retention", YEAR].value is None
    assert values["gross_revenue_retention", YEAR].value is None


def test_where_somebody_stopped_paying_retention_of_revenue_is_known_without_a_date_of_leaving(company):
    """Two pay 120 in both years; the third paid from September 2023 to June 2025: 120 before, 40 in this one."""
    sql = paid(30, 30, 0, 0).replace("where k < n", "where k < n or (customer_id = 'c3' and k between 8 and 29)")
    values = whole(company(sql, "transactions", revenue_from="transactions", setting="contractual"))
    assert values["net_revenue_retention", "2025-07"].value == 2 / 3
    assert values["net_revenue_retention", YEAR].value == (120 + 120 + 40) / 360
