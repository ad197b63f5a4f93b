"""The only room that runs anything: engines, publishing a run, and the read-only window on one."""

from __future__ import annotations

from pathlib import Path

from worthline.engine.interface import CsvText, Engine, NotRectangular, Statement, rooms

__all__ = ["CsvText", "Engine", "NotRectangular", "Statement", "open_engine", "rooms"]


def open_engine(name: str, scratch: Path, *, threads: int | None = None, memory: str = "2GB") -> Engine:
    """The engine called `name` (duckdb, or a Spark master URL), working in the folder `scratch`.

    Raises BadSetting, and UsageError where Spark or Java is not there.
    """
    from worthline.errors import BadSetting

    if name == "duckdb":
        from worthline.engine.duckdb_engine import DuckDBEngine

        return DuckDBEngine(scratch, threads=threads, memory=memory)
    from worthline.engine.spark_session import is_master

    if is_master(name):
        from worthline.engine.spark import SparkEngine

        return SparkEngine(name, scratch, threads=threads, memory=memory)
    raise BadSetting("engine", f"there is no engine {name!r}", "Use duckdb, or a Spark master such as local[2].")
