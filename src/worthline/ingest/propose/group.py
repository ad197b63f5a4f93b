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
    unique_files: list[Looked] = []
    for file in looked:
        original = first.setdefault((file.sha256, file.sheet), file.name)
        if original != file.name:
            copies.append((file.name, f"it is {original} again, to the byte"))
        else:
            unique_files.append(file)
    shapes: dict[tuple[object, ...], list[Looked]] = defaultdict(list)
    for file in unique_files:
        shapes[_shape(file)].append(file)
    every = [*(file.name for file in looked), *others]
    groups = [_group(parts, every) for alike in shapes.values() for parts in _by_dates(alike)]
    return sorted(groups, key=lambda g: g.files[0]), copies


def _by_dates(parts: list[Looked]) -> list[list[Looked]]:
    """Files of one shape, apart where no one way of writing dates fits all: 2024 day first, 2025 month first."""
    for index, kind in enumerate(parts[0].types if len(parts) > 1 else ()):
        if kind != "text":
            continue
        date_formats = [profile(file.header[index], file.columns[index], kind).dates for file in parts]
        if all(date_formats) and not set(date_formats[0]).intersection(*date_formats[1:]):
            apart: dict[tuple[str, ...], list[Looked]] = defaultdict(list)
            for file, formats in zip(parts, date_formats, strict=True):
                apart[formats].append(file)
            return list(apart.values())
    return [parts]


def _shape(file: Looked) -> tuple[object, ...]:
    path = PurePosixPath(file.name)
    return (
        path.parent,
        _PARTS.sub("*", path.stem),
        path.suffix,
        file.header,
        file.types,
        file.sheet,
        file.skip_lines,
        file.encoding,
    )


def _group(parts: list[Looked], every: Sequence[str]) -> Group:
    names = [part.name for part in parts]
    if len(parts) == 1:
        sheet = parts[0].sheet
        label = f"{names[0]} [{sheet}]" if sheet else names[0]
        return Group(label, (glob.escape(names[0]),), tuple(parts))
    pattern = _pattern(names)
    fits = sorted(name for name in every if fnmatchcase(name, pattern))
    files = (pattern,) if fits == sorted(names) else tuple(map(glob.escape, names))
    return Group(pattern, files, tuple(parts), _doubt(parts))


def _pattern(names: list[str]) -> str:
    """The names with * where they differ."""
    pieces = [re.split(f"({_PARTS.pattern})", name, flags=re.IGNORECASE) for name in names]
    columns = zip(*pieces, strict=False) if len({len(p) for p in pieces}) == 1 else ()
    pattern = "".join(glob.escape(c[0]) if len(set(c)) == 1 else "*" for c in columns)
    return re.sub(r"\*+", "*", pattern) or glob.escape(names[0])


def dated_lists(group: Group, header: str) -> bool:
    """Whether its files are full lists of customers, each dated by its name: each names each customer once."""
    days = [dated(file.name) for file in group.looks]
    if len(days) < 2 or None in days or len(set(days)) < len(days):
        return False
    index = group.header.index(header)
    return all(len(set(file.columns[index])) == len(file.columns[index]) for file in group.looks)


def _doubt(parts: list[Looked]) -> str:
    marks = [rows_of(part) for part in parts]
    for later, mine in enumerate(marks):
        for before in range(later):
            theirs = marks[before]
            both, least = len(mine & theirs), min(len(mine), len(theirs))
            if least > 1 and both > _REPEATED * least:
                return f"{both:,} rows of {parts[before].name} stand in {parts[later].name} too, and would count twice"
    return ""
