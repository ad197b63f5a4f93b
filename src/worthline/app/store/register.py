"""The benefits register: approvals that freeze, finance's sign-off, proofs posted once, restatements, closed quarters.

Gives     `approve`, `sign_off`, `post`, `close_quarter`; `Ask` is what is asked to be approved.
Method    every line is an entry of the chain. What was approved or proven is never written over: later data become a
          restatement, and in a closed quarter nothing else is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import ledger, people
from worthline.app.store.columns import MOST, ten_thousandths
from worthline.app.store.schema import approvals, closings, proofs, restatements, signoffs
from worthline.errors import UsageError
from worthline.tables.fiscal import quarter_begins
from worthline.tables.time import add_months, month_end, quarter_start

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

METRIC = "margin"
"""What the register holds is money: the effect on gross margin."""
STATED = ("proven", "low", "high", "cost", "grade")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be approved; frozen once it is."""

    initiative: str
    benefit: Decimal
    """Gross margin to the date of proof."""
    cost: Decimal
    """To the date of proof."""
    proof_on: date
    by: str
    metric: str = METRIC
    estimand: str = "change in gross margin from the assignment to the date of proof, as assigned, against the control"
    population: str = "customers assigned to the initiative"
    finance: str | None = None
    """Who signs for finance."""
    note: str = ""
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    """Department -> weight; none: the owning group bears all."""
    cites: tuple[str, str, float | None] | None = None
    """The figure on which the decision rests: its name, its run, its value."""


def approve(tx: Connection, ask: Ask, *, at: datetime) -> int:
    """Freeze an approval; gives its entry. Asked twice alike, it is one. Raises UsageError where it may not be."""
    _check(ask, at.date())
    ledger.lock(tx)
    approver = people.person(tx, ask.by, at)
    facts = {
        "initiative": ask.initiative,
        "estimand": ask.estimand,
        "metric": ask.metric,
        "population": ask.population,
        "approved_on": at.date(),
        "proof_on": ask.proof_on,
        "benefit": ask.benefit,
        "cost": ask.cost,
        "approved_by": approver,
        "signed_in": False,
        "shares": shares_text(ask.shares),
    }
    if ask.cites is not None:
        facts |= dict(zip(("cites_figure", "cites_run", "cites_value"), ask.cites, strict=True))
    same = _before(tx, ask, facts)
    if same is not None:
        return same
    closed = closed_by(tx, ask.proof_on)
    if closed is not None:
        raise UsageError(f"The quarter {closed} is closed: nothing can be approved for {ask.proof_on} any more.")
    words = {"by": ask.by, "note": ask.note}
    entry = ledger.append(tx, "approvals", facts, words, at=at, person=approver)
    if ask.finance:
        sign_off(tx, ask.initiative, by=ask.finance, at=at)
    return entry


def _check(ask: Ask, today: date) -> None:
    for name, amount in (("benefit", ask.benefit), ("cost", ask.cost)):
        if not amount.is_finite() or amount < 0 or amount > MOST:
            raise UsageError(f"The approved {name} is {amount}. Give an amount of 0 or more.")
        try:
            ten_thousandths(amount)
        except (ValueError, InvalidOperation):
            raise UsageError(f"The approved {name} is {amount}. At most four decimals are kept.") from None
    if ask.proof_on <= today:
        raise UsageError(
            f"The date of proof, {ask.proof_on}, is not after today ({today}): what is approved must lie ahead of its "
            "proof. Name a later date."
        )
    if ask.metric != METRIC:
        raise UsageError(f"The register holds money: metric {METRIC}, not {ask.metric!r}.")
    if any(weight < 0 for weight in ask.shares.values()) or (ask.shares and not any(ask.shares.values())):
        raise UsageError("Shares of departments are weights of 0 or more, not all 0: --share Service=60.")


def _before(tx: Connection, ask: Ask, facts: Mapping[str, Any]) -> int | None:
    """The entry of the same approval, made before; raises UsageError where another one stands."""
    p = proofs.c
    proven = sa.select(p.entry).where(p.initiative == approvals.c.initiative, p.proof_on == approvals.c.proof_on)
    query = sa.select(approvals).where(approvals.c.initiative == ask.initiative, ~sa.exists(proven))
    for row in tx.execute(query).mappings():
        if all(row[name] == value for name, value in facts.items() if name not in ("approved_on", "cites_value")):
            return int(row["entry"])
        approver = people.names(tx).get(row["approved_by"], "somebody")
        raise UsageError(
            f"{ask.initiative} was approved already, by {approver} on {row['approved_on']}: "
            f"benefit {row['benefit']:,.2f}, "
            f"cost {row['cost']:,.2f}, proof on {row['proof_on']}. An approval is frozen until its proof is posted."
        )
    twice = sa.select(approvals.c.entry).where(
        approvals.c.initiative == ask.initiative, approvals.c.proof_on == ask.proof_on
    )
    if tx.execute(twice).first() is not None:
        raise UsageError(f"{ask.initiative} was approved and proven for {ask.proof_on} already. Name another date.")
    return None


def sign_off(tx: Connection, initiative: str, *, by: str, at: datetime) -> int:
    """Finance's sign-off of the latest approval; gives its entry. Raises UsageError where nothing is to be signed."""
    ledger.lock(tx)
    a = approvals.c
    approval = tx.execute(
        sa.select(a.entry).where(a.initiative == initiative).order_by(a.entry.desc()).limit(1)
    ).scalar()
    if approval is None:
        raise UsageError(f"{initiative} is not approved: there is nothing to sign.")
    if tx.execute(sa.select(signoffs.c.entry).where(signoffs.c.approval == approval)).first() is not None:
        raise UsageError(f"The approval of {initiative} has finance's sign-off already.")
    signer = people.person(tx, by, at)
    facts = {"approval": approval, "signed_by": signer, "signed_in": False}
    return ledger.append(tx, "signoffs", facts, {"by": by}, at=at, person=signer)


def post(tx: Connection, statements: Iterable[Mapping[str, Any]], *, at: datetime) -> tuple[int, int]:
    """Post what a run measured on dates of proof; gives how many proofs and restatements were new.

    A statement: initiative, proof_on, run, as_of and STATED. The first for an initiative and date is its proof, one
    that differs from the last is a restatement, and one that is alike is nothing; so is whatever is posted twice.
    """
    ledger.lock(tx)
    new_entries = [0, 0]
    for statement in statements:
        last = _last_statement(tx, statement["initiative"], statement["proof_on"])
        values = {name: statement[name] for name in ("initiative", "proof_on", "run", "as_of", *STATED)}
        if last is not None and (
            statement["as_of"] < last["as_of"] or all(last[name] == statement[name] for name in STATED)
        ):
            continue
        closed = closed_by(tx, statement["proof_on"])
        if last is None and closed is None:
            ledger.append(tx, "proofs", values, {}, at=at)
            new_entries[0] += 1
            continue
        reason = "later data" if last is not None else f"posted after {closed} was closed"
        ledger.append(tx, "restatements", {**values, "reason": reason}, {}, at=at)
        new_entries[1] += 1
    return new_entries[0], new_entries[1]


def _last_statement(tx: Connection, initiative: str, proof_on: date) -> dict[str, Any] | None:
    for table in (restatements, proofs):
        same_proof = table.c.initiative == initiative, table.c.proof_on == proof_on
        row = tx.execute(sa.select(table).where(*same_proof).order_by(table.c.entry.desc()).limit(1)).mappings().first()
        if row is not None:
            return dict(row)
    return None


def close_quarter(tx: Connection, quarter: str, *, fiscal_year_start: int, by: str, at: datetime) -> int:
    """Close a fiscal quarter, written as 2026 Q3; gives its entry. Raises UsageError."""
    name = " ".join(quarter.upper().replace("-", " ").split())
    last = last_day(name, fiscal_year_start)
    if last >= at.date():
        raise UsageError(f"{name} ends on {last}: it can be closed after that day.")
    ledger.lock(tx)
    if tx.execute(sa.select(closings.c.entry).where(closings.c.quarter == name)).first() is not None:
        raise UsageError(f"{name} is closed already.")
    closer = people.person(tx, by, at)
    facts = {"quarter": name, "last_day": last, "closed_by": closer}
    return ledger.append(tx, "closings", facts, {"by": by}, at=at, person=closer)


def closed_by(tx: Connection, day: date) -> str | None:
    """The closed quarter in which a day lies; None where it is open."""
    c = closings.c
    closing = tx.execute(
        sa.select(c.quarter, c.last_day).where(c.last_day >= day).order_by(c.last_day).limit(1)
    ).first()
    return str(closing.quarter) if closing is not None and quarter_start(closing.last_day) <= day else None


def last_day(quarter: str, fiscal_year_start: int) -> date:
    """The last day of a fiscal quarter; a fiscal year bears the number of the year in which it ends.

    Raises UsageError.
    """
    year, _, number = quarter.partition(" Q")
    if not (year.isdigit() and len(year) == 4 and number in ("1", "2", "3", "4")):
        raise UsageError(f"{quarter!r} is no quarter. Write it as 2026 Q3.")
    return month_end(add_months(quarter_begins(int(year), int(number), fiscal_year_start), 2))


def shares_text(shares: Mapping[str, Decimal]) -> str | None:
    """Weights as they are kept: Service=60, Billing=40."""
    return ", ".join(f"{name}={weight}" for name, weight in sorted(shares.items())) or None
