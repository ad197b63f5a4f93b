"""What an earlier run said, held against what happened."""

from __future__ import annotations

from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest

from worthline.customers.risk.drift import compared, rows_of, since
from worthline.customers.risk.landmarks import ScoringContext
from worthline.results import Compute, Earlier


def said(seed: int = 1, n: int = 6_000) -> tuple[np.ndarray, np.ndarray]:
    luck = np.random.default_rng(seed)
    p = luck.beta(1, 9, n)
    return p, (luck.random(n) < p).astype(float)


def test_chances_that_came_true_hold():
    p, y = said()
    found = compared(p, y, 3, 3, "30 Jun 2026")
    assert not found.failed
    assert found.measures["calibration_error"].value <= 0.02
    assert {row["measure"] for row in rows_of(found)} >= {"auc", "share_left", "share_predicted", "months_passed"}


def test_chances_twice_too_high_fail_and_it_is_said():
    p, y = said()
    found = compared(np.minimum(2 * p, 1), y, 3, 3, "30 Jun 2026")
    assert found.failed
    assert "the run of 30 Jun 2026 expected 20" in found.says
    assert "10." in found.says
    assert not any(row["shown"] for row in rows_of(found))


def test_chances_the_wrong_way_round_fail():
    p, y = said()
    found = compared(p.max() - p, y, 3, 3, "30 Jun 2026")
    assert found.failed
    assert "did not tell leavers from stayers" in found.says


def test_only_the_months_that_have_passed_are_compared():
    """One month of three: of p = .271 a tenth should have left (constant hazard), and did."""
    n, then = 1_000, 2026 * 12 + 5
    ids = [f"c{i:04d}" for i in range(n)]
    left = [i % 10 == 0 for i in range(n)]
    panel = pa.table({"customer_id": ids, "at": pa.array([then + 1] * n, pa.int32()), "left": left})
    customers = ibis.memtable({"customer_id": ids, "rank": list(range(n))})
    scores = ibis.memtable({"customer_id": ids, "p_leave": [0.271] * n})
    on = ScoringContext(ibis.memtable(panel), customers, n, None, then + 1, then + 1, True)
    machine = ibis.duckdb.connect()
    rooms = Compute(machine.to_pyarrow, lambda name, expr: expr, lambda *_, **__: None)
    found = since(on, Earlier("r", date(2026, 6, 30), scores), "p_leave", 3, rooms)
    assert found is not None
    assert found.months == 1
    assert found.measures["share_predicted"].value == pytest.approx(0.1, abs=1e-6)
    assert found.measures["share_left"].value == 0.1
    assert since(on, Earlier("r", date(2026, 7, 31), scores), "p_leave", 3, rooms) is None
    assert since(on, Earlier("r", date(2026, 6, 30), scores), "p_leave_12m", 3, rooms) is None
