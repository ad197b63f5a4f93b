"""Roll-outs: gathered member by member and month by month, then measured by rollouts.py. Ibis only.

Reads     a Dataset with rollouts, its panel, its locations.
Gives     `starts`: each roll-out that can be used; `measure`: rows of initiative_results, benefits to date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from worthline.errors import NotEnoughData
from worthline.initiatives import rollout_queries as queries
from worthline.initiatives import rollouts
from worthline.initiatives.costs import Cost
from worthline.initiatives.outcomes import OUTCOMES
from worthline.initiatives.record_ends import RecordEnds, month_number, record_ends
from worthline.initiatives.results import Row, money
from worthline.initiatives.rollouts import PlaceSeries, RolloutEffect
from worthline.metrics import formatting
from worthline.panel.calendar import last_complete
from worthline.results import Compute, Dataset
from worthline.stats.experiments import Amount
from worthline.tables.time import add_months, month_start, months_between

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEAST_PERIODS = 3
"""Periods before the first start, below which nothing says how members moved before."""


@dataclass(frozen=True)
class Rollout:
    """When each member was reached; members of the future are left out."""

    initiative: str
    column: str
    started: dict[str, date]

    @property
    def first(self) -> date:
        """The first start."""
        return min(self.started.values())


@dataclass
class Measured:
    """What the roll-outs gave."""

    rows: list[Row] = field(default_factory=list)
    totals: dict[str, Amount] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def starts(ds: Dataset, rooms: Compute) -> tuple[dict[str, Rollout], list[str]]:
    """Roll-outs by initiative, and what is wrong with others."""
    if "rollouts" not in ds.tables:
        return {}, []
    rollouts: dict[str, Rollout] = {}
    notes: list[str] = []
    rows = rooms.fetch(queries.starts(ds)).to_pylist()
    for name in dict.fromkeys(row["initiative"] for row in rows):
        own = [row for row in rows if row["initiative"] == name]
        columns = list(dict.fromkeys(row["column"] for row in own))
        column = columns[0]
        if len(columns) > 1:
            notes.append(f"Roll-out {name}: it names the columns {', '.join(columns)}; only {column} is read.")
        if not queries.is_known(ds, column) and "locations" not in ds.tables:
            continue
        reached = {
            row["member"]: row["started_on"]
            for row in own
            if row["column"] == column and row["started_on"] <= ds.settings.as_of
        }
        if reached:
            rollouts[name] = Rollout(name, column, reached)
    return rollouts, notes


def measure(
    ds: Dataset, panel: ir.Table, rooms: Compute, rolled: dict[str, Rollout], costs: dict[str, Cost]
) -> Measured:
    """Every roll-out on retention, margin and contacts of customers, or on the measures of places."""
    measured, ends = Measured(), record_ends(ds, rooms) if rolled else RecordEnds(0)
    for name, one in rolled.items():
        by_customer = queries.is_known(ds, one.column)
        series = (
            _of_customers(ds, panel, rooms, one, ends, measured.notes) if by_customer else _of_places(ds, rooms, one)
        )
        for each in series:
            try:
                effects = rollouts.effects(each)
            except NotEnoughData as error:
                what = OUTCOMES[each.outcome].title.lower() if each.outcome in OUTCOMES else each.outcome
                measured.notes.append(f"Roll-out {name}, {what}: not measured. {error}")
                continue
            for effect in effects:
                measured.rows.append(_row(effect, each, costs[name], ds))
                if effect.total is not None:
                    measured.totals[name] = effect.total
    return measured


def _of_customers(
    ds: Dataset, panel: ir.Table, rooms: Compute, one: Rollout, ends: RecordEnds, notes: list[str]
) -> Iterator[PlaceSeries]:
    base, last = add_months(month_start(one.first), -1), last_complete(ds.settings.as_of)
    rows = rooms.fetch(queries.followed(ds, panel, one.column, base, last))
    sizes = {
        row["member"]: row["customers"] for row in rooms.fetch(queries.sizes(ds, panel, one.column, base)).to_pylist()
    }
    if not rows.num_rows or not set(one.started) & set(sizes):
        notes.append(f"Roll-out {one.initiative}: no customer was in a member that it reached. Check {one.column}.")
        return
    members = tuple(sorted(sizes))
    first = min(day for day in rows["month"].to_pylist() if day is not None)
    if months_between(first, month_start(one.first)) < LEAST_PERIODS:
        notes.append(
            f"Roll-out {one.initiative}: it began in the first months of the record. Nothing shows the time before."
        )
        return
    number = months_between(first, last) + 1
    start = np.array([_period(one.started.get(member), first, number) for member in members], dtype=np.int64)
    customers = np.array([float(sizes[member]) for member in members])
    purchases = (("purchases", "orders", "sum"),) if ds.settings.setting != "contractual" else ()
    for outcome, column, kind in (
        ("retention", "active", "state"),
        ("margin", "margin", "sum"),
        *purchases,
        ("contacts", "contacts", "sum"),
    ):
        cells = _cells(rows, column, members, first, number)
        if cells is not None:
            y = cells / customers[:, None]
            series = PlaceSeries(one.initiative, outcome, members, y, start, customers, kind)
            yield from _covered(series, ends.of(*OUTCOMES[outcome].sources) - month_number(first), notes)
    grown = queries.growth(ds, panel, one.column, base, last)
    if grown is None:
        return
    rows = rooms.fetch(grown)
    for outcome, column in (("upsell", "fee"), ("balance", "balance"), ("share_of_wallet", "wallet")):
        if column not in rows.column_names:
            continue
        if column == "wallet" and rows[column].null_count:
            notes.append(
                f"Roll-out {one.initiative}, share of wallet: not measured. Some members have months without an answer."
            )
            continue
        cells = _cells(rows, column, members, first, number)
        if cells is not None:
            y = cells if column == "wallet" else cells / customers[:, None]
            series = PlaceSeries(one.initiative, outcome, members, y, start, customers, "state")
            yield from _covered(series, ends.of(*OUTCOMES[outcome].sources) - month_number(first), notes)


def _covered(series: PlaceSeries, last: int, notes: list[str]) -> Iterator[PlaceSeries]:
    """The series in the months that its source covers; none where it does not reach far enough before the first start.

    `last`: place of the last month that its tables cover whole.

    Before a file begins and after it ends every member has nothing, whatever its level: compared with a covered month
    that would be a difference in levels, no effect.
    """
    known = np.flatnonzero(series.y.any(axis=0))
    low, high = int(known[0]), min(int(known[-1]), last) + 1
    start = np.where(series.start >= 0, np.maximum(series.start - low, 0), -1)
    start = np.where(start < high - low, start, -1)
    what = OUTCOMES[series.outcome].title.lower()
    if not (start >= 0).any():
        notes.append(f"Roll-out {series.initiative}, {what}: not measured. Its record ends before the first start.")
    elif int(start[start >= 0].min()) < LEAST_PERIODS:
        notes.append(
            f"Roll-out {series.initiative}, {what}: not measured. Its record begins less than "
            f"{formatting.how_many(LEAST_PERIODS, 'month')} before the first start."
        )
    else:
        yield replace(series, y=series.y[:, low:high], start=start)


def _cells(rows: pa.Table, column: str, members: tuple[str, ...], first: date, periods: int) -> Any:
    """Members x months; None where nothing is known."""
    if rows[column].null_count == rows.num_rows:
        return None
    place = {member: k for k, member in enumerate(members)}
    cells = np.zeros((len(members), periods))
    for row in rows.select(["member", "month", column]).to_pylist():
        if row["month"] is not None and row[column] is not None:
            cells[place[row["member"]], months_between(first, row["month"])] = float(row[column])
    return cells if cells.any() else None


def _period(day: date | None, first: date, periods: int) -> int:
    """The month in which a member was reached; a start within a month counts from the next one on."""
    if day is None:
        return -1
    month = months_between(first, day) + (day.day > 1)
    return month if month < periods else -1


def _of_places(ds: Dataset, rooms: Compute, one: Rollout) -> Iterator[PlaceSeries]:
    """Measures that only places bring, on the days that all of them have."""
    rows = rooms.fetch(queries.measures(ds)).to_pylist()
    for measure in dict.fromkeys(row["measure"] for row in rows):
        own: dict[str, dict[date, list[float]]] = {}
        for row in rows:
            if row["measure"] == measure:
                own.setdefault(row["location"], {}).setdefault(row["day"], []).append(row["value"])
        days = sorted({day for series in own.values() for day in series})
        members = tuple(name for name in sorted(own) if len(own[name]) == len(days))
        if len(days) < LEAST_PERIODS or not set(members) & set(one.started):
            continue
        y = np.array([[float(np.mean(own[name][day])) for day in days] for name in members])
        start = np.array([_first_at(days, one.started.get(name)) for name in members], dtype=np.int64)
        apart = max(round(months_between(days[0], days[-1]) / max(len(days) - 1, 1)), 1)
        yield PlaceSeries(one.initiative, measure, members, y, start, np.ones(len(members)), "place measure", apart)


def _first_at(days: list[date], start: date | None) -> int:
    """The first day of measurement on or after the start."""
    later = [k for k, day in enumerate(days) if start is not None and day >= start]
    return later[0] if later else -1


def _row(effect: RolloutEffect, series: PlaceSeries, cost: Cost, ds: Dataset) -> Row:
    known = OUTCOMES.get(effect.outcome)
    currency = ds.settings.currency
    unit = known.unit if known is not None else "count"
    months = formatting.how_many(effect.horizon, "month")
    what = (
        known.estimand.format(months=months, until="the last month with a comparison")
        if known is not None
        else f"{effect.outcome} of a place"
    )
    row = Row(
        initiative=effect.initiative,
        arm="rolled out",
        outcome=effect.outcome,
        title=known.title if known is not None else effect.outcome,
        unit=unit,
        horizon_months=effect.horizon,
        segment="all",
        design=effect.method,
        estimand=f"mean change in {what} where it was rolled out, against members not reached by then",
        treated=int(series.customers[series.start >= 0].sum()),
        control=int(series.customers[series.start < 0].sum()),
        grade=effect.grade,
        checks=effect.checks,
        higher_is_better=known.higher_is_better if known is not None else True,
        side=known.side if known is not None else "company",
        estimate=effect.estimate,
        low=effect.low,
        high=effect.high,
        raw=None if np.isnan(effect.raw) else effect.raw,
        p=effect.p,
    )
    if effect.outcome == "margin_to_date" and effect.total is not None:
        low, high = effect.total.interval()
        row.benefit = money(effect.total.estimate, currency)
        row.benefit_low, row.benefit_high = money(low, currency), money(high, currency)
        if cost.total is not None and row.benefit is not None:
            row.cost, row.net = cost.total, row.benefit - cost.total
    return row
