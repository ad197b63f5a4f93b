"""A plan before it is written down: customers, actions, what is expected, who was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.effects import Expected
from worthline.initiatives.worklist.policy import Bools, Ints, Pairs, Plan
from worthline.initiatives.worklist.sizing import Sizing

TREATED, CONTROL = "treated", "control"


@dataclass(frozen=True)
class Made:
    """A plan before it is written down."""

    ids: list[str]
    is_universal: Bools
    actions: Sequence[Action]
    expected: Sequence[Expected]
    sizes: Sequence[Sizing]
    pairs: Pairs
    plan: Plan
    week: Ints
    """Of each row of the plan."""
