"""Where this user's kept work lies, shared by all companies: compiled SQL, the unpacked model of languages.

Gives     `own_folder`: the folder, made where there is none; None where nothing is to be kept.
Assumes   a folder or file that others may write is not used. docs/adr/0046 says how it is turned off.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

VARIABLE = "WORTHLINE_SQL_CACHE"
"""`off` keeps nothing on disk; `check` compiles everything again and compares; else a folder to use."""


def own_folder() -> Path | None:
    """The folder, made where there is none; None where it is off, cannot be made, or is not this user's alone."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        return folder if is_own(folder) else None
    except OSError:
        return None


def cache_folder() -> Path | None:
    """The folder by the custom of the system; None where it is turned off or there is no home."""
    declared = os.environ.get(VARIABLE, "").strip()
    if declared.lower() in ("off", "0", "no", "false"):
        return None
    if declared and declared.lower() != "check":
        return Path(declared)
    try:
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA", "")
            return Path(local or Path.home() / "AppData" / "Local") / "worthline" / "cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "worthline"
        shared = os.environ.get("XDG_CACHE_HOME", "")
        return Path(shared if Path(shared).is_absolute() else Path.home() / ".cache") / "worthline"
    except RuntimeError:  # no home
        return None


def is_own(place: Path) -> bool:
    """Whether nobody else may write there: what is in it is trusted."""
    if not hasattr(os, "geteuid"):
        return True
    status = place.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
