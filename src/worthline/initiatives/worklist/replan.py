"""The published candidates, planned again under other limits: fewer weeks, another capacity, a budget. Arrow and numpy.

Reads     rows of the table worklist_candidates in their order; limits of a person.
Gives     `replan`: the rows to contact, or the control customers beside them, with place and week from 1.
Method    the order of the published list is kept, so that a shorter list is its beginning; with a budget, customers by
          net gain for their cost are tried too, and the better list is taken. Beyond the published plan only customers
          with an expected net gain are listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from worthline.errors import UsageError
from worthline.initiatives.worklist import policy
from worthline.initiatives.worklist.policy import Ints, Pairs, Plan


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for."""

    weeks: int = 1
    capacity: int | None = None
    """Contacts a week, all actions together; None: each action's own."""
    budget: float | None = None
    """Most that the whole list may cost."""

    def __post_init__(self) -> None:
        if self.weeks < 1:
            raise UsageError(f"The worklist is for at least 1 week; found {self.weeks}.")
        if self.capacity is not None and self.capacity < 0:
            raise UsageError(f"The capacity is contacts a week, 0 or more; found {self.capacity}.")
        if self.budget is not None and not 0 <= self.budget < float("inf"):
            raise UsageError(f"The budget is money, 0 or more; found {self.budget:g}.")


def replan(candidates: pa.Table, weekly: dict[str, int], asked: Asked, *, is_control: bool = False) -> pa.Table:
    """Rows to contact within the limits; with `is_control` those kept aside who would have been on this list."""
    names = sorted(weekly)
    limits = np.asarray([weekly[name] for name in names], dtype=np.int64)
    actions = np.asarray([names.index(name) for name in candidates["action"].to_pylist()], dtype=np.int64)
    if asked.capacity is not None:
        limits, actions = np.asarray([asked.capacity], dtype=np.int64), np.zeros(len(actions), np.int64)
    pairs = Pairs(
        np.arange(candidates.num_rows),
        actions,
        np.asarray(candidates["expected_net"].cast(pa.float64()).to_numpy()),
        np.asarray(candidates["cost"].cast(pa.float64()).to_numpy()),
        np.asarray(candidates["is_control"].to_numpy(zero_copy_only=False), dtype=np.bool_),
        np.zeros(candidates.num_rows),
    )
    is_planned = candidates["week"].is_valid().to_numpy()
    order = np.flatnonzero(is_planned | (pairs.net > 0))
    chosen = policy.best(pairs, limits * asked.weeks, asked.budget, _orders(pairs, order, asked.budget))
    week = policy.weeks(pairs, Plan(chosen, np.zeros(len(chosen), np.bool_)), limits)
    wanted = pairs.is_control[chosen] == is_control
    return _numbered(candidates.take(pa.array(chosen[wanted])), week[wanted])


def _orders(pairs: Pairs, order: Ints, budget: float | None) -> list[Ints]:
    if budget is None or len(np.unique(pairs.cost)) < 2:
        return [order]
    ratio = pairs.net[order] / np.maximum(pairs.cost[order], 1e-9)
    return [order, order[np.argsort(-ratio, kind="stable")]]


def _numbered(rows: pa.Table, week: Ints) -> pa.Table:
    """The rows with place and week of this list; without the columns that say who is kept aside."""
    place = pa.array(np.arange(1, rows.num_rows + 1), pa.int64())
    rows = rows.set_column(rows.column_names.index("place"), "place", place)
    rows = rows.set_column(rows.column_names.index("week"), "week", pa.array(week, pa.int32()))
    return rows.drop_columns([name for name in ("arm", "is_control") if name in rows.column_names])
