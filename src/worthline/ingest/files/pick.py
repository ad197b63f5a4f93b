"""A few lines of a large file by their numbers, so that rows set aside can be shown without reading all again.

Reads     a UTF-8 file whose every record stands on a line of its own.
Gives     one Arrow batch of its cells, as exact gives them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from worthline.ingest.files.dialect import Dialect
from worthline.ingest.files.exact import exact_schema, to_batch
from worthline.ingest.files.opening import open_bytes
from worthline.ingest.files.records import allow_long_cells

_CHUNK = 1 << 20
_LF = 10


def pick(path: Path, dialect: Dialect, lines: Sequence[int]) -> pa.RecordBatch:
    """The records on `lines`, physical lines from 1 in rising order; raises UnreadableFile where the file changed."""
    allow_long_cells()
    texts = (line.decode("utf-8") for line in _lines(path, dialect.size, np.asarray(lines, np.int64)))
    rows = list(csv.reader(texts, delimiter=dialect.delimiter, strict=True))
    return to_batch(rows, lines, exact_schema(len(dialect.header)))


def _lines(path: Path, size: int, wanted: np.ndarray) -> Iterator[bytes]:
    before, at, rest = 0, 0, b""  # lines ended so far; the next wanted; the beginning of a line under way
    with open_bytes(path, size=size) as file:
        while chunk := file.read(_CHUNK):
            ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == _LF)
            upto = int(np.searchsorted(wanted, before + ends.size, side="right"))
            for place in (wanted[at:upto] - before - 1).tolist():
                start = int(ends[place - 1]) + 1 if place else 0
                yield (b"" if place else rest) + chunk[start : int(ends[place])]
            before, at = before + ends.size, upto
            rest = chunk[int(ends[-1]) + 1 :] if ends.size else rest + chunk
        if at < wanted.size and rest:
            yield rest
