"""Excel sheets as text columns, each cell exactly as it is stored.

Reads     one sheet of an .xlsx, .xlsm or .xls workbook; the whole sheet is held in memory.
Gives     its head, and Arrow batches shaped as those of exact, `_line` being the sheet's row number.
Not for   other spreadsheets (.ods, .xlsb, .numbers): those are refused with what to do.
"""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from worthline.errors import UnreadableFile, nearest
from worthline.ingest.files.exact import exact_schema, to_batch
from worthline.ingest.files.header import read_head
from worthline.ingest.files.opening import open_bytes
from worthline.ingest.files.records import LONGEST_CELL, Reject
from worthline.ingest.files.sheet_xml import NotASheet, SheetFacts, sheet_facts

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MOST_CELLS = 40_000_000  # some 32 bytes each once loaded
_MOST_BYTES = 4 << 30  # of an unpacked workbook
_MOST_PACKED = 200  # times; ordinary sheets pack to a tenth or a twentieth
_BATCH = 20_000  # rows
_SAVE = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"

Cell = int | float | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What stands above a sheet's data."""

    sheet: str
    header: tuple[str, ...]  # unique, stripped, never blank
    original: tuple[str, ...]
    header_rows: int  # sheet rows before the first data row
    labels: tuple[str, ...] | None
    zone: str | None
    notes: tuple[str, ...]


def read_excel(
    path: Path,
    *,
    sheet: str | None = None,
    header: bool = True,
    skip_lines: int = 0,
    once: Collection[str] = (),
    reject: Callable[[Reject], None],
) -> tuple[SheetHead, Iterator[pa.RecordBatch]]:
    """(head, batches of `exact_schema`); the first sheet unless named, `skip_lines` sheet rows passed over.

    Whole numbers lose their .0, dates become YYYY-MM-DD[ HH:MM:SS[.ffffff]], durations H:MM:SS, truth values
    true and false. A row with an error in a cell, a formula without a stored result, or values beyond the
    header is rejected; a row with nothing in it is no record. What stands in cells merged over several rows holds for
    each of them, but in the columns `once` (amounts), where it counts once. Raises UnreadableFile.
    """
    path = Path(path)
    with open_bytes(path) as file, _readable(path):
        book, facts, name, notes = _open(path, file, sheet)
        loaded = book.get_sheet_by_name(name)
        _check_area(path, name, loaded.total_height, loaded.total_width)
        left = loaded.start[1] if loaded.start else 0
        top = _leading(loaded, left, skip_lines)
    if not top:
        raise UnreadableFile(path, f"sheet {name!r}", "an empty sheet", "name the sheet that holds the table")
    width = max((at for at, cell in enumerate(top[0][1], 1) if cell), default=0)
    top_rows = [cells[:width] for _, cells in top]
    if header:
        read = read_head(top_rows)
        first = top[read.rows - 1][0]
        settled = (read.names, read.original, first, read.labels, read.zone, (*notes, *read.notes))
    else:
        names = tuple(f"column_{number}" for number in range(1, len(top[0][1]) + 1))
        settled = (names, names, skip_lines, None, None, tuple(notes))
    single = {number for number, column in enumerate(settled[0], 1) if column in once}
    merged = {at: last for at, last in _merged(loaded, settled[2]).items() if at[1] not in single}
    if merged:
        settled = (*settled[:5], (*settled[5], f"{len(merged):,} merged cells: each holds for all of its rows"))
    head = SheetHead(name, *settled)
    return head, _batches(loaded, left, head, facts, reject, merged)


def _merged(sheet: CalamineSheet, header_rows: int) -> dict[tuple[int, int], int]:
    """(first row, column) -> last row, from 1, of cells below the header that are merged over several rows."""
    last_rows = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top and left == right and top + 1 > header_rows:
            last_rows[(top + 1, left + 1)] = bottom + 1
    return last_rows


def cell_text(cell: Cell) -> str:
    """A cell's exact text; a float at its shortest, without .0 where it is whole and below 2**53."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _duration(span: dt.timedelta) -> str:
    """H:MM:SS[.ffffff], hours beyond 24 too, a minus in front where negative."""
    size = abs(span)
    hours, rest = divmod(size.days * 86_400 + size.seconds, 3600)
    fraction = f".{size.microseconds:06d}" if size.microseconds else ""
    return f"{'-' if span < dt.timedelta() else ''}{hours}:{rest // 60:02d}:{rest % 60:02d}{fraction}"


def sheets(path: Path) -> list[str]:
    """Names of the sheets that hold cells. Raises UnreadableFile."""
    with open_bytes(path) as file, _readable(path):
        book, _, _, _ = _open(path, file, None)
        return [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]


def _open(path: Path, file: BinaryIO, sheet: str | None) -> tuple[CalamineWorkbook, SheetFacts, str, tuple[str, ...]]:
    magic = file.read(4)
    if magic == _ZIP:
        _check_archive(path, file)
    elif magic == _OLE:
        file.seek(0)
        if "EncryptedPackage".encode("utf-16-le") in file.read():
            raise PasswordError
    else:
        what = "an empty file" if not magic else "no Excel workbook: it does not begin as one does"
        raise UnreadableFile(path, "reading it as an Excel workbook", what, _SAVE)
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    name = _sheet_name(path, book, sheet)
    notes = [f"sheet {name!r}" + ("" if sheet else f", the first of {len(book.sheet_names)}")]
    if magic == _OLE:
        notes.append("old .xls format: cells that hold an error read as blank")
        return book, SheetFacts(), name, tuple(notes)
    with zipfile.ZipFile(file) as archive:
        facts = sheet_facts(archive, name)
    _check_area(path, name, facts.rows, facts.columns)
    return book, facts, name, tuple(notes)


def _check_archive(path: Path, file: BinaryIO) -> None:
    """Refuse archives that are no workbook, or that unpack to far more than they are."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        reason = f"a zip archive that is no .xlsx workbook; it holds {', '.join(p.filename for p in parts[:5])}"
        raise UnreadableFile(path, "reading it as an Excel workbook", reason, _SAVE)
    unpacked, packed = sum(p.file_size for p in parts), max(sum(p.compress_size for p in parts), 1)
    if unpacked > _MOST_BYTES or (unpacked > 100 << 20 and unpacked / packed > _MOST_PACKED):
        reason = f"{packed:,} bytes that unpack to {unpacked:,}, as in a zip bomb"
        raise UnreadableFile(path, "unpacking the workbook", reason, "bring the table as CSV UTF-8")


def _check_area(path: Path, name: str, rows: int, columns: int) -> None:
    if rows * columns > _MOST_CELLS:
        reason = f"{rows:,} rows by {columns:,} columns, more than {_MOST_CELLS:,} cells"
        fix = "delete the stray cells far from the table, or save the sheet as CSV UTF-8"
        raise UnreadableFile(path, f"sheet {name!r}", reason, fix)


def _sheet_name(path: Path, book: CalamineWorkbook, wanted: str | None) -> str:
    tables = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    if wanted in tables or (wanted is None and tables):
        return wanted if wanted is not None else tables[0]
    close = nearest(wanted or "", tables)
    fix = f'sheet = "{close[0]}"' if close else "name one of them in worthline.toml, as sheet = "
    sheet_list = f"sheets {', '.join(map(repr, tables)) or 'none'}"
    raise UnreadableFile(path, f"sheet {wanted!r}" if wanted else "the first sheet", sheet_list, fix)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the Excel reader and the archive reader raise into UnreadableFile."""
    tried = "reading it as an Excel workbook"
    try:
        yield
    except PasswordError as error:
        fix = "save a copy without a password"
        raise UnreadableFile(path, tried, "a workbook protected by a password", fix) from error
    except (CalamineError, NotASheet, zipfile.BadZipFile, KeyError, ParseError, ExpatError) as error:
        raise UnreadableFile(path, tried, f"a damaged workbook ({error})", _SAVE) from error
    except (NotImplementedError, EOFError, RuntimeError, ValueError, zlib.error) as error:
        raise UnreadableFile(path, tried, f"a damaged or protected archive ({error})", _SAVE) from error
    except BaseException as error:
        # A panic of the Excel reader does not derive from Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile(path, tried, "a workbook that the Excel reader fails on", _SAVE) from error


def _rows(sheet: CalamineSheet, left: int) -> Iterator[tuple[int, list[str]]]:
    """(sheet row from 1, cells from column A on)."""
    before = [""] * left
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, before + [cell_text(cell) for cell in row]


def _leading(sheet: CalamineSheet, left: int, skip: int) -> list[tuple[int, list[str]]]:
    """The first three rows behind `skip` that have something in them."""
    top: list[tuple[int, list[str]]] = []
    for number, cells in _rows(sheet, left):
        if number > skip and any(cells):
            top.append((number, cells))
        if len(top) == 3:
            break
    return top


def _batches(
    sheet: CalamineSheet,
    left: int,
    head: SheetHead,
    facts: SheetFacts,
    reject: Callable[[Reject], None],
    merged: dict[tuple[int, int], int],
) -> Iterator[pa.RecordBatch]:
    schema = exact_schema(len(head.header))
    rows: list[list[str]] = []
    numbers: list[int] = []
    open_cells: dict[int, tuple[str, int]] = {}
    for number, cells in _rows(sheet, left):
        if number <= head.header_rows:
            continue
        if merged and any(cells):
            _fill(number, cells, merged, open_cells)
        fault = _fault(number, cells, head.header, facts)
        if fault is not None:
            reject(fault)
        elif any(cells):
            rows.append((cells + [""] * (len(head.header) - len(cells)))[: len(head.header)])
            numbers.append(number)
        if len(rows) == _BATCH:
            yield to_batch(rows, numbers, schema)
            rows, numbers = [], []
    if rows:
        yield to_batch(rows, numbers, schema)


def _fill(number: int, cells: list[str], merged: dict[tuple[int, int], int], held: dict[int, tuple[str, int]]) -> None:
    """Write what a merged cell holds into its later rows; `held`: column -> what it holds, last row."""
    for column in range(1, len(cells) + 1):
        last = merged.get((number, column))
        if last is not None:
            held[column] = (cells[column - 1], last)
        elif column in held and number <= held[column][1] and not cells[column - 1]:
            cells[column - 1] = held[column][0]


def _fault(number: int, cells: list[str], names: tuple[str, ...], facts: SheetFacts) -> Reject | None:
    for column, what in facts.lost.get(number, ()):
        name = names[column - 1] if column <= len(names) else None
        return Reject(number, "excel_error", name, what, "the cell holds no value")
    if any(cells[len(names) :]):
        used = max(place for place, cell in enumerate(cells, 1) if cell)
        reason = f"{used} cells where the header has {len(names)}"
        return Reject(number, "ragged_long", None, ", ".join(cells)[:500], reason)
    for name, cell in zip(names, cells, strict=False):
        if "\0" in cell or len(cell) > LONGEST_CELL:
            rule = "nul_byte" if "\0" in cell else "cell_too_long"
            return Reject(number, rule, name, cell[:500].replace("\0", "\\x00"), "the cell cannot be used")
    return None
