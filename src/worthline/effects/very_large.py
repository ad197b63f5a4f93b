"""Customers who bring so much that an effect on money would be theirs alone. numpy only.

Reads     a History.
Gives     the History without them, how many they are and what share of margin they bring.
Method    very large (stats/very_large) by margin a month, and a tenth or more of all margin. Nobody is comparable to
          them: what befell them is counted (money.remainder), and enters no estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from worthline.effects.history import History
from worthline.metrics import formatting
from worthline.stats.very_large import largest

DOMINANT = 0.1
"""Share of all margin from which one customer's own is what a mean over all is made of."""


@dataclass(frozen=True, slots=True)
class SetApart:
    """Very large customers who are left out."""

    customers: int
    share: float
    """Of all margin."""

    def note(self) -> str:
        """What data health says of them."""
        one = self.customers == 1
        whom = formatting.how_many(self.customers, "very large customer")
        brings, is_left, them = ("brings", "is", "it") if one else ("bring", "are", "them")
        return (
            f"Effects: {whom}, who {brings} {self.share:.0%} of margin, {is_left} left out: nobody is comparable. "
            f"What befell {them} counts as times without comparable customers."
        )


def set_apart(history: History) -> tuple[History, SetApart | None]:
    """The history without customers who dominate it, and who they are; None where nobody does."""
    if not history.earned:
        return history, None
    brought = history.totals["margin"][:, -1]
    monthly = brought / np.maximum(history.months_active[:, -1], 1.0)
    whole = float(np.abs(brought).sum())
    dominant = (monthly > largest(monthly)) & (brought >= DOMINANT * whole)
    if not dominant.any():
        return history, None
    return replace(history, active=history.active & ~dominant[:, None]), SetApart(
        int(dominant.sum()), float(brought[dominant].sum() / brought.sum())
    )
