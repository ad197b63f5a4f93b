"""Experiments of one company as plain lists, and what each customer brought, counted by loops: no table, no engine.

Every experiment has customers of its own, so that many stand in one folder and one run. A customer buys on the 15th of a
month for a whole number of dollars, all of it margin, and may leave on the 20th.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from tests.initiatives.companies import run, write

AS_OF = (2025, 12)
TOML = """
[company]
name = "Lists"
currency = "USD"
margin = 1
as_of = "2025-12-31"
fiscal_year_start = 4
setting = "{setting}"
[tables.customers]
file = "customers.csv"
[tables.transactions]
file = "transactions.csv"
[tables.treatments]
file = "treatments.csv"
[tables.initiatives]
file = "initiatives.csv"
[tables.interactions]
file = "interactions.csv"
[tables.feedback]
file = "feedback.csv"
[tables.claims]
file = "claims.csv"
"""


@dataclass
class Person:
    """One customer: months are counted from January 2025 (0 to 11), those of 2024 are below zero."""

    who: str
    arm: str
    month: int
    day: int = 10
    bought: dict[int, int] = field(default_factory=dict)
    left: int | None = None
    stratum: str = ""
    cluster: str = ""
    cost: str = "1.50"
    contacts: dict[int, int] = field(default_factory=dict)
    score: tuple[int, int] | None = None
    """Month and answer."""

    def is_here(self, month: int) -> bool:
        """Still a customer at the end of the month."""
        return self.left is None or month < self.left

    def summed(self, horizon: int | None) -> int:
        """Dollars of the months after the assignment, to the horizon or to date."""
        last = 11 if horizon is None else self.month + horizon
        return sum(amount for month, amount in self.bought.items() if self.month < month <= last)


def day(month: int, day_: int) -> str:
    """A day of the month that is counted from January 2025."""
    return f"{2025 + month // 12:04d}-{month % 12 + 1:02d}-{day_:02d}"


def people(
    name: str,
    arms: dict[str, int],
    seed: int,
    *,
    leaving: dict[str, int] | None = None,
    lift: dict[str, int] | None = None,
) -> list[Person]:
    """So many customers an arm, assigned in March, who buy by a seeded list; `leaving`: how many of an arm go in May."""
    drawn = Random(seed)
    found = []
    for arm, size in arms.items():
        for k in range(size):
            one = Person(f"{name}-{arm}-{k:03d}", arm, 2)
            one.left = 4 if k < (leaving or {}).get(arm, 0) else None
            for month in range(3, 12):
                if one.is_here(month) and drawn.random() < 0.6:
                    one.bought[month] = drawn.randint(5, 60) + (lift or {}).get(arm, 0)
            found.append(one)
    return found


def published(folder: Path, trials: dict[str, list[Person]], declared: dict[str, dict], setting: str = "contractual"):
    """The run of a company with these experiments."""
    everyone = [(name, one) for name, group in trials.items() for one in group]
    write(
        folder,
        "customers",
        [
            {"customer_id": p.who, "joined_on": "2024-01-05", "left_on": "" if p.left is None else day(p.left, 20)}
            for _, p in everyone
        ],
    )
    bought = [(p.who, month, amount) for _, p in everyone for month, amount in p.bought.items()]
    write(
        folder,
        "transactions",
        [{"customer_id": who, "at": day(month, 15), "amount": f"{amount}.00"} for who, month, amount in bought],
    )
    write(
        folder,
        "treatments",
        [
            {
                "customer_id": p.who,
                "at": day(p.month, p.day),
                "initiative": name,
                "arm": p.arm,
                "cost": "0" if p.arm == "control" else p.cost,
                "stratum": p.stratum,
                "cluster": p.cluster,
            }
            for name, p in everyone
        ],
    )
    usual = {"group": "Service", "owner": "A", "cost_once": "", "cost_monthly": "", "proof_on": "", "control_share": ""}
    write(
        folder,
        "initiatives",
        [{"initiative": name, "name": name, **usual, **declared.get(name, {})} for name in trials],
    )
    contacts = [(p.who, month) for _, p in everyone for month, n in p.contacts.items() for _ in range(n)]
    write(
        folder,
        "interactions",
        [
            {"customer_id": who, "at": day(month, 16), "touchpoint": "phone", "cost": "4.00", "handle_seconds": "600"}
            for who, month in contacts or [(everyone[0][1].who, -6)]
        ],
    )
    scored = [(p.who, *p.score) for _, p in everyone if p.score is not None]
    write(
        folder,
        "feedback",
        [
            {"customer_id": who, "at": day(month, 17), "metric": "nps", "score": score}
            for who, month, score in scored or [(everyone[0][1].who, -6, 7)]
        ],
    )
    write(folder, "claims", [{"initiative": name, "claimant": "Vendor", "claimed_benefit": "1"} for name in trials])
    return run(folder, TOML.format(setting=setting))


def values(group: list[Person], arm: str, of) -> np.ndarray:
    """What `of` gives for each customer of an arm."""
    return np.array([float(of(p)) for p in group if p.arm == arm])
