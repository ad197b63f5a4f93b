"""Assignments to arms, written once and never changed; and what came of contacting those who were treated.

Gives     `assign`, `record_outcome`, `assigned`; raises UsageError.
Method    a customer has one arm in an initiative: who is assigned a second time keeps the first arm. A batch is one
          entry of the audit, with the sha256 of its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import ledger
from worthline.app.store.people import person
from worthline.app.store.schema import outcomes, treatments
from worthline.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Assignment:
    """One customer's arm in one initiative; `control` is the arm that is kept aside."""

    customer_id: str
    initiative: str
    arm: str
    at: datetime
    stratum: str | None = None
    cluster: str | None = None
    cost: Decimal | None = None
    channel: str | None = None


def assign(tx: Connection, rows: Iterable[Assignment], *, by: str, at: datetime) -> int:
    """Write assignments; gives how many were new. Who has an arm in the initiative already keeps it."""
    ledger.lock(tx)
    digest, made, names = hashlib.sha256(), 0, set()
    every = iter(rows)
    while block := list(islice(every, AT_ONCE)):
        fresh = list(_fresh(tx, block))
        if fresh:
            tx.execute(sa.insert(treatments), fresh)
        for row in fresh:
            digest.update(ledger.canonical(row).encode())
            names.add(row["initiative"])
        made += len(fresh)
    if made:
        actor = person(tx, by, at)
        subject = ", ".join(sorted(names))
        facts: dict[str, Any] = {"actor": actor, "action": "assign", "subject_table": "treatments", "subject": subject}
        facts |= {"version": made, "digest": digest.hexdigest()}
        ledger.append(tx, "audit", facts, {"by": by}, at=at, person=actor)
    return made


def _fresh(tx: Connection, block: list[Assignment]) -> Iterator[dict[str, Any]]:
    """Rows of the block without an arm yet, each customer once an initiative."""
    seen: set[tuple[str, str]] = set()
    for initiative in {row.initiative for row in block}:
        customers = [row.customer_id for row in block if row.initiative == initiative]
        there = sa.select(treatments.c.customer_id).where(
            treatments.c.initiative == initiative, treatments.c.customer_id.in_(customers)
        )
        seen |= {(initiative, customer) for customer in tx.execute(there).scalars()}
    for row in block:
        key = (row.initiative, row.customer_id)
        if key not in seen:
            seen.add(key)
            yield asdict(row)


def assigned(tx: Connection, initiative: str) -> dict[str, str]:
    """Arm by customer."""
    asked = sa.select(treatments.c.customer_id, treatments.c.arm).where(treatments.c.initiative == initiative)
    return {row.customer_id: row.arm for row in tx.execute(asked)}


def record_outcome(
    tx: Connection, customer_id: str, initiative: str, values: Mapping[str, Any], *, by: str, at: datetime
) -> None:
    """What came of a contact (outcome_code, customer_said, cost, channel); raises UsageError for who has no arm."""
    same_treatment = treatments.c.customer_id == customer_id, treatments.c.initiative == initiative
    treatment = tx.execute(sa.select(treatments.c.treatment).where(*same_treatment)).scalar()
    if treatment is None:
        raise UsageError(f"Customer {customer_id} is not assigned to {initiative}: nothing can have come of it.")
    row = {name: values.get(name) for name in ("outcome_code", "customer_said", "cost", "channel")}
    actor = person(tx, by, at)
    tx.execute(sa.insert(outcomes), {"treatment": treatment, "at": at, "recorded_by": actor, **row})


def last_outcomes(tx: Connection, customers: Iterable[str]) -> dict[str, str]:
    """The latest outcome code by customer, of these customers who have one."""
    asked = (
        sa.select(treatments.c.customer_id, outcomes.c.outcome_code)
        .join(outcomes, outcomes.c.treatment == treatments.c.treatment)
        .where(treatments.c.customer_id.in_(list(customers)))
        .order_by(outcomes.c.outcome)
    )
    return {row.customer_id: row.outcome_code or "" for row in tx.execute(asked)}
