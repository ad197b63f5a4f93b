"""What each initiative cost so far, proven or not. Arithmetic only.

Reads     rows of `initiatives`, and what treatments and roll-outs say of when it began and what each treatment cost.
Gives     Cost: once, by month and by treatment, in DECIMAL; or why it is not known, or that it has not begun.
Method    months run from the month of the first treatment, roll-out or started_on to the as-of month, both counted.
Assumes   a treatment without a cost costs nothing where the initiative brings costs of its own; else nothing is known.
          A cost below zero counts as 0 until it is corrected; concern_sentences.py says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from worthline.tables.time import months_between

MONEY = pa.decimal128(38, 4)


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost to date of one initiative; `total` is None where it is not known."""

    initiative: str
    name: str
    group: str | None
    owner: str | None
    began: date | None
    """None where nothing says that it has begun."""
    proof_on: date | None
    once: Decimal
    monthly: Decimal
    """A month."""
    months: int
    treatments: Decimal
    unpriced: int
    """Treatments without a cost."""
    is_known: bool
    staff: float | None
    customer_benefit: str | None
    control_share: float | None

    @property
    def fixed(self) -> Decimal:
        """Once and by month."""
        return self.once + self.monthly * self.months if self.began is not None else Decimal(0)

    @property
    def total(self) -> Decimal | None:
        """All of it to date; nothing before it has begun."""
        return self.fixed + self.treatments if self.is_known else None


SCHEMA = pa.schema(
    [
        ("initiative", pa.string()),
        ("name", pa.string()),
        ("began", pa.date32()),
        ("cost_once", MONEY),
        ("cost_monthly", MONEY),
        ("months", pa.int32()),
        ("cost_treatments", MONEY),
        ("cost", MONEY),
    ]
)


def table(by_name: dict[str, Cost]) -> pa.Table:
    """`initiative_costs`: one row per initiative, in order of name; cost is blank where it is not known."""
    rows = [
        {
            "initiative": one.initiative,
            "name": one.name,
            "began": one.began,
            "cost_once": one.once,
            "cost_monthly": one.monthly,
            "months": one.months,
            "cost_treatments": one.treatments,
            "cost": one.total,
        }
        for one in by_name.values()
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def costs(
    declared: list[dict[str, Any]], assigned: list[dict[str, Any]], reached: dict[str, date], as_of: date
) -> dict[str, Cost]:
    """By initiative, in order of name; `assigned`: rows of queries.listed; `reached`: first roll-out."""
    names = {row["initiative"] for row in declared} | {row["initiative"] for row in assigned} | set(reached)
    rows = {row["initiative"]: row for row in declared}
    return {name: _cost(name, rows.get(name, {}), assigned, reached.get(name), as_of) for name in sorted(names)}


def _cost(name: str, row: dict[str, Any], assigned: list[dict[str, Any]], reached: date | None, as_of: date) -> Cost:
    own = [one for one in assigned if one["initiative"] == name]
    days = [one["first"] for one in own] + [day for day in (reached, row.get("started_on")) if day is not None]
    began = min((day for day in days if day <= as_of), default=None)
    treated = [one for one in own if one["arm"] != "control"]
    priced = sum((one["rows"] - one["unpriced"] for one in treated), 0)
    fixed_known = row.get("cost_once") is not None or row.get("cost_monthly") is not None
    return Cost(
        initiative=name,
        name=row.get("name") or name,
        group=row.get("group"),
        owner=row.get("owner"),
        began=began,
        proof_on=row.get("proof_on"),
        once=max(row.get("cost_once") or Decimal(0), Decimal(0)),
        monthly=max(row.get("cost_monthly") or Decimal(0), Decimal(0)),
        months=months_between(began, as_of) + 1 if began is not None else 0,
        treatments=sum((one["cost"] or Decimal(0) for one in own), Decimal(0)),
        unpriced=sum(one["unpriced"] for one in treated),
        is_known=fixed_known or priced > 0,
        staff=row.get("staff"),
        customer_benefit=row.get("customer_benefit"),
        control_share=row.get("control_share"),
    )
