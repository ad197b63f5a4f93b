"""The sentences of experience_money: what a finance chief reads beside each amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.dimensions import UNASSIGNED
from worthline.results import evidence_words

NAMED = 3
"""Names that a sentence lists; more are counted, and stand in the table."""


def add(rows: Sequence[dict[str, Any]], currency: str) -> None:
    """Gives every row its sentence; those of totals name what is not in them."""
    for row in rows:
        if row["level"] == "not_estimated":
            row["sentence"] = _not_estimated(row, currency)
        elif row["level"] == "remainder":
            row["sentence"] = _remainder(row, currency)
        else:
            row["sentence"] = _amount(row, currency)
    for row in rows:
        if row["level"] in ("total", "total_with_correlation"):
            row["sentence"] += _beside(rows, currency, with_correlation=row["level"] != "total")


def _amount(row: dict[str, Any], currency: str) -> str:
    """What it cost, how often, and how it is known. Every amount is margin lost: above zero is a cost, below a gain."""
    ends = f"95% CI {_lost(row['joint_high'], currency)} to {_lost(row['joint_low'], currency)}"
    months = formatting.how_many(row["horizon_months"], "month")
    within = row["joint_low"] <= 0 <= row["joint_high"]
    if row["joint"] <= 0 and not within:
        says = f"{_subject(row)} cost an estimated {_lost(row['joint'], currency)} of margin ({ends}): "
    else:
        says = f"{_subject(row)}: margin lost {_lost(row['joint'], currency)}, estimated ({ends}), from "
    says += f"{formatting.how_many(round(row['customer_months']), 'customer-month')} in the last year"
    if round(row["times"]) > round(row["customer_months"]) and row["level"] in ("experience", "correlation"):
        says += f" ({formatting.how_many(round(row['times']), 'time')})"
    evidence = evidence_words(row["grade"], row["joint_low"], row["joint_high"])
    says += f", each followed for {months} (partly forecast). Evidence: {evidence}."
    if within:
        says += " The interval includes zero."
    says += _added_separately(row, currency)
    if row["forecast"] is not None:
        says += f" Not included: a further {_lost(row['forecast'], currency)} forecast beyond month "
        says += f"{row['horizon_months']}."
    return says


def _added_separately(row: dict[str, Any], currency: str) -> str:
    """What the effects come to one by one, and how much of it is the same dollars."""
    alone, joint = row["alone"], row["joint"]
    if alone is None or alone == joint or row["level"] in ("experience", "correlation"):
        return ""
    says = f" Added separately they total {_lost(alone, currency)}"
    if abs(alone) > abs(joint) and alone * joint > 0:
        return f"{says}; {_money(abs(alone) - abs(joint), currency)} of that is double-counting."
    return f"{says}."


def _beside(rows: Sequence[dict[str, Any]], currency: str, *, with_correlation: bool) -> str:
    """What a total leaves out, in money where it is known."""
    of = {level: [row for row in rows if row["level"] == level] for level in ("correlation", "remainder")}
    says = ""
    if of["correlation"] and not with_correlation:
        both = next(row for row in rows if row["level"] == "total_with_correlation")
        names = [str(row["name"]) for row in of["correlation"]]
        listed = ", ".join(names) if len(names) <= NAMED else formatting.how_many(len(names), "experience")
        says += f" Excluded (correlation only): {listed}."
        ends = f"{_lost(both['joint_high'], currency)} to {_lost(both['joint_low'], currency)}"
        says += f" With them the total is {_lost(both['joint'], currency)} (95% CI {ends})."
    if of["remainder"]:
        times = formatting.how_many(round(sum(row["times"] for row in of["remainder"])), "time")
        amount = sum((row["joint"] for row in of["remainder"]), Decimal(0))
        says += f" Not included: {times} among new customers or customers without comparable ones, "
        says += f"{_lost(amount, currency)} if each time cost the same."
    unknown = [f"{row['name']} ({_briefly(row, currency)})" for row in rows if row["level"] == "not_estimated"]
    return f"{says} Not estimated: {', '.join(unknown)}." if unknown else says


def _briefly(row: dict[str, Any], currency: str) -> str:
    times = formatting.how_many(round(row["times"]), "time")
    if row.get("alone") is None:
        return times
    months = formatting.how_many(row["horizon_months"], "month")
    return f"{times}, {_lost(row['alone'], currency)} over {months}"


def _not_estimated(row: dict[str, Any], currency: str) -> str:
    says = f"Not estimated: “{row['name']}”, {formatting.how_many(round(row['times']), 'time')} in the last year."
    if row.get("alone") is not None:
        months = formatting.how_many(row["horizon_months"], "month")
        ends = f"95% CI {_lost(row['alone_high'], currency)} to {_lost(row['alone_low'], currency)}"
        return f"{says} Margin lost over {months}: {_lost(row['alone'], currency)} ({ends})."
    return f"{says} {row['why']}".rstrip()


def _remainder(row: dict[str, Any], currency: str) -> str:
    times = formatting.how_many(round(row["times"]), "time")
    says = f"“{row['name']}”: {times} among new customers or customers without comparable ones. "
    return f"{says}If each time cost the same, the margin lost is {_lost(row['joint'], currency)}. Evidence: assumed."


def _subject(row: dict[str, Any]) -> str:
    name = row["name"]
    if row["level"] == "total":
        return "Poor experiences"
    if row["level"] == "total_with_correlation":
        return "Poor experiences (including correlation only)"
    if row["level"] == "department":
        return "Experiences that no department owns" if name == UNASSIGNED else f"Experiences owned by {name}"
    if row["level"] == "touchpoint":
        return "Experiences at other touchpoints" if row["touchpoint"] is None else f"Experiences at “{name}”"
    return f"“{name}”"


def _lost(change: Decimal, currency: str) -> str:
    """A change of margin as margin lost, the sign of the figure of that name."""
    return _money(0 - change, currency)


def _money(amount: Decimal, currency: str) -> str:
    return formatting.money_prose(amount, currency)
