"""How customers were assigned who were assigned more than once. Arithmetic only.

Reads     counts of arm followed by arm in a later month.
Gives     Assignment: whether arms were drawn anew each month, and how many customers changed arms where they were not.
Method    if the next arm does not depend on the arm before (Pearson's chi-square), each month had a lot of its own.
          If it nearly always is the same, the first assignment lasts. Else some customers changed arms midway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

ANEW_P = 0.001


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a unit is."""

    is_drawn_anew: bool = False
    """Each month's assignment is a unit; customers are clusters. Else a customer's first assignment is the unit."""
    crossed_over: int = 0


def kind_of_assignment(repeats: Sequence[Mapping[str, Any]]) -> Assignment:
    """From rows of queries.repeats: arm, next_arm, n."""
    changed = sum(row["n"] for row in repeats if row["arm"] != row["next_arm"])
    if not changed:
        return Assignment()
    before = sorted({row["arm"] for row in repeats})
    after = sorted({row["next_arm"] for row in repeats})
    table = np.zeros((len(before), len(after)))
    for row in repeats:
        table[before.index(row["arm"]), after.index(row["next_arm"])] += row["n"]
    if min(table.shape) < 2 or changed == table.sum():
        return Assignment(crossed_over=int(changed))  # customers of one arm alone, or all of them, were moved: no lot
    independent = scipy.stats.chi2_contingency(table, correction=False).pvalue >= ANEW_P
    return Assignment(is_drawn_anew=True) if independent else Assignment(crossed_over=int(changed))
