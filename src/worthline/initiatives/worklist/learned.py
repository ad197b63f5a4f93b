"""What past randomised treatments say of today's customers: what one does to each, and whom it harms. numpy only.

Reads     an experiment's rows and today's as Matrices; who stayed (or what margin came); who was treated, and by which
          chance.
Gives     Lesson: the effect for each customer of today, its range, and the groups of the experiment.
Method    the doubly robust learner (stats.doubly_robust). Effects by customer are used only where picking by them is
          worth more than treating all or nobody, told by customers who were not used to learn it; else everybody has
          the average. Where they are used they are levelled to what customers not used show among those who pay.
          Groups: GATES, intervals that hold together over all groups of all treatments (stats.policy_value).
Assumes   the effect at the horizon measured lasts for the year; today's customers unlike the experiment's have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worthline.initiatives.worklist.features import Matrices, is_alike
from worthline.stats import doubly_robust, policy_value
from worthline.stats.doubly_robust import Learned
from worthline.stats.intervals import Z95
from worthline.stats.policy_value import Gate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_UNITS = 100_000
"""Units that effects are learnt from; a seeded sample of more."""
LEAST_ARM = 50
"""Units of an arm below which nothing is learnt."""
LEAST_STRATUM = 20
WORDS = {
    "tenure_months": "tenure",
    "margin_3m": "margin of 3 months",
    "margin_12m": "margin of 12 months",
    "orders_12m": "orders of 12 months",
    "contacts_3m": "contacts of 3 months",
    "contacts_12m": "contacts of 12 months",
    "unresolved_3m": "unresolved contacts of 3 months",
    "unresolved_12m": "unresolved contacts of 12 months",
    "cost_to_serve_12m": "cost to serve",
    "months_since_contact": "months since the last contact",
    "last_score": "last score",
}
CLEAR = 0.3
"""Standard deviations by which a group differs, for it to be described by that."""


@dataclass(frozen=True)
class Trial:
    """One arm of one experiment against its control group."""

    initiative: str
    arm: str
    horizon: int
    matrices: Matrices
    outcome: Floats
    """1 where the customer stayed, else 0; of growth the gross margin gained."""
    treated: Bools
    chance: Floats
    customer: Ints
    """Number of the customer of each row; where arms are drawn anew each month one has several."""


@dataclass(frozen=True)
class Lesson:
    """What one arm does, for today's customers (m,)."""

    trial: Trial
    effect: Floats
    """NaN where a customer is unlike the experiment's."""
    factor_low: float
    """The effect's 95% interval, as a shift of every customer's effect."""
    factor_high: float
    is_by_customer: bool
    group: Ints
    """Group of each customer of today, from the most harmed."""
    gates: tuple[Gate, ...]
    described: tuple[str, ...]

    @property
    def is_harmed(self) -> Bools:
        """Customers of today in a group that is harmed."""
        harmed = [gate.group for gate in self.gates if gate.is_harmed]
        return np.isin(self.group, harmed)

    @property
    def says(self) -> str:
        """From how many it was learnt."""
        control = int((~self.trial.treated).sum())
        return (
            f"{len(self.trial.outcome):,} customers, {control:,} of them in control, after {self.trial.horizon} months"
        )


def trial(
    initiative: str,
    arm: str,
    horizon: int,
    matrices: Matrices,
    outcome: Floats,
    treated: Bools,
    stratum: Ints,
    customer: Ints,
) -> Trial:
    """With the chance of treatment, which is the share treated of the stratum; of few, of all.

    Shapes: `outcome`, `treated`, `stratum`, `customer` (n,).
    """
    share = np.full(len(outcome), float(treated.mean()))
    for number in np.unique(stratum):
        own = stratum == number
        size, part = int(own.sum()), float(treated[own].mean())
        if size >= LEAST_STRATUM and 0.02 < part < 0.98:
            share[own] = part
    numbers = np.unique(customer, return_inverse=True)[1].reshape(-1)
    return Trial(initiative, arm, horizon, matrices, outcome, treated, share, numbers)


def sampled(units: int) -> Ints:
    """Rows that effects are learnt from."""
    if units <= MOST_UNITS:
        return np.arange(units)
    draw = np.random.Generator(np.random.Philox(doubly_robust.SEED))
    return np.sort(draw.choice(units, MOST_UNITS, replace=False))


def lesson(trial: Trial, *, lost: float, cost: float, family: int) -> Lesson:
    """`lost`: money that an effect of 1 is worth on average, `cost` of treating, `family`: groups looked at in all."""
    x = trial.matrices.past
    learned = doubly_robust.learn(x, trial.outcome, trial.treated, trial.chance, cluster=trial.customer)
    gain, costs = np.full(len(x), max(lost, 0.0)), np.full(len(x), cost)
    picked = policy_value.best_policy(learned, gain=gain, cost=costs)
    is_by_customer = 0 < int(picked.sum()) < len(picked)
    today = trial.matrices.today
    estimated = learned.effects(today)
    if is_by_customer:
        rows = picked
        level = float(learned.pseudo[rows].mean() - learned.told[rows].mean())
        effect = np.where(estimated * lost > cost, estimated + level, estimated)
    else:
        rows = np.ones(len(x), np.bool_)
        effect = np.full(len(today), float(learned.pseudo.mean()))
    _, error = policy_value.mean(learned.pseudo[rows], trial.customer[rows])
    groups = 1 if learned.effects.is_constant else policy_value.groups_for(len(x))
    gates = policy_value.gates(learned.pseudo, learned.told, groups, family=family, cluster=trial.customer)
    group = np.searchsorted([gate.lowest for gate in gates[1:]], estimated, side="right").astype(np.int64)
    alike = is_alike(trial.matrices)
    return Lesson(
        trial,
        np.where(alike, effect, np.nan),
        -Z95 * error,
        Z95 * error,
        is_by_customer,
        np.where(alike, group, -1),
        tuple(gates),
        tuple(_described(trial.matrices, learned, gate, gates) for gate in gates),
    )


def groups(units: int) -> int:
    """Groups that an experiment of so many units is looked at by."""
    return policy_value.groups_for(len(sampled(units)))


def _described(made: Matrices, learned: Learned, gate: Gate, gates: list[Gate]) -> str:
    """How the group differs from the others, by its two clearest columns."""
    if len(gates) == 1:
        return "all customers like those treated"
    member = np.searchsorted([one.lowest for one in gates[1:]], learned.told, side="right") == gate.group
    difference = made.past[member].mean(axis=0) - made.past[~member].mean(axis=0)
    order = [k for k in np.argsort(-np.abs(difference)) if abs(difference[k]) >= CLEAR][:2]
    parts = [_part(made.names[k], float(difference[k])) for k in order]
    return " and ".join(parts) or "a group that no single characteristic describes"


def _part(name: str, difference: float) -> str:
    if name.startswith("no "):
        plain = f"no {WORDS[name[3:]]}"
        return f"more often {plain}" if difference > 0 else f"less often {plain}"
    return f"{'higher' if difference > 0 else 'lower'} {WORDS[name]}"
