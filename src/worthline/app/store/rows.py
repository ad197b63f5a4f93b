"""Rows that people change: added, changed only by who saw the latest version, each change in the audit.

Gives     `add`, `change`, `get`; raises ChangedMeanwhile, NoSuchName.
Method    optimistic locking: the version that was seen must be the one that stands. What a change was, before and
          after, is kept in the words of an audit entry, which covers it by its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import ledger
from worthline.app.store.people import person
from worthline.errors import ChangedMeanwhile, NoSuchName, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.engine import Connection

KEPT = ("version", "changed_at")
"""Columns that are set here, not by whoever writes."""


def add(tx: Connection, table: Table, values: Mapping[str, Any], *, by: str, at: datetime) -> str:
    """Add a row; gives its key as text. Raises UsageError where the key is taken."""
    key = _key(table)
    if key.name in values and get(tx, table, values[key.name]) is not None:
        raise UsageError(f"There is a {_one(table)} called {values[key.name]!r} already. Change that one.")
    inserted_key = tx.execute(sa.insert(table), {**values, "version": 1, "changed_at": at}).inserted_primary_key
    name = str(inserted_key[0] if inserted_key else values[key.name])
    _audit(tx, "add", table, name, 1, {"after": values}, by=by, at=at)
    return name


def change(
    tx: Connection, table: Table, name: Any, values: Mapping[str, Any], *, seen: int, by: str, at: datetime
) -> int:
    """Change a row whose version `seen` still stands; gives its new version. Raises ChangedMeanwhile, NoSuchName."""
    ledger.lock(tx)
    before = get(tx, table, name)
    if before is None:
        raise NoSuchName(_one(table), str(name), _names(tx, table))
    if before["version"] != seen:
        differing = [n for n, value in values.items() if before[n] != value]
        raise ChangedMeanwhile(f"{_one(table).capitalize()} {name}", before, differing)
    changed = {n: value for n, value in values.items() if before[n] != value}
    row: dict[str, Any] = {**changed, "version": seen + 1, "changed_at": at}
    same_version = sa.and_(_key(table) == name, table.c.version == seen)
    if tx.execute(sa.update(table).where(same_version).values(row)).rowcount != 1:
        raise ChangedMeanwhile(f"{_one(table).capitalize()} {name}", get(tx, table, name) or before, list(changed))
    was = {n: before[n] for n in changed}
    _audit(tx, "change", table, str(name), seen + 1, {"before": was, "after": changed}, by=by, at=at)
    return seen + 1


def get(tx: Connection, table: Table, name: Any) -> dict[str, Any] | None:
    """A row by its key; None where there is none."""
    row = tx.execute(sa.select(table).where(_key(table) == name)).first()
    return dict(row._mapping) if row else None


def _audit(
    tx: Connection,
    action: str,
    table: Table,
    name: str,
    version: int,
    words: Mapping[str, Any],
    *,
    by: str,
    at: datetime,
) -> None:
    actor = person(tx, by, at)
    facts = {"actor": actor, "action": action, "subject_table": table.name, "subject": name, "version": version}
    plain = {side: {n: _plain(v) for n, v in values.items()} for side, values in words.items()}
    ledger.append(tx, "audit", facts, {"by": by, **plain}, at=at, person=actor)


def _plain(value: Any) -> Any:
    """As the audit tells it."""
    return str(value) if isinstance(value, Decimal | date) else value


def _key(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


def _one(table: Table) -> str:
    return table.name.removesuffix("s").replace("_", " ").replace("root cause", "root-cause action")


def _names(tx: Connection, table: Table) -> list[str]:
    return [str(key) for key in tx.execute(sa.select(_key(table))).scalars()]
