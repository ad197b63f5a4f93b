"""A mapping's SQL over the company's own files, and over nothing else.

Reads     files registered by name; the CSV cells of a query are text.
Gives     Arrow batches of the result, always in the same order.
Method    a connection of its own, in a child process whose memory and time are watched (`guarded`), that may open the
          registered files alone; one thread, so that a query without an order still gives its rows in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from worthline.engine import guarded, volatile
from worthline.engine.duckdb_engine import _name, _read_csv, _text
from worthline.engine.file_sql import allowed, read_parquet
from worthline.engine.interface import CsvText
from worthline.errors import BadQuery

ROW = "~row"
"""Suffix of the twin of each file whose rows are numbered in the column `_row`."""
MEMORY = 1 << 30
"""Bytes that a query may use; what needs more is spilled to the scratch folder."""
SECONDS = 60
"""Longest that one waits for a query's rows, where no setting says otherwise."""


class QueryDesk:
    """Register files, then `lock`, then ask."""

    def __init__(self, scratch: Path, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._memory, self._seconds = memory, seconds
        self._scratch = scratch
        self._setup = ["set threads = 1", f"set memory_limit = '{memory}B'"]
        self._setup += [f"set temp_directory = {_text(str(scratch))}"]
        self._views: list[str] = []
        self._paths: list[Path] = []
        self._open = ExitStack()
        self._child: guarded.Guarded | None = None

    def __enter__(self) -> QueryDesk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def add_csv(self, name: str, header: Sequence[str], source: CsvText) -> None:
        """A rectangular file; its columns have the names of its header and are text."""
        cells = ", ".join(f"c{i} as {_name(column)}" for i, column in enumerate(header))
        self._paths.append(source.path)
        self._twins(name, f"select {cells} from ({_read_csv(source)})")

    def add_parquet(self, name: str, path: Path) -> None:
        """A Parquet file, with its own types; raises what reading its footer raises."""
        pq.read_metadata(path)
        self._paths.append(path)
        self._twins(name, f"select * from {read_parquet(path)}")

    def add_batches(
        self, name: str, header: Sequence[str], schema: pa.Schema, batches: Iterator[pa.RecordBatch]
    ) -> None:
        """Rows that cannot be read in place, held in the scratch folder; `_line` is left out."""
        held = self._scratch / f"held-{len(self._paths)}.parquet"
        with pq.ParquetWriter(held, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        cells = ", ".join(f"c{i} as {_name(column)}" for i, column in enumerate(header))
        self._paths.append(held)
        self._twins(name, f"select {cells} from {read_parquet(held)}")

    def lock(self) -> None:
        """No other file from here on; raises BadQuery where one cannot be opened."""
        only = [allowed(self._paths), f"set allowed_directories = [{_text(str(self._scratch))}]"]
        locked = ["set enable_external_access = false", "set lock_configuration = true"]
        self._child = self._open.enter_context(guarded.borrowed())
        try:
            setup = [*self._setup, *self._views, *only, *locked]
            self._child.open(setup, memory=self._memory, seconds=self._seconds)
        except (guarded.EngineSays, guarded.TooMuch) as error:
            raise self._bad(error) from None

    def ask(self, sql: str) -> pa.RecordBatchReader:
        """Run one SELECT; raises BadQuery with the engine's first words, while its rows come, too."""
        if found := volatile.named(sql):
            raise BadQuery(
                f"{found} may give another result another time, so that one run would have two numbers. "
                "Bring the value as a column, or write it as a constant."
            )
        assert self._child is not None, "lock comes first"
        try:
            schema, batches = self._child.ask(sql, seconds=self._seconds, use_counts=True)
        except (guarded.EngineSays, guarded.TooMuch) as error:
            raise self._bad(error) from None
        return pa.RecordBatchReader.from_batches(schema, self._translated(batches))

    def _translated(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except (guarded.EngineSays, guarded.TooMuch) as error:
            raise self._bad(error) from None

    def _bad(self, error: guarded.EngineSays | guarded.TooMuch) -> BadQuery:
        if isinstance(error, guarded.TooMuch):
            if error.what == "time":
                fix = "Ask for less, or allow more in its table: query_seconds = 600."
                return BadQuery(f"It was stopped after {self._seconds:g} seconds. {fix}", fix=fix)
            return BadQuery(f"It needs more memory than it may have ({self._memory >> 20:,} MB). Ask for less.")
        if str(error) == guarded.NOT_ONE_SELECT:
            return BadQuery("A mapping's query is one SELECT.")
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return BadQuery(" ".join(lines[:2]))

    def row(self, sql: str) -> dict[str, Any]:
        """The only row of a query."""
        first: dict[str, Any] = self.ask(sql).read_all().to_pylist()[0]
        return first

    def columns(self, name: str) -> tuple[str, ...]:
        """Columns of a registered file."""
        return tuple(self.ask(f"select * from {_name(name)} limit 0").schema.names)

    def _twins(self, name: str, select: str) -> None:
        numbered = f"select *, row_number() over () as _row from ({select})"
        self._views.append(f"create view {_name(name)} as {select}")
        self._views.append(f"create view {_name(name + ROW)} as {numbered}")
