"""Files that lie in the company's folder and that no table reads: said, so that nobody takes them for used.

Reads     the mapping; names of files, nothing in them.
Gives     `unread`: a sentence for the page of data health, or none.
Assumes   what starts with a dot, an underscore or a tilde is not data, as in `init`.
"""

from __future__ import annotations

from itertools import islice

from worthline.config import CompanyConfig
from worthline.ingest.pieces import in_order
from worthline.ingest.raw import EXCEL, PARQUET

TEXT = (".csv", ".tsv")
MOST, NAMED = 5_000, 12
"""Files that are looked at; files that are named."""


def unread(config: CompanyConfig) -> str | None:
    """Which data files no source names, by pattern or in its query."""
    named = {path.resolve() for _, path in in_order(config) if path is not None}
    queries = " ".join(source.query or "" for source in config.sources)
    left = []
    for path in islice(config.folder.rglob("*"), MOST):
        name = path.relative_to(config.folder)
        hidden = any(part.startswith((".", "_", "~")) for part in name.parts)
        if hidden or path.suffix.lower() not in (*TEXT, *EXCEL, *PARQUET) or not path.is_file():
            continue
        if path.resolve() not in named and name.as_posix() not in queries:
            left.append(name.as_posix())
    if not left:
        return None
    further = f" and {len(left) - NAMED:,} more" if len(left) > NAMED else ""
    files = "1 file" if len(left) == 1 else f"{len(left):,} files"
    return f"No table reads {files} of the folder: {', '.join(sorted(left)[:NAMED])}{further}."
