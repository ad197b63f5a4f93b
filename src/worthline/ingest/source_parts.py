"""Every file of every table, read and checked: the first of the two passes of ingest.

Reads     the sources that worthline.toml names, and the store's snapshot.
Gives     Pieces: kept rows with `_bad`, what each file held, and how to show the rows that were set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.config import CompanyConfig, SourceConfig
from worthline.engine import Engine
from worthline.errors import BadSetting, EngineFault, Fault, UnreadableFile, WorthlineError
from worthline.ingest import file_names, quarantine
from worthline.ingest.clean_cache import Proved
from worthline.ingest.files import is_packed, members, plain, zip_of
from worthline.ingest.files.opening import MOST_COLUMNS, TooWide
from worthline.ingest.header_units import has_tax
from worthline.ingest.mapping import map_columns
from worthline.ingest.outside import refuse
from worthline.ingest.query import open_query
from worthline.ingest.query_joins import Remark
from worthline.ingest.raw import Fingerprint, RawFile, fingerprint, open_file, watch
from worthline.ingest.remarks import blank_codes
from worthline.ingest.row_casting import NOISE, Shape
from worthline.ingest.sql_text import quoted
from worthline.results import Progress
from worthline.tables import TABLES, Kind, TableSpec
from worthline.tables.money import minor_digits

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PATTERN = set("*?[")
SMALL_BYTES = 2 << 20
"""Up to here a run is on one thread: DuckDB shares out no less than 120,000 rows, so the second only waits."""


@dataclass
class Piece:
    """One file (or query) of one table, after the first pass."""

    table: str
    source: SourceConfig
    raw: RawFile
    shape: Shape
    rows: ir.Table
    """Canonical columns, attributes, _file, _line, _bad."""
    read: int
    """Records in the file, those that could not be split included."""
    bad: dict[int, int]
    """Rows set aside by the number of the first check they fail."""
    remarks: list[Remark] = field(default_factory=list)
    aside: list[ir.Table] = field(default_factory=list)
    """The rows that the first pass set aside, in the columns of quarantine."""
    rules: dict[str, int] = field(default_factory=dict)
    """Those rows, counted by rule."""
    codes: int = 0
    """Cells that hold a declared code for blank."""
    rounded: int = 0
    """Rows with an amount that arithmetic in binary left a hair beside its own."""

    @property
    def set_aside(self) -> int:
        """Rows that the first pass set aside."""
        return sum(self.bad.values()) + len(self.raw.rejects)


@dataclass
class Pieces:
    """All that was read, table by table, and the fingerprints of all files."""

    tables: dict[str, list[Piece]]
    files: dict[str, Fingerprint]


def read_all(
    engine: Engine,
    config: CompanyConfig,
    store_sources: Sequence[tuple[SourceConfig, Path]],
    scratch: Path,
    progress: Progress,
    proved: Proved | None = None,
) -> Pieces:
    """Read every source, then what people wrote; raises UnreadableFile, MissingColumn, BadQuery, BadSetting.

    Files `proved` clean by an earlier run are not read again.
    """
    pieces = Pieces({}, {})
    plan = [*_plan(config), *((source, path, f"store/{path.name}") for source, path in store_sources)]
    for number, (source, path, name) in enumerate(plan):
        progress(f"Reading {name}", number, len(plan))
        handle = f"{source.table}__{number}"
        spec = TABLES[source.table]
        if path is None:
            raw, prints, remarks = open_query(engine, config, scratch, source, _measures(spec, source), handle, name)
            pieces.files.update(prints)
            piece = _read(engine, config, source, raw, handle)
            piece.remarks.extend(remarks)
        else:
            says = _saying(progress, number, len(plan))
            piece = _of_file(engine, config, source, path, name, handle, proved, scratch, says)
            pieces.files[name] = piece.raw.fingerprint
        pieces.tables.setdefault(source.table, []).append(piece)
    progress("Reading", len(plan), len(plan))
    return pieces


def _saying(progress: Progress, done: int, of: int) -> Callable[[str], None]:
    return lambda words: progress(words, done, of)


def _of_file(
    engine: Engine,
    config: CompanyConfig,
    source: SourceConfig,
    path: Path,
    name: str,
    handle: str,
    proved: Proved | None,
    scratch: Path,
    says: Callable[[str], None],
) -> Piece:
    """The checked rows of a file: those kept when it was proved clean, or read now; `says` hears what takes long."""
    packed = zip_of(path) or path
    cached = proved.take(engine, config, source, packed, name, handle) if proved else None
    if cached is not None:
        raw, rows, read = cached
        return Piece(source.table, source, raw, _shape(config, source, raw), rows, read, {})
    raw = _opened(engine, source, path, name, handle, scratch)
    raw.says = says
    piece = _read(engine, config, source, raw, handle)
    if proved and piece.read and not (piece.set_aside or piece.codes or piece.rounded):
        proved.keep(engine, config, source, raw, piece.rows, piece.read)
    return piece


def _opened(engine: Engine, source: SourceConfig, path: Path, name: str, handle: str, scratch: Path) -> RawFile:
    """The file, ready to be read; one that is packed is laid down in `scratch` first, and known by its own bytes."""
    expected = _expected(TABLES[source.table], source)
    if not is_packed(path):
        return open_file(engine, path, name, source, expected, handle)
    packed = zip_of(path) or path
    unchanged = watch(packed, name)
    try:
        laid = plain(path, scratch)
        raw = open_file(engine, laid, name, source, expected, handle)
    except UnreadableFile as error:
        raise UnreadableFile(name, error.tried, error.found, error.fix) from None
    raw.fingerprint, raw.unchanged = fingerprint(packed), unchanged
    return raw


def _shape(config: CompanyConfig, source: SourceConfig, raw: RawFile) -> Shape:
    spec = TABLES[source.table]
    mapping = map_columns(spec, raw.header, source, raw.name)
    header = {name: raw.header[index] for name, index in mapping.columns.items()}
    units = [f"{header[name]}: a number is {n:g} seconds" for name, n in mapping.seconds.items()]
    units += [f"{header[name]}: a number is {n:,} of its currency" for name, n in mapping.money.items()]
    units += [f"{header['fee']} pays for a year"] if mapping.is_yearly else []
    units += [
        f"{header[name]} has tax in it, and counts with it"
        for name in ("amount", "fee")
        if name in header and has_tax(header[name])
    ]
    raw.notes += [note for unit in units if (note := f"{unit}, as its header says") not in raw.notes]
    return Shape(
        spec,
        source,
        mapping,
        raw.name,
        raw.cells,
        config.timezone,
        minor_digits(config.currency),
        raw.zone,
    )


def _read(engine: Engine, config: CompanyConfig, source: SourceConfig, raw: RawFile, handle: str) -> Piece:
    if len(raw.header) > MOST_COLUMNS:
        raise TooWide(raw.name, len(raw.header))
    shape = _shape(config, source, raw)
    try:
        rows = raw.keep(handle, shape.select)
        query = f"select _bad, count(*) as n, count_if({NOISE}) as noise from {quoted(handle)} group by _bad"
        counts = engine.ask(query)
        noise = sum(row["noise"] for row in counts)
        rows = rows.drop(NOISE)
        row_count = sum(row["n"] for row in counts)
        bad = {row["_bad"]: row["n"] for row in counts if row["_bad"] is not None}
        piece = Piece(source.table, source, raw, shape, rows, row_count + len(raw.rejects), bad)
        # While the file is surely the one that was read: both look at its cells once more.
        piece.aside = quarantine.of_piece(engine, piece, handle)
        piece.rules = quarantine.by_rule(engine, piece.aside)
        piece.codes = blank_codes(engine, piece)
        piece.rounded = noise
    except Exception as error:
        if isinstance(error, WorthlineError) and not isinstance(error, EngineFault):
            raise
        # The engine's own kinds of error are not known here; most likely the file went away under it.
        raw.unchanged()
        raise
    raw.unchanged()
    if sum(piece.rules.values()) != piece.set_aside:
        raise Fault(f"{raw.name}: {piece.set_aside} rows were set aside, {piece.rules} are shown")
    return piece


def _plan(config: CompanyConfig) -> Iterator[tuple[SourceConfig, Path | None, str]]:
    """(source, file or None for a query, name shown); files of a pattern in order of name.

    Within a table each has a name of its own, a file that is read twice too: rows are told apart by name and line.
    So have files whose names differ in somebody's address alone.
    """
    times_read = Counter[tuple[str, str]]()
    for source, path in in_order(config):
        name = f"query of {source.table}" if path is None else _shown(path, config.data)
        known = file_names.told(name)
        key = source.table if known == name else "", known
        times_read[key] += 1
        number = times_read[key]
        yield source, path, known if number == 1 else f"{known}, number {number}"


def in_order(config: CompanyConfig) -> Iterator[tuple[SourceConfig, Path | None]]:
    """Every file of every source, as they are read; None stands for a query. Raises UnreadableFile, BadSetting."""
    for source in config.sources:
        if source.query is not None:
            yield source, None
        for entry in (each.replace("\0", "\\0") for each in source.files):  # no system asks for a NUL
            refuse(config, _base(config.data, entry), source.table, entry)  # before anything there is looked for
            for path in _files(config.data, entry, source.table):
                _is_text(path, source.table)
                refuse(config, path, source.table, entry)
                yield source, path


def is_small(config: CompanyConfig) -> bool:
    """Whether all files are so small that threads cost more than they save; what is wrong with them is told later."""
    try:
        sizes = [None if path is None else path.stat().st_size for _, path in in_order(config)]
    except (WorthlineError, OSError):
        return False
    return sum(size for size in sizes if size is not None) <= SMALL_BYTES and None not in sizes


def _files(data: Path, entry: str, table: str) -> list[Path]:
    if not _PATTERN & set(entry):
        return [data / entry]
    outer, inside, inner = entry.partition(".zip/")
    try:
        paths = sorted(p for p in data.glob(outer + ".zip" if inside else entry) if p.is_file())
        if inside:
            paths = [path / name for path in paths for name in members(path) if fnmatchcase(name, inner)]
    except (ValueError, NotImplementedError) as error:
        raise BadSetting(f"[tables.{table}] file", f"{entry!r}: {error}", "A pattern is relative to `data`.") from None
    if not paths:
        raise UnreadableFile(
            entry, f"the pattern in {data}", "no file fits it", "check the pattern, or the `data` folder"
        )
    return paths


def _base(data: Path, entry: str) -> Path:
    """The folder in which a pattern begins to look; a plain name is its own."""
    parts = Path(entry).parts
    fixed = next((at for at, part in enumerate(parts) if _PATTERN & set(part)), len(parts))
    return data.joinpath(*parts[:fixed])


def _is_text(path: Path, table: str) -> None:
    """Raise BadSetting for a name that is no text: it can stand in no message, no key and no table."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = path.name.encode("utf-8", "backslashreplace").decode()
        raise BadSetting(f"[tables.{table}] file", f"the name {shown} is not UTF-8", "Rename the file.") from None


def _shown(path: Path, data: Path) -> str:
    return path.relative_to(data).as_posix() if path.is_relative_to(data) else path.name


def _expected(spec: TableSpec, source: SourceConfig) -> list[str]:
    """Names that the header should hold."""
    unnamed = [c.name for c in spec.columns if c.name not in source.columns and c.name not in source.constants]
    return [*source.columns.values(), *unnamed]


def _measures(spec: TableSpec, source: SourceConfig) -> list[str]:
    """Output columns of a query that carry money or a score."""
    return [
        source.columns.get(c.name, c.name)
        for c in spec.columns
        if c.kind is Kind.MONEY or c.name in ("score", "balance")
    ]
