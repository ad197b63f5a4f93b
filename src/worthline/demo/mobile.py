"""Larkfield Mobile: customers on contracts, month by month.

Reads     a World; customers' numbers.
Gives     `people` (what does not change), `begin` (the state before the first month), `month` (one month forward:
          changes the state, gives the record of what happened). All are columns over the same customers.
Method    each month: what befalls them, whether they get in touch and how that goes, what is done for them, how they
          feel, whether they leave, change plan or refer somebody, what they pay, and what they answer. A customer's
          month hangs on that customer's own past and on what strikes the place alone, so any part of the customers
          lives as it would among all.
Assumes   an experience named in `flip` does not happen in that month; all chance else is the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.demo.chance import Chance, Flags, Floats
from worthline.demo.world import World

Columns = dict[str, NDArray[Any]]
NOTHING: frozenset[str] = frozenset()

NAME, SETTING = "Larkfield Mobile", "contractual"
PLANS = ("Basic", "Plus", "Max")
FEES = np.array([1990, 2990, 4490])
"""Cents a month."""
MARGINS = np.array([0.50, 0.56, 0.62])
"""Share of the bill that stays after network and handset costs."""
SEGMENTS = ("Home", "Family", "Business")
SEGMENT_SHARES = (0.58, 0.27, 0.15)
PLAN_BY_SEGMENT = np.array([[0.50, 0.38, 0.12], [0.22, 0.50, 0.28], [0.08, 0.32, 0.60]])
USAGE = ("light", "medium", "heavy")
USAGE_BY_PLAN = np.array([[0.52, 0.38, 0.10], [0.25, 0.50, 0.25], [0.10, 0.40, 0.50]])
AREAS, AREAS_IN_REGION = 40, 10
REGIONS = ("North", "East", "South", "West")
CHANNELS = ("app", "phone", "shop")
CONTRACTS = ("24 months", "rolling")
TOUCHPOINTS = ("Billing", "Network", "Delivery", "Plan advice", "App help", "Shop")
"""Where a contact lands: the first three after what went wrong there."""
PRICE_CUT = range(14, 17)
"""Months in which a competitor's cut price pulls at Basic customers."""
GREAT_OUTAGE = (9, 2)
"""The month and the region of the great outage."""
UNIVERSAL_AT, UNIVERSAL_SHARE = 7, 0.05
"""The month in which the universal control group is drawn, before all initiatives, and its share of the customers."""
CALLS_FROM, GIFTS_FROM, TEXTS, FIX_FROM = 10, 8, range(12, 16), 8
"""First months of the initiatives; texts went out in four."""
CALL_COST, TEXT_COST, GIFT_COST = 300, 5, 3500
"""Cents for each customer treated."""


def people(world: World, who: NDArray[np.int64]) -> Columns:
    """What does not change: one row for each of `who`.

    Shapes: `who` (n,) numbers of customers.
    """
    chance = world.chance
    segment = chance.choice(SEGMENT_SHARES, who, "segment")
    plan = chance.choice(PLAN_BY_SEGMENT[segment], who, "plan")
    before = chance.uniform(who, "joined before") < 0.66
    joined = np.where(
        before,
        -1 - (60 * chance.uniform(who, "joined long ago") ** 1.5).astype(int),
        chance.whole(0, world.months - 1, who, "joined"),
    )
    return {
        "who": who,
        "segment": segment.astype(np.int8),
        "plan": plan.astype(np.int8),
        "usage": chance.choice(USAGE_BY_PLAN[plan], who, "usage").astype(np.int8),
        "area": chance.whole(0, AREAS - 1, who, "area").astype(np.int8),
        "channel": chance.choice((0.5, 0.3, 0.2), who, "channel").astype(np.int8),
        "contract": chance.choice((0.65, 0.35), who, "contract").astype(np.int8),
        "permission": chance.choice((0.72, 0.18, 0.10), who, "permission").astype(np.int8),
        "joined": joined.astype(np.int16),
        "joined_day": chance.whole(1, 3, who, "joined day").astype(np.int8),
        "base": 0.6 * world.noise * chance.normal(who, "base feeling"),
    }


def begin(world: World, one: Columns) -> Columns:
    """The state before the first month."""
    n = one["who"].size
    return {
        "left": np.zeros(n, bool),
        "plan": one["plan"].copy(),
        "changed": np.zeros(n, bool),
        "mood": np.zeros(n),
        "grievance": np.zeros(n),
        "done": np.zeros(n),
        "recent": np.zeros(n, np.int8),
        "assigned": np.zeros(n, bool),
        "held": np.zeros(n, bool),
    }


def month(world: World, one: Columns, state: Columns, t: int, flip: frozenset[str] = NOTHING) -> Columns:
    """Live month `t`: `state` becomes that of its end; the record says what happened to those who were here."""
    chance, who = world.chance, one["who"]
    tenure = t - one["joined"]
    here = (tenure >= 0) & ~state["left"]
    settled = here & (tenure > 0)
    feeling_before = one["base"] + state["mood"]
    traits = _traits(one, state, tenure)
    record: Columns = {"here": here, "settled": settled, "plan": state["plan"].copy()}
    record |= _befalls(world, one, state, here, traits, feeling_before, t, flip)
    record |= _contact(world, one, state, here, traits, feeling_before, record, t, flip)
    record |= _done_for(world, one, state, settled, traits, feeling_before, t, flip)
    _feel(world, state, record, chance, who, t)
    feeling = one["base"] + state["mood"]
    record["feeling"] = feeling
    record["leaves"] = settled & _leaves(world, one, state, traits, feeling, tenure, t)
    record["refers"] = settled & chance.happens(np.minimum(0.006 * np.exp(0.6 * feeling), 0.2), who, "refers", t)
    record |= _bills(world, one, record, here, t)
    record |= answers(world, one, record, here, feeling, tenure, t)
    _change_plan(state, record, traits, feeling, chance, who, t)
    state["left"] = state["left"] | record["leaves"]
    wronged = record["unresolved"] | record["billing_error"]
    state["recent"] = np.where(wronged, 2, np.maximum(state["recent"] - 1, 0)).astype(np.int8)
    return record


def sigmoid(log_odds: Floats) -> Floats:
    """Probability of log odds.

    Shapes: `log_odds` (n,); gives (n,).
    """
    return 1.0 / (1.0 + np.exp(-log_odds))


def _traits(one: Columns, state: Columns, tenure: NDArray[Any]) -> Columns:
    """What is recorded of a customer and moves both what befalls them and whether they leave."""
    return {
        "basic": (state["plan"] == 0).astype(float),
        "most": (state["plan"] == 2).astype(float),
        "light": (one["usage"] == 0).astype(float),
        "heavy": (one["usage"] == 2).astype(float),
        "new": (tenure < 6).astype(float),
    }


def _befalls(
    world: World,
    one: Columns,
    state: Columns,
    here: Flags,
    traits: Columns,
    feeling: Floats,
    t: int,
    flip: frozenset[str],
) -> Columns:
    """Outages strike an area; wrong bills and late deliveries a customer."""
    chance, who, c, h = world.chance, one["who"], world.confounding, world.hidden
    out = chance.uniform(np.arange(AREAS), "area out", t) < 0.05
    if t == GREAT_OUTAGE[0]:
        out |= np.arange(AREAS) // AREAS_IN_REGION == GREAT_OUTAGE[1]
    struck = out[one["area"]] & chance.happens(
        0.5 + 0.2 * c * traits["heavy"] - 0.1 * c * traits["light"], who, "struck", t
    )
    wrong = -3.6 + c * (0.9 * state["changed"] + 0.5 * traits["most"] + 0.4 * traits["new"]) - 0.6 * h * feeling
    fixed = np.where(fixed_from(one["area"]) <= t, 0.4, 1.0) if "billing_fix" not in world.without else 1.0
    delivery = here & chance.happens(
        np.where(t == one["joined"], 0.5, 0.02 + 0.01 * traits["heavy"]), who, "delivery", t
    )
    slow = -1.5 + c * (0.6 * (one["area"] >= 30) + 0.4 * traits["basic"]) - 0.6 * h * feeling
    return {
        "outage": here & struck & ("outage" not in flip),
        "billing_error": here & chance.happens(fixed * sigmoid(wrong), who, "wrong", t) & ("billing_error" not in flip),
        "delivery": delivery,
        "late": delivery & chance.happens(sigmoid(slow), who, "late", t) & ("late" not in flip),
    }


def fixed_from(area: NDArray[Any]) -> NDArray[Any]:
    """The month in which right-first-time billing reached an area: four areas a month, in order of the areas' lot.

    Shapes: `area` (n,); gives (n,).
    """
    order = (area.astype(int) * 17 + 5) % AREAS
    return FIX_FROM + order // 4


def _contact(
    world: World,
    one: Columns,
    state: Columns,
    here: Flags,
    traits: Columns,
    feeling: Floats,
    record: Columns,
    t: int,
    flip: frozenset[str],
) -> Columns:
    """Who gets in touch, about what, how long they wait, whether it is settled, whether they have to come again."""
    chance, who, c, h = world.chance, one["who"], world.confounding, world.hidden
    quiet = 1 - (0.05 + 0.03 * c * traits["heavy"] + 0.04 * traits["new"] + 0.10 * (state["recent"] == 2))
    quiet = quiet * (1 - 0.5 * record["billing_error"]) * (1 - 0.25 * record["outage"]) * (1 - 0.3 * record["late"])
    contact = here & chance.happens(1 - quiet, who, "contact", t)
    other = 3 + chance.choice((0.3, 0.4, 0.3), who, "about", t)
    about = np.select([record["billing_error"], record["outage"], record["late"]], [0, 1, 2], other)
    season = 0.4 if world.month(t)[1] in (1, 11, 12) else 0.0
    busy = -1.4 + season + c * (0.7 * traits["basic"] + 0.3 * traits["new"]) - 0.6 * h * feeling
    long_wait = contact & chance.happens(sigmoid(busy), who, "busy", t) & ("long_wait" not in flip)
    short = 600 * chance.uniform(who, "short wait", t)
    wait = np.where(long_wait, 600 + 480 * chance.wait(who, "long wait", t), short).astype(np.int32)
    hard = -1.0 + c * (0.8 * traits["basic"] + 0.5 * traits["new"] - 0.4 * traits["heavy"]) - 0.8 * h * feeling
    unresolved = contact & chance.happens(sigmoid(hard), who, "hard", t) & ("unresolved" not in flip)
    return {
        "contact": contact,
        "about": about.astype(np.int8),
        "long_wait": long_wait,
        "wait": wait,
        "unresolved": unresolved,
        "again": unresolved & chance.happens(0.5, who, "again", t),
    }


def _done_for(
    world: World,
    one: Columns,
    state: Columns,
    settled: Flags,
    traits: Columns,
    feeling: Floats,
    t: int,
    flip: frozenset[str],
) -> Columns:
    """What initiatives do: arm 1 treated, 0 control, -1 not in it."""
    chance, who = world.chance, one["who"]
    nobody = np.full(who.size, -1, np.int8)
    call, text, gift, universal = nobody, nobody, nobody, nobody
    if t == UNIVERSAL_AT:
        state["held"] = settled & chance.happens(UNIVERSAL_SHARE, who, "universal")
        universal = np.where(state["held"], 0, -1).astype(np.int8)
    open_to = settled & ~state["held"]
    may = open_to & (one["permission"] == 0)
    if t >= CALLS_FROM and "save_calls" not in world.without:
        chosen = may & (state["recent"] > 0) & ~state["assigned"]
        call = np.where(chosen, chance.happens(0.8, who, "call arm"), -1).astype(np.int8)
        state["assigned"] = state["assigned"] | chosen
    if t in TEXTS and "plan_advice" not in world.without:
        chosen = may & chance.happens(0.10, who, "texted", t)
        text = np.where(chosen, chance.happens(0.5, who, "text arm", t), -1).astype(np.int8)
    if t >= GIFTS_FROM and "gifts" not in world.without:
        liked = 0.03 * (traits["heavy"] + traits["most"]) * sigmoid(1.5 * feeling)
        gift = np.where(open_to & chance.happens(liked, who, "gift", t), 1, -1).astype(np.int8)
    return {
        "save_call": np.where((call == 1) & ("save_call" in flip), 0, call).astype(np.int8),
        "plan_text": np.where((text == 1) & ("plan_text" in flip), 0, text).astype(np.int8),
        "gift": np.where((gift == 1) & ("gift" in flip), -1, gift).astype(np.int8),
        "universal": universal,
    }


def _feel(world: World, state: Columns, record: Columns, chance: Chance, who: NDArray[Any], t: int) -> None:
    """Feelings and grievances fade, and what happened adds to them."""
    mood = 0.75 * state["mood"] + 0.15 * world.noise * chance.normal(who, "mood", t)
    grievance, done = 0.6 * state["grievance"], 0.8 * state["done"]
    for name, effect in world.experiences.items():
        mood += effect.feeling * record[name]
        grievance += effect.leaving * record[name]
    for name in ("save_call", "plan_text", "gift"):
        treated = record[name] == 1
        mood += world.actions[name].feeling * treated
        done += world.actions[name].leaving * treated
    state["mood"], state["grievance"], state["done"] = mood, grievance, done


def _leaves(
    world: World, one: Columns, state: Columns, traits: Columns, feeling: Floats, tenure: NDArray[Any], t: int
) -> Flags:
    hazard = -5.1 + 0.4 * traits["basic"] - 0.4 * traits["most"] + 0.5 * (tenure < 12) - 0.4 * traits["heavy"]
    hazard = hazard + 0.9 * one["contract"]
    if t in PRICE_CUT:
        hazard = hazard + 0.5 * traits["basic"]
    hazard = hazard - 0.6 * feeling + state["grievance"] + state["done"]
    return world.chance.happens(sigmoid(hazard), one["who"], "leaves", t)


def _change_plan(
    state: Columns, record: Columns, traits: Columns, feeling: Floats, chance: Chance, who: NDArray[Any], t: int
) -> None:
    """Up or down from the first of the next month."""
    draw, stays = chance.uniform(who, "plan change", t), record["settled"] & ~record["leaves"]
    up = (0.006 + 0.01 * traits["heavy"]) * np.exp(np.minimum(0.3 * feeling, 2))
    down = 0.006 * np.exp(np.minimum(-0.4 * feeling, 2))
    rises = stays & (draw < up) & (state["plan"] < 2)
    falls = stays & (draw > 1 - down) & (state["plan"] > 0)
    state["plan"] = (state["plan"] + rises - falls).astype(np.int8)
    state["changed"] = rises | falls


def _bills(world: World, one: Columns, record: Columns, here: Flags, t: int) -> Columns:
    """Cents: the bill with what was used beyond the plan, and credits after a wrong bill; margin of both."""
    chance, who, plan = world.chance, one["who"], record["plan"]
    beyond = chance.happens(0.06 + 0.12 * (one["usage"] == 2), who, "beyond", t)
    extra = np.where(beyond, 200 + 400 * chance.wait(who, "beyond by", t), 0).astype(np.int64)
    bill = np.where(here, FEES[plan] + extra, 0)
    credit = np.where(record["billing_error"] & chance.happens(0.8, who, "credit", t), 800, 0)
    return {
        "bill": bill,
        "credit": credit,
        "bill_margin": np.rint(bill * MARGINS[plan]).astype(np.int64),
        "revenue": bill - credit,
        "margin": np.rint(bill * MARGINS[plan]).astype(np.int64) - credit,
    }


def answers(
    world: World, one: Columns, record: Columns, here: Flags, feeling: Floats, tenure: NDArray[Any], t: int
) -> Columns:
    """Who is asked and answers: recommend (0-10) of a tenth each month, satisfied (1-5) after a third of contacts.

    Shapes: `here`, `feeling`, `tenure` (n,).
    """
    chance, who = world.chance, one["who"]
    asked = here & chance.happens(0.08, who, "asked", t)
    willing = -1.0 + 0.5 * (tenure > 24) - 0.4 * record["contact"] + world.answering * feeling
    would = would_say(world, who, feeling, t)
    noise = world.noise * chance.normal(who, "csat", t)
    csat = 4.2 + 0.7 * feeling - 1.2 * record["unresolved"] - 0.4 * record["long_wait"] + 0.8 * noise
    polled = record["contact"] & chance.happens(0.35 * sigmoid(0.2 + world.answering * feeling), who, "polled", t)
    return {
        "asked": asked,
        "answered": asked & chance.happens(sigmoid(willing), who, "answers", t),
        "score": would,
        "polled": polled,
        "csat": np.clip(np.rint(csat), 1, 5).astype(np.int8),
    }


def would_say(world: World, who: NDArray[Any], feeling: Floats, t: int) -> NDArray[np.int8]:
    """The score from 0 to 10 that each would give in month `t`, asked or not.

    Shapes: `who` (n,) numbers of customers; `feeling` (n,); gives (n,).
    """
    noise = 1.3 * world.noise * world.chance.normal(who, "score", t)
    return np.clip(np.rint(8.0 + 1.7 * feeling + noise), 0, 10).astype(np.int8)
