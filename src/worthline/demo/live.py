"""Customers' lives: month after month, kept whole, and lived again with one thing changed.

Reads     a World and the module of a company (mobile, shop).
Gives     Life: the people, a record of each month, and the states before each month where asked for.
Method    `again` takes some customers from the state before a month and lives on with an experience flipped; the
          chance is the same, so what differs is the flip's doing and nothing else (counterfactual simulation with
          common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worthline.demo.mobile import NOTHING, Columns
from worthline.demo.world import World

BLOCK = 65_536
"""Customers who live together: their columns fit the processor's cache."""


class Company(Protocol):
    """What a company's module gives."""

    NAME: str
    SETTING: str

    def people(self, world: World, who: NDArray[np.int64], /) -> Columns:
        """What does not change.

        Shapes: `who` (n,) numbers of customers.
        """

    def begin(self, world: World, one: Columns, /) -> Columns:
        """The state before the first month."""

    def month(self, world: World, one: Columns, state: Columns, t: int, flip: frozenset[str], /) -> Columns:
        """One month forward: changes the state, gives the record."""


@dataclass(frozen=True)
class Life:
    """The lives of some customers: `people` and each of `months` are columns of n."""

    world: World
    company: Company
    people: Columns
    months: list[Columns]
    states: list[Columns]
    """Before each month; empty unless kept."""


def live(world: World, company: Company, who: NDArray[np.int64], *, keep_states: bool = False) -> Life:
    """All months of `who`.

    Shapes: `who` (customers,).
    """
    people = company.people(world, who)
    state = company.begin(world, people)
    months, states = [], []
    for t in range(world.months):
        if keep_states:
            states.append(dict(state))
        months.append(company.month(world, people, state, t, NOTHING))
    return Life(world, company, people, months, states)


def again(life: Life, some: NDArray[Any], start: int, until: int, flip: frozenset[str]) -> list[Columns]:
    """Months start to until of the customers at places `some`, with `flip` not happening in month `start`.

    Shapes: `some` (k,) places of customers.
    """
    people = {name: column[some] for name, column in life.people.items()}
    state = {name: column[some] for name, column in life.states[start].items()}
    until = min(until, life.world.months - 1)
    return [
        life.company.month(life.world, people, state, t, flip if t == start else NOTHING)
        for t in range(start, until + 1)
    ]
