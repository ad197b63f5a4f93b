"""What each action is expected to do for each customer, and how that is known. numpy only.

Reads     columns of gather.today by name, the actions, what is assumed of them.
Gives     Expected: gain before cost a customer, with its range, the effect on staying, and the grade.
Method    staying: effect on the probability of staying x (value if kept - value if left). Until an action has run with
          a control group its effect is an assumption (E): it keeps a share of the customers who would leave, so that
          the gain is this share of their margin at risk. Growth: the gain that the actions table assumes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worthline.initiatives.worklist.actions import Action
from worthline.metrics import formatting
from worthline.results import ActionSettings, Grade

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one action, for every customer of today: shape (customers,), NaN where nothing can be expected."""

    gain: Floats
    """Before cost, in money."""
    low: Floats
    high: Floats
    effect: Floats
    """Change of the probability of staying; NaN for growth."""
    grade: Grade
    says: str

    @property
    def is_assumed(self) -> bool:
        """Whether no control group has measured it."""
        return self.grade == "E"


def assumed(action: Action, p: Floats, at_risk: Floats, settings: ActionSettings) -> Expected:
    """By the declared assumption."""
    blank = np.full(len(p), np.nan)
    if not action.is_for_staying:
        if action.assumed_gain is None:
            says = f"What {action.label} brings is not known: set assumed_gain, or run it with a control group."
            return Expected(blank, blank, blank, blank, "E", says)
        gain = np.full(len(p), float(action.assumed_gain))
        return Expected(gain, gain, gain, blank, "E", f"Assumed, not measured: {action.label} brings its assumed gain.")
    kept, ends = settings.assumed_kept, (settings.assumed_kept_low, settings.assumed_kept_high)
    says = (
        f"Assumed, not measured: {action.label} keeps {formatting.share(kept, 0)} of the customers who would leave "
        f"({formatting.share(ends[0], 0)} to {formatting.share(ends[1], 0)})."
    )
    return Expected(at_risk * kept, at_risk * ends[0], at_risk * ends[1], p * kept, "E", says)
