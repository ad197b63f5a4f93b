"""A source's files as raw columns: opened, fingerprinted, kept on the engine by the quickest sure way.

Reads     one file (CSV, TSV, Parquet, Excel) or one query.
Gives     RawFile: its header, and how to keep what a `select` makes of its cells.
Method    a delimited file whose records are lines is read by the engine in one pass; any other by the exact
          reader. Both give the same cells and lines; a test holds them to it.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.engine import CsvText, Engine, NotRectangular
from worthline.errors import UnreadableFile
from worthline.ingest.files.dialect import Dialect, expected_rows, settle_dialect, why_not_engine
from worthline.ingest.files.exact import exact_schema, read_exact
from worthline.ingest.files.excel import read_excel
from worthline.ingest.files.opening import refuse_endless
from worthline.ingest.files.pick import pick
from worthline.ingest.files.records import Reject
from worthline.ingest.files.scan import scan_file
from worthline.tables import TABLES, Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.config import SourceConfig
    from worthline.engine.interface import Select

EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
PARQUET = (".parquet", ".pq")
LONG, EXACT_BYTES_A_MINUTE = 50_000_000, 300_000_000
"""Bytes from which it is said that the exact reader will take long; what it reads in a minute of one processor."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file was when it was read."""

    sha256: str
    size: int


@dataclass
class RawFile:
    """One opened file. `keep` reads it; `again` gives its raw rows once more, after that."""

    name: str
    header: tuple[str, ...]
    cells: tuple[str, ...]
    """Columns of the raw table, in the order of the header."""
    fingerprint: Fingerprint
    keep: Callable[[str, Select], ir.Table]
    again: Callable[[], ir.Table]
    pick: Callable[[Sequence[int]], pa.RecordBatch] | None = None
    """Its raw rows on some lines, where that is quicker than all of them again."""
    unchanged: Callable[[], None] = lambda: None
    """Raises UnreadableFile where the file is no longer the one that was opened."""
    zone: str | None = None
    says: Callable[[str], None] = lambda _words: None
    """Hears before it begins that a large file will take long, and why."""
    notes: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def open_file(
    engine: Engine, path: Path, name: str, source: SourceConfig, expected: Collection[str], handle: str
) -> RawFile:
    """Open a file by what it is; `handle` is a name for what it keeps on the engine. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    if os.path.isdir(path):
        raise UnreadableFile(
            name, "to open it", "a folder", f"name a file inside it, or a pattern such as {name}/*.csv"
        )
    refuse_endless(path)
    if not os.path.isfile(path):
        raise UnreadableFile(name, "to open it", "no such file", "check the name, or the `data` folder")
    unchanged = watch(path, name)
    if suffix in PARQUET:
        raw = _parquet(engine, path, name)
    elif suffix in EXCEL:
        raw = _excel(engine, path, name, source, handle)
    else:
        raw = _text(engine, path, name, source, expected, handle)
    raw.unchanged = unchanged
    return raw


def watch(path: Path, name: str) -> Callable[[], None]:
    """What raises UnreadableFile once the file is not the one it was when this was called."""
    before = _state(path)

    def unchanged() -> None:
        if before is None or _state(path) != before:
            raise UnreadableFile(
                name,
                "to read it to its end",
                "the file changed or went away while it was read",
                "let the export end, then run again",
            )

    return unchanged


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # The time of the last change of anything: unlike that of the content, nothing sets it back.
    return status.st_size, status.st_ctime_ns, status.st_ino


def fingerprint(path: Path) -> Fingerprint:
    """sha256 and size of a file; raises UnreadableFile."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            return Fingerprint(digest.hexdigest(), file.tell())
    except OSError as error:
        raise UnreadableFile(path, "to read it", str(error.strerror), "check that it is there and readable") from None


def _text(
    engine: Engine, path: Path, name: str, source: SourceConfig, expected: Collection[str], handle: str
) -> RawFile:
    scan = scan_file(path)
    dialect = settle_dialect(
        path,
        scan,
        encoding=source.encoding,
        delimiter=source.delimiter,
        expected=expected,
        skip_lines=source.skip_lines,
    )
    cells = tuple(f"c{i}" for i in range(len(dialect.header)))
    print_of = Fingerprint(scan.sha256, scan.size)
    raw = RawFile(name, dialect.header, cells, print_of, never, never, zone=dialect.zone, notes=list(dialect.notes))
    read = _exactly(engine, raw, path, dialect, handle)

    def exact(reason: str, kept: str, select: Select) -> ir.Table:
        raw.notes.append(f"read by the exact reader: {reason}")
        if scan.size >= LONG:
            minutes = math.ceil(scan.size / EXACT_BYTES_A_MINUTE)
            raw.says(f"Careful reading of {name}, {minutes} min or more: {reason}")
        return read(kept, select)

    slow = why_not_engine(scan, dialect)
    if slow:
        raw.keep = functools.partial(exact, ", ".join(slow))
        return raw
    quick = CsvText(
        path,
        len(cells),
        dialect.delimiter,
        dialect.header_lines,
        expected_rows(scan, dialect),
    )

    def keep(kept: str, select: Select) -> ir.Table:
        if not quick.records:
            return read(kept, select)
        try:
            table = engine.keep_csv(kept, quick, select)
        except NotRectangular as reason:
            return exact(str(reason), kept, select)
        raw.again = lambda: engine.csv_text(quick)
        raw.pick = lambda lines: pick(path, dialect, lines)
        return table

    raw.keep = keep
    return raw


def _exactly(
    engine: Engine, raw: RawFile, path: Path, dialect: Dialect, handle: str
) -> Callable[[str, Select], ir.Table]:
    def keep(kept: str, select: Select) -> ir.Table:
        batches = read_exact(path, dialect, reject=raw.rejects.append)
        return _through(engine, raw, exact_schema(len(raw.cells)), batches, f"{handle}__raw", kept, select)

    return keep


def _excel(engine: Engine, path: Path, name: str, source: SourceConfig, handle: str) -> RawFile:
    rejects: list[Reject] = []
    amounts = [c.name for c in TABLES[source.table].columns if c.kind in (Kind.MONEY, Kind.NUMBER, Kind.COUNT)]
    once = [source.columns.get(column, column) for column in amounts]
    head, batches = read_excel(path, sheet=source.sheet, skip_lines=source.skip_lines, once=once, reject=rejects.append)
    cells = tuple(f"c{i}" for i in range(len(head.header)))
    raw = RawFile(
        name,
        head.header,
        cells,
        fingerprint(path),
        never,
        never,
        zone=head.zone,
        notes=list(head.notes),
        rejects=rejects,
    )
    raw.keep = lambda kept, select: _through(
        engine, raw, exact_schema(len(cells)), batches, f"{handle}__raw", kept, select
    )
    return raw


def _through(
    engine: Engine,
    raw: RawFile,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    held: str,
    kept: str,
    select: Select,
) -> ir.Table:
    """A stream that can be read once: its cells are held, so that rows set aside can be shown."""
    cells = engine.keep_batches(held, schema, batches, lambda rows: rows)
    raw.again = lambda: cells
    return engine.keep_statement(kept, select(engine.statement(cells)))


def _parquet(engine: Engine, path: Path, name: str) -> RawFile:
    print_of = fingerprint(path)
    try:
        header = tuple(engine.parquet([path]).columns)
        table = engine.parquet([path], numbered=True)
    except Exception as error:  # noqa: BLE001  the engine's own kinds of error are not known here
        raise UnreadableFile(name, "as Parquet", str(error).splitlines()[0], "export it again") from None
    cells = tuple(c for c in table.columns if c != "_line")
    raw = RawFile(name, header, cells, print_of, never, lambda: table)
    raw.keep = lambda kept, select: engine.keep_statement(kept, select(engine.statement(table)))
    return raw


def never(*_: object) -> ir.Table:
    """Stands where there is nothing to read; raises AssertionError."""
    raise AssertionError("a raw file is kept before it is read again")
