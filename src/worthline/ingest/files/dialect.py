"""How a CSV or TSV file is to be read: encoding, delimiter, header, and where the data begin.

Reads     the first records of a file that scan has looked through.
Gives     Dialect, each decision with its reason; whether the engine may read the file itself.
Not for   reading the rows: the engine does where `why_not_engine` is empty, else exact.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from worthline.errors import UnreadableFile
from worthline.ingest.files.encoding import settle_encoding
from worthline.ingest.files.header import Head, plain, read_head
from worthline.ingest.files.opening import MARKED, open_bytes, open_text, show_marks
from worthline.ingest.files.records import LONGEST_LINE, allow_long_cells
from worthline.ingest.files.scan import FileScan

_NAMED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_RECORDS = 200
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_OTHER_FORMATS = {
    b"PK\x03\x04": ("a zip archive, as Excel workbooks are", "rename it to .xlsx, or unpack it"),
    b"\xd0\xcf\x11\xe0": ("an old or encrypted Office file", "rename it to .xls, or save it as CSV UTF-8"),
    b"PAR1": ("a Parquet file", "rename it to .parquet"),
    b"\x1f\x8b": ("a gzip archive", "unpack it"),
    b"%PDF": ("a PDF document", "export the table itself as CSV"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read one file; the header's names are in the order of the columns."""

    encoding: str  # a Python codec
    delimiter: str
    quote: str
    header: tuple[str, ...]  # unique, stripped, never blank
    original: tuple[str, ...]  # the names as they stand in the file
    header_lines: int  # physical lines before the first data record
    header_blank_lines: int  # those of them with nothing in them
    labels: tuple[str, ...] | None  # question text a column, where a survey tool wrote it
    zone: str | None  # time zone named by the file
    size: int  # bytes the file had when it was scanned
    notes: tuple[str, ...]  # what was decided, and why


@dataclass(frozen=True, slots=True)
class _Sample:
    """The first records under one delimiter."""

    delimiter: str
    records: list[list[str]]
    ends: list[int]  # physical lines of the sample up to the end of each record
    named: int  # expected columns in the header

    @property
    def width(self) -> int:
        return len(self.records[0])

    @property
    def consistent(self) -> float:
        """Share of the records as wide as the first."""
        return sum(len(record) == self.width for record in self.records) / len(self.records)

    @property
    def rank(self) -> tuple[int, bool, float, int]:
        return self.named, self.width > 1, self.consistent, self.width


def settle_dialect(
    path: Path,
    scan: FileScan,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    expected: Collection[str] = (),
    header: bool = True,
    skip_lines: int = 0,
) -> Dialect:
    """Decide how to read the file; what is declared wins, `expected` are the column names looked for.

    `skip_lines` physical lines are passed over first. Raises UnreadableFile when the file is empty, is of
    another format, is in an unknown encoding, or no delimiter gives a table.
    """
    path = Path(path)
    _check_format(path, scan)
    codec, why = settle_encoding(path, scan, encoding)
    notes = [why]
    blank, lines = _first_lines(path, codec, scan, skip_lines)
    passed, excel_delimiter = skip_lines, None
    if lines and (separator := _SEP.fullmatch(lines[0])):
        passed, lines, excel_delimiter = skip_lines + 1, lines[1:], separator[1]
        notes.append(f"delimiter {_say(separator[1])}, by the line sep={separator[1]}")
    if not any(not _is_blank(line) for line in lines):
        raise _nothing(path, skip_lines)
    sample = _settle_delimiter(
        path, lines, excel_delimiter if delimiter is None else delimiter, expected, header=header
    )
    if delimiter is not None:
        notes.append(f"delimiter {_say(delimiter)}, as declared")
    elif excel_delimiter is None:
        notes.append(_why_delimiter(sample, expected))
    head = read_head(sample.records) if header else _numbered(sample.width)
    above = lines[: sample.ends[head.rows - 1]] if head.rows else []
    _check_head(path, codec, head, above, sample.delimiter)
    return Dialect(
        encoding=codec,
        delimiter=sample.delimiter,
        quote='"',
        header=head.names,
        original=head.original,
        header_lines=passed + len(above),
        header_blank_lines=blank + sum(map(_is_blank, above)),
        labels=head.labels,
        zone=head.zone,
        size=scan.size,
        notes=(*notes, *head.notes),
    )


def expected_rows(scan: FileScan, dialect: Dialect) -> int:
    """Data records, if every record is one line; with line breaks inside cells there are fewer."""
    blank = scan.blank_lines - dialect.header_blank_lines
    return max(scan.lines - dialect.header_lines - blank, 0)


def why_not_engine(scan: FileScan, dialect: Dialect) -> tuple[str, ...]:
    """Reasons why the exact reader must read this file.

    None: the engine may, and must be checked to find `expected_rows` rows.
    """
    reasons = {
        f"it is in {dialect.encoding}": not _reads_as_utf8(scan, dialect.encoding),
        "it holds bytes that are not UTF-8": scan.utf8_error is not None,
        "it holds NUL bytes": scan.nul_bytes > 0,
        f"its line ends are {scan.newlines!r}": scan.newlines not in {"\n", "\r\n", "none"},
        # DuckDB drops such blanks and unquotes the cell.
        "it has blanks beside quotes": scan.quotes and (scan.blank_by_quote or dialect.delimiter not in _NAMED),
        "it has blank lines inside": scan.blank_lines > scan.blank_at_end + dialect.header_blank_lines,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def _reads_as_utf8(scan: FileScan, codec: str) -> bool:
    """Whether reading the file as UTF-8 gives what the codec gives."""
    plain_bytes = bytes(range(128))
    return scan.encoding == "utf-8" and (
        codec == "utf-8" or (scan.ascii and plain_bytes.decode(codec, "replace") == plain_bytes.decode("ascii"))
    )


def _check_format(path: Path, scan: FileScan) -> None:
    if scan.size == 0:
        raise UnreadableFile(path, "reading it", "an empty file (0 bytes)", "export it again, or leave it out")
    with open_bytes(path, size=scan.size) as file:
        start = file.read(4)
    for magic, (what, fix) in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise UnreadableFile(path, "reading it as text", what, fix)


def _nothing(path: Path, skip_lines: int) -> UnreadableFile:
    after = f" after the {skip_lines} lines to skip" if skip_lines else ""
    return UnreadableFile(path, "finding a header", f"an empty file: only blank lines{after}", "export it again")


def _is_blank(line: str) -> bool:
    return not line.strip("\r\n")


def _first_lines(path: Path, codec: str, scan: FileScan, skip: int) -> tuple[int, list[str]]:
    """(blank lines among the first `skip`, lines after them: enough, within some 4 million characters)."""
    lines: list[str] = []
    room = 4_000_000
    with open_text(path, codec, size=scan.size) as text:
        passed = [line for _ in range(skip) if (line := text.readline(LONGEST_LINE))]
        while room > 0 and len(lines) < 20 * _RECORDS and (line := text.readline(LONGEST_LINE)):
            lines.append(line)
            room -= len(line)
    return sum(map(_is_blank, passed)), lines


def _parse(lines: list[str], delimiter: str, wanted: set[str], *, header: bool) -> _Sample:
    records: list[list[str]] = []
    ends: list[int] = []
    allow_long_cells()
    reader = csv.reader(lines, delimiter=delimiter)
    for record in reader:
        if record:
            records.append(record)
            ends.append(reader.line_num)
        if len(records) == _RECORDS:
            break
    if len(records) > 1 and ends[-1] == len(lines) and ends[-1] - ends[-2] > 1:
        records.pop()  # the sample may have cut it
        ends.pop()
    named = len({plain(name) for name in records[0]} & wanted) if header else 0
    return _Sample(delimiter, records, ends, named)


def _check_head(path: Path, codec: str, head: Head, above: list[str], delimiter: str) -> None:
    """Raise UnreadableFile when the names cannot be trusted: unknown bytes, or quotes out of place."""
    if any(MARKED.search(name) for name in head.names):
        shown = show_marks(", ".join(head.names))[:300]
        fix = "declare the encoding it was written in"
        raise UnreadableFile(path, f"the header in {codec}", f"bytes unknown to it: {shown}", fix)
    try:
        list(csv.reader(above, delimiter=delimiter, strict=True))
    except csv.Error:
        fault = f"a quote that is not closed, or text behind a closing one: {above[0].strip()[:200]!r}"
        raise UnreadableFile(path, "the header", fault, "correct the quotes in the header") from None


def _settle_delimiter(
    path: Path, lines: list[str], declared: str | None, expected: Collection[str], *, header: bool
) -> _Sample:
    wanted = {plain(name) for name in expected} - {""}
    if declared is not None:
        if len(declared) != 1 or declared in '"\r\n\0':
            fault = "a delimiter must be one character, and no quote or line end"
            raise UnreadableFile(path, f"delimiter = {declared!r}, as declared", fault, 'for instance ";"')
        return _parse(lines, declared, wanted, header=header)
    samples = [_parse(lines, candidate, wanted, header=header) for candidate in _NAMED]
    best = max(samples, key=lambda sample: sample.rank)
    table = best.width > 1 and best.consistent >= 0.5
    single = best.width == 1 and (len(wanted) <= 1 or best.named == 1)
    if best.named or table or single:
        return best
    counts = "; ".join(
        f"{_NAMED[s.delimiter]}: {s.width} columns in the first line, {s.consistent:.0%} of lines alike"
        for s in samples
    )
    raise UnreadableFile(
        path,
        f"the delimiters comma, semicolon, tab and pipe over the first {len(best.records)} records",
        f"no table under any of them ({counts}); its first line is {lines[0].strip()[:200]!r}",
        'say what parts the columns, as delimiter = ";" for this table in worthline.toml',
    )


def _say(delimiter: str) -> str:
    return _NAMED.get(delimiter, repr(delimiter))


def _why_delimiter(sample: _Sample, expected: Collection[str]) -> str:
    known = f"{sample.named} of {len(expected)} expected columns" if expected else f"{sample.width} columns"
    return (
        f"delimiter {_say(sample.delimiter)}: {known}, "
        f"{sample.consistent:.0%} of the first {len(sample.records)} records alike"
    )


def _numbered(width: int) -> Head:
    names = tuple(f"column_{number}" for number in range(1, width + 1))
    return Head(names, names, 0, None, None, ("no header, as declared: columns are numbered",))
