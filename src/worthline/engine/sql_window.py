"""What a person may ask of a published run in SQL: read-only, no files, bounded time and memory.

Reads     one run's Parquet tables, result tables in `main`, canonical tables in `source`.
Gives     Arrow tables. `SqlWindow` is for Worthline's own questions; `ask_guarded` for what a person wrote.
Method    the run's files are the only paths DuckDB may open, each held against its seal first; its configuration is
          then locked, and nothing but a single SELECT is run.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from worthline.engine import guarded
from worthline.engine.file_sql import allowed, read_parquet
from worthline.engine.run_folder import RunFolder
from worthline.errors import DataError, NoSuchName, UsageError, WorthlineError
from worthline.tables import TABLES

MEMORY = 1 << 30
"""Bytes that a query may use."""
SECONDS = 60.0
BYTES = 512 << 20
"""Most that an answer may hold."""
ROWS = 2048
"""Rows that come at a time."""
ONE_SELECT = (
    "Only one SELECT at a time: a published run is never changed. "
    "(PIVOT, EXPLAIN and the like change nothing, but are no SELECT either: select * from (pivot …) is.)"
)
NOT_ONE_SELECT = "not one SELECT"
"""What the child says."""


_NAMES_NO_TABLE = ("query", "information_schema", "duckdb_", "pg_", "sqlite_master", "show", "describe", "summarize")
"""Words of queries that read tables without naming them, or that ask which there are."""
QUOTELESS = {"at": "occurred_at", "on": "on_date"}
"""Columns that are words of SQL, and the names by which they need no quotes."""
_MISSING = re.compile(r"Table with name (\S+) does not exist")
_KIND = re.compile(r"[A-Za-z ]+ Error: ")
"""DuckDB says the kind of all errors but those of its Parquet decoder."""


class SqlWindow:
    """A read-only view of one run; close it, or use it in a `with`.

    A table's file is held against its seal, and opened, when a query first names it. `instead`: table -> the SELECT,
    in brackets, of its own rows that stands for it.
    """

    def __init__(
        self,
        run: RunFolder,
        *,
        memory: int = MEMORY,
        threads: int | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        self._run = run
        self._instead = instead
        self._memory, self._threads = memory, threads
        self._paths = _paths(run)
        self._opened: frozenset[str] = frozenset()
        self._con: duckdb.DuckDBPyConnection | None = None  # opened when the first question comes

    def __enter__(self) -> SqlWindow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the run's files."""
        if self._con is not None:
            self._con.close()
            self._con = None

    def ask(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, seconds: float = SECONDS
    ) -> pa.Table:
        """Run one SELECT; raises UsageError on anything else, and DataError when it takes too long."""
        con = self._with_tables_of(sql)
        statement = _only_select(con, sql)
        timer = threading.Timer(seconds, con.interrupt)
        timer.start()
        try:
            rows = con.execute(statement, parameters or None).to_arrow_reader(ROWS)
            return _bounded(rows.schema, rows)
        except (duckdb.Error, OSError) as error:
            # What fails while rows already come is an OSError with DuckDB's words.
            raise self._damaged(error) or _error(error, seconds, list(self._paths)) from None
        finally:
            timer.cancel()

    def _with_tables_of(self, sql: str) -> duckdb.DuckDBPyConnection:
        """The connection, opened anew where a table that the query names is not open yet."""
        named = _named(sql, self._paths)
        if self._con is None or not named <= self._opened:
            self.close()
            self._opened |= named
            self._con = self._open(sorted(self._opened))
        return self._con

    def _open(self, names: Collection[str]) -> duckdb.DuckDBPyConnection:
        """A connection on these tables alone: DuckDB may open their files, each checked, and nothing else."""
        _check(self._run, self._paths, names)
        con = duckdb.connect(":memory:")
        try:
            files = {name: self._paths[name] for name in names}
            for statement in _setup(files, self._memory, self._threads, self._instead):
                con.execute(statement)
        except duckdb.Error as error:
            con.close()
            raise self._damaged(error) or error from None
        return con

    def _damaged(self, error: Exception) -> WorthlineError | None:
        return _damaged(self._run, self._paths, error)


def _only_select(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise UsageError(f"The query cannot be read. {_first(error)}") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError(ONE_SELECT)
    return statements[0]


def ask_guarded(
    run: RunFolder,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    instead: Mapping[str, str] | None = None,
) -> pa.Table:
    """One SELECT that a person wrote, in a process of its own; raises as `SqlWindow.ask` does.

    `instead`: table -> the SELECT, in brackets, of its own rows that stands for it.
    """
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise UsageError("The query is not UTF-8. Type it anew, or set the terminal to UTF-8.") from None
    paths = _paths(run)
    names = sorted(_named(sql, paths))
    _check(run, paths, names)
    views = {name: select for name, select in (instead or {}).items() if name in names}
    key = (str(run.path.absolute()), run.run_json, tuple(names), tuple(sorted(views.items())), memory)
    try:
        with guarded.borrowed(key) as child:
            if child.opened != key:
                # Absolute: the child may have been started in another folder than today's.
                setup = _setup({name: paths[name].absolute() for name in names}, memory, None, views)
                child.open(setup, memory=memory, seconds=seconds, key=key)
            schema, batches = child.ask(sql, parameters, seconds=seconds)
            return _within_reach(_bounded(schema, batches))
    except guarded.EngineSays as error:
        if str(error) == NOT_ONE_SELECT:
            raise UsageError(ONE_SELECT) from None
        raise _damaged(run, paths, error) or _error(error, seconds, list(paths)) from None
    except guarded.TooMuch as much:
        raise _too_much(much.what, seconds, memory) from None


def _within_reach(rows: pa.Table) -> pa.Table:
    """The rows; raises UsageError for dates and times that Python cannot hold, nor anything that shows them."""
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        kind = column.type
        try:
            if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
                pc.min_max(column).as_py()
            elif _tells_time(kind):
                column.to_pylist()
        except (OverflowError, ValueError):
            fix = f"Ask for it as text: {name}::varchar"
            message = f"The column {name} holds dates or times beyond the years 1 to 9999. {fix}"
            raise UsageError(message, tried=name, fix=fix) from None
    return rows


def _tells_time(kind: pa.DataType) -> bool:
    """Whether there is a date or a time in it, at any depth."""
    within = (kind.field(at).type for at in range(kind.num_fields))
    return pa.types.is_temporal(kind) or pa.types.is_interval(kind) or any(map(_tells_time, within))


def _too_much(what: str, seconds: float, memory: int) -> DataError:
    if what == "time":
        fix = "Ask for less, or count first."
        return DataError(f"The query was stopped after {seconds:g} seconds. {fix}", fix=fix)
    fix = "Ask for less, count first, or add a limit."
    return DataError(f"The query needs more memory than it may have ({memory >> 20:,} MB). {fix}", fix=fix)


def _named(sql: str, paths: Mapping[str, Path]) -> set[str]:
    """The tables that a query may read: those whose names stand in it."""
    text = sql.casefold()
    if any(word in text for word in _NAMES_NO_TABLE):
        return set(paths)
    return {name for name in paths if name.rpartition(".")[2].casefold() in text}


def _check(run: RunFolder, paths: Mapping[str, Path], names: Collection[str]) -> None:
    for name in names:
        run.check(paths[name].relative_to(run.path).as_posix())


def _damaged(run: RunFolder, paths: Mapping[str, Path], error: Exception) -> WorthlineError | None:
    """The run's file of which the engine says that it cannot be read, as such; None where it says none."""
    named = next((path for path in paths.values() if str(path) in str(error)), None)  # an absolute one holds it
    if named is None and _KIND.match(str(error)):
        return None
    file = named.relative_to(run.path).as_posix() if named else "a table"
    return run.damaged(file, f"cannot be read ({_first(error)})")


def _paths(run: RunFolder) -> dict[str, Path]:
    """Files by the names under which a query knows them."""
    return {**run.tables(), **{f"source.{name}": path for name, path in run.sources().items()}}


def _setup(
    files: Mapping[str, Path], memory: int, threads: int | None, instead: Mapping[str, str] | None = None
) -> list[str]:
    """Statements that make a connection per window on these files alone."""
    statements = [f"set memory_limit = '{memory}B'"]
    statements += [f"set threads = {int(threads)}"] if threads else []
    statements += ["set temp_directory = ''", "create schema source", allowed(files.values())]
    for name, path in files.items():
        view = ".".join(map(_name, name.split("."))) if name.startswith("source.") else f"main.{_name(name)}"
        more = _unquoted(name.removeprefix("source."), path) if name.startswith("source.") else ""
        rows = f"select *{more} from {read_parquet(path)}"
        stands = (instead or {}).get(name)
        # Within the view the table's own name means its file, so that the SELECT that stands for it reads that.
        statements.append(
            f"create view {view} as with {_name(name)} as ({rows}) select * from {stands}"
            if stands
            else f"create view {view} as {rows}"
        )
    return [*statements, "set enable_external_access = false", "set lock_configuration = true"]


def _unquoted(table: str, path: Path) -> str:
    """Columns of the file that are words of SQL, once more under names that need no quotes."""
    words = [word for word in QUOTELESS if table in TABLES and word in TABLES[table].names]
    there = _columns(path) if words else frozenset()
    plain = {word: QUOTELESS[word] for word in words if word in there and QUOTELESS[word] not in there}
    return "".join(f', "{word}" as {name}' for word, name in plain.items())


def _columns(path: Path) -> frozenset[str]:
    """Names of a Parquet file's columns; none where it cannot be read, which DuckDB then says as it opens it."""
    try:
        return frozenset(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError):
        return frozenset()


def _bounded(schema: pa.Schema, rows: Iterable[pa.RecordBatch]) -> pa.Table:
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
    return pa.Table.from_batches(held, schema)


def _error(error: Exception, seconds: float, tables: list[str]) -> WorthlineError:
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
