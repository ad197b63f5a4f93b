"""One look through a text file before it is read: what is in it, counted in constant memory.

Reads     the bytes of one CSV or TSV file, once.
Gives     FileScan: fingerprint, size, encoding as far as the bytes tell, lines, blank lines, newlines, NUL.
Not for   the delimiter and the header: see dialect.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from worthline.ingest.files.opening import open_bytes

_CHUNK = 1 << 20
_LF, _CR = 10, 13
_ENDS = b",;\t|\n\r "
_BLANK_BY_QUOTE = (
    *(bytes((before, blank, 34)) for before in _ENDS for blank in b" \t"),
    *(bytes((34, blank, behind)) for behind in _ENDS for blank in b" \t"),
)
# The longer marks first: UTF-32's begins with UTF-16's.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class FileScan:
    r"""What one pass over the bytes found; lines are physical lines, ended by \n, \r\n or \r, counted from 1."""

    sha256: str
    size: int  # bytes
    encoding: str | None  # utf-8, utf-16-le, utf-16-be, utf-32-le, utf-32-be; None: something else
    bom: str | None  # the encoding that a byte order mark names
    ascii: bool  # every byte is below 128
    utf8_error: tuple[int, bytes] | None  # the first line that is not UTF-8, and up to 200 bytes of it
    lines: int  # a last line without a newline counts
    blank_lines: int  # lines with nothing at all in them, wherever they stand
    blank_at_end: int  # those of them after which only blank lines follow
    newlines: str  # \n, \r\n, \r, mixed, or none
    quotes: bool  # there is a quote character "
    blank_by_quote: bool  # and a blank between a quote and a cell's end, as far as bytes tell
    nul_bytes: int  # NUL characters, where the encoding is known to be UTF-16 or UTF-32


def scan_file(path: Path) -> FileScan:
    """Look through the file once; raises UnreadableFile when it cannot be read or changes meanwhile."""
    path = Path(path)
    digest = hashlib.sha256()
    lines = _Lines()
    with open_bytes(path) as file:
        chunk = file.read(_CHUNK)
        bom, skip, encoding = _encoding_of(chunk[:4096])
        utf8 = _Utf8Check()
        wide = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        size = 0
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            if wide is None:
                utf8.feed(chunk)
                lines.feed(chunk[skip:] if skip else chunk)
            else:
                lines.feed(_as_utf8(wide.decode(chunk[skip:])))
            skip = 0
            chunk = file.read(_CHUNK)
        if wide is not None:
            lines.feed(_as_utf8(wide.decode(b"", True)))
        lines.end()
        utf8.end()
        wrong = None
        if utf8.error_at is not None:
            file.seek(0)
            wrong = _line_at(iter(lambda: file.read(_CHUNK), b""), utf8.error_at)
    return FileScan(
        sha256=digest.hexdigest(),
        size=size,
        encoding=encoding or ("utf-8" if wrong is None else None),
        bom=bom,
        ascii=wide is None and utf8.ascii,
        utf8_error=wrong,
        lines=lines.lines,
        blank_lines=lines.blank,
        blank_at_end=lines.blank_run,
        newlines=lines.kind(),
        quotes=lines.quotes,
        blank_by_quote=lines.blank_by_quote,
        nul_bytes=lines.nul_bytes,
    )


def _as_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _encoding_of(start: bytes) -> tuple[str | None, int, str | None]:
    """(encoding named by a byte order mark, bytes of that mark, wide encoding of the text or None)."""
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name, len(mark), None if name == "utf-8" else name
    sample = np.frombuffer(start[: len(start) // 4 * 4], np.uint8).reshape(-1, 4)
    if sample.shape[0] < 2:
        return None, 0, None
    # Wide text without a mark: most characters of a table are ASCII, so their upper bytes are NUL.
    nul = (sample == 0).mean(axis=0)
    patterns = {
        "utf-32-le": (0, 1, 1, 1),
        "utf-32-be": (1, 1, 1, 0),
        "utf-16-le": (0, 1, 0, 1),
        "utf-16-be": (1, 0, 1, 0),
    }
    for name, pattern in patterns.items():
        if all(share > 0.6 if high else share < 0.1 for share, high in zip(nul, pattern, strict=True)):
            return None, 0, name
    return None, 0, None


class _Utf8Check:
    """Where the bytes first stop being UTF-8; whether all are ASCII."""

    def __init__(self) -> None:
        self.ascii = True
        self.error_at: int | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._seen = 0

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if self.error_at is not None:
            return
        held = len(self._decoder.getstate()[0])
        if not held and chunk.isascii():
            self._seen += len(chunk)
            return
        self.ascii = False
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self.error_at = self._seen - held + error.start
        self._seen += len(chunk)

    def end(self) -> None:
        self.feed(b"", final=True)


@dataclass(slots=True)
class _Lines:
    """Counts line ends of bytes fed in chunks; `blank_run` is the run of blank lines up to now."""

    lines: int = 0
    blank: int = 0
    blank_run: int = 0
    quotes: bool = False
    blank_by_quote: bool = False
    nul_bytes: int = 0
    _tail: bytes = b""  # the last bytes of what came before
    _kinds: set[str] = field(default_factory=set)
    _open: bool = False  # the line under way has something in it
    _held: bytes = b""  # a \r whose \n may come with the next chunk

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        chunk = self._held + chunk
        self._held = b""
        if chunk.endswith(b"\r") and not final:
            chunk, self._held = chunk[:-1], b"\r"
        if not chunk:
            return
        if b'"' in chunk or b'"' in self._tail:
            self.quotes = True
            around = self._tail + chunk
            self.blank_by_quote = self.blank_by_quote or any(mark in around for mark in _BLANK_BY_QUOTE)
        self._tail = chunk[-2:] if len(chunk) > 1 else (self._tail + chunk)[-2:]
        if b"\0" in chunk:
            self.nul_bytes += chunk.count(b"\0")
        data = np.frombuffer(chunk, np.uint8)
        line_ends = data == _LF
        if b"\r" in chunk:
            ends, lengths = self._ends_with_returns(data, line_ends)
            self._count(ends.size, lengths == 0, int(ends[-1]) + 1 if ends.size else 0, len(chunk))
        elif line_ends.any():
            self._kinds.add("\n")
            # Blank: an end right behind an end. The first of the chunk depends on what came before.
            blanks = line_ends.copy()
            blanks[1:] &= line_ends[:-1]
            blanks[0] &= not self._open
            self._count_dense(line_ends, blanks)
        else:
            self._open = True

    def end(self) -> None:
        self.feed(b"", final=True)
        self.blank_by_quote = self.blank_by_quote or self._tail in (b'" ', b'"\t')
        if self._open:
            self.lines += 1
            self.blank_run = 0

    def kind(self) -> str:
        if not self._kinds:
            return "none"
        return next(iter(self._kinds)) if len(self._kinds) == 1 else "mixed"

    def _ends_with_returns(self, data: np.ndarray, feeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the last byte of each line end, and the length of each line without it."""
        returns = data == _CR
        paired = np.zeros(data.size, bool)  # a \n that belongs to a \r
        paired[1:] = returns[:-1] & feeds[1:]
        bare = returns.copy()
        bare[:-1] &= ~feeds[1:]
        for kind, present in (("\r\n", paired), ("\r", bare), ("\n", feeds & ~paired)):
            if present.any():
                self._kinds.add(kind)
        ends = np.flatnonzero(feeds | bare)
        lengths = np.diff(ends, prepend=-1) - 1 - paired[ends]
        if ends.size and self._open:
            lengths[0] += 1
        return ends, lengths

    def _count(self, ends: int, blank: np.ndarray, after: int, size: int) -> None:
        if ends:
            self.lines += int(ends)
            self.blank += int(np.count_nonzero(blank))
            full = np.flatnonzero(~blank)
            self.blank_run = self.blank_run + ends if not full.size else int(ends - 1 - full[-1])
            self._open = False
        if after < size:
            self._open = True

    def _count_dense(self, ends: np.ndarray, blanks: np.ndarray) -> None:
        count, blank = int(np.count_nonzero(ends)), int(np.count_nonzero(blanks))
        self.lines += count
        self.blank += blank
        if blank == count:
            self.blank_run += count
        elif blank:
            self.blank_run = int(np.count_nonzero(blanks[int(np.flatnonzero(ends & ~blanks)[-1]) + 1 :]))
        else:
            self.blank_run = 0
        self._open = not ends[-1]


def _line_at(chunks: Iterator[bytes], offset: int) -> tuple[int, bytes]:
    """The number of the line that holds byte `offset`, and up to 200 bytes of that line around it."""
    before = _Lines()
    seen, around = 0, b""
    for chunk in chunks:
        if seen + len(chunk) <= offset:
            before.feed(chunk)
            around = (around + chunk)[-100:]
            seen += len(chunk)
            continue
        at = offset - seen
        before.feed(chunk[:at])
        left = (around + chunk[:at])[-100:].replace(b"\r", b"\n").rpartition(b"\n")[2]
        right = (chunk[at:] + next(chunks, b"")[:100])[:100].replace(b"\r", b"\n").partition(b"\n")[0]
        # What was fed ends inside the line or right at its start.
        before.feed(b"x", final=True)
        return before.lines + 1, left + right
    raise AssertionError("the offset lies inside the file")
