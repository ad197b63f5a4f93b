"""A block of customers' facts -> their rows of the panel. numpy and Arrow only.

Reads     facts in the columns of layout.SLOTS, of customers first <= customer < last.
Gives     rows of SCHEMA in order of customer and month.
Method    each quantity is laid out on a Grid; sums of 3 and 12 months at fixed offsets; what was last known
          is carried forward; states by states.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from worthline.panel.arrays import (
    BEFORE,
    MONEY,
    NEVER,
    Bools,
    Cells,
    Grid,
    Index,
    Ints,
    Rows,
    Sheet,
    integers,
    money,
    nullable,
    present,
    units,
)
from worthline.panel.layout import LAYOUT, LEAD, SLOTS, SOURCES
from worthline.panel.states import Membership, states

ROLLED = ("revenue", "margin", "orders", "contacts", "unresolved", "cost_to_serve")
"""Quantities that also come as sums of 3 and of 12 months."""

_MONEY_COLUMNS = ("revenue", "margin", "refunds", "cost_to_serve")

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("month", pa.date32()),
        ("state", pa.string()),
        *((flag, pa.bool_()) for flag in ("active", "joined", "left", "returned")),
        ("tenure_months", pa.int32()),
        ("revenue", MONEY),
        ("margin", MONEY),
        ("orders", pa.int32()),
        ("refunds", MONEY),
        ("contacts", pa.int32()),
        ("unresolved", pa.int32()),
        ("wait_seconds", pa.int64()),
        ("handle_seconds", pa.int64()),
        ("cost_to_serve", MONEY),
        ("answers", pa.int32()),
        ("last_score", pa.float64()),
        ("months_since_purchase", pa.int32()),
        ("months_since_contact", pa.int32()),
        *(
            (f"{quantity}_{months}m", MONEY if quantity in _MONEY_COLUMNS else pa.int32())
            for quantity in ROLLED
            for months in (3, 12)
        ),
    ]
)
"""The panel: one row per customer and month."""


Here = Literal["subscriptions", "customers", "transactions"]
"""What makes a customer active: a term that runs, having joined, or having bought lately."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the panel of one company is made by."""

    first: date
    """First published month."""
    months: int
    here: Here
    lapse_months: int
    earns: Literal["transactions", "subscriptions", "none"]
    knows_margin: bool
    knows_cost: bool
    scales: tuple[int, ...] = ()
    """For each month of the grid the number of the scale on which scores are read; empty where none are kept."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts of one block, by source."""

    rows: pa.Table
    grid: Grid
    of: dict[str, Ints]
    """Source -> numbers of its rows."""
    customer: Ints
    """From 0 within the block."""
    month: Ints

    @classmethod
    def read(cls, rows: pa.Table, grid: Grid, first: int) -> _Facts:
        rows = rows.select(list(SLOTS)).combine_chunks()
        source = integers(rows.column("source"))
        return cls(
            rows=rows,
            grid=grid,
            of={name: np.flatnonzero(source == number) for number, name in enumerate(SOURCES)},
            customer=integers(rows.column("customer")) - first,
            month=integers(rows.column("month")),
        )

    def values(self, source: str, quantity: str) -> pa.Array:
        """A quantity of a source, one value per row of the source."""
        return self.rows.column(LAYOUT[source][quantity]).combine_chunks().take(pa.array(self.of[source]))

    def cells(self, source: str, quantity: str, dtype: npt.DTypeLike = np.int32) -> Cells:
        """A quantity by customer and month; 0 where there is no fact."""
        column = self.values(source, quantity)
        values = units(column) if pa.types.is_decimal(column.type) else integers(column)
        rows = self.of[source]
        inside = self.month[rows] >= 0
        cell_index = (self.customer[rows] * self.grid.width + self.month[rows])[inside]
        return self.grid.place(cell_index, values[inside], np.int64 if pa.types.is_decimal(column.type) else dtype)

    def earliest(self, source: str, quantity: str) -> Index:
        """The smallest month of a quantity for each customer, NEVER where there is none."""
        earliest_months = np.full(self.grid.customers, NEVER, dtype=np.int32)
        months = integers(self.values(source, quantity), int(NEVER)).astype(np.int32)
        np.minimum.at(earliest_months, self.customer[self.of[source]], months)
        return earliest_months

    def earliest_of(self, source: str, amount: str) -> Index:
        """Each customer's first month with an amount that is not 0; -1 before the grid, NEVER where there is none."""
        rows = self.of[source][units(self.values(source, amount)) != 0]
        first_months = np.full(self.grid.customers, NEVER, dtype=np.int32)
        np.minimum.at(first_months, self.customer[rows], self.month[rows].astype(np.int32))
        return first_months

    def before(self, source: str, quantity: str) -> Index:
        """The month of a quantity before the grid begins, BEFORE where there is none."""
        rows = self.of[source]
        early = self.month[rows] < 0
        last_months = np.full(self.grid.customers, BEFORE, dtype=np.int32)
        last_months[self.customer[rows[early]]] = integers(self.values(source, quantity), int(BEFORE))[early]
        return last_months


def panel_rows(plan: Plan, rows: pa.Table, first: int, last: int) -> pa.Table:
    """The panel's rows of customers first <= customer < last."""
    facts = _Facts.read(rows, Grid(customers=last - first, lead=LEAD, months=plan.months), first)
    return laid_out(plan, facts).each(partial(part_rows, plan, names_of(facts)))


def names_of(facts: _Facts) -> pa.Array:
    """customer_id by the customer's number within the block."""
    in_order = np.argsort(facts.customer[facts.of["customers"]], kind="stable")
    return facts.values("customers", "customer_id").take(pa.array(in_order))


def laid_out(plan: Plan, facts: _Facts) -> Sheet:
    """Every quantity that the panel needs, by customer and month; months of one customer, by customer."""
    cells = {
        **{name: facts.cells("transactions", name) for name in ("orders", "refunds")},
        **{name: facts.cells("interactions", name) for name in ("contacts", "unresolved", "wait", "handle")},
        "cost_to_serve": facts.cells("interactions", "cost"),
        "uncosted": facts.cells("interactions", "uncosted"),
        "answers": facts.cells("feedback", "answers"),
    }
    if plan.earns != "none":
        cells |= {name: facts.cells(plan.earns, name) for name in ("revenue", "margin")}
    if plan.earns == "transactions":
        cells["unpriced"] = facts.cells("transactions", "unpriced")
    by_customer: dict[str, npt.NDArray[Any]] = {
        **{name: facts.earliest("customers", name) for name in ("starts", "joins", "leaves", "since")},
        "number": np.arange(facts.grid.customers, dtype=np.int32),
        "last_purchase": facts.before("transactions", "last"),
        "last_contact": facts.before("interactions", "last"),
    }
    if plan.here == "subscriptions":
        cells["runs"] = facts.cells("subscriptions", "runs")
    by_customer["first"] = by_customer["joins"] if plan.here == "customers" else facts.earliest(plan.here, "first")
    if plan.here == "transactions":
        by_customer["paid_back"] = facts.earliest_of("transactions", "refunds")
    scores = [_scores(facts, scale) for scale in sorted(set(plan.scales))]
    for score_cells, first in scores:
        cells |= score_cells
        by_customer |= first
    return Sheet(facts.grid, cells, by_customer)


def _scores(facts: _Facts, scale: int) -> tuple[dict[str, Cells], dict[str, npt.NDArray[Any]]]:
    """On one scale the score of each month and whether there is one; the one last known before the grid, else NaN."""
    column, grid = facts.values("scores", "score"), facts.grid
    wanted = present(column) & (integers(facts.values("scores", "scale")) == scale)
    rows, score = facts.of["scores"][wanted], column.filter(pa.array(wanted)).to_numpy(zero_copy_only=False)
    customer, month = facts.customer[rows], facts.month[rows]
    early = month < 0
    before = np.full(grid.customers, np.nan)
    before[customer[early]] = score[early]
    cell_index = (customer * grid.width + month)[~early]
    cells = {
        f"score_{scale}": grid.place(cell_index, score[~early], np.float64),
        f"scored_{scale}": grid.place(cell_index, np.ones(len(cell_index), np.bool_), np.bool_),
    }
    return cells, {f"score_before_{scale}": before}


def part_rows(plan: Plan, names: pa.Array, sheet: Sheet) -> pa.Table:
    """The panel's rows of the customers of a sheet; `names` are those of the whole block.

    Shapes: `names` (customers,).
    """
    grid = sheet.grid
    rows = grid.rows(sheet.one["starts"])
    firsts = np.datetime64(plan.first, "M") + np.arange(-grid.lead, grid.months)
    days = firsts.astype("datetime64[D]").astype(np.int32)
    bought = grid.latest(sheet.cells["orders"] > 0, sheet.one["last_purchase"])
    columns = {
        "customer_id": names.take(pa.array(sheet.one["number"].take(rows.owner))),
        "month": pa.array(days[rows.month]).view(pa.date32()),
        **_states(plan, sheet, bought, rows),
        **_purchases(plan, sheet, rows),
        "months_since_purchase": _since(bought, rows),
        **_contacts(plan, sheet, rows),
        **_answers(plan, sheet, rows),
    }
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def _states(plan: Plan, sheet: Sheet, bought: Index, rows: Rows) -> dict[str, pa.Array]:
    by_customer, month = sheet.one, sheet.grid.numbers
    here: Bools
    if plan.here == "subscriptions":
        here = sheet.cells["runs"] > 0
    elif plan.here == "customers":
        here = month >= by_customer["joins"][:, None]
    else:
        here = month - bought < plan.lapse_months
    never = np.full(sheet.grid.customers, NEVER, dtype=np.int32)
    who = Membership(
        joins=by_customer["joins"],
        leaves=by_customer["leaves"],
        since=by_customer["since"],
        first=by_customer["first"],
        paid_back=by_customer.get("paid_back", never),
    )
    customer_states = states(sheet.grid, here, who)
    active, prospect, tenure = (
        rows.of(customer_states.active),
        rows.of(customer_states.prospect),
        rows.of(customer_states.tenure),
    )
    word = np.where(active, 1, np.where(prospect, 0, 2)).astype(np.int8)
    words = pa.DictionaryArray.from_arrays(pa.array(word), pa.array(["prospect", "active", "left"]))
    return {
        "state": words.cast(pa.string()),
        "active": pa.array(active),
        "joined": pa.array(rows.of(customer_states.joined)),
        "left": pa.array(rows.of(customer_states.left)),
        "returned": pa.array(rows.of(customer_states.returned)),
        "tenure_months": nullable(tenure, prospect | (tenure < 0)),
    }


def _since(latest: Index, rows: Rows) -> pa.Array:
    latest_months = rows.of(latest)
    never = latest_months == BEFORE
    return nullable(np.where(never, 0, rows.month - latest_months).astype(np.int32), never)


def _purchases(plan: Plan, sheet: Sheet, rows: Rows) -> dict[str, pa.Array]:
    cells, grid = sheet.cells, sheet.grid
    columns = _counted(grid, "orders", cells["orders"], rows)
    columns["refunds"] = money(rows.of(cells["refunds"]))
    if plan.earns == "none":
        nothing = pa.nulls(len(rows.at), MONEY)
        return columns | {n: nothing for n in SCHEMA.names if n.split("_")[0] in ("revenue", "margin")}
    unpriced = None if plan.knows_margin else np.ones_like(cells["orders"])
    if plan.knows_margin and plan.earns == "transactions":
        unpriced = cells["unpriced"]
    columns |= _summed(grid, "revenue", cells["revenue"], rows)
    return columns | _summed(grid, "margin", cells["margin"], rows, unpriced)


def _contacts(plan: Plan, sheet: Sheet, rows: Rows) -> dict[str, pa.Array]:
    cells, grid = sheet.cells, sheet.grid
    latest = grid.latest(cells["contacts"] > 0, sheet.one["last_contact"])
    columns = {"months_since_contact": _since(latest, rows)}
    for quantity in ("contacts", "unresolved"):
        columns |= _counted(grid, quantity, cells[quantity], rows)
    for quantity in ("wait", "handle"):
        columns[f"{quantity}_seconds"] = pa.array((rows.of(cells[quantity]) + 5_000) // 10_000)
    unknown = cells["uncosted"] if plan.knows_cost else np.ones_like(cells["contacts"])
    return columns | _summed(grid, "cost_to_serve", cells["cost_to_serve"], rows, unknown)


def _answers(plan: Plan, sheet: Sheet, rows: Rows) -> dict[str, pa.Array]:
    scales = np.array(plan.scales, dtype=np.int64)
    score = np.full(len(rows.at), np.nan)
    for scale in sorted(set(plan.scales)):
        latest = sheet.grid.latest(sheet.cells[f"scored_{scale}"])
        by_month = sheet.grid.known(sheet.cells[f"score_{scale}"], latest)
        last_scores = rows.of(np.where(latest == BEFORE, sheet.one[f"score_before_{scale}"][:, None], by_month))
        score = np.where(scales[rows.month] == scale, last_scores, score)
    return {
        "answers": pa.array(rows.of(sheet.cells["answers"])),
        "last_score": nullable(score, np.isnan(score)),
    }


def _counted(grid: Grid, name: str, cells: Cells, rows: Rows) -> dict[str, pa.Array]:
    return {
        name: pa.array(rows.of(cells)),
        f"{name}_3m": pa.array(rows.of(grid.rolling(cells, 3))),
        f"{name}_12m": pa.array(rows.of(grid.rolling(cells, 12))),
    }


def _summed(grid: Grid, name: str, cells: Cells, rows: Rows, unknown: Cells | None = None) -> dict[str, pa.Array]:
    """A quantity of money and its rolling sums; null where a month within the window has an unknown part."""
    columns = {}
    for suffix, months in (("", 1), ("_3m", 3), ("_12m", 12)):
        missing = None if unknown is None else rows.of(grid.rolling(unknown, months)) > 0
        columns[name + suffix] = money(rows.of(grid.rolling(cells, months)), missing)
    return columns
