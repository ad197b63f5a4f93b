"""Writing to the terminal or a pipe: pages, CSV, JSON, and what to say when something went wrong.

Reads     pages and pieces of text.
Gives     standard output and standard error; a reader that hangs up (head) ends the writing quietly.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.ingest.personal_patterns import SHOWN

if TYPE_CHECKING:
    from worthline.reports.page import Page


class HungUp(Exception):
    """Nobody reads the output any more."""


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def page_width() -> int | None:
    """Columns that a table may take; None where standard output is no terminal, and nothing needs to be cut."""
    return width() if sys.stdout.isatty() else None


def show(page: Page, *, uncut: bool = False) -> None:
    """Draw a page, coloured where standard output is a terminal and NO_COLOR is not set.

    `uncut` draws it as wide as its grids, whatever the width.
    """
    from worthline.reports import terminal

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = max(width(), terminal.needs(page)) if uncut else width()
    write([terminal.text(page, width=columns, colour=colour)])


def write_json(content: Any) -> None:
    """One JSON value."""
    write([json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False), "\n"])


def write(pieces: Iterable[str]) -> None:
    """Write text as it comes; raises HungUp."""
    try:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
    except BrokenPipeError:
        # What Python would still flush at its end must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise HungUp from None


def remark(text: str) -> None:
    """A line on standard error, apart from what was asked for."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def keep_traceback(folder: Path, error: BaseException) -> Path:
    """Write the error's traceback beside the runs (or to a temporary file) and say where.

    What an error quotes may be a cell of the company's: only plain names of columns and tables stay.
    """
    home = folder / ".worthline"
    logs: Path | None = home / "logs"
    try:
        if home.is_dir() and logs is not None:
            logs.mkdir(exist_ok=True)
        else:
            logs = None
        handle, name = tempfile.mkstemp(prefix="fault-", suffix=".txt", dir=logs)
    except OSError:
        handle, name = tempfile.mkstemp(prefix="worthline-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(_without_cells(error))
    return Path(name)


_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
_PLAIN = re.compile(r".[a-z_][a-z0-9_.]*.")


def _without_cells(error: BaseException) -> str:
    """The traceback, with what its messages quote hidden, and addresses, accounts and telephones in them."""
    from worthline.ingest.masking import mask_cells

    text = "".join(traceback.format_exception(error))
    each: BaseException | None = error
    visited: set[int] = set()
    while each is not None and id(each) not in visited:
        visited.add(id(each))
        message = str(each)
        hidden = _QUOTED.sub(lambda match: match[0] if _PLAIN.fullmatch(match[0]) else f"'{SHOWN}'", message)
        text = text.replace(message, mask_cells(hidden)) if message else text
        each = each.__cause__ or each.__context__
    return text
