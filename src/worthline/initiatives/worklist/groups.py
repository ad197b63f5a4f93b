"""Control groups as published rows: how large, what they can show, what they cost. Arithmetic and words only.

Reads     a plan, its rows.
Gives     `control_groups`: the universal group, and one row per action; `universal_control_group`: its customers.
Method    withheld: what the control customers who would have been on the list were expected to return, net.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from worthline.initiatives.worklist import control
from worthline.initiatives.worklist.actions import Action
from worthline.initiatives.worklist.made import CONTROL, Made
from worthline.initiatives.worklist.sizing import FOLLOW_UP_WEEKS, Sizing
from worthline.metrics import formatting
from worthline.results import Dataset

MONEY = pa.decimal128(38, 4)
GROUPS = pa.schema(
    [
        ("trial", pa.string()),
        ("action", pa.string()),
        ("share", pa.float64()),
        ("universal", pa.float64()),
        ("customers", pa.int64()),
        ("control", pa.int64()),
        ("effect_worth_finding", pa.float64()),
        ("customers_needed", pa.int64()),
        ("weeks_to_assign", pa.int64()),
        ("weeks_to_proof", pa.int64()),
        ("detectable_effect", pa.float64()),
        ("withheld", MONEY),
        ("sentence", pa.string()),
        ("power_sentence", pa.string()),
    ]
)


def table(ds: Dataset, made: Made, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows of GROUPS; `rows`: those of worklist_candidates."""
    universal = ds.settings.control.universal
    group_rows: list[dict[str, Any]] = [
        {
            "trial": control.UNIVERSAL,
            "share": universal,
            "universal": universal,
            "customers": len(made.ids),
            "control": int(made.is_universal.sum()),
            "sentence": control.SENTENCE,
            "power_sentence": "These customers receive nothing from any initiative that can be withheld.",
        }
    ]
    for k, action in enumerate(made.actions):
        own, size = made.pairs.action == k, made.sizes[k]
        aside = [row["expected_net"] for row in rows if row["arm"] == CONTROL and row["action"] == action.name]
        group_rows.append(
            {
                "trial": action.trial,
                "action": action.name,
                "share": size.share,
                "universal": universal,
                "customers": int(own.sum()),
                "control": int((own & made.pairs.is_control).sum()),
                "effect_worth_finding": size.worth_finding,
                "customers_needed": size.customers,
                "weeks_to_assign": size.weeks,
                "weeks_to_proof": None if size.weeks is None else size.weeks + FOLLOW_UP_WEEKS,
                "detectable_effect": size.detectable,
                "withheld": sum(aside, Decimal(0)),
                "sentence": control.SENTENCE,
                "power_sentence": power_sentence(action, size, sum(aside, Decimal(0)), ds),
            }
        )
    return pa.Table.from_pylist(group_rows, GROUPS)


def universal(made: Made) -> pa.Table:
    """customer_id of the universal control group."""
    held = [who for who, is_held in zip(made.ids, made.is_universal.tolist(), strict=True) if is_held]
    return pa.table({"customer_id": pa.array(held, pa.string())})


def power_sentence(action: Action, size: Sizing, withheld: Decimal, ds: Dataset) -> str:
    """What the smallest effect worth finding costs in customers and weeks, and what the planned weeks can show."""
    currency = ds.settings.currency
    given_up = f"The control group gives up an expected {formatting.money_prose(withheld, currency)}."
    if not action.is_for_staying:
        cost = formatting.money_prose(action.cost, currency)
        return (
            f"{action.label.capitalize()} pays for itself once it brings {cost} of margin per customer. "
            f"Its control group is {formatting.share(size.share, 0)}. {given_up}"
        )
    if size.worth_finding is not None and size.worth_finding >= 1:
        return (
            f"{action.label.capitalize()} costs more than the margin that goes with a customer: no effect on retention "
            f"pays for it. Its control group is {formatting.share(size.share, 0)}. {given_up}"
        )
    if size.worth_finding is None:
        return f"What {action.label} must bring to pay is not known, so its control group is a declared share."
    points = _points(size.worth_finding)
    says = f"{action.label.capitalize()} pays for itself if it raises retention by {points}. "
    if size.customers is None:
        says += "No number of customers is enough to find an effect of nothing. "
    elif size.weeks is None:
        says += f"To find that takes {formatting.how_many(size.customers, 'customer')}; the capacity is zero. "
    else:
        says += (
            f"To find that takes {formatting.how_many(size.customers, 'customer')}, "
            f"{formatting.how_many(size.weeks, 'week')} of assigning and 12 months of waiting. "
        )
    weeks = formatting.how_many(ds.settings.acting.plan_weeks, "week")
    if size.detectable is None:
        says += f"The next {weeks} hold too few customers to show any effect. "
    else:
        says += (
            f"With {formatting.share(size.share, 0)} in control the next {weeks} can show {_points(size.detectable)}. "
        )
    return says + given_up


def _points(share: float) -> str:
    return f"{formatting.decimal(100 * share, 1 if share >= 0.001 else 3)} percentage points"
