"""What a person may ask of a run: one SELECT over its own tables, bounded in time and memory, and nothing else."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from worthline.engine.run_folder import RunFolder
from worthline.engine.sql_window import SqlWindow, ask_guarded
from worthline.errors import CorruptRun, DataError, UsageError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "o'run"
    (folder / "source").mkdir(parents=True)
    pq.write_table(pa.table({"month": [1, 2, 3], "revenue": [10, 20, 30]}), folder / "panel.parquet")
    pq.write_table(pa.table({'a"b': ["x"], "group": [1]}), folder / "source" / "transactions.parquet")
    (folder.parent / "secret.csv").write_text("a\n1\n")
    return RunFolder(folder)


@pytest.fixture
def window(run):
    with SqlWindow(run, threads=1) as opened:
        yield opened


def test_results_and_sources(window):
    assert window.ask("select sum(revenue) as s from panel").to_pylist() == [{"s": 60}]
    assert window.ask('select "a""b", "group" from source.transactions').to_pylist() == [{'a"b': "x", "group": 1}]
    assert window.ask("from source.transactions").column_names == ['a"b', "group"]  # no `at` there: none is made up
    assert window.ask("with p as (from panel) select count(*) as n from p").to_pylist() == [{"n": 3}]
    assert window.ask("from panel").num_rows == 3


@pytest.mark.parametrize(
    "sql",
    [
        "drop view panel",
        "create table t as select 1",
        "insert into panel values (1, 2)",
        "update panel set revenue = 0",
        "delete from panel",
        "copy panel to 'x.csv'",
        "copy (select 1) to '/tmp/x.csv'",
        "attach '/tmp/x.duckdb'",
        "export database '/tmp/x'",
        "set memory_limit = '100GB'",
        "pragma memory_limit = '100GB'",
        "reset memory_limit",
        "install httpfs",
        "load httpfs",
        "call pragma_version()",
        "checkpoint",
        "vacuum",
        "begin transaction",
        "explain analyze select 1",
        "select 1; select 2",
        "select 1; drop view panel",
        "",
        ";",
        "nonsense",
        "select 1 from",
    ],
)
def test_anything_but_one_select_is_refused(window, sql):
    with pytest.raises(UsageError):
        window.ask(sql)
    assert window.ask("select sum(revenue) as s from panel").to_pylist() == [{"s": 60}]


@pytest.mark.parametrize("sql", ["pivot panel on month using sum(revenue)", "explain select 1"])
def test_what_changes_nothing_is_not_said_to_change_the_run(window, sql):
    """Fault 14: PIVOT and EXPLAIN were refused as changing the run."""
    with pytest.raises(UsageError, match="change nothing, but are no SELECT"):
        window.ask(sql)


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{secret}')",
        "'{secret}'",
        "read_text('{secret}')",
        "read_blob('{secret}')",
        "glob('{folder}/*')",
        "read_text('/etc/passwd')",
        "read_parquet('http://localhost/x.parquet')",
        "sniff_csv('{secret}')",
        "parquet_metadata('{secret}')",
    ],
)
def test_other_files_are_out_of_reach(window, run, source):
    secret = str(run.path.parent / "secret.csv").replace("'", "''")
    named = source.format(secret=secret, folder=str(run.path.parent).replace("'", "''"))
    with pytest.raises(UsageError):
        window.ask(f"select * from {named}")


def test_environment_is_out_of_reach(window):
    with pytest.raises(UsageError):
        window.ask("select getenv('HOME')")


def test_unknown_column_names_near_ones(window):
    with pytest.raises(UsageError, match="revenue"):
        window.ask("select revenu from panel")


def test_time_is_bounded(window):
    began = time.perf_counter()
    with pytest.raises(DataError, match=r"stopped after 0\.3 seconds"):
        window.ask("select sum(a.range * b.range) from range(100000000) a, range(100000000) b", seconds=0.3)
    assert time.perf_counter() - began < 20
    assert window.ask("select 1 as one").to_pylist() == [{"one": 1}]


def test_memory_is_bounded(run):
    with SqlWindow(run, memory=64 << 20, threads=1) as window, pytest.raises(DataError, match="memory"):
        window.ask("select list(range::varchar || 'x') as l from range(50000000)")
    with SqlWindow(run, memory=64 << 20, threads=1) as window, pytest.raises(DataError, match="memory"):
        window.ask("select * from range(20000000) order by hash(range)")


def test_errors_as_rows_come(window):
    with pytest.raises(UsageError, match="convert"):
        window.ask("select case when range < 90000 then '1' else 'a' end::int as x from range(100000)")
    with pytest.raises(DataError, match=r"stopped after 0\.5 seconds"):
        window.ask(
            "select a.range from range(100000000) a, range(100) b where hash(a.range + b.range) % 1000000 = 0",
            seconds=0.5,
        )


def test_large_answers_are_bounded(run, monkeypatch):
    """What is handed back counts as well."""
    monkeypatch.setattr("worthline.engine.sql_window.BYTES", 64 << 20)
    with SqlWindow(run, threads=1) as window:
        assert window.ask("select range from range(1000000)").num_rows == 1_000_000
        with pytest.raises(DataError, match="more memory than 64 MB"):
            window.ask("select repeat('x', 10000) as x from range(1000000)")


def test_bytes_changed_in_the_middle_of_a_file_are_told_as_damage(tmp_path):
    """The footer is whole, so that only reading the rows can tell."""
    folder = tmp_path / "company" / ".worthline" / "runs" / "r1"
    folder.mkdir(parents=True)
    file = folder / "panel.parquet"
    rows = pa.table({"month": [f"month {i}" for i in range(100_000)]})
    pq.write_table(rows, file, compression="zstd", use_dictionary=False)
    content = bytearray(file.read_bytes())
    content[40:4000] = b"\xff" * 3960
    file.write_bytes(bytes(content))
    with SqlWindow(RunFolder(folder), threads=1) as window:
        with pytest.raises(CorruptRun, match=r"Run r1 is damaged: .* Make it again with: worthline run .*/company"):
            window.ask("select max(month) from panel")
        with pytest.raises(UsageError, match="cannot be run"):
            window.ask("select 1 + 'x'")


@pytest.mark.parametrize(
    "value",
    [
        "date '9999-12-31' + interval 1 day",
        "'infinity'::timestamp",
        "'-infinity'::date",
        "[date '-4000-01-01']",
        "{'a': [timestamp '294247-01-10 04:00:54']}",
    ],
)
def test_times_that_nothing_can_show_are_said(run, value):
    """Ended as a fault of ours (exit 3) wherever the answer was shown."""
    with pytest.raises(UsageError, match="Ask for it as text: x::varchar"):
        ask_guarded(run, f"select {value} as x from panel")
    [row] = ask_guarded(run, f"select ({value})::varchar as x, date '9999-12-31' as last").to_pylist()
    assert row["x"]
