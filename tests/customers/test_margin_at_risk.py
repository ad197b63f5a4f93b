"""Margin at risk by hand: amounts, shares to the cent, the range, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from worthline.customers import margin_at_risk, margin_at_risk_figures
from worthline.results import Compute, Dataset, MarginAtRisk, Resolved, Risk, Value

SETTINGS = Resolved(
    name="Small",
    currency="USD",
    setting="contractual",
    outcome="retention",
    as_of=date(2026, 9, 30),
    timezone="UTC",
    fiscal_year_start=1,
    discount_rate=0.1,
    horizon_months=36,
    margin=None,
    lapse_months=None,
    revenue_from="transactions",
    score_metric=None,
)
MONEY = pa.decimal128(18, 4)


def money(*values: str) -> pa.Array:
    return pa.array([Decimal(v) for v in values], MONEY)


@pytest.fixture
def rooms() -> Compute:
    machine = ibis.duckdb.connect()

    def keep(name: str, expr: ibis.Table) -> ibis.Table:
        return machine.create_table(name, machine.to_pyarrow(expr), overwrite=True)

    return Compute(machine.to_pyarrow, keep, lambda *_, **__: None)  # type: ignore[arg-type]


@pytest.fixture
def company() -> tuple[Dataset, ibis.Table, Risk, Value]:
    """a: .5 x (300 - 100) = 100; b: .1 x 50.20 = 5.02; c: 1 in 4 of 40 = 10."""
    ids = ["a", "b", "c"]
    customers = pa.table({"customer_id": ids, "segment": ["Home", "Home", None], "contact_permission": ["yes"] * 3})
    contacts = pa.table(
        {
            "customer_id": ["a", "a", "a", "b", "b", "b", "b"],
            "touchpoint": ["Bill", "Shop", "Web", "Bill", "Bill", "Shop", "Bill"],
            "resolved": [False, False, False, False, False, False, True],
            "at_date": [date(2026, 5, 1)] * 7,
        }
    )
    owns = pa.table({"group": ["Billing", "Shops"], "touchpoint": ["Bill", "Shop"], "role": ["owns", "owns"]})
    panel = pa.table(
        {
            "customer_id": ids,
            "month": [date(2026, 9, 1)] * 3,
            "active": [True] * 3,
            "tenure_months": pa.array([30, 5, 30], pa.int32()),
            "margin_12m": money("120", "60", "40"),
            "cost_to_serve_12m": money("20", "0", "0"),
        }
    )
    risk = pa.table({"customer_id": ids, "p_leave_12m": [0.5, 0.1, 0.25]})
    value = pa.table(
        {
            "customer_id": ids,
            "value_if_kept": money("300", "50.20", "45"),
            "value_if_left": money("100", "0", "5"),
        }
    )
    tables = {"customers": customers, "interactions": contacts, "responsibilities": owns}
    brought = {name: frozenset(t.column_names) for name, t in tables.items()}
    ds = Dataset({name: ibis.memtable(t) for name, t in tables.items()}, brought, SETTINGS)
    return ds, ibis.memtable(panel), Risk(by_customer=ibis.memtable(risk)), Value(by_customer=ibis.memtable(value))


def by(found: MarginAtRisk, dimension: str) -> dict[str, Decimal]:
    rows = found.findings.tables["margin_at_risk"].to_pylist()
    return {row["member"]: row["margin_at_risk"] for row in rows if row["dimension"] == dimension}


def test_each_customer_counts_once_and_members_add_up(company, rooms):
    ds, panel, risk, worth = company
    found = margin_at_risk.analyse(ds, panel, rooms, risk, worth)
    assert by(found, "all") == {"all": Decimal("115.02")}
    assert sum(by(found, "segment").values()) == by(found, "all")["all"]
    assert by(found, "segment")["(unknown)"] == Decimal("10")


def test_departments_share_to_the_cent_and_the_rest_is_unassigned(company, rooms):
    """a's 100.00: one contact each at Bill, Shop and Web, which nobody owns: 33.34 to the first by name, 33.33, 33.33.
    b's: two thirds Billing, a third Shops. c had no unresolved contact."""
    ds, panel, risk, worth = company
    found = margin_at_risk.analyse(ds, panel, rooms, risk, worth)
    groups = by(found, "group")
    assert set(groups) == {"Billing", "Shops", "(unassigned)"}
    assert sum(groups.values()) == by(found, "all")["all"]
    assert groups["(unassigned)"] == Decimal("10") + Decimal("33.34")
    assert groups["Shops"] == Decimal("33.33") + Decimal("1.67")


def test_the_part_within_the_year(company, rooms):
    """Within the year: .5 x 100 / 2 = 25; .1 x (60 / 6 x 12) / 2 = 6, but no more than b's 5.02 at risk; .25 x 40 / 2 = 5."""
    ds, panel, risk, worth = company
    whole, year = margin_at_risk.analyse(ds, panel, rooms, risk, worth).findings.figures
    assert whole.details["expected_leavers"] == pytest.approx(0.8, abs=0.051)
    assert year.value == pytest.approx(35.02)


def test_the_range_is_of_who_leaves_and_of_the_level():
    """sd^2 = sum p (1 - p) d^2 = 100, level off by 5% of 200: sqrt(100 + 100) x 1.96."""
    low, high = margin_at_risk_figures.Sums(10, 2.0, Decimal(200), None, 100.0).interval(0.05)
    assert float(high - low) / 2 == pytest.approx(1.96 * 200**0.5, rel=1e-4)


def test_the_level_of_leaving_counts_once():
    """Leaving 20%, range .18 to .22 (error 5.1%), predicted 22% (off by 10%): 10%. Equity 1,000 +- 12%, of which 200 x 10% =
    2% come from leaving: sqrt(.12^2 - .02^2). Where equity says no more than leaving does, nothing is added."""
    said = {"model": "risk", "horizon": 12, "low": None, "high": None}
    left = {**said, "measure": "share_left", "value": 0.2, "low": 0.18, "high": 0.22}
    tests = pa.Table.from_pylist([left, {**said, "measure": "share_predicted", "value": 0.22}])
    half = 1.959963984540054 * 120
    found = margin_at_risk_figures.spread(tests, (1000.0, 1000 - half, 1000 + half), 200.0)
    assert found == pytest.approx((0.1**2 + 0.12**2 - 0.02**2) ** 0.5)
    assert margin_at_risk_figures.spread(tests, (1000.0, 990.0, 1010.0), 200.0) == pytest.approx(0.1)
    assert margin_at_risk_figures.spread(None, None, 200.0) == 0.0


def test_without_value_it_says_so(company, rooms):
    ds, panel, risk, _worth = company
    found = margin_at_risk.analyse(ds, panel, rooms, risk, Value())
    assert [f.value for f in found.findings.figures] == [None]
    assert "the value of customers is not known" in found.findings.figures[0].sentence
    assert margin_at_risk.analyse(ds, panel, rooms, Risk(), Value()) == MarginAtRisk()


def test_nobody_with_a_score_is_said(company, rooms):
    ds, panel, _risk, worth = company
    none = pa.table({"customer_id": ["a"], "p_leave_12m": pa.array([None], pa.float64())})
    found = margin_at_risk.analyse(ds, panel, rooms, Risk(by_customer=ibis.memtable(none)), worth)
    assert found.findings.figures[0].value is None


def test_who_buys_when_they_like_and_leaves_buys_nothing_all_year(company, rooms):
    """Leaving is a year without a purchase: .5 x 100 = 50, b's and c's would be 12 and 10, and no more than is at risk."""
    ds, panel, risk, worth = company
    shop = Dataset(ds.tables, ds.brought, replace(ds.settings, setting="non-contractual"))
    _, year = margin_at_risk.analyse(shop, panel, rooms, risk, worth).findings.figures
    assert year.value == pytest.approx(50 + 5.02 + 10)
    assert "buys nothing in all of it" in year.method


def test_a_contact_of_the_thirteenth_month_back_gives_no_share(company, rooms):
    """As of 2026-09-30 the last 12 months begin on 2025-10-01: a contact of 2025-09-15 stays outside."""
    ds, panel, risk, worth = company
    late = pa.table({"customer_id": ["c"], "touchpoint": ["Bill"], "resolved": [False], "at_date": [date(2025, 9, 15)]})
    for day, unassigned in ((date(2025, 9, 15), "43.34"), (date(2025, 10, 1), "33.34")):
        more = ibis.memtable(late.set_column(3, "at_date", pa.array([day])))
        own = Dataset({**ds.tables, "interactions": ds.tables["interactions"].union(more)}, ds.brought, ds.settings)
        assert by(margin_at_risk.analyse(own, panel, rooms, risk, worth), "group")["(unassigned)"] == Decimal(
            unassigned
        )


def test_margin_at_risk_never_exceeds_what_customers_are_worth_if_kept(company, rooms):
    """Who leaves still costs money: a is worth 300 if kept and -100 if left, so 400 x .5 = 200 would be lost, not 150."""
    ds, panel, risk, _worth = company
    value = pa.table({"customer_id": ["a"], "value_if_kept": money("300"), "value_if_left": money("-100")})
    found = margin_at_risk.analyse(ds, panel, rooms, risk, Value(by_customer=ibis.memtable(value)))
    assert by(found, "all") == {"all": Decimal("150")}
