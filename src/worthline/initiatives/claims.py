"""What of a claimed return the company's own data bear out. Arithmetic and words only.

Reads     rows of `claims`, rows of initiative_results, costs.
Gives     the table `claim_audit`: one row a claim, with what was claimed, what was measured, and each fault by name.
Method    the claimed return is worked out again from the claimed benefit and cost; revenue is not margin; a method
          without a comparison has none; users against others are chosen; two claims on one initiative's money over the
          same days count it twice; before and after of customers picked at their worst regress to the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from worthline.initiatives.costs import Cost
from worthline.initiatives.results import MONEY, Row
from worthline.metrics.formatting import decimal, money_prose, share
from worthline.results import Compute, Dataset

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
_COMPARED = ("control", "random", "lot", "a/b", "difference-in-differences", "experiment", "holdout")
_BEFORE = ("before", "pre-post", "pre/post", "after")
_CHOSEN = ("users", "participants", "others", "non-users", "opt", "against those")


def table(ds: Dataset, rooms: Compute, rows: Sequence[Row], costs: dict[str, Cost]) -> pa.Table:
    """One row a claim, in order of initiative and claimant."""
    brought = rooms.fetch(ds["claims"].order_by("initiative", "claimant", "_file", "_line")).to_pylist()
    made = [audit(claim, brought, rows, costs, ds.settings.currency) for claim in brought]
    return pa.Table.from_pylist(made, SCHEMA)


def audit(
    claim: dict[str, Any], claims: Sequence[dict[str, Any]], rows: Sequence[Row], costs: dict[str, Cost], currency: str
) -> dict[str, Any]:
    """One claim rechecked."""
    own = [row for row in rows if row.initiative == claim["initiative"] and row.outcome == "margin_to_date"]
    measured = own[0] if own else None
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
        "measured_low": measured.benefit_low if measured else None,
        "measured_high": measured.benefit_high if measured else None,
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
    found = []
    claimed, method = claim["claimed_roi"], (claim["method"] or "").casefold()
    if (
        claimed is not None
        and recomputed is not None
        and abs(claimed - recomputed) > WRONG_BY * max(abs(recomputed), 1)
    ):
        found.append(
            f"Return arithmetic: (benefit - cost) / cost is {share(recomputed, 0)}, "
            f"not the claimed {share(claimed, 0)}."
        )
    if claim["measure"] == "revenue":
        found.append("Revenue for margin: the amount is revenue; what it cost to deliver is not taken off.")
    if claim["measure"] == "score":
        found.append("A score is not money: no amount follows from it without an effect on margin.")
    if not any(word in method for word in _COMPARED):
        if any(word in method for word in _BEFORE):
            found.append(
                "No control: before and after. Customers picked at a low point recover by themselves "
                "(regression to the mean)."
            )
        elif any(word in method for word in _CHOSEN):
            found.append("No control: users against others. Customers who took part were different before.")
        else:
            found.append("No control group or comparison is named.")
    declared = costs.get(claim["initiative"])
    spent, counted = declared.total if declared is not None else None, claim["claimed_cost"]
    if spent is not None and counted is not None and counted < spent:
        found.append(f"Cost left out: the initiative has cost {money_prose(spent, currency)} to date.")
    twice = [
        o["claimant"]
        for o in claims
        if o is not claim and o["initiative"] == claim["initiative"] and _overlap(o, claim)
    ]
    if twice:
        found.append(f"Counted twice: {', '.join(twice)} claims the same initiative over the same days.")
    return found


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


def _borne_out(benefit: Decimal | None, measured: Row | None) -> str:
    if measured is None or measured.benefit is None:
        return "not measured"
    if measured.grade > "C":
        return "correlation only"
    if benefit is None or measured.benefit_low is None or measured.benefit_high is None:
        return "no amount"
    if benefit > measured.benefit_high:
        return "claimed more than measured"
    return "claimed less than measured" if benefit < measured.benefit_low else "within the measured range"


def _sentence(claim: dict[str, Any], measured: Row | None, borne: str, faults: Sequence[str], currency: str) -> str:
    says = f"{claim['claimant']} claims {money_prose(claim['claimed_benefit'], currency)}"
    if claim["claimed_roi"] is not None:
        says += f" ({decimal(100 * claim['claimed_roi'], 0)}% return)"
    if measured is None or measured.benefit is None:
        return f"{says}. The company's data do not measure this initiative: {borne}."
    says += f". The company's data show {money_prose(measured.benefit, currency)}"
    if measured.benefit_low is not None and measured.benefit_high is not None:
        says += (
            f" (95% CI {money_prose(measured.benefit_low, currency)} to {money_prose(measured.benefit_high, currency)})"
        )
    says += f": {borne}."
    return f"{says} {len(faults)} fault{'' if len(faults) == 1 else 's'} found." if faults else says
