"""The months that everybody counts by: which month is complete, which are "the last 12 months".

Reads     the as-of date.
Gives     Span: whole months from first to last.
Method    a month that the as-of date cuts short is no complete month: spans end with the last one that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from worthline.tables.time import add_months, month_end, month_start, months_between


@dataclass(frozen=True, slots=True)
class Span:
    """Whole months; `first` and `last` are the first days of the first and of the last month."""

    first: date
    last: date

    @property
    def last_day(self) -> date:
        """The last day of the last month."""
        return month_end(self.last)

    def months(self) -> list[date]:
        """First days of all months."""
        return [add_months(self.first, i) for i in range(months_between(self.first, self.last) + 1)]


def last_complete(as_of: date) -> date:
    """First day of the last month that is over by the end of `as_of`: its own on its last day, else the one before."""
    return month_start(as_of) if as_of == month_end(as_of) else add_months(as_of, -1)


def last_months(as_of: date, months: int = 12) -> Span:
    """The last `months` complete months: 2025-01 to 2025-12 for 2025-12-31, 2024-12 to 2025-11 for 2025-12-30."""
    last = last_complete(as_of)
    return Span(add_months(last, 1 - months), last)
