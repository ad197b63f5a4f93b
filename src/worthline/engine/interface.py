"""The one door to whatever computes: what an engine must be able to do.

Rooms build Ibis expressions; an Engine runs them: DuckDB in the process, or Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from worthline.errors import WorthlineError
from worthline.results import Compute

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Statement:
    """A `select` in the SQL of DuckDB, and the types of its columns: the `reader` runs it as it stands."""

    sql: str
    columns: Mapping[str, dt.DataType]


Select = Callable[[Statement], Statement]
"""From raw rows (with `_line`, where they have it) to those to keep."""


@dataclass(frozen=True, slots=True)
class CsvText:
    """A UTF-8 delimited file whose every record stands on one line of its own and has `width` cells."""

    path: Path
    width: int
    delimiter: str
    skip_lines: int
    records: int
    """How many records there must be."""


class NotRectangular(WorthlineError):
    """The quick reader did not find the records that the file should hold; use the exact one."""


class Engine(Protocol):
    """Runs expressions, keeps tables, writes files. Everything lives in a scratch folder until closed."""

    name: str

    @property
    def reader(self) -> Engine:
        """The engine that reads files and checks them: DuckDB, be it this one or one beside it."""
        ...

    def take(self, name: str, table: ir.Table) -> ir.Table:
        """A table of the `reader` as one of this engine, kept as `name` where they are not the same."""
        ...

    def fetch(self, expr: ir.Expr) -> pa.Table:
        """The rows of an expression."""
        ...

    def keep(self, name: str, expr: ir.Table) -> ir.Table:
        """Materialise `expr` under `name`, replacing what was there."""
        ...

    def stage(self, name: str, expr: ir.Table) -> ir.Table:
        """The same rows, their expressions computed once: what builds on them refers to columns.

        Not materialised. Without it an expression that others use is compiled into each of them.
        """
        ...

    def statement(self, table: ir.Table) -> Statement:
        """The rows of the `reader` as a statement."""
        ...

    def keep_statement(self, name: str, statement: Statement) -> ir.Table:
        """Materialise a statement on the `reader` under `name`, each column of its type."""
        ...

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a question in SQL to the `reader`, of few rows, as dictionaries."""
        ...

    def keep_csv(self, name: str, source: CsvText, select: Select) -> ir.Table:
        """Keep `select` of the file's cells, text columns c0, c1, … (blank: null); adds `_line` (int64).

        One pass over the file. Raises NotRectangular, leaving nothing behind.
        """
        ...

    def keep_batches(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], select: Select) -> ir.Table:
        """Keep `select` of a stream of record batches."""
        ...

    def number(self, name: str, kept: str) -> ir.Table:
        """The table kept as `kept` with `_line`, the number of each row from 1 in the order of keeping."""
        ...

    def csv_text(self, source: CsvText) -> ir.Table:
        """The file's cells as text columns c0, c1, … with `_line`, read again at each use."""
        ...

    def parquet(self, paths: Sequence[Path], *, numbered: bool = False) -> ir.Table:
        """Parquet files as one table; `numbered` (one file only): its columns as c0, c1, … and `_line`, from 1."""
        ...

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
        """Run a function over whole customers, block by block; see `results.MapCustomers`."""
        ...

    def write_parquet(self, expr: ir.Table, path: Path, order_by: Sequence[str]) -> int:
        """Write the rows in a total order, so that the same rows give the same bytes; returns their number.

        An empty `order_by` keeps the order in which the table was kept (a panel from `map_customers`).
        """
        ...

    def drop(self, name: str) -> None:
        """Forget a kept table."""
        ...

    def close(self) -> None:
        """Let go of everything, the scratch folder too."""
        ...


def rooms(engine: Engine) -> Compute:
    """The engine as rooms that must not import it see it."""
    return Compute(fetch=engine.fetch, keep=engine.keep, map_customers=engine.map_customers)
