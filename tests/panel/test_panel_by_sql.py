"""Every column of the panel against hand-written SQL, on random small companies."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import pyarrow as pa
import pytest

from tests.panel.by_sql import panel_by_sql
from tests.panel.small_company import canonical, complete, dataset, random_rows, settings
from worthline.engine import open_engine, rooms
from worthline.metrics import customer_scores
from worthline.panel import build
from worthline.panel.months import SCHEMA

COMPANIES = {
    "terms, revenue by day": {"revenue_from": "subscriptions", "margin": "0.333333"},
    "terms, revenue from sales": {"margin": None},
    "joined and left": {"margin": "0.55", "staff_hour_cost": "31.5", "contact_cost": "4.2"},
    "no contract": {"setting": "non-contractual", "lapse_months": 3, "margin": "0.4"},
    "no contract, long lapse": {"setting": "non-contractual", "lapse_months": 24, "contact_cost": "4"},
    "csat, whose scale changed": {"score_metric": "csat", "staff_hour_cost": "40"},
    "an own question": {"score_metric": "own question"},
}

ON_SPARK = ("terms, revenue by day", "joined and left", "no contract", "csat, whose scale changed")
"""Each kind of customer, of revenue, of cost and of question; a panel takes seconds there."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory, engine_name):
    engine = open_engine(engine_name, tmp_path_factory.mktemp("engine"), threads=2)
    yield engine
    engine.close()


def both(engine, rows, *, first, late=False, history=None, **changed):
    """Our panel and that by SQL as lists of rows, the same columns."""
    changed.setdefault("as_of", date(2024, 6, 20))
    ds = dataset(engine, rows, **changed)
    ours = engine.fetch(build(ds, rooms(engine), history_months=history).order_by("customer_id", "month"))
    assert ours.schema.names == SCHEMA.names
    tables = {name: canonical(name, found) for name, found in complete(rows, changed["as_of"]).items()}
    for name in ("subscriptions", "transactions", "interactions", "feedback"):
        tables.setdefault(name, canonical(name, []))
    chosen = settings(**changed)
    prices = [chosen.contact_cost, chosen.staff_hour_cost]
    costed = "interactions" in rows and (any(prices) or any("cost" in row for row in rows["interactions"]))
    theirs = panel_by_sql(tables, chosen, first=first, late=late, costed=costed)
    return ours, theirs.select(SCHEMA.names)


def assert_same(ours: pa.Table, theirs: pa.Table):
    for name in ours.schema.names:
        one, other = ours.column(name).to_pylist(), theirs.column(name).to_pylist()
        rows = zip(ours.column("customer_id").to_pylist(), ours.column("month").to_pylist(), one, other, strict=True)
        assert [r for r in rows if r[2] != r[3]][:5] == [], name
    assert ours.num_rows > 0


@pytest.mark.parametrize("late", [False, True], ids=["as it happened", "known late"])
@pytest.mark.parametrize("company", COMPANIES)
def test_every_column_equals_sql(engine, company, late):
    if engine.name == "spark" and not (late and company in ON_SPARK):
        pytest.skip(f"on Spark: {', '.join(ON_SPARK)}, all known late, which does what the others do")
    rows = random_rows(len(company), late=late)
    if company == "joined and left":
        del rows["subscriptions"]
    assert_same(*both(engine, rows, first="2021-01-01", late=late, **COMPANIES[company]))


@pytest.mark.parametrize("company", COMPANIES)
def test_history_before_the_first_month_counts(engine, company):
    if engine.name == "spark" and company != "no contract":
        pytest.skip("on Spark: no contract, since both engines hand the same facts to the same passes")
    rows = random_rows(7, late=True)
    found = both(engine, rows, first="2024-02-01", history=5, late=True, **COMPANIES[company])
    assert_same(*found)
    assert found[0].column("month")[0].as_py() == date(2024, 2, 1)


def test_month_end_and_leap_day(engine):
    rows = random_rows(3)
    ours, theirs = both(engine, rows, first="2021-01-01", as_of=date(2024, 2, 29), **COMPANIES["terms, revenue by day"])
    assert_same(ours, theirs)


def test_only_feedback(engine):
    rows = {"feedback": random_rows(4)["feedback"]}
    ours, _ = both(engine, rows, first="2021-01-01", revenue_from="none")
    assert set(ours.column("state").to_pylist()) == {"prospect"}
    assert ours.column("revenue").null_count == ours.column("margin_12m").null_count == ours.num_rows
    assert ours.column("cost_to_serve").null_count == ours.num_rows
    assert ours.column("tenure_months").null_count == ours.num_rows


def test_no_cost_known_is_null_and_no_margin_known_is_null(engine):
    rows = random_rows(5)
    for row in rows["interactions"]:
        del row["cost"]
    for row in rows["transactions"]:
        del row["margin"]
    ours, theirs = both(engine, rows, first="2021-01-01")
    assert_same(*(t.select(["customer_id", "month", "cost_to_serve_12m"]) for t in (ours, theirs)))
    for name in ("cost_to_serve", "cost_to_serve_3m", "margin", "margin_12m"):
        assert ours.column(name).null_count == ours.num_rows
    assert ours.column("revenue").null_count == 0


def test_one_contact_without_a_cost_makes_the_windows_that_hold_it_unknown(engine):
    def contact(month, cost, customer="a"):
        return {"customer_id": customer, "at": date(2024, month, 5), "cost": cost and Decimal(cost), "touchpoint": "x"}

    rows = {
        "customers": [{"customer_id": c, "joined_on": date(2024, 1, 1)} for c in "abc"],
        "interactions": [contact(1, None), contact(2, "3"), contact(2, "4"), contact(6, "5", "b")],
        "transactions": [
            {"customer_id": c, "at": date(2024, 5, 2), "amount": Decimal(100), "kind": "purchase"} for c in "abc"
        ],
    }
    ours, theirs = both(engine, rows, first="2021-01-01", margin="0.5")
    assert_same(ours, theirs)
    of_a = [r for r in ours.to_pylist() if r["customer_id"] == "a"]
    assert [r["cost_to_serve"] for r in of_a] == [None, 7, 0, 0, 0, 0]
    assert [r["cost_to_serve_3m"] for r in of_a] == [None, None, None, 7, 0, 0]
    assert {r["cost_to_serve_12m"] for r in of_a} == {None}

    ds = dataset(engine, rows, as_of=date(2024, 6, 20), margin="0.5")
    scores = engine.fetch(customer_scores.build(ds, build(ds, rooms(engine))).order_by("customer_id")).to_pylist()
    assert [r["cost_to_serve_12m"] for r in scores] == [None, 5, 0]
    assert [r["profit_12m"] for r in scores] == [None, 45, 50]


def answers(metric, *given):
    return [
        {
            "feedback_id": f"f{n}",
            "customer_id": customer,
            "at": date(2024, month, n + 1),
            "metric": metric,
            "score": float(score),
            **({} if scale is None else {"scale_low": float(scale[0]), "scale_high": float(scale[1])}),
        }
        for n, (customer, month, score, scale) in enumerate(given)
    ]


def last_scores(engine, metric, given, customer="a", *, first="2021-01-01", **changed):
    rows = {"feedback": answers(metric, *given)}
    ours, theirs = both(engine, rows, first=first, revenue_from="none", score_metric=metric, **changed)
    assert_same(*(t.select(["customer_id", "month", "last_score", "answers"]) for t in (ours, theirs)))
    return [r["last_score"] for r in ours.to_pylist() if r["customer_id"] == customer]


def test_nps_is_read_on_0_to_10_only(engine):
    given = [("a", 1, 7, None), ("a", 2, 70, (0, 100)), ("b", 2, 90, (0, 100)), ("b", 3, 4, (1, 5))]
    assert last_scores(engine, "nps", given) == [7] * 6
    assert last_scores(engine, "nps", given, "b") == [None] * 5


def test_another_question_is_read_on_the_scale_most_answered_so_far(engine):
    given = [("a", 1, 4, None), ("a", 2, 9, (1, 10)), ("b", 4, 8, (1, 10)), ("c", 5, 3, None), ("d", 5, 2, None)]
    # February: one answer each, so the higher of 1-5 and 1-10; May: three on 1-5.
    assert last_scores(engine, "csat", given) == [4, 9, 9, 9, 4, 4]
    assert last_scores(engine, "csat", given, "b") == [8, None, None]
    assert last_scores(engine, "csat", given, first="2024-05-01", history=2) == [4, 4]


def test_customer_first_seen_in_the_last_month_and_one_without_any_date(engine):
    rows = {
        "customers": [{"customer_id": "new", "joined_on": date(2024, 6, 3)}, {"customer_id": "nobody yet"}],
        "transactions": [{"customer_id": "old", "at": date(2023, 1, 5), "amount": Decimal(9), "kind": "purchase"}],
    }
    ours, _ = both(engine, rows, first="2021-01-01")
    found = ours.select(["customer_id", "month", "state", "joined"]).to_pylist()
    june = date(2024, 6, 1)
    assert [r for r in found if r["customer_id"] != "old"] == [
        {"customer_id": "new", "month": june, "state": "active", "joined": True},
        {"customer_id": "nobody yet", "month": june, "state": "prospect", "joined": False},
    ]
    assert len(found) == 2 + 18


def test_no_customers_gives_an_empty_panel(engine):
    assert engine.fetch(build(dataset(engine, {"customers": []}), rooms(engine))).num_rows == 0


def test_same_rows_and_bytes_on_one_thread_and_two(tmp_path):
    written = []
    for threads in (1, 2):
        engine = open_engine("duckdb", tmp_path / f"engine{threads}", threads=threads)
        panel = build(dataset(engine, random_rows(2, late=True)), rooms(engine))
        engine.write_parquet(panel, tmp_path / f"{threads}.parquet", [])
        written.append((tmp_path / f"{threads}.parquet").read_bytes())
        engine.close()
    assert written[0] == written[1]


def test_small_blocks_give_the_same_panel(engine, monkeypatch):
    def fetched():
        return engine.fetch(build(ds, rooms(engine)).order_by("customer_id", "month"))

    ds = dataset(engine, random_rows(6))
    whole = fetched()
    monkeypatch.setattr(import_module("worthline.panel.build"), "BLOCK_ROWS", 90)
    monkeypatch.setattr("worthline.panel.arrays.PART_CELLS", 50)
    assert fetched().equals(whole)
    monkeypatch.setattr(import_module("worthline.panel.build"), "BLOCK_ROWS", 1000)
    assert fetched().equals(whole)
