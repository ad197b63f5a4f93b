"""A company's folder may come from somebody else: what its mapping may read of this machine.

Reads     where a file really lies, links followed.
Gives     `is_inside`, `refuse`.
Method    files lie in the folder of worthline.toml, or in the folder that `data` names; anything else is read only
          where `outside = true` says so. docs/adr/0031 says why.
"""

from __future__ import annotations

from pathlib import Path

from worthline.config import CompanyConfig
from worthline.errors import BadSetting

FIX = "Copy it into the folder, or allow files from elsewhere: outside = true under [company]."


def is_inside(config: CompanyConfig, path: Path) -> bool:
    """Whether the file, links followed, lies in the company's folder or in `data`, or may lie anywhere."""
    if config.outside:
        return True
    real = path.resolve()
    return real.is_relative_to(config.data.resolve()) or real.is_relative_to(config.folder.resolve())


def refuse(config: CompanyConfig, path: Path, table: str, entry: str) -> None:
    """Raise BadSetting where the file that `entry` names lies elsewhere; its content is not looked at."""
    if is_inside(config, path):
        return
    how = "is a link to a file" if path.is_symlink() else "lies"
    raise BadSetting(f"[tables.{table}] file", f"{entry!r} {how} outside the company's folder", FIX)
