"""Small companies whose true effect is known: an outage makes customers leave at the end of its month.

What a customer does depends on region and on last month's contacts, which are recorded. In a hidden world a temper
that nobody records makes a customer both meet the outage and leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from worthline.effects import experiences, history, linkage
from worthline.effects.effect import Effect
from worthline.effects.experiences import Experience
from worthline.effects.linkage import EffectInputs

FIRST = np.datetime64("2024-01", "M")


@dataclass
class World:
    linked: EffectInputs
    truth: float
    """True change of P(still here at the end of the next month) among those who had it."""


def outages(
    customers=1500, months=18, effect=-0.10, hidden=0.0, selected=1.0, seed=0, margin_known=1.0, told=False, struck=0.0
) -> World:
    """`told`: the table says how it went, and names those too for whom it went well.

    `struck`: each month it strikes 2 of 20 places, and of their customers this share.
    """
    draw = np.random.default_rng(seed)
    region = draw.integers(0, 3, customers)
    temper = draw.normal(size=customers)
    place = np.arange(customers) % 20 if struck else None
    here = np.ones(customers, bool)
    contacts = np.zeros(customers, int)
    left = np.full(customers, -1)
    rows, met, truth = [], [], []
    for month in range(months):
        chance = -2.6 + selected * (0.5 * (region == 2) + 0.7 * contacts) + hidden * temper
        if struck:
            there = np.isin(place, draw.choice(20, 2, replace=False))
            chance = np.where(there, np.log(struck / (1 - struck)), -50.0)
        had = here & (draw.random(customers) < 1 / (1 + np.exp(-chance)))
        risk = 0.01 + 0.03 * (region == 2) + 0.04 * np.minimum(contacts, 2) + 0.04 * hidden * (temper > 0)
        stay = 1 - np.clip(risk, 0, 0.9)
        with_it, without = np.clip(stay + effect, 0, 1), stay
        contacts = draw.poisson(0.25, customers) * here
        met += [(i, month, False if told else None) for i in np.flatnonzero(had)]
        if told:
            met += [(i, month, True) for i in np.flatnonzero(here & ~had)]
        if 0 < month < months - 1:
            # Those whom it does not drive away may still leave in the month after, at the usual rate.
            truth += ((with_it - without)[had] * float(stay[here].mean())).tolist()
        stays = here & (draw.random(customers) < np.where(had, with_it, stay))
        left[here & ~stays] = month
        here = stays
        rows += [(i, month, bool(here[i]), int(contacts[i])) for i in range(customers)]
    return World(_laid(rows, met, region, left, margin_known, place), float(np.mean(truth)) if truth else 0.0)


def _laid(rows, met, region, left, margin_known, place) -> EffectInputs:
    rows.sort(key=lambda row: row[:2])
    who, month, active, contacts = (np.array(column) for column in zip(*rows, strict=True))
    names = np.array([f"C{i:06d}" for i in range(len(region))])
    ones = active.astype(float)
    panel = pa.table(
        {
            "customer_id": names[who],
            "month": _days(month),
            "active": active,
            "tenure": month + 1,
            "since_purchase": pa.nulls(len(who), pa.int32()),
            "since_contact": pa.nulls(len(who), pa.int32()),
            "revenue": 20 * ones,
            "margin": pa.array(10 * ones, mask=active & (who % 10 >= 10 * margin_known)),
            "refunds": 0 * ones,
            "orders": 0 * ones,
            "contacts": contacts.astype(float),
            "unresolved": 0 * ones,
            "answers": 0 * ones,
            "last_score": pa.nulls(len(who), pa.float64()),
        }
    )
    # On the last day of the month, after whatever happened in it.
    leaving = pa.array(_days(left + 1).to_numpy(zero_copy_only=False) - np.timedelta64(1, "D"), mask=left < 0)
    people = pa.table({"customer_id": names, "region": pa.array([f"R{r}" for r in region]), "left": leaving})
    if place is not None:
        people = people.append_column("location", pa.array([f"P{p:02d}" for p in place]))
    laid = history.read(panel, people)
    met.sort(key=lambda one: one[:2])
    i, t = (np.array([one[k] for one in met], int) for k in (0, 1))
    touched = pa.table(
        {
            "customer_id": pa.array(names[i], pa.string()),
            "month": _days(t),
            "touchpoint": pa.array(["Outage"] * len(i), pa.string()),
            "kind": pa.array(["experience"] * len(i), pa.string()),
            "at": pa.array(_days(t).to_numpy(zero_copy_only=False).astype("datetime64[s]").astype(int)),
            "resolved": pa.array([one[2] for one in met], pa.bool_()),
            "wait": pa.nulls(len(i), pa.float64()),
            "channel": pa.nulls(len(i), pa.string()),
        }
    )
    found = tuple(experiences.found(experiences.read(touched, laid)))
    return EffectInputs(laid, found, laid.months - 1, 1.0, "USD", ("retention", "margin"))


def contacts(
    margin, contact, unresolved, *, channel=None, region=None, touchpoint=None, outcomes=("margin",), active=None
) -> EffectInputs:
    """Customers (rows) by months: margin, whether there was a contact, whether it stayed unresolved.

    `active`: still here at the end of each month (all stay where not given); who leaves does so on the 25th.

    `channel`, `touchpoint`: of each customer and month, a name. `region`: of each customer.
    """
    customers, months = margin.shape
    who, month = (grid.ravel() for grid in np.meshgrid(np.arange(customers), np.arange(months), indexing="ij"))
    ids = np.array([f"C{i:05d}" for i in range(customers)])
    panel = {"customer_id": ids[who], "month": _days(month), "active": who >= 0}
    left = pa.nulls(customers, pa.date32())
    if active is not None:
        panel["active"] = active.ravel()
        last = active.sum(axis=1)
        left = pa.array(_days(last).to_numpy(zero_copy_only=False) + np.timedelta64(24, "D"), mask=active[:, -1])
    panel |= dict.fromkeys((*history.SUMMED, "tenure", "since_purchase", "since_contact", "last_score"), 0.0 * who)
    told = {"margin": margin, "contacts": 1.0 * contact, "unresolved": 1.0 * unresolved}
    panel |= {name: cells.ravel() for name, cells in told.items()}
    regions = np.full(customers, "R") if region is None else region
    people = {"customer_id": ids, "region": regions, "left": left}
    laid = history.read(pa.table(panel), pa.table(people))
    rows = np.flatnonzero(contact.ravel())
    at = _days(month[rows]).to_numpy(zero_copy_only=False).astype("datetime64[s]").astype(int)
    touched = {
        "customer_id": ids[who[rows]],
        "month": _days(month[rows]),
        "touchpoint": ["Billing"] * len(rows) if touchpoint is None else touchpoint.ravel()[rows],
        "kind": pa.array(["contact"] * len(rows), pa.string()),
        "at": at,
        "resolved": ~unresolved.ravel()[rows],
        "wait": pa.nulls(len(rows), pa.float64()),
        "channel": pa.nulls(len(rows), pa.string()) if channel is None else channel.ravel()[rows],
    }
    found = tuple(experiences.found(experiences.read(pa.table(touched), laid)))
    return EffectInputs(laid, found, months - 1, 1.0, "USD", outcomes)


def callers(seed=0, customers=2_500, months=24, *, leavers_call=False, harm=0.0, fade=0.6) -> EffectInputs:
    """Customers who contact the company; those left unresolved leave more, or had decided to leave and call for that.

    `harm`: what an unresolved contact adds to the chance of leaving in its month, times `fade` in each month after.
    """
    draw = np.random.default_rng(seed)
    region = draw.integers(0, 3, customers)
    here, added = np.ones(customers, bool), np.zeros(customers)
    active, contact, unresolved = (np.zeros((customers, months), bool) for _ in range(3))
    for month in range(months):
        before = 0.015 + 0.01 * (region == 2)
        decided = leavers_call & (draw.random(customers) < before)
        calls = here & (draw.random(customers) < np.where(decided, 0.6, 0.10 + 0.05 * (region == 2)))
        fails = calls & (draw.random(customers) < np.where(decided, 0.8, 0.3))
        added = fade * added + harm * fails
        goes = decided if leavers_call else draw.random(customers) < before + added
        contact[:, month], unresolved[:, month] = calls, fails
        here = here & ~goes
        active[:, month] = here
    margin = 10.0 * active
    names = np.array([f"R{r}" for r in region])
    return contacts(margin, contact, unresolved, region=names, active=active, outcomes=("retention", "margin"))


def of_horizon(linked: EffectInputs, horizon: int, one: Experience | None = None) -> list[Effect]:
    """Effects of one experience (the first) at one horizon, as a run has them before p-values are adjusted."""
    return list(linkage._of_horizon(linkage.Study(linked, one or linked.experiences[0]), horizon))


def _days(months) -> pa.Array:
    return pa.array((FIRST + np.asarray(months, int)).astype("datetime64[D]"))


def deliveries(margin, who, month, failed, *, kind="experience", touchpoint="Delivery", outcomes=("margin",)):
    """Customers by months of margin; deliveries in order of time, any number a month, each gone well or failed."""
    customers, months = margin.shape
    cell, at_month = (grid.ravel() for grid in np.meshgrid(np.arange(customers), np.arange(months), indexing="ij"))
    ids = np.array([f"C{i:05d}" for i in range(customers)])
    panel = {"customer_id": ids[cell], "month": _days(at_month), "active": cell >= 0}
    nothing = dict.fromkeys((*history.SUMMED, "tenure", "since_purchase", "since_contact", "last_score"), 0.0 * cell)
    orders = np.zeros(margin.shape)
    np.add.at(orders, (who, month), 1.0)
    panel |= nothing | {"margin": margin.ravel(), "orders": orders.ravel()}
    people = {"customer_id": ids, "left": pa.nulls(customers, pa.date32())}
    laid = history.read(pa.table(panel), pa.table(people))
    order = np.lexsort([month, who])
    start = np.searchsorted(who[order] * months + month[order], who[order] * months + month[order])
    day = np.empty(len(who), int)
    day[order] = np.arange(len(who)) - start
    first = _days(month).to_numpy(zero_copy_only=False).astype("datetime64[s]").astype(int)
    touched = pa.table(
        {
            "customer_id": ids[who][order],
            "month": _days(month[order]),
            "touchpoint": [touchpoint] * len(who),
            "kind": [kind] * len(who),
            "at": (first + 86_400 * day)[order],
            "resolved": ~failed[order],
            "wait": pa.nulls(len(who), pa.float64()),
            "channel": pa.nulls(len(who), pa.string()),
        }
    )
    found = tuple(experiences.found(experiences.read(touched, laid)))
    return EffectInputs(laid, found, months - 1, 1.0, "USD", outcomes)
