"""Sheets as text: what is stored, not what a spreadsheet shows; damage ends in words, not in a crash."""

import datetime as dt
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worthline.errors import UnreadableFile
from worthline.ingest.files import excel, read_excel
from worthline.ingest.files.excel import cell_text

_NS = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_NS}/spreadsheetml/2006/main"'
_DOC = f"{_NS}/officeDocument/2006/relationships"
_DATE, _MOMENT, _DURATION = 1, 2, 3  # styles of the workbook below


def cell(reference, value, style=0):
    if isinstance(value, str) and value.startswith("<"):
        return f'<c r="{reference}"{value[1:]}'  # raw XML behind the reference
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    return f'<c r="{reference}" s="{style}"><v>{value!r}</v></c>'


def workbook(path, sheets, *, before=""):
    """A minimal .xlsx; `sheets` maps names to {row: {column letter: value or (value, style)}}."""
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{i}" Type="{_DOC}/worksheet" Target="worksheets/s{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    styles = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 22, 46))
    package = f'<Relationships xmlns="{_NS}/package/2006/relationships">'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'{package}<Relationship Id="r" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_DOC}"><sheets>{listed}</sheets></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{package}{links}<Relationship Id="st" Type="{_DOC}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", f"<styleSheet {_MAIN}><cellXfs>{styles}</cellXfs></styleSheet>")
        for number, rows in enumerate(sheets.values(), 1):
            body = ""
            for row, cells in rows.items():
                made = (cell(f"{c}{row}", *(v if isinstance(v, tuple) else (v,))) for c, v in cells.items())
                body += f'<row r="{row}">{"".join(made)}</row>'
            archive.writestr(
                f"xl/worksheets/s{number}.xml", f"{before}<worksheet {_MAIN}><sheetData>{body}</sheetData></worksheet>"
            )
    return path


def read(path, **options):
    rejects: list = []
    head, batches = read_excel(path, reject=rejects.append, **options)
    rows = [row for batch in batches for row in batch.to_pylist()]
    return head, [tuple(row.values()) for row in rows], rejects


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.xlsx"


def test_cells_become_exact_text(path):
    workbook(
        path,
        {
            "Data": {
                1: {"A": "id", "B": "x"},
                2: {"A": "007", "B": 42.0},
                3: {"A": 0.1, "B": 12.345},
                4: {"A": (46023, _DATE), "B": (46023.75, _MOMENT)},
                5: {"A": '< t="b"><v>1</v></c>', "B": (1.25, _DURATION)},
                7: {"A": " blank ", "B": 0.30000000000000004},
            }
        },
    )
    head, rows, rejects = read(path)
    assert (head.sheet, head.header, head.header_rows, rejects) == ("Data", ("id", "x"), 1, [])
    assert rows == [
        ("007", "42", 2),
        ("0.1", "12.345", 3),
        ("2026-01-01", "2026-01-01 18:00:00", 4),
        ("true", "30:00:00", 5),
        (" blank ", "0.30000000000000004", 7),
    ]


@given(st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(number):
    assert float(cell_text(float(number))) == float(number)
    assert not cell_text(float(number)).endswith(".0") or abs(number) >= 2**53


def test_times_keep_their_parts():
    assert cell_text(dt.datetime(2026, 1, 2, 3, 4, 5, 60)) == "2026-01-02 03:04:05.000060"
    assert cell_text(dt.time(3, 4, 5)) == "03:04:05"
    assert cell_text(dt.timedelta(hours=-30, microseconds=-5)) == "-30:00:00.000005"


def test_table_need_not_begin_at_the_corner(path):
    workbook(path, {"Data": {2: {"B": "Report"}, 4: {"C": "id", "D": "x"}, 5: {"C": 1}, 6: {"D": "y"}}})
    head, rows, _ = read(path, skip_lines=3)
    assert head.header == ("column_1", "column_2", "id", "x")
    assert rows == [(None, None, "1", None, 5), (None, None, None, "y", 6)]


def test_error_cells_and_lost_formulas_reject_the_row(path):
    workbook(
        path,
        {
            "Other": {},
            "Data": {
                1: {"A": "id", "B": "x"},
                2: {"A": 1, "B": '< t="e"><v>#DIV/0!</v></c>'},
                3: {"A": 2, "B": "<><f>A3*2</f></c>"},
                4: {"A": 3, "B": "<><f>A4*2</f><v>6</v></c>"},
                5: {"A": 4, "B": "#N/A"},
            },
        },
    )
    _, rows, rejects = read(path, sheet="Data")
    assert rows == [("3", "6", 4), ("4", "#N/A", 5)]
    assert [(r.line, r.rule, r.column, r.value) for r in rejects] == [
        (2, "excel_error", "x", "#DIV/0!"),
        (3, "excel_error", "x", "a formula without a stored result"),
    ]


def test_values_beyond_the_header_are_rejected(path):
    workbook(path, {"Data": {1: {"A": "id", "B": "x"}, 2: {"A": 1, "B": 2, "D": 3}, 3: {"A": 4}}})
    _, rows, rejects = read(path)
    assert rows == [("4", None, 3)]
    assert [(r.line, r.rule) for r in rejects] == [(2, "ragged_long")]


def test_batches_together_hold_every_row(path, monkeypatch):
    monkeypatch.setattr(excel, "_BATCH", 7)
    workbook(path, {"Data": {1: {"A": "id"}, **{n: {"A": n} for n in range(2, 100)}}})
    assert read(path)[1] == [(str(n), n) for n in range(2, 100)]


def test_without_header(path):
    workbook(path, {"Data": {1: {"A": 1, "B": 2}, 2: {"A": 3, "B": 4}}})
    head, rows, _ = read(path, header=False)
    assert (head.header, rows) == (("column_1", "column_2"), [("1", "2", 1), ("3", "4", 2)])


def test_qualtrics_rows_are_not_data(path):
    ids = "{'ImportId':'QID1','timeZone':'Europe/Paris'}"
    workbook(path, {"Data": {1: {"A": "Q1"}, 2: {"A": "How likely?"}, 3: {"A": ids}, 4: {"A": 9}}})
    head, rows, _ = read(path)
    assert (head.header_rows, head.zone, head.labels, rows) == (3, "Europe/Paris", ("How likely?",), [("9", 4)])


def test_unknown_sheet_offers_the_nearest(path):
    workbook(path, {"Customers 2026": {1: {"A": "id"}}, "Notes": {}})
    with pytest.raises(UnreadableFile, match='sheet = "Customers 2026"'):
        read(path, sheet="customers2026")
    with pytest.raises(UnreadableFile, match="an empty sheet"):
        read(path, sheet="Notes")


def test_stray_cell_far_away_is_refused_before_it_is_loaded(path):
    workbook(path, {"Data": {1: {"A": "id"}, 1048576: {"XFD": 1}}})
    with pytest.raises(UnreadableFile, match="1,048,576 rows by 16,384 columns"):
        read(path)


def test_zip_bomb_is_refused(path):
    workbook(path, {"Data": {1: {"A": "id"}}})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media", "w") as part:
        for _ in range(120):
            part.write(bytes(1 << 20))
    with pytest.raises(UnreadableFile, match="zip bomb"):
        read(path)


def test_document_types_are_refused(path):
    workbook(path, {"Data": {1: {"A": "id"}}}, before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
    with pytest.raises(UnreadableFile, match="document type"):
        read(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"<html><table>", "no Excel workbook"),
        (b"PK\x03\x04 and then rubbish", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_what_is_no_workbook_is_said_plainly(path, content, found):
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=found):
        read(path)


def test_damage_anywhere_ends_in_rows_or_words(path):
    whole = workbook(path, {"Data": {1: {"A": "id"}, **{n: {"A": n} for n in range(2, 50)}}}).read_bytes()
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            read(path)
        except UnreadableFile:
            continue
    for at in range(0, len(whole), 50):
        path.write_bytes(whole[:at])
        with pytest.raises(UnreadableFile):
            read(path)
