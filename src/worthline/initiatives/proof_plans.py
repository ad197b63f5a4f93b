"""Prove this: the control group that would prove a figure or effect which is only estimated, correlated or assumed.

Reads     figures; rows of effects, initiative_results, initiative_costs and control_groups.
Gives     the table proof_plans: for each of grade C, D or E the customers, weeks and cost of a control group.
Method    the effect to find is the estimate; where its interval includes zero, the end farthest from zero, as nothing
          smaller could be told from nothing. The spread of a customer's outcome follows from the interval: standard
          error x square root of the customers it is of. Half of the customers are the control group, 80% power at 5%
          (stats.power). Customers arrive as they did lately. Cost: what the control customers go without, in margin,
          and the cost of treating the others, as far as each is known.
Not for   scores: nobody can be assigned to a score, so an action that should raise it is drafted in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, isfinite, sqrt
from typing import Any

import pyarrow as pa

from worthline.metrics import formatting
from worthline.results import Figure, Findings, Grade, Resolved
from worthline.stats.intervals import Z95
from worthline.stats.power import EVEN, units_for_means, whole
from worthline.tables.money import currency_digits

MONEY = pa.decimal128(38, 4)
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("name", pa.string()),
        ("grade", pa.string()),
        ("effect", pa.float64()),
        ("spread", pa.float64()),
        ("customers", pa.int64()),
        ("control", pa.int64()),
        ("customers_per_week", pa.float64()),
        ("weeks", pa.int64()),
        ("follow_up_months", pa.int32()),
        ("cost", MONEY),
        ("sentence", pa.string()),
    ]
)
UNPROVEN = ("C", "D", "E")
SCORES = ("score:", "one more point")
"""Beginnings of causes that are answers, not experiences."""
WEEKS_A_MONTH = 365.25 / 12 / 7
LONGEST = 5 * 52
"""Weeks beyond which a plan is told as out of reach."""
YEAR = 52.0
MONTH = re.compile(r"^\d{4}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be proved: an effect a customer, with its standard error of so many customers."""

    kind: str
    name: str
    grade: Grade
    what: str
    """What would be withheld from the control group, as in "do not give ... to half"."""
    effect: float
    low: float
    high: float
    customers: int
    """That the interval is of."""
    per_week: float
    follow_up_months: int
    margin: float | None
    """Margin a customer that the control group goes without; None where that is not known."""
    cost: float | None = None
    """Of treating one customer; None where that is not known."""


def plans(s: Resolved, findings: Findings) -> Findings:
    """The table proof_plans; `findings`: what all rooms found."""
    rows = [*_of_figures(s, findings), *_of_effects(s, findings), *_of_initiatives(s, findings)]
    return Findings({"proof_plans": pa.Table.from_pylist(rows, SCHEMA)}) if rows else Findings()


def draft(s: Resolved, claim: Claim) -> dict[str, Any]:
    """One row: the control group that would prove the claim."""
    target = claim.effect
    if claim.low <= 0 <= claim.high:
        target = max((claim.low, claim.high), key=abs)
    spread = (claim.high - claim.low) / (2 * Z95) * sqrt(max(claim.customers, 1))
    units = whole(units_for_means(target, spread, EVEN)) if target else None
    weeks = ceil(units / claim.per_week) if units and claim.per_week > 0 else None
    control = None if units is None else units // 2
    cost = _cost(s, claim, units)
    return {
        "kind": claim.kind,
        "name": claim.name,
        "grade": claim.grade,
        "effect": target or None,
        "spread": spread,
        "customers": units,
        "control": control,
        "customers_per_week": claim.per_week,
        "weeks": weeks,
        "follow_up_months": claim.follow_up_months,
        "cost": cost,
        "sentence": _sentence(s, claim, units, weeks, cost),
    }


def _cost(s: Resolved, claim: Claim, units: int | None) -> Decimal | None:
    if units is None or (claim.margin is None and claim.cost is None):
        return None
    control = units // 2
    amount = control * max(claim.margin or 0.0, 0.0) + (units - control) * (claim.cost or 0.0)
    return Decimal(repr(round(amount, currency_digits(s.currency)))).quantize(Decimal("0.0001"))


def _sentence(s: Resolved, claim: Claim, units: int | None, weeks: int | None, cost: Decimal | None) -> str:
    if units is None:
        return "No control group can be drafted: the estimate is exactly zero."
    group = f"{claim.what} half of {formatting.how_many(units, 'customer')}, drawn at random, and compare"
    after = f" after {formatting.how_many(claim.follow_up_months, 'month')}" if claim.follow_up_months else ""
    if weeks is None:
        return f"To prove it, {group}{after}. How many customers arrive a week is not known."
    if weeks > LONGEST:
        return (
            f"No control group of this company would prove it within five years: it takes "
            f"{formatting.how_many(units, 'customer')}, {formatting.how_many(weeks, 'week')} at today's pace."
        )
    sentence = f"To prove it, {group}{after}. That takes {formatting.how_many(weeks, 'week')} of assigning"
    if cost is None:
        return f"{sentence}; its cost is not known."
    return f"{sentence} and costs an expected {formatting.money_prose(cost, s.currency)}."


def _of_figures(s: Resolved, findings: Findings) -> list[dict[str, Any]]:
    rows = []
    for figure in findings.figures:
        if figure.grade not in UNPROVEN or figure.value is None:
            continue
        if figure.name == "savings_available":
            rows += _of_savings(s, figure, findings)
        elif figure.low is None or figure.high is None or not figure.n:
            rows.append(
                _blank(
                    "figure", figure.name, figure.grade, "Its interval or its sample is not known, so no size follows."
                )
            )
        else:
            n = figure.n
            each = (figure.value / n, figure.low / n, figure.high / n)
            rows.append(
                draft(
                    s,
                    Claim(
                        "figure",
                        figure.name,
                        figure.grade,
                        "withhold the remedy from",
                        *each,
                        n,
                        n / YEAR,
                        12,
                        abs(each[0]),
                    ),
                )
            )
    return rows


def _of_savings(s: Resolved, figure: Figure, findings: Findings) -> list[dict[str, Any]]:
    """The worklist's own control groups: already drafted."""
    groups = findings.tables.get("control_groups")
    rows = [row for row in groups.to_pylist() if row["customers_needed"]] if groups is not None else []
    if not rows or figure.grade is None:
        return []
    row = max(rows, key=lambda group_row: group_row["customers_needed"])
    weeks = row["weeks_to_assign"]
    pace = Decimal(weeks) / s.acting.plan_weeks if weeks else None
    cost = None if pace is None else (row["withheld"] * pace).quantize(Decimal("0.0001"))
    return [
        {
            "kind": "figure",
            "name": figure.name,
            "grade": figure.grade,
            "effect": row["effect_worth_finding"],
            "spread": None,
            "customers": row["customers_needed"],
            "control": round(row["customers_needed"] * row["share"]),
            "customers_per_week": row["customers_needed"] / weeks if weeks else None,
            "weeks": weeks,
            "follow_up_months": 12,
            "cost": cost,
            "sentence": row["power_sentence"],
        }
    ]


def _of_effects(s: Resolved, findings: Findings) -> list[dict[str, Any]]:
    table = findings.tables.get("effects")
    if table is None:
        return []
    effects = table.to_pylist()
    margins = {
        (row["cause"], row["segment"], row["horizon_months"]): row["estimate"]
        for row in effects
        if row["outcome"] == "margin" and row["estimate"] is not None
    }
    weeks = _months(findings) * WEEKS_A_MONTH
    rows = []
    for row in effects:
        if row["grade"] not in UNPROVEN or None in (row["estimate"], row["low"], row["high"]):
            continue
        if str(row["cause"]).startswith(SCORES):
            sentence = "A score cannot be assigned. Draw customers at random for an action that should raise it."
            rows.append(_blank("effect", row["effect_id"], row["grade"], sentence))
            continue
        margin = margins.get((row["cause"], row["segment"], row["horizon_months"]))
        rows.append(
            draft(
                s,
                Claim(
                    "effect",
                    row["effect_id"],
                    row["grade"],
                    f"withhold a remedy for “{row['cause']}” from",
                    row["estimate"],
                    row["low"],
                    row["high"],
                    row["exposed"],
                    row["exposed"] / weeks,
                    row["horizon_months"] or 0,
                    None if margin is None else abs(margin),
                ),
            )
        )
    return rows


def _months(findings: Findings) -> int:
    """Months that the record holds."""
    metrics = findings.tables.get("metrics")
    periods = [] if metrics is None else metrics["period"].unique().to_pylist()
    return max(sum(bool(MONTH.match(str(period))) for period in periods), 1)


def _of_initiatives(s: Resolved, findings: Findings) -> list[dict[str, Any]]:
    table, costs = findings.tables.get("initiative_results"), findings.tables.get("initiative_costs")
    if table is None:
        return []
    by_name: Mapping[str, dict[str, Any]] = {row["initiative"]: row for row in costs.to_pylist()} if costs else {}
    rows = []
    for row in table.to_pylist():
        is_money = row["outcome"] == "margin_to_date" and row["segment"] == "all"
        if not is_money or row["grade"] not in UNPROVEN or None in (row["estimate"], row["low"], row["high"]):
            continue
        cost = by_name.get(row["initiative"], {})
        total, months = cost.get("cost"), cost.get("months") or row["horizon_months"]
        treated = row["treated"]
        rows.append(
            draft(
                s,
                Claim(
                    "initiative",
                    row["initiative"],
                    row["grade"],
                    f"withhold {row['name']} from",
                    row["estimate"],
                    row["low"],
                    row["high"],
                    treated,
                    treated / (max(months or 1, 1) * WEEKS_A_MONTH),
                    min(row["horizon_months"] or 12, 12),
                    row["estimate"],
                    float(total) / treated if total is not None and treated and isfinite(float(total)) else None,
                ),
            )
        )
    return rows


def _blank(kind: str, name: str, grade: Grade, sentence: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "grade": grade, "sentence": sentence}
