"""The benefits register: what was approved beside what was measured on its date, to owner and departments.

Reads     rows of approvals, proofs, restatements and closings; Proofs as this run measures them.
Gives     rows of `benefits_register` (SCHEMA) and `benefits_by_group` (BY_GROUP); the figure approved_return.
Method    a proof that was posted stays; before it is posted, what this run measures on that date stands in its place
          and is what the app will post. Only grades A and B are proven money. Variance is proven less approved; what is
          not proven has none. Shares of departments: largest remainder, to the currency's digits (tables.money).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from worthline.initiatives.costs import Cost
from worthline.initiatives.proofs import Proof
from worthline.initiatives.results import MONEY
from worthline.initiatives.returns import PROVEN
from worthline.metrics.formatting import day as day_text
from worthline.metrics.formatting import how_many, money_prose
from worthline.results import GRADES, Figure, Resolved, evidence_words
from worthline.tables.money import currency_digits, rounded, shares
from worthline.tables.time import quarter_start

APPROVED_RETURN = "approved_return"
_TEXT, _DAY, _FLAG = pa.string(), pa.date32(), pa.bool_()
SCHEMA = pa.schema(
    [
        *((name, _TEXT) for name in ("initiative", "name", "group", "owner", "metric")),
        ("approved", MONEY),
        ("proof_on", _DAY),
        *((name, MONEY) for name in ("proven", "low", "high")),
        ("grade", _TEXT),
        ("variance", MONEY),
        ("state", _TEXT),
        ("approved_on", _DAY),
        *((name, MONEY) for name in ("approved_cost", "approved_net", "cost", "net", "variance_net", "measured")),
        *((name, MONEY) for name in ("restated", "restated_low", "restated_high")),
        ("restated_as_of", _DAY),
        ("finance_signed", _FLAG),
        ("signed_in", _FLAG),
        ("is_closed", _FLAG),
        *((name, _TEXT) for name in ("estimand", "population", "shares", "cites_figure", "cites_run")),
        ("cites_value", pa.float64()),
        ("posted_run", _TEXT),
        ("is_due", _FLAG),
        *((f"now_{name}", MONEY) for name in ("proven", "low", "high", "cost")),
        ("now_grade", _TEXT),
        ("sentence", _TEXT),
    ]
)
BY_GROUP = pa.schema(
    [
        *((name, _TEXT) for name in ("initiative", "name")),
        ("proof_on", _DAY),
        ("group", _TEXT),
        ("weight", pa.float64()),
        *((name, MONEY) for name in ("approved", "proven", "variance")),
    ]
)
WAITS, PROVEN_STATE, NOT_PROVEN, NOT_BEGUN = "waiting for its date", "proven", "not proven", "not begun"
NO_GAIN, LOSS = "measured, no gain shown", "measured, a loss"
"""Measured as well as what is proven, but the interval holds nought, or lies below it."""


def proof_state(low: Decimal | None, high: Decimal | None) -> str:
    """What the interval of a gain of grade A or B says: PROVEN_STATE, NO_GAIN or LOSS."""
    if high is not None and high < 0:
        return LOSS
    return NO_GAIN if low is not None and low <= 0 else PROVEN_STATE


@dataclass(frozen=True)
class Written:
    """What people and earlier runs wrote of the register."""

    approvals: Sequence[dict[str, Any]]
    proofs: Sequence[dict[str, Any]] = ()
    restatements: Sequence[dict[str, Any]] = ()
    closings: Sequence[dict[str, Any]] = ()


def rows(
    written: Written, now: Mapping[tuple[str, date], Proof], costs: Mapping[str, Cost], settings: Resolved
) -> list[dict[str, Any]]:
    """Rows of benefits_register, in order of initiative and date of proof."""
    ordered = sorted(written.approvals, key=lambda row: (row["initiative"], row["proof_on"]))
    return [_row(row, written, now, costs.get(row["initiative"]), settings) for row in ordered]


def _row(
    approval: dict[str, Any],
    records: Written,
    now: Mapping[tuple[str, date], Proof],
    cost: Cost | None,
    settings: Resolved,
) -> dict[str, Any]:
    key = (approval["initiative"], approval["proof_on"])
    measured = now.get(key)
    posted = next((_graded(row) for row in records.proofs if (row["initiative"], row["proof_on"]) == key), None)
    later = [row for row in records.restatements if (row["initiative"], row["proof_on"]) == key]
    current = _stated(measured) if measured is not None else {}
    proof = posted or current
    row: dict[str, Any] = {
        "initiative": approval["initiative"],
        "name": cost.name if cost else approval["initiative"],
        "group": cost.group if cost else None,
        "owner": cost.owner if cost else None,
        "metric": approval["metric"] or "margin",
        "approved": approval["benefit"],
        "proof_on": approval["proof_on"],
        **{name: proof.get(name) for name in ("proven", "low", "high", "grade", "cost")},
        "measured": measured.benefit if measured else None,
        "approved_on": approval["approved_on"],
        "approved_cost": approval["cost"],
        "approved_net": approval["benefit"] - approval["cost"],
        "finance_signed": bool(approval["finance_signed"]),
        "signed_in": bool(approval["signed_in"]),
        "is_closed": any(quarter_start(c["last_day"]) <= key[1] <= c["last_day"] for c in records.closings),
        **{name: approval[name] for name in ("estimand", "population", "shares")},
        **{name: approval[name] for name in ("cites_figure", "cites_run", "cites_value")},
        "posted_run": posted["run"] if posted else None,
        "is_due": measured is not None,
        **{f"now_{name}": current.get(name) for name in ("proven", "low", "high", "cost", "grade")},
    }
    _restate(row, posted, later, current, settings.as_of)
    _vary(row)
    row["state"] = _state(row, cost, settings.as_of)
    row["sentence"] = _sentence(row, settings.currency)
    return row


def _graded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A posted proof; a grade that is none is left out."""
    grade = str(row["grade"] or "").strip().upper()
    return {**row, "grade": grade if grade in GRADES else None}


def _stated(proof: Proof) -> dict[str, Any]:
    """What a proof says: money only where it is proven; the grade tells why it is not."""
    if proof.grade not in PROVEN:
        return {"cost": proof.cost, "grade": proof.grade}
    return {"proven": proof.benefit, "low": proof.low, "high": proof.high, "cost": proof.cost, "grade": proof.grade}


def _restate(
    row: dict[str, Any],
    posted: dict[str, Any] | None,
    later: Sequence[dict[str, Any]],
    current: Mapping[str, Any],
    as_of: date,
) -> None:
    """What the latest data say of a posted proof, where that differs."""
    last = max(later, key=lambda r: r["as_of"], default=None)
    restated: Mapping[str, Any] | None = last
    when = last["as_of"] if last else None
    if posted and current and any(current.get(n) != posted.get(n) for n in ("proven", "low", "high", "grade")):
        restated, when = current, as_of
    if restated is not None:
        row |= {
            f"restated{end}": restated.get(name) for name, end in (("proven", ""), ("low", "_low"), ("high", "_high"))
        }
        row["restated_as_of"] = when


def _vary(row: dict[str, Any]) -> None:
    if row["proven"] is None:
        return
    row["variance"] = row["proven"] - row["approved"]
    if row["cost"] is not None:
        row["net"] = row["proven"] - row["cost"]
        row["variance_net"] = row["net"] - row["approved_net"]


def _state(row: dict[str, Any], cost: Cost | None, as_of: date) -> str:
    if row["proof_on"] > as_of:
        return WAITS if cost is not None and cost.began is not None else NOT_BEGUN
    if row["proven"] is None:
        return NOT_PROVEN
    return proof_state(row["low"], row["high"])


def _sentence(row: dict[str, Any], currency: str) -> str:
    sentence = f"{row['name']}: {money_prose(row['approved'], currency)} of margin approved"
    sentence += f" at a cost of {money_prose(row['approved_cost'], currency)}, proof on {day_text(row['proof_on'])}."
    if row["state"] in (PROVEN_STATE, NO_GAIN, LOSS):
        sentence += " Proven" if row["state"] == PROVEN_STATE else " Measured"
        sentence += f": {money_prose(row['proven'], currency)}"
        if row["low"] is not None and row["high"] is not None:
            sentence += f" (95% CI {money_prose(row['low'], currency)} to {money_prose(row['high'], currency)})"
        sentence += ", "
        gap = row["variance"]
        side = "more than" if gap > 0 else "less than"
        sentence += "as approved." if not gap else f"{money_prose(abs(gap), currency)} {side} approved."
        sentence += {NO_GAIN: " No gain is shown.", LOSS: " It is a loss."}.get(row["state"], "")
    elif row["state"] == NOT_PROVEN:
        evidence = evidence_words(row["grade"], row["low"], row["high"])
        why = f"the evidence is {evidence}" if evidence else "nothing could be measured"
        sentence += f" Not proven on its date: {why}."
    elif row["state"] == NOT_BEGUN:
        sentence += " It has not begun."
    if row.get("restated_as_of") is not None:
        now = row["restated"]
        restated = "not proven" if now is None else money_prose(now, currency)
        sentence += f" Restated with data to {day_text(row['restated_as_of'])}: {restated}."
    if not row["finance_signed"]:
        sentence += " Finance has not signed it."
    return sentence


def by_group(register: Sequence[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Approved, proven and variance of each entry by department; parts add up to the entry exactly."""
    digits = currency_digits(currency)
    group_rows: list[dict[str, Any]] = []
    for row in register:
        weights = weights_of(row["shares"]) or {row["group"] or "not named": Decimal(1)}
        total = sum(weights.values())
        parts = {
            name: shares(rounded(row[name], digits), weights, digits)
            for name in ("approved", "proven")
            if row.get(name) is not None
        }
        for group in sorted(weights):
            approved, proven = (parts[n][group] if n in parts else None for n in ("approved", "proven"))
            variance = None if approved is None or proven is None else proven - approved
            group_row = {
                "initiative": row["initiative"],
                "name": row["name"],
                "proof_on": row["proof_on"],
                "group": group,
            }
            group_row |= {"weight": float(weights[group] / total), "approved": approved, "proven": proven}
            group_rows.append({**group_row, "variance": variance})
    return group_rows


def weights_of(text: str | None) -> dict[str, Decimal]:
    """Weights of departments from text such as Service=60, Billing=40; parts that are none are left out."""
    weights: dict[str, Decimal] = {}
    for part in (text or "").split(","):
        name, _, weight = part.rpartition("=")
        try:
            value = Decimal(weight.strip())
        except InvalidOperation:
            continue
        if name.strip() and value.is_finite() and value > 0:
            weights[name.strip()] = value
    return weights


def approved_return(register: Sequence[dict[str, Any]], settings: Resolved) -> tuple[Figure, ...]:
    """The figure: net return that was approved; nothing where nothing was."""
    if not register:
        return ()
    c = settings.currency
    net = sum((row["approved_net"] for row in register), Decimal(0))
    benefit = sum((row["approved"] for row in register), Decimal(0))
    cost = sum((row["approved_cost"] for row in register), Decimal(0))
    proven = sum(row["state"] == PROVEN_STATE for row in register)
    due = sum(row["proof_on"] <= settings.as_of for row in register)
    sentence = (
        f"{money_prose(net, c)} net was approved: {money_prose(benefit, c)} of margin at a cost of "
        f"{money_prose(cost, c)}, in {how_many(len(register), 'approval')}. "
    )
    sentence += (
        f"{proven} of {due} that reached the date of proof {'is' if due == 1 else 'are'} proven."
        if due
        else ("None has reached its date of proof yet.")
    )
    return (
        Figure(
            name=APPROVED_RETURN,
            label="Approved return",
            value=float(rounded(net, currency_digits(c))),
            unit="money",
            basis="counted",
            n=len(register),
            as_of=settings.as_of.isoformat(),
            sentence=sentence,
            method=(
                "Benefit less cost of every approval in the benefits register, to its date of proof, as it was frozen. "
                "Benefit is gross margin."
            ),
            tables=("benefits_register",),
            details={
                "counted": "approvals",
                "sql": "select cast(sum(approved_net) as double) as value from benefits_register",
            },
        ),
    )


def table(register: Sequence[dict[str, Any]]) -> pa.Table:
    """benefits_register."""
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in register], SCHEMA)
