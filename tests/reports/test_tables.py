"""Result tables as CSV, JSON and grids: nothing in them becomes a formula, and numbers stay numbers."""

import csv
import io
import json
import re
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.fake_run import publish
from worthline.reports import cells, tables, terminal
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
    texts = ["O'Brien", "a=b", "1-2", "", "'quoted", " x = y"]
    assert [row[0] if row else "" for row in as_csv(pa.table({"t": texts}))[1:]] == texts


@settings(suppress_health_check=[HealthCheck.too_slow])  # of the machine, not of the texts
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


def test_column_that_all_others_speak_of_is_never_left_out():
    table = pa.table({"metric": ["m" * 30], "member": ["n" * 30], "value": [1.5], "low": [1.0], "high": [2.0]})
    cut = tables.page(HEADER, "", table, of=1, width=70)
    assert "Columns not shown: low, high." in " ".join(terminal.text(cut, width=70).split())
    assert "value" in terminal.text(cut, width=70)
    stacked = terminal.text(tables.page(HEADER, "", table, of=1, width=40), width=40)
    assert "not shown" not in stacked
    assert "value: 1.5; low: 1; high: 2" in " ".join(stacked.split())


def test_nothing_is_cut_where_there_is_no_terminal():
    table = pa.table({f"column_{i}": [f"value {i}"] for i in range(30)})
    page = tables.page(HEADER, "", table, of=1, width=None)
    text = terminal.text(page, width=terminal.needs(page))
    assert "not shown" not in text
    assert re.search(r"^column_0 .* column_29$", text, re.M)


def test_money_has_the_digits_of_its_currency_and_is_never_rounded():
    rows = pa.table({
        "value": [401744.2, 0.6568627450980392, None],
        "unit": ["money", "share", "money"],
        "revenue": pa.array([Decimal("375101.7000"), Decimal("0.3333"), None], pa.decimal128(18, 4)),
        "rate": pa.array([Decimal("0.55000000")] * 3, pa.decimal128(18, 8)),
    })  # fmt: skip
    assert tables.grid(rows, digits=2).rows == (
        ("401,744.20", "money", "375,101.70", "0.55"),
        ("65.69%", "share", "0.3333", "0.55"),
        ("", "money", "", "0.55"),
    )
    assert [row[2] for row in tables.grid(rows, digits=0).rows] == ["375,101.7", "0.3333", ""]


def test_grades_stand_in_words_beside_their_interval_and_scores_have_two_decimals():
    rows = pa.table(
        {
            "value": [24.756852, 635.060211],
            "unit": ["score", "seconds"],
            "low": [-1.0, 627.2],
            "high": [50.0, 642.9],
            "grade": ["A", "C"],
        }
    )
    assert [(row[0], row[-1]) for row in tables.grid(rows, digits=2).rows] == [
        ("24.76", "measured (control group)"),
        ("635.06", "estimated"),
    ]
    assert tables.grid(rows).rows[0][-1] == "A", "an answer to SQL stands as it is"


def test_answer_to_sql_is_not_rounded():
    rows = pa.table({"x": [0.1234567891, 1e-9, 1e22], "d": [Decimal("1.5000"), Decimal("2.0000"), None]})
    shown = tables.page(HEADER, "", rows, of=3, width=80).blocks[0]
    assert shown.rows == (
        ("0.1234567891", "1.5000"),
        ("0.000000001", "2.0000"),
        ("10000000000000000000000", ""),
    )


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_number_that_is_not_zero_never_reads_zero_and_digits_before_the_point_stay(number):
    said = cells.cell(number)
    assert (float(said) == 0) == (number == 0)
    assert abs(float(said) - number) <= 5.1e-7
    assert float(cells.cell(number, places=None)) == number


def test_metrics_are_listed_newest_first_and_the_company_before_its_parts(tmp_path):
    listed = tables.listing(publish(tmp_path), "metrics", None).to_pylist()
    assert [row["period"] for row in listed] == ["12m:2026-09"] * 20
    assert [row["dimension"] for row in listed[:8]] == ["all"] * 8
    months = [row["period"] for row in tables.listing(publish(tmp_path / "2"), "metrics", 39).to_pylist()]
    assert list(dict.fromkeys(months)) == ["12m:2026-09", "2026-09", "12m:2025-09", "2025-09"]


def test_empty_table_names_its_columns():
    text = terminal.text(tables.page(HEADER, "scores", pa.table({"a": pa.array([], pa.int64())}), of=0, width=80))
    assert "No rows. Columns: a." in text


def test_cells_are_one_line():
    assert cells.cell("a\nb\t c") == "a b c"
    assert cells.cell("x" * 1_000_000) == "x" * 39 + "…"
    assert [cells.cell(v) for v in (None, True, 3.0, 0.1234567, 1234567.891, float("inf"), -0.0)] == [
        *("", "yes", "3", "0.123457", "1234567.891", "", "0")
    ]


def test_numbers_of_small_groups_are_blank_where_metrics_are_listed(tmp_path):
    """Pilot has 7 customers: each of its numbers is blank, whatever it counts; Small business has its own."""
    rows = tables.listing(publish(tmp_path), "metrics", 39).to_pylist()
    pilot = [row for row in rows if row["member"] == "Pilot"]
    assert len(pilot) == 5
    assert {row[name] for row in pilot for name in ("value", "low", "high", "n")} == {None}
    assert [row["value"] for row in rows if row["member"] == "Small business" and row["metric"] == "nps"] == [21.2]


def test_json_of_many_rows_comes_in_blocks():
    """A row per piece took 10 s for 13 MB: an answer's pieces are counted, not its rows."""
    rows = pa.table({"month": list(range(25_000)), "text": ["x"] * 25_000})
    pieces = list(tables.json_text(rows))
    assert len(pieces) <= 5
    assert len(json.loads("".join(pieces))) == 25_000


@pytest.mark.parametrize("blank", [" ", "   ", "\u00a0", "\t", "\n "])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_blanks_before_a_formula_do_not_let_it_live(blank, sign):
    cell = "".join(tables.csv_of_rows([{"a": f"{blank}{sign}1"}])).partition("\n")[2]
    assert cell.lstrip('"').startswith("'")


def test_rows_go_out_in_blocks_of_thousands():
    """Fault 8: a row a piece had 13 MB take 10 s, and every other reader wait."""
    table = pa.table({"n": range(25_000), "word": ["x"] * 25_000})
    for pieces in (list(tables.csv_text(table)), list(tables.json_text(table))):
        assert len(pieces) <= 5
    rows = json.loads("".join(tables.json_text(table)))
    assert [row["n"] for row in rows] == list(range(25_000))


@pytest.mark.parametrize("before", ["", " ", "  ", "\u00a0", "\u2003", "\t", " \t\n"])
@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_blanks_before_a_formula_do_not_keep_it_alive(before, mark):
    """Fault 14: a cell of ` =1` stayed bare in CSV; headings and lists are cells too."""
    text = f"{before}{mark}1+1"
    written = "".join(tables.csv_text(pa.table({text: [text, "plain"]})))
    heading, cell, plain = (row[0] for row in csv.reader(io.StringIO(written)))
    assert (heading, cell, plain) == (f"'{text}", f"'{text}", "plain")
