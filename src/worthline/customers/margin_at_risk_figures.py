"""Margin at risk as figures: sums with their range, sentences, methods. Arithmetic only.

Gives     Sums of a group of customers with its interval; the figure margin_at_risk and its companion.
Method    the range is of outcomes: who leaves is chance (each customer apart), and the level of leaving and the level
          of value may be off by as much as their own back-tests show, for all customers at once; each of them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt
from typing import TYPE_CHECKING

from worthline.metrics import formatting
from worthline.results import Figure
from worthline.stats.intervals import Z95
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from worthline.results import Leak, Resolved

TABLES = ("customer_scores", "margin_at_risk", "backtests")
SQL = (
    "select sum(margin_at_risk) as value, sum(p_leave_12m) as leavers, count(margin_at_risk) as n\nfrom customer_scores"
)
ROW_OF_YEAR = (
    "round(greatest(least(p_leave_12m * (margin_12m - coalesce(cost_to_serve_12m, 0))\n"
    "  / greatest(least(tenure_months + 1, 12), 1) * 12 * {part}, margin_at_risk), 0), {digits})"
)
YEAR_SQL = f"select sum({ROW_OF_YEAR}) as value, count(*) as n\nfrom customer_scores where margin_at_risk is not null"
_CENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Sums:
    """Some customers together."""

    customers: int
    leavers: float
    """Expected within a year."""
    at_risk: Decimal
    year: Decimal | None
    """The part within the next twelve months."""
    spread: float
    """Variance of what is lost, by who happens to leave."""

    def interval(self, wide: float) -> tuple[Decimal, Decimal]:
        """95% of outcomes; `wide`: relative standard error that all customers share."""
        sd = sqrt(max(self.spread, 0.0) + (wide * float(self.at_risk)) ** 2)
        half = Decimal(repr(round(Z95 * sd, 4)))
        least = min(self.at_risk, Decimal(0))  # nothing below zero is at risk where nobody is worth less than that
        return max(self.at_risk - half, least).quantize(_CENT), (self.at_risk + half).quantize(_CENT)


def spread(backtests: pa.Table | None, equity: tuple[float, float, float] | None, at_risk: float = 0.0) -> float:
    """Relative error that strikes all customers at once: of the level of leaving, and of the level of value.

    The range of equity holds the level of leaving already: so many times as wrong, it moves equity by margin `at_risk`
    over equity. That part is taken out, so that the level of leaving counts once.
    """
    leaving, value = _level_of_leaving(backtests), 0.0
    if equity is not None and equity[0] > 0:
        value = (equity[2] - equity[1]) / (2 * Z95) / equity[0]
        value = sqrt(max(value**2 - (leaving * at_risk / equity[0]) ** 2, 0.0)) if isfinite(value) else 0.0
    return sqrt(leaving**2 + value**2)


def _level_of_leaving(backtests: pa.Table | None) -> float:
    """Its relative error in the churn model's backtest, at least what that backtest could tell from none."""
    rows = backtests.to_pylist() if backtests is not None else []
    tested = [row for row in rows if row["model"] == "risk"]
    horizons = {row["horizon"] for row in tested}
    longest = 12 if 12 in horizons else max(horizons, default=12)  # of two snapshots the time between them
    own = {row["measure"]: row for row in tested if row["horizon"] == longest}
    left, predicted = own.get("share_left"), own.get("share_predicted")
    if not (left and predicted and left["value"] and predicted["value"]):
        return 0.0
    parts = ((left["high"] - left["low"]) / (2 * Z95) / left["value"], abs(predicted["value"] / left["value"] - 1))
    return max((part for part in parts if isfinite(part)), default=0.0)


def part_of_year(s: Resolved) -> float:
    """The part of a year's margin that a leaver does not bring: who ends a contract is here, on average, for half."""
    return 0.5 if s.setting == "contractual" else 1.0


def figures(s: Resolved, whole: Sums, wide: float, leaks: Sequence[Leak] = ()) -> tuple[Figure, Figure]:
    """Margin at risk; the part inside the next twelve months."""
    return _whole(s, whole, wide, leaks), _year(s, whole, wide)


def unknown(s: Resolved, reason: str) -> Figure:
    """The figure where it cannot be told."""
    return Figure(
        name="margin_at_risk",
        label="Margin at risk",
        value=None,
        unit="money",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=f"Margin at risk is not known: {reason}.",
        method="Chance of leaving within twelve months x (value if kept - value if left), added up.",
    )


def _whole(s: Resolved, whole: Sums, wide: float, leaks: Sequence[Leak]) -> Figure:
    low, high = whole.interval(wide)
    does = "leave" if s.setting == "contractual" else "stop buying"
    says = (
        f"We expect {formatting.how_many(round(whole.leavers), 'customer')} to {does} within 12 months, with "
        f"{_money(whole.at_risk, s)} of future margin (95% CI {_money(low, s)} to {_money(high, s)})"
    )
    if whole.year:
        says += f", {_money(whole.year, s)} of it in those months"
    return Figure(
        name="margin_at_risk",
        label="Margin at risk",
        value=_float(whole.at_risk, s),
        unit="money",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=says + ". Includes normal churn." + _left_out(leaks),
        method=(
            "Chance of leaving within twelve months x (value if kept - value if left), added up over customers: "
            "each counts once, and leaving is not counted twice. The range is of outcomes: who happens to leave. It "
            "also covers the errors of the levels of leaving and value that the backtests show. Departments get shares "
            "by what went wrong in twelve months at the touchpoints that they own (contacts left unresolved, "
            "deliveries late); the rest is unassigned. It is whose customers are at risk, not what a department caused."
        ),
        low=_float(low, s),
        high=_float(high, s),
        n=whole.customers,
        tables=TABLES,
        details={"expected_leavers": round(whole.leavers, 1), "horizon_months": 12, "sql": SQL},
    )


def _left_out(leaks: Sequence[Leak]) -> str:
    """That columns which know the outcome are not in it."""
    if not leaks:
        return ""
    names = ", ".join(f"{leak.table}.{leak.column}" for leak in leaks)
    return f" Left out of the churn model, as {'they know' if len(leaks) > 1 else 'it knows'} the outcome: {names}."


def _year(s: Resolved, whole: Sums, wide: float) -> Figure:
    amount = whole.year
    half = None if amount is None else Decimal(repr(round(Z95 * wide * float(amount), 4)))
    return Figure(
        name="margin_at_risk_12m",
        label="Margin at risk within 12 months",
        value=None if amount is None else _float(amount, s),
        unit="money",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=(
            "How much of it falls inside this year is not known: margin by customer is missing."
            if amount is None
            else f"Of the margin at risk, {_money(amount, s)} would be missing within the next twelve months."
        ),
        method=_method_of_year(s),
        low=None if amount is None or half is None else _float(amount - half, s),
        high=None if amount is None or half is None else _float(amount + half, s),
        n=whole.customers,
        tables=TABLES[:1],
        details={"sql": YEAR_SQL.format(digits=currency_digits(s.currency), part=part_of_year(s))},
    )


def _method_of_year(s: Resolved) -> str:
    share, why = (
        ("half of a year's margin", "A customer who leaves does so, on average, in the middle of the year")
        if s.setting == "contractual"
        else ("a year's margin", "A customer who stops buying buys nothing in all of it")
    )
    return (
        f"Chance of leaving within twelve months x {share} net of the cost to serve. {why}. Of no customer more "
        "than the whole. A year's margin is that of the last twelve months. For newer customers it is scaled to a year."
    )


def _money(amount: Decimal, s: Resolved) -> str:
    return formatting.money_prose(round(amount, currency_digits(s.currency)), s.currency)


def _float(amount: Decimal, s: Resolved) -> float:
    return float(round(amount, currency_digits(s.currency)))
