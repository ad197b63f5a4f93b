"""What makes control groups stay the same: the key of the assignment, and the shares that were settled.

Reads     and writes .worthline/control.json: key, shares by what the group is for.
Gives     Kept; `load`; `keep`, which writes it before a run is published, where anything is new.
Assumes   a setting of worthline.toml goes before what is kept; nothing here is ever taken back.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.engine import publish
from worthline.engine.home import HOME
from worthline.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "control.json"


@dataclass(frozen=True)
class Kept:
    """The key, None before the first worklist, and shares by trial."""

    key: str | None = None
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What enters the run's name; the key cannot be read from it."""
        content = json.dumps([self.key, sorted(self.shares.items())])
        return hashlib.sha256(content.encode()).hexdigest()


def load(folder: Path) -> Kept:
    """What this company has settled; raises DataError where the file is damaged: groups must not be drawn anew."""
    path = folder / HOME / FILE
    if not path.is_file():
        return Kept()
    try:
        content: Any = json.loads(path.read_text("utf-8"))
        shares = {str(name): float(share) for name, share in content["shares"].items()}
        return Kept(str(content["key"]), shares)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "Restore the file from a backup: without it control groups would be drawn anew."
        raise DataError(f"Cannot read {path}: {error}. {fix}", tried=str(path), found=str(error), fix=fix) from None


def settled(before: Kept, groups: pa.Table | None, default_key: str) -> Kept:
    """What is settled after a run: a first key, and the shares of groups that had none."""
    if groups is None:
        return before
    shares = dict(zip(groups["trial"].to_pylist(), groups["share"].to_pylist(), strict=True))
    return Kept(before.key or default_key, {**before.shares, **shares})


def keep(folder: Path, kept: Kept) -> None:
    """Write it, whole or not at all, where it differs from what is there."""
    if kept.key is None or kept == load(folder):
        return
    path = folder / HOME / FILE
    aside = path.with_suffix(".new")
    publish.write_json(aside, {"key": kept.key, "shares": dict(sorted(kept.shares.items()))})
    aside.chmod(0o600)
    os.replace(aside, path)
