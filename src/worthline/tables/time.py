"""Time: instants in UTC beside the local date; months; the offsets of a time zone.

Reads     dates and IANA zone names.
Gives     month arithmetic, and a zone as a short list of offsets that any engine can apply with
          comparisons and additions (casts to zoned timestamps differ between engines by hours).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Years whose offsets are told; before and after them the first and the last hold."""


@dataclass(frozen=True, slots=True)
class Offset:
    """From `local` (wall clock) and `utc` on, local time = UTC + `seconds`."""

    local: datetime
    utc: datetime
    seconds: int


def zone(name: str) -> ZoneInfo:
    """The IANA zone `name`; raises ValueError with the nearest names."""
    from worthline.errors import nearest

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = nearest(name, available_timezones())
        hint = f"did you mean {' or '.join(close)}?" if close else "use a name such as Europe/Berlin or UTC"
        raise ValueError(f"{name!r} is no time zone; {hint}") from None


@cache
def offsets(name: str, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> tuple[Offset, ...]:
    """Offsets of a zone in order of time, the first one holding from the start.

    A wall-clock time skipped in spring reads as if the clock had not been moved; one that occurs twice in
    autumn is the earlier of the two.
    """
    where = zone(name)
    all_offsets: list[Offset] = []
    step = datetime(first_year, 1, 1, tzinfo=UTC)
    last = _offset(step, where)
    all_offsets.append(Offset(datetime(1, 1, 1), datetime(1, 1, 1), last))
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while step < end:
        following = step + timedelta(days=7)
        if _offset(following, where) != last:
            change = _change(step, following, where, last)
            before, last = last, _offset(change, where)
            naive = change.replace(tzinfo=None)
            all_offsets.append(Offset(naive + timedelta(seconds=max(before, last)), naive, last))
        step = following
    return tuple(all_offsets)


def _offset(moment: datetime, where: ZoneInfo) -> int:
    delta = moment.astimezone(where).utcoffset()
    return int(delta.total_seconds()) if delta is not None else 0


def _change(low: datetime, high: datetime, where: ZoneInfo, before: int) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(middle, where) == before:
            low = middle
        else:
            high = middle
    return high


def month_start(day: date) -> date:
    """First day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def quarter_start(last: date) -> date:
    """First day of the three months that end on `last`."""
    return add_months(last, -2)


def add_months(day: date, months: int) -> date:
    """First day of the month `months` after that of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Whole calendar months from the month of `first` to that of `last`."""
    return (last.year - first.year) * 12 + last.month - first.month
