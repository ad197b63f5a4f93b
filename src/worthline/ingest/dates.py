"""How far a company's data go: rows by month of what happened, and of what ended.

Reads     the good rows of every table.
Gives     Dates: counts by month, the last day of each month; ends of subscriptions, where they say more than starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.ingest.cross_row_rules import happened_on, unite
from worthline.ingest.terms import IN_TRIAL, LIVE
from worthline.ingest.versions import dates_in_names
from worthline.tables import TABLES

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.source_parts import Piece, Pieces

PLANNED = ("customers", "identities", "events", "treatments", "practices", "observations", "invitations")
"""Tables whose dates do not say how far the data go, as long as others do."""
NEVER = "2090-01-01"
"""From here on a date stands for no date: 9999-12-31, 2500-01-01, 2099-12-31."""


@dataclass
class Dates:
    """Rows by month of what happened, and of what ended, where nothing but starts and ends is known."""

    months: dict[date, int] = field(default_factory=dict)
    last_days: dict[date, date] = field(default_factory=dict)
    ends: dict[date, int] = field(default_factory=dict)
    loose: dict[date, int] = field(default_factory=dict)
    """Of the ends those that lie on another day of the month than the start, so that nobody agreed them ahead."""
    is_sparse: bool = False
    """Whether only starts of subscriptions are known: then a month without one is no hole in the data."""

    def add(self, engine: Engine, day: ir.Value, rows: ir.Table) -> None:
        """Count a column of days."""
        for month, n, last in _by_month(engine, rows.select(day=day)):
            self.months[month] = self.months.get(month, 0) + n
            self.last_days[month] = max(self.last_days.get(month, last), last)


def gather(engine: Engine, pieces: Pieces) -> Dates:
    """Dates of what happened; where no such table is there, of customers, and of what was planned."""
    all_dates = Dates()
    dated = {name: parts for name, parts in pieces.tables.items() if TABLES[name].happened}
    flowing = {name: parts for name, parts in dated.items() if name not in PLANNED}
    _count(engine, all_dates, flowing)
    all_dates.is_sparse = set(flowing) == {"subscriptions"}
    if all_dates.is_sparse:
        all_dates.ends, all_dates.loose = _ends(engine, unite(flowing["subscriptions"]), "started_on", "ended_on")
    if not all_dates.months and "customers" in dated:
        _count(engine, all_dates, {"customers": dated["customers"]})
        all_dates.ends, all_dates.loose = _ends(engine, unite(dated["customers"]), "joined_on", "left_on")
    if not all_dates.months:
        _count(engine, all_dates, dated)
    return all_dates


def _count(engine: Engine, all_dates: Dates, tables: Mapping[str, Sequence[Piece]]) -> None:
    for name, parts in tables.items():
        rows = unite(parts)
        day = happened_on(rows, TABLES[name])
        assert day is not None
        all_dates.add(engine, day, rows)
        if name == "customers":
            # A list says how things stood on its day.
            all_dates.add(engine, rows.known_at_date, rows)
            for listed in dates_in_names(engine, parts) or ():
                month = listed.replace(day=1)
                all_dates.months[month] = all_dates.months.get(month, 0) + 1
                all_dates.last_days[month] = max(all_dates.last_days.get(month, listed), listed)


def _ends(engine: Engine, rows: ir.Table, start: str, end: str) -> tuple[dict[date, int], dict[date, int]]:
    """Ends by month, all and loose; none where every row has one, since then the last ones are only planned."""
    ended = rows[end] < ibis.date(NEVER)
    running = engine.fetch(rows.filter(~ended.fill_null(False)).count().name("n").as_table())["n"][0].as_py()
    if not running:
        return {}, {}
    if "status" in rows.columns and start == "started_on":
        ended &= ~rows.status.lower().isin((*LIVE, *IN_TRIAL)).fill_null(False)
    t = rows.filter(ended)
    day, follows = t[start].day(), (t[end] + ibis.interval(days=1)).day()
    loose = t.filter(((t[end].day() != day) & (follows != day)).fill_null(True))
    all_, some = (_by_month(engine, part.select(day=part[end])) for part in (t, loose))
    return {month: n for month, n, _ in all_}, {month: n for month, n, _ in some}


def _by_month(engine: Engine, days: ir.Table) -> list[tuple[date, int, date]]:
    """(month, rows, last day) of a table with the column day."""
    # An offset may carry a moment beyond the last year that there is.
    dated = days.filter(days.day <= ibis.date("9999-12-31"))
    counted = dated.group_by(month=dated.day.truncate("M")).agg(n=dated.count(), last=dated.day.max())
    months = []
    for row in engine.fetch(counted).to_pylist():
        month = row["month"].date() if hasattr(row["month"], "date") else row["month"]
        months.append((month, row["n"], row["last"]))
    return months
