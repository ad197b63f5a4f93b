"""Fern & Oak: a shop whose customers buy when they like and never say that they have left.

Reads     a World; customers' numbers.
Gives     `people`, `begin`, `month`, as mobile.py does, over the same names where they mean the same.
Method    each customer has a rate of buying and a usual basket of their own (gamma); in a month they buy, perhaps;
          each order is delivered, late at times; they get in touch; how they feel moves how often they buy and
          whether, after an order, they silently stop for good (`leaves`: hidden from all files).
Source    the counting and stopping follow Fader, Hardie & Lee 2005 (BG/NBD), by the month, with feelings added.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.demo.chance import Chance, Flags, Floats
from worthline.demo.mobile import AREAS, NOTHING, Columns, sigmoid, would_say
from worthline.demo.world import World

NAME, SETTING = "Fern & Oak", "non-contractual"
SEGMENTS = ("Home", "Garden", "Trade")
SEGMENT_SHARES = (0.55, 0.33, 0.12)
REGIONS = ("North", "East", "South", "West")
CHANNELS = ("app", "phone", "shop")
TOUCHPOINTS = ("Order help", "Delivery", "Returns", "Shop")
MARGINS = np.array([0.38, 0.42, 0.30])
VOUCHERS_FROM, VOUCHER_COST = 10, 250
MOST_ORDERS = 3
"""A month; more are not made."""


def people(world: World, who: NDArray[np.int64]) -> Columns:
    """What does not change: one row for each of `who`.

    Shapes: `who` (n,) numbers of customers.
    """
    from scipy.special import gammaincinv

    chance = world.chance
    segment = chance.choice(SEGMENT_SHARES, who, "segment")
    before = chance.uniform(who, "joined before") < 0.5
    long_ago = -1 - (48 * chance.uniform(who, "joined long ago") ** 1.5).astype(int)
    rate = gammaincinv(2.0, chance.uniform(who, "rate")) / 4.5
    return {
        "who": who,
        "segment": segment.astype(np.int8),
        "area": chance.whole(0, AREAS - 1, who, "area").astype(np.int8),
        "channel": chance.choice((0.6, 0.1, 0.3), who, "channel").astype(np.int8),
        "permission": chance.choice((0.72, 0.18, 0.10), who, "permission").astype(np.int8),
        "joined": np.where(before, long_ago, chance.whole(0, world.months - 1, who, "joined")).astype(np.int16),
        "joined_day": chance.whole(1, 3, who, "joined day").astype(np.int8),
        "base": 0.6 * world.noise * chance.normal(who, "base feeling"),
        "rate": rate * np.array([1.0, 0.8, 1.8])[segment],
        "basket": (3000 + 9000 * gammaincinv(2.5, chance.uniform(who, "basket")) / 2.5)
        * np.array([1, 1.3, 2.2])[segment],
    }


def begin(world: World, one: Columns) -> Columns:
    """The state before the first month: some who joined long ago have stopped already."""
    n, chance = one["who"].size, world.chance
    stopped = (one["joined"] < 0) & chance.happens(1 - np.exp(0.025 * one["joined"]), one["who"], "stopped before")
    return {
        "left": stopped,
        "mood": np.zeros(n),
        "grievance": np.zeros(n),
        "done": np.zeros(n),
        "quiet": np.zeros(n, np.int16),
        "recent": np.zeros(n, np.int8),
        "assigned": np.zeros(n, bool),
    }


def month(world: World, one: Columns, state: Columns, t: int, flip: frozenset[str] = NOTHING) -> Columns:
    """Live month `t`: `state` becomes that of its end; the record says what happened."""
    chance, who = world.chance, one["who"]
    here = t >= one["joined"]
    buys = here & ~state["left"]
    feeling_before = one["base"] + state["mood"]
    orders = _orders(one, buys, feeling_before, state, chance, t)
    record: Columns = {"here": here, "settled": here & (t > one["joined"]), "orders": orders}
    record |= _money(one, orders, chance, t)
    record |= _served(world, one, state, record, feeling_before, t, flip)
    record |= _vouchers(world, one, state, record, t, flip)
    _feel(world, state, record, chance, who, t)
    feeling = one["base"] + state["mood"]
    record["feeling"] = feeling
    stop = -2.9 - 0.5 * feeling + state["grievance"] + state["done"]
    record["leaves"] = (orders > 0) & chance.happens(sigmoid(stop), who, "stops", t)
    record["refers"] = (orders > 0) & chance.happens(np.minimum(0.02 * np.exp(0.6 * feeling), 0.3), who, "refers", t)
    record |= _answers(world, one, record, feeling, t)
    state["left"] = state["left"] | record["leaves"]
    state["quiet"] = np.where(orders > 0, 0, state["quiet"] + 1).astype(np.int16)
    wronged = record["unresolved"] | record["late"]
    state["recent"] = np.where(wronged, 2, np.maximum(state["recent"] - 1, 0)).astype(np.int8)
    return record


def _orders(one: Columns, buys: Flags, feeling: Floats, state: Columns, chance: Chance, t: int) -> NDArray[np.int8]:
    """How many orders: Poisson by the customer's own rate, at most MOST_ORDERS; the first month has one at least."""
    mean = one["rate"] * np.exp(np.clip(0.2 * feeling - 0.2 * state["grievance"] - 0.2 * state["done"], -2, 1))
    draw = chance.uniform(one["who"], "orders", t)
    chance_of = np.exp(-mean)
    count = np.zeros(draw.size, np.int8)
    below = chance_of.copy()
    for k in range(1, MOST_ORDERS + 1):
        count += draw > below
        chance_of = chance_of * mean / k
        below += chance_of
    first = one["joined"] == t
    return np.where(buys, np.maximum(count, first), 0).astype(np.int8)


def _money(one: Columns, orders: NDArray[np.int8], chance: Chance, t: int) -> Columns:
    """Cents for each order (order_1 ... order_3) and in all; about one order in twenty is sent back."""
    who, share = one["who"], MARGINS[one["segment"]]
    record: Columns = {}
    revenue, margin = np.zeros(who.size, np.int64), np.zeros(who.size, np.int64)
    for k in range(1, MOST_ORDERS + 1):
        spread = 0.4 + 1.2 * chance.uniform(who, "order", t, k)
        amount = np.where(orders >= k, one["basket"] * spread, 0).astype(np.int64)
        record[f"order_{k}"] = amount
        revenue += amount
        margin += np.rint(amount * share).astype(np.int64)
    returned = (orders > 0) & chance.happens(0.05, who, "returned", t)
    record["refund"] = np.where(returned, record["order_1"], 0)
    back = np.where(returned, np.rint(record["order_1"] * share).astype(np.int64), 0)
    return {**record, "returned": returned, "revenue": revenue - record["refund"], "margin": margin - back}


def _served(
    world: World, one: Columns, state: Columns, record: Columns, feeling: Floats, t: int, flip: frozenset[str]
) -> Columns:
    """Deliveries and contacts of those who ordered."""
    chance, who, c, h = world.chance, one["who"], world.confounding, world.hidden
    bought, trade, new = record["orders"] > 0, one["segment"] == 2, t - one["joined"] < 3
    far = one["area"] >= 30
    season = 0.6 if world.month(t)[1] in (11, 12) else 0.0
    slow = -2.0 + season + c * (0.8 * far + 0.6 * new - 0.4 * trade) - 0.6 * h * feeling
    late = bought & chance.happens(sigmoid(slow), who, "late", t) & ("late" not in flip)
    quiet = (1 - 0.06) * (1 - 0.45 * late) * (1 - 0.5 * record["returned"]) * (1 - 0.1 * (state["recent"] == 2))
    contact = bought & chance.happens(1 - quiet, who, "contact", t)
    about = np.select([late, record["returned"]], [1, 2], 3 * chance.choice((0.7, 0.3), who, "about", t))
    busy = -1.4 + season + c * 0.5 * new - 0.6 * h * feeling
    long_wait = contact & chance.happens(sigmoid(busy), who, "busy", t) & ("long_wait" not in flip)
    wait = np.where(long_wait, 600 + 480 * chance.wait(who, "long wait", t), 600 * chance.uniform(who, "short wait", t))
    hard = -1.0 + c * (0.7 * new + 0.4 * far - 0.5 * trade) - 0.8 * h * feeling
    unresolved = contact & chance.happens(sigmoid(hard), who, "hard", t) & ("unresolved" not in flip)
    return {
        "delivery": bought,
        "late": late,
        "contact": contact,
        "about": about.astype(np.int8),
        "long_wait": long_wait,
        "wait": wait.astype(np.int32),
        "unresolved": unresolved,
        "again": unresolved & chance.happens(0.5, who, "again", t),
    }


def _vouchers(world: World, one: Columns, state: Columns, record: Columns, t: int, flip: frozenset[str]) -> Columns:
    """A voucher, by lot, for those who have not bought for four months."""
    voucher = np.full(one["who"].size, -1, np.int8)
    if t >= VOUCHERS_FROM and "vouchers" not in world.without:
        chosen = record["settled"] & (one["permission"] == 0) & (state["quiet"] == 4) & ~state["assigned"]
        voucher = np.where(chosen, world.chance.happens(0.7, one["who"], "voucher arm"), -1).astype(np.int8)
        state["assigned"] = state["assigned"] | chosen
    return {"voucher": np.where((voucher == 1) & ("voucher" in flip), 0, voucher).astype(np.int8)}


def _feel(world: World, state: Columns, record: Columns, chance: Chance, who: NDArray[Any], t: int) -> None:
    """Feelings and grievances fade, and what happened adds to them."""
    mood = 0.75 * state["mood"] + 0.15 * world.noise * chance.normal(who, "mood", t)
    grievance, done = 0.6 * state["grievance"], 0.8 * state["done"]
    for name in ("unresolved", "long_wait", "late"):
        mood += world.experiences[name].feeling * record[name]
        grievance += world.experiences[name].leaving * record[name]
    treated = record["voucher"] == 1
    mood += world.actions["voucher"].feeling * treated
    state["mood"], state["grievance"] = mood, grievance
    state["done"] = done + world.actions["voucher"].leaving * treated


def _answers(world: World, one: Columns, record: Columns, feeling: Floats, t: int) -> Columns:
    """Three in ten of those who ordered are asked to recommend; a third of contacts whether they are satisfied."""
    chance, who = world.chance, one["who"]
    asked = (record["orders"] > 0) & chance.happens(0.3, who, "asked", t)
    willing = -1.0 - 0.4 * record["contact"] + world.answering * feeling
    noise = world.noise * chance.normal(who, "csat", t)
    csat = 4.2 + 0.7 * feeling - 1.2 * record["unresolved"] - 0.4 * record["long_wait"] + 0.8 * noise
    polled = record["contact"] & chance.happens(0.35 * sigmoid(0.2 + world.answering * feeling), who, "polled", t)
    return {
        "asked": asked,
        "answered": asked & chance.happens(sigmoid(willing), who, "answers", t),
        "score": would_say(world, who, feeling, t),
        "polled": polled,
        "csat": np.clip(np.rint(csat), 1, 5).astype(np.int8),
    }
