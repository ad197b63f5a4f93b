"""Opening a company's file so that nothing that goes wrong on the way ends in a traceback.

Reads     one file, as bytes or as text in a named encoding.
Gives     open files; undecodable bytes come through as *marks* (U+DC00 + byte), never replaced silently.
Not for   what the text means: see dialect, exact.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from worthline.errors import UnreadableFile

MARKED = re.compile("[\udc00-\udcff]")
_HANDLER = "worthline_mark"
_CHANGED = "copy the file somewhere it stays as it is while it is read, and run again"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + b) for b in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _mark)


def show_marks(text: str) -> str:
    r"""The text with each undecodable byte written as \xNN."""
    return MARKED.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)


MOST_COLUMNS = 2_000
"""Columns of a file: the engine compiles one expression for each."""


class TooWide(UnreadableFile):
    """A file of more columns than are read."""

    def __init__(self, name: str, columns: int) -> None:
        fix = f"keep the columns that matter, {MOST_COLUMNS:,} at most"
        super().__init__(name, "as a table", f"{columns:,} columns", fix)


def refuse_endless(path: Path) -> None:
    """Raise UnreadableFile for a pipe or a device: opening it may wait for ever, and reading it may never end."""
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        fault = "a pipe or a device, which may never end"
        raise UnreadableFile(path, "opening it as a file", fault, "save what it gives as a file")


@contextmanager
def open_bytes(path: Path, *, size: int | None = None) -> Iterator[BinaryIO]:
    """The file as bytes; on leaving, checks that it is still the same file as on entering.

    `size` is the number of bytes it had when it was looked at before. Raises UnreadableFile when the file
    is missing, is no file, may not be read, fails while read, or was removed, replaced or changed meanwhile.
    """
    path = Path(path)
    refuse_endless(path)
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if size is not None and before.st_size != size:
                fault = f"it had {size:,} bytes when it was looked at, and has {before.st_size:,} now"
                raise UnreadableFile(path, "reading it", fault, _CHANGED)
            yield file
            _still_the_same(path, file, before)
    except FileNotFoundError as error:
        fix = "check its name and folder in worthline.toml, or bring it back"
        raise UnreadableFile(path, "opening it", "there is no such file", fix) from error
    except IsADirectoryError as error:
        raise UnreadableFile(path, "opening it", "a folder", "name a file inside it") from error
    except PermissionError as error:
        fault = "this user may not read it"
        raise UnreadableFile(path, "opening it", fault, "grant the right to read it") from error
    except OSError as error:
        fault = f"the system says: {error.strerror or error}"
        raise UnreadableFile(path, "reading it", fault, "check the disk or the network share") from error


def _still_the_same(path: Path, file: BinaryIO, before: os.stat_result) -> None:
    """Raise UnreadableFile when the open file changed, or its name now leads elsewhere or nowhere."""
    held = os.fstat(file.fileno())
    if held.st_size < before.st_size:
        fault = f"it shrank from {before.st_size:,} to {held.st_size:,} bytes while it was read"
    elif (held.st_size, held.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        fault = "it was written to while it was read"
    else:
        try:
            named = path.stat()
        except FileNotFoundError:
            fault = "it was removed while it was read"
        else:
            if (named.st_ino, named.st_dev) == (before.st_ino, before.st_dev):
                return
            fault = "it was replaced by another file while it was read"
    raise UnreadableFile(path, "reading it to its end", fault, _CHANGED)


@contextmanager
def open_text(path: Path, encoding: str, *, size: int | None = None) -> Iterator[TextIO]:
    r"""The file as text: lines end at \n, \r\n or \r, kept as they are; a leading byte order mark is dropped.

    Bytes that the encoding does not know come through as marks. Raises UnreadableFile as `open_bytes` does.
    """
    with open_bytes(path, size=size) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors=_HANDLER, newline="")
        try:
            if text.read(1) != "\ufeff":
                text.seek(0)
            yield text
        finally:
            text.detach()
