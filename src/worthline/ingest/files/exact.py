"""The reader for files that the engine cannot be trusted with: slow, and always right.

Reads     a CSV or TSV file in any encoding, with any mix of line ends, damaged or not.
Gives     Arrow batches of text columns with line numbers, and a Reject for every record left out.
Not for   clean files: the engine reads those several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from worthline.ingest.files.dialect import Dialect
from worthline.ingest.files.opening import open_text
from worthline.ingest.files.records import Lines, Reject, Splitter


def exact_schema(width: int) -> pa.Schema:
    """Columns c0..c<width - 1> of text, and `_line`."""
    return pa.schema([*((f"c{at}", pa.string()) for at in range(width)), ("_line", pa.int64())])


def read_exact(path: Path, dialect: Dialect, *, reject: Callable[[Reject], None]) -> Iterator[pa.RecordBatch]:
    """Batches of `exact_schema`, of about a million characters each, in the order of the file.

    `_line` is the physical line a record begins on, from 1. An empty cell, quoted or not, is null; blanks
    are kept. A blank line is no record. Records = rows of all batches + calls of `reject`, exactly.
    Raises UnreadableFile, at the latest behind the last batch, when the file went away or changed meanwhile.
    """
    schema = exact_schema(len(dialect.header))
    with open_text(Path(path), dialect.encoding, size=dialect.size) as text:
        lines = Lines(text)
        lines.skip(dialect.header_lines)
        splitter = Splitter(dialect.delimiter, dialect.header, reject)
        for rows, numbers in splitter.blocks(lines, dialect.header_lines + 1):
            yield to_batch(rows, numbers, schema)


def to_batch(rows: Sequence[Sequence[str]], numbers: Sequence[int], schema: pa.Schema) -> pa.RecordBatch:
    """Rows of equal width as one batch of text columns, empty text as null, with their line numbers."""
    columns = [
        pa.array([cell or None for cell in column] if "" in column else column, pa.string())
        for column in zip(*rows, strict=True)
    ]
    return pa.RecordBatch.from_arrays([*columns, pa.array(numbers, pa.int64())], schema=schema)
