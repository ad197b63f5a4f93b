"""What the front line can do for a customer, as the actions table says it. Arithmetic and words only.

Reads     rows of `actions`, names of initiatives in `treatments`.
Gives     Action: cost, capacity a week, purpose, whom it is for, the initiative that measured it.
Method    an action and an initiative are one where the table says so, or where their names agree but for plural and
          punctuation: save_call and save_calls.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from worthline.initiatives.worklist import rules
from worthline.initiatives.worklist.rules import Comparison

STAYING, FIRST_PURCHASE = "staying", "first purchase"


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    name: str
    cost: Decimal
    capacity_per_week: int
    purpose: str
    eligible: str | None
    rule: tuple[Comparison, ...] | None
    """`eligible` as a rule; None where it is in words, for the caller to judge."""
    offer_limit: Decimal | None
    initiative: str | None
    """Whose past treatments tell what the action does; None where there are none."""
    assumed_gain: Decimal | None

    @property
    def label(self) -> str:
        """Its name in words."""
        return self.name.replace("_", " ").strip().lower()

    @property
    def is_for_staying(self) -> bool:
        """Whether its gain is what a customer is worth if kept, less if left."""
        return self.purpose == STAYING

    @property
    def is_for_prospects(self) -> bool:
        """Whether it is for people who are not customers yet."""
        return self.purpose == FIRST_PURCHASE

    @property
    def trial(self) -> str:
        """Under which name its control group is drawn."""
        return self.initiative or self.name


def read(rows: Sequence[dict[str, Any]], initiatives: Collection[str], columns: Collection[str]) -> list[Action]:
    """Actions in order of name; `columns`: those that a rule may name."""
    return [
        Action(
            name=row["action"],
            cost=row["cost"],
            capacity_per_week=int(row["capacity_per_week"]),
            purpose=row.get("purpose") or STAYING,
            eligible=row.get("eligible"),
            rule=rules.read(row["eligible"], columns) if row.get("eligible") else None,
            offer_limit=row.get("offer_limit"),
            initiative=_measured_by(row["action"], row.get("initiative"), initiatives),
            assumed_gain=row.get("assumed_gain"),
        )
        for row in rows
        if row["cost"] is not None and row["capacity_per_week"] is not None
    ]


def _measured_by(action: str, declared: str | None, initiatives: Collection[str]) -> str | None:
    wanted = _plain(declared or action)
    return next((name for name in sorted(initiatives) if _plain(name) == wanted), None)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower()).rstrip("s")
