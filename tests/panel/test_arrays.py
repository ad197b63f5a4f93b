"""The array passes by themselves: money as integers and back, rolling sums, what was last known."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worthline.panel.arrays import BEFORE, MONEY, NEVER, Grid, Sheet, integers, money, nullable, present, units
from worthline.panel.roll import BLOCK_ROWS, roll
from worthline.panel.states import Membership, states

MOST = 10**18 - 1


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-MOST, MOST), max_size=40), st.integers(0, 5), st.integers(0, 5))
def test_money_is_exact_through_integers_and_back(amounts, skipped, dropped):
    column = pa.array([None if a is None else Decimal(a).scaleb(-4) for a in amounts], MONEY)
    column = column[skipped : max(len(column) - dropped, skipped)]
    found = units(column)
    kept = amounts[skipped : max(len(amounts) - dropped, skipped)]
    assert found.tolist() == [amount or 0 for amount in kept]
    assert money(found, ~present(column)).equals(column)
    money(found, ~present(column)).validate(full=True)


def test_money_below_zero_null_and_sliced():
    column = pa.array([Decimal("1"), Decimal("-0.0001"), None, Decimal("-99999999999999.9999")], MONEY)
    assert units(column).tolist() == [10_000, -1, 0, -MOST]
    assert units(column[1:3]).tolist() == [-1, 0]
    assert units(pa.chunked_array([column[:1], column[2:]])).tolist() == [10_000, 0, -MOST]
    assert money(np.array([-1, 7]), np.array([False, True])).to_pylist() == [Decimal("-0.0001"), None]


def test_money_of_another_scale_is_refused():
    with pytest.raises(TypeError, match="decimal128"):
        units(pa.array([Decimal("1.5")], pa.decimal128(18, 2)))


def test_integers_and_nullable():
    assert integers(pa.array([1, None, 3], pa.int8()), -1).tolist() == [1, -1, 3]
    assert nullable(np.array([1.5, 2.5]), np.array([True, False])).to_pylist() == [None, 2.5]


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 20), st.integers(1, 5), st.integers(0, 2**31))
def test_rolling_sum_equals_the_loop(window, months, customers, seed):
    grid = Grid(customers=customers, lead=11, months=months)
    cells = np.random.default_rng(seed).integers(-9, 9, (customers, grid.width))
    expected = [[row[t - window + 1 : t + 1].sum() for t in range(11, grid.width)] for row in cells]
    assert grid.rolling(cells, window)[:, 11:].tolist() == expected


def test_window_longer_than_the_lead_is_refused():
    with pytest.raises(ValueError, match="window of 4 months needs 3 of lead; there are 2"):
        Grid(customers=1, lead=2, months=3).rolling(np.zeros((1, 5)), 4)


def test_latest_and_known_do_not_cross_customers():
    grid = Grid(customers=2, lead=1, months=3)
    marked = np.array([[True, False, False, True], [False, False, True, False]])
    latest = grid.latest(marked, np.array([BEFORE, -7], np.int32))
    assert latest.tolist() == [[0, 0, 0, 3], [-7, -7, 2, 2]]
    values = np.arange(8).reshape(2, 4)
    assert grid.known(values, np.maximum(latest, 0)).tolist() == [[0, 0, 0, 3], [4, 4, 6, 6]]


def test_rows_from_start_to_end():
    grid = Grid(customers=3, lead=1, months=3)
    rows = grid.rows(np.array([0, 3, NEVER]), np.array([2, 9, 9]))
    assert (rows.owner.tolist(), rows.month.tolist()) == ([0, 0, 1], [1, 2, 3])
    assert rows.of(np.arange(12).reshape(3, 4)).tolist() == [1, 2, 7]


def test_parts_cover_every_customer_once(monkeypatch):
    monkeypatch.setattr("worthline.panel.arrays.PART_CELLS", 10)
    sheet = Sheet(Grid(customers=5, lead=1, months=3), {"a": np.arange(20).reshape(5, 4)}, {"b": np.arange(5)})
    parts = list(sheet.parts())
    assert [part.grid.customers for part in parts] == [2, 2, 1]
    assert np.concatenate([part.cells["a"] for part in parts]).tolist() == sheet.cells["a"].tolist()
    assert np.concatenate([part.one["b"] for part in parts]).tolist() == [0, 1, 2, 3, 4]


def test_states_of_one_who_left_and_came_back():
    grid = Grid(customers=2, lead=1, months=5)
    here = np.array([[False, True, True, False, True, True], [False] * 6])
    never = np.full(2, NEVER, np.int32)
    who = Membership(joins=never, leaves=np.array([5, NEVER]), since=never, first=np.array([1, NEVER]), paid_back=never)
    found = states(grid, here, who)
    assert found.active[0].tolist() == [False, True, True, False, True, False]
    assert found.joined[0].tolist() == [False, True, False, False, False, False]
    assert found.left[0].tolist() == [False, False, False, True, False, True]
    assert found.returned[0].tolist() == [False, False, False, False, True, False]
    assert found.prospect.tolist() == [[True, False, False, False, False, False], [True] * 6]
    assert found.tenure[0, 1:].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("months", [1, 24, 240])
def test_roll_hands_over_few_customers_where_histories_are_long(months):
    """A block holds about as many rows, whatever the length of the histories."""
    handed = []

    class Engine:
        def map_customers(self, name, expr, customers, function, schema, *, block):
            handed.append((customers, block))

    import ibis

    roll(Engine(), "p", ibis.table({"customer": "int32"}, name="facts"), 150_000, months, lambda *_: None, None)
    ((customers, block),) = handed
    assert customers == 150_000
    assert 0.5 * BLOCK_ROWS < block * months <= BLOCK_ROWS
