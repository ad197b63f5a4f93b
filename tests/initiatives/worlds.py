"""Demo lives as the rows that experiments and roll-outs are measured from, without files: the truth by living again.

Made from the months of `worthline.demo.live` alone, so that a world of 20,000 customers costs seconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from worthline.demo import mobile
from worthline.demo.live import live
from worthline.demo.mobile import fixed_from
from worthline.demo.world import World
from worthline.initiatives.experiment import Trial, trial
from worthline.initiatives.queries import HORIZONS
from worthline.initiatives.record_ends import RecordEnds
from worthline.initiatives.rollouts import PlaceSeries

ARMS = {"save_calls": "save_call", "plan_advice": "plan_text"}


def lived(seed: int, customers: int = 20_000):
    """(world, life) of one company."""
    world = replace(World(), customers=customers, seed=seed)
    return world, live(world, mobile, np.arange(customers))


def margins(life) -> np.ndarray:
    """Months x customers, money."""
    return np.array([month["margin"] for month in life.months]) / 100


def here(life) -> np.ndarray:
    """Months x customers: still a customer at the month's end."""
    there = np.array([month["here"] for month in life.months])
    gone = np.maximum.accumulate(np.array([month["leaves"] for month in life.months]), axis=0)
    return there & ~gone


def truth(world: World, life, initiative: str) -> float:
    """Margin that the initiative brought, by all lives without it."""
    without = live(replace(world, without=world.without | {initiative}), mobile, life.people["who"])
    return float(margins(life).sum() - margins(without).sum())


def experiment_of(life, initiative: str) -> Trial:
    """The units of one experiment as queries.units gives them."""
    contacts = np.array([month["contact"] for month in life.months]).astype(float)
    return trial_of(
        initiative,
        np.array([month[ARMS[initiative]] for month in life.months]),
        margins(life),
        here(life),
        contacts,
        life.people["joined"],
        is_first_only=initiative == "save_calls",
    )


def trial_of(initiative, arm, margin, active, contacts, joined, *, is_first_only=True, cluster=None) -> Trial:
    """Units of months x customers: arm (-1 none, 0 control, 1 treated), margin, active at the month's end, contacts.

    Shapes: all (months, customers), `joined` and `cluster` (customers,).
    """
    months, customers = arm.shape
    month, who = np.nonzero(arm >= 0)
    order = np.lexsort((month, who))
    month, who = month[order], who[order]
    sums = {
        name: np.concatenate([np.zeros((1, customers)), np.cumsum(values, axis=0)])
        for name, values in (("margin", margin), ("contacts", contacts))
    }

    def window(name, first, last):
        inside = np.clip(last + 1, 0, months), np.clip(first, 0, months)
        return sums[name][inside[0], who] - sums[name][inside[1], who]

    columns = {
        "customer_id": [f"C{i:06d}" for i in who],
        "arm": np.where(arm[month, who] == 1, "treated", "control"),
        "number": month,
        "day": np.datetime64("2020-01-10") + 30 * month,
        "arms": np.ones(len(who), np.int64),
        "has_panel": np.ones(len(who), bool),
        "was_active": np.ones(len(who), bool),
        "was_prospect": np.zeros(len(who), bool),
        "stratum": pa.nulls(len(who), pa.string()),
        "cluster": pa.nulls(len(who), pa.string()) if cluster is None else [f"P{k:02d}" for k in cluster[who]],
        "margin_to_date": window("margin", month + 1, np.full(len(who), months - 1)),
        "margin_before": window("margin", month - 12, month - 1),
        "orders_before": np.zeros(len(who)),
        "contacts_before": window("contacts", month - 12, month - 1),
        "tenure": (month - joined[who]).astype(float),
    }
    for horizon in HORIZONS:
        columns[f"margin_{horizon}"] = window("margin", month + 1, month + horizon)
        columns[f"kept_{horizon}"] = active[np.minimum(month + horizon, months - 1), who]
    return trial(initiative, pa.table(columns), ends=RecordEnds(months - 1), is_first_only=is_first_only)


def rollout_of(life) -> PlaceSeries:
    """Right-first-time billing by area: margin a customer of the month before its first start."""
    area, margin, active = life.people["area"].astype(int), margins(life), here(life)
    start = fixed_from(np.arange(area.max() + 1))
    months = len(life.months)
    cohort = active[start.min() - 1]
    size = np.bincount(area[cohort], minlength=len(start)).astype(float)
    y = np.stack([np.bincount(area[cohort], margin[t][cohort], len(start)) / size for t in range(months)], axis=1)
    reached = np.where(start < months, start, -1)
    return PlaceSeries("billing_fix", "margin", tuple(map(str, range(len(start)))), y, reached, size, "sum")


def identified(world: World, life) -> float:
    """Margin that the roll-out brought the customers followed, in months in which some area was not reached yet."""
    without = live(replace(world, without=world.without | {"billing_fix"}), mobile, life.people["who"])
    area, start = life.people["area"].astype(int), rollout_of(life).start
    followed = here(life)[start[start >= 0].min() - 1]
    last = start.max() if (start >= 0).all() else len(life.months)
    months = np.arange(len(life.months))[:, None]
    counted = followed[None, :] & (start[area][None, :] >= 0) & (months >= start[area][None, :]) & (months < last)
    return float((margins(life) - margins(without))[counted].sum())
