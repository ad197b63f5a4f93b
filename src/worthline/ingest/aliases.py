"""Columns that stay attributes although their header is a usual name of one that a table has: said, never taken.

Reads     the pieces of each table.
Gives     a sentence for each file: which headers, what they may be, and how to settle it.
Assumes   a mapping that stands names its columns itself (ADR 8): a usual name is no reason to read a column unasked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worthline.ingest.source_parts import Piece

_SHOWN = 6


def unmapped(pieces: Mapping[str, Sequence[Piece]]) -> Iterator[str]:
    """The sentences, in order of the tables; one for all files of a source that are alike."""
    from worthline.ingest.propose.names import canonical, plain

    said: set[tuple[str, tuple[str, ...]]] = set()
    for table, of_table in pieces.items():
        for piece in of_table:
            mapping, header = piece.shape.mapping, piece.raw.header
            missing = [c.name for c in piece.shape.spec.columns if c.name not in mapping.brought and c.name != "source"]
            usual = {name: column for column in reversed(missing) for name in canonical(table, column)}
            attributes = sorted(mapping.attributes.values())
            may_be = tuple(f"{header[i]} ({usual[plain(header[i])]})" for i in attributes if plain(header[i]) in usual)
            if not may_be or piece.source.query or (table, may_be) in said:
                continue
            said.add((table, may_be))
            more = f" and {len(may_be) - _SHOWN} more" if len(may_be) > _SHOWN else ""
            kept = "is kept as an attribute" if len(may_be) == 1 else "are kept as attributes"
            names = f"{', '.join(may_be[:_SHOWN])}{more}"
            yield (
                f"{table}: of {piece.raw.name}, {names} {kept}. In brackets is the column that it may be. Name it in "
                "columns, or in leave_out."
            )
