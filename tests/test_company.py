"""A company's runs on disk, as the next run finds them."""

from __future__ import annotations

import json
from datetime import date

import pytest

import worthline
from worthline.engine import open_engine
from worthline.errors import EngineFault
from worthline.metrics import bridge
from worthline.run.earlier import latest


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Shop"\nmargin = 0.5\n[tables.transactions]\nfile = "sales.csv"\n', encoding="utf-8"
    )
    (tmp_path / "sales.csv").write_text(
        "customer_id,at,amount\na,2025-01-05,10\nb,2025-02-07,20\na,2025-03-09,30\n", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def engine(tmp_path):
    opened = open_engine("duckdb", tmp_path / "scratch")
    yield opened
    opened.close()


def test_the_latest_run_of_an_earlier_day_is_found_and_one_of_the_same_day_is_not(shop, engine):
    company = worthline.open(shop)
    january = company.run(as_of=date(2025, 1, 31))
    february = company.run(as_of=date(2025, 2, 28))
    assert latest(shop, date(2025, 1, 31), engine).earlier is None
    assert latest(shop, date(2025, 2, 28), engine).earlier.run_id == january.run_id
    found = latest(shop, date(2025, 3, 31), engine).earlier
    assert (found.run_id, found.as_of) == (february.run_id, date(2025, 2, 28))
    assert engine.fetch(found.scores.order_by("customer_id"))["customer_id"].to_pylist() == ["a", "b"]


def test_a_run_is_named_for_the_earlier_run_that_it_looks_back_to(shop):
    company = worthline.open(shop)
    alone = company.run(as_of=date(2025, 3, 31))
    assert alone.about["earlier_run"] is None
    january = company.run(as_of=date(2025, 1, 31))
    beside = company.run(as_of=date(2025, 3, 31))
    assert beside.about["earlier_run"] == january.run_id
    assert beside.run_id != alone.run_id


def test_an_earlier_run_that_cannot_be_read_stops_nothing(shop, engine):
    company = worthline.open(shop)
    january = company.run(as_of=date(2025, 1, 31))
    (january.path / "run.json").write_text("{", encoding="utf-8")
    passed_over = latest(shop, date(2025, 3, 31), engine)
    assert passed_over.earlier is None
    assert january.run_id in passed_over.passed_over[0]
    assert json.loads((company.run(as_of=date(2025, 3, 31)).path / "run.json").read_text())["rows"]["panel"] > 0


def test_linear_algebra_of_a_run_is_on_one_thread(shop):
    """Sums of two threads differ in their last digit: the same files would give other bytes on another machine."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen: list[set[int]] = []
    before = threads()
    worthline.open(shop).run(progress=lambda *_: seen.append(threads()))
    assert seen[0] == {1}
    assert all(pools == {1} for pools in seen[:-1]), "the last stage, publishing, computes nothing"
    assert threads() == before


def test_a_failing_engine_call_names_the_stage_of_the_run(shop, monkeypatch):
    def broken(*_):
        raise EngineFault("select 1 from nowhere", "Catalog Error: no such table")

    monkeypatch.setattr(bridge, "compute", broken)
    with pytest.raises(EngineFault) as caught:
        worthline.open(shop).run(as_of=date(2025, 3, 31))
    assert caught.value.stage == "metrics"
    assert caught.value.sql == "select 1 from nowhere"
    assert "at the stage “metrics”" in str(caught.value)
    assert str(caught.value).endswith("SQL: select 1 from nowhere")
