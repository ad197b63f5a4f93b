"""Whether a published run is whole: looked at once when it is opened, so that damage is told as damage.

Reads     run.json, the sizes of the files that it names; footers of Parquet files where it names no sizes.
Gives     `verify`, which returns the content of run.json or raises CorruptRun with the file that is wrong.
Not for   bytes changed in the middle of a file: each file is held against its sha256 when it is read (`seal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from worthline.engine.run_folder import RunFolder
from worthline.run.manifest import Manifest

WORDS: dict[type, str] = {int: "a number", str: "text", bool: "true or false", dict: "an object"}
LATER = ("seeds", "files")
"""What the first runs did not say."""


def _kinds() -> dict[str, tuple[type, ...]]:
    """What run.json says, and of which types."""
    hints = get_type_hints(Manifest)
    kinds: dict[str, tuple[type, ...]] = {}
    for each in fields(Manifest):
        options = get_args(hints[each.name]) if NoneType in get_args(hints[each.name]) else (hints[each.name],)
        kinds[each.name] = tuple(get_origin(option) or option for option in options)
    return kinds


def verify(run: RunFolder) -> dict[str, Any]:
    """The content of run.json, all files that it names being there; raises CorruptRun."""
    about = run.about
    for name, kinds in _kinds().items():
        if name not in LATER and not isinstance(about.get(name), kinds):
            raise run.damaged("run.json", f"does not say {name!r} as {WORDS[kinds[0]]}")
    if run.sealed is None:
        _by_footers(run, about["rows"])
    else:
        _by_sizes(run, run.sealed, about["rows"])
    return about


def _by_sizes(run: RunFolder, sealed: Mapping[str, Any], rows: Mapping[str, Any]) -> None:
    for name in rows:
        if f"{name.replace('.', '/')}.parquet" not in sealed:
            raise run.damaged("run.json", f"has no seal of the table {name}")
    for name, expected in sealed.items():
        try:
            size = (run.path / name).stat().st_size
        except OSError:
            raise run.damaged(name, "is missing") from None
        if size != expected["bytes"]:
            raise run.damaged(name, f"has {size:,} bytes, and {expected['bytes']:,} were published")


def _by_footers(run: RunFolder, rows: Mapping[str, Any]) -> None:
    there = {**run.tables(), **{f"source.{name}": path for name, path in run.sources().items()}}
    for name, expected in rows.items():
        if name not in there:
            raise run.damaged(f"{name.replace('.', '/')}.parquet", "is missing")
        counted = _rows(run, there[name])
        if counted != expected:
            raise run.damaged(_within(run, there[name]), f"has {counted:,} rows, and run.json says {expected}")


def _rows(run: RunFolder, path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError, ValueError):
        raise run.damaged(_within(run, path), "is no whole Parquet file") from None


def _within(run: RunFolder, path: Path) -> str:
    return path.relative_to(run.path).as_posix()
