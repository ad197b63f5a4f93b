"""How far each table's records reach: the last month that it covers whole. Ibis gathers, dates are compared in Python.

Reads     a Dataset's tables that are dated row by row.
Gives     `last_whole_months`: table -> first day of the last month that its records cover to the end.
Method    a table that falls silent has ended, once it is silent for longer than it ever was in the two years before its
          last row: purchases of every day end on the day of the last one, an answer of each spring holds for a year.
          A month is whole where the records reach its last day. Without this a window that outlasts the file would
          count months without records as months without purchases.
Assumes   rows known after the as-of date are not in the tables.
Not for   subscriptions: they say themselves how long they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from worthline.tables.time import add_months, month_end, month_start

if TYPE_CHECKING:
    from worthline.results import Compute, Dataset

LOOKED_BACK = 730
"""Days before the last row in which a silence counts as usual."""
STRAY = 0.01
"""Share of a table's rows up to which rows after a silence longer than any before are strays, as for the as-of date."""
DATED = ("transactions", "interactions", "feedback", "balances", "wallet")


def last_whole_months(ds: Dataset, rooms: Compute, tables: Sequence[str] = DATED) -> dict[str, date]:
    """Table -> first day of the last month that its records cover whole; tables without a dated row are left out."""
    parts = []
    for name in tables:
        if name in ds.tables and "at_date" in ds[name].columns:
            rows = ds[name].filter(ds[name].at_date.notnull())
            parts.append(rows.group_by(source=ibis.literal(name), day=rows.at_date).agg(n=rows.count()))
    if not parts:
        return {}
    by_day = (ibis.union(*parts) if len(parts) > 1 else parts[0]).order_by("source", "day")
    counts: dict[str, dict[date, int]] = {}
    for row in rooms.fetch(by_day).to_pylist():
        counts.setdefault(row["source"], {})[row["day"]] = row["n"]
    return {name: whole_until(own) for name, own in counts.items()}


def whole_until(rows: Mapping[date, int]) -> date:
    """First day of the last month that records cover whole; `rows`: how many there are by day."""
    days = sorted(rows)
    days = days[: len(days) - _strays(days, rows)]
    last = days[-1]
    known = last + timedelta(days=max(_silences(days), default=1) - 1)  # the next row was due by the day after
    month = month_start(known)
    return month if known == month_end(known) else add_months(month, -1)


def _silences(days: Sequence[date]) -> list[int]:
    """Days from each day with records to the next, of the two years before the last one."""
    late = [day for day in days if day >= days[-1] - timedelta(days=LOOKED_BACK)]
    return [(then - before).days for before, then in pairwise(late)]


def _strays(days: Sequence[date], rows: Mapping[date, int]) -> int:
    """Days at the end that are few rows after a longer silence than any before: slips of the pen, late corrections."""
    most, seen = STRAY * sum(rows.values()), 0
    for count, day in enumerate(reversed(days[1:]), 1):
        seen += rows[day]
        if seen > most:
            return 0
        before = days[: len(days) - count]
        if (day - before[-1]).days > max(_silences(before), default=1):
            return count
    return 0
