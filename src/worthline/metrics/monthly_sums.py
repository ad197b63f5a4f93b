"""Counts and sums by month and member, gathered on the engine once and added up here.

Reads     rows with a `month`, a text `key` (the metric, or anything a caller splits by) and dimensions.
Gives     Tally: exact sums for each key, dimension, member and month, and over any window of months.
Method    one pass keeps month x key x all dimensions; each dimension is then summed from that. Only counts and
          sums of integers or DECIMAL, so a window is the sum of its months.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from worthline.metrics.dimensions import ALL, UNASSIGNED, owners
from worthline.metrics.periods import Window
from worthline.results import Compute, Dataset
from worthline.tables.time import month_start

if TYPE_CHECKING:
    import ibis.expr.types as ir

Number = int | Decimal
Sums = dict[str, Number]
Member = tuple[str, str]
"""A dimension and one of its members."""
SMALL = 50_000
"""Rows of month x key x all dimensions that are summed here: one question, not one a dimension."""


@dataclass
class MonthlySums:
    """Sums by key, member and month; where nothing was counted, 0."""

    measures: tuple[str, ...]
    by: dict[tuple[str, Member], dict[date, Sums]] = field(default_factory=dict)
    starts: dict[str, date] = field(default_factory=dict)
    """The first month with anything, by key."""
    ends: date | None = None
    """The last month with any row of a source that never pauses, all keys; None: silence is no lack of data."""

    def members(self, key: str) -> list[Member]:
        """Everyone ever counted under `key`, the whole company always among them."""
        counted = {member for k, member in self.by if k == key}
        return sorted(counted | {(ALL, ALL)})

    @property
    def keys(self) -> list[str]:
        """All keys, sorted."""
        return sorted({key for key, _ in self.by})

    def covers(self, window: Window, key: str | None = None) -> bool:
        """Whether there were data (under `key`) by the window's first month, and they go on to its last."""
        first = min(self.starts.values(), default=None) if key is None else self.starts.get(key)
        return first is not None and first <= window.first and (self.ends is None or window.last <= self.ends)

    def over(self, key: str, member: Member, window: Window) -> Sums:
        """The sums of a window."""
        total: Sums = dict.fromkeys(self.measures, 0)
        months = self.by.get((key, member), {})
        for month in window.months() if months else ():
            if (sums := months.get(month)) is not None:
                for name, number in sums.items():
                    total[name] += number
        return total

    def add(self, key: str, member: Member, month: date, sums: Mapping[str, Number]) -> None:
        """Add `sums` to what is already there."""
        there = self.by.setdefault((key, member), {}).setdefault(month, dict.fromkeys(self.measures, 0))
        for name, number in sums.items():
            there[name] += number
        self.starts[key] = min(month, self.starts.get(key, month))

    def pooled(self) -> MonthlySums:
        """The same without keys: everything under the key ""."""
        every = MonthlySums(self.measures, ends=self.ends)
        for (_, member), months in self.by.items():
            for month, sums in months.items():
                every.add("", member, month, sums)
        return every


def tally(
    name: str,
    rows: ir.Table,
    dimensions: tuple[str, ...],
    measures: Mapping[str, ir.Scalar],
    ds: Dataset,
    rooms: Compute,
    *,
    ends: date | None = None,
) -> MonthlySums:
    """Sum `measures` of `rows` (columns month, key and `dimensions`); touchpoints also by owning group.

    `ends`: where the rows' source never pauses, its last month (`last_month`).
    Raises ValueError.
    """
    if "month" not in rows.columns or "key" not in rows.columns:
        raise ValueError(f"a tally needs the columns month and key; got {list(rows.columns)}")
    cube = rooms.keep(name, rows.group_by(["month", "key", *dimensions]).aggregate(**measures))
    monthly = MonthlySums(tuple(measures), ends=ends)
    for member, row in _summed(cube, dimensions, tuple(measures), rooms):
        sums = {m: row[m] if row[m] is not None else 0 for m in measures}
        monthly.add(row["key"], member, row["month"], sums)
    if "touchpoint" in dimensions:
        _by_group(monthly, ds, rooms)
    return monthly


def last_month(ds: Dataset, table: str, rooms: Compute) -> date | None:
    """The month of the last row of a table that never pauses: transactions, interactions."""
    last = rooms.fetch(ds[table].aggregate(last=ds[table].at_date.max()))["last"][0].as_py()
    return None if last is None else month_start(last)


def _summed(
    cube: ir.Table, dimensions: tuple[str, ...], measures: tuple[str, ...], rooms: Compute
) -> Iterator[tuple[Member, dict[str, Any]]]:
    """The sums of each member of each dimension by month and key; those of a small cube without asking again."""
    held = rooms.fetch(cube.limit(SMALL + 1))
    for dimension in (ALL, *dimensions):
        by = ["month", "key"] if dimension == ALL else ["month", "key", dimension]
        if held.num_rows > SMALL:
            summed = rooms.fetch(cube.group_by(by).aggregate(**{m: cube[m].sum() for m in measures}))
        else:
            grouped = held.group_by(by, use_threads=False).aggregate([(m, "sum") for m in measures])
            summed = grouped.select([*by, *(f"{m}_sum" for m in measures)]).rename_columns([*by, *measures])
        for row in summed.to_pylist():
            yield (dimension, ALL if dimension == ALL else row[dimension]), row


def _by_group(monthly: MonthlySums, ds: Dataset, rooms: Compute) -> None:
    """Each owner of a touchpoint gets all of it; two owners, twice."""
    owned = owners(ds)
    if owned is None:
        return
    groups: dict[str, list[str]] = {}
    for row in rooms.fetch(owned.order_by(["touchpoint", "group"])).to_pylist():
        groups.setdefault(row["touchpoint"], []).append(row["group"])
    for (key, (dimension, touchpoint)), months in list(monthly.by.items()):
        if dimension == "touchpoint":
            for group in groups.get(touchpoint, [UNASSIGNED]):
                for month, sums in months.items():
                    monthly.add(key, ("group", group), month, sums)
