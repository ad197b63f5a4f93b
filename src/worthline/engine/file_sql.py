"""A file's path as SQL, so that DuckDB reads that file and nothing but that file.

Gives     `file_text`, `read_parquet`; `allowed`, the paths of files that alone may be opened.
Assumes   DuckDB makes a pattern of a bare *, ? or [ in a path and reads every file that fits, and a column of
          region=EU in a folder's name, which goes before the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path


def file_text(path: Path) -> str:
    """The path of one file as text of SQL, its marks of a pattern taken for themselves."""
    return _text(re.sub(r"[\[*?]", lambda mark: f"[{mark[0]}]", str(path)))


def read_parquet(*paths: Path, option: str = "") -> str:
    """These files as a table of SQL, with their own columns alone."""
    files = ", ".join(map(file_text, paths))
    return f"read_parquet([{files}], hive_partitioning = false{option})"


def allowed(paths: Iterable[Path]) -> str:
    """The statement by which no other file may be opened: each as it is named in SQL, and as the system names it."""
    texts = [text for path in paths for text in (_text(str(path)), file_text(path))]
    return f"set allowed_paths = [{', '.join(texts)}]"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
