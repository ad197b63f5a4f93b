"""Files that are removed, replaced or written to while they are read: an error that says so, never half a file."""

from __future__ import annotations

import os
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import worthline
from worthline.engine import duckdb_engine
from worthline.engine.query import QueryDesk
from worthline.errors import DataError, UnreadableFile
from worthline.ingest import raw, source_parts

HEAD = "customer_id,at,amount\n"
ROWS = "".join(f"C{i},2026-09-{1 + i % 28:02d},{i}.50\n" for i in range(500))
BAD = "C9,2026-09-31,5\n"
TOML = '[company]\nas_of = "2026-09-30"\n[tables.transactions]\n'


@pytest.fixture
def company(tmp_path):
    (tmp_path / "sales.csv").write_text(HEAD + ROWS + BAD)
    (tmp_path / "worthline.toml").write_text(TOML + 'file = "sales.csv"\n')
    return tmp_path


def refused(folder, words="changed or went away|removed|replaced|no such file|when it was looked at"):
    with pytest.raises(UnreadableFile, match=words):
        worthline.open(folder).check()


def before(monkeypatch, where, name, act):
    """Do `act` right before a function is called."""
    real = getattr(where, name)

    def first(*arguments, **options):
        act()
        return real(*arguments, **options)

    monkeypatch.setattr(where, name, first)


def remove(path):
    return lambda: path.unlink(missing_ok=True)


def replace(path):
    """Other content of the same length and time."""

    def act():
        if path.exists():
            text, known = path.read_text(), path.stat()
            path.unlink()
            path.write_text(text.replace("2026-09-31", "2026-09-30"))
            os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))

    return act


@pytest.mark.parametrize("act", [remove, replace])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        (raw, "settle_dialect"),
        (duckdb_engine.DuckDBEngine, "keep_csv"),
        (source_parts.quarantine, "of_piece"),
        (source_parts, "blank_codes"),
    ],
)
def test_text_gone_at_each_step(company, monkeypatch, where, name, act):
    before(monkeypatch, where, name, act(company / "sales.csv"))
    refused(company)


@pytest.mark.parametrize("act", [remove, replace])
def test_text_gone_while_the_exact_reader_reads(company, monkeypatch, act):
    path = company / "sales.csv"
    path.write_text(HEAD + ROWS + 'C1,2026-09-01,"5"\n\n' + BAD)
    before(monkeypatch, duckdb_engine.DuckDBEngine, "keep_batches", act(path))
    refused(company)


def test_text_gone_between_two_batches(company, monkeypatch):
    path = company / "sales.csv"
    path.write_text(HEAD + ROWS + "\n" + BAD)
    real = raw.read_exact

    def first(*arguments, **options):
        for number, batch in enumerate(real(*arguments, **options)):
            if number == 0:
                path.unlink()
            yield batch

    monkeypatch.setattr(raw, "read_exact", first)
    refused(company)


def test_parquet_gone(company, monkeypatch):
    path = company / "sales.parquet"
    pq.write_table(pa.table({"customer_id": ["C1"], "at": ["2026-09-01"], "amount": ["5"]}), path)
    (company / "worthline.toml").write_text(TOML + 'file = "sales.parquet"\n')
    before(monkeypatch, duckdb_engine.DuckDBEngine, "keep_statement", remove(path))
    refused(company)


@pytest.mark.parametrize("step", ["ask", "row"])
def test_file_of_a_query_gone(company, monkeypatch, step):
    path = company / "sales.csv"
    (company / "worthline.toml").write_text(
        TOML + "query = '''select s.* from 'sales.csv' s join 'sales.csv' t using (customer_id)'''\n"
    )
    before(monkeypatch, QueryDesk, step, remove(path))
    with pytest.raises(DataError, match=r"sales\.csv"):
        worthline.open(company).check()


def test_query_file_gone_as_its_rows_come(company, monkeypatch):
    path = company / "sales.csv"
    path.write_text(HEAD + ROWS * 1000)
    (company / "worthline.toml").write_text(TOML + "query = '''select * from 'sales.csv' '''\n")
    before(monkeypatch, duckdb_engine.DuckDBEngine, "keep_batches", remove(path))
    with pytest.raises(DataError, match=r"sales\.csv"):
        worthline.open(company).check()


def test_file_written_to_all_the_time(company):
    """Either an error, or all rows of one of its states."""
    path, stop = company / "sales.csv", threading.Event()

    def write():
        size = 0
        while not stop.is_set():
            size = (size + 1) % 7
            path.write_text(HEAD + ROWS * size + BAD)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(6):
            try:
                page = worthline.open(company).check()
            except DataError:
                continue
            assert page.tables[0].quarantined == 1
            assert page.tables[0].used % 500 == 0
    finally:
        stop.set()
        writer.join()
