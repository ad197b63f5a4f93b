"""Files that hold leavers more often than the company does, and a declared share of leavers."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pyarrow as pa
import pytest

from worthline.customers.risk import drift, landmarks
from worthline.customers.risk.analyse import stands_for
from worthline.customers.risk.landmarks import ScoringContext
from worthline.errors import BadSetting
from worthline.results import Compute

LEAVERS, STAYERS, LAST = 1_000, 1_800, 12
"""A tenth of 10,000 left; the files hold all of them and a fifth of the 9,000 who stayed."""


def brought(leavers: int = LEAVERS, last: int = LAST) -> tuple[ScoringContext, Compute]:
    """Customers seen at month 0 and, at 12, gone or not."""
    n = leavers + STAYERS
    ids = [f"c{i:05d}" for i in range(n)]
    months = np.repeat(np.array([0, last], np.int32), n)
    left = (months == last) & (np.tile(np.arange(n), 2) < leavers)
    panel = pa.table({"customer_id": ids * 2, "at": months, "active": ~left, "left": left})
    machine = ibis.duckdb.connect()
    tables = [
        machine.create_table(name, table)
        for name, table in (("p", panel), ("c", pa.table({"customer_id": ids, "rank": np.arange(n)})))
    ]
    rooms = Compute(
        machine.to_pyarrow, lambda name, expr: machine.create_table(name, expr.to_pyarrow()), lambda *_, **__: None
    )
    return ScoringContext(tables[0], tables[1], n, 0, last, last, True), rooms


def test_leavers_stand_for_as_many_as_the_company_has():
    on, rooms = brought()
    on = landmarks.declared(on, 0.1, rooms)
    # One who stayed stands for five, so a leaver for a fifth of what one who stayed stands for.
    assert on.leaver == pytest.approx(0.2)
    rows = landmarks.sampled(on, LAST, rooms).rows.to_pyarrow().to_pydict()
    y, weight = np.array(rows["y"]), np.array(rows["weight"])
    assert (y * weight).sum() / weight.sum() == pytest.approx(0.1)
    assert stands_for(on, 0.1) == [
        (
            "As leave_rate says, 10.0% of customers leave within 12 months: each leaver stands for 0.200 where one who "
            "stayed stands for one."
        )
    ]


def test_a_yearly_rate_is_turned_to_the_months_between_two_snapshots():
    """40% a year is 1 - .6 ** (3 / 12) = 11.99% in three months: odds of .1362, held against 1,000 to 1,800."""
    on, rooms = brought(last=3)
    on = landmarks.declared(replace(on, between=3, first_told=0), 0.4, rooms)
    assert on.leaver == pytest.approx(0.13623 * 1.8, rel=1e-3)


def test_nothing_changes_where_no_rate_is_declared():
    on, rooms = brought()
    assert landmarks.declared(on, None, rooms) is on
    assert stands_for(on, None) == []


def test_a_rate_that_no_year_bears_out_is_said():
    on, rooms = brought(leavers=0)
    with pytest.raises(BadSetting, match=r"leave_rate: .* 0 left, 1800 stayed\. Leave it out, or bring more months"):
        landmarks.declared(on, 0.1, rooms)


def test_what_an_earlier_run_said_is_held_against_the_company_not_the_files():
    luck = np.random.default_rng(2)
    p = luck.beta(1, 9, 20_000)
    y = (luck.random(20_000) < p).astype(float)
    brought = (y == 1) | (luck.random(20_000) < 0.2)
    p, y = p[brought], y[brought]
    assert drift.compared(p, y, 12, 12, "30 Jun 2026").failed
    held = drift.compared(p, y, 12, 12, "30 Jun 2026", np.where(y == 1, 0.2, 1.0))
    assert not held.failed
    # A tenth leaves; two standard errors of a share of some 2,000 leavers.
    assert held.measures["share_left"].value == pytest.approx(0.1, abs=0.005)
