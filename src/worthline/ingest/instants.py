"""Text to instants and dates, by pattern and arithmetic alone.

Reads     a column of text, a declared format, the time zone of its source and of the company.
Gives     the instant in UTC and the local date; null where the text is no such moment.
Method    the text is matched before it is cast: DuckDB drops offsets and reads odd forms. A zone is a
          table of offsets by year, looked up by number. A few stages, so that each step is computed once a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Literal

from worthline.errors import BadSetting
from worthline.ingest import periods
from worthline.ingest.month_names import LONGEST_FIRST, MONTHS
from worthline.ingest.sql_text import (
    Sql,
    any_of,
    cases,
    cast,
    column,
    is_one_of,
    literal,
    matches,
    part,
    try_cast,
    when,
)
from worthline.tables.time import FIRST_YEAR, LAST_YEAR, Offset, offsets

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?"
ISO = rf"^[1-9]\d{{3}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}( ?(Z|UTC|[+-]\d{{2}}:?\d{{2}}))?)?$"
"""ISO 8601 as exports write it; digits of a second after the sixth are beyond what is stored. No year before
1000: 0001-01-01 stands for no date in many systems."""
_FIRST, _LAST, _AFTER = "1000-01-01 00:00:00", "9999-12-31 00:00:00", "9999-12-31 23:59:59.999999"
_LOCAL = r"^(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?)?)"
_OFFSET = r"([+-])(\d{2}):?(\d{2})$"
_ZONED = r"( ?(Z|UTC)|:\d{2}([.,]\d+)? ?[+-]\d{2}:?\d{2})$"

_NAMES = "|".join(LONGEST_FIRST)
_PARTS = {
    "Y": r"([1-9]\d{3})",
    "y": r"(\d{2})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "I": r"(\d{1,2})",
    "M": r"(\d{2})",
    "S": r"(\d{2})",
    "f": r"(\d{1,6})",
    "p": r"([AaPp])\.?[Mm]\.?",
    "b": rf"((?i:{_NAMES}))\.?",
    "B": rf"((?i:{_NAMES}))",
    "A": r"([^\d\s,.]+)\.?",
}
_STARTS = ("joined_on", "started_on", "valid_from", "paused_from", "since", "on")
"""Columns of which a month that names no day is its first; of what happened in a month, and of ends, it is the last."""
SERIAL = r"^\d{5}(\.\d{1,10})?$"
"""A day as a spreadsheet counts them, with its part of a day behind the point: 45292."""
_DAY_ZERO = "1899-12-30 00:00:00"
_EPOCH = {"unix": 1, "unix_ms": 1000}
_MOMENT = "timestamp"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a source writes time: a strptime format (None: ISO), its own zone and the company's."""

    format: str | None
    source_zone: str
    company_zone: str


@dataclass(frozen=True, slots=True)
class Column:
    """A time column on its way through the stages; its working columns are called after it."""

    name: str
    clock: Clock
    is_text: bool
    is_date: bool = False
    """Typed as a day."""
    is_zoned: bool = False
    """Typed as an instant of a zone."""

    def of(self, part: str) -> str:
        """The working column that holds `part`."""
        return f"{self.name}~{part}"

    def at(self, part: str) -> str:
        """The same column, in SQL."""
        return column(self.of(part))

    def first(self, cell: Sql) -> dict[str, str]:
        """Stage 1: the text, or the typed value."""
        return {self.of("text" if self.is_text else "typed"): cell.text}

    def second(self) -> dict[str, str]:
        """Stage 2: whether the text is ISO, and has more to it than a date and a time."""
        if not self.is_text:
            return {}
        text = self.at("text")
        return {
            self.of("iso"): matches(text, ISO) if self._takes_iso else "false",
            self.of("odd"): any_of((f"length({text}) > 19", f"suffix({text}, 'Z')", f"suffix({text}, 'UTC')")),
        }

    def third(self) -> dict[str, str]:
        """Stage 3: texts by how they are read; each is null where another reads it."""
        if not self.is_text:
            return {}
        text, iso, odd = self.at("text"), self.at("iso"), self.at("odd")
        return {
            self.of("plain"): when(f"{iso} and not {odd}", text),
            self.of("rest"): when(f"{iso} and {odd}", text),
            self.of("other"): when(iso, "null", text),
        }

    def fourth(self) -> dict[str, str]:
        """Stage 4: `local` (wall clock of the source), or `instant` (UTC) where the text says its offset."""
        if not self.is_text:
            return self._typed()
        text, plain, rest, other = (self.at(step) for step in ("text", "plain", "rest", "other"))
        written = try_cast(f"nullif(replace(regexp_extract({rest}, {literal(_LOCAL)}, 1), ',', '.'), '')", _MOMENT)
        zoned = matches(rest, _ZONED)
        # Nearly all are plain: only the others pay for being taken apart.
        there = f"{rest} is not null"
        locals_ = [try_cast(plain, _MOMENT), when(there, when(zoned, "null", written))]
        inside = f"{zoned} and {written} < {_moment(_LAST)}"
        instants = [when(there, when(inside, f"{written} - to_seconds({_offset_of(rest)})"))]
        is_day = f"length({text}) = 10"
        if self.clock.format in _EPOCH:
            instants.append(_epoch_of(other, _EPOCH[self.clock.format]))
        elif self.clock.format == "excel":
            days = try_cast(when(matches(other, SERIAL), other), "double")
            locals_.append(f"{_moment(_DAY_ZERO)} + to_seconds({cast(f'round({days} * 86400)', 'bigint')})")
            is_day = f"(length({text}) in (5, 10))"
        elif self.clock.format in periods.PATTERNS:
            locals_.append(periods.sql(self.clock.format, other, is_start=self.name in _STARTS))
            is_day = f"({is_day} or {other} is not null)"
        elif self.clock.format is not None:
            built, timeless = _declared(other, self.clock.format)
            if "d" not in compile_format(self.clock.format)[1] and self.name not in _STARTS:
                built = cast(f"last_day({built})", _MOMENT)
            locals_.append(built)
            is_day = f"({is_day} or {other} is not null)" if timeless else f"({is_day} and {other} is null)"
        return {
            self.of("local"): f"coalesce({', '.join(locals_)})",
            self.of("instant"): f"coalesce({', '.join(instants)})",
            self.of("is_day"): is_day,
        }

    def fifth(self) -> dict[str, str]:
        """Stage 5: `utc`, from either."""
        local, instant = self.at("local"), self.at("instant")
        moved = local
        if self.clock.source_zone != "UTC":
            # The last day that there is stands for never, and is not moved out of the calendar.
            ahead = _ahead(local, offsets(self.clock.source_zone), "local")
            moved = when(f"{local} >= {_moment(_LAST)}", local, f"{local} - to_seconds({ahead})")
        return {self.name: f"coalesce({moved}, {instant})"}

    def sixth(self) -> dict[str, str]:
        """Stage 6: the company's local date; a date without a time is the same in every zone."""
        return {self.of("day"): self._day()}

    def _day(self) -> str:
        utc, local, is_day = column(self.name), self.at("local"), self.at("is_day")
        if self.clock.company_zone == "UTC":
            return f"coalesce({when(is_day, cast(local, 'date'))}, {cast(utc, 'date')})"
        ahead = _ahead(utc, offsets(self.clock.company_zone), "utc")
        moved = cast(f"{utc} + to_seconds({ahead})", "date")
        same = self.clock.source_zone == self.clock.company_zone
        keeps = f"{local} is not null" if same else f"{is_day} and {local} is not null"
        return when(keeps, cast(local, "date"), moved)

    @property
    def _takes_iso(self) -> bool:
        return self.clock.format is None or not self.clock.format.startswith("%Y-")

    def _typed(self) -> dict[str, str]:
        moment, null = cast(self.at("typed"), _MOMENT), cast("null", _MOMENT)
        last = _LAST if self.is_zoned else _AFTER
        moment = when(f"{moment} >= {_moment(_FIRST)} and {moment} <= {_moment(last)}", moment)
        return {
            self.of("local"): null if self.is_zoned else moment,
            self.of("instant"): moment if self.is_zoned else null,
            self.of("is_day"): "true" if self.is_date else "false",
        }


def _moment(text: str) -> str:
    return cast(literal(text), _MOMENT)


def _offset_of(text: str) -> str:
    hours, minutes = (cast(part(text, _OFFSET, group), "bigint") for group in (2, 3))
    sign = when(f"regexp_extract({text}, {literal(_OFFSET)}, 1) = '-'", -1, 1)
    return f"coalesce({sign} * ({hours} * 3600 + {minutes} * 60), 0)"


def _epoch_of(text: str, divisor: int) -> str:
    number = cast(when(matches(text, r"^\d{1,15}$"), text), "bigint")
    return f"{_moment('1970-01-01 00:00:00')} + to_seconds({number} // {divisor})"


def _declared(text: str, format_: str) -> tuple[str, bool]:
    """The wall-clock time in a declared format, and whether the format has no time of day."""
    pattern, letters = compile_format(format_)
    fits = when(matches(text, pattern), text)

    def held(letter: str) -> str:
        return part(fits, pattern, letters.index(letter) + 1)

    year = held("Y") if "Y" in letters else _century(held("y"))
    month = _month(held("b" if "b" in letters else "B")) if {"b", "B"} & set(letters) else held("m")
    day = f"lpad({held('d')}, 2, '0')" if "d" in letters else "'01'"
    built = f"{year} || '-' || lpad({month}, 2, '0') || '-' || {day}"
    if {"H", "I"} & set(letters):
        hour = held("H") if "H" in letters else _twelve(held("I"), held("p"))
        minute = held("M") if "M" in letters else "'00'"
        second = held("S") if "S" in letters else "'00'"
        built = f"{built} || ' ' || lpad({hour}, 2, '0') || ':' || {minute} || ':' || {second}"
        if "f" in letters:
            built = f"{built} || '.' || {held('f')}"
        # DuckDB reads 24:00:00 as the next day.
        built = when(matches(f"({built})", _CLOCK + "$"), built)
    return try_cast(built, _MOMENT), not {"H", "I"} & set(letters)


@cache
def compile_format(format_: str) -> tuple[str, tuple[str, ...]]:
    """A strptime format as an anchored pattern and the letters of its groups; raises BadSetting."""
    letters: list[str] = []
    pattern = ""
    for piece in re.findall(r"%.|[^%]+|%", format_):
        if not piece.startswith("%"):
            pattern += re.escape(piece).replace(r"\ ", " ")
        elif len(piece) == 2 and piece[1] in _PARTS and piece[1] not in letters:
            letters.append(piece[1])
            pattern += _PARTS[piece[1]]
        else:
            raise BadSetting("date_format", f"{piece!r} in {format_!r} is not known", _FORMAT_HELP)
    timed = bool({"H", "I"} & set(letters))
    if (timed and "d" not in letters) or not {"Y", "y"} & set(letters) or not {"m", "b", "B"} & set(letters):
        raise BadSetting("date_format", f"{format_!r} lacks a day, month or year", _FORMAT_HELP)
    if "I" in letters and "p" not in letters:
        raise BadSetting("date_format", f"{format_!r} has %I without %p", _FORMAT_HELP)
    return f"^{pattern}$".replace("(\\d{1,2})(\\d{1,2})", "(\\d{2})(\\d{2})") if _dense(
        format_
    ) else f"^{pattern}$", tuple(letters)


def _dense(format_: str) -> bool:
    """Whether two numbers stand side by side, as in %Y%m%d; each is then of fixed width."""
    return re.search(r"%[YymdHIMS]%[YymdHIMS]", format_) is not None


_FORMAT_HELP = (
    "Known: %Y %y %m %d %b %B %A %H %I %M %S %f %p, for instance '%d/%m/%Y %H:%M'; '%Y-%m' for months alone; "
    "unix, unix_ms for seconds or milliseconds since 1970; excel for a spreadsheet's day numbers; quarter, week."
)


def _century(year: str) -> str:
    """Two digits as POSIX reads them: 69-99 are 19xx, 00-68 are 20xx."""
    century = when(f"{year} >= '69'", "'19'", "'20'")
    return f"{century} || {year}"


def _month(name: str) -> str:
    by_number: dict[int, list[str]] = {}
    for month, number in MONTHS.items():
        by_number.setdefault(number, []).append(month)
    return cases((is_one_of(f"lower({name})", names), f"'{number:02d}'") for number, names in by_number.items())


def _twelve(hour: str, half: str) -> str:
    number = cast(hour, "bigint")
    after = when(f"lower({half}) = 'p'", 12, 0)
    return when(f"{number} between 1 and 12", cast(f"({number} % 12 + {after})", "varchar"))


def _ahead(moment: str, steps: tuple[Offset, ...], attribute: Literal["local", "utc"]) -> str:
    """Seconds that local time is ahead of UTC at `moment`: those the year began with, and each change since.

    A few lists looked up by year: a comparison a change, 264 of them for New York until 2100, takes longer to compile
    than a small file to read.
    """
    began, changes = _by_year(steps, attribute)
    place = f"greatest(least(year({moment}), {LAST_YEAR}), {FIRST_YEAR}) - {FIRST_YEAR - 1}"
    ahead, passed = f"list_extract({_numbers(began)}, {place})", f"epoch({moment})"
    for borders, deltas in changes:
        border, delta = (f"list_extract({_numbers(values)}, {place})" for values in (borders, deltas))
        change = when(f"{passed} >= {border}", delta, 0)
        ahead = f"{ahead} + {change}"
    return ahead


def _numbers(values: tuple[int, ...]) -> str:
    """A list as one literal: DuckDB takes a list of literals apart, which costs more than to read a small file."""
    return cast(literal(str(list(values))), "bigint[]")


@cache
def _by_year(
    steps: tuple[Offset, ...], attribute: Literal["local", "utc"]
) -> tuple[tuple[int, ...], tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]]:
    """The offset that each year begins with; then, change by change of a year, when it comes and by how much."""
    began, shifts = [], []
    ahead, at = steps[0].seconds, 1
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        began.append(ahead)
        mine: list[tuple[int, int]] = []
        while at < len(steps) and getattr(steps[at], attribute).year <= year:
            when = getattr(steps[at], attribute).replace(tzinfo=UTC)
            mine.append((int(when.timestamp()), steps[at].seconds - ahead))
            ahead, at = steps[at].seconds, at + 1
        shifts.append(mine)
    most = max(map(len, shifts))
    padded = [[*mine, *([(0, 0)] * (most - len(mine)))] for mine in shifts]
    changes = tuple((tuple(mine[k][0] for mine in padded), tuple(mine[k][1] for mine in padded)) for k in range(most))
    return tuple(began), changes
