"""DuckDB in the process, through Ibis: the default engine.

Reads     Ibis expressions, delimited text, Parquet, Arrow batches.
Gives     kept tables in a scratch database beside the run being built, Arrow tables, Parquet files.
Assumes   one process, one writer; memory is capped and spills into the scratch folder.
Not for   what a person types: see sql_window.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType

from worthline.engine.dialect_gaps import DUCKDB_SETTINGS
from worthline.engine.file_sql import file_text, read_parquet
from worthline.engine.interface import CsvText, NotRectangular, Select, Statement
from worthline.engine.kept_sql import KeptSql
from worthline.engine.parquet import write_ordered
from worthline.errors import EngineFault, Fault

if TYPE_CHECKING:
    import ibis.expr.types as ir

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longer lines go to the exact reader, which has no limit but that of a cell."""


@contextmanager
def _named(sql: str) -> Iterator[None]:
    """What DuckDB cannot do is raised with the statement that it failed at."""
    try:
        yield
    except duckdb.Error as error:
        raise EngineFault(sql, str(error)) from error


class DuckDBEngine:
    """See `door.Engine`."""

    name = "duckdb"

    def __init__(self, scratch: Path, *, threads: int | None = None, memory: str = "2GB") -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch
        self._views = 0
        self._con = ibis.duckdb.connect(
            scratch / "scratch.duckdb",
            memory_limit=memory,
            temp_directory=str(scratch / "spill"),
            **({"threads": threads} if threads else {}),
        )
        self._kept_sql = KeptSql(self._con)
        for key, value in DUCKDB_SETTINGS.items():
            self.raw.execute(f"set {key} = {_text(value)}")
        self.raw.execute("pragma disable_checkpoint_on_shutdown")  # nothing is left of the scratch folder

    @property
    def raw(self) -> duckdb.DuckDBPyConnection:
        """The bare connection, for this room only."""
        raw: duckdb.DuckDBPyConnection = self._con.con
        return raw

    @property
    def reader(self) -> DuckDBEngine:
        """Itself."""
        return self

    def take(self, name: str, table: ir.Table) -> ir.Table:
        """The table itself."""
        return table

    def fetch(self, expr: ir.Expr) -> pa.Table:
        """The rows of an expression; a scalar or a column comes as a table of one column."""
        table = expr.as_table() if not hasattr(expr, "schema") else expr
        sql = self._sql(table)
        with _named(sql):
            rows = self.raw.execute(sql).to_arrow_table()  # raw.sql would plan it twice
        return _typed(rows, table.schema())

    def keep(self, name: str, expr: ir.Table) -> ir.Table:
        """Materialise `expr` under `name`, each column of the type that Ibis infers."""
        statement = self.statement(expr)
        with _named(statement.sql):
            self._create(name, statement)
        return self._table(name)

    def stage(self, name: str, expr: ir.Table) -> ir.Table:
        """A view, which Ibis does not look into; DuckDB computes each of its projections once a row."""
        sql = self._sql(expr)
        with _named(sql):
            self.raw.execute(f"create or replace temp view {_name(name)} as {sql}")
        return self._table(name)

    def drop(self, name: str) -> None:
        """Forget a kept table."""
        self._con.drop_table(name, force=True)

    def statement(self, table: ir.Table) -> Statement:
        """The same rows as SQL."""
        return Statement(self._sql(table), dict(table.schema().items()))

    def keep_statement(self, name: str, statement: Statement) -> ir.Table:
        """One statement, of which nothing is asked: its columns are known."""
        with _named(statement.sql):
            self._create(name, statement)
        return self._known(name, statement.columns)

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """The rows, as dictionaries."""
        with _named(sql):
            result = self.raw.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def keep_csv(self, name: str, source: CsvText, select: Select) -> ir.Table:
        """One pass over a rectangular file; `_line` comes from the order of the rows; raises NotRectangular."""
        stored = f"{name}__kept"
        cells = Statement(_read_csv(source), {f"c{i}": dt.string for i in range(source.width)})
        statement = select(cells)
        try:
            record_count = self._create(stored, statement)
        except duckdb.Error as error:
            self.raw.execute(f"drop table if exists {_name(stored)}")
            raise NotRectangular(_why_not_rectangular(str(error))) from None
        if record_count != source.records:
            self.raw.execute(f"drop table if exists {_name(stored)}")
            raise NotRectangular(f"{record_count} records where {source.records} lines stand")
        first = source.skip_lines + 1
        columns = ", ".join(_name(c) for c in statement.columns)
        self.raw.execute(
            f"create or replace view {_name(name)} as select {columns}, rowid + {first} as _line from {_name(stored)}"
        )
        return self._known(name, {**statement.columns, "_line": dt.int64})

    def _create(self, name: str, statement: Statement) -> int:
        """Make a table of a statement; returns how many rows it has.

        In one statement: Ibis' own way makes an empty table and inserts into it, which costs a tenth more.
        """
        columns = ", ".join(f"{_name(c)}::{_kind(dtype)} as {_name(c)}" for c, dtype in statement.columns.items())
        result = self.raw.execute(f"create or replace table {_name(name)} as select {columns} from ({statement.sql})")
        [count] = result.fetchone() or (0,)
        return int(count)

    def _known(self, name: str, columns: Mapping[str, dt.DataType]) -> ir.Table:
        """A kept table whose columns are known: Ibis would ask for them."""
        schema = ibis.schema({c: dtype.copy(nullable=True) for c, dtype in columns.items()})
        return ops.DatabaseTable(name, schema=schema, source=self._con).to_expr()

    def number(self, name: str, kept: str) -> ir.Table:
        """Rows are numbered by their place in the kept table."""
        self.raw.execute(f"create or replace view {_name(name)} as select *, rowid + 1 as _line from {_name(kept)}")
        return self._table(name)

    def csv_text(self, source: CsvText) -> ir.Table:
        """The cells again, with the line of each; only for looking up rows that were set aside."""
        name = self._next("text")
        self.raw.execute(
            f"create or replace temp view {_name(name)} as "
            f"select *, row_number() over () + {source.skip_lines} as _line from ({_read_csv(source)})"
        )
        return self._table(name)

    def keep_batches(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], select: Select) -> ir.Table:
        """Keep `select` of a stream; the stream is read once."""
        stream_name = f"{name}__stream"
        failed: list[Exception] = []
        self.raw.register(stream_name, pa.RecordBatchReader.from_batches(schema, watched(batches, failed)))
        try:
            columns = dict(self._table(stream_name).schema().items())
            return self.keep_statement(name, select(Statement(f"select * from {_name(stream_name)}", columns)))
        except EngineFault:
            if failed:
                raise failed[0] from None
            raise
        finally:
            self.raw.unregister(stream_name)

    def parquet(self, paths: Sequence[Path], *, numbered: bool = False) -> ir.Table:
        """Parquet files as one table; raises Fault."""
        if numbered and len(paths) != 1:
            raise Fault(f"rows are numbered within one file; got {len(paths)}")
        name = self._next("parquet")
        select = f"select * from {read_parquet(*paths)}"
        if numbered:
            columns = [row[0] for row in self.raw.execute(f"describe {select}").fetchall()]
            cells = "".join(f"{_name(column)} as c{index}, " for index, column in enumerate(columns))
            own = any(column.casefold() == "file_row_number" for column in columns)
            number = "row_number() over ()" if own else "file_row_number + 1"
            option = "" if own else ", file_row_number = true"
            select = f"select {cells}{number} as _line from {read_parquet(*paths, option=option)}"
        self.raw.execute(f"create or replace temp view {_name(name)} as {select}")
        return self._table(name)

    def map_customers(
        self,
        name: str,
        expr: ir.Table,
        customers: int,
        function: Callable[[pa.Table, int, int], pa.Table],
        schema: pa.Schema,
        *,
        block: int,
    ) -> ir.Table:
        """Block by block in order of key; rows are appended as the function gives them."""
        block_name = f"{name}__block"
        created = False
        for first in range(0, max(customers, 1), block):
            last = min(first + block, customers)
            rows = self.fetch(expr.filter(expr.key >= first, expr.key < last))
            self.raw.register(block_name, function(rows, first, last).cast(schema))
            verb = f"insert into {_name(name)}" if created else f"create or replace table {_name(name)} as"
            self.raw.execute(f"{verb} select * from {_name(block_name)}")
            self.raw.unregister(block_name)
            created = True
        return self._table(name)

    def write_parquet(self, expr: ir.Table, path: Path, order_by: Sequence[str]) -> int:
        """Write in order of `order_by`, which must name a row; empty: in the order in which it was kept."""
        ordered = expr.order_by([expr[c].asc(nulls_first=True) for c in order_by]) if order_by else expr
        return write_ordered(self.raw, self._sql(ordered), path)

    def close(self) -> None:
        """Disconnect and remove the scratch folder."""
        self._kept_sql.close()
        self._con.disconnect()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _sql(self, expr: ir.Table) -> str:
        """The SQL of an expression whose rows in memory, if there are any, DuckDB knows by now."""
        sql, stands_alone = self._kept_sql.text(expr)
        if not stands_alone:
            self._con._run_pre_execute_hooks(expr)
        return sql

    def _table(self, name: str) -> ir.Table:
        """A table or view as an expression, as Ibis makes it; types that were seen before are not parsed again."""
        column_rows = self.raw.execute(f"describe {_name(name)}").fetchall()
        schema = ibis.schema({column: _dtype(kind, null == "YES") for column, kind, null, *_ in column_rows})
        return ops.DatabaseTable(name, schema=schema, source=self._con).to_expr()

    def _next(self, kind: str) -> str:
        self._views += 1
        return f"{kind}__{self._views}"


def _typed(rows: pa.Table, schema: ibis.Schema) -> pa.Table:
    """Rows in the types that Ibis infers. Its own converter would load pandas."""
    wanted = schema.to_pyarrow()
    if rows.schema == wanted:
        return rows
    columns = [pa.nulls(len(rows)) if pa.types.is_null(to.type) else rows[to.name].cast(to.type) for to in wanted]
    return pa.Table.from_arrays(columns, schema=wanted)


@functools.cache
def _kind(dtype: dt.DataType) -> str:
    """What DuckDB calls a type of Ibis'."""
    return str(DuckDBType.to_string(dtype))


@functools.cache
def _dtype(kind: str, nullable: bool) -> dt.DataType:
    """The type of Ibis' that a name of DuckDB's means."""
    return DuckDBType.from_string(kind, nullable=nullable)


def watched(batches: Iterator[pa.RecordBatch], failed: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The same stream; what it raises is kept, since DuckDB hands on no more than its words."""
    try:
        yield from batches
    except Exception as error:
        failed.append(error)
        raise


def _read_csv(source: CsvText) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(source.width))
    return (
        f"select * from read_csv({file_text(source.path)}, columns = {{{columns}}}, header = false, "
        f"auto_detect = false, skip = {source.skip_lines}, delim = {_text(source.delimiter)}, quote = '\"', "
        f"escape = '\"', nullstr = '', strict_mode = true, null_padding = false, "
        f"max_line_size = {MAX_LINE_BYTES}, compression = 'none', hive_partitioning = false)"
    )


def _why_not_rectangular(said: str) -> str:
    """DuckDB's words on a file that it could not read to its end, in ours; its first line where they are others."""
    first = said.splitlines()[0]
    line = re.search(r"CSV Error on Line: (\d+)", first)
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if line is None:
        return first
    if "unterminated quote" in said:
        return f"a quote at line {line[1]} does not close, or text stands behind it"
    if cells is not None:
        return f"line {line[1]} has {cells[2]} cells, not {cells[1]}"
    return first


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"
