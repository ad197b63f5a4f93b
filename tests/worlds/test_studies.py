"""The machinery of the studies: what is kept and found again, what the tables count, how wide the oracle is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.worlds import oracle, tables
from tests.worlds.__main__ import PAGE, written
from tests.worlds.store import Store
from worthline.demo import independent
from worthline.demo.independent.truth import eligible


def effect(low, high, truth, **more):
    made = {"cause": "a", "outcome": "margin", "horizon": 3, "low": low, "high": high, "truth": truth, "grade": "C"}
    made |= {"estimate": None if low is None else (low + high) / 2, "oracle": 1.0, "money": True}
    return made | {"bound_low": None, "bound_high": None} | more


def test_a_study_broken_off_goes_on_where_it_stopped(tmp_path):
    first = Store(tmp_path, "code 1", "1of2")
    first.add("linear", 0, {"a": 1})
    with (tmp_path / "1of2.jsonl").open("a") as out:
        out.write('{"code": "code 1", "study": "linear", "se')  # broken off in the middle of a line
    other = Store(tmp_path, "code 1", "2of2")
    assert other.has("linear", 0)
    other.add("linear", 3, {"a": 3})
    other.add("linear", 1, {"a": 2})
    assert Store(tmp_path, "code 1").of("linear") == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert not Store(tmp_path, "code 2").has("linear", 0)
    assert len([json.loads(line) for line in (tmp_path / "2of2.jsonl").read_text().splitlines()]) == 2


def test_effects_are_counted_by_hand():
    """4 intervals, 3 hold; errors of 1 (widths 3.92): mean error (0 + 0 + 0 + 4) / 4 = +1.00; 2 are 4 oracle errors off 0."""
    rows = [effect(-1.96, 1.96, 0.0), effect(2.04, 5.96, 4.0), effect(-5.96, -2.04, -4.0), effect(2.04, 5.96, 0.0)]
    (line,) = tables.of_effects({"x": [{"effects": rows[:2]}, {"effects": rows[2:]}]})[2:]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:5] == ["x", "margin", "2", "4", "75.0%"]
    assert cells[5] == "a, 3 months: 3 of 4 (75%)"
    assert cells[6:] == ["+1.00", "1.00", "2 of 2 (100%)", "0 of 4 (0%)", "4 of 4 (100%)"]


def test_false_findings_are_counted_by_side():
    rows = [
        effect(1, 2, 0),
        effect(-2, -1, 0),
        effect(-1, 1, 0),
        effect(-1, 2, 0),
        effect(None, None, 0),
    ]
    told = tables.of_false_findings({"x": [{"effects": rows}]})[2]
    assert told == "| x | margin | 4 | 1 | 1 of 4 (25%) | 1 of 4 (25%) | 0 of 4 (0%) | 4 of 4 (100%) |"


def test_a_warning_is_a_d_or_a_bound_that_holds_the_truth():
    """Off by more than half a width of 1.96 errors: three of four; of those a D and a bound."""
    rows = [effect(0, 3.92, 2.0), effect(0, 3.92, 5.0, grade="D"), effect(0, 3.92, 5.0, bound_low=-9, bound_high=6)]
    rows.append(effect(0, 3.92, 5.0, bound_low=-1, bound_high=4.9))
    told = tables.of_warnings([{"effects": rows}])[2]
    assert told == "| a | 3 | 4 | 1 of 4 (25%) | 3 | 2 of 3 (67%) |"


def test_money_equity_and_churn_by_hand():
    truth = {"total": [-100.0, -110.0, 9]}
    narrow, wide = (
        {"joint": -80.0, "joint_low": -99.0, "joint_high": -61.0},
        {"joint": -80.0, "joint_low": -101.0, "joint_high": -59.0},
    )
    rest = {"remainder": [{"joint": -8.0}, {"joint": -8.0}]}
    three = [{"total": [narrow], **rest}, {"total": [wide], "total_with_correlation": [wide]}, {}]
    line = tables.of_money({"x": [{"money": {"truth": truth, "levels": levels}} for levels in three]})[2]
    # Of two totals one holds -100; -99 - 16 to -61 - 16 holds -110; remainders are 16 and 0 of 110, 7% on average.
    assert line == "| x | 3 | 1 | -100 | -80 | 80% | 1 of 2 (50%) | 1 of 2 (50%) | 1 of 2 (50%) | 7% | 2 of 2 (100%) |"
    equity = {"came": 100.0, "single": 0.95, "customer_equity": [110.0, 99.0, 121.0], "margin_next_12m": [None] * 3}
    line = tables.of_equity({"x": [{"equity": equity}]})[2]
    assert line == "| x | customer_equity | 1 | 0 | 1 of 1 (100%) | +10.0% | 10.0% | 95.0% |"
    known = {"p_leave": {"predicted": 0.10, "left": 0.115}, "p_leave_12m": {"predicted": 0.10, "left": 0.15}}
    lines = tables.of_churn({"x": [{"churn": known}, {"churn": dict.fromkeys(known)}]})[2:]
    assert lines[0].endswith("| 2 | 1 of 2 (50%) | -1.5 | -1.5 | 1 of 1 (100%) |")
    assert lines[1].endswith("| 2 | 1 of 2 (50%) | -5.0 | -5.0 | 0 of 1 (0%) |")


def test_the_page_has_a_place_for_every_table():
    text = tables.page([(name, ["| new |"]) for name, _ in written({})], PAGE.read_text("utf-8"))
    assert text.count("| new |") == len(written({}))
    with pytest.raises(ValueError, match="no marks"):
        tables.page([("nowhere", [])], "")


def test_the_oracle_is_the_difference_of_means_where_nothing_is_to_be_known():
    """No confounding, one hazard for all: errors by arm, sqrt(v1/n1 + v0/n0), within 6% (clusters, fitted means)."""
    harms = {"outage": independent.Harm(0.05, leaving=0.7)}
    world = independent.make("linear", 3, harms=harms, confounding=0.0, contact_rate=0.0, fade=0.0, lives=5)
    life = world.life
    known = eligible(life)[:29]
    met = np.array([record["outage"] for record in life.records[:29]])[known]
    stays = np.array([life.states[t + 2].alive for t in range(29)])[known]
    by_hand = np.sqrt(stays[met].var() / met.sum() + stays[~met].var() / (~met).sum())
    found = oracle.errors(life)["Network outage", "retention", 1]
    assert found == pytest.approx(by_hand, rel=0.06)
