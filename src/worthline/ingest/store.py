"""What people wrote in the app, as one more source of tables.

Reads     .worthline/store/<snapshot>/*.parquet: one file a canonical table, with `known_at`.
Gives     sources of the latest snapshot, and its name for the run's fingerprint.
"""

from __future__ import annotations

from pathlib import Path

from worthline.config import CompanyConfig, SourceConfig
from worthline.errors import BadSetting, nearest
from worthline.tables import TABLES

FOLDER = Path(".worthline") / "store"


def latest(config: CompanyConfig) -> tuple[str | None, tuple[tuple[SourceConfig, Path], ...]]:
    """(name of the snapshot, its tables and files); snapshots sort by name."""
    home = config.folder / FOLDER
    snapshots = sorted(p for p in home.iterdir() if p.is_dir()) if home.is_dir() else []
    if not snapshots:
        return None, ()
    last = snapshots[-1]
    found = []
    for path in sorted(last.glob("*.parquet")):
        if path.stem not in TABLES:
            close = nearest(path.stem, TABLES)
            hint = f"Did you mean {close[0]}?" if close else "Remove it."
            raise BadSetting(str(path), f"no table is called {path.stem!r}", hint)
        found.append((SourceConfig(path.stem, (str(path),), None, {}, {}, {}), path))
    return last.name, tuple(found)
