"""What a page says, apart from how it is drawn: a header and blocks of text, facts and grids.

Reads     nothing.
Gives     Page, made by overview, health, explain and tables, drawn by terminal (later by others).
Assumes   every cell is text already; a cell that is "" has nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from worthline.metrics import formatting
from worthline.run.view import RunView

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above everything: whose data, of which day, which run, and whether they are simulated."""

    company: str
    as_of: str
    run: str
    simulated: bool

    def __str__(self) -> str:
        parts = (self.company, "SIMULATED" if self.simulated else "", self.as_of, self.run)
        return "   ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid."""

    heading: str
    number: bool = False
    """Numbers stand to the right."""
    leads: str = ""
    """Where cells of this column lead in the app: this and the cell."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells under headings; where it does not fit, each row becomes a few lines."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    label: str = ""
    """What it is called where it has no title."""
    folded: bool = False
    """Whether the app folds it under its title."""
    paths: tuple[str, ...] = ()
    """Where the first cell of each row leads in the app; none, or one a row."""

    def filled(self) -> Grid:
        """The grid without columns of which no row has anything to say; the first always stays."""
        filled = [i for i in range(len(self.columns)) if i == 0 or any(row[i] for row in self.rows)]
        rows = tuple(tuple(row[i] for i in filled) for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in filled), rows=rows)


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences, each on lines of its own; `mark` stands before each of them."""

    lines: tuple[str, ...]
    title: str = ""
    mark: str = ""
    leads: str = ""
    """Where its lines lead in the app."""
    dim: bool = False
    """Set back where the terminal can: a footnote."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and what it is."""

    pairs: tuple[tuple[str, str], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be copied as it stands."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """Commands that lead on."""

    commands: tuple[str, ...]


Block = Grid | Text | Facts | Code | Next


@dataclass(frozen=True, slots=True)
class Page:
    """A header and its blocks, empty ones left out."""

    header: Header
    blocks: tuple[Block, ...]


def header(run: RunView) -> Header:
    """The header of a page about a published run."""
    about = run.about
    return Header(
        company=str(about["company"]),
        as_of=f"as of {formatting.day(about['as_of'])}",
        run=f"run {run.run_id[:6]}",
        simulated=bool(about.get("simulated")),
    )


def command(name: str, *arguments: str, folder: str = "") -> str:
    """A command line that can be copied, with the folder unless it is the current one."""
    quoted = [f'"{a}"' if " " in a else a for a in arguments]
    where = [f'"{folder}"' if " " in folder else folder] if folder not in ("", ".") else []
    return " ".join(["worthline", name, *quoted, *where])
