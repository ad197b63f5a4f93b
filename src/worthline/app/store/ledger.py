"""The chain: every entry of register and audit covers the one before it, so that nothing changes unseen.

Reads     and adds rows of `entries`, `payloads` and the append-only tables.
Gives     `append`, `erase`, `verify`, Head.
Method    hash = sha256(previous | number | moment | kind | hash of the row | hash of the words). Row and words are
          hashed with a salt each, so that nobody finds a name by trying names. The words (names, free text) stand
          apart and can be erased with their salt: the chain still holds, and only that they were erased is seen.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store.columns import moment_text, ten_thousandths
from worthline.app.store.schema import KINDS, entries, payloads

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

FIRST = "0" * 64
"""What the first entry follows."""
_LOCK = 7_202_024


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the chain; number 0 of an empty one."""

    seq: int
    hash: str

    def as_json(self) -> dict[str, Any]:
        """As run.json has it."""
        return {"seq": self.seq, "hash": self.hash}


def lock(tx: Connection) -> None:
    """Have no other writer add to the chain until this transaction ends; SQLite has one writer at a time anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def head(tx: Connection) -> Head:
    """The last entry."""
    last = tx.execute(sa.select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)).first()
    return Head(last.seq, last.hash) if last else Head(0, FIRST)


def append(
    tx: Connection,
    kind: str,
    facts: Mapping[str, Any],
    words: Mapping[str, Any],
    *,
    at: datetime,
    person: str | None = None,
) -> int:
    """Add a row to the append-only table `kind`, and its entry; gives the entry's number.

    `facts` are the row's columns, without names or free text; `words` are those, kept apart; `person` whom they name.
    """
    lock(tx)
    last, table = head(tx), KINDS[kind]
    row = {column.name: facts.get(column.name) for column in table.columns if column.name != "entry"}
    text = canonical(words) if words else ""
    salts = secrets.token_hex(16), secrets.token_hex(16) if text else ""
    hashes = _salted(salts[0], canonical(row)), _salted(salts[1], text) if text else ""
    seq, moment = last.seq + 1, moment_text(at)
    entry = {
        "seq": seq,
        "at": at,
        "kind": kind,
        "facts_salt": salts[0],
        "facts_hash": hashes[0],
        "words_hash": hashes[1],
        "previous": last.hash,
        "hash": link(last.hash, seq, moment, kind, *hashes),
    }
    tx.execute(sa.insert(entries), entry)
    tx.execute(sa.insert(table), {"entry": seq, **row})
    if text:
        tx.execute(sa.insert(payloads), {"entry": seq, "person": person, "salt": salts[1], "words": text})
    return seq


def link(previous: str, seq: int, moment: str, kind: str, facts_hash: str, words_hash: str) -> str:
    """The hash of an entry."""
    return hashlib.sha256("|".join((previous, str(seq), moment, kind, facts_hash, words_hash)).encode()).hexdigest()


def words(tx: Connection, seq: int) -> dict[str, Any]:
    """The words of an entry; none where they were erased, or there never were any."""
    text = tx.execute(sa.select(payloads.c.words).where(payloads.c.entry == seq)).scalar()
    return dict(json.loads(text)) if text else {}


def erase(tx: Connection, person: str, at: datetime) -> int:
    """Empty the words that name a person; gives how many entries they stood in. The chain stays whole."""
    is_theirs = payloads.c.person == person, payloads.c.words.is_not(None)
    return tx.execute(sa.update(payloads).where(*is_theirs).values(words=None, salt=None, erased_at=at)).rowcount


def verify(tx: Connection) -> list[str]:
    """What is wrong with the chain, in words; nothing where it is whole."""
    return list(_faults(tx))


def _faults(tx: Connection) -> Iterator[str]:
    rows = {kind: _rows(tx, kind) for kind in KINDS}
    payload_rows = {row.entry: row for row in tx.execute(sa.select(payloads))}
    previous, expected = FIRST, 1
    for entry in tx.execute(sa.select(entries).order_by(entries.c.seq)):
        if entry.seq != expected:
            missing = f"entry {expected}" if entry.seq == expected + 1 else f"entries {expected} to {entry.seq - 1}"
            yield f"{missing} missing before entry {entry.seq}"
        expected = entry.seq + 1
        parts = entry.seq, moment_text(entry.at), entry.kind, entry.facts_hash, entry.words_hash
        if entry.previous != previous:
            yield f"entry {entry.seq} does not follow the one before it"
        if entry.hash != link(entry.previous, *parts):
            yield f"entry {entry.seq} was changed"
        previous = entry.hash
        row = rows.get(entry.kind, {}).pop(entry.seq, None)
        if row is None:
            yield f"entry {entry.seq}: its row in {entry.kind} is missing"
        elif _salted(entry.facts_salt, canonical(row)) != entry.facts_hash:
            yield f"entry {entry.seq}: its row in {entry.kind} was changed"
        yield from _wrong_words(entry, payload_rows.pop(entry.seq, None))
    for kind, unmatched in rows.items():
        for seq in unmatched:
            yield f"a row in {kind} has no entry {seq}"
    for seq in payload_rows:
        yield f"words have no entry {seq}"


def _wrong_words(entry: Row[Any], payload: Row[Any] | None) -> Iterator[str]:
    if not entry.words_hash:
        if payload is not None:
            yield f"entry {entry.seq}: words were added"
    elif payload is None:
        yield f"entry {entry.seq}: its words are missing"
    elif payload.erased_at is None and _salted(payload.salt or "", payload.words or "") != entry.words_hash:
        yield f"entry {entry.seq}: its words were changed"


def _rows(tx: Connection, kind: str) -> dict[int, dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for row in tx.execute(sa.select(KINDS[kind])):
        values = row._asdict()
        rows[values.pop("entry")] = values
    return rows


def canonical(values: Mapping[str, Any]) -> str:
    """Values as text that is the same whichever database they come from."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(ten_thousandths(value))
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of an entry")


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()
