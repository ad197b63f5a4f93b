"""The exact reader: the same cells, the right line numbers, and nothing lost, whatever the file."""

import csv
import io
import os

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worthline.errors import UnreadableFile
from worthline.ingest.files import read_exact, records, scan_file, settle_dialect


def read(path, content: bytes, **options):
    """(rows as lists, line numbers, rejects)."""
    path.write_bytes(content)
    dialect = settle_dialect(path, scan_file(path), **options)
    rejects: list = []
    rows, lines = [], []
    for batch in read_exact(path, dialect, reject=rejects.append):
        columns = [column.to_pylist() for column in batch.columns]
        rows += [list(row) for row in zip(*columns[:-1], strict=True)]
        lines += columns[-1]
    return rows, lines, rejects


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.csv"


CELLS = st.text(st.sampled_from("ab ,;\t\"\r\n'é€字😀=\x0b\u2028"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_reads_back_what_was_written(tmp_path_factory, data):
    width = data.draw(st.integers(2, 4))
    cells = st.lists(CELLS, min_size=width, max_size=width)
    table = data.draw(st.lists(cells, max_size=12))
    delimiter = data.draw(st.sampled_from(",;\t|"))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030"]))
    block = data.draw(st.sampled_from([1, 5, 1 << 20]))
    if any(sign in cell and sign not in end for row in table for cell in row for sign in "\r\n"):
        quoting = csv.QUOTE_ALL  # the csv writer leaves line ends other than its own unquoted
    header = [f"n{at}" for at in range(width)]
    text, lines = "", []
    for row in [header, *table]:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end).writerow(row)
        written = buffer.getvalue()
        # Independent of the reader: line ends counted in what is already written.
        lines.append(1 + text.replace("\r\n", "\n").replace("\r", "\n").count("\n"))
        # Two writes may not meet as one line end; the csv writer ends each row, so they never do.
        text += written
    path = tmp_path_factory.getbasetemp() / "back.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK", block)
        rows, found, rejects = read(path, text.encode(encoding), delimiter=delimiter, encoding=encoding)
    assert rejects == []
    assert rows == [[cell or None for cell in row] for row in table]
    assert found == lines[1:]


@settings(max_examples=200, deadline=None)
@given(
    content=st.lists(st.sampled_from([b"a", b",", b'"', b"\n", b"\r", b"\0", b"\xe9", b"b,c\n"]), max_size=60),
    block=st.sampled_from([1, 4, 1 << 20]),
)
def test_any_bytes_end_in_rows_or_rejects_whatever_the_block(tmp_path_factory, content, block):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    whole = b"x,y\n" + b"".join(content)
    expected = read(path, whole, delimiter=",", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK", block)
        assert read(path, whole, delimiter=",", encoding="utf-8") == expected
    rows, lines, rejects = expected
    taken = sorted([*lines, *(reject.line for reject in rejects)])
    assert len(set(taken)) == len(taken), "two records on one line"
    assert len(rows) == len(lines)


@pytest.mark.parametrize("encoding", ["cp1252", "shift_jis", "utf-16", "utf-16-le", "utf-8-sig", "iso2022_jp"])
def test_encodings(path, encoding):
    word = "café" if encoding == "cp1252" else "表計算 ソ"
    rows, lines, rejects = read(path, f"id|name\n1|{word}\n2|x\n".encode(encoding), encoding=encoding)
    assert (rows, lines, rejects) == ([["1", word], ["2", "x"]], [2, 3], [])


def test_bytes_unknown_to_the_encoding_reject_the_row(path):
    rows, lines, rejects = read(path, b"id,name\n1,ok\n2,caf\xe9\n3,\xc3\xa9\n", encoding="utf-8")
    assert (rows, lines) == ([["1", "ok"], ["3", "é"]], [2, 4])
    assert [(r.line, r.rule, r.column, r.value) for r in rejects] == [(3, "encoding", "name", r"caf\xe9")]


def test_odd_byte_at_the_end_of_utf16_rejects_the_row(path):
    rows, _, rejects = read(path, "a,b\n1,2\n3,4".encode("utf-16") + b"\x41")
    assert rows == [["1", "2"]]
    assert [(r.line, r.rule) for r in rejects] == [(3, "encoding")]


def test_ragged_rows_are_rejected_with_the_record(path):
    rows, lines, rejects = read(path, b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n7,8,9\n")
    assert (rows, lines) == ([["1", "2", "3"], ["7", "8", "9"]], [2, 6])
    assert [(r.line, r.rule, r.value) for r in rejects] == [
        (3, "ragged_short", "1,2"),
        (4, "ragged_long", "1,2,3,4"),
    ]
    assert rejects[0].says == "2 cells where the header has 3"


@pytest.mark.parametrize("content", [b"a,b\r1,2\r\r3,4\r", b"a,b\n1,2\r\n\n3,4\r", b"a,b\r\n1,2\r\r3,4"])
def test_any_mix_of_line_ends(path, content):
    rows, lines, rejects = read(path, content)
    assert (rows, lines, rejects) == ([["1", "2"], ["3", "4"]], [2, 4], [])


def test_line_numbers_count_line_breaks_inside_cells(path):
    rows, lines, _ = read(path, b'a,b\n1,"x\r\ny\n\nz"\n2,"q"\n3,""\n')
    assert rows == [["1", "x\r\ny\n\nz"], ["2", "q"], ["3", None]]
    assert lines == [2, 6, 7]


def test_blanks_are_kept_and_empty_cells_are_null(path):
    rows, _, _ = read(path, b'a,b\n , x \n"",\n')
    assert rows == [[" ", " x "], [None, None]]


def test_quotes_inside_unquoted_cells_are_kept(path):
    rows, _, rejects = read(path, b'a,b\n5" disk, "x"\nsay ""hi"",it\'s\n')
    assert (rows, rejects) == ([['5" disk', ' "x"'], ['say ""hi""', "it's"]], [])


def test_text_behind_a_closing_quote_is_rejected(path):
    rows, lines, rejects = read(path, b'a,b\n"5" disk",1\n2,"x"\n')
    assert (rows, lines) == ([["2", "x"]], [3])
    assert [(r.line, r.rule, r.value) for r in rejects] == [(2, "stray_quote", '"5" disk",1')]


def test_broken_cell_of_several_lines_is_rejected_whole(path):
    rows, lines, rejects = read(path, b'a,b\n1,"he said\n"no", twice"\n2,x\n')
    assert (rows, lines) == ([["2", "x"]], [4])
    assert [(r.line, r.rule) for r in rejects] == [(2, "stray_quote")]
    assert "lines 2 to 3" in rejects[0].says


@pytest.mark.parametrize("after", [b"2,x\n3,y\n", b'2,"x"\n3,"y"\n'])
def test_unclosed_quote_costs_one_line(path, after):
    rows, lines, rejects = read(path, b'a,b\n0,w\n1,"open\n' + after)
    assert (rows, lines) == ([["0", "w"], ["2", "x"], ["3", "y"]], [2, 4, 5])
    assert [(r.line, r.rule, r.value) for r in rejects] == [(3, "unclosed_quote", '1,"open')]


def test_unclosed_quote_gives_up_after_ten_thousand_lines(path):
    plain = b"".join(b"%d,x\n" % n for n in range(30_000))
    rows, lines, rejects = read(path, b'a,b\n1,"open\n' + plain + b'9,"end"\n')
    assert [(r.line, r.rule) for r in rejects] == [(2, "unclosed_quote")]
    assert (len(rows), lines[0], lines[-1]) == (30_001, 3, 30_003)


def test_many_unclosed_quotes_take_linear_time(path):
    rows, _, rejects = read(path, b"a,b\n" + b'1,"open\n2,x\n3,y\n' * 20_000)
    assert (len(rows), len(rejects)) == (40_000, 20_000)


def test_nul_rejects_the_row(path):
    rows, _, rejects = read(path, b"a,b\n1,x\0y\n2,z\n")
    assert rows == [["2", "z"]]
    assert [(r.line, r.rule, r.column, r.value) for r in rejects] == [(2, "nul_byte", "b", r"x\x00y")]


def test_cell_of_a_million_characters_is_kept(path):
    rows, _, _ = read(path, b'a,b\n1,"' + b"x" * 1_000_000 + b'\n"\n2,y\n')
    assert [len(row[1]) for row in rows] == [1_000_001, 1]


def test_cell_beyond_ten_million_characters_is_rejected(path):
    rows, lines, rejects = read(path, b"a,b\n1," + b"x" * 10_000_001 + b"\n2,y\n")
    assert (rows, lines) == ([["2", "y"]], [3])
    assert [(r.line, r.rule, r.column) for r in rejects] == [(2, "cell_too_long", "b")]
    assert len(rejects[0].value) == 500


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_too_long_to_hold_is_passed_over(path, monkeypatch, end):
    monkeypatch.setattr(records, "LONGEST_LINE", 1000)
    monkeypatch.setattr(records, "_BLOCK", 64)
    content = end.join([b"a,b", b"1,x", b"2," + b"y" * 5000, b"3,z", b""])
    rows, lines, rejects = read(path, content)
    assert (rows, lines) == ([["1", "x"], ["3", "z"]], [2, 4])
    assert [(r.line, r.rule) for r in rejects] == [(3, "cell_too_long")]


def test_one_column(path):
    rows, lines, _ = read(path, b'id\n1\n\n"two\nlines"\n', expected=["id"])
    assert (rows, lines) == ([["1"], ["two\nlines"]], [2, 4])


def test_ten_thousand_columns(path):
    line = b",".join(b"%d" % n for n in range(10_000))
    rows, _, _ = read(path, line + b"\n" + line + b"\n")
    assert len(rows[0]) == 10_000


def test_header_only_and_hostile_names(path):
    assert read(path, b'group,"a""b","x; drop table"\n') == ([], [], [])


def test_batches_have_the_same_schema(path):
    path.write_bytes(b"a,b\n1,\n")
    dialect = settle_dialect(path, scan_file(path))
    batch = next(read_exact(path, dialect, reject=print))
    assert batch.schema == pa.schema([("c0", pa.string()), ("c1", pa.string()), ("_line", pa.int64())])


@pytest.fixture
def half_read(path, monkeypatch):
    """A reader that has given its first of many batches."""
    monkeypatch.setattr(records, "_BLOCK", 1000)
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100_000)
    batches = read_exact(path, settle_dialect(path, scan_file(path)), reject=print)
    next(batches)
    return batches


def test_file_removed_while_read(path, half_read):
    path.unlink()
    with pytest.raises(UnreadableFile, match="removed while it was read"):
        list(half_read)


def test_file_truncated_while_read(path, half_read):
    os.truncate(path, 8)
    with pytest.raises(UnreadableFile, match="shrank"):
        list(half_read)


def test_file_replaced_while_read(path, half_read):
    other = path.with_name("other.csv")
    other.write_bytes(b"a,b\n")
    other.replace(path)
    with pytest.raises(UnreadableFile, match="replaced"):
        list(half_read)


def test_file_changed_or_gone_since_it_was_scanned(path):
    path.write_bytes(b"a,b\n1,2\n")
    dialect = settle_dialect(path, scan_file(path))
    path.write_bytes(b"a,b\n1,2\n3,4\n")
    with pytest.raises(UnreadableFile, match="had 8 bytes"):
        list(read_exact(path, dialect, reject=print))
    path.unlink()
    with pytest.raises(UnreadableFile, match="no such file"):
        list(read_exact(path, dialect, reject=print))
