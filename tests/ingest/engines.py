"""What the tests of ingest share: columns of cells on the engine, and back."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from worthline.engine.duckdb_engine import DuckDBEngine


def cells(engine: DuckDBEngine, values: Any, dtype: pa.DataType | None = None) -> Any:
    """A kept table of one column `c` of cells, and `n`, their order."""
    array = pa.array(values, dtype or pa.string())
    return engine.keep("cells", ibis.memtable(pa.table({"c": array, "n": list(range(len(array)))})))


def fetched(engine: DuckDBEngine, table: Any, **columns: Any) -> list[tuple[Any, ...]]:
    """Columns of a table in the order of `n`."""
    named = table.select(n=table.n, **columns)
    return [tuple(row.values())[1:] for row in engine.fetch(named.order_by("n")).to_pylist()]
