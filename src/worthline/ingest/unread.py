"""Files that lie in the company's folder and that no table reads: said, so that nobody takes them for used.

Reads     the mapping; names of files, nothing in them.
Gives     `unread`: a sentence for the page of data health, or none.
Assumes   what `init` would not look at is not data.
"""

from __future__ import annotations

import os

from worthline.config import CompanyConfig
from worthline.ingest.file_names import told
from worthline.ingest.files import zip_of
from worthline.ingest.propose.look import FOREIGN, data_files
from worthline.ingest.source_parts import in_order

NAMED = 12
"""Files that are named."""


def unread(config: CompanyConfig) -> str | None:
    """Which data files no source names, by pattern or in its query. Raises what reading the sources raises."""
    paths = [zip_of(path) or path for _, path in in_order(config) if path is not None]
    named = {os.path.realpath(path) for path in paths}
    queries = " ".join(source.query or "" for source in config.sources)
    left = [
        path.relative_to(config.folder).as_posix()
        for path in data_files(config.folder)
        if path.suffix.lower() not in FOREIGN and path.is_file() and os.path.realpath(path) not in named
    ]
    left = sorted(name for name in left if name not in queries)
    if not left:
        return None
    further = f" and {len(left) - NAMED:,} more" if len(left) > NAMED else ""
    files = "1 file" if len(left) == 1 else f"{len(left):,} files"
    return f"No table reads {files} of the folder: {', '.join(map(told, left[:NAMED]))}{further}."
