"""Whether people have written anything, without the libraries that open what they wrote.

Reads     the company's folder and settings, WORTHLINE_STORE_URL.
Gives     `exists`, `named`, `file_of`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.engine import home

if TYPE_CHECKING:
    from worthline.config import CompanyConfig

FILE = "store.db"
VARIABLE = "WORTHLINE_STORE_URL"


def exists(folder: Path, config: CompanyConfig) -> bool:
    """Whether people have written anything here: a file is there, or a database is named."""
    return named(config) is not None or file_of(folder).is_file()


def file_of(folder: Path) -> Path:
    """Where the store's file is, unless another database is named."""
    return folder / home.HOME / "store" / FILE


def named(config: CompanyConfig) -> str | None:
    """The address of the database that the environment or the settings name."""
    return os.environ.get(VARIABLE) or config.store_url
