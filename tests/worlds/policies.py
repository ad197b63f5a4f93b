"""Worlds of randomised customers whose true effects are known: how well a policy that is learnt from them decides.

Gives     `world`: covariates, outcome, arm, chance, true effect on staying, money that goes with a customer; `judge`: the
          true value of the learnt policy beside treat-all, treat-none and the oracle, and what the groups said.
Method    staying is drawn from a base and an effect that both hang on covariates. Kinds: linear; a box (two conditions
          at once, nothing elsewhere); a wave (no line tells it); everyone harmed, some more (texts); nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.stats import doubly_robust, policy_value

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
COST = 3.0
KINDS = ("linear", "box", "wave")
"""Kinds in which some customers should be treated and others not."""
COLUMNS = 8


@dataclass(frozen=True)
class World:
    """One experiment, its truth beside."""

    x: Floats
    stayed: Floats
    treated: Bools
    chance: Floats
    effect: Floats
    stake: Floats

    @property
    def net(self) -> Floats:
        """True net gain of treating each."""
        return self.stake * self.effect - COST

    def worth(self, picked: Bools) -> float:
        """True net gain a customer of treating the picked."""
        return float((picked * self.net).mean())


def world(kind: str, seed: int, customers: int = 50_000, share: float = 0.5) -> World:
    """A world of `kind`; `share` of its customers treated, by lot."""
    draw = np.random.Generator(np.random.Philox([seed, len(kind)]))
    x = draw.normal(size=(customers, COLUMNS))
    x[:, 5], x[:, 6] = x[:, 5] > 0.3, np.exp(0.5 * x[:, 6])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    leaves = 1 / (1 + np.exp(-(-1.6 + 0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * (x[:, 2] > 0))))
    effect = np.clip(_effect(kind, x, leaves), -0.9, leaves)
    treated = draw.random(customers) < share
    stays = np.clip(1 - leaves + effect * treated, 0, 1)
    stayed = (draw.random(customers) < stays).astype(np.float64)
    return World(x, stayed, treated, np.full(customers, share), effect, np.exp(draw.normal(5.8, 0.5, customers)))


def _effect(kind: str, x: Floats, leaves: Floats) -> Floats:
    if kind == "linear":
        return np.asarray(0.04 * x[:, 0] + 0.02 * (x[:, 3] > 0) - 0.015)
    if kind == "box":
        return np.where((x[:, 1] > 0) & (x[:, 4] > 0), 0.10, -0.02)
    if kind == "wave":
        return np.asarray(0.04 * np.sin(2 * x[:, 0]) - 0.005 * x[:, 5])
    if kind == "harm":
        return np.asarray(-0.3 * leaves * (x[:, 0] > 0) - 0.02)
    return np.zeros(len(x))


def judge(kind: str, seed: int, customers: int = 50_000) -> dict[str, Any]:
    """What the learnt policy is truly worth in one world, what is said of it, and which groups are called harmed."""
    made = world(kind, seed, customers)
    learned = doubly_robust.learn(made.x, made.stayed, made.treated, made.chance)
    cost = np.full(customers, COST)
    everyone, nobody = np.ones(customers, np.bool_), np.zeros(customers, np.bool_)
    picked = policy_value.best_policy(learned, gain=made.stake, cost=cost)
    said = policy_value.value(learned.pseudo, picked, gain=made.stake, cost=cost)
    better = everyone if made.worth(everyone) > 0 else nobody
    apart = policy_value.difference(learned.pseudo, made.net > 0, better, gain=made.stake, cost=cost)
    groups = policy_value.groups_for(customers)
    gates = policy_value.gates(learned.pseudo, learned.told, groups, family=groups)
    return {
        "policy": made.worth(picked),
        "all": made.worth(everyone),
        "oracle": made.worth(made.net > 0),
        "oracle_gain_in_errors": (made.worth(made.net > 0) - made.worth(better)) / max(apart.error, 1e-12),
        "said": said.mean,
        "low": said.interval()[0],
        "high": said.interval()[1],
        "groups": len(gates),
        "harmed": sum(gate.is_harmed for gate in gates),
    }
