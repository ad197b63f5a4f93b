"""What of a claimed return the company's own data bear out. Arithmetic and words only.

Reads     rows of `claims`, rows of initiative_results, costs.
Gives     the table `claim_audit`: one row per claim, with what was claimed, what was measured, and each fault by name.
Method    the claimed return is worked out again from the claimed benefit and cost; revenue is not margin; a method
          without a comparison has none, whatever it says of the control group that it lacks; users against others are
          chosen; two claims on one initiative's money over the same days count it twice; before and after of customers
          picked at their worst regress to the mean; nothing comes of an initiative before it began.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from worthline.initiatives.costs import Cost
from worthline.initiatives.results import MONEY, Row, money
from worthline.metrics.formatting import day, decimal, money_prose, share
from worthline.results import Compute, Dataset
from worthline.stats.experiments import Amount

SCHEMA = pa.schema(
    [
        ("initiative", pa.string()),
        ("claimant", pa.string()),
        ("claimed_benefit", MONEY),
        ("claimed_cost", MONEY),
        ("claimed_roi", pa.float64()),
        ("recomputed_roi", pa.float64()),
        ("measured_benefit", MONEY),
        ("measured_low", MONEY),
        ("measured_high", MONEY),
        ("grade", pa.string()),
        ("borne_out", pa.string()),
        ("faults", pa.list_(pa.string())),
        ("sentence", pa.string()),
    ]
)
WRONG_BY = 0.005
"""Relative difference of a return from its own benefit and cost that is more than rounding."""
_COMPARED = re.compile(
    r"\b(control(led)?([ -](group|arm)s?)?|random(ly|i[sz]ed|i[sz]ation)?|by lot|lottery|a/b|ab[ -]test|"
    r"diff(erence)?[ -]in[ -]diff(erence)?s?|synthetic control|experiment(al)?|hold[ -]?out)\b"
)
_LACKED = re.compile(r"\b(no|not|without( an?| any)?|lack(s|ing)?( an?)?|never|non|un)[ -]?(\w+[ -]){0,2}$")
"""Words before a comparison that say there was none."""
_BEFORE = re.compile(r"\b(before|pre|prior|previous|after|year[ -]on[ -]year|yoy|trend)\b|pre-post|pre/post")
_CHOSEN = re.compile(
    r"\b(users?|participants?|others|non-users?|opt(ed)?([ -]in)?|adopters?|volunteers?|against those)\b"
)
_AT_WORST = re.compile(
    r"\b(worst|lowest|low[ -]point|detractors?|complain\w*|unhapp\w+|dissatisf\w+|at[ -]risk|high[ -]risk|declin\w+|"
    r"dormant|lapsed|inactive|bottom)\b"
)
"""Populations that were picked at a low point."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The benefit to date of one initiative, over all its arms."""

    benefit: Decimal
    low: Decimal | None
    high: Decimal | None
    grade: str


def table(
    ds: Dataset, rooms: Compute, rows: Sequence[Row], costs: dict[str, Cost], totals: Mapping[str, Amount]
) -> pa.Table:
    """One row per claim, in order of initiative and claimant; `totals`: benefits to date by initiative."""
    brought = rooms.fetch(ds["claims"].order_by("initiative", "claimant", "_file", "_line")).to_pylist()
    made = [audit(claim, brought, rows, costs, ds.settings.currency, totals) for claim in brought]
    return pa.Table.from_pylist(made, SCHEMA)


def _measured(name: str, rows: Sequence[Row], currency: str, totals: Mapping[str, Amount]) -> Measured | None:
    """The sum over arms; of several arms the range is that of their sum."""
    own = [row for row in rows if (row.initiative, row.outcome, row.segment) == (name, "margin_to_date", "all")]
    known = [row for row in own if row.benefit is not None]
    if not known:
        return None
    low, high = known[0].benefit_low, known[0].benefit_high
    if len(known) > 1:
        ends = totals[name].interval() if name in totals else (None, None)
        low, high = (money(end, currency) for end in ends)
    benefit = sum((row.benefit for row in known if row.benefit is not None), Decimal(0))
    return Measured(benefit, low, high, max(row.grade for row in known))


def audit(
    claim: dict[str, Any],
    claims: Sequence[dict[str, Any]],
    rows: Sequence[Row],
    costs: dict[str, Cost],
    currency: str,
    totals: Mapping[str, Amount] | None = None,
) -> dict[str, Any]:
    """One claim rechecked."""
    measured = _measured(claim["initiative"], rows, currency, totals or {})
    cost = claim["claimed_cost"]
    if cost is None and claim["initiative"] in costs:
        cost = costs[claim["initiative"]].total
    recomputed = _return(claim["claimed_benefit"], cost)
    faults = [*_faults(claim, claims, recomputed, costs, currency)]
    borne = _borne_out(claim["claimed_benefit"], measured)
    return {
        "initiative": claim["initiative"],
        "claimant": claim["claimant"],
        "claimed_benefit": claim["claimed_benefit"],
        "claimed_cost": claim["claimed_cost"],
        "claimed_roi": claim["claimed_roi"],
        "recomputed_roi": recomputed,
        "measured_benefit": measured.benefit if measured else None,
        "measured_low": measured.low if measured else None,
        "measured_high": measured.high if measured else None,
        "grade": measured.grade if measured else None,
        "borne_out": borne,
        "faults": faults,
        "sentence": _sentence(claim, measured, borne, faults, currency),
    }


def _return(benefit: Decimal | None, cost: Decimal | None) -> float | None:
    return float((benefit - cost) / cost) if benefit is not None and cost else None


def _faults(
    claim: dict[str, Any],
    claims: Sequence[dict[str, Any]],
    recomputed: float | None,
    costs: dict[str, Cost],
    currency: str,
) -> list[str]:
    faults = _arithmetic(claim["claimed_roi"], recomputed, claim["claimed_benefit"])
    if claim["measure"] == "revenue":
        faults.append("Revenue for margin: the amount is revenue; what it cost to deliver is not taken off.")
    if claim["measure"] == "score":
        faults.append("A score is not money: no amount follows from it without an effect on margin.")
    if claim["measure"] == "retention":
        faults.append("Retention is not money: what those kept bring is margin, and it was not measured.")
    faults += _comparison((claim["method"] or "").casefold(), (claim["population"] or "").casefold())
    declared = costs.get(claim["initiative"])
    spent, counted = declared.total if declared is not None else None, claim["claimed_cost"]
    if spent is not None and counted is not None and counted < spent:
        faults.append(f"Cost left out: the initiative has cost {money_prose(spent, currency)} to date.")
    began = declared.began if declared is not None else None
    if began is not None and claim["period_to"] is not None and claim["period_to"] < began:
        faults.append(f"Before it began: the results end before the initiative began on {day(began)}.")
    twice = [
        o["claimant"]
        for o in claims
        if o is not claim and o["initiative"] == claim["initiative"] and _overlap(o, claim)
    ]
    if twice:
        faults.append(f"Counted twice: {', '.join(twice)} claims the same initiative over the same days.")
    return faults


def _arithmetic(claimed: float | None, recomputed: float | None, benefit: Decimal | None) -> list[str]:
    """Whether the claimed return follows from its own benefit and cost."""
    if claimed is None:
        return []
    if recomputed is None:
        missing = "benefit" if benefit is None else "cost"
        return [f"No {missing} is named or known, so the claimed return cannot be worked out again."]
    if _is_near(claimed, recomputed) or _is_near(claimed / 100, recomputed):  # a ratio, or the same as a percentage
        return []
    says = f"Return arithmetic: (benefit - cost) / cost is {share(recomputed, 0)}, not the claimed {share(claimed, 0)}."
    if _is_near(claimed, recomputed + 1):
        says += " The claim is benefit / cost: the cost was not taken off."
    return [says]


def _is_near(claimed: float, recomputed: float) -> bool:
    return abs(claimed - recomputed) <= WRONG_BY * max(abs(recomputed), 1)


def _comparison(method: str, population: str) -> list[str]:
    """What is wrong with whom the customers were compared with."""
    is_compared = any(not _LACKED.search(method[: found.start()]) for found in _COMPARED.finditer(method))
    if is_compared:
        return []
    if _BEFORE.search(method):
        says = "No control: before and after."
        if _AT_WORST.search(f"{method} {population}"):
            return [
                f"{says} These customers were picked at a low point and recover by themselves: regression to the mean."
            ]
        return [f"{says} Customers picked at a low point recover by themselves (regression to the mean)."]
    if _CHOSEN.search(method):
        return ["No control: users against others. Customers who took part were different before."]
    return ["No control group or comparison is named."]


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two claims speak of common days; unknown ends are open."""
    for first, second in ((one, other), (other, one)):
        if (
            first["period_to"] is not None
            and second["period_from"] is not None
            and first["period_to"] < second["period_from"]
        ):
            return False
    return True


def _borne_out(benefit: Decimal | None, measured: Measured | None) -> str:
    if measured is None:
        return "not measured"
    if measured.grade > "C":
        return "correlation only"
    if benefit is None or measured.low is None or measured.high is None:
        return "no amount"
    if benefit > measured.high:
        return "claimed more than measured"
    return "claimed less than measured" if benefit < measured.low else "within the measured range"


def _sentence(
    claim: dict[str, Any], measured: Measured | None, borne: str, faults: Sequence[str], currency: str
) -> str:
    says = f"{claim['claimant']} claims "
    returned = None if claim["claimed_roi"] is None else f"{decimal(100 * claim['claimed_roi'], 0)}% return"
    if claim["claimed_benefit"] is not None:
        says += money_prose(claim["claimed_benefit"], currency) + (f" ({returned})" if returned else "")
    else:
        says += f"a {returned}" if returned else "a benefit without an amount"
    if measured is None:
        return f"{says}. The company's data do not measure this initiative: {borne}."
    says += f". The company's data show {money_prose(measured.benefit, currency)}"
    if measured.low is not None and measured.high is not None:
        says += f" (95% CI {money_prose(measured.low, currency)} to {money_prose(measured.high, currency)})"
    says += f": {borne}."
    return f"{says} {len(faults)} fault{'' if len(faults) == 1 else 's'} found." if faults else says
