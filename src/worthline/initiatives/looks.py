"""How an experiment stood at the close of each month while it ran. numpy only.

Reads     a Trial.
Gives     Look: estimate and running interval at the close of each month; whether harm was shown, and when.
Method    a unit enters when its window is complete; the running interval of stats.sequential, planned for all units
          assigned so far. It is for stopping only: on the date of proof the interval of the fixed sample counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from worthline.initiatives.experiment import Trial, effect
from worthline.initiatives.outcomes import OUTCOMES
from worthline.panel.treatments import CONTROL
from worthline.stats.experiments import Bools
from worthline.stats.sequential import START, half_width, one_sided_width

WINDOW = 3
"""Months of the outcome that is looked at while an experiment runs."""
LOOKED_AT = ("retention", "margin")


@dataclass(frozen=True, slots=True)
class Look:
    """One outcome of one arm at the close of one month (number since year 0)."""

    initiative: str
    arm: str
    outcome: str
    month: int
    estimate: float
    running_low: float
    running_high: float
    n: int
    is_harm: bool
    """Whether the one-sided bound leaves out every benefit."""


def looks(one: Trial, arm: str, outcomes: tuple[str, ...]) -> list[Look]:
    """All looks at the outcomes that are watched."""
    all_looks: list[Look] = []
    in_arms = one.is_arm(arm) | one.is_arm(CONTROL)
    for name in (n for n in LOOKED_AT if n in outcomes):
        outcome = OUTCOMES[name]
        planned = int(in_arms.sum())
        seen_before: Bools | None = None
        last = one.known_to(outcome)
        for month in range(int(one.month.min(initial=last)) + WINDOW, last + 1):
            seen = in_arms & (one.month + WINDOW <= month)
            if min(int((seen & one.is_arm(arm)).sum()), int((seen & one.is_arm(CONTROL)).sum())) < START:
                continue
            if seen_before is not None and np.array_equal(seen, seen_before):
                if all_looks and all_looks[-1].outcome == name:
                    all_looks.append(replace(all_looks[-1], month=month))  # nobody's window has ended since
                continue
            seen_before = seen
            measured = effect(one, arm, outcome, WINDOW, among=seen)
            if measured is None or measured.effect is None:
                continue
            estimate, variance = measured.effect.estimate, measured.effect.error**2
            n = measured.effect.treated + measured.effect.control
            half = half_width(variance, n, planned)
            bound = one_sided_width(variance, n, planned)
            harm = estimate + bound < 0 if outcome.higher_is_better else estimate - bound > 0
            all_looks.append(
                Look(one.initiative, arm, name, month, estimate, estimate - half, estimate + half, n, harm)
            )
    return all_looks


def harmful_since(all_looks: list[Look], arm: str) -> int | None:
    """The first month at whose close an arm was shown to harm; None where it was not."""
    months = [look.month for look in all_looks if look.arm == arm and look.is_harm]
    return min(months, default=None)


def at_last_look(all_looks: list[Look], arm: str, outcome: str) -> Look | None:
    """The latest look."""
    own = [look for look in all_looks if look.arm == arm and look.outcome == outcome]
    return max(own, key=lambda look: look.month, default=None)
