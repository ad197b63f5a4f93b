"""Who writes: people by name until there is a sign-in, and erasing one of them.

Gives     `person`, `erase`.
Assumes   until there is a sign-in, whoever names themselves is believed and marked "not signed in".
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import ledger
from worthline.app.store.schema import people
from worthline.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

NOT_SIGNED_IN = "not signed in"


def person(tx: Connection, name: str, at: datetime) -> str:
    """The id of the person of this name, made where there is none yet; the id says nothing of the name.

    Raises UsageError.
    """
    called = " ".join(name.split())
    if not called:
        raise UsageError("Say who writes this: --by NAME.")
    ledger.lock(tx)
    person_id = tx.execute(sa.select(people.c.person).where(people.c.name == called)).scalar()
    if person_id is not None:
        return str(person_id)
    made = secrets.token_hex(16)
    row = {"person": made, "name": called, "signed_in": False, "version": 1, "changed_at": at}
    tx.execute(sa.insert(people), row)
    return made


def names(tx: Connection) -> dict[str, str]:
    """Name of each person by id; "erased" where the name was taken out."""
    return {row.person: row.name or "erased" for row in tx.execute(sa.select(people.c.person, people.c.name))}


def erase(tx: Connection, name: str, at: datetime) -> int:
    """Take a person's name and words out of the store; gives how many entries named them. The chain stays whole.

    Raises UsageError.
    """
    person_id = tx.execute(sa.select(people.c.person).where(people.c.name == " ".join(name.split()))).scalar()
    if person_id is None:
        raise UsageError(f"Nobody called {name!r} has written here.")
    blank: dict[str, Any] = {"name": None, "email": None, "role": None, "erased_at": at, "changed_at": at}
    blank["version"] = people.c.version + 1
    tx.execute(sa.update(people).where(people.c.person == person_id).values(blank))
    erased = ledger.erase(tx, person_id, at)
    ledger.append(tx, "audit", {"action": "erase", "subject_table": "people", "subject": person_id}, {}, at=at)
    return erased
