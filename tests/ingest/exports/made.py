"""What an export is made of: a header, a maker of cells for each column, and what each column is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

ROWS = 1_000


@dataclass(frozen=True)
class Made:
    """One export of 1,000 rows; a column that `truth` does not name is an attribute, "out" is personal and not taken."""

    name: str
    table: str
    columns: dict[str, Callable[[int], str]]
    truth: dict[str, str]
    above: list[list[str]] = field(default_factory=list)
    encoding: str = "utf-8"
    read_as: dict[str, str] = field(default_factory=dict)
    """Columns whose name is read with that of the row below: choices of one question."""
    rows_read: int = ROWS
    """Rows that the mapping reads, less those that the export marks as no answers, no sales."""
    is_asked: bool = False
    """Whether nobody can know the table unasked: a case of an event log is not a customer."""

    @property
    def header(self) -> list[str]:
        """The columns' names as they stand in the file."""
        return list(self.columns)

    @property
    def content(self) -> bytes:
        """The file."""
        out = io.StringIO()
        rows = [[make(i) for make in self.columns.values()] for i in range(ROWS)]
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.above, *rows])
        return out.getvalue().encode(self.encoding)

    def of(self, header: str) -> str:
        """What the column is."""
        return self.truth.get(header, "attribute")


_FIRST = ("Ann", "Bea", "Cid", "Dan", "Eva", "Finn", "Gus", "Hal")
_LAST = ("Roe", "Poe", "Doe", "Lee", "Moss", "Hart")
_WORDS = (
    "Great people and quick too",
    "Nobody ever called me back about it",
    "Works every time for me and my family",
    "Two weeks late and no word at all",
    "The bill was wrong again this month",
)


def name(i: int) -> str:
    """A person's name."""
    return f"{_FIRST[i % len(_FIRST)]} {_LAST[i % len(_LAST)]}"


def address(i: int) -> str:
    """An e-mail address, one a person."""
    return f"{name(i).replace(' ', '.').lower()}{i % 800}@example.org"


def words(i: int) -> str:
    """What somebody wrote; nothing in a fifth of the rows."""
    return "" if i % 5 == 4 else f"{_WORDS[i % 5]}, visit {i}"


def day(i: int, clock: str = "", form: str = "{y}-{m}-{d}") -> str:
    """A day of 2025, three rows a day, with a clock behind it."""
    found = date(2025, 1, 1) + timedelta(days=i // 3)
    return form.format(y=f"{found.year}", m=f"{found.month:02}", d=f"{found.day:02}") + clock
