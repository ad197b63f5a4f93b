"""Whether a published run is whole: looked at once when it is opened, so that damage is told as damage.

Reads     run.json and the footers of the Parquet files; no rows.
Gives     `verify`, which returns the content of run.json or raises CorruptRun with the file that is wrong.
Method    run.json is written last and holds the number of rows of every table: each must have a file whose footer
          says the same number. A file cut short has no footer.
Not for   bytes changed in the middle of a file: those are told where the rows are read (`sql_window`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from worthline.engine.publish import RunFolder

ABOUT: dict[str, type] = {
    "contract": int,
    "run_id": str,
    "company": str,
    "currency": str,
    "as_of": str,
    "setting": str,
    "simulated": bool,
    "settings": dict,
    "because": dict,
    "rows": dict,
    "inputs": dict,
    "engine": str,
    "versions": dict,
}
"""What run.json says, and of which type."""
WORDS: dict[type, str] = {int: "a number", str: "text", bool: "true or false", dict: "an object"}


def verify(run: RunFolder, contract: int) -> dict[str, Any]:
    """The content of run.json, all tables that it names being there; raises CorruptRun."""
    about = run.json("run")
    if not isinstance(about, dict):
        raise run.damaged("run.json", "holds no object")
    if about.get("contract", contract) != contract:
        raise run.damaged("run.json", f"has contract {about['contract']!r}, and this Worthline reads {contract}")
    for name, kind in ABOUT.items():
        if not isinstance(about.get(name), kind):
            raise run.damaged("run.json", f"does not say {name!r} as {WORDS[kind]}")
    _verify_tables(run, about["rows"])
    return about


def _verify_tables(run: RunFolder, rows: Mapping[str, Any]) -> None:
    there = {**run.tables(), **{f"source.{name}": path for name, path in run.sources().items()}}
    for name, expected in rows.items():
        if name not in there:
            raise run.damaged(f"{name.replace('.', '/')}.parquet", "is missing")
        found = _rows(run, there[name])
        if found != expected:
            raise run.damaged(_within(run, there[name]), f"has {found:,} rows, and run.json says {expected}")


def _rows(run: RunFolder, path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        raise run.damaged(_within(run, path), "is no whole Parquet file") from None


def _within(run: RunFolder, path: Path) -> str:
    return str(path.relative_to(run.path))
