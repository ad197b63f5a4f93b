"""Text to instants and dates, by pattern and arithmetic alone, so that every engine reads the same.

Reads     a column of text, a declared format, the time zone of its source and of the company.
Gives     the instant in UTC and the local date; null where the text is no such moment.
Method    the text is matched before it is cast: engines drop offsets, read odd forms, or raise. A zone is a
          table of offsets by year, looked up by number. A few stages, so that each step is computed once a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Literal

import ibis
import ibis.expr.types as ir

from worthline.errors import BadSetting
from worthline.tables.time import FIRST_YEAR, LAST_YEAR, Offset, offsets

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?"
ISO = rf"^[1-9]\d{{3}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}( ?(Z|UTC|[+-]\d{{2}}:?\d{{2}}))?)?$"
"""ISO 8601 as exports write it; digits of a second after the sixth are beyond what is stored. No year before
1000: 0001-01-01 stands for no date in many systems."""
_FIRST, _LAST, _AFTER = "1000-01-01 00:00:00", "9999-12-31 00:00:00", "9999-12-31 23:59:59.999999"
_LOCAL = r"^(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?)?)"
_OFFSET = r"([+-])(\d{2}):?(\d{2})$"
_ZONED = r"( ?(Z|UTC)|:\d{2}([.,]\d+)? ?[+-]\d{2}:?\d{2})$"

_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
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
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_EPOCH = {"unix": 1, "unix_ms": 1000}


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

    def of(self, part: str) -> str:
        """The working column that holds `part`."""
        return f"{self.name}~{part}"

    def first(self, cell: ir.Value) -> dict[str, ir.Value]:
        """Stage 1: the text, or the typed value."""
        return {self.of("text" if self.is_text else "typed"): cell}

    def second(self, t: ir.Table) -> dict[str, ir.Value]:
        """Stage 2: whether the text is ISO, and has more to it than a date and a time."""
        if not self.is_text:
            return {}
        text = t[self.of("text")]
        return {
            self.of("iso"): text.re_search(ISO) if self._takes_iso else ibis.literal(False),
            self.of("odd"): (text.length() > 19) | text.endswith("Z") | text.endswith("UTC"),
        }

    def third(self, t: ir.Table) -> dict[str, ir.Value]:
        """Stage 3: texts by how they are read; each is null where another reads it."""
        if not self.is_text:
            return {}
        text, iso, odd = t[self.of("text")], t[self.of("iso")], t[self.of("odd")]
        null = ibis.null("string")
        return {
            self.of("plain"): ibis.ifelse(iso & ~odd, text, null),
            self.of("rest"): ibis.ifelse(iso & odd, text, null),
            self.of("other"): ibis.ifelse(iso, null, text),
        }

    def fourth(self, t: ir.Table) -> dict[str, ir.Value]:
        """Stage 4: `local` (wall clock of the source), or `instant` (UTC) where the text says its offset."""
        if not self.is_text:
            return self._typed(t[self.of("typed")])
        text, plain, rest, other = (t[self.of(part)] for part in ("text", "plain", "rest", "other"))
        written = rest.re_extract(_LOCAL, 1).replace(",", ".").nullif("").try_cast("timestamp(6)")
        zoned = rest.re_search(_ZONED)
        inside = zoned & (written < ibis.literal(_LAST).cast("timestamp(6)"))
        # Nearly all are plain: only the others pay for being taken apart.
        null, there = ibis.null("timestamp(6)"), rest.notnull()
        locals_ = [plain.try_cast("timestamp(6)"), ibis.ifelse(there, ibis.ifelse(zoned, null, written), null)]
        instants = [ibis.ifelse(there, ibis.ifelse(inside, written - _seconds(_offset_of(rest)), null), null)]
        is_day = text.length() == 10
        if self.clock.format in _EPOCH:
            instants.append(_epoch_of(other, _EPOCH[self.clock.format]))
        elif self.clock.format is not None:
            built, timeless = _declared(other, self.clock.format)
            locals_.append(built)
            is_day = is_day | other.notnull() if timeless else is_day & other.isnull()
        return {
            self.of("local"): ibis.coalesce(*locals_),
            self.of("instant"): ibis.coalesce(*instants),
            self.of("is_day"): is_day,
        }

    def fifth(self, t: ir.Table) -> dict[str, ir.Value]:
        """Stage 5: `utc`, from either."""
        local, instant = t[self.of("local")], t[self.of("instant")]
        if self.clock.source_zone != "UTC":
            # The last day that there is stands for never, and is not moved out of the calendar.
            never = local >= ibis.literal(_LAST).cast("timestamp(6)")
            moved = local - _seconds(_ahead(local, offsets(self.clock.source_zone), "local"))
            moved = ibis.ifelse(never, local, moved)
        else:
            moved = local
        return {self.name: ibis.coalesce(moved, instant)}

    def day(self, t: ir.Table) -> ir.DateValue:
        """Stage 6: the company's local date; a date without a time is the same in every zone."""
        utc, local = t[self.name], t[self.of("local")]
        if self.clock.company_zone == "UTC":
            return ibis.coalesce(ibis.ifelse(t[self.of("is_day")], local.date(), ibis.null("date")), utc.date())
        moved = (utc + _seconds(_ahead(utc, offsets(self.clock.company_zone), "utc"))).date()
        same = self.clock.source_zone == self.clock.company_zone
        keeps = local.notnull() if same else t[self.of("is_day")] & local.notnull()
        return ibis.ifelse(keeps, local.date(), moved)

    @property
    def _takes_iso(self) -> bool:
        return self.clock.format is None or not self.clock.format.startswith("%Y-")

    def _typed(self, value: ir.Value) -> dict[str, ir.Value]:
        null = ibis.null("timestamp(6)")
        dtype = value.type()
        zoned = dtype.is_timestamp() and dtype.timezone is not None
        moment = value.cast("timestamp('UTC')").cast("timestamp(6)") if zoned else value.cast("timestamp(6)")
        first, last = (ibis.literal(text).cast("timestamp(6)") for text in (_FIRST, _AFTER if not zoned else _LAST))
        moment = ibis.ifelse((moment >= first) & (moment <= last), moment, null)
        return {
            self.of("local"): null if zoned else moment,
            self.of("instant"): moment if zoned else null,
            self.of("is_day"): ibis.literal(dtype.is_date()),
        }


def _offset_of(text: ir.StringValue) -> ir.IntegerValue:
    hours = text.re_extract(_OFFSET, 2).nullif("").cast("int64")
    minutes = text.re_extract(_OFFSET, 3).nullif("").cast("int64")
    sign = ibis.ifelse(text.re_extract(_OFFSET, 1) == "-", -1, 1)
    return ibis.coalesce(sign * (hours * 3600 + minutes * 60), 0)


def _epoch_of(text: ir.StringValue, divisor: int) -> ir.TimestampValue:
    number = ibis.ifelse(text.re_search(r"^\d{1,15}$"), text, ibis.null("string")).cast("int64")
    return ibis.literal("1970-01-01 00:00:00").cast("timestamp(6)") + _seconds(number // divisor)


def _declared(text: ir.StringValue, format_: str) -> tuple[ir.TimestampValue, bool]:
    """The wall-clock time in a declared format, and whether the format has no time of day."""
    pattern, letters = compile_format(format_)
    fits = ibis.ifelse(text.re_search(pattern), text, ibis.null("string"))

    def part(letter: str) -> ir.StringValue:
        return fits.re_extract(pattern, letters.index(letter) + 1).nullif("")

    year = part("Y") if "Y" in letters else _century(part("y"))
    month = _month(part("b" if "b" in letters else "B")) if {"b", "B"} & set(letters) else part("m")
    built = year + "-" + month.lpad(2, "0") + "-" + part("d").lpad(2, "0")
    timed = bool({"H", "I"} & set(letters))
    if timed:
        hour = part("H") if "H" in letters else _twelve(part("I"), part("p"))
        minute = part("M") if "M" in letters else ibis.literal("00")
        second = part("S") if "S" in letters else ibis.literal("00")
        built = built + " " + hour.lpad(2, "0") + ":" + minute + ":" + second
        if "f" in letters:
            built = built + "." + part("f")
        # DuckDB reads 24:00:00 as the next day.
        built = ibis.ifelse(built.re_search(_CLOCK + "$"), built, ibis.null("string"))
    return built.try_cast("timestamp(6)"), not timed


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
    if not {"d"} <= set(letters) or not {"Y", "y"} & set(letters) or not {"m", "b", "B"} & set(letters):
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
    "Known: %Y %y %m %d %b %B %H %I %M %S %f %p, for instance '%d/%m/%Y %H:%M'; or unix, unix_ms for seconds "
    "or milliseconds since 1970."
)


def _century(year: ir.StringValue) -> ir.StringValue:
    """Two digits as POSIX reads them: 69-99 are 19xx, 00-68 are 20xx."""
    return ibis.ifelse(year >= "69", "19", "20") + year


def _month(name: ir.StringValue) -> ir.StringValue:
    lowered = name.lower().left(3)
    return ibis.cases(*((lowered == m, f"{i:02d}") for i, m in enumerate(_MONTHS, 1)))


def _twelve(hour: ir.StringValue, half: ir.StringValue) -> ir.StringValue:
    number = hour.cast("int64")
    after = ibis.ifelse(half.lower() == "p", 12, 0)
    valid = (number >= 1) & (number <= 12)
    return ibis.ifelse(valid, (number % 12 + after).cast("string"), ibis.null("string"))


def _seconds(number: ir.IntegerValue) -> ir.IntervalValue:
    return number.as_interval("s")


def _ahead(moment: ir.TimestampValue, steps: tuple[Offset, ...], attribute: Literal["local", "utc"]) -> ir.IntegerValue:
    """Seconds that local time is ahead of UTC at `moment`: those the year began with, and each change since.

    A few lists looked up by year: a comparison a change, 264 of them for New York until 2100, takes longer to compile
    than a small file to read.
    """
    began, changes = _by_year(steps, attribute)
    year = ibis.greatest(ibis.least(moment.year(), LAST_YEAR), FIRST_YEAR).cast("int64") - FIRST_YEAR
    ahead = ibis.literal(began, type="array<int64>")[year]
    passed = moment.epoch_seconds()
    for borders, deltas in changes:
        border = ibis.literal(borders, type="array<int64>")[year]
        ahead = ahead + ibis.ifelse(passed >= border, ibis.literal(deltas, type="array<int64>")[year], 0)
    return ahead


@cache
def _by_year(
    steps: tuple[Offset, ...], attribute: Literal["local", "utc"]
) -> tuple[tuple[int, ...], tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]]:
    """The offset that each year begins with; then, change by change of a year, when it comes and by how much."""
    began, found = [], []
    ahead, at = steps[0].seconds, 1
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        began.append(ahead)
        mine: list[tuple[int, int]] = []
        while at < len(steps) and getattr(steps[at], attribute).year <= year:
            when = getattr(steps[at], attribute).replace(tzinfo=UTC)
            mine.append((int(when.timestamp()), steps[at].seconds - ahead))
            ahead, at = steps[at].seconds, at + 1
        found.append(mine)
    most = max(map(len, found))
    padded = [[*mine, *([(0, 0)] * (most - len(mine)))] for mine in found]
    changes = tuple((tuple(mine[k][0] for mine in padded), tuple(mine[k][1] for mine in padded)) for k in range(most))
    return tuple(began), changes
