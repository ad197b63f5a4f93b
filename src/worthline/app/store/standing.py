"""Whether the store is the one that runs were made from; and bringing forward one that is an earlier copy.

Reads     the store, its last snapshot, the published run.
Gives     `behind`: in words, how the store falls short of a run; `bring_forward`: entries put back from the snapshot.
Method    a run publishes the number and hash of the chain's last entry. A store that lacks that entry was restored
          from an earlier copy: its missing entries, and assignments, are in the snapshot and put back, once. A store
          that has another entry in its place has parted from the run: that is said, and nothing is put back.
Not for   names and notes of entries that are put back: a snapshot does not hold them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import ledger, schema, snapshot, treatments
from worthline.app.store.columns import UNIT, Moment, Money
from worthline.app.store.ledger import FIRST, Head
from worthline.engine import publish
from worthline.errors import WorthlineError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from worthline.app.store.opening import Store

BROUGHT_BY = "worthline"
_DESCRIBED = ("initiatives", "actions", "groups", "root_causes", "assumptions")


def behind(store: Store, folder: Path) -> str | None:
    """How the store falls short of the last snapshot, or of the published run; None where it does not."""
    for what, head in _heads(folder):
        with store.reading() as tx:
            own, there = ledger.head(tx), _hash_at(tx, head.seq)
        if there == head.hash:
            continue
        if there is None:
            return (
                f"{what} was made from {head.seq:,} entries; the store holds {own.seq:,}. It was restored from an "
                "earlier copy, or is another one."
            )
        return f"{what} and the store have different entries number {head.seq:,}: they parted before it."
    return None


def _heads(folder: Path) -> list[tuple[str, Head]]:
    heads = []
    last = snapshot.latest(folder)
    if last is not None:
        heads.append((f"Snapshot {last.name}", last.head))
    try:
        chain_head = publish.current(folder).json("run").get("store_head")
        if chain_head:
            heads.append(("The published run", Head(int(chain_head["seq"]), str(chain_head["hash"]))))
    except (WorthlineError, OSError, ValueError, KeyError, TypeError):
        pass  # no run, or a damaged one: told where it is opened
    return heads


def _hash_at(tx: Connection, seq: int) -> str | None:
    if seq == 0:
        return FIRST
    entry_hash = tx.execute(sa.select(schema.entries.c.hash).where(schema.entries.c.seq == seq)).scalar()
    return None if entry_hash is None else str(entry_hash)


def bring_forward(store: Store, folder: Path) -> tuple[str, ...]:
    """Put back entries that the last snapshot has and the store has not; says what was done, or why nothing was."""
    short = behind(store, folder)
    if short is None:
        return ()
    last = snapshot.latest(folder)
    chain = _chain(last.path) if last is not None else []
    with store.writing() as tx:
        ledger.lock(tx)
        own = ledger.head(tx)
        missing = [entry for entry in chain if entry["seq"] > own.seq]
        hashes = {entry["seq"]: entry["hash"] for entry in chain} | {0: FIRST}
        if last is None or not missing or hashes.get(own.seq) != own.hash or any("row" not in e for e in missing):
            return (f"{short} Entries cannot be put back: restore a later backup (worthline store restore).",)
        for entry in missing:
            _put_back(tx, entry, store.clock())
        assigned = _assignments(tx, last.path, store.clock())
        added = _described(tx, last.path, store.clock())
        facts = {"action": "bring forward", "subject_table": "entries", "subject": last.name, "version": len(missing)}
        ledger.append(tx, "audit", facts, {"by": BROUGHT_BY}, at=store.clock())
    span = f"entries {missing[0]['seq']:,} to {missing[-1]['seq']:,}"
    sentence = (
        f"{short} From snapshot {last.name} {span} were put back, with {assigned:,} assignments and {added:,} other "
    )
    sentence += "rows. Names and notes of these entries are not in a snapshot: look at them in worthline register."
    return (sentence,)


def _chain(path: Path) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = json.loads((path / snapshot.CHAIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return entries


def _put_back(tx: Connection, entry: dict[str, Any], now: datetime) -> None:
    table = schema.KINDS[entry["kind"]]
    row = {name: _typed(table.c[name], value) for name, value in entry.pop("row").items()}
    for name, column in table.c.items():
        refers = any(key.column.table is schema.people for key in column.foreign_keys)
        if refers and row[name] is not None:
            _somebody(tx, row[name], now)
    tx.execute(sa.insert(schema.entries), {**entry, "at": _moment(entry["at"])})
    tx.execute(sa.insert(table), row)
    if entry["words_hash"]:
        tx.execute(sa.insert(schema.payloads), {"entry": entry["seq"], "erased_at": now})


def _somebody(tx: Connection, person: str, now: datetime) -> None:
    if tx.execute(sa.select(schema.people.c.person).where(schema.people.c.person == person)).first() is None:
        row = {"person": person, "signed_in": False, "version": 1, "changed_at": now}
        tx.execute(sa.insert(schema.people), row)


def _typed(column: sa.Column[Any], value: Any) -> Any:
    """A value of chain.json, or of a snapshot's text, as the column keeps it."""
    if value is None or not isinstance(value, str):
        return value
    match column.type:
        case Money():
            return Decimal(value) * UNIT
        case Moment():
            return _moment(value)
        case sa.Date():
            return date.fromisoformat(value)
        case sa.Float():
            return float(value)
        case sa.Integer():
            return int(value)
        case _:
            return value


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    file = path / f"{table}.parquet"
    return list(pq.read_table(file).to_pylist()) if file.is_file() else []


def _assignments(tx: Connection, path: Path, now: datetime) -> int:
    names = ("customer_id", "initiative", "arm", "stratum", "cluster", "channel")
    rows = (
        treatments.Assignment(
            **{name: row[name] for name in names},
            at=_moment(row["at"]),
            cost=None if row["cost"] is None else Decimal(row["cost"]),
        )
        for row in _rows(path, "treatments")
    )
    return treatments.assign(tx, rows, by=BROUGHT_BY, at=now)


def _described(tx: Connection, path: Path, now: datetime) -> int:
    """Rows of initiatives, actions and the like that the store does not have at all."""
    added = 0
    for name in _DESCRIBED:
        table = schema.tables()[name]
        key = next(iter(table.primary_key.columns))
        there = set(tx.execute(sa.select(key)).scalars())
        for row in _rows(path, name):
            if row[key.name] not in there:
                values = {n: _written(table.c[n], v) for n, v in row.items() if n in table.c}
                tx.execute(sa.insert(table), {**values, "version": 1, "changed_at": now})
                added += 1
    return added


def _written(column: sa.Column[Any], value: str | None) -> Any:
    """A snapshot's text: money is written as an amount there."""
    return Decimal(value) if value is not None and isinstance(column.type, Money) else _typed(column, value)
