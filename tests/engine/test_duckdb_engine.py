"""The default engine: kept tables, numbered rows, text files read in one pass, bytes that depend on rows alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from worthline.engine import CsvText, NotRectangular, open_engine, rooms
from worthline.engine.duckdb_engine import DuckDBEngine
from worthline.errors import BadSetting, EngineFault


@pytest.fixture
def engine(tmp_path):
    opened = open_engine("duckdb", tmp_path / "scratch", threads=2)
    yield opened
    opened.close()


def csv(path: Path, text: str, *, records: int | None = None) -> CsvText:
    path.write_bytes(text.encode())
    return CsvText(path, 2, ",", 1, text.count("\n") - 1 if records is None else records)


def rows(engine: DuckDBEngine, table) -> list[tuple]:
    return [tuple(r.values()) for r in engine.fetch(table).to_pylist()]


def test_unknown_engine(tmp_path):
    with pytest.raises(BadSetting, match="duckdb"):
        open_engine("spork", tmp_path)


def test_a_failing_call_carries_its_sql(engine):
    """The text x is no number, which DuckDB finds only as it computes."""
    words = engine.keep("words", ibis.memtable({"word": ["1", "x"]}))
    number = words.mutate(number=words.word.cast("int64"))
    for failing in (lambda: engine.fetch(number), lambda: engine.keep("numbers", number)):
        with pytest.raises(EngineFault, match="x") as caught:
            failing()
        assert "CAST" in caught.value.sql.upper()
        assert "words" in caught.value.sql
        assert caught.value.as_json()["tried"] == caught.value.sql
        assert caught.value.exit_code == 3


def test_close_leaves_nothing(tmp_path):
    engine = open_engine("duckdb", tmp_path / "scratch")
    engine.keep("t", ibis.memtable(pa.table({"a": [1]})))
    engine.close()
    assert not (tmp_path / "scratch").exists()


def test_fetch_of_tables_columns_and_scalars(engine):
    table = engine.keep("t", ibis.memtable(pa.table({"a": [1, 2]})))
    assert rows(engine, table) == [(1,), (2,)]
    assert rows(engine, table.a) == [(1,), (2,)]
    assert rows(engine, table.a.sum()) == [(3,)]


def test_csv_cells_and_lines(engine, tmp_path):
    source = csv(tmp_path / "x.csv", 'a,b\n1,"x, ""y"""\n,\n 3 ,""\n')
    kept = engine.keep_csv("k", source, lambda t: t)
    assert rows(engine, kept) == [("1", 'x, "y"', 2), (None, None, 3), (" 3 ", None, 4)]
    again = engine.csv_text(source)
    assert rows(engine, again.order_by("_line")) == rows(engine, kept)


def test_csv_lines_are_right_over_many_blocks(engine, tmp_path):
    lines = "".join(f"{i},{'y' * (i % 50)}z\n" for i in range(300_000))
    source = csv(tmp_path / "x.csv", "a,b\n" + lines)
    kept = engine.keep_csv("k", source, lambda t: t)
    wrong = kept.filter(kept._line != kept.c0.cast("int64") + 2)
    assert rows(engine, wrong.count()) == [(0,)]
    assert rows(engine, kept._line.nunique()) == [(300_000,)]
    again = engine.csv_text(source)
    assert rows(engine, again.filter(again._line != again.c0.cast("int64") + 2).count()) == [(0,)]


@pytest.mark.parametrize("text", ["a,b\n1\n2,3\n", "a,b\n1,2,3\n", 'a,b\n1,"2\n3"\n', 'a,b\n1,"2\n', 'a,b\n1,"2"3\n'])
def test_csv_that_is_not_rectangular_leaves_nothing(engine, tmp_path, text):
    with pytest.raises(NotRectangular):
        engine.keep_csv("k", csv(tmp_path / "x.csv", text), lambda t: t)
    assert engine.raw.execute("select count(*) from duckdb_tables() where table_name like 'k%'").fetchone() == (0,)


def test_csv_that_went_away(engine, tmp_path):
    source = csv(tmp_path / "x.csv", "a,b\n1,2\n")
    source.path.unlink()
    with pytest.raises(NotRectangular):
        engine.keep_csv("k", source, lambda t: t)


def test_csv_with_fewer_records_than_counted(engine, tmp_path):
    with pytest.raises(NotRectangular, match="1 records where 2 lines"):
        engine.keep_csv("k", csv(tmp_path / "x.csv", "a,b\n1,2\n", records=2), lambda t: t)


def test_path_with_a_quote(engine, tmp_path):
    kept = engine.keep_csv("k", csv(tmp_path / "o'x.csv", "a,b\n1,2\n"), lambda t: t)
    assert rows(engine, kept) == [("1", "2", 2)]


def test_error_of_a_stream_is_the_stream_s_own(engine):
    schema = pa.schema([("a", pa.int64())])

    def stream():
        yield pa.record_batch({"a": [1]}, schema=schema)
        raise BadSetting("here", "found", "fix")

    with pytest.raises(BadSetting):
        engine.keep_batches("k", schema, stream(), lambda t: t)


def test_parquet_rows_are_numbered(engine, tmp_path):
    n = 300_000
    pq.write_table(
        pa.table({"a": range(n), 'q"': ["x"] * n, "_line": ["y"] * n}), tmp_path / "x.parquet", row_group_size=9999
    )
    table = engine.parquet([tmp_path / "x.parquet"], numbered=True)
    assert table.columns == ("c0", "c1", "c2", "_line")
    assert rows(engine, table.filter(table._line != table.c0 + 1).count()) == [(0,)]


def test_parquet_with_a_column_of_the_engine_s_own_name(engine, tmp_path):
    n = 300_000
    pq.write_table(pa.table({"File_Row_Number": range(n)}), tmp_path / "x.parquet", row_group_size=9999)
    table = engine.parquet([tmp_path / "x.parquet"], numbered=True)
    assert rows(engine, table.filter(table._line != table.c0 + 1).count()) == [(0,)]


def test_kept_rows_are_numbered(engine):
    engine.keep("k", ibis.memtable(pa.table({"a": [5, 6]})))
    assert rows(engine, engine.number("n", "k")) == [(5, 1), (6, 2)]


def test_map_customers_by_blocks(engine):
    table = engine.keep("t", ibis.memtable(pa.table({"key": [6, 0, 3, 0], "n": [1, 2, 3, 4]})))
    seen = []

    def function(block, first, last):
        seen.append((first, last, sorted(block["key"].to_pylist())))
        return pa.table({"key": list(range(first, last))})

    made = rooms(engine).map_customers("m", table, 7, function, pa.schema([("key", pa.int32())]), block=3)
    assert seen == [(0, 3, [0, 0]), (3, 6, [3]), (6, 7, [6])]
    assert rows(engine, made) == [(i,) for i in range(7)]


def test_same_bytes_on_one_thread_and_two(tmp_path):
    """Several row groups, ties broken by the order, in either of two scratch places."""
    digests = set()
    for number, threads in enumerate((1, 2, 2)):
        engine = open_engine("duckdb", tmp_path / f"scratch{number}", threads=threads)
        made = engine.raw.sql(
            "select (hash(i) % 1000)::varchar as customer_id, i, (hash(i * 7) % 100000)::decimal(18, 4) as amount, "
            "case when i % 3 = 0 then null else 'word ' || i % 50 end as word from range(400000) r(i) order by hash(i * 3)"
        )
        made.create("made")
        path = tmp_path / f"{number}.parquet"
        table = engine._con.table("made")
        assert engine.write_parquet(table, path, ("word", "customer_id", "i")) == 400_000
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
        engine.close()
    assert len(digests) == 1
    assert pq.ParquetFile(tmp_path / "0.parquet").num_row_groups == 4


def test_parquet_order_puts_nulls_first_and_keeps_an_empty_order(engine, tmp_path):
    table = engine.keep("t", ibis.memtable(pa.table({"a": [2, None, 1]})))
    engine.write_parquet(table, tmp_path / "a.parquet", ("a",))
    engine.write_parquet(table, tmp_path / "b.parquet", ())
    assert pq.read_table(tmp_path / "a.parquet")["a"].to_pylist() == [None, 1, 2]
    assert pq.read_table(tmp_path / "b.parquet")["a"].to_pylist() == [2, None, 1]
