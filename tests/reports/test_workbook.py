"""Our workbooks, read by python-calamine, which we did not write."""

import io
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import python_calamine

from worthline.reports import table_sheet, workbook
from worthline.reports.table_sheet import TableSheet
from worthline.reports.workbook import Cell, Sheet


def read(sheets):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.workbook(sheets)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_numbers_are_numbers_and_text_is_text():
    row = (
        Cell("Home & Garden"),
        Cell(Decimal("1234.56"), "money"),
        Cell(0.854, "share"),
        Cell(12, "count"),
        Cell(None),
    )
    [rows] = read([Sheet("By segment", ("Segment", "Margin", "Kept", "Customers", "Note"), (row,))]).values()
    assert rows == [["Segment", "Margin", "Kept", "Customers", "Note"], ["Home & Garden", 1234.56, 0.854, 12.0, ""]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("x")', "<f>1</f>"])
def test_text_never_becomes_a_formula(text):
    made = workbook.workbook([Sheet("s", (text,), ((Cell(text),),))])
    assert read([Sheet("s", (text,), ((Cell(text),),))])["s"] == [[text], [text]]
    import zipfile

    sheet = zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_names_that_excel_refuses_are_mended_and_stay_apart():
    names = list(read([Sheet(n, ("a",), ()) for n in ("a/b:c*?", "A b c", "x" * 40, "x" * 41, "", "'q'")]))
    assert len({name.lower() for name in names}) == 6
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_the_same_rows_give_the_same_bytes():
    sheet = Sheet("s", ("a",), ((Cell("x\x00\x0b"),),))
    assert workbook.workbook([sheet]) == workbook.workbook([sheet])
    assert read([sheet])["s"][1] == ["x"]


def test_a_table_is_written_in_blocks_with_its_numbers_in_full(monkeypatch):
    monkeypatch.setattr(table_sheet, "BLOCK", 2)
    table = pa.table(
        {
            "who": pa.array(["=1+1", None, "=1+1", "Zoë & <b>"]),
            "money": pa.array(
                [Decimal("1234567890123.4500"), Decimal("-0.0001"), None, Decimal(0)], pa.decimal128(18, 4)
            ),
            "n": pa.array([1, -2, None, 2**53], pa.int64()),
            "x": pa.array([0.1, float("nan"), float("-inf"), 1e-300]),
            "day": pa.array([date(2026, 9, 30), None, date(2026, 9, 30), date(1, 1, 1)]),
            "is_new": pa.array([True, False, None, True]),
            "parts": pa.array([["a", "b"], [], None, ["c"]]),
        }
    )
    rows = read([TableSheet("t", table), Sheet("About", ("a",), ((Cell("b"),),))])["t"]
    assert rows == [
        ["who", "money", "n", "x", "day", "is_new", "parts"],
        ["=1+1", 1234567890123.45, 1.0, 0.1, "2026-09-30", "yes", "a; b"],
        ["", -0.0001, -2.0, "", "", "no", ""],
        ["=1+1", "", "", "", "2026-09-30", "", ""],
        ["Zoë & <b>", 0.0, float(2**53), 1e-300, "0001-01-01", "yes", "c"],
    ]
    assert workbook.workbook([TableSheet("t", table)]) == workbook.workbook([TableSheet("t", table.combine_chunks())])


def test_an_empty_table_and_one_that_excel_cannot_hold(monkeypatch):
    empty = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.float64())})
    assert read([TableSheet("t", empty)])["t"] == [["a", "b"]]
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    with pytest.raises(ValueError, match="holds 3 rows; t has 4"):
        workbook.workbook([TableSheet("t", pa.table({"a": [1, 2, 3, 4]}))])
