"""From physical lines to records, with the line that each begins on and every fault named.

Reads     text lines as they stand in the file, line ends kept.
Gives     records of the right width with their line numbers; a Reject for every other one.
Method    Python's csv reader in strict mode, restarted behind each fault.
Not for   opening files and building columns: see exact.

A quote that is not closed must not swallow what follows: when a record of several lines comes out wrong, and
each line behind its first is a faultless record by itself, only the first is rejected.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from worthline.ingest.files.opening import MARKED, show_marks

LONGEST_CELL = 10_000_000  # characters
LONGEST_LINE = 40_000_000  # characters; also of a record of several lines
LONGEST_RECORD = 10_000  # physical lines
_SHOWN = 500  # characters of a faulty value that are kept
_BLOCK = 1 << 20  # characters read at a time
_LARGEST_BLOCK = 1 << 23


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be used, and why."""

    line: int  # the physical line it begins on, from 1; the row of a sheet
    rule: str  # ragged_short, ragged_long, encoding, unclosed_quote, stray_quote, nul_byte, cell_too_long, excel_error
    column: str | None
    value: str | None  # the cell or, where no cell is at fault, the record; cut at 500 characters
    says: str


def allow_long_cells() -> None:
    """Lift the csv module's limit on a cell for the whole process; LONGEST_LINE bounds it here."""
    csv.field_size_limit(max(csv.field_size_limit(), 2**31 - 1))


class Lines:
    """Physical lines in blocks of some million characters; knows a line that is too long to be held."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._partial = ""  # the beginning of a line whose end is not read yet

    def skip(self, count: int) -> None:
        """Pass over `count` lines; only before the first `take`."""
        for _ in range(count):
            self._drop_line()

    def take(self, characters: int) -> tuple[list[str], bool]:
        """(lines, whether the last of them is too long and was cut); no lines at the end of the file."""
        while True:
            chunk = self._text.read(min(characters, _LARGEST_BLOCK))
            if not chunk:
                last, self._partial = self._partial, ""
                return [last] if last else [], False
            lines = list(io.StringIO(self._partial + chunk, newline=""))
            # A \r at the end of the chunk may be half of a line end.
            self._partial = "" if lines[-1][-1] == "\n" else lines.pop()
            if len(self._partial) > LONGEST_LINE:
                lines.append(self._partial[:_SHOWN])
                self._partial = ""
                self._drop_line()
                return lines, True
            if lines:
                return lines, False

    def _drop_line(self) -> None:
        """Read on behind the next line end without keeping anything."""
        while piece := self._text.readline(_BLOCK):
            if piece.endswith("\r") and len(piece) == _BLOCK and (after := self._text.read(1)) != "\n":
                self._partial = after
            if piece[-1] in "\r\n":
                return


class _Feed(Iterator[str]):
    """Lines one by one; `at` is the next, and may be set back."""

    __slots__ = ("at", "ended", "lines")

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at, self.ended = lines, 0, False

    def __next__(self) -> str:
        try:
            line = self.lines[self.at]
        except IndexError:
            self.ended = True
            raise StopIteration from None
        self.at += 1
        return line


@dataclass(slots=True)
class Splitter:
    """Splits lines into records of `names`; hands what is at fault to `reject`."""

    delimiter: str
    names: tuple[str, ...]
    reject: Callable[[Reject], None]

    def blocks(self, lines: Lines, first: int) -> Iterator[tuple[list[list[str]], Sequence[int]]]:
        """(records, their line numbers) block by block; the first line has the number `first`."""
        allow_long_cells()
        pending: list[str] = []
        while True:
            held = sum(map(len, pending))
            # As much again as is pending, so that a long record is not parsed over and over.
            fresh, too_long = lines.take(max(_BLOCK, held))
            block = pending + fresh
            over = block.pop() if too_long else None
            rows, numbers, used = self._split(block, first, final=too_long or not fresh)
            if rows:
                yield rows, numbers
            if over is not None:
                says = f"the line is longer than {LONGEST_LINE:,} characters"
                self.reject(Reject(first + used, "cell_too_long", None, show_marks(over), says))
                used += 1
                block.append(over)
            pending, first = block[used:], first + used
            if not fresh:
                return

    def _split(self, lines: list[str], first: int, *, final: bool) -> tuple[list[list[str]], Sequence[int], int]:
        """(records, line numbers, lines used); unless `final`, an unfinished record is left for later."""
        width = len(self.names)
        text = "".join(lines)
        faults = _faults_to_look_for(text)
        if not faults and '"' not in text:
            rows = list(csv.reader(lines, delimiter=self.delimiter))
            if set(map(len, rows)) == {width}:
                return rows, range(first, first + len(rows)), len(rows)
        return self._split_with_care(lines, first, faults=faults, final=final)

    def _split_with_care(
        self, lines: list[str], first: int, *, faults: bool, final: bool
    ) -> tuple[list[list[str]], Sequence[int], int]:
        rows: list[list[str]] = []
        numbers: list[int] = []
        feed = _Feed(lines)
        reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
        width = len(self.names)
        while True:
            start = feed.at
            try:
                row = next(reader)
            except StopIteration:
                return rows, numbers, start
            except csv.Error:
                if feed.ended and not final and not self._endless(lines, start):
                    return rows, numbers, start
                self._refuse(feed, start, first, "unclosed_quote" if feed.ended else "stray_quote")
                continue
            if len(row) == width and feed.at - start <= LONGEST_RECORD:
                if not faults or not self._faulty(row, first + start):
                    rows.append(row)
                    numbers.append(first + start)
            elif row:
                self._refuse(feed, start, first, "ragged_short" if len(row) < width else "ragged_long", row)

    def _endless(self, lines: list[str], start: int) -> bool:
        return len(lines) - start > LONGEST_RECORD or sum(map(len, lines[start:])) > LONGEST_LINE

    def _refuse(self, feed: _Feed, start: int, first: int, rule: str, row: Sequence[str] | None = None) -> None:
        """Reject the record from `start` up to where `feed` stands, or only its first line."""
        end = feed.at
        several = end - start > 1
        if several and rule != "unclosed_quote" and (end - start > LONGEST_RECORD or self._innocent(feed, start)):
            rule = "unclosed_quote"
        if rule == "unclosed_quote":
            feed.at, feed.ended = start + 1, False
            value = feed.lines[start]
        else:
            value = "".join(feed.lines[start:end])
        says = {
            "unclosed_quote": "a quote is opened and not closed; reading resumes at the next line",
            "stray_quote": "text stands behind a closing quote",
        }.get(rule, f"{len(row or ())} cells where the header has {len(self.names)}")
        if several and rule != "unclosed_quote":
            says += f" (lines {first + start} to {first + end - 1})"
        value = show_marks(value.strip("\r\n")[:_SHOWN])
        self.reject(Reject(first + start, rule, None, value, says))

    def _innocent(self, feed: _Feed, start: int) -> bool:
        """Whether each line behind the first is a faultless record by itself.

        The last may instead open a quote in the same column as the first: cells that were cut off do that.
        """
        if len(self.names) == 1:
            return False
        opener, *between, last = feed.lines[start : feed.at]
        if not all(self._faultless(line) for line in between):
            return False
        return self._faultless(last) or self._cells(last, close=True) == self._cells(opener, close=True) > 0

    def _faultless(self, line: str) -> bool:
        return not line.strip("\r\n") or self._cells(line) == len(self.names)

    def _cells(self, line: str, *, close: bool = False) -> int:
        """Cells of a line read by itself, its open quote closed where asked; 0 where that is no record."""
        try:
            read = csv.reader([line.rstrip("\r\n") + '"' * close], delimiter=self.delimiter, strict=True)
            cells = next(read, [])
        except csv.Error:
            return 0
        return 0 if any('"' in cell for cell in cells) else len(cells)

    def _faulty(self, row: list[str], line: int) -> bool:
        """Reject a record for the first cell of it that cannot be used."""
        for name, cell in zip(self.names, row, strict=True):
            if MARKED.search(cell):
                rule, says = "encoding", "bytes that the file's encoding does not know"
            elif "\0" in cell:
                rule, says = "nul_byte", "a NUL character"
            elif len(cell) > LONGEST_CELL:
                rule, says = "cell_too_long", f"{len(cell):,} characters, at most {LONGEST_CELL:,}"
            else:
                continue
            shown = show_marks(cell[:_SHOWN]).replace("\0", "\\x00")
            self.reject(Reject(line, rule, name, shown, says))
            return True
        return False


def _faults_to_look_for(text: str) -> bool:
    """Whether a cell of this text may be at fault: NUL, undecodable bytes, too long."""
    if "\0" in text or len(text) > LONGEST_CELL:
        return True
    return not text.isascii() and MARKED.search(text) is not None
