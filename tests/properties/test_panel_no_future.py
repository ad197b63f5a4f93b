"""Nothing in the panel comes from the future: later rows change no earlier month; a planted column is caught."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.panel.small_company import complete, dataset, random_rows
from worthline.engine import open_engine, rooms
from worthline.panel import build
from worthline.panel.guard import future_columns

SETTINGS = (
    {"revenue_from": "subscriptions", "margin": "0.5"},
    {"setting": "non-contractual", "lapse_months": 3},
    {"contact_cost": "2"},
    {"score_metric": "csat"},
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_engine("duckdb", tmp_path_factory.mktemp("engine"), threads=1)
    yield engine
    engine.close()


def ended_rows(engine, rows, cut, **changed):
    """Panel rows of months that had ended by `cut`, by customer and month; dateless customers left out."""
    dated = {row["customer_id"] for row in complete(rows, changed["as_of"])["customers"] if row["first_seen"]}
    panel = build(dataset(engine, rows, **changed), rooms(engine))
    found = engine.fetch(panel).to_pylist()
    last = (cut + timedelta(days=1)).replace(day=1)
    return {(r["customer_id"], r["month"]): r for r in found if r["month"] < last and r["customer_id"] in dated}


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), days=st.integers(1, 900), chosen=st.sampled_from(SETTINGS))
def test_later_rows_change_no_earlier_month(engine, seed, days, chosen):
    rows = random_rows(seed, late=True, customers=8)
    cut = date(2024, 6, 30) - timedelta(days=days)
    early = ended_rows(engine, rows, cut, as_of=cut, **chosen)
    late = ended_rows(engine, rows, cut, as_of=date(2024, 6, 30), **chosen)
    dated = {customer for customer, _ in early}
    assert {key: row for key, row in late.items() if key[0] in dated} == early
    assert {key for key in late if key[0] not in dated} == set()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("chosen", SETTINGS)
def test_guard_finds_our_panel_clean(engine, late, chosen):
    ds = dataset(engine, random_rows(5, late=late, customers=12), **chosen)
    assert future_columns(build, ds, rooms(engine), date(2023, 9, 12)) == []


def test_guard_catches_planted_columns(engine):
    ds = dataset(engine, random_rows(5, customers=20))

    def planted(ds, rooms):
        panel = build(ds, rooms)
        later = panel.revenue.lead().over(group_by=panel.customer_id, order_by=panel.month)
        ever = panel.group_by("customer_id").agg(contacts_ever=panel.contacts.sum())
        return panel.mutate(next_revenue=later).inner_join(ever, "customer_id")

    assert future_columns(planted, ds, rooms(engine), date(2023, 9, 30)) == ["next_revenue", "contacts_ever"]


def test_guard_catches_rows_that_appear_afterwards(engine):
    ds = dataset(engine, random_rows(5, customers=20))

    def without_newcomers(ds, rooms):
        panel = build(ds, rooms)
        return panel.filter(panel.active.ifelse(1, 0).sum().over(group_by=panel.customer_id) > 10)

    assert "(rows)" in future_columns(without_newcomers, ds, rooms(engine), date(2023, 9, 30))
