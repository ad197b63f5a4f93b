"""A world that is lived once: its customers, months and surveys, and a year beyond the record.

Reads     a Setting, a seed, how many customers and months.
Gives     Life: everything that happened, and what is needed to live any month again; `live`.
Method    customers who joined before the records begin live on from their joining; only those still here at the first
          month are kept, as in a company's files. Draws are kept, so that one month can be lived again as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from worthline.demo.independent.life import (
    DRAWS,
    MARGIN,
    PRICE,
    Array,
    Draws,
    People,
    Record,
    State,
    begin,
    month,
)
from worthline.demo.independent.settings import Setting

BEFORE, AFTER = 36, 12
"""Months lived before the records begin, and after they end."""
SPREAD = 6.25, 3.74, 15.44
"""Gamma-Gamma parameters p, q, gamma of what a shop's customers spend (the published ones of CDNOW)."""


@dataclass(frozen=True)
class Life:
    """What happened to `people` in months 0 .. months + AFTER - 1; lists are over months."""

    setting: Setting
    seed: int
    months: int
    people: People
    states: list[State]
    """At the start of each month."""
    records: list[Record]
    draws: list[Draws]
    orders: list[tuple[Array, Array]]
    """Of a month's orders: the customer's row and the revenue."""

    @property
    def customers(self) -> int:
        """How many customers the record knows."""
        return int(self.people.joined.size)

    def generator(self, *purpose: int) -> np.random.Generator:
        """Random numbers for one purpose of this world."""
        return np.random.default_rng([self.seed, *purpose])


def live(setting: Setting, seed: int, customers: int, months: int) -> Life:
    """Live a world of `customers` known customers over `months` of record and a year beyond."""
    rng = np.random.default_rng([seed, 1])
    n = 2 * customers
    people = _with_largest(setting, _people(setting, rng, n, months), customers)
    first = 0 if setting.kind == "shop" else -BEFORE
    states, records, kept = [], [], []
    state = begin(n)
    for t in range(first, months + AFTER):
        draws = _shared_draws(setting, people, rng, uniforms(rng, n))
        states.append(state)
        state, record = month(setting, people, state, t, draws)
        records.append(record)
        kept.append(draws)
    states, records, kept = states[-first:], records[-first:], kept[-first:]
    rows = np.flatnonzero(states[0].alive & (people.joined < months))[:customers]
    life = Life(
        setting,
        seed,
        months,
        people.take(rows),
        [state.take(rows) for state in states],
        [{name: column[rows] for name, column in record.items()} for record in records],
        [{name: column[rows] for name, column in draws.items()} for draws in kept],
        [],
    )
    _spend(life)
    return life


def uniforms(rng: np.random.Generator, n: int) -> Draws:
    """Fresh uniform numbers for `n` customer-months, never 0 or 1."""
    drawn = np.clip(rng.random((len(DRAWS), n), dtype=np.float32), 1e-7, 1 - 1e-7)
    return dict(zip(DRAWS, drawn, strict=True))


def _people(setting: Setting, rng: np.random.Generator, n: int, months: int) -> People:
    usage = rng.random(n)
    if setting.kind == "shop":
        joined = rng.integers(0, months - 2, n)
        p, q, gamma = SPREAD
        spend = p * gamma / rng.gamma(q, size=n)
        if setting.tail is not None:
            spend = 15 * (1 - usage) ** (-1 / setting.tail)
    else:
        joined = np.where(rng.random(n) < 0.7, rng.integers(-BEFORE, 0, n), rng.integers(0, months, n))
        spend = 15 + 45 * usage if setting.tail is None else 15 * (1 - usage) ** (-1 / setting.tail)
    frailty = np.zeros(n)
    if setting.frailty is not None:
        own = np.clip(rng.beta(*setting.frailty, n), 1e-9, 1 - 1e-9)
        frailty = np.log(own if setting.kind == "shop" else -np.log1p(-own)) - np.log(setting.hazard)
    return People(
        joined=joined,
        region=rng.integers(0, 4, n),
        place=rng.integers(0, setting.places, n),
        usage=usage,
        trait=rng.normal(size=n),
        frailty=frailty,
        spend=np.round(spend, 2),
        rate=rng.gamma(1.5, setting.order_rate / 1.5, n),
    )


def _with_largest(setting: Setting, people: People, customers: int) -> People:
    """The first customer pays `largest` of what all pay, has always been there and stays."""
    if not setting.largest:
        return people
    spend, joined, frailty = people.spend.copy(), people.joined.copy(), people.frailty.copy()
    spend[0] = round(float(spend[1 : customers + 1].mean()) * customers * setting.largest / (1 - setting.largest), 2)
    joined[0], frailty[0] = min(0, joined.min()), -30.0
    return replace(people, spend=spend, joined=joined, frailty=frailty)


def _shared_draws(setting: Setting, people: People, rng: np.random.Generator, draws: Draws) -> Draws:
    """Outages and luck that a place's customers share."""
    place = uniforms(rng, setting.places)
    shared = {"luck": place["luck"][people.place]}
    if setting.strikes_places:
        shared["outage"] = place["outage"][people.place]
    return draws | shared


def _spend(life: Life) -> None:
    """Revenue of each order; in a shop, orders differ, and margin follows them."""
    rng = life.generator(2)
    p = SPREAD[0]
    for record, state in zip(life.records, life.states, strict=True):
        rows = np.repeat(np.arange(life.customers), record["orders"])
        if life.setting.kind == "shop":
            revenue = np.round(rng.gamma(p, life.people.spend[rows] / p), 2)
            earned = np.bincount(rows, MARGIN * revenue, life.customers)
            record["margin"] = earned - record["here"] * state.owed * (record["orders"] > 0)
        else:
            revenue = np.full(rows.size, PRICE)
        life.orders.append((rows, revenue))
