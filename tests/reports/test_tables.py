"""Result tables as CSV, JSON and grids: nothing in them becomes a formula, and numbers stay numbers."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthline.reports import tables, terminal
from worthline.reports.page import Header

HEADER = Header("Acme", "as of 30 Sep 2026", "run 1", False)
TYPED = pa.table(
    {
        "name": ["=1+1", None],
        "amount": [Decimal("-12.50"), None],
        "change": [-1.5, float("nan")],
        "n": [-3, None],
        "on": [date(2026, 9, 30), None],
        "at": [datetime(2026, 9, 30, 12, 5), None],
        "yes": [True, None],
        "reasons": [["@x", "y"], None],
    }
)


def as_csv(table):
    return list(csv.reader(io.StringIO("".join(tables.csv_text(table)))))


def test_csv_of_each_type():
    assert as_csv(TYPED) == [
        TYPED.column_names,
        ["'=1+1", "-12.50", "-1.5", "-3", "2026-09-30", "2026-09-30 12:05:00", "true", '["@x", "y"]'],
        [""] * 8,
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_formula_in_cell_or_heading_is_disarmed(start):
    text = f'{start}HYPERLINK("http://x","y")'
    assert as_csv(pa.table({text: [text]})) == [["'" + text], ["'" + text]]


def test_harmless_text_is_left_as_it_is():
    texts = ["O'Brien", "a=b", "1-2", "", "'quoted", " =x"]
    assert [row[0] if row else "" for row in as_csv(pa.table({"t": texts}))[1:]] == texts


@given(st.lists(st.text(), min_size=1))
def test_no_text_cell_ever_starts_a_formula(texts):
    table = pa.table({"a": texts, "b": texts})
    for row in as_csv(table):
        assert not any(cell.startswith(tables.FORMULA) for cell in row)


def test_figures_as_rows_are_disarmed_too():
    assert "".join(tables.csv_of_rows([{"=a": "-x", "v": -1.5}])) == "'=a,v\n'-x,-1.5\n"


def test_json_of_each_type():
    first, second = json.loads("".join(tables.json_text(TYPED)))
    assert first == {
        "name": "=1+1",
        "amount": -12.5,
        "change": -1.5,
        "n": -3,
        "on": "2026-09-30",
        "at": "2026-09-30T12:05:00",
        "yes": True,
        "reasons": ["@x", "y"],
    }
    assert set(second.values()) == {None}
    assert json.loads("".join(tables.json_text(TYPED.slice(0, 0)))) == []


def test_page_says_what_it_leaves_out():
    table = pa.table({f"column_{i}": [f"value {i}"] for i in range(12)})
    text = terminal.text(tables.page(HEADER, "scores", table, of=5, width=80))
    assert "column_0" in text
    assert "Columns not shown: column_8, column_9, column_10, column_11." in " ".join(text.split())
    assert "4 further rows not shown: use --limit, --csv or --json." in text
    assert max(map(len, text.splitlines())) <= 80


def test_empty_table_names_its_columns():
    text = terminal.text(tables.page(HEADER, "scores", pa.table({"a": pa.array([], pa.int64())}), of=0, width=80))
    assert "No rows. Columns: a." in text


def test_cells_are_one_line():
    assert tables.cell("a\nb\t c") == "a b c"
    assert tables.cell("x" * 1_000_000) == "x" * 39 + "…"
    assert [tables.cell(v) for v in (None, True, 3.0, 0.1234567, 1234567.891, float("inf"))] == [
        *("", "yes", "3", "0.123457", "1234567.89", "")
    ]
