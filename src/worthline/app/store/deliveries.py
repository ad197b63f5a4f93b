"""Webhooks in the store: kept raw before they are acknowledged, then read into answers, in any order to the same end.

Gives     `keep`, `waiting`, `settle`, `answers`, `counts`. Each works within a transaction that it is handed.
Method    a delivery is kept once for its id: what is sent again finds its row and changes nothing. Of a response the
          highest revision counts; a lower one that comes later changes nothing. So the end is a function of the set of
          deliveries, not of their order or number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store.schema import deliveries, inbound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

WAITING, READ, IGNORED, UNREADABLE = "waiting", "read", "ignored", "unreadable"
STORED, KNOWN, CONFLICT = "stored", "known", "conflict"
Answer = dict[str, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery whose signature held."""

    source: str
    delivery: str
    body: bytes
    received_at: datetime

    @property
    def digest(self) -> str:
        """sha256 of the body."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Settled:
    """What a delivery was found to say."""

    source: str
    delivery: str
    received_at: datetime
    state: str
    reason: str = ""
    response: str = ""
    revision: str = ""
    answers: tuple[Answer, ...] = ()
    themes: tuple[tuple[str, ...], ...] = ()
    """Themes of each answer."""


def keep(tx: Connection, arrivals: Sequence[Arrival]) -> list[str]:
    """Keep deliveries; for each STORED, KNOWN (the same came before) or CONFLICT (its id came with another body)."""
    known = _digests(tx, arrivals)
    outcomes, rows = [], []
    for arrival in arrivals:
        key, digest = (arrival.source, arrival.delivery), arrival.digest
        if key in known:
            outcomes.append(KNOWN if known[key] == digest else CONFLICT)
            continue
        known[key] = digest
        outcomes.append(STORED)
        rows.append(
            {
                "source": arrival.source,
                "delivery": arrival.delivery,
                "received_at": arrival.received_at,
                "digest": digest,
                "body": arrival.body,
                "state": WAITING,
            }
        )
    if rows:
        tx.execute(sa.insert(deliveries), rows)
    return outcomes


def _digests(tx: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for source in {arrival.source for arrival in arrivals}:
        names = sorted({arrival.delivery for arrival in arrivals if arrival.source == source})
        for start in range(0, len(names), 500):
            mine = deliveries.c.source == source, deliveries.c.delivery.in_(names[start : start + 500])
            asked = sa.select(deliveries.c.delivery, deliveries.c.digest).where(*mine)
            found |= {(source, row.delivery): row.digest for row in tx.execute(asked)}
    return found


def waiting(tx: Connection, most: int) -> list[Arrival]:
    """Deliveries that nobody has read yet, those that came first before others."""
    d = deliveries.c
    asked = sa.select(d.source, d.delivery, d.body, d.received_at).where(d.state == WAITING)
    asked = asked.order_by(d.received_at, d.source, d.delivery).limit(most)
    return [Arrival(row.source, row.delivery, bytes(row.body or b""), row.received_at) for row in tx.execute(asked)]


def settle(tx: Connection, found: Iterable[Settled]) -> list[Settled]:
    """Write what deliveries say; gives those whose answers now stand, for routing, without those settled before."""
    fresh = []
    for one in found:
        mine = deliveries.c.source == one.source, deliveries.c.delivery == one.delivery
        update = sa.update(deliveries).where(*mine, deliveries.c.state == WAITING)
        if tx.execute(update.values(state=one.state, reason=one.reason or None, response=one.response)).rowcount != 1:
            continue
        if one.answers and _supersedes(tx, one):
            fresh.append(one)
    return fresh


def _supersedes(tx: Connection, one: Settled) -> bool:
    """Write a response's answers where they are newer than what stands; whether they are."""
    i = inbound.c
    mine = i.source == one.source, i.response == one.response
    standing = {row.item: row for row in tx.execute(sa.select(inbound).where(*mine))}
    revision = f"{one.revision}/{one.delivery}"
    if any(row.revision >= revision or row.erased_at is not None for row in standing.values()):
        return False
    if standing:
        tx.execute(sa.delete(inbound).where(*mine))
    themes = one.themes or ((),) * len(one.answers)
    rows = {
        item_of(answer): {
            "item": item_of(answer),
            "source": one.source,
            "response": one.response,
            "revision": revision,
            "received_at": one.received_at,
            "answer": json.dumps(answer, sort_keys=True),
            "themes": json.dumps(list(found)),
            "customer_id": answer.get("customer_id"),
        }
        for answer, found in zip(one.answers, themes, strict=True)
    }
    tx.execute(sa.delete(inbound).where(i.item.in_(sorted(rows))))
    tx.execute(sa.insert(inbound), list(rows.values()))
    return True


def item_of(answer: Answer) -> str:
    """The name of an answer: its response and its question, as in the tables of a run."""
    return f"{answer.get('feedback_id', '')}:{answer.get('metric', '')}"


def answers(tx: Connection, items: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Answers by item, with `received_at` and `themes`; all, or those named."""
    asked = sa.select(inbound).where(inbound.c.erased_at.is_(None)).order_by(inbound.c.item)
    rows: list[Any] = []
    if items is None:
        rows = list(tx.execute(asked))
    else:
        for start in range(0, len(items), 500):
            rows += list(tx.execute(asked.where(inbound.c.item.in_(list(items[start : start + 500])))))
    return {
        row.item: {**json.loads(row.answer or "{}"), "source": row.source, "received_at": row.received_at,
                   "themes": tuple(json.loads(row.themes or "[]"))}
        for row in rows
    }  # fmt: skip


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """Deliveries by source and state."""
    d = deliveries.c
    asked = sa.select(d.source, d.state, sa.func.count().label("n")).group_by(d.source, d.state)
    return {(row.source, row.state): row.n for row in tx.execute(asked)}


def unreadable(tx: Connection) -> list[dict[str, Any]]:
    """Signed deliveries that brought no answer although they should have: the next run sets each aside as a row."""
    d = deliveries.c
    asked = sa.select(d.source, d.delivery, d.received_at, d.reason).where(d.state == UNREADABLE)
    return [dict(row) for row in tx.execute(asked.order_by(d.source, d.delivery)).mappings()]


def erase(tx: Connection, customer_id: str, at: datetime) -> int:
    """Empty what a customer wrote, raw and read; gives how many answers. What is sent again later stays out."""
    i, d = inbound.c, deliveries.c
    found = list(tx.execute(sa.select(inbound).where(i.customer_id == customer_id, i.erased_at.is_(None))))
    blank: dict[str, Any] = {"answer": None, "customer_id": None, "erased_at": at}
    for row in found:
        tx.execute(sa.update(inbound).where(i.item == row.item).values(blank))
    for source, response in {(row.source, row.response) for row in found}:
        mine = d.source == source, d.response == response
        tx.execute(sa.update(deliveries).where(*mine).values(body=None, reason="erased"))
    return len(found)
