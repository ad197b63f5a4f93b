"""What is not known of customers and money is undefined, never zero."""

import pytest

from tests.metrics.conftest import contractual, non_contractual
from worthline.metrics import hard, relations
from worthline.metrics.registry import METRICS


def company_values(company, part):
    """Values for the whole company by metric and period."""
    found = part.compute(company.ds, company.panel, company.rooms)
    return {(v.metric, v.period): v.value for v in found if v.dimension == "all"}


@pytest.fixture
def made():
    """Companies that are closed when the test is over."""
    companies = []
    yield lambda company: companies.append(company) or company
    for company in companies:
        company.engine.close()


def test_margin_and_profit_are_undefined_where_some_revenue_has_no_margin(made, tmp_path, engine_name):
    values = company_values(made(non_contractual(tmp_path, on=engine_name, margin=None)), hard)
    assert values["revenue", "12m:2026-02"] > 0
    for metric in ("margin", "margin_share", "profit"):
        assert values[metric, "12m:2026-02"] is None


def test_nothing_of_money_without_revenue_but_customers_and_orders(made, tmp_path, engine_name):
    values = company_values(made(contractual(tmp_path, on=engine_name, revenue_from="none")), hard)
    assert not {"revenue", "margin", "profit", "net_revenue_retention"} & {metric for metric, _ in values}
    assert values["customers_active", "2026-02"] > 0
    assert values["orders", "2026-02"] > 0


def test_share_of_wallet_is_undefined_where_no_provider_is_the_company(made, tmp_path, engine_name):
    company = made(contractual(tmp_path, on=engine_name, name="Somebody Else"))
    values = company_values(company, relations)
    assert values["share_of_wallet", "12m:2026-02"] is None
    assert values["stated_share_of_wallet", "12m:2026-02"] is None
    assert values["switching", "2025-11"] > 0


def test_a_longer_lapse_needs_a_longer_history(made, tmp_path, engine_name):
    """Purchases begin in January 2024: with 15 months of lapse, who was a customer a year ago is not known."""
    values = company_values(made(non_contractual(tmp_path, on=engine_name, lapse_months=15)), hard)
    assert values["retention", "12m:2026-02"] is None
    assert values["retention", "2026-02"] is not None
    assert values["retention", "2025-02"] is None


def test_members_add_up_to_the_company(company):
    found = hard.compute(company.ds, company.panel, company.rooms)
    for metric in ("revenue", "orders", "customers_active", "customers_lost", "expansion"):
        whole = {v.period: v.value for v in found if (v.metric, v.dimension) == (metric, "all") and v.value is not None}
        assert whole
        for period, value in whole.items():
            parts = [v.value for v in found if (v.metric, v.dimension, v.period) == (metric, "segment", period)]
            assert sum(parts) == value, (metric, period)


def test_every_period_of_a_value_is_one_its_metric_declares(company):
    for part in (hard, relations):
        for v in part.compute(company.ds, company.panel, company.rooms):
            grain = "12m" if v.period.startswith("12m:") else "month"
            assert grain in METRICS[v.metric].periods, v
