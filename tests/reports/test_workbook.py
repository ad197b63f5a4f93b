"""Our workbooks, read by python-calamine, which we did not write."""

import io
from decimal import Decimal

import pytest
import python_calamine

from worthline.reports import workbook
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
