"""Encoding, delimiter and header of files as companies bring them."""

import json

import pytest

from worthline.errors import UnreadableFile
from worthline.ingest.files import expected_rows, scan_file, settle_dialect, why_not_engine


@pytest.fixture
def settle(tmp_path):
    def settle(content, **options):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        scan = scan_file(path)
        return scan, settle_dialect(path, scan, **options)

    return settle


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_one_under_which_expected_columns_stand(settle, delimiter):
    rows = [["Cust ID", "Start, or; first|date", "x"], ["1", "a", "b"]]
    content = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    _, found = settle(content, expected=["cust_id"])
    assert (found.delimiter, found.header) == (delimiter, tuple(rows[0]))


def test_delimiter_without_expectation_is_the_most_consistent(settle):
    _, found = settle("id;text\n1;a, b, c\n2;d\n3;e, f\n")
    assert (found.delimiter, found.header) == (";", ("id", "text"))


def test_declared_delimiter_wins(settle):
    _, found = settle("a,b;c\n1,2;3\n", delimiter=";", expected=["a", "b"])
    assert found.header == ("a,b", "c")


def test_unknown_delimiter_names_what_was_tried(settle):
    with pytest.raises(UnreadableFile, match=r"comma: 1 columns.*'id\^at\^amount'.*delimiter"):
        settle("id^at^amount\n1^2^3\n", expected=["id", "at", "amount"])
    assert settle("id^at\n1^2\n", delimiter="^")[1].header == ("id", "at")


@pytest.mark.parametrize("wrong", ["", ";;", '"', "\n"])
def test_delimiter_that_cannot_be_is_refused(settle, wrong):
    with pytest.raises(UnreadableFile, match="one character"):
        settle("a,b\n1,2\n", delimiter=wrong)


def test_one_column_is_fine_where_one_is_expected(settle):
    _, found = settle("customer_id\n1\n2\n", expected=["customer_id"])
    assert found.header == ("customer_id",)


def test_empty_files_are_refused(settle):
    for content in ("", "\n\n", "a,b\n"):
        with pytest.raises(UnreadableFile, match="empty file"):
            settle(content, skip_lines=1 if content.startswith("a") else 0)


def test_header_only_has_no_rows(settle):
    scan, found = settle("a,b\n")
    assert (found.header, found.header_lines, expected_rows(scan, found)) == (("a", "b"), 1, 0)


def test_hostile_names_are_kept_and_odd_ones_made_usable(settle):
    _, found = settle('group,"a""b",x; drop table, Blank ,,id,id,id (2)\n', delimiter=",")
    assert found.header == ("group", 'a"b', "x; drop table", "Blank", "column_5", "id", "id (3)", "id (2)")
    assert found.original[3] == " Blank "
    assert sum("repeats the name 'id'" in note for note in found.notes) == 1


def test_control_characters_of_a_name_are_dropped_and_said(settle):
    """A NUL would end the statement that names the column."""
    _, found = settle("a,no\x00te,note\n1,2,3\n", delimiter=",")
    assert found.header == ("a", "note", "note (2)")
    assert any("control characters" in note and "'note'" in note for note in found.notes)


def test_sep_line_of_excel_is_honoured(settle):
    scan, found = settle("sep=;\r\na,b;c\r\n1;2\r\n")
    assert (found.delimiter, found.header, found.header_lines) == (";", ("a,b", "c"), 2)
    assert expected_rows(scan, found) == 1


def test_skipped_and_blank_lines_are_counted(settle):
    scan, found = settle("Report of May\n\n\na,b\n1,2\n3,4\n\n", skip_lines=2)
    assert (found.header, found.header_lines, found.header_blank_lines) == (("a", "b"), 4, 2)
    assert expected_rows(scan, found) == 2
    assert why_not_engine(scan, found) == ()


def test_without_header_columns_are_numbered(settle):
    _, found = settle("1;2;3\n4;5;6\n", header=False)
    assert (found.header, found.header_lines) == (("column_1", "column_2", "column_3"), 0)


def test_header_with_line_breaks_counts_its_lines(settle):
    _, found = settle('a,"b\n\nc"\n1,2\n')
    assert (found.header, found.header_lines, found.header_blank_lines) == (("a", "b\n\nc"), 3, 1)


def test_header_with_an_open_quote_is_refused(settle):
    with pytest.raises(UnreadableFile, match="not closed"):
        settle('a,"b\n' + "1,2\n" * 50, delimiter=",")


def qualtrics() -> str:
    ids = [{"ImportId": "startDate", "timeZone": "America/Denver"}, {"ImportId": "QID1"}]
    cells = ",".join('"' + json.dumps(i).replace('"', '""') + '"' for i in ids)
    return f'StartDate,Q1\nStart Date,"How likely?\n(0 to 10)"\n{cells}\n2026-01-01 10:00:00,9\n'


def test_qualtrics_rows_two_and_three_are_not_data(settle):
    scan, found = settle(qualtrics())
    assert (found.header, found.header_lines, found.zone) == (("StartDate", "Q1"), 4, "America/Denver")
    assert found.labels == ("Start Date", "How likely?\n(0 to 10)")
    assert expected_rows(scan, found) == 1
    assert any("Qualtrics" in note for note in found.notes)


def test_survey_monkey_options_join_the_names(settle):
    top = "Respondent ID,Collector ID,Which?,,Score\n,,Red,Blue,Response\n1,2,Red,,9\n"
    _, found = settle(top)
    assert found.header == ("Respondent ID", "Collector ID", "Which? - Red", "Which? - Blue", "Score")
    assert found.header_lines == 2


def test_bytes_that_are_not_utf8_ask_for_an_encoding(settle):
    with pytest.raises(UnreadableFile, match=r'line 2: 1,caf\\xe9.*cp1252: .1,café.*encoding = "cp1252"'):
        settle("id,name\n1,café\n".encode("cp1252"))
    with pytest.raises(UnreadableFile, match=r'shift_jis: .1,こんにちは.*encoding = "shift_jis"'):
        settle("id,name\n1,こんにちは\n".encode("shift_jis"))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "shift_jis", "gb18030", "utf-16", "utf-8-sig"])
def test_declared_encoding_is_used(settle, encoding):
    name = "prénom" if encoding not in {"shift_jis", "gb18030"} else "名前"
    _, found = settle(f"id,{name}\n1,x\n".encode(encoding), encoding=encoding)
    assert found.header == ("id", name)


def test_unknown_encoding_offers_the_nearest(settle):
    with pytest.raises(UnreadableFile, match=r"no encoding of that name.*cp125"):
        settle("a,b\n", encoding="cp125x")
    for not_text in ("hex", "punycode", "unicode_escape"):
        with pytest.raises(UnreadableFile, match="no encoding"):
            settle("a,b\n", encoding=not_text)


def test_header_that_the_encoding_does_not_know_is_refused(settle):
    with pytest.raises(UnreadableFile, match=r"caf\\xe9"):
        settle(b"id,caf\xe9\n1,2\n", encoding="utf-8")


def test_other_formats_are_named(settle):
    for content, what in ((b"PK\x03\x04..", "Excel"), (b"PAR1..", "Parquet"), (b"\x1f\x8b..", "gzip")):
        with pytest.raises(UnreadableFile, match=what):
            settle(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,2\r\n", "line ends"),
        (b"a,b\r1,2\r", "line ends"),
        (b"a,b\n1,\0\n", "NUL"),
        (b"a,b\n\n1,2\n", "blank lines"),
        ("a,b\n1,2\n".encode("utf-16"), "utf-16"),
    ],
)
def test_engine_is_kept_from_trouble(settle, content, why):
    scan, found = settle(content)
    assert any(why in reason for reason in why_not_engine(scan, found))


def test_clean_files_are_for_the_engine(settle):
    for content in ("a,b\n1,2\n3,4", "\ufeffa;b\r\n1;ü\r\n\r\n"):
        scan, found = settle(content)
        assert why_not_engine(scan, found) == ()
        assert expected_rows(scan, found) == content.strip().count("\n")


def test_declared_encoding_keeps_the_engine_off_only_where_it_matters(settle):
    for content, encoding, clean in (
        ("a,b\n1,x\n", "cp1252", True),
        ("a,b\n1,é\n", "cp1252", False),
        ("a,b\n1,é\n", "ascii", False),
        ("a,b\n1,é\n", "utf-8", True),
    ):
        scan, found = settle(content, encoding=encoding)
        assert (why_not_engine(scan, found) == ()) is clean
