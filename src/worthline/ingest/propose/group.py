"""Files of the same shape that are one export in parts, and files that are there twice.

Reads     Looked of every file.
Gives     Groups; copies of a file, which are left out.
Method    the same columns, folder and ending, and names that differ in numbers or months alone (export-2026-01.csv).
          Where most rows of one part stand in another, the parts may be one growing export, and that is asked.
"""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from worthline.ingest.propose.look import Looked, rows_of
from worthline.ingest.propose.plan import Group
from worthline.ingest.propose.profile import profile
from worthline.ingest.versions import dated

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_PARTS = re.compile(
    rf"\d+|(?<![A-Za-z])(?:{'|'.join([*_MONTHS, *(m[:3] for m in _MONTHS)])})(?![A-Za-z])", re.IGNORECASE
)
_REPEATED = 0.5


def group(looked: Sequence[Looked], others: Sequence[str]) -> tuple[list[Group], list[tuple[str, str]]]:
    """(groups in order of name, files that are copies and of what); `others` are names of unreadable files."""
    first: dict[tuple[str, str | None], str] = {}
    copies: list[tuple[str, str]] = []
    kept: list[Looked] = []
    for one in looked:
        known = first.setdefault((one.sha256, one.sheet), one.name)
        if known != one.name:
            copies.append((one.name, f"it is {known} again, to the byte"))
        else:
            kept.append(one)
    shapes: dict[tuple[object, ...], list[Looked]] = defaultdict(list)
    for one in kept:
        shapes[_shape(one)].append(one)
    every = [*(one.name for one in looked), *others]
    groups = [_group(parts, every) for alike in shapes.values() for parts in _by_dates(alike)]
    return sorted(groups, key=lambda g: g.files[0]), copies


def _by_dates(parts: list[Looked]) -> list[list[Looked]]:
    """Files of one shape, apart where no one way of writing dates fits all: 2024 day first, 2025 month first."""
    for at, kind in enumerate(parts[0].types if len(parts) > 1 else ()):
        if kind != "text":
            continue
        written = [profile(one.header[at], one.columns[at], kind).dates for one in parts]
        if all(written) and not set(written[0]).intersection(*written[1:]):
            apart: dict[tuple[str, ...], list[Looked]] = defaultdict(list)
            for one, formats in zip(parts, written, strict=True):
                apart[formats].append(one)
            return list(apart.values())
    return [parts]


def _shape(one: Looked) -> tuple[object, ...]:
    path = PurePosixPath(one.name)
    return (
        path.parent,
        _PARTS.sub("*", path.stem),
        path.suffix,
        one.header,
        one.types,
        one.sheet,
        one.skip_lines,
        one.encoding,
    )


def _group(parts: list[Looked], every: Sequence[str]) -> Group:
    names = [one.name for one in parts]
    if len(parts) == 1:
        sheet = parts[0].sheet
        shown = f"{names[0]} [{sheet}]" if sheet else names[0]
        return Group(shown, (glob.escape(names[0]),), tuple(parts))
    pattern = _pattern(names)
    fits = sorted(name for name in every if fnmatchcase(name, pattern))
    files = (pattern,) if fits == sorted(names) else tuple(map(glob.escape, names))
    return Group(pattern, files, tuple(parts), _doubt(parts))


def _pattern(names: list[str]) -> str:
    """The names with * where they differ."""
    pieces = [re.split(f"({_PARTS.pattern})", name, flags=re.IGNORECASE) for name in names]
    columns = zip(*pieces, strict=False) if len({len(p) for p in pieces}) == 1 else ()
    said = "".join(glob.escape(c[0]) if len(set(c)) == 1 else "*" for c in columns)
    return re.sub(r"\*+", "*", said) or glob.escape(names[0])


def dated_lists(group: Group, header: str) -> bool:
    """Whether its files are full lists of customers, each dated by its name: each names each customer once."""
    days = [dated(one.name) for one in group.looks]
    if len(days) < 2 or None in days or len(set(days)) < len(days):
        return False
    at = group.header.index(header)
    return all(len(set(one.columns[at])) == len(one.columns[at]) for one in group.looks)


def _doubt(parts: list[Looked]) -> str:
    marks = [rows_of(one) for one in parts]
    for at, mine in enumerate(marks):
        for before in range(at):
            theirs = marks[before]
            both, least = len(mine & theirs), min(len(mine), len(theirs))
            if least > 1 and both > _REPEATED * least:
                return f"{both:,} rows of {parts[before].name} stand in {parts[at].name} too, and would count twice"
    return ""
