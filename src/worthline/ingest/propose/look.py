"""A folder never seen: which files hold tables, and a good look into each.

Reads     the data files of a folder and its subfolders: delimited text, Excel, Parquet, JSON; packed ones, too.
Gives     Looked for each table (header, cells of up to 100,000 rows of its first two million), Unread for the rest.
Assumes   a look decides nothing for good: what is proposed from it is checked row by row when it is run.
Not for   reading a mapped file: see raw.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from worthline.errors import UnreadableFile, UsageError
from worthline.ingest.files import (
    MOST_COLUMNS,
    Dialect,
    Reject,
    TooWide,
    expected_rows,
    is_packed,
    members,
    plain,
    read_exact,
    read_excel,
    scan_file,
    settle_dialect,
    suffix_of,
    why_not_engine,
    zip_of,
)
from worthline.ingest.files.encoding import likeliest
from worthline.ingest.files.excel import sheets
from worthline.ingest.files.opening import refuse_endless
from worthline.ingest.files.packed import READABLE as PACKED
from worthline.ingest.outside import lies_in
from worthline.ingest.raw import EXCEL, PARQUET, fingerprint
from worthline.results import Progress, no_progress

TEXT = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat")
FOREIGN = {
    **dict.fromkeys((".bz2", ".zst", ".xz", ".7z", ".rar", ".tar", ".tgz"), "unpack it"),
    **dict.fromkeys((".sav", ".dta", ".sas7bdat", ".por"), "save it as CSV UTF-8, with the labels of its values"),
    **dict.fromkeys((".xml", ".xes", ".avro", ".orc", ".feather"), "save it as CSV UTF-8"),
    **dict.fromkeys(
        (".db", ".sqlite", ".sqlite3", ".duckdb", ".mdb", ".accdb", ".numbers"), "export its tables as CSV"
    ),
}
NOT_DATA = {"meta.json", "package.json", "settings.json", "truth.json"}
MOST_ROWS = 100_000
MOST_SCANNED = 2_000_000
MOST_FILES = 500
_DAY = re.compile(r"^(\d{4}-\d\d-\d\d([T ]\S+)?|\d{1,2}[./]\d{1,2}[./](\d{4}|\d\d))$")
_MOST_DATES = 2
"""More dates than these in a first row are the columns of a table by day."""
_TITLE_LINES = 12
_BLOCK = 4 << 20


@dataclass(frozen=True)
class Looked:
    """One table as it was looked at."""

    name: str
    """Relative to the folder, with /."""
    header: tuple[str, ...]
    columns: tuple[tuple[str | None, ...], ...]
    """Cells by column, None where blank."""
    types: tuple[str, ...]
    """text, or the type that the file gives: day, instant, number, flag."""
    rows: int
    """Rows there are, as far as was counted."""
    whole: bool
    """Whether every row is in `columns`."""
    sha256: str = ""
    labels: tuple[str, ...] | None = None
    zone: str | None = None
    zoned: bool = False
    sheet: str | None = None
    skip_lines: int = 0
    """Lines of a title above the table."""
    encoding: str = ""
    """To be declared, where the bytes do not say; what they would read as."""
    notes: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The ending of the plain file, lower case."""
        return suffix_of(self.name)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that holds no table that can be read, and what was tried."""

    name: str
    why: str


def look(folder: Path, progress: Progress = no_progress) -> tuple[list[Looked], list[Unread]]:
    """Look into every data file under `folder`; raises UsageError where there is nothing to look at."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name the folder that it is in: worthline init {folder.parent}")
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}. Name the folder that holds your files.")
    looked: list[Looked] = []
    unread: list[Unread] = []
    files = _files(folder, unread)
    for number, path in enumerate(files):
        progress("Looking at the files", number, len(files))
        name = path.relative_to(folder).as_posix()
        if not name.isprintable():
            printable = name.encode("utf-8", "backslashreplace").decode()
            unread.append(Unread(repr(printable)[1:-1], "its name cannot be written in worthline.toml; rename it"))
            continue
        if not lies_in(folder, path):
            unread.append(Unread(name, "it is a link to a file outside the folder; copy the file into the folder"))
            continue
        for part, part_name in _parts(path, name, unread):
            try:
                looked.extend(_laid_down(folder, part, part_name))
            except UnreadableFile as error:
                unread.append(Unread(part_name, _says(error)))
    if not looked and not unread:
        raise UsageError(
            f"{folder} holds no data file. Put your exports there (CSV, Excel, Parquet, JSON), then run this again."
        )
    return looked, unread


def _says(error: UnreadableFile) -> str:
    return f"tried {error.tried}; found {error.found}; to fix it, {error.fix}"


def _parts(path: Path, name: str, unread: list[Unread]) -> list[tuple[Path, str]]:
    """The file itself; of a zip each table that it holds, none where it cannot be read."""
    if path.suffix.lower() != ".zip":
        return [(path, name)]
    try:
        held = members(path)
    except UnreadableFile as error:
        unread.append(Unread(name, _says(error)))
        return []
    if not held:
        unread.append(Unread(name, "it holds no table"))
    return [(path / member, f"{name}/{member}") for member in held if member.isprintable()]


def _laid_down(folder: Path, path: Path, name: str) -> Iterator[Looked]:
    """What stands in a file; one that is packed is laid down plain for as long as it is looked at."""
    if not is_packed(path):
        yield from _one(path, name)
        return
    with tempfile.TemporaryDirectory(prefix=".worthline-", dir=folder, ignore_cleanup_errors=True) as scratch:
        sha256 = fingerprint(zip_of(path) or path).sha256
        for looked in _one(plain(path, Path(scratch)), name):
            yield replace(looked, sha256=hashlib.sha256(f"{sha256} {path.name}".encode()).hexdigest())


def _files(folder: Path, unread: list[Unread]) -> list[Path]:
    """The data files; a folder that cannot be opened goes to `unread`."""

    def closed(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        unread.append(Unread(f"{name}/", f"the folder cannot be opened ({error.strerror}); make it readable"))

    paths = data_files(folder, closed)
    if len(paths) > MOST_FILES:
        raise UsageError(
            f"{folder} holds {len(paths):,} data files; init looks at {MOST_FILES} at most. Name a folder further in."
        )
    return paths


def data_files(folder: Path, closed: Callable[[OSError], None] | None = None) -> list[Path]:
    """Files that look like data by their names, hidden and private ones left out; `closed` hears of closed folders."""
    paths: list[Path] = []
    for home, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_", "~")))
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            is_readable = suffix in (*TEXT, *EXCEL, *PARQUET, *PACKED) or suffix in FOREIGN
            if is_readable and not name.startswith((".", "~")) and name.lower() not in NOT_DATA and not _is_prose(name):
                paths.append(Path(home) / name)
    return paths


def _is_prose(name: str) -> bool:
    stem = Path(name).stem.lower()
    return Path(name).suffix.lower() == ".txt" and stem.startswith(
        ("readme", "license", "licence", "notes", "changelog")
    )


def _one(path: Path, name: str) -> Iterator[Looked]:
    suffix = path.suffix.lower()
    refuse_endless(path)
    if suffix in FOREIGN:
        raise UnreadableFile(name, f"the ending {suffix}", "a format that Worthline does not read", FOREIGN[suffix])
    if suffix in PARQUET:
        yield _parquet(path, name)
    elif suffix in EXCEL:
        yield from _excel(path, name)
    else:
        yield _text(path, name)


def _text(path: Path, name: str) -> Looked:
    scan = scan_file(path)
    encoding = likeliest(scan) if scan.encoding is None else None

    def read(skip: int) -> tuple[Looked, int]:
        dialect = settle_dialect(path, scan, encoding=encoding, skip_lines=skip)
        _check_names(path, name, dialect.original)
        if len(dialect.header) > MOST_COLUMNS:
            raise TooWide(name, len(dialect.header))
        rejects: list[Reject] = []
        stride = max(1, -(-min(expected_rows(scan, dialect), MOST_SCANNED) // MOST_ROWS))
        width, clean = len(dialect.header), not (scan.quotes or why_not_engine(scan, dialect))
        try:
            batches = _plain(path, dialect) if clean else read_exact(path, dialect, reject=rejects.append)
            columns, rows_read, ended = _spread(batches, width, stride)
        except pa.ArrowInvalid:  # A row of another width: only the exact reader can tell which rows fit.
            columns, rows_read, ended = _spread(read_exact(path, dialect, reject=rejects.append), width, stride)
        looked = Looked(
            name=name,
            encoding=encoding or "",
            header=dialect.header,
            columns=columns,
            types=("text",) * len(dialect.header),
            rows=rows_read if ended else expected_rows(scan, dialect),
            whole=ended and stride == 1,
            sha256=scan.sha256,
            labels=dialect.labels,
            zone=dialect.zone,
            skip_lines=skip,
            notes=dialect.notes,
        )
        return looked, len(rejects)

    return _below_a_title(name, read)


def _plain(path: Path, dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """Batches of text columns of a clean file without quotes, 10 times as fast; ArrowInvalid where one is too wide."""
    names = [f"c{index}" for index in range(len(dialect.header))]
    texts = dict.fromkeys(names, pa.string())
    with csv.open_csv(
        path,
        csv.ReadOptions(use_threads=False, block_size=_BLOCK, skip_rows=dialect.header_lines, column_names=names),
        csv.ParseOptions(delimiter=dialect.delimiter, quote_char=False),
        csv.ConvertOptions(column_types=texts, null_values=[""], strings_can_be_null=True),
    ) as batches:
        yield from batches


def _check_names(path: Path, name: str, original: tuple[str, ...]) -> None:
    if len(original) == 1 and path.suffix.lower() in (".txt", ".dat"):
        reason = "one column, so prose, or columns kept apart by blanks"
        raise UnreadableFile(name, "comma, semicolon, tab and pipe", reason, "save it as CSV, if it is a table")
    dates = sum(1 for cell in original if _DAY.match(cell.strip()))
    is_data = 1 <= dates <= _MOST_DATES and any(_is_number(cell) for cell in original)
    if is_data or all(_is_number(cell) for cell in original):
        reason = f"no header: the first row holds {'a date and a number' if is_data else 'nothing but numbers'}"
        raise UnreadableFile(name, "the first row as names", reason, "put a row of names above the data")


def _below_a_title(name: str, read: Callable[[int], tuple[Looked, int]]) -> Looked:
    """The table, where lines above it hold a title: of the first lines the one that names every column below it."""
    first: Looked | None = None
    rejected = 0
    failed: UnreadableFile | None = None
    for skip in range(_TITLE_LINES):
        try:
            looked, rejects = read(skip)
        except TooWide:
            raise
        except UnreadableFile as error:
            failed = failed or error
            continue
        if skip == 0:
            first, rejected = looked, rejects
            if len(looked.header) > 1 and rejects <= looked.rows and not _mostly_unnamed(looked.header):
                return looked
        elif len(looked.header) > 1 and looked.rows and not rejects and not _unnamed(looked.header):
            return looked
    if first is None:
        raise failed or UnreadableFile(name, "reading it", "no table", "export it again as CSV UTF-8")
    if rejected > first.rows:
        reason = f"{rejected:,} rows that do not fit the header {', '.join(first.header[:4])}"
        raise UnreadableFile(name, "reading it as a table", reason, "export it again as CSV UTF-8")
    return first


def _unnamed(header: tuple[str, ...]) -> int:
    return sum(1 for number, cell in enumerate(header, 1) if cell == f"column_{number}" or _is_number(cell))


def _mostly_unnamed(header: tuple[str, ...]) -> bool:
    return 2 * _unnamed(header) > len(header)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _spread(
    batches: Iterator[pa.RecordBatch], width: int, stride: int
) -> tuple[tuple[tuple[str | None, ...], ...], int, bool]:
    """(cells by column of every `stride`-th row, rows seen, whether the end was reached)."""
    cells: list[list[str | None]] = [[] for _ in range(width)]
    rows_read, ended = 0, True
    for batch in batches:
        wanted = pa.array(range((-rows_read) % stride, batch.num_rows, stride), pa.int64())
        for index in range(width):
            cells[index].extend(batch.column(index).take(wanted).to_pylist())
        rows_read += batch.num_rows
        if rows_read >= MOST_SCANNED:
            ended = False
            break
    return tuple(map(tuple, cells)), rows_read, ended


def _excel(path: Path, name: str) -> Iterator[Looked]:
    sha256 = fingerprint(path).sha256
    others = sheets(path)
    failed: UnreadableFile | None = None
    readable = 0
    for sheet in others:
        try:
            looked = _sheet(path, name, sheet, sha256, len(others))
        except UnreadableFile as error:
            failed = failed or error
            continue
        readable += 1
        yield looked
    if failed is not None and not readable:
        raise failed


def _sheet(path: Path, name: str, sheet: str, sha256: str, sheet_count: int) -> Looked:
    def read(skip: int) -> tuple[Looked, int]:
        rejects: list[Reject] = []
        head, batches = read_excel(path, sheet=sheet, skip_lines=skip, reject=rejects.append)
        columns, rows_read, ended = _spread(batches, len(head.header), 1)
        looked = Looked(
            name=name,
            header=head.header,
            columns=tuple(c[:MOST_ROWS] for c in columns),
            types=("text",) * len(head.header),
            rows=rows_read,
            whole=ended and rows_read <= MOST_ROWS,
            sha256=sha256,
            labels=head.labels,
            zone=head.zone,
            sheet=head.sheet if sheet_count > 1 else None,
            skip_lines=skip,
            notes=head.notes,
        )
        return looked, len(rejects)

    return _below_a_title(name, read)


def _parquet(path: Path, name: str) -> Looked:
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            groups = file.num_row_groups
            some = [g for g in range(groups) if g % max(1, groups // 4) == 0]
            most = MOST_ROWS if groups == 1 else max(1, MOST_ROWS // max(len(some), 1))
            tables = [_head(file, group, most) for group in some]
        table = pa.concat_tables(tables) if tables else schema.empty_table()
        columns = tuple(tuple(map(_text_of, table.column(index).to_pylist())) for index in range(table.num_columns))
    except (OSError, pa.ArrowException, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableFile(name, "as Parquet", reason, "export it again") from None
    return Looked(
        name=name,
        header=tuple(schema.names),
        columns=columns,
        types=tuple(_type(field.type) for field in schema),
        rows=rows,
        whole=table.num_rows == rows,
        sha256=fingerprint(path).sha256,
        zoned=any(pa.types.is_timestamp(f.type) and f.type.tz for f in schema),
    )


def _head(file: pq.ParquetFile, group: int, most: int) -> pa.Table:
    batches = list(islice(file.iter_batches(batch_size=most, row_groups=[group]), 1))
    return pa.Table.from_batches(batches, file.schema_arrow)


def _text_of(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "day"
    if pa.types.is_timestamp(kind):
        return "instant"
    if pa.types.is_boolean(kind):
        return "flag"
    return "number" if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) else "text"


def rows_of(looked: Looked) -> set[str]:
    """Each row looked at as one short mark, to see whether two files repeat each other."""
    joined = ("\x1f".join(cell or "" for cell in row) for row in zip(*looked.columns, strict=True))
    return {hashlib.blake2b(row.encode("utf-8", "replace"), digest_size=12).hexdigest() for row in joined}
