"""Each customer: value, churn and its risk factors, predicted score."""

from __future__ import annotations

from worthline.customers.analyse import analyse
from worthline.customers.risk.features import suspects

__all__ = ["analyse", "suspects"]
