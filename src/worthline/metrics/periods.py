"""The periods that metrics are of: each month of the panel, and two windows of twelve months.

Reads     the panel's months and as_of.
Gives     Periods; names such as 2026-09, and 12m:2026-09 for the twelve months that end with it;
          9m:2026-09 where there are no more than nine.
Method    a month that as_of cuts short has a row of its own, but no window of twelve: those end with the last
          complete month, so that like is compared with like.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from worthline.panel.calendar import last_complete
from worthline.results import Compute, Dataset
from worthline.tables.time import add_months, month_start, months_between

if TYPE_CHECKING:
    import ibis.expr.types as ir


HISTORY_MONTHS = 60
"""As far back as the panel goes, where nothing else is set."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole months from `first` to `last`, both included, under the name that published rows carry."""

    name: str
    first: date
    last: date

    def months(self) -> tuple[date, ...]:
        """First days of its months."""
        return _months(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Periods:
    """Every window that metrics are computed for."""

    months: tuple[Window, ...]
    years: tuple[Window, ...]
    """The twelve months to the last complete one, and the twelve before them."""

    @property
    def all(self) -> tuple[Window, ...]:
        """Months first, then the windows of twelve."""
        return self.months + self.years

    @property
    def complete(self) -> date:
        """The last complete month."""
        return self.years[-1].last

    def whole(self, first: date | None) -> tuple[Window, ...]:
        """`all`, and the shorter period that stands in for twelve months where data began with `first`."""
        shorter = shorter_period(first, self.complete)
        return self.all if shorter is None else (*self.all, shorter)


@functools.cache
def _months(first: date, last: date) -> tuple[date, ...]:
    return tuple(add_months(first, i) for i in range(months_between(first, last) + 1))


def month_name(month: date) -> str:
    """2026-09."""
    return f"{month:%Y-%m}"


def year_to(month: date) -> Window:
    """The twelve months that end with `month`."""
    return Window(f"12m:{month_name(month)}", add_months(month, -11), month_start(month))


def shorter_period(first: date | None, complete: date) -> Window | None:
    """All complete months from `first` on, where they are fewer than twelve: 9m:2026-09; None where they are not.

    What stands in for twelve months where a company, or a question, is younger than that.
    """
    if first is None or first > complete or months_between(first, complete) >= 11:
        return None
    months = months_between(first, complete) + 1
    return Window(f"{months}m:{month_name(complete)}", month_start(first), complete)


def periods(ds: Dataset, panel: ir.Table, rooms: Compute) -> Periods:
    """From the panel's first month to the month of as_of.

    Where nobody is known (answers alone, sales at a till), from the month of the first event, five years at most.
    """
    last = month_start(ds.settings.as_of)
    extent = rooms.fetch(panel.aggregate(first=panel.month.min()))["first"][0].as_py()
    first = month_start(extent) if extent is not None else _first_event(ds, rooms, last)
    complete = last_complete(ds.settings.as_of)
    every = (add_months(first, i) for i in range(months_between(first, last) + 1))
    return Periods(
        tuple(Window(month_name(month), month, month) for month in every),
        (year_to(add_months(complete, -12)), year_to(complete)),
    )


def _first_event(ds: Dataset, rooms: Compute, last: date) -> date:
    """The month of the first transaction, contact or answer, and not more than five years before `last`."""
    known = [ds[name] for name in ("transactions", "interactions", "feedback") if name in ds.tables]
    firsts = [rooms.fetch(table.aggregate(first=table.at_date.min()))["first"][0].as_py() for table in known]
    earliest = min((month_start(day) for day in firsts if day is not None), default=last)
    return max(earliest, add_months(last, 1 - HISTORY_MONTHS))
