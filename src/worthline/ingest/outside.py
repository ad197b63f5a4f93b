"""A company's folder may come from somebody else: what its mapping may read of this machine.

Reads     where a file really lies, links followed.
Gives     `is_inside`, `lies_in`, `refuse`.
Method    files lie in the folder of worthline.toml, or in the folder that `data` names; anything else is read only
          where `outside = true` says so. docs/adr/0031 says why.
"""

from __future__ import annotations

import os
from pathlib import Path

from worthline.config import CompanyConfig
from worthline.errors import BadSetting

FIX = "Copy it into the folder, or allow files from elsewhere: outside = true under [company]."


def is_inside(config: CompanyConfig, path: Path) -> bool:
    """Whether the file, links followed, lies in the company's folder or in `data`, or may lie anywhere."""
    if config.outside:
        return True
    return lies_in(config.data, path) or lies_in(config.folder, path)


def lies_in(folder: Path, path: Path) -> bool:
    """Whether a file, links followed, lies in a folder; a link that leads to itself lies where it stands."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def refuse(config: CompanyConfig, path: Path, table: str, entry: str) -> None:
    """Raise BadSetting where the file that `entry` names lies elsewhere; its content is not looked at."""
    if is_inside(config, path):
        return
    how = "is a link to a file" if path.is_symlink() else "lies"
    raise BadSetting(f"[tables.{table}] file", f"{entry!r} {how} outside the company's folder", FIX)
