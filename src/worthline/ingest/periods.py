"""Names of periods: quarters (2025 Q1, Q1/25, 3. Quartal 2025) and ISO weeks (2025-W07, KW 7/2025).

Reads     a cell, or a column of cells in SQL.
Gives     the first and the last day of the period; in SQL one of them.
Assumes   calendar quarters, and weeks of ISO 8601: the first holds the 4th of January. A fiscal quarter is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from worthline.ingest.sql_text import cast, part, try_cast, when
from worthline.tables.time import add_months

_SHORT = r"((?:[1-9]\d)?\d{2})"
PATTERNS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "quarter": (
        (r"^([1-9]\d{3})[ _/.-]{0,3}[QqTt]([1-4])$", 1, 2),
        (rf"^[QqTt]([1-4])[ _/.'’-]{{0,3}}{_SHORT}$", 2, 1),
        (rf"^([1-4])(?:[QqTt]|\. ?Quartal|[oº°e]r? ?[Tt]rim(?:estre)?\.?)[ _/.'’-]{{0,3}}{_SHORT}$", 2, 1),
    ),
    "week": (
        (r"^([1-9]\d{3})[ _/.-]{0,3}(?:[Ww]|KW|CW|[Ww]eek)[ ._-]{0,2}(\d{1,2})$", 1, 2),
        (
            rf"^(?:[Ww]|KW|CW|[Ww]eek|[Ww]oche|[Ss]emaine|[Ss]emana)[ ._-]{{0,2}}(\d{{1,2}})[ _/.'’-]{{1,3}}{_SHORT}$",
            2,
            1,
        ),
        (r"^([1-9]\d{3})-?(\d{2})$", 1, 2),
    ),
}
"""By the name of a date_format: patterns, and their groups of the year and of the number. The last one is `2025-07`."""
WORDED = {name: patterns[: 3 if name == "quarter" else 2] for name, patterns in PATTERNS.items()}
"""Those that no other date looks like."""


def between(format_: str, cell: str, *, worded: bool = False) -> tuple[date, date] | None:
    """First and last day of the period that a cell names; None where it names none."""
    for pattern, year, number in (WORDED if worded else PATTERNS)[format_]:
        if match := _compiled(pattern).match(cell):
            return _days(format_, _year(match[year]), int(match[number]))
    return None


def _days(format_: str, year: int, number: int) -> tuple[date, date] | None:
    if format_ == "quarter":
        first = date(year, 3 * number - 2, 1)
        return first, add_months(first, 3) - timedelta(days=1)
    try:
        first = date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return first, first + timedelta(days=6)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else int(text) + (1900 if text >= "69" else 2000)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def sql(format_: str, text: str, *, is_start: bool) -> str:
    """The first day of the period that a text names, or its last, as a timestamp; null where it names none."""
    patterns = PATTERNS[format_]
    year = cast(_four_digits(_either(text, [(p, year) for p, year, _ in patterns])), "integer")
    number = cast(_either(text, [(p, number) for p, _, number in patterns]), "integer")
    if format_ == "quarter":
        day = f"make_date({year}, 3 * {number} - 2, 1)" if is_start else f"last_day(make_date({year}, 3 * {number}, 1))"
        return try_cast(day, "timestamp")
    fourth = f"make_date({year}, 1, 4)"
    monday = f"({fourth} - (isodow({fourth}) - 1)::integer + 7 * ({number} - 1))"
    is_there = f"{number} between 1 and 53 and isoyear({monday} + 3) = {year}"
    return try_cast(when(is_there, monday if is_start else f"{monday} + 6"), "timestamp")


def _either(text: str, groups: Sequence[tuple[str, int]]) -> str:
    return f"coalesce({', '.join(part(text, pattern, group) for pattern, group in groups)})"


def _four_digits(year: str) -> str:
    """Two digits as POSIX reads them: 69-99 are 19xx, 00-68 are 20xx."""
    century = when(f"{year} >= '69'", "'19'", "'20'")
    return when(f"length({year}) = 4", year, f"{century} || {year}")
