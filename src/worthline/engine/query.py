"""A mapping's SQL over the company's own files, and over nothing else.

Reads     files registered by name; the CSV cells of a query are text.
Gives     Arrow batches of the result, always in the same order.
Method    a connection of its own that may open the registered files alone; one thread, so that a query without
          an order still gives its rows in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from worthline.engine.duckdb_engine import _name, _read_csv, _text, watched
from worthline.engine.interface import CsvText
from worthline.errors import BadQuery

ROW = "~row"
"""Suffix of the twin of each file whose rows are numbered in the column `_row`."""


class QueryDesk:
    """Register files, then `lock`, then ask."""

    def __init__(self, scratch: Path, memory: str = "1GB") -> None:
        self._con = duckdb.connect(":memory:")
        self._con.execute("set threads = 1")
        self._con.execute(f"set memory_limit = '{memory}'")
        scratch.mkdir(parents=True, exist_ok=True)
        self._con.execute(f"set temp_directory = {_text(str(scratch))}")
        self._allowed: list[str] = [str(scratch)]
        self._paths: list[Path] = []

    def __enter__(self) -> QueryDesk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._con.close()

    def add_csv(self, name: str, header: Sequence[str], source: CsvText) -> None:
        """A rectangular file; its columns have the names of its header and are text."""
        cells = ", ".join(f"c{i} as {_name(column)}" for i, column in enumerate(header))
        self._paths.append(source.path)
        self._twins(name, f"select {cells} from ({_read_csv(source)})")

    def add_parquet(self, name: str, path: Path) -> None:
        """A Parquet file, with its own types."""
        self._paths.append(path)
        self._twins(name, f"select * from read_parquet({_text(str(path))})")

    def add_batches(
        self, name: str, header: Sequence[str], schema: pa.Schema, batches: Iterator[pa.RecordBatch]
    ) -> None:
        """Rows that cannot be read in place; `_line` is left out."""
        failed: list[Exception] = []
        self._con.register("incoming", pa.RecordBatchReader.from_batches(schema, watched(batches, failed)))
        cells = ", ".join(f"c{i} as {_name(column)}" for i, column in enumerate(header))
        try:
            self._con.execute(f"create table {_name('held ' + name)} as select {cells} from incoming")
        except duckdb.Error:
            if failed:
                raise failed[0] from None
            raise
        self._con.unregister("incoming")
        self._twins(name, f"select * from {_name('held ' + name)}")

    def lock(self) -> None:
        """No other file from here on."""
        paths = ", ".join(_text(str(p)) for p in self._paths)
        self._con.execute(f"set allowed_paths = [{paths}]")
        self._con.execute(f"set allowed_directories = [{_text(self._allowed[0])}]")
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def ask(self, sql: str) -> pa.RecordBatchReader:
        """Run one SELECT; raises BadQuery with the engine's first words."""
        try:
            statements = self._con.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise BadQuery("A mapping's query is one SELECT.")
            return self._con.execute(statements[0]).to_arrow_reader(100_000)
        except duckdb.Error as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise BadQuery(" ".join(lines[:2])) from None

    def row(self, sql: str) -> dict[str, Any]:
        """The only row of a query."""
        found: dict[str, Any] = self.ask(sql).read_all().to_pylist()[0]
        return found

    def columns(self, name: str) -> tuple[str, ...]:
        """Columns of a registered file."""
        return tuple(self.ask(f"select * from {_name(name)} limit 0").schema.names)

    def rows(self, name: str) -> int:
        """How many rows a registered file has."""
        return int(self.row(f"select count(*) as n from {_name(name)}")["n"])

    def _twins(self, name: str, select: str) -> None:
        self._con.execute(f"create view {_name(name)} as {select}")
        self._con.execute(f"create view {_name(name + ROW)} as select *, row_number() over () as _row from ({select})")
