"""Worlds of two overlapping randomised initiatives and a universal control group, whose joint effect is known.

Gives     `judge`: in one world, whether the total's and each claim's interval hold the truth, whether the parts add up,
          and how far what nobody claims lies from the truth.
Method    a customer has 10 + effects + noise. Every initiative is offered to a random part of the customers outside the
          universal control group, half of them treated. Kinds: effects that add up; that help each other; that stand in
          each other's way; an initiative without a control group of its own beside them; cells of under 200 customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from worthline.initiatives import joint, shapley
from worthline.stats.experiments import intention_to_treat

TRIALS = ("a", "b")
ALONE = (3.0, 2.0)
NOISE, UNIVERSAL, OFFERED = 20.0, 0.05, 0.7


@dataclass(frozen=True)
class Kind:
    """What initiatives do to each other, and how many customers there are."""

    together: float = 0.0
    """What both bring to a customer beyond the sum of each alone."""
    unmeasured: float = 0.0
    """What an initiative without a control group of its own brings everybody outside the universal control group."""
    customers: int = 20_000


KINDS = {
    "effects add up": Kind(),
    "help each other": Kind(together=4.0),
    "stand in each other's way": Kind(together=-4.0),
    "one without a control group": Kind(together=4.0, unmeasured=2.0),
    "cells of under 200": Kind(customers=1_000),
}


def judge(kind: str, seed: int) -> dict[str, Any]:
    """What is said of one world beside its truth."""
    one = KINDS[kind]
    draw = np.random.Generator(np.random.Philox([seed, list(KINDS).index(kind)]))
    n = one.customers
    is_open = draw.random(n) >= UNIVERSAL
    assigned = (draw.random((n, 2)) < OFFERED) & is_open[:, None]
    treated = assigned & (draw.random((n, 2)) < 0.5)
    both = treated.all(axis=1)
    before = NOISE * draw.standard_normal(n)
    gain = treated @ np.array(ALONE) + one.together * both + one.unmeasured * is_open
    value = 10 + 0.5 * before + gain + NOISE * draw.standard_normal(n)
    measured = intention_to_treat(value, is_open, covariate=before[:, None], stratum=np.zeros(n, np.int64))
    slope = np.polyfit(before[is_open], value[is_open], 1)[0]
    made = shapley.split((value - slope * before)[is_open], assigned[is_open], treated[is_open])
    sizes = int(is_open.sum())
    lines = joint.parts(measured.estimate * sizes, TRIALS, made, 2)
    shares = treated.sum(axis=0) * np.array(ALONE) + both.sum() * one.together / 2
    low, high = measured.interval()
    total = float(gain[is_open].sum())
    return {
        "adds up": sum(lines.values()) == round(Decimal(repr(measured.estimate * sizes)), 2),
        "total": low * sizes <= total <= high * sizes,
        "claims": [bool(abs(float(lines[name]) - shares[k]) <= 1.96 * made.errors[k]) for k, name in enumerate(TRIALS)],
        "claim_bias": [(float(lines[name]) - shares[k]) / made.errors[k] for k, name in enumerate(TRIALS)],
        "unclaimed": float(lines[joint.UNCLAIMED]) / sizes,
        "unclaimed_truth": (total - float(shares.sum())) / sizes,
        "additive": int(made.additive.sum()),
    }


def study(kind: str, worlds: int) -> dict[str, float]:
    """Shares of worlds: adds up, the total's interval holds, claims' intervals hold; mean errors."""
    found = [judge(kind, seed) for seed in range(worlds)]
    apart = np.array([one["unclaimed"] - one["unclaimed_truth"] for one in found])
    return {
        "worlds": worlds,
        "adds up": float(np.mean([one["adds up"] for one in found])),
        "total": float(np.mean([one["total"] for one in found])),
        "claims": float(np.mean([one["claims"] for one in found])),
        "claim_bias": float(np.mean([one["claim_bias"] for one in found])),
        "unclaimed_bias": float(apart.mean()),
        "unclaimed_error": float(apart.std(ddof=1) / np.sqrt(worlds)),
        "additive": float(np.mean([one["additive"] > 0 for one in found])),
    }
