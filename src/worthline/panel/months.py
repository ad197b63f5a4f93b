"""A block of customers' facts -> their rows of the panel. numpy and Arrow only.

Reads     facts in the columns of layout.SLOTS, of customers first <= customer < last.
Gives     rows of SCHEMA in order of customer and month.
Method    each quantity is laid out on a Grid; sums of 3 and 12 months at fixed offsets; what was last known
          is carried forward; states by states.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from worthline.panel.arrays import (
    BEFORE,
    MONEY,
    NEVER,
    Bools,
    Grid,
    Index,
    Ints,
    integers,
    money,
    nullable,
    present,
    units,
)
from worthline.panel.layout import LAYOUT, LEAD, SLOTS, SOURCES
from worthline.panel.states import Membership, States, states

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
"""The panel: one row a customer and month."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the panel of one company is made by."""

    first: date
    """First published month."""
    months: int
    here: Literal["subscriptions", "joined", "purchases"]
    """What makes a customer active."""
    lapse_months: int
    earns: Literal["transactions", "subscriptions", "none"]
    knows_margin: bool
    knows_cost: bool


Cells = npt.NDArray[np.generic]


class _Facts:
    """The facts of one block, each quantity laid out on the grid when it is asked for."""

    def __init__(self, rows: pa.Table, grid: Grid, first: int) -> None:
        self.grid = grid
        self._columns = {slot: rows.column(slot) for slot in SLOTS}
        source = integers(rows.column("source"))
        self._of = {name: np.flatnonzero(source == number) for number, name in enumerate(SOURCES)}
        self._customer = integers(rows.column("customer")) - first
        self._month = integers(rows.column("month"))

    def slot(self, source: str, quantity: str) -> tuple[npt.NDArray[np.intp], pa.Array]:
        """The source's rows, and the quantity's values in them."""
        rows = self._of[source]
        return rows, self._columns[LAYOUT[source][quantity]].take(pa.array(rows))

    def cells(self, source: str, quantity: str, dtype: npt.DTypeLike = np.int64) -> Cells:
        """A quantity by customer and month; 0 where there is no fact."""
        rows, column = self.slot(source, quantity)
        values = units(column) if pa.types.is_decimal(column.type) else integers(column)
        inside = self._month[rows] >= 0
        rows = rows[inside]
        at = self._customer[rows] * self.grid.width + self._month[rows]
        return self.grid.place(at, values[inside], dtype)

    def customer_of(self, rows: npt.NDArray[np.intp]) -> Ints:
        """The customer of each row, from 0 within the block."""
        return self._customer[rows]

    def month_of(self, rows: npt.NDArray[np.intp]) -> Ints:
        """The month of each row; -1 for all before the grid."""
        return self._month[rows]

    def earliest(self, source: str, quantity: str) -> Index:
        """The smallest month of a quantity for each customer, NEVER where there is none."""
        rows, column = self.slot(source, quantity)
        found = np.full(self.grid.customers, NEVER, dtype=np.int32)
        np.minimum.at(found, self._customer[rows], integers(column, int(NEVER)).astype(np.int32))
        return found

    def before(self, source: str, quantity: str) -> Index:
        """The largest month of a quantity before the grid begins, BEFORE where there is none."""
        rows, column = self.slot(source, quantity)
        early = self._month[rows] < 0
        found = np.full(self.grid.customers, BEFORE, dtype=np.int32)
        found[self._customer[rows[early]]] = integers(column, int(BEFORE))[early]
        return found


def panel_rows(plan: Plan, rows: pa.Table, first: int, last: int) -> pa.Table:
    """The panel's rows of customers first <= customer < last."""
    grid = Grid(customers=last - first, lead=LEAD, months=plan.months)
    facts = _Facts(rows, grid, first)
    starts = facts.earliest("customers", "starts")
    wanted = grid.rows(starts)
    columns: dict[str, pa.Array] = {}
    _who_and_when(plan, facts, wanted, columns)
    _purchases(plan, facts, wanted, columns)
    _contacts(plan, facts, wanted, columns)
    _answers(facts, wanted, columns)
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def _who_and_when(plan: Plan, facts: _Facts, wanted: Bools, columns: dict[str, pa.Array]) -> None:
    grid = facts.grid
    owner, month = np.nonzero(wanted)
    rows, names = facts.slot("customers", "customer_id")
    in_order = np.argsort(facts.customer_of(rows), kind="stable")
    columns["customer_id"] = names.take(pa.array(in_order)).take(pa.array(owner))
    firsts = np.datetime64(plan.first, "M") + np.arange(-grid.lead, grid.months)
    days = firsts.astype("datetime64[D]").astype(np.int32)
    columns["month"] = pa.array(days[month]).view(pa.date32())
    here = _here(plan, facts)
    found = states(grid, here[0], _membership(facts, here[1]))
    columns |= _state_columns(found, wanted)


def _state_columns(found: States, wanted: Bools) -> dict[str, pa.Array]:
    active, prospect = found.active[wanted], found.prospect[wanted]
    word = np.where(active, 1, np.where(prospect, 0, 2)).astype(np.int8)
    words = pa.DictionaryArray.from_arrays(pa.array(word), pa.array(["prospect", "active", "left"]))
    return {
        "state": words.cast(pa.string()),
        "active": pa.array(active),
        "joined": pa.array(found.joined[wanted]),
        "left": pa.array(found.left[wanted]),
        "returned": pa.array(found.returned[wanted]),
        "tenure_months": nullable(found.tenure[wanted], prospect),
    }


def _membership(facts: _Facts, first: Index) -> Membership:
    return Membership(
        joins=facts.earliest("customers", "joins"),
        leaves=facts.earliest("customers", "leaves"),
        since=facts.earliest("customers", "since"),
        first=first,
    )


def _here(plan: Plan, facts: _Facts) -> tuple[Bools, Index]:
    """Where something runs or was bought lately, and the first such month of each customer."""
    if plan.here == "subscriptions":
        runs: Bools = facts.cells("subscriptions", "runs", np.int32) > 0
        return runs, facts.earliest("subscriptions", "first")
    month = np.arange(facts.grid.width, dtype=np.int32)
    if plan.here == "joined":
        joins = facts.earliest("customers", "joins")
        return month >= joins[:, None], joins
    recent: Bools = month - _latest_purchase(facts) < plan.lapse_months
    return recent, facts.earliest("transactions", "first")


def _latest_purchase(facts: _Facts) -> Index:
    before = facts.before("transactions", "last")
    return facts.grid.latest(facts.cells("transactions", "orders", np.int32) > 0, before)


def _since(latest: Index, wanted: Bools) -> pa.Array:
    month = np.arange(latest.shape[1], dtype=np.int32)
    never = latest[wanted] == BEFORE
    return nullable(np.where(never, 0, (month - latest)[wanted]).astype(np.int32), never)


def _purchases(plan: Plan, facts: _Facts, wanted: Bools, columns: dict[str, pa.Array]) -> None:
    orders = facts.cells("transactions", "orders", np.int32)
    columns |= _counted(facts.grid, "orders", orders, wanted)
    columns["refunds"] = money(facts.cells("transactions", "refunds")[wanted])
    columns["months_since_purchase"] = _since(_latest_purchase(facts), wanted)
    earns = plan.earns
    if earns == "none":
        nothing = pa.nulls(int(wanted.sum()), MONEY)
        columns |= {name: nothing for name in SCHEMA.names if name.split("_")[0] in ("revenue", "margin")}
        return
    columns |= _summed(facts.grid, "revenue", facts.cells(earns, "revenue"), wanted)
    unknown: Cells | None = None
    if not plan.knows_margin:
        unknown = np.ones_like(wanted, dtype=np.int32)
    elif earns == "transactions":
        unknown = facts.cells(earns, "unpriced", np.int32)
    columns |= _summed(facts.grid, "margin", facts.cells(earns, "margin"), wanted, unknown)


def _contacts(plan: Plan, facts: _Facts, wanted: Bools, columns: dict[str, pa.Array]) -> None:
    grid, contacts = facts.grid, facts.cells("interactions", "contacts", np.int32)
    columns |= _counted(grid, "contacts", contacts, wanted)
    before = facts.before("interactions", "last")
    columns["months_since_contact"] = _since(grid.latest(contacts > 0, before), wanted)
    columns |= _counted(grid, "unresolved", facts.cells("interactions", "unresolved", np.int32), wanted)
    for quantity in ("wait", "handle"):
        seconds = facts.cells("interactions", quantity)[wanted]
        columns[f"{quantity}_seconds"] = pa.array((seconds + 5_000) // 10_000)
    unknown = None if plan.knows_cost else np.ones_like(wanted, dtype=np.int32)
    columns |= _summed(grid, "cost_to_serve", facts.cells("interactions", "cost"), wanted, unknown)


def _answers(facts: _Facts, wanted: Bools, columns: dict[str, pa.Array]) -> None:
    grid, (rows, column) = facts.grid, facts.slot("feedback", "score")
    columns["answers"] = pa.array(facts.cells("feedback", "answers", np.int32)[wanted])
    scored = present(column)
    rows, score = rows[scored], column.drop_null().to_numpy(zero_copy_only=False)
    customer, month = facts.customer_of(rows), facts.month_of(rows)
    early = month < 0
    before = np.full(grid.customers, np.nan)
    before[customer[early]] = score[early]
    at = (customer * grid.width + month)[~early]
    latest = grid.latest(grid.place(at, np.ones(len(at), np.bool_), np.bool_))
    values = grid.known(grid.place(at, score[~early], np.float64), latest)
    values = np.where(latest == BEFORE, before[:, None], values)[wanted]
    columns["last_score"] = nullable(values, np.isnan(values))


def _counted(grid: Grid, name: str, cells: Cells, wanted: Bools) -> dict[str, pa.Array]:
    return {
        name: pa.array(cells[wanted]),
        f"{name}_3m": pa.array(grid.rolling(cells, 3)[wanted]),
        f"{name}_12m": pa.array(grid.rolling(cells, 12)[wanted]),
    }


def _summed(
    grid: Grid, name: str, cells: Cells, wanted: Bools, unknown: Cells | None = None
) -> dict[str, pa.Array]:
    """A quantity of money and its rolling sums; null where a month within the window has an unknown part."""
    found = {}
    for suffix, months in (("", 1), ("_3m", 3), ("_12m", 12)):
        missing = None if unknown is None else grid.rolling(unknown, months)[wanted] > 0
        found[name + suffix] = money(grid.rolling(cells, months)[wanted], missing)
    return found
