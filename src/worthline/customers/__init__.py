"""Each customer: what they are worth, who will leave and why, how they all feel."""

from __future__ import annotations

from worthline.customers.analyse import analyse
from worthline.customers.risk.features import suspects

__all__ = ["analyse", "suspects"]
