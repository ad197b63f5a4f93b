"""The words in which a canonical table is described: columns, kinds, keys.

Reads     nothing.
Gives     Column and TableSpec, from which ingest casts and checks, the reference page is written and
          the rooms know what they may ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MONEY_SCALE = 4
"""Decimals of every money column: DECIMAL(18, 4). A value with more is set aside, never rounded."""


class Kind(Enum):
    """How the text of a cell is read, and the type it becomes."""

    ID = "id"
    """Text kept to the letter (leading zeros too); outer blanks trimmed."""
    TEXT = "text"
    """Text kept as it is."""
    CATEGORY = "category"
    """Text, trimmed; where `allowed` is given, one of those (compared without case)."""
    INSTANT = "instant"
    """A moment: stored in UTC as TIMESTAMP, beside its local date in `<name>_date`."""
    DAY = "day"
    """A date in the company's calendar: DATE. A time of day, where brought, is read and left out."""
    MONEY = "money"
    """DECIMAL(18, 4) in the company's currency."""
    NUMBER = "number"
    """DOUBLE; finite."""
    COUNT = "count"
    """BIGINT; a value with a fraction is set aside."""
    RATE = "rate"
    """DECIMAL(18, 8): an exchange rate."""
    FLAG = "flag"
    """BOOLEAN: yes/no, true/false, 1/0, y/n, t/f."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table: what a cell means and when it is acceptable."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    """The source must have the column, and a blank cell sets the row aside (unless `blank_means`)."""
    blank_means: str | None = None
    """What a blank cell of a required column means; None where a blank is not acceptable."""
    unit: str | None = None
    allowed: tuple[str, ...] | None = None
    least: float | None = None
    most: float | None = None
    personal: bool = False
    """Kept apart from the analysis: never in `source.`, scores or exports without being asked for."""
    also_called: tuple[str, ...] = ()
    """Names under which companies export it: init proposes and webhooks take them; worthline.toml holds as written."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One canonical table: its columns and what makes a row unique."""

    name: str
    row: str
    """What one row is, in words."""
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Columns that together name a row; a second row of the same key is set aside. Those of them that were
    brought count, as long as the first was; blanks compare equal, but a blank first one is not checked."""
    key_unless: str | None = None
    """A column that, where brought, makes the rows lines of something, so that the key may recur."""
    one_of: tuple[str, ...] = ()
    """At least one of these columns must be there, and not blank in a row."""
    happened: str | None = None
    """The column that says when the row happened; rows after `as_of` do not exist for a run."""
    in_use: bool = True
    """Whether anything is calculated from it yet; what is not is read, checked and kept."""
    switches_on: str = ""
    """What Worthline can say once this table is there."""
    is_written: bool = False
    """Whether people write it in the app; a file may bring it all the same, but none is proposed for it."""

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that a source must have."""
        return tuple(c.name for c in self.columns if c.required)
