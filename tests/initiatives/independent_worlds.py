"""Initiatives in worlds of the second simulator: each customer lived twice from the start on, with it and without it.

Both lives take the same draws, so that what the initiative brought each customer is known. The company's records are the
life that the customer's arm, or the day on which its place was reached, says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.initiatives.worlds import trial_of
from worthline.demo.independent.life import month
from worthline.demo.independent.settings import SETTINGS
from worthline.demo.independent.world import Life, live
from worthline.initiatives.experiment import Trial
from worthline.initiatives.rollouts import PlaceSeries

MONTHS = 30
START = 15
"""Month of assignment; what is done works from the next month on."""


@dataclass(frozen=True)
class Lives:
    """Margin, presence at the month's end and contacts, (months, customers) each, of one way to live."""

    margin: np.ndarray
    active: np.ndarray
    contacts: np.ndarray

    @classmethod
    def of(cls, records) -> Lives:
        """From the records of the months."""
        return cls(
            np.array([r["margin"] for r in records], dtype=float),
            np.array([r["here"] & ~r["leaves"] for r in records]),
            np.array([r["contact"] for r in records], dtype=float),
        )

    def where(self, chosen: np.ndarray, other: Lives) -> Lives:
        """This way where `chosen` (customers,) or (months, customers), else the other."""
        return Lives(*(np.where(chosen, getattr(self, n), getattr(other, n)) for n in ("margin", "active", "contacts")))


def without(life: Life, cause: str, since: int) -> Lives:
    """All customers from month `since` on without one experience, by the same draws; orders bring their mean margin."""
    records, state = list(life.records[:since]), life.states[since]
    for t in range(since, MONTHS):
        state, record = month(life.setting, life.people, state, t, life.draws[t], frozenset({cause}))
        records.append(record)
    return Lives.of(records)


def lived(setting: str, seed: int, customers: int) -> tuple[Life, Lives]:
    """A world and the records of its months."""
    life = live(SETTINGS[setting], seed, customers, MONTHS)
    return life, Lives.of(life.records[:MONTHS])


def experiment(setting: str, cause: str, seed: int, customers: int, *, share: float = 0.5, by_place: bool = False):
    """(Trial, what it truly brought those treated): customers of month START, or whole places, by lot."""
    life, plain = lived(setting, seed, customers)
    better = without(life, cause, START + 1)
    luck = np.random.default_rng([seed, 77])
    place = np.asarray(life.people.place)
    treated = (luck.permutation(place.max() + 1) % 2 == 0)[place] if by_place else luck.random(len(place)) < share
    there = plain.active[START - 1] & plain.active[START]
    arm = np.full(plain.margin.shape, -1)
    arm[START, there] = treated[there]
    seen = better.where(treated, plain)
    made: Trial = trial_of(
        cause,
        arm,
        seen.margin,
        seen.active,
        seen.contacts,
        np.asarray(life.people.joined),
        cluster=place if by_place else None,
    )
    return made, float((better.margin - plain.margin)[START + 1 :, treated & there].sum())


def rollout(setting: str, cause: str, seed: int, customers: int) -> tuple[PlaceSeries, float]:
    """(PlaceSeries, what it truly brought): places reached by lot over the months from START on, a quarter never."""
    life, plain = lived(setting, seed, customers)
    place = np.asarray(life.people.place)
    count = int(place.max()) + 1
    order = np.random.default_rng([seed, 78]).permutation(count)
    start = np.where(order < 3 * count // 4, START + order % 8, -1)
    margin, active, true = plain.margin.copy(), plain.active.copy(), 0.0
    followed = plain.active[START - 1]
    for since in np.unique(start[start >= 0]):
        better, mine = without(life, cause, int(since)), start[place] == since
        margin[:, mine], active[:, mine] = better.margin[:, mine], better.active[:, mine]
        true += float((better.margin - plain.margin)[since:, mine & followed].sum())
    size = np.maximum(np.bincount(place[followed], minlength=count), 1).astype(float)
    y = np.stack([np.bincount(place[followed], row[followed], count) for row in margin], axis=1) / size[:, None]
    members = tuple(f"P{k:02d}" for k in range(count))
    return PlaceSeries(cause, "margin", members, y, start.astype(np.int64), size, "sum"), true
