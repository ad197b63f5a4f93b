"""What the tests of ingest share: columns of cells on the engine, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from worthline.engine import Statement
from worthline.engine.duckdb_engine import DuckDBEngine
from worthline.ingest.sql_text import Sql, column, select


@dataclass(frozen=True)
class Cells:
    """Rows of one column `c` of cells, and `n`, their order."""

    rows: Statement

    @property
    def c(self) -> Sql:
        """The column of cells."""
        return Sql(column("c"), self.rows.columns["c"])


def cells(engine: DuckDBEngine, values: Any, dtype: pa.DataType | None = None) -> Cells:
    """A kept table of one column `c` of cells, and `n`, their order."""
    array = pa.array(values, dtype or pa.string())
    table = engine.keep("cells", ibis.memtable(pa.table({"c": array, "n": list(range(len(array)))})))
    return Cells(engine.statement(table))


def fetched(engine: DuckDBEngine, table: Cells, **columns: Any) -> list[tuple[Any, ...]]:
    """Columns of a table in the order of `n`; a claim that nothing holds is false."""
    asked = {name: "false" if value is None else value for name, value in columns.items()}
    sql = select({"n": column("n"), **asked}, table.rows.sql)
    return [tuple(row.values())[1:] for row in engine.ask(f"{sql} order by n")]
