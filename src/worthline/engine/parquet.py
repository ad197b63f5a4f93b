"""Parquet whose bytes depend on nothing but the rows: not on the clock, threads or chance.

Method    rows come in a total order (or in the order in which a table was kept), and DuckDB keeps that order
          while it writes row groups of a fixed size; tests compare the bytes on one thread and on two.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

ROW_GROUP = 122_880


def write_ordered(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    """Write the rows of a query, in its order, to `path`; synced to disk. Returns how many."""
    target = str(path).replace("'", "''")
    copied = con.execute(
        f"copy ({sql}) to '{target}' (format parquet, compression zstd, row_group_size {ROW_GROUP})"
    ).fetchone()
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return int(copied[0]) if copied else 0
