"""Customers of an independent world, month by month, as arrays over customers (or over copies of them).

Reads     a Setting, People, a State, uniform draws.
Gives     `begin`, `month`: one month forward, giving the next State and the Record of the month; arrays are (n,).
Method    in order: outages and wrong bills, orders and late deliveries, a contact, whether it stays unresolved,
          leaving. `remove` names experiences that do not happen in this month; what follows from them (a contact
          after an outage) then follows from their absence, by the same draws.
Assumes   leaving counts at the month's end: who leaves in a month still pays in it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worthline.demo.independent.settings import Setting

Array = NDArray[Any]
Draws = dict[str, Array]
DRAWS = ("outage", "wrong_bill", "orders", "late", "contact", "unresolved", "leave", "stop", "luck")
"""Names of the uniform numbers that a customer's month takes."""
MARGIN = 0.5
"""Margin as a share of revenue."""
PRICE = 12.0
"""Of a weekly order."""
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Columns:
    def take(self, rows: Array) -> Self:
        """The same columns of some rows."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class People(_Columns):
    """What does not change about customers."""

    joined: Array
    """Month of joining; negative: before the records begin."""
    region: Array
    place: Array
    usage: Array
    """Between 0 and 1."""
    trait: Array
    """Standard normal; recorded nowhere."""
    frailty: Array
    """Log of the customer's own hazard over the setting's."""
    spend: Array
    """Fee a month; in a shop, mean revenue of an order."""
    rate: Array
    """Orders a month of a shop's customer."""


@dataclass(frozen=True, slots=True)
class State(_Columns):
    """What the past has left behind at the start of a month."""

    alive: Array
    harm: Array
    """Added to the log hazard."""
    slow: Array
    """Taken off the log rate of orders."""
    mood: Array
    owed: Array
    """Margin that this month loses for what went wrong in the last."""
    called: Array
    """Whether there was a contact last month."""


Record = dict[str, Array]


def begin(n: int) -> State:
    """The state of `n` customers to whom nothing has happened yet."""
    zero = np.zeros(n)
    return State(np.ones(n, bool), zero, zero, zero, zero, np.zeros(n, bool))


def month(
    setting: Setting, people: People, state: State, t: Any, draws: Draws, remove: frozenset[str] = NOTHING
) -> tuple[State, Record]:
    """Live month `t` (a number, or one a row); `draws`: (n,) for each name in DRAWS."""
    tenure = t - people.joined
    here = state.alive & (tenure >= 0)
    record: Record = {"here": here, "settled": here & (tenure > 0)}
    record |= _exposure(setting, people, state, tenure)
    record["log_hazard"] = _log_hazard(setting, people, tenure, state.called, t, draws["luck"])
    if setting.deciding:
        early = _probability(record["log_hazard"] + setting.fade * state.harm)
        record["deciding"] = record["settled"] & (draws["leave"] < early)
    _happen(setting, record, draws, remove)
    _order(setting, people, state, record, t, draws, remove)
    _contact(setting, record, draws, remove)
    harm, slow, mood = (_faded(setting, record, state, what) for what in ("leaving", "orders", "mood"))
    _leave(setting, record, harm, draws)
    owed = sum((h.credit * record[name] for name, h in setting.harms.items()), np.zeros(here.size))
    record["satisfaction"] = 0.7 * people.trait - mood
    return State(state.alive & ~record["leaves"], harm, slow, mood, owed, record["contact"]), record


def _probability(log_hazard: Array) -> Array:
    return -np.expm1(-np.exp(log_hazard))


def _bowl(usage: Array) -> Array:
    """High for light and for heavy users, about 0 on average."""
    bowl: Array = (2 * usage - 1) ** 2 - 1 / 3
    return bowl


def _exposure(setting: Setting, people: People, state: State, tenure: Array) -> Record:
    """Log rates of what can happen, before the harm's own rate."""
    recorded = 0.5 * (people.region == 2) + 0.4 * (tenure < 6) + 0.6 * state.called
    log_rate = setting.confounding * recorded + setting.usage_exposure * _bowl(people.usage)
    return {"log_exposure": log_rate + setting.hidden * people.trait}


def _log_hazard(setting: Setting, people: People, tenure: Array, called: Array, t: Any, luck: Array) -> Array:
    years = np.maximum(tenure, 0) / 12
    recorded = 0.4 * (people.region == 2) + 0.3 * (tenure < 6) + 0.5 * called
    made: Array = np.log(setting.hazard) + people.frailty + setting.tenure_slope * np.log1p(years)
    made = made + setting.confounding * recorded + setting.usage_leaving * _bowl(people.usage)
    if setting.hidden:
        made = made + setting.hidden_leaving * people.trait
    if setting.kind != "shop":
        made = made + setting.season * np.sin(2 * np.pi * np.asarray(t) / 12)
    if setting.place_luck:
        from scipy.special import ndtri

        made = made + setting.place_luck * ndtri(luck)
    if setting.price_shock is not None:
        since = np.asarray(t) - setting.price_shock
        made = made + np.log(3) * ((since >= 0) & (since < 2))
    return made


def _happen(setting: Setting, record: Record, draws: Draws, remove: frozenset[str]) -> None:
    for name in ("outage", "wrong_bill"):
        harm = setting.harms.get(name)
        if harm is None:
            record[name] = np.zeros_like(record["here"])
            continue
        struck = setting.strikes_places and name == "outage"
        log_rate = np.log(harm.rate) + (0.0 if struck else record["log_exposure"])
        record[f"chance_{name}"] = np.broadcast_to(_probability(log_rate), record["here"].shape)
        met = record["here"] & (draws[name] < record[f"chance_{name}"])
        record[name] = met & False if name in remove else met


def _order(
    setting: Setting, people: People, state: State, record: Record, t: Any, draws: Draws, remove: frozenset[str]
) -> None:
    """Orders, late deliveries, and what was paid."""
    here = record["here"]
    price = np.where(np.asarray(t) >= setting.price_shock, 1.15, 1.0) if setting.price_shock is not None else 1.0
    if setting.kind == "contract":
        record["orders"] = record["late"] = np.zeros(here.size, int)
        record["margin"] = here * (MARGIN * price * people.spend - state.owed)
        return
    if setting.kind == "weekly":
        weeks = here * np.where(np.asarray(t) % 3 == 2, 5, 4)
        record["orders"] = binomial(draws["orders"], weeks, np.full(here.size, 0.9), 5)
        value: Any = PRICE
    else:
        swing = setting.season * np.sin(2 * np.pi * np.asarray(t) / 12)
        rate = people.rate * np.exp(swing - state.slow - 0.3 * setting.confounding * (people.region == 2))
        first = record["here"] & ~record["settled"]
        wanted = here * (first + poisson(draws["orders"], rate * np.where(first, 0.5, 1.0), 25))
        stop = np.clip(setting.hazard * np.exp(people.frailty + state.harm), 1e-9, 0.95)
        until = np.ceil(np.log(draws["stop"]) / np.log1p(-stop))
        record["orders"] = np.minimum(wanted, until).astype(int)
        record["stops"] = here & (until <= wanted)
        value = people.spend
    record["late"] = np.zeros(here.size, int)
    if "late" in setting.harms:
        log_rate = np.log(setting.harms["late"].rate) + record["log_exposure"]
        record["chance_late"] = _probability(log_rate)
        if "late" not in remove:
            record["late"] = binomial(draws["late"], record["orders"], record["chance_late"], 25)
    record["margin"] = here * (MARGIN * value * record["orders"] - state.owed * (record["orders"] > 0))


def _contact(setting: Setting, record: Record, draws: Draws, remove: frozenset[str]) -> None:
    here = record["here"]
    record["contact"] = record["unresolved"] = np.zeros(here.size, bool)
    if not setting.contact_rate:
        return
    pushed = 1.2 * record["outage"] + 1.4 * record["wrong_bill"] + 1.2 * (record["late"] > 0)
    log_rate = np.log(setting.contact_rate) + 0.6 * record["log_exposure"] + setting.pushes * pushed
    chance = _probability(log_rate)
    harm = setting.harms.get("unresolved")
    if harm is not None:
        log_odds = np.log(harm.rate / (1 - harm.rate)) + 0.8 * record["log_exposure"]
        record["chance_unresolved"] = 1 / (1 + np.exp(-log_odds))
    if setting.deciding:
        chance = np.where(record["deciding"], 0.6, chance)
        record["chance_unresolved"] = np.where(record["deciding"], 0.8, record["chance_unresolved"])
    record["contact"] = here & (draws["contact"] < chance)
    if harm is not None and "unresolved" not in remove:
        record["unresolved"] = record["contact"] & (draws["unresolved"] < record["chance_unresolved"])


def _faded(setting: Setting, record: Record, state: State, what: str) -> Array:
    """What is left of the past and what this month adds, of the log hazard, the log order rate or the mood."""
    before: Array = {"leaving": state.harm, "orders": state.slow, "mood": state.mood}[what]
    made: Array = setting.fade * before
    for name, harm in setting.harms.items():
        made = made + getattr(harm, what) * record[name]
    return made


def _leave(setting: Setting, record: Record, harm: Array, draws: Draws) -> None:
    if setting.kind == "shop":
        record["leaves"] = record["stops"]
    elif setting.deciding:
        record["leaves"] = record["deciding"]
    else:
        record["chance_leave"] = _probability(record["log_hazard"] + harm)
        record["leaves"] = record["settled"] & (draws["leave"] < record["chance_leave"])


def poisson(uniform: Array, rate: Array, most: int) -> Array:
    """Poisson numbers by inverting the distribution function, cut at `most`.

    Shapes: `uniform`, `rate` (n,); gives (n,).
    """
    term = np.exp(-rate)
    below, count = term.copy(), np.zeros(uniform.shape, int)
    for k in range(1, most + 1):
        over = uniform > below
        if not over.any():
            break
        count += over
        term = term * rate / k
        below += term
    return count


def binomial(uniform: Array, trials: Array, chance: Array, most: int) -> Array:
    """Binomial numbers of `trials` (at most `most`) by inverting the distribution function.

    Shapes: `uniform`, `trials` (n,); `chance` (n,), 0 to 1; gives (n,).
    """
    odds = chance / (1 - chance)
    term = (1 - chance) ** trials
    below, count = term.copy(), np.zeros(uniform.shape, int)
    for k in range(1, most + 1):
        over = (uniform > below) & (k <= trials)
        if not over.any():
            break
        count += over
        term = term * odds * (trials - k + 1) / k
        below += term
    return count
