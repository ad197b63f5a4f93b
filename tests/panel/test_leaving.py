"""From which month on leaving is recorded: known cuts, and series of which nothing can be said."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from worthline.panel.leaving import first_month_with_leaving, first_seen
from worthline.results import Compute
from worthline.tables.time import add_months

from datetime import date  # isort: skip


@pytest.mark.parametrize("cut", [0, 1, 6, 14, 23])
def test_a_known_cut_is_found_in_every_world(cut):
    """1.5% a month of 2,000: thirty a month, so a cut moved by one month costs 30 x ln 5 of likelihood."""
    for seed in range(50):
        left = np.random.default_rng(seed).poisson(30, 24).astype(float)
        left[:cut] = 0
        assert first_seen(left, np.full(24, 2_000.0)) == cut


def test_a_few_leavers_recorded_by_mistake_do_not_open_the_record():
    left = np.array([0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 31, 28, 35, 30, 29, 33, 27])
    assert first_seen(left.astype(float), np.full(17, 2_000.0)) == 10


def test_few_customers_without_leavers_at_first_are_no_gap():
    """Twelve customers, two leavers in 24 months: none in the first ten is chance (exp(-.83), 43%)."""
    left = np.zeros(24)
    left[[10, 17]] = 1
    assert first_seen(left, np.full(24, 12.0)) == 0


def test_a_hazard_that_grows_threefold_is_no_gap():
    assert first_seen(np.linspace(10, 30, 24), np.full(24, 2_000.0)) == 0


def panel(joined: np.ndarray, left: np.ndarray, months: int) -> pa.Table:
    """Rows from joining on; `left`: the month, or -1."""
    rows = []
    for number, (first, last) in enumerate(zip(joined, left, strict=True)):
        for month in range(max(first, 0), months):
            gone = 0 <= last <= month
            rows.append((f"c{number}", add_months(date(2024, 1, 1), month), not gone, month == last, month - first))
    who, month, active, leaves, tenure = zip(*rows, strict=True)
    columns = {"customer_id": who, "month": month, "active": active, "left": leaves, "tenure_months": tenure}
    return pa.table(columns)


def test_nobody_can_leave_in_a_first_year_under_contract():
    """400 joined over months 0 to 11, each bound for a year; a fifth leaves at its end: month 12 is no first record."""
    luck = np.random.default_rng(3)
    joined = np.arange(400) % 12
    left = np.where(luck.random(400) < 0.2, joined + 12, -1)
    machine = ibis.duckdb.connect()
    made = machine.create_table("p", panel(joined, left, 24))
    rooms = Compute(machine.to_pyarrow, lambda name, expr: expr, lambda *_, **__: None)
    assert first_month_with_leaving(made, rooms) == date(2024, 1, 1)
    stayed = machine.create_table("s", panel(joined, np.full(400, -1), 24))
    assert first_month_with_leaving(stayed, rooms) is None
