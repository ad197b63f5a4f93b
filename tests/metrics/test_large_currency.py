"""Companies whose money adds up beyond 10**14 (IDR, VND, IRR) are counted to the last digit (fault 9)."""

from decimal import Decimal

import pytest

import worthline
from worthline.run import OpenRun

TOML = """
[company]
name = "Besar"
currency = "{currency}"
margin = 0.25
as_of = "2026-09-30"
staff_hour_cost = 90000000000
[tables.transactions]
file = "sales.csv"
[tables.interactions]
file = "contacts.csv"
"""
EACH = Decimal("4123456789012.3456")
"""A customer's purchase a month, as often as 24 times: below 10**14. All have 213: above 8 x 10**14."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("besar")
    (folder / "worthline.toml").write_text(TOML.format(currency="IDR"))
    months = (
        [f"2024-{m}" for m in (10, 11, 12)]
        + [f"2025-{m:02d}" for m in range(1, 13)]
        + [f"2026-{m:02d}" for m in range(1, 10)]
    )
    rows = [f"c{i},{month}-05,{EACH}" for i in range(9) for month in months if not (i == 8 and month >= "2026-07")]
    (folder / "sales.csv").write_text("customer_id,at,amount\n" + "\n".join(rows) + "\n")
    # a day's work on one contact: 86,400 s at 25,000,000 a second
    (folder / "contacts.csv").write_text(
        "customer_id,at,touchpoint,handle_seconds\n" + "\n".join(f"c{i},2026-09-05,t,86400" for i in range(9)) + "\n"
    )
    return OpenRun(worthline.open(folder).run(threads=1).folder)


def test_revenue_of_all_customers_is_exact_beyond_a_customers_range(run):
    figures = {figure.name: figure.value for figure in run.figures}
    # 105 purchases in the twelve months: the ninth customer's last three are missing
    assert Decimal(str(figures["revenue_12m"])) == pytest.approx(105 * EACH, rel=Decimal("1e-15"))


def test_the_bridge_closes_to_the_cent(run):
    revenue = [
        row for row in run.table("bridges").to_pylist() if row["kind"] == "revenue" and row["period"] == "12m:2026-09"
    ]
    lines = {row["line"]: row["amount"] for row in revenue}
    # 9 customers x 12 purchases, then three fewer of the ninth
    assert lines["opening"] == (108 * EACH).quantize(Decimal("0.01"))
    assert lines["closing"] == (105 * EACH).quantize(Decimal("0.01"))
    assert lines["opening"] - lines["contraction"] == lines["closing"]


def test_a_long_contact_at_a_dear_hour_is_counted(run):
    panel = run.table("panel").to_pylist()
    costs = {row["cost_to_serve"] for row in panel if str(row["month"])[:7] == "2026-09"}
    assert costs == {Decimal(86_400) * 25_000_000}
