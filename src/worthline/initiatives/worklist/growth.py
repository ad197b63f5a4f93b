"""What a past experiment says a growth action brings a customer: upsell, wallet, balances, first purchase. numpy only.

Reads     rows of initiative_results.
Gives     MeasuredGain: gross margin a treated customer, with its interval.
Method    the effect on gross margin of the action's initiative, graded A, at the longest horizon that at least half of
          its customers have complete; of several arms that with most customers. Margin of later months is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HALF = 0.5
RANDOMISED = "A"


@dataclass(frozen=True, slots=True)
class MeasuredGain:
    """Gross margin that one treated customer brought within `horizon` months, on average."""

    estimate: float
    low: float
    high: float
    horizon: int
    treated: int
    control: int
    arm: str

    def factor(self, rate: float) -> float:
        """What money of the horizon is worth today, as if it all came in its middle; `rate`: a year."""
        return float((1 + rate) ** (-self.horizon / 24))

    def discounted(self, rate: float) -> MeasuredGain:
        """In today's money."""
        factor = self.factor(rate)
        ends = self.estimate * factor, self.low * factor, self.high * factor
        return MeasuredGain(*ends, self.horizon, self.treated, self.control, self.arm)


def gain(results: Sequence[Mapping[str, Any]], initiative: str | None) -> MeasuredGain | None:
    """What an initiative brought; None where no experiment of grade A tells its margin."""
    own = [
        row
        for row in results
        if (row["initiative"], row["outcome"], row["segment"]) == (initiative, "margin", "all")
        and row["grade"] == RANDOMISED
        and row["control"]
        and None not in (row["estimate"], row["low"], row["high"])
    ]
    most = max((row["treated"] + row["control"] for row in own), default=0)
    enough = [row for row in own if row["treated"] + row["control"] >= HALF * most]
    if not enough:
        return None
    best = max(enough, key=lambda row: (row["horizon_months"], row["treated"], row["arm"]))
    ends = float(best["estimate"]), float(best["low"]), float(best["high"])
    return MeasuredGain(*ends, best["horizon_months"], best["treated"], best["control"], best["arm"])
