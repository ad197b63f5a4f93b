"""Effects that a run published beside those that are true: which of its intervals hold the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from worthline.demo import make
from worthline.run import Run

CAUSES = {"outage": "Network outage", "billing_error": "Wrong bill", "late": "failed: Delivery in time"}
"""What runs call the experiences of the generator that are not of contacts."""
OUTCOMES = {"orders": "purchases"}


class Key(NamedTuple):
    """One effect, as a run names it."""

    cause: str
    outcome: str
    horizon_months: int
    segment: str


def true_effects(folder: Path) -> dict[Key, float]:
    """truth.json's effects by the names that a run gives them."""
    found = {}
    for one in json.loads((folder / make.TRUTH).read_text("utf-8"))["effects"]:
        at = one["touchpoint"]
        cause = CAUSES.get(one["cause"]) or {
            "unresolved": f"unresolved: {at}" if at else "unresolved contact",
            "long_wait": f"long wait: {at}" if at else "long wait",
        }.get(one["cause"])
        outcome = OUTCOMES.get(one["outcome"], one["outcome"])
        found[Key(cause, outcome, one["horizon_months"], one["segment"] or "all")] = one["truth"]
    return found


def held(folder: Path, run: Run) -> dict[Key, bool]:
    """Of each published effect whose truth is known: whether its interval holds it."""
    truth, found = true_effects(folder), {}
    told = run.sql(f"select {', '.join(Key._fields)}, low, high from effects where estimate is not null")
    for row in told.to_pylist():
        low, high = row.pop("low"), row.pop("high")
        key = Key(**row)
        if key in truth and low is not None:
            found[key] = low <= truth[key] <= high
    return found
