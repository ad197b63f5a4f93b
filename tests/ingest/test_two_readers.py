"""The quick reader and the exact one give the same cells on the same lines, whatever the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from worthline.engine import CsvText, NotRectangular
from worthline.errors import UnreadableFile
from worthline.ingest.files import expected_rows, read_exact, scan_file, settle_dialect, why_not_engine
from worthline.ingest.files import pick as picking
from worthline.ingest.files.pick import pick

SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
HEADER = ["alpha", "beta", "gamma"]
cell = st.one_of(
    st.sampled_from(
        ["", " ", '"', '""', "a", "1.50", " x ", "é", "日本", "NULL", "\\", "'", "#", "a\\,b", "a\nb", "a\r\nb"]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
)


def both(engine, path: Path) -> tuple[list, list, int]:
    """Rows by the quick reader, rows by the exact one, records that the exact one refused."""
    scan = scan_file(path)
    dialect = settle_dialect(path, scan, expected=HEADER)
    refused: list = []
    exact = [
        tuple(row.values()) for batch in read_exact(path, dialect, reject=refused.append) for row in batch.to_pylist()
    ]
    assume(not why_not_engine(scan, dialect) and expected_rows(scan, dialect))
    source = CsvText(path, len(dialect.header), dialect.delimiter, dialect.header_lines, expected_rows(scan, dialect))
    try:
        table = engine.keep_csv("quick", source, lambda t: t)
    except NotRectangular:
        assume(False)
    quick = [tuple(row.values()) for row in engine.fetch(table.order_by("_line")).to_pylist()]
    again = engine.csv_text(source)
    assert [tuple(row.values()) for row in engine.fetch(again.order_by("_line")).to_pylist()] == quick
    some = quick[:: 1 + len(quick) % 3]
    assert [tuple(row.values()) for row in pick(path, dialect, [row[-1] for row in some]).to_pylist()] == some
    return quick, exact, len(refused)


@given(
    rows=st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last=st.booleans(),
)
@SETTINGS
def test_written_files(engine, tmp_path, rows, delimiter, end, quoting, last):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEADER, *rows])
    content = text.getvalue()
    path = tmp_path / "x.csv"
    path.write_bytes((content if last else content.removesuffix(end)).encode())
    quick, exact, refused = both(engine, path)
    assert quick == exact
    assert refused == 0
    assert [row[:-1] for row in quick] == [tuple(c or None for c in row) for row in rows]


@given(
    lines=st.lists(
        st.lists(st.text('a" \\#\t1é', max_size=4), min_size=3, max_size=3).map(",".join), min_size=1, max_size=6
    ),
    end=st.sampled_from(["\n", "\r\n"]),
)
@SETTINGS
def test_damaged_files(engine, tmp_path, lines, end):
    path = tmp_path / "x.csv"
    path.write_bytes(end.join([",".join(HEADER), *lines]).encode())
    quick, exact, refused = both(engine, path)
    assert quick == exact
    assert refused == 0


@given(
    lines=st.lists(
        st.sampled_from(
            [
                "a,b,c",
                '"a",b,c',
                '"a,b",c,d',
                'a,"b""",c',
                'a, "b",c',
                'a,b"c,d',
                '"a" ,b,c',
                "a,b,",
                'a,b,"c" ',
                '"a"\t,b,c',
                'a,\t"b",c',
                'a,b, "c"',
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
@SETTINGS
def test_odd_quotes(engine, tmp_path, lines):
    path = tmp_path / "x.csv"
    path.write_text("\n".join([",".join(HEADER), *lines, ""]))
    quick, exact, refused = both(engine, path)
    assert quick == exact
    assert refused == 0


def test_header_over_two_lines_is_for_the_exact_reader(engine, tmp_path):
    """DuckDB skips records where it is told to skip lines: it finds too few, and says so."""
    path = tmp_path / "x.csv"
    path.write_text('alpha,"be\nta",gamma\n1,2,3\n4,5,6\n')
    scan = scan_file(path)
    dialect = settle_dialect(path, scan, expected=HEADER)
    source = CsvText(path, 3, ",", dialect.header_lines, expected_rows(scan, dialect))
    with pytest.raises(NotRectangular, match="1 records where 2 lines"):
        engine.keep_csv("quick", source, lambda t: t)


def test_the_engine_s_path_is_taken_where_it_may_be(engine, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('alpha,beta,gamma\n1,"x, y",3\n')
    assert both(engine, path)[0] == [("1", "x, y", "3", 2)]


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_picked_across_chunks(tmp_path, monkeypatch, chunk, end):
    monkeypatch.setattr(picking, "_CHUNK", chunk)
    path = tmp_path / "x.csv"
    path.write_bytes(end.join(["alpha,beta,gamma", *(f'{i},"é{i}, x",{"y" * (i % 9)}' for i in range(50))]).encode())
    dialect = settle_dialect(path, scan_file(path), expected=HEADER)
    for lines in ([2], [51], [2, 3, 4, 50, 51], list(range(2, 52)), list(range(3, 52, 7))):
        found = pick(path, dialect, lines).to_pylist()
        assert [row["_line"] for row in found] == lines
        assert [row["c1"] for row in found] == [f"é{line - 2}, x" for line in lines]


def test_file_that_is_none(tmp_path):
    with pytest.raises(UnreadableFile):
        scan_file(tmp_path / "none.csv")
