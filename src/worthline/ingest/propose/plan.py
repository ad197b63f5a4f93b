"""What is proposed for one file: a table, its columns, how it writes things; each sure or not, each with its reason.

Reads     nothing.
Gives     Guess, Line, Plan, Question, Group: what decide makes, and what write and the command line show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from worthline.ingest.propose.look import Looked
from worthline.ingest.propose.profile import Profile, profile
from worthline.ingest.propose.sql import literal
from worthline.tables import TABLES

_QUERYABLE = (".csv", ".tsv", ".txt", ".parquet", ".pq")

Answers = Mapping[tuple[str, ...], str]
"""What a person answered: a question's key -> a choice; "" leaves it out."""
CONSTANT = "always "
"""Begins the answer that a column has one value for the whole file, which no column of it holds."""


@dataclass(frozen=True)
class Group:
    """One file, or several of the same shape that are read as one."""

    shown: str
    """The file's name, or the pattern that fits them all."""
    files: tuple[str, ...]
    """What stands behind file =."""
    looks: tuple[Looked, ...]
    doubt: str = ""
    """Why the files may not belong together; empty if they do."""
    joined: str = ""
    """SQL that makes the rows, where several files of one row per customer are one."""
    joined_why: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.looks[0].header

    @property
    def source(self) -> str:
        """What stands behind `from` in a query over it."""
        if self.joined or len(self.looks) == 1:
            return f"({self.joined})" if self.joined else literal(self.looks[0].name)
        return "(" + "\n    union all by name ".join(f"select * from {literal(f.name)}" for f in self.looks) + ")"

    @property
    def stem(self) -> str:
        """The name of its first file, without folder and ending."""
        return PurePosixPath(self.looks[0].name).stem

    @property
    def rows(self) -> int:
        """Rows of all its files."""
        return sum(looked.rows for looked in self.looks)

    @property
    def whole(self) -> bool:
        """Whether every row was looked at."""
        return all(looked.whole for looked in self.looks)

    @property
    def queryable(self) -> bool:
        """Whether a query can name it: one file, in UTF-8, CSV, TSV or Parquet."""
        first = self.looks[0]
        return len(self.looks) == 1 and first.suffix in _QUERYABLE and not (first.encoding or first.skip_lines)

    @property
    def stackable(self) -> bool:
        """Whether a query can name all its files, one below the other: nothing but their rows is wanted of them."""
        return self.queryable or all(
            f.suffix in _QUERYABLE and not (f.encoding or f.skip_lines) for f in self.looks if not self.joined
        )

    def profile(self, header: str) -> Profile | None:
        """The column called so; None where a query makes it."""
        return self.profiles[self.header.index(header)] if header in self.header else None

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """Its columns, the files' cells taken together."""
        first = self.looks[0]
        return tuple(
            profile(name, [c for looked in self.looks for c in looked.columns[at]], first.types[at])
            for at, name in enumerate(first.header)
        )


@dataclass(frozen=True, slots=True)
class Guess:
    """One canonical column and the header that is taken for it."""

    column: str
    header: str
    sure: bool
    why: str
    samples: tuple[str, ...] = ()
    cells: Profile | None = None
    """Of a column that a query makes: the cells that it takes over."""


@dataclass(frozen=True, slots=True)
class Line:
    """An option or a constant of the source."""

    key: str
    value: object
    sure: bool
    why: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person should decide; `choices` are (answer, words), the likeliest first."""

    key: tuple[str, ...]
    file: str
    text: str
    choices: tuple[tuple[str, str], ...]
    typed: str = ""
    """What may be typed instead of a choice: "day" for a date as YYYY-MM-DD."""


@dataclass
class Plan:
    """One [tables.…] of worthline.toml, or a file that no table was found for."""

    group: Group
    table: str | None
    sure: bool
    why: str
    guesses: list[Guess] = field(default_factory=list)
    constants: list[Line] = field(default_factory=list)
    options: list[Line] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Personal columns that are not taken, and why."""
    query: str = ""
    """SQL that chooses the rows, where the file as it stands holds others."""
    query_why: str = ""
    system: str = ""
    """The system that wrote the file, where it is known."""
    rivals: Mapping[str, list[str]] = field(default_factory=dict)
    """canonical column -> headers that may be it."""
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Required columns for which nothing was found."""

    @property
    def required(self) -> set[str]:
        """Canonical columns without which the table cannot be read."""
        if self.table is None:
            return set()
        spec = TABLES[self.table]
        some = {g.column for g in self.guesses if g.column in spec.one_of}
        one = some if len(some) == 1 else {c for c in some if c == "score"}
        return {*spec.required, *one}

    @property
    def taken(self) -> bool:
        """Whether the table can be written as it is: everything it needs is sure."""
        if self.table is None or not self.sure or self.missing:
            return False
        lines = (*self.constants, *self.options)
        return all(g.sure for g in self.guesses if g.column in self.required) and all(line.sure for line in lines)

    @property
    def attributes(self) -> list[str]:
        """Headers that are kept under their own name."""
        used = {g.header for g in self.guesses} | {header for header, _ in self.left_out}
        return [name for name in self.group.header if name not in used]

    def guess(self, column: str) -> Guess | None:
        """What is taken for a canonical column."""
        return next((g for g in self.guesses if g.column == column), None)


@dataclass
class Proposal:
    """All of a folder: what is proposed, what is asked, what could not be read."""

    name: str
    plans: list[Plan]
    questions: list[Question]
    unread: list[tuple[str, str]]
    company: list[Line] = field(default_factory=list)

    @property
    def mapped(self) -> list[Plan]:
        """The plans that are written as they are."""
        return [plan for plan in self.plans if plan.taken]
