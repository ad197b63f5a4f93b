"""What people wrote in the app, as one more source of tables.

Reads     .worthline/store/latest.json, which names the snapshot; its *.parquet, one a canonical table, with
          `known_at`, and about.json, which names the last entry of the chain that it was made from.
Gives     Written: sources of that snapshot, its name and the chain's head for run.json.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worthline.config import CompanyConfig, SourceConfig
from worthline.errors import BadSetting, nearest
from worthline.tables import TABLES

FOLDER = Path(".worthline") / "store"


@dataclass(frozen=True, slots=True)
class Written:
    """What a snapshot holds; nothing where there is none."""

    snapshot: str | None = None
    sources: tuple[tuple[SourceConfig, Path], ...] = ()
    head: dict[str, Any] | None = None
    """Number and hash of the chain's last entry."""


def latest(config: CompanyConfig) -> Written:
    """The snapshot that latest.json names; without that file, the last by name; raises BadSetting."""
    last = _latest(config.folder / FOLDER)
    if last is None:
        return Written()
    snapshots = []
    for path in sorted(last.glob("*.parquet")):
        if path.stem not in TABLES:
            close = nearest(path.stem, TABLES)
            hint = f"Did you mean {close[0]}?" if close else "Remove it."
            raise BadSetting(str(path), f"no table is called {path.stem!r}", hint)
        snapshots.append((SourceConfig(path.stem, (str(path),), None, {}, {}, {}), path))
    return Written(last.name, tuple(snapshots), _head(last))


def _latest(home: Path) -> Path | None:
    named = _json(home / "latest.json").get("snapshot")
    if isinstance(named, str) and Path(named).name == named and (home / named).is_dir():
        return home / named
    snapshots = sorted(p for p in home.iterdir() if p.is_dir() and p.name[0] != ".") if home.is_dir() else []
    return snapshots[-1] if snapshots else None


def _head(snapshot: Path) -> dict[str, Any] | None:
    head = _json(snapshot / "about.json").get("head")
    return head if isinstance(head, dict) else None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
