"""Spark, through Ibis: the engine for companies that one machine does not hold.

Reads     the same Ibis expressions as DuckDB. Files are read by DuckDB (`reader`), whose tables are handed over.
Gives     kept tables as Parquet in the scratch folder, Arrow tables, published Parquet files.
Method    a kept table is written once and read back, so nothing is computed twice; functions over customers run
          where the rows are (applyInArrow); a published file is put in order and written by DuckDB, so that it
          is the same, to the byte where the values are, as one that DuckDB computed.
Not for   reading a company's files on the cluster: docs/adr/0013 says why.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq

from worthline.engine.duckdb_engine import DuckDBEngine
from worthline.engine.interface import CsvText, Select, Statement
from worthline.engine.spark_session import Session
from worthline.errors import EngineFault, Fault

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import DataFrame

PLACE = "_row"
"""Beside the rows of `map_customers`: the place of each, since Spark keeps no order."""
BLOCK_BITS = 40
"""A block's number stands above this bit of a row's place."""


@contextmanager
def _named(expr: ir.Expr) -> Iterator[None]:
    """What Spark cannot do is raised with the statement that it failed at."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise EngineFault(str(ibis.to_sql(expr, dialect="pyspark")), str(error)) from error


class SparkEngine:
    """See `door.Engine`."""

    name = "spark"

    def __init__(self, master: str, scratch: Path, *, threads: int | None = None, memory: str = "2GB") -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = scratch.resolve()
        self._session = Session(master, self._scratch, memory=memory)
        self._spark = self._session.spark
        self._con = ibis.pyspark.connect(self._spark)
        self._reader = DuckDBEngine(scratch / "reader", threads=threads, memory=memory)
        self._made = 0
        self._files: dict[str, Path] = {}
        self._ordered: set[str] = set()
        self._memory: set[str] = set()

    @property
    def reader(self) -> DuckDBEngine:
        """DuckDB, which reads files and writes published ones."""
        return self._reader

    def take(self, name: str, table: ir.Table) -> ir.Table:
        """Hand a table of the reader over, as a Parquet file that Spark reads."""
        place = self._next(name)
        place.mkdir(parents=True)
        self._reader.write_parquet(table, place / "part.parquet", ())
        return self._known(name, place, self._spark.read.parquet(place.as_uri()))

    def fetch(self, expr: ir.Expr) -> pa.Table:
        """The rows of an expression; a scalar or a column comes as a table of one column."""
        table = expr.as_table() if not hasattr(expr, "schema") else expr
        schema = table.schema().to_pyarrow()
        with _named(table):
            rows = self._frame(table).toArrow()
        return rows.cast(pa.schema([pa.field(f.name, f.type) for f in schema]))

    def keep(self, name: str, expr: ir.Table) -> ir.Table:
        """Write `expr` under `name`, each column of the type that Ibis infers; read from there on."""
        op = expr.op()
        if isinstance(op, ops.InMemoryTable):
            place = self._laid(name, op.data.to_pyarrow(op.schema))
            return self._known(name, place, self._spark.read.parquet(place.as_uri()))
        with _named(expr):
            return self._keep(name, self._frame(expr))

    def stage(self, name: str, expr: ir.Table) -> ir.Table:
        """A temporary view."""
        self._frame(expr).createOrReplaceTempView(name)
        return self._con.table(name)

    def drop(self, name: str) -> None:
        """Forget a kept table."""
        self._spark.catalog.dropTempView(name)
        self._ordered.discard(name)
        if place := self._files.pop(name, None):
            shutil.rmtree(place, ignore_errors=True)

    def statement(self, table: ir.Table) -> Statement:
        """Of a table of the reader."""
        return self._reader.statement(table)

    def keep_statement(self, name: str, statement: Statement) -> ir.Table:
        """Kept by DuckDB and handed over."""
        return self.take(name, self._reader.keep_statement(name, statement))

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Answered by DuckDB."""
        return self._reader.ask(sql)

    def keep_csv(self, name: str, source: CsvText, select: Select) -> ir.Table:
        """Read by DuckDB, in one pass, and handed over."""
        return self.take(name, self._reader.keep_csv(name, source, select))

    def keep_batches(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], select: Select) -> ir.Table:
        """Read by DuckDB and handed over."""
        return self.take(name, self._reader.keep_batches(name, schema, batches, select))

    def number(self, name: str, kept: str) -> ir.Table:
        """As DuckDB read them: rows from `keep_csv` or `keep_batches` only."""
        return self.take(name, self._reader.number(name, kept))

    def csv_text(self, source: CsvText) -> ir.Table:
        """Read by DuckDB and handed over."""
        return self.take(f"text__{self._count()}", self._reader.csv_text(source))

    def parquet(self, paths: Sequence[Path], *, numbered: bool = False) -> ir.Table:
        """Parquet files as one table; numbered by DuckDB, which knows the order of a file."""
        name = f"parquet__{self._count()}"
        if numbered:
            return self.take(name, self._reader.parquet(paths, numbered=True))
        self._spark.read.parquet(*(p.resolve().as_uri() for p in paths)).createOrReplaceTempView(name)
        return self._con.table(name)

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
        """Blocks side by side, each where its rows are gathered; the place of each row is kept beside it."""
        from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
        from pyspark.sql.pandas.types import from_arrow_schema

        placed = schema.append(pa.field(PLACE, pa.int64()))
        columns = expr.schema().to_pyarrow()
        block_of = _Block(function, customers, block, placed)
        number = F.floor(F.col("key") / F.lit(block)).cast("int")
        missing = self._empty_blocks(expr, customers, block)
        rows = (
            self._frame(expr)
            .groupBy(number)
            .applyInArrow(
                lambda key, rows: block_of.rows(key[0].as_py(), rows.cast(columns)), from_arrow_schema(placed)
            )
        )
        if missing:
            nothing = columns.empty_table()
            more = pa.concat_tables([block_of.rows(n, nothing) for n in missing])
            rows = rows.unionByName(self._in_memory(more))
        self._ordered.add(name)
        return self._keep(name, rows, ordered=True)

    def write_parquet(self, expr: ir.Table, path: Path, order_by: Sequence[str]) -> int:
        """Computed here, put in order and written by DuckDB; raises Fault."""
        op = expr.op()
        kept = op.name if isinstance(op, ops.DatabaseTable) else None
        if not order_by and kept not in self._ordered:
            raise Fault(f"Spark keeps no order of rows: {path.name} needs one to be written in")
        if kept in self._files:
            place = self._files[str(kept)]
        else:
            place = self._next("out")
            self._frame(expr).write.parquet(place.as_uri())
        parts = self._reader.parquet(sorted(place.glob("*.parquet")))
        ordered = parts.order_by(PLACE) if not order_by else parts
        typed = ordered.select(**{c: ordered[c].cast(kind) for c, kind in expr.schema().items()})
        return self._reader.write_parquet(typed, path, order_by)

    def close(self) -> None:
        """End the session and remove the scratch folder."""
        self._reader.close()
        for name in (*self._files, *self._memory):
            self._spark.catalog.dropTempView(name)
        self._session.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _frame(self, expr: ir.Table) -> DataFrame:
        """The expression as Spark's own, each column cast to the type that Ibis infers."""
        for table in expr.op().find(ops.InMemoryTable):
            if table.name not in self._memory:
                self._memory.add(table.name)
                self._in_memory(table.data.to_pyarrow(table.schema)).createOrReplaceTempView(table.name)
        kind = self._con.compiler.type_mapper.to_string
        columns = ", ".join(f"cast({_name(c)} as {kind(dtype)}) as {_name(c)}" for c, dtype in expr.schema().items())
        return self._spark.sql(f"select {columns} from ({self._con.compile(expr)})")

    def _in_memory(self, table: pa.Table) -> DataFrame:
        """Rows of this process, by way of a file: exact for every type."""
        return self._spark.read.parquet(self._laid("memory", table).as_uri())

    def _laid(self, name: str, table: pa.Table) -> Path:
        """Rows of this process as a folder of one Parquet file."""
        place = self._next(name)
        place.mkdir(parents=True)
        pq.write_table(table, place / "part.parquet")
        return place

    def _keep(self, name: str, frame: DataFrame, *, ordered: bool = False) -> ir.Table:
        place = self._next(name)
        frame.write.parquet(place.as_uri())
        return self._known(name, place, self._spark.read.schema(frame.schema).parquet(place.as_uri()), ordered=ordered)

    def _known(self, name: str, place: Path, frame: DataFrame, *, ordered: bool = False) -> ir.Table:
        """What lies in `place` as the table `name`, instead of what had that name."""
        old = self._files.get(name)
        (frame.drop(PLACE) if ordered else frame).createOrReplaceTempView(name)
        self._files[name] = place
        if not ordered:
            self._ordered.discard(name)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
        return self._con.table(name)

    def _empty_blocks(self, expr: ir.Table, customers: int, block: int) -> list[int]:
        """Blocks in which no row lies; the function is asked for their rows all the same."""
        last = max(customers - 1, 0) // block
        keys = expr.select(n=(expr.key.cast("float64") / block).floor().cast("int64")).distinct()
        return sorted(set(range(last + 1)) - set(self.fetch(keys)["n"].to_pylist()))

    def _count(self) -> int:
        self._made += 1
        return self._made

    def _next(self, name: str) -> Path:
        return self._scratch / "kept" / f"{self._count():05d}-{''.join(c if c.isalnum() else '_' for c in name)}"


class _Block:
    """What a worker runs for one block: pickled, so it holds nothing of the engine."""

    def __init__(
        self,
        function: Callable[[pa.Table, int, int], pa.Table],
        customers: int,
        block: int,
        placed: pa.Schema,
    ) -> None:
        self._function, self._customers, self._block, self._placed = function, customers, block, placed

    def rows(self, number: int, rows: pa.Table) -> pa.Table:
        """The rows of block `number`, with their places."""
        first = number * self._block
        made = self._function(rows, first, min(first + self._block, self._customers))
        start = number << BLOCK_BITS
        places = pa.array(range(start, start + made.num_rows), pa.int64())
        return made.cast(pa.schema(list(self._placed)[:-1])).append_column(PLACE, places).cast(self._placed)


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
