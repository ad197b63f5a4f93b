"""Questions that people wrote cannot take the machine: memory and time hold, and the next question is answered."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.chaos.bombs import BOMBS
from worthline.engine import guarded
from worthline.engine.guarded import EngineSays, Guarded, TooMuch
from worthline.engine.memory import resident
from worthline.engine.run_folder import RunFolder
from worthline.engine.sql_window import ask_guarded
from worthline.errors import DataError, UsageError

MB = 1 << 20


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "company" / ".worthline" / "runs" / "r1"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"month": [1, 2, 3], "revenue": [10, 20, 30]}), folder / "panel.parquet")
    return RunFolder(folder)


def highest(child: Guarded, stop: threading.Event, peak: list[int]) -> None:
    while not stop.is_set():
        peak.append(resident(child._child.pid) or 0)
        time.sleep(0.01)


@pytest.mark.parametrize("sql", BOMBS[::6])
def test_bomb_is_over_in_time_and_within_its_memory(sql):
    """At most 1 GB over the limit, gone within 5 s of the time allowed; a machine that is busy is waited for."""
    child, stop, peak = Guarded(), threading.Event(), []
    try:
        child.open(["set memory_limit = '256MiB'", "set threads = 2"], memory=256 * MB, seconds=60)
        watcher = threading.Thread(target=highest, args=(child, stop, peak))
        watcher.start()
        began = time.monotonic()
        with pytest.raises((EngineSays, TooMuch)):
            _, batches = child.ask(sql, seconds=2)
            rows = sum(batch.num_rows for batch in batches)
            raise TooMuch(f"{rows} rows came")  # each frame came in time: who reads them bounds them
        assert time.monotonic() - began < 2 + 5
    finally:
        stop.set()
        watcher.join()
        child.close()
    assert max(peak) < (256 + 1024) * MB


def test_results_parameters_and_errors(run):
    assert ask_guarded(run, "select sum(revenue) as s from panel").to_pylist() == [{"s": 60}]
    assert ask_guarded(run, "select revenue from panel where month = ?", [2]).to_pylist() == [{"revenue": 20}]
    assert ask_guarded(run, "select revenue from panel where month = $m", {"m": 3}).to_pylist() == [{"revenue": 30}]
    assert ask_guarded(run, "select * from panel where month > 9").to_pydict() == {"month": [], "revenue": []}
    with pytest.raises(UsageError, match="There is no table called 'panels'"):
        ask_guarded(run, "from panels")
    for sql in ("drop view panel", "select 1; select 2", "select read_text('/etc/passwd')", "nonsense"):
        with pytest.raises(UsageError):
            ask_guarded(run, sql)


def test_the_next_question_is_answered_after_one_that_was_killed(run):
    with pytest.raises(DataError, match=r"stopped after 0\.5 seconds"):
        ask_guarded(run, "select sum(a.range * b.range) from range(100000000) a, range(100000000) b", seconds=0.5)
    with pytest.raises(DataError, match="more memory"):
        ask_guarded(run, "select list_transform(range(300000000), lambda x: x + 1)", memory=64 * MB)
    assert ask_guarded(run, "select 1 as one").to_pylist() == [{"one": 1}]


def test_a_child_is_kept_for_the_next_question(run):
    ask_guarded(run, "select 1 from panel")
    [*_, kept] = guarded._idle
    ask_guarded(run, "select 2 from panel")
    assert kept in guarded._idle
    with pytest.raises(UsageError):
        ask_guarded(run, "select no_such_column from panel")  # a slip costs the next question no new process
    assert kept in guarded._idle
    assert ask_guarded(run, "select sum(revenue) as s from panel").to_pylist() == [{"s": 60}]
    assert kept.alive


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux")
def test_a_child_reserves_little_more_than_it_holds(run):
    child = Guarded()
    try:
        for _ in range(3):  # opened for one run after another, as a long session does
            child.open([], memory=64 << 20, seconds=30)
            _, batches = child.ask("select i, i % 7 as part from range(200000) t(i) order by part, i", seconds=30)
            assert sum(batch.num_rows for batch in batches) == 200_000
        [size] = Path(f"/proc/{child._child.pid}/statm").read_text().split()[:1]
    finally:
        child.close()
    # Two reserves of a gigabyte, as Arrow's own allocator makes them, would not fit beside DuckDB's limit.
    assert int(size) * os.sysconf("SC_PAGE_SIZE") < 1 << 30


def test_an_answer_that_is_not_read_to_its_end_leaves_nothing_for_the_next():
    child = Guarded()
    try:
        child.open([], memory=256 * MB, seconds=60)
        schema, _ = child.ask("select range from range(1000000)", seconds=60)
        assert schema.names == ["range"]
        _, batches = child.ask("select 7 as seven", seconds=60)
        assert [batch.to_pylist() for batch in batches] == [[{"seven": 7}]]
    finally:
        child.close()


def test_two_questions_do_not_wait_for_each_other(run):
    began, done = time.monotonic(), []

    def slow():
        with pytest.raises(DataError):
            ask_guarded(run, "select sum(a.range) from range(100000000) a, range(100000000) b", seconds=6)
        done.append("slow")

    waiting = threading.Thread(target=slow)
    waiting.start()
    ask_guarded(run, "select 1")
    done.append("quick")
    waiting.join()
    assert done == ["quick", "slow"]
    assert time.monotonic() - began >= 6
