"""The rows above the data: column names, and the extra rows that survey tools put there.

Reads     the first records of a file or sheet, as lists of text.
Gives     Head: column names that are unique and never blank, what they were, labels, a time zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_IMPORT_ID = re.compile(r"""\s*\{\s*["']ImportId["']""")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that no engine takes in a name; a tab or a line break is kept."""
_ZONE = re.compile(r"""["']timeZone["']\s*:\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the data; `rows` records are not data, the header among them."""

    names: tuple[str, ...]  # unique, stripped, never blank
    original: tuple[str, ...]  # as they stand in the file
    rows: int
    labels: tuple[str, ...] | None  # question text a column, where the file brings it
    zone: str | None  # time zone that a Qualtrics export names
    notes: tuple[str, ...]


def plain(name: str) -> str:
    """A name without case, blanks and punctuation, to compare by."""
    return "".join(c for c in name.casefold() if c.isalnum())


def read_head(records: Sequence[Sequence[str]]) -> Head:
    """Settle the names from the first record, and from the next two where a survey tool wrote them."""
    original = tuple(records[0])
    below = [tuple(record) for record in records[1:3]]
    if len(below) == 2 and _is_import_ids(below[1]):
        zone = next((found[1] for cell in below[1] if (found := _ZONE.search(cell))), None)
        names, notes = unique_names(original)
        remark = f"Qualtrics export: rows 2 and 3 hold question text and import ids, not data; zone {zone}"
        return Head(names, original, 3, below[0], zone, (*notes, remark))
    if below and _is_answer_options(original, below[0]):
        names, notes = unique_names(_with_options(original, below[0]))
        remark = "SurveyMonkey export: row 2 holds answer options, not data; joined to the names"
        return Head(names, original, 2, below[0], None, (*notes, remark))
    names, notes = unique_names(original)
    return Head(names, original, 1, None, None, notes)


def unique_names(original: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names, notes): no blanks around names, no control characters; blank names column_<n>, repeats with ` (2)`."""
    names: list[str] = []
    notes: list[str] = []
    given = {name.strip() for name in original}
    taken: set[str] = set()
    for number, name in enumerate(original, 1):
        wanted = _CONTROL.sub("", name).strip().strip("\ufeff")
        if wanted != name.strip().strip("\ufeff"):
            notes.append(f"the name of column {number} holds control characters; it is called {wanted!r} without them")
        if not wanted:
            wanted = f"column_{number}"
            notes.append(f"column {number} has no name; it is called {wanted}")
        unique, copy = wanted, 1
        while unique in taken or (copy > 1 and unique in given):
            copy += 1
            unique = f"{wanted} ({copy})"
        if copy > 1:
            notes.append(f"column {number} repeats the name {wanted!r}; it is called {unique!r}")
        taken.add(unique)
        names.append(unique)
    return tuple(names), tuple(notes)


def _is_import_ids(record: Sequence[str]) -> bool:
    filled = [cell for cell in record if cell.strip()]
    return bool(filled) and all(_IMPORT_ID.match(cell) for cell in filled)


def _is_answer_options(header: Sequence[str], record: Sequence[str]) -> bool:
    if len(header) != len(record) or len(header) < 3 or plain(header[0]) != "respondentid":
        return False
    return plain(header[1]) == "collectorid" and not record[0].strip() and any(c.strip() for c in record)


def _with_options(header: Sequence[str], options: Sequence[str]) -> list[str]:
    """A question's name carried right over its blank columns, each with its answer option."""
    names: list[str] = []
    label = ""
    for at, (name, option) in enumerate(zip(header, options, strict=True)):
        label = name.strip() or label
        spread = not name.strip() or (at + 1 < len(header) and not header[at + 1].strip())
        names.append(f"{label} - {option.strip()}" if spread and option.strip() else label)
    return names
