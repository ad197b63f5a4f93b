"""A month that as_of cuts short, and tables that stop before it: neither is read as a fall, or as nothing."""

from datetime import date

import pytest

from tests.metrics.conftest import contractual, make, non_contractual, settings
from worthline.metrics import bridge, finance, hard, service, soft
from worthline.metrics.registry import METRICS

YEAR = "12m:2026-02"


@pytest.fixture
def made(tmp_path):
    """Makes companies, each in a folder of its own; closed when the test is over."""
    companies = []

    def build(form, *args, **changes):
        companies.append(form(tmp_path / str(len(companies)), *args, **changes))
        return companies[-1]

    yield build
    for company in companies:
        company.engine.close()


def whole(company, *parts):
    """Values of the whole company by metric and period."""
    found = [v for part in parts for v in part.compute(company.ds, company.panel, company.rooms)]
    return {(v.metric, v.period): v.value for v in found if v.dimension == "all"}


# ------------------------------------------------------------------------------------------- as_of in a month


def test_windows_of_twelve_end_with_the_last_complete_month(made):
    company = made(contractual, as_of=date(2026, 2, 14))
    values = whole(company, hard, service, soft)
    years = {period for _, period in values if period.startswith("12m:")}
    assert years == {"12m:2025-01", "12m:2026-01"}
    assert values["customers_active", "2026-02"] > 0, "a stock as of as_of"
    [[here, n]] = company.sql(
        "select count(*) filter (now.active), count(*) from panel now join panel was using (customer_id) "
        "where was.active and was.month = date '2025-01-01' and now.month = date '2026-01-01'"
    )
    assert values["retention", "12m:2026-01"] == pytest.approx(here / n)
    table = bridge.compute(company.ds, company.rooms)
    assert {p for p in table["period"].to_pylist() if p.startswith("12m:")} == {"12m:2026-01"}


def test_a_years_target_stands_on_the_last_twelve_complete_months():
    def where(metric, period, as_of):
        return finance._periods_of(metric, finance.fiscal_window(period, settings()), as_of)

    assert where("revenue", "2026", date(2026, 9, 9)) == ["12m:2026-08"]
    assert where("revenue", "2026", date(2026, 1, 9)) == [], "no month of the year is over"
    assert where("revenue", "2025", date(2026, 1, 9)) == ["12m:2025-12"]
    assert where("customers_active", "2026", date(2026, 9, 9)) == ["2026-09"]


@pytest.mark.parametrize(
    ("metric", "stands"),
    [
        *[(name, ["2026-06"]) for name in ("customers_active", "mrr", "nps", "margin_share", "basket", "wait_mean")],
        *[(name, []) for name in ("revenue", "orders", "customers_new", "poor_service_hours", "revenue_per_customer")],
        *[(name, []) for name in ("retention", "logo_churn", "net_revenue_retention", "contacts_per_customer")],
        ("finance_reported_revenue", ["2026-Q2"]),
    ],
)
def test_a_quarters_target_stands_only_beside_what_one_month_can_show(metric, stands):
    window = finance.fiscal_window("2026-Q2", settings())
    assert finance._periods_of(metric, window, date(2026, 9, 30)) == stands
    assert METRICS[metric].name == metric


TARGETS = """
create table brought_customers as
select 'c1' as customer_id, date '2025-01-01' as joined_on, date '2025-01-01' as first_seen;
create table brought_targets as
select * from (values ('revenue', '2026-Q1', 10.0, null, null), ('nps', '2026-Q1', 10.0, null, null))
v(metric, period, target, "group", segment);
"""


def test_a_quarter_of_a_sum_is_said_to_fit_nothing(made):
    company = made(make, settings(), TARGETS, {"customers": "brought_customers", "targets": "brought_targets"})
    assert finance.unmatched_targets(company.ds, company.rooms) == [
        "target of 'revenue' for 2026-Q1: a quarter of revenue is not counted; give a target for a month or a year"
    ]
    assert list(finance.targets(company.ds, company.rooms)) == [("nps", "2026-02", "all", "all")]


# ------------------------------------------------------------------------------------------- tables that stop

STOPPED = """
create table brought_customers as
select 'c' || i as customer_id, date '2023-06-01' as first_seen from range(1, 4) r(i);
create table days as
select 'c' || (1 + month(d) % 3) as customer_id, d::timestamp as at, d::date as at_date
from generate_series(date '2023-06-05', date '2026-02-05', interval 1 month) s(d);
create table brought_transactions as
select *, 'purchase' as kind, 'USD' as currency, 10 as amount, 10 as amount_original from days
union all select *, 'refund', 'USD', -1, -1 from days;
create table brought_interactions as select *, 'complaint desk' as touchpoint, 2.5 as cost from days;
"""


def stopped(folder, *, transactions="2026-02", interactions="2026-02", **changes):
    """A company whose tables go on to these months; as of the end of February 2026."""
    script = STOPPED + "".join(
        f"delete from brought_{name} where strftime(at_date, '%Y-%m') > '{month}';"
        for name, month in (("transactions", transactions), ("interactions", interactions))
    )
    chosen = {"setting": "non-contractual", "revenue_from": "transactions", "lapse_months": 3, **changes}
    sources = {name: f"brought_{name}" for name in ("customers", "transactions", "interactions")}
    return make(folder, settings(**chosen), script, sources)


def test_transactions_that_stop_leave_money_orders_and_growth_undefined(made):
    values = whole(made(stopped, transactions="2025-12"), hard, service)
    flows = ("revenue", "margin", "profit", "orders", "basket", "purchase_frequency", "revenue_per_customer")
    flows += ("expansion", "net_revenue_retention", "refunds", "cost_of_poor_service")
    people = ("customers_new", "customers_lost", "retention", "logo_churn")
    for metric in (*flows, *people):
        assert values[metric, YEAR] is None, metric
    for period in ("2026-01", "2026-02"):
        assert values["revenue", period] is None
        assert values["customers_active", period] is None
    assert values["revenue", "2025-12"] == 9
    assert values["contacts", YEAR] == 12, "contacts go on"
    assert whole(made(stopped), hard)["revenue", YEAR] == 108


def test_no_bridge_where_transactions_have_stopped(made):
    company = made(stopped, transactions="2025-12")
    assert max(bridge.compute(company.ds, company.rooms)["period"].to_pylist()) == "2025-12"


def test_contacts_that_stop_are_not_none(made):
    values = whole(made(stopped, interactions="2026-01"), service, hard)
    for metric in ("contacts", "complaints", "cost_to_serve", "cost_of_poor_service_capacity", "profit"):
        assert values[metric, YEAR] is None, metric
        assert values[metric, "2026-02"] is None, metric
    assert values["cost_of_poor_service_cash", YEAR] == 12
    assert values["cost_of_poor_service", YEAR] is None, "one of its tables does not cover the year"
    assert values["cost_of_poor_service", "2026-01"] == 3.5


def test_a_month_that_has_only_begun_need_not_have_a_purchase(made):
    values = whole(made(stopped, transactions="2026-01", as_of=date(2026, 2, 3)), hard)
    assert values["customers_active", "2026-02"] > 0
    assert values["revenue", "2026-02"] is None
    assert values["revenue", "12m:2026-01"] == 108


def test_new_customers_are_known_once_purchases_reach_back_the_months_of_lapse(made):
    values = whole(made(non_contractual, lapse_months=15), hard)
    assert values["customers_new", "2025-03"] is None
    assert values["customers_new", "2025-04"] is not None
    assert values["customers_new", YEAR] is None


# ------------------------------------------------------------------------------------------- bounds of the silent

ASKED = """
create table brought_customers as
select 'c' || i as customer_id, date '2025-01-01' as joined_on, date '2025-01-01' as first_seen from range(1, 6) r(i);
create table brought_invitations as
select 'c' || i as customer_id, timestamp '2026-01-25' as at, date '2026-01-25' as at_date, 'nps' as metric {named}
from range(1, 5) r(i);
create table brought_feedback as
select c as customer_id, d::timestamp as at, d::date as at_date, 'nps' as metric, score, 0 as scale_low,
       10 as scale_high, f as feedback_id
from (values ('c1', '2026-01-28', 10, 'f1'), ('c2', '2026-02-03', 0, 'f2'), ('c5', '2026-01-09', 9, 'f5'),
             ('c5', '2026-02-09', 9, 'f6')) v(c, d, score, f);
"""


@pytest.mark.parametrize("named", ["", ", case when i < 3 then 'f' || i end as feedback_id"])
def test_bounds_hold_all_who_were_asked_whenever_they_answered(made, named):
    """Asked in January: 10 in January, 0 in February, two never; unasked: a 9 in each month.

    Of January three of the people asked have not answered: whatever they will say, the bounds hold it.
    """
    sources = {name: f"brought_{name}" for name in ("customers", "invitations", "feedback")}
    company = made(make, settings(), ASKED.format(named=named), sources)
    values = soft.compute(company.ds, company.panel, company.rooms)
    found = {v.metric: v for v in values if (v.period, v.dimension) == ("2026-01", "all")}
    assert (found["nps_worst"].value, found["nps_worst"].n) == (100 * (2 - 3) / 5, 5)
    assert (found["nps_best"].value, found["nps_best"].n) == (100 * (2 + 3) / 5, 5)
    assert found["nps"].n == 2, "the score itself is of the month's answers"
