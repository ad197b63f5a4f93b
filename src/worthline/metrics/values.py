"""The two words of this room: a Metric, defined once, and a Value of it.

Reads     nothing.
Gives     Metric (what registry_soft and registry_hard declare) and Value (what compute gathers).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from worthline.results import Unit

Better = Literal["up", "down", "neither"]
Period = Literal["month", "12m", "finance"]
"""12m: or the whole period, such as 9m, where data are younger than that.
finance: the periods that the finance table brings, such as 2026-09, 2026-Q3 or 2026."""

Needs = tuple[tuple[str, tuple[str, ...]], ...]
"""Tables and columns that must be brought, e.g. (("interactions", ("resolved",)),)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What one metric means; every place that shows it reads it here."""

    name: str
    label: str
    definition: str
    unit: Unit
    family: str
    better: Better
    periods: tuple[Period, ...]
    """("month",) alone marks a stock: what stands on the last day of the month."""
    needs: Needs
    undefined: str
    """When its value is null, in words."""


@dataclass(frozen=True, slots=True)
class Value:
    """One metric of one period and member; `value` is None where it is undefined, never 0.

    Money may come as Decimal, unrounded: compute rounds it once, to the currency's digits. Shares lie
    between 0 and 1; `n` is the sample (answers, contacts, customers).
    """

    metric: str
    period: str
    dimension: str
    member: str
    value: float | Decimal | None
    low: float | Decimal | None = None
    high: float | Decimal | None = None
    n: int | None = None
    respondents: int | None = None
    """People who gave the `n` answers, where they may have answered more than once."""
