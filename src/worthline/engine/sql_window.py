"""What a person may ask of a published run in SQL: read-only, no files, bounded time and memory.

Reads     one run's Parquet tables, result tables in `main`, canonical tables in `source`.
Gives     Arrow tables.
Method    the run's files are the only paths DuckDB may open; its configuration is then locked, and nothing
          but a single SELECT is run.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path

import duckdb
import pyarrow as pa

from worthline.engine.publish import RunFolder
from worthline.errors import DataError, NoSuchName, UsageError, WorthlineError

MEMORY = "1GB"
SECONDS = 60.0
BYTES = 512 << 20
"""Most that an answer may hold."""
ROWS = 2048
"""Rows that come at a time."""


_MISSING = re.compile(r"Table with name (\S+) does not exist")
_KIND = re.compile(r"[A-Za-z ]+ Error: ")
"""DuckDB says the kind of all errors but those of its Parquet decoder."""


class SqlWindow:
    """A read-only view of one run; close it, or use it in a `with`."""

    def __init__(self, run: RunFolder, *, memory: str = MEMORY, threads: int | None = None) -> None:
        files = [*run.tables().values(), *run.sources().values()]
        self._run = run
        self._tables = [*run.tables(), *(f"source.{name}" for name in run.sources())]
        self._con = duckdb.connect(":memory:")
        self._con.execute(f"set memory_limit = '{memory}'")
        if threads:
            self._con.execute(f"set threads = {int(threads)}")
        self._con.execute("set temp_directory = ''")
        self._con.execute("create schema source")
        allowed = ", ".join(_text(str(f)) for f in files)
        self._con.execute(f"set allowed_paths = [{allowed}]")
        for schema, tables in (("main", run.tables()), ("source", run.sources())):
            for name, path in tables.items():
                view = f"create view {schema}.{_name(name)} as select * from read_parquet({_text(str(path))})"
                try:
                    self._con.execute(view)
                except duckdb.Error as error:
                    raise self._damaged(error) or error from None
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def __enter__(self) -> SqlWindow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the run's files."""
        self._con.close()

    def ask(self, sql: str, *, seconds: float = SECONDS) -> pa.Table:
        """Run one SELECT; raises UsageError on anything else, and DataError when it takes too long."""
        statement = self._only_select(sql)
        timer = threading.Timer(seconds, self._con.interrupt)
        timer.start()
        try:
            return _bounded(self._con.execute(statement).to_arrow_reader(ROWS))
        except (duckdb.Error, OSError) as error:
            # What fails while rows already come is an OSError with DuckDB's words.
            raise self._damaged(error) or _told(error, seconds, self._tables) from None
        finally:
            timer.cancel()

    def _damaged(self, error: Exception) -> WorthlineError | None:
        """The run's file of which the engine says that it cannot be read, as such; None where it says none."""
        files = (*self._run.tables().values(), *self._run.sources().values())
        named = next((path for path in files if str(path) in str(error)), None)
        if named is None and _KIND.match(str(error)):
            return None
        file = str(named.relative_to(self._run.path)) if named else "a table"
        return self._run.damaged(file, f"cannot be read ({_first(error)})")

    def _only_select(self, sql: str) -> duckdb.Statement:
        try:
            statements = self._con.extract_statements(sql)
        except duckdb.Error as error:
            raise UsageError(f"The query cannot be read. {_first(error)}") from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError("Only one SELECT at a time: a published run is never changed.")
        return statements[0]


def _bounded(rows: pa.RecordBatchReader) -> pa.Table:
    """All rows, as long as they are not more than a person's answer: DuckDB's own cap does not count them."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in rows:
        held.append(batch)
        size += batch.nbytes
        if size > BYTES:
            raise DataError(
                f"The answer needs more memory than {BYTES >> 20:,} MB. Ask for less, count first, or add a limit."
            )
    return pa.Table.from_batches(held, rows.schema)


def _told(error: Exception, seconds: float, tables: list[str]) -> WorthlineError:
    missing = _MISSING.search(str(error))
    if missing:
        return NoSuchName("table", missing[1], tables)
    kind = str(error).split(":")[0]
    if kind.startswith("INTERRUPT"):
        return DataError(f"The query was stopped after {seconds:g} seconds. Ask for less, or count first.")
    if kind.startswith("Out of Memory"):
        return DataError(f"The query needs more memory than it may have. {_first(error)}")
    if kind.startswith("Permission"):
        return UsageError(f"A query may only read the run's own tables. {_first(error)}")
    return UsageError(f"The query cannot be run. {_first(error)}")


def _first(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
