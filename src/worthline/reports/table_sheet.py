"""An Arrow table as a sheet of a workbook, written piece by piece: no row is ever an object.

Reads     an Arrow table.
Gives     TableSheet, for `workbook`: numbers in full, dates and lists as words, blanks where a number is not finite.
Method    columns become cells of XML a block of rows at a time; a text that stands in many rows becomes one once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worthline.reports import cells
from worthline.reports.workbook import BLANK, Cell, xml

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 10_000
"""Rows that are held as XML at once."""


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A name and a table."""

    name: str
    table: pa.Table

    @property
    def headings(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(self.table.column_names)

    @property
    def many(self) -> int:
        """Rows below the heading."""
        return int(self.table.num_rows)

    def widths(self, most: int) -> list[int]:
        """The longest text of each column among its first rows."""
        first = self.table.slice(0, most)
        return [max((len(cells.words(v)) for v in c.to_pylist() if v is not None), default=0) for c in first.columns]

    def row_blocks(self) -> Iterator[str]:
        """Its rows as XML, in blocks."""
        for batch in self.table.to_batches(max_chunksize=BLOCK):
            columns = [_written(column) for column in batch.columns]
            rows = ("".join(row) for row in zip(*columns, strict=True))
            yield "".join(f"<row>{row}</row>" for row in rows)


def _written(column: pa.Array) -> list[str]:
    """Each value of a column as a cell of XML."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = column.type
    if kinds.is_floating(kind):
        return [_number(repr(v)) if v is not None and math.isfinite(v) else BLANK for v in column.to_pylist()]
    if kinds.is_integer(kind) or kinds.is_decimal(kind):
        return [BLANK if text is None else _number(text) for text in column.cast(pa.string()).to_pylist()]
    if kinds.is_nested(kind):
        return [_words(value) for value in column.to_pylist()]
    different = column.dictionary_encode()
    once = [_words(value) for value in different.dictionary.to_pylist()]
    return [BLANK if at is None else once[at] for at in different.indices.to_pylist()]


def _number(text: str) -> str:
    return f'<c s="0"><v>{text}</v></c>'


def _words(value: object) -> str:
    if isinstance(value, bool):
        return xml(Cell("yes" if value else "no"))
    return xml(Cell(None if value is None else cells.words(value)))
