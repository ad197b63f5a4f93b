"""Seals: the sha256 of each file of a run, so that no changed bit is served as a number.

Reads     files, once a process as long as their time and size stay.
Gives     `digest`, `files` of a folder, `holds`; and `sealed`, run.json's own seal over what it says.
Method    run.json holds the size and sha256 of every other file of the run and, as its last key, the sha256 of its own
          content; current.json holds the sha256 of the published run.json.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SEAL = "seal"
FILES = "files"
_checked: dict[tuple[str, int, int], str] = {}
_lock = threading.Lock()


def digest(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal; read anew where its time or size changed."""
    state = path.stat()
    key = (str(path.absolute()), state.st_mtime_ns, state.st_size)
    with _lock:
        known = _checked.get(key)
    if known is None:
        with path.open("rb") as file:
            known = hashlib.file_digest(file, "sha256").hexdigest()
        with _lock:
            _checked[key] = known
    return known


def files(folder: Path) -> dict[str, dict[str, Any]]:
    """sha256 and bytes of every file below `folder`, by its path within it, in order of the path."""
    paths = sorted((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.relative_to(folder).as_posix())
    return {p.relative_to(folder).as_posix(): {"sha256": digest(p), "bytes": p.stat().st_size} for p in paths}


def why_not(path: Path, expected: Mapping[str, Any]) -> str | None:
    """Why the file at `path` is not the one that was sealed; None where it is. Raises OSError."""
    if path.stat().st_size != expected["bytes"]:
        return f"has {path.stat().st_size:,} bytes, and {expected['bytes']:,} were published"
    return None if digest(path) == expected["sha256"] else "is not the file that was published: its bytes changed"


def seal(content: Mapping[str, Any]) -> str:
    """sha256 over all that `content` says, its own seal left out."""
    sealed = {key: value for key, value in content.items() if key != SEAL}
    text = json.dumps(sealed, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
