"""What past experiments teach the worklist: measured effects in place of assumed ones, and whom not to contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest

from tests.initiatives.planning import MONEY, action, action_table, company, rooms, settings, treatments
from worthline import initiatives
from worthline.initiatives.results import SCHEMA as RESULTS
from worthline.initiatives.worklist.past import NUMBERS

IDS = [f"E{i:03d}" for i in range(400)]
FEBRUARY, SEPTEMBER = date(2026, 2, 1), date(2026, 9, 1)


def lived(leave: dict[str, int], *, grade: str = "A", actions=None, outside: int = 0):
    """400 customers assigned in March, every second treated; `leave`: of each 200 how many are gone by September.

    Customers left are worth 100 if kept, 0 if left, with 30% to leave. `outside`: further customers, unlike those.
    """
    arm = {who: "treated" if i % 2 == 0 else "control" for i, who in enumerate(IDS)}
    gone = set()
    for name, number in leave.items():
        gone |= set([who for who in IDS if arm[who] == name][:number])
    here = [who for who in IDS if who not in gone] + [f"X{i:03d}" for i in range(outside)]
    n = len(here)
    rows = [(who, FEBRUARY, True) for who in IDS] + [(who, SEPTEMBER, who not in gone) for who in IDS]
    rows += [(who, SEPTEMBER, True) for who in here if who.startswith("X")]
    draw = np.random.Generator(np.random.Philox(9))
    tenure = [500.0 if who.startswith("X") else float(draw.integers(1, 40)) for who, _, _ in rows]
    panel = pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "month": [row[1] for row in rows],
            "active": [row[2] for row in rows],
            "revenue_12m": pa.array([Decimal(0)] * len(rows), MONEY),
            **{name: tenure if name == "tenure_months" else [float(len(name))] * len(rows) for name in NUMBERS},
        }
    )
    done = treatments([(who, date(2026, 3, 10), "save_calls", arm[who]) for who in IDS])
    ds, _, scores = company(
        here,
        chance=[0.3] * n,
        kept=["100"] * n,
        permission=["yes"] * n,
        actions=None if actions is False else action_table(action()),
        treatments=done,
    )
    stayed = {name: 1 - leave.get(name, 0) / 200 for name in ("treated", "control")}
    result = {
        "initiative": "save_calls",
        "arm": "treated",
        "outcome": "retention",
        "horizon_months": 6,
        "segment": "all",
        "treated": 200,
        "control": 200,
        "grade": grade,
        "estimate": stayed["treated"] - stayed["control"],
    }
    table = pa.Table.from_pylist([result], RESULTS)
    return initiatives.plan(ds, ibis.memtable(panel), rooms(), scores=scores, results=table)


@pytest.fixture(scope="module")
def keeps():
    """20 of 200 treated and 60 of 200 controls are gone: the call keeps 20 points."""
    return lived({"treated": 20, "control": 60})


def test_the_measured_effect_takes_the_place_of_the_assumed(keeps):
    """.20 x 100 = 20 before a cost of 3, of everyone alike; an assumption would say .1 x .3 x 100 = 3."""
    rows = keeps.findings.tables["worklist"].to_pylist()
    assert {r["grade"] for r in rows} == {"C"}
    assert np.mean([r["effect"] for r in rows]) == pytest.approx(0.20, abs=0.01)
    assert np.mean([float(r["expected_net"]) for r in rows]) == pytest.approx(17, abs=1)
    (figure,) = keeps.findings.figures
    assert (figure.grade, "Measured with a control group: 400 customers, 200 of them" in figure.sentence) == ("C", True)
    assert figure.value == pytest.approx(sum(float(r["expected_net"]) for r in rows), abs=0.01)


def test_its_range_is_the_interval_of_the_experiment(keeps):
    """Error of .9 less .7 of 200 each: sqrt(.09 / 200 + .21 / 200) = .0387; 1.96 x .0387 x 100 = 7.6 a customer."""
    (figure,) = keeps.findings.figures
    assert (figure.high - figure.low) / 2 / figure.n == pytest.approx(1.96 * (0.3 / 200) ** 0.5 * 100, rel=0.06)


def test_a_treatment_that_harms_is_not_offered_to_those_it_harms():
    """60 of 200 treated and 20 of 200 controls gone: 20 points lost, interval -.28 to -.12: all of them are not to be
    contacted, and no money is expected of it."""
    found = lived({"treated": 60, "control": 20})
    (group,) = found.findings.tables["treatment_groups"].to_pylist()
    assert group["effect"] == pytest.approx(-0.2, abs=0.01)
    assert (group["is_harmed"], group["customers_today"] > 250) == (True, True)
    assert "Do not contact them" in group["sentence"]
    assert found.findings.tables["do_not_contact"].num_rows == group["customers_today"]
    listed = set(found.findings.tables["worklist"]["customer_id"].to_pylist())
    assert not listed & set(found.findings.tables["do_not_contact"]["customer_id"].to_pylist())


def test_harm_is_told_without_actions():
    assert lived({"treated": 60, "control": 20}, actions=False).findings.tables["do_not_contact"].num_rows > 250


def test_no_effect_harms_nobody():
    found = lived({"treated": 40, "control": 40})
    assert found.findings.tables["do_not_contact"].num_rows == 0


def test_an_experiment_that_does_not_hold_teaches_nothing():
    found = lived({"treated": 20, "control": 60}, grade="D")
    assert "treatment_groups" not in found.findings.tables
    assert {r["grade"] for r in found.findings.tables["worklist"].to_pylist()} <= {"E"}


def test_customers_unlike_those_measured_are_not_ranked_by_it():
    found = lived({"treated": 20, "control": 60}, outside=50)
    rows = found.findings.tables["worklist_candidates"].to_pylist()
    unlike = [r for r in rows if r["customer_id"].startswith("X")]
    assert {r["grade"] for r in unlike} <= {"E"}
    assert all(r["drawn_at_random"] for r in unlike if r["arm"] == "treated")
    assert {r["grade"] for r in rows if r["customer_id"].startswith("E") and r["arm"] == "treated"} <= {"C", "E"}
    assert settings().acting == replace(settings().acting)
