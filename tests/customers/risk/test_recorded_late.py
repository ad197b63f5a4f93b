"""Leavers of the last months that are not recorded yet."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pyarrow as pa
import pytest

from worthline.customers.risk import landmarks
from worthline.customers.risk.analyse import recorded_late
from worthline.customers.risk.landmarks import ScoringContext
from worthline.results import Compute

FIRST, MONTHS, CUSTOMERS = 2025 * 12 + 6, 15, 2_000
"""July 2025 to September 2026; 40 of 2,000 leave in a usual month, and others take their place."""


def lived(leavers: list[int]) -> tuple[ScoringContext, Compute]:
    months = np.repeat(np.arange(FIRST, FIRST + MONTHS, dtype=np.int32), CUSTOMERS)
    left = np.tile(np.arange(CUSTOMERS), MONTHS) < np.repeat(leavers, CUSTOMERS)
    ids = pa.array([f"c{i}" for i in range(len(months))])
    panel = pa.table({"customer_id": ids, "at": months, "active": ~left, "left": left})
    machine = ibis.duckdb.connect()
    table = machine.create_table("p", panel)
    last = FIRST + MONTHS - 1
    rooms = Compute(machine.to_pyarrow, lambda name, expr: expr, lambda *_, **__: None)
    return ScoringContext(table, table, CUSTOMERS, FIRST, last, last, True), rooms


def test_months_whose_leavers_are_missing_teach_nothing_and_it_is_said():
    on, rooms = lived([40] * 13 + [12, 3])
    found = landmarks.recorded(on, rooms)
    assert found.complete == on.complete - 2
    assert recorded_late(found) == [
        (
            "Leavers after Jul 2026 seem not to be recorded yet: 15 are there, where 80 would be usual. The churn model "
            "uses data up to Jul 2026."
        )
    ]


@pytest.mark.parametrize(
    "leavers",
    [
        pytest.param([40] * 15, id="as usual"),
        pytest.param([40] * 14 + [25], id="fewer, as a good month has"),
        pytest.param([40] * 12 + [3, 40, 40], id="a good month before"),
        pytest.param([8] * 14 + [0], id="few leave anyway"),
        pytest.param([0] * 15, id="nobody ever left"),
    ],
)
def test_nothing_is_said_of_months_that_chance_could_make(leavers):
    on, rooms = lived(leavers)
    found = landmarks.recorded(on, rooms)
    assert found == on
    assert recorded_late(found) == []


def test_without_contracts_nobody_records_a_leaving():
    on, rooms = lived([40] * 13 + [12, 3])
    shop = replace(on, contractual=False)
    assert landmarks.recorded(shop, rooms) is shop
