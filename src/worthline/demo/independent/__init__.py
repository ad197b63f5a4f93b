"""A second simulator: worlds that share no code with the lives of `worthline demo`, their truth by living again.

    from worthline.demo import independent

    world = independent.make("u_shaped", seed=3)               # customers=3000, months=30
    world = independent.make("hidden", seed=3, hidden=1.0)     # any switch of settings.Setting by name
    world.write(folder)                                        # CSV files and worthline.toml: run it
    world.truth.effects                                        # (cause, outcome, horizon_months, truth, error, ...)
    world.truth.money                                          # 12-month margin of experiences: each, and "total"
    world.truth.margin_12m[world.truth.active].sum()           # what the next twelve months brought
    world.truth.left(3).mean()                                 # who left
    world.life                                                 # everything as arrays: people, records, states

Settings by name: `independent.SETTINGS` (settings.py says what each switch does). `world.truth` is worked out when
first read (100 lives, some seconds); `lives=20` is enough for most tests: `effect.error` says how exact it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from worthline.demo.independent.files import write
from worthline.demo.independent.settings import SETTINGS, Harm, Setting, null
from worthline.demo.independent.surveys import Surveys, ask
from worthline.demo.independent.truth import Effect, Money, Truth, effects, next_year
from worthline.demo.independent.world import Life, live

__all__ = ["SETTINGS", "Effect", "Harm", "Life", "Money", "Setting", "Truth", "World", "make", "null"]


@dataclass(frozen=True)
class World:
    """One world: lived, ready to be written and held against."""

    life: Life
    lives: int
    lapse_months: int = 12
    """Months without an order after which a shop's customer is none: for whom effects are true. A run may say 3."""

    @cached_property
    def surveys(self) -> Surveys:
        """Who was asked and what they would have said."""
        return ask(self.life)

    def write(self, folder: Path) -> None:
        """Write the company's folder. Raises OSError."""
        write(self.life, self.surveys, folder)

    @cached_property
    def truth(self) -> Truth:
        """What is true, by living again."""
        life = self.life
        after = life.records[life.months :]
        active = life.states[life.months].alive & (life.people.joined < life.months)
        leaves = np.zeros(life.customers, int)
        for ahead, record in enumerate(after, start=1):
            leaves[record["leaves"]] = ahead
        all_effects, money = effects(life, self.lives, self.lapse_months)
        return Truth(
            all_effects,
            money,
            active,
            np.sum([record["margin"] for record in after], axis=0),
            next_year(life, active, self.lives),
            np.array([record["orders"] for record in after]).T,
            leaves,
            self.surveys.nps,
            self.surveys.nps_today,
        )


def make(
    setting: str | Setting,
    seed: int,
    customers: int = 3_000,
    months: int = 30,
    lives: int = 100,
    lapse_months: int = 12,
    **switches: Any,
) -> World:
    """Live one world; `switches` change the setting's fields by name. Raises KeyError for an unknown setting."""
    chosen = SETTINGS[setting] if isinstance(setting, str) else setting
    return World(live(replace(chosen, **switches), seed, customers, months), lives, lapse_months)
