"""Which action for which customer: the most expected net gain under capacity and budget. numpy only.

Reads     pairs of a customer and an action with what they are expected to bring; capacity by action, budget.
Gives     Plan: the pairs chosen, in the order of the list, and which of them were drawn at random.
Method    greedy, one action per customer: by expected net gain; where a budget binds also by net gain for its cost, and
          the better of the two (Dantzig 1957, Operations Research 5, 266-288). A share of each capacity may go to
          customers in random order instead, spread evenly over the list, so that any beginning of it holds the same
          share. Control customers are chosen like anyone and take no capacity and no budget: they are who would have
          been on the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Customers and actions, one row each; money in units of the company's currency."""

    customer: Ints
    """Number of the customer."""
    action: Ints
    """Number of the action."""
    net: Floats
    """Expected gain less cost."""
    cost: Floats
    is_control: Bools
    lot: Floats
    """Place from 0 to 1 in the random order of the action."""
    may_rank: Bools | None = None
    """Whether the expected gain may put the pair on the list; None: all may."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Over the whole plan."""

    capacity: Ints
    """By action."""
    budget: float | None = None
    random_share: Floats | None = None
    """Of the capacity, by action."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows of the pairs in the order of the list; `is_random`: drawn, not ranked."""

    rows: Ints
    is_random: Bools


def plan(pairs: Pairs, limits: Limits) -> Plan:
    """Whom to contact, and the control customers who would have been."""
    order = np.lexsort((pairs.lot, pairs.customer, -pairs.net))
    found = _filled(pairs, limits, order)
    if limits.budget is not None:
        ratio = pairs.net / np.maximum(pairs.cost, 1e-9)
        other = _filled(pairs, limits, np.lexsort((pairs.lot, pairs.customer, -ratio)))
        if _gain(pairs, other) > _gain(pairs, found):
            found = other
    return found


def weeks(pairs: Pairs, chosen: Plan, capacity_per_week: Ints) -> Ints:
    """Week of each chosen row, from 1; a control customer's is that of the list's next.

    Shapes: `capacity_per_week` (actions,) contacts; gives (chosen,) weeks.
    """
    week_of = np.zeros(len(chosen.rows), np.int64)
    for action in np.unique(pairs.action[chosen.rows]):
        own = pairs.action[chosen.rows] == action
        treated = ~pairs.is_control[chosen.rows[own]]
        before = np.cumsum(treated) - treated
        week_of[own] = 1 + before // max(int(capacity_per_week[action]), 1)
    return week_of


def best(pairs: Pairs, capacity: Ints, budget: float | None, orders: Sequence[Ints]) -> Ints:
    """Rows by the one of several orders whose list gains most under the limits.

    Shapes: `capacity` (actions,) contacts; `orders` each (rows,); gives (rows,).
    """
    tried = [_taken(pairs, order, set(), capacity, np.inf if budget is None else budget)[0] for order in orders]
    gains = [float(pairs.net[rows][~pairs.is_control[rows]].sum()) for rows in tried]
    return tried[int(np.argmax(gains))]


def _gain(pairs: Pairs, chosen: Plan) -> float:
    rows = chosen.rows[~chosen.is_random]
    return float(pairs.net[rows][~pairs.is_control[rows]].sum())


def _filled(pairs: Pairs, limits: Limits, order: Ints) -> Plan:
    share = np.zeros(len(limits.capacity)) if limits.random_share is None else limits.random_share
    drawn = np.rint(limits.capacity * share).astype(np.int64)
    part = float((drawn / np.maximum(limits.capacity, 1)).max(initial=0.0))
    taken: set[int] = set()
    budget = np.inf if limits.budget is None else limits.budget
    pays = order[pairs.net[order] > 0]
    if pairs.may_rank is not None:
        pays = pays[pairs.may_rank[pays]]
    ranked, spent = _taken(pairs, pays, taken, limits.capacity - drawn, budget * (1 - part))
    others = np.lexsort((pairs.customer, pairs.lot))
    lots, _ = _taken(pairs, others, taken, drawn, budget - spent)
    rows = np.concatenate([ranked, lots])
    is_random = np.repeat([False, True], [len(ranked), len(lots)])
    place = np.concatenate([_evenly(len(ranked)), _evenly(len(lots))])
    spread = np.argsort(place, kind="stable")
    return Plan(rows[spread], is_random[spread])


def _evenly(count: int) -> Floats:
    return (np.arange(count) + 0.5) / max(count, 1)


def _taken(pairs: Pairs, order: Ints, taken: set[int], capacity: Ints, budget: float) -> tuple[Ints, float]:
    """Rows in `order` that still find room, and what they cost; `taken` customers are passed over, and grow."""
    left, chosen, spent = capacity.tolist(), [], 0.0
    open_ = sum(1 for room in left if room > 0)
    customer, action = pairs.customer[order].tolist(), pairs.action[order].tolist()
    cost, control = pairs.cost[order].tolist(), pairs.is_control[order].tolist()
    for place, row in enumerate(order.tolist()):
        if not open_:
            break
        who, what = customer[place], action[place]
        if who in taken or left[what] <= 0:
            continue
        if spent + cost[place] > budget + 1e-9:
            continue
        if not control[place]:
            spent += cost[place]
            left[what] -= 1
            open_ -= left[what] == 0
        taken.add(who)
        chosen.append(row)
    return np.asarray(chosen, dtype=np.int64), spent
