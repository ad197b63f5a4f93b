"""customer_scores: one row per customer, equal to the panel's last month, profit unknown where its parts are."""

from decimal import Decimal

from tests.metrics.conftest import contractual
from worthline.metrics import customer_scores


def rows(company):
    return company.engine.fetch(customer_scores.build(company.ds, company.panel).order_by("customer_id")).to_pylist()


def test_one_row_a_customer(company):
    found = [row["customer_id"] for row in rows(company)]
    assert found == [c for (c,) in company.sql("select customer_id from customers order by 1")]


def test_money_equals_twelve_months_of_the_panel(company):
    wanted = company.sql(
        """select customer_id, sum(revenue) filter (month >= '2025-03-01'),
                  max(tenure_months) filter (month = '2026-02-01')
           from panel group by customer_id order by 1"""
    )
    found = [(r["customer_id"], r["revenue_12m"], r["tenure_months"]) for r in rows(company)]
    assert [(c, a or Decimal(0), t) for c, a, t in found] == [(c, a or Decimal(0), t) for c, a, t in wanted]


def test_profit_is_margin_less_cost_to_serve_or_unknown(company):
    for row in rows(company):
        margin, cost = row["margin_12m"], row["cost_to_serve_12m"]
        assert row["profit_12m"] == (None if margin is None or cost is None else margin - cost)


def test_profit_is_unknown_without_a_margin(tmp_path):
    company = contractual(tmp_path, margin=None)
    assert {row["profit_12m"] for row in rows(company)} == {None}
    company.engine.close()


def test_state_and_last_score_are_those_of_the_last_month(company):
    wanted = company.sql(
        "select customer_id, state, active, last_score from panel where month = '2026-02-01' order by 1"
    )
    assert [(r["customer_id"], r["state"], r["active"], r["last_score"]) for r in rows(company)] == wanted
