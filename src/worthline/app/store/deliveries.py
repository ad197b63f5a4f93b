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
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store.schema import deliveries, inbound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

WAITING, READ, IGNORED, UNREADABLE = "waiting", "read", "ignored", "unreadable"
STORED, KNOWN, CONFLICT = "stored", "known", "conflict"
FROM_CALLS = "worklist"
"""The source of words that callers wrote down: they reach a run with the treatment, not as feedback."""
Answer = dict[str, str]
_ONE_DESK = 7_202_045
"""PostgreSQL's lock under which deliveries are settled; SQLite has one writer anyway."""


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
    digests = _digests(tx, arrivals)
    outcomes, rows = [], []
    for arrival in arrivals:
        key, digest = (arrival.source, arrival.delivery), arrival.digest
        if key in digests:
            outcomes.append(KNOWN if digests[key] == digest else CONFLICT)
            continue
        digests[key] = digest
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
    digests: dict[tuple[str, str], str] = {}
    for source in {arrival.source for arrival in arrivals}:
        names = sorted({arrival.delivery for arrival in arrivals if arrival.source == source})
        for some in _pieces(names):
            chosen = deliveries.c.source == source, deliveries.c.delivery.in_(some)
            query = sa.select(deliveries.c.delivery, deliveries.c.digest).where(*chosen)
            digests |= {(source, row.delivery): row.digest for row in tx.execute(query)}
    return digests


def waiting(tx: Connection, most: int) -> list[Arrival]:
    """Deliveries that nobody has read yet, those that came first before others."""
    d = deliveries.c
    query = sa.select(d.source, d.delivery, d.body, d.received_at).where(d.state == WAITING)
    query = query.order_by(d.received_at, d.source, d.delivery).limit(most)
    return [Arrival(row.source, row.delivery, bytes(row.body or b""), row.received_at) for row in tx.execute(query)]


def settle(tx: Connection, settled: Iterable[Settled]) -> tuple[list[Settled], list[str]]:
    """Write what deliveries say, without those settled before.

    Gives those whose answers now stand, for routing, and the items that stood before them.
    """
    if tx.dialect.name == "postgresql":
        # Two desks that read two states of one response at the same time would see neither, and keep both.
        tx.execute(sa.text("select pg_advisory_xact_lock(:n)"), {"n": _ONE_DESK})
    waiting, updates, read = _still_waiting(tx, settled := list(settled)), [], []
    for delivery in settled:
        key = delivery.source, delivery.delivery
        if key in waiting:
            waiting.discard(key)
            values = {
                "to_state": delivery.state,
                "to_reason": delivery.reason or None,
                "to_response": delivery.response or None,
            }
            updates.append({"of_source": delivery.source, "of_delivery": delivery.delivery, **values})
            read += _responses(delivery) if delivery.answers else []
    if updates:
        tx.execute(_SETTLE, updates)
    return _superseded(tx, read)


_SETTLE = (
    sa.update(deliveries)
    .where(deliveries.c.source == sa.bindparam("of_source"), deliveries.c.delivery == sa.bindparam("of_delivery"))
    .values(state=sa.bindparam("to_state"), reason=sa.bindparam("to_reason"), response=sa.bindparam("to_response"))
)


def _still_waiting(tx: Connection, settled: Sequence[Settled]) -> set[tuple[str, str]]:
    keys: set[tuple[str, str]] = set()
    for source in {delivery.source for delivery in settled}:
        names = sorted({delivery.delivery for delivery in settled if delivery.source == source})
        for some in _pieces(names):
            chosen = deliveries.c.source == source, deliveries.c.delivery.in_(some), deliveries.c.state == WAITING
            keys |= {(source, row.delivery) for row in tx.execute(sa.select(deliveries.c.delivery).where(*chosen))}
    return keys


def _pieces(names: Sequence[str], most: int = 500) -> Iterable[list[str]]:
    """So many names as one question may hold."""
    return (list(names[start : start + most]) for start in range(0, len(names), most))


def _responses(delivery: Settled) -> list[Settled]:
    """A delivery's responses, each with its own answers and revision: one message may bring several."""
    places_by_response: dict[str, list[int]] = {}
    for place, answer in enumerate(delivery.answers):
        places_by_response.setdefault(answer.get("feedback_id", ""), []).append(place)
    themes = delivery.themes or ((),) * len(delivery.answers)
    return [
        replace(
            delivery,
            response=response,
            revision=delivery.revision or f"{max(delivery.answers[place].get('updated_at', '') for place in places)}/0",
            answers=tuple(delivery.answers[place] for place in places),
            themes=tuple(themes[place] for place in places),
        )
        for response, places in places_by_response.items()
    ]


@dataclass(frozen=True, slots=True)
class _Standing:
    """An answer that stands, or is about to: of which response, in which state."""

    source: str
    response: str
    revision: str
    is_erased: bool = False


def _superseded(tx: Connection, read: Sequence[Settled]) -> tuple[list[Settled], list[str]]:
    """Write responses' answers where they are newer than what stands; as `settle` gives them."""
    standing = _standing(tx, read)
    of_response: dict[tuple[str, str], set[str]] = {}
    for item, row in standing.items():
        of_response.setdefault((row.source, row.response), set()).add(item)
    there = set(standing)
    rows: dict[str, dict[str, Any]] = {}
    fresh: dict[tuple[str, str], Settled] = {}
    before: set[str] = set()
    for response in read:
        key, revision = (response.source, response.response), f"{response.revision}/{response.delivery}"
        own = {
            item_of(answer): (answer, themes) for answer, themes in zip(response.answers, response.themes, strict=True)
        }
        replaced = {*of_response.get(key, ()), *(item for item in own if item in standing)}
        if any(standing[item].revision >= revision or standing[item].is_erased for item in replaced):
            continue
        for item in replaced:
            previous = standing.pop(item)
            of_response[previous.source, previous.response].discard(item)
            rows.pop(item, None)
        for item, (answer, themes) in own.items():
            standing[item] = _Standing(response.source, response.response, revision)
            of_response.setdefault(key, set()).add(item)
            rows[item] = _row(response, item, revision, answer, themes)
        before |= replaced
        fresh[key] = response
    for some in _pieces(sorted(before & there)):
        tx.execute(sa.delete(inbound).where(inbound.c.item.in_(some)))
    if rows:
        tx.execute(sa.insert(inbound), list(rows.values()))
    return list(fresh.values()), sorted(before)


def _standing(tx: Connection, read: Sequence[Settled]) -> dict[str, _Standing]:
    """By item what stands of these responses, or under the names of their answers."""
    i = inbound.c
    query = sa.select(i.item, i.source, i.response, i.revision, i.erased_at)
    names = sorted({item_of(answer) for response in read for answer in response.answers})
    conditions: list[sa.ColumnElement[bool]] = [i.item.in_(some) for some in _pieces(names)]
    for source in {response.source for response in read}:
        responses = sorted({response.response for response in read if response.source == source})
        conditions += [sa.and_(i.source == source, i.response.in_(some)) for some in _pieces(responses)]
    matching = (row for condition in conditions for row in tx.execute(query.where(condition)))
    return {row.item: _Standing(row.source, row.response, row.revision, row.erased_at is not None) for row in matching}


def _row(response: Settled, item: str, revision: str, answer: Answer, themes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "item": item,
        "source": response.source,
        "response": response.response,
        "delivery": response.delivery,
        "revision": revision,
        "received_at": response.received_at,
        "answer": json.dumps(answer, sort_keys=True),
        "themes": json.dumps(list(themes)),
        "customer_id": answer.get("customer_id"),
    }


def item_of(answer: Answer) -> str:
    """The name of an answer: its response and its question, as in the tables of a run."""
    return f"{answer.get('feedback_id', '')}:{answer.get('metric', '')}"


def answers(tx: Connection, items: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Answers by item, with `received_at` and `themes`; all, or those named."""
    query = sa.select(inbound).where(inbound.c.erased_at.is_(None)).order_by(inbound.c.item)
    rows: list[Any] = []
    if items is None:
        rows = list(tx.execute(query))
    else:
        for some in _pieces(items):
            rows += list(tx.execute(query.where(inbound.c.item.in_(some))))
    return {
        row.item: {**json.loads(row.answer or "{}"), "source": row.source, "received_at": row.received_at,
                   "themes": tuple(json.loads(row.themes or "[]"))}
        for row in rows
    }  # fmt: skip


def brought(tx: Connection) -> tuple[set[str], set[str]]:
    """What reached an inbox before any run: ids of responses that arrived, and customers whose words a caller wrote."""
    query = sa.select(inbound.c.item, inbound.c.source, inbound.c.customer_id)
    arrived, called = set(), set()
    for row in tx.execute(query):
        if row.source == FROM_CALLS:
            called.add(row.customer_id)
        else:
            # An answer is called RESPONSE:QUESTION, and either may hold a colon.
            arrived |= {row.item[:index] for index, sign in enumerate(row.item) if sign == ":"}
    return arrived, called - {None}


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """Deliveries by source and state."""
    d = deliveries.c
    query = sa.select(d.source, d.state, sa.func.count().label("n")).group_by(d.source, d.state)
    return {(row.source, row.state): row.n for row in tx.execute(query)}


def unreadable(tx: Connection) -> list[dict[str, Any]]:
    """Signed deliveries that brought no answer although they should have: the next run sets each aside as a row."""
    d = deliveries.c
    query = sa.select(d.source, d.delivery, d.received_at, d.reason).where(d.state == UNREADABLE)
    return [dict(row) for row in tx.execute(query.order_by(d.source, d.delivery)).mappings()]


def erase(tx: Connection, customer_id: str, at: datetime) -> int:
    """Empty what a customer wrote, raw and read; gives how many answers. What is sent again later stays out."""
    i, d = inbound.c, deliveries.c
    rows = list(tx.execute(sa.select(inbound).where(i.customer_id == customer_id, i.erased_at.is_(None))))
    blank: dict[str, Any] = {"answer": None, "customer_id": None, "erased_at": at}
    for row in rows:
        tx.execute(sa.update(inbound).where(i.item == row.item).values(blank))
    for source, response, delivery in {(row.source, row.response, row.delivery) for row in rows}:
        delivery_of_answer = sa.and_(d.source == source, sa.or_(d.response == response, d.delivery == delivery))
        tx.execute(sa.update(deliveries).where(delivery_of_answer).values(body=None, reason="erased"))
    return len(rows)


def erase_unanswered(tx: Connection) -> int:
    """Empty the raw messages that brought no answer, of which nobody knows whose they are; gives how many."""
    d = deliveries.c
    held = d.state.in_((UNREADABLE, IGNORED)), d.body.is_not(None)
    return tx.execute(sa.update(deliveries).where(*held).values(body=None)).rowcount


FEEDBACK = (
    *("feedback_id", "at", "metric", "score", "text", "customer_id", "respondent", "location", "scale", "touchpoint"),
    *("case_id", "channel", "language", "author", "updated_at", "known_at"),
)
"""Columns of `feedback` that arrive."""


def feedback(tx: Connection) -> list[dict[str, Any]]:
    """Everything that arrived as rows of `feedback`, as text, in order of their names, for the next run.

    What should have been an answer and cannot be read is a row without a metric: the run sets it aside and counts it.
    """
    arrived = [answer for answer in answers(tx).values() if answer["source"] != FROM_CALLS]
    rows = [{**dict.fromkeys(FEEDBACK), **_known_columns(answer)} for answer in arrived]
    for delivery in unreadable(tx):
        row: dict[str, Any] = dict.fromkeys(FEEDBACK)
        row |= {"feedback_id": f"{delivery['source']}-{delivery['delivery']}"}
        rows.append(row | {"at": delivery["received_at"], "known_at": delivery["received_at"]})
    return sorted(rows, key=lambda row: (str(row["feedback_id"]), str(row["metric"])))


def _known_columns(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in FEEDBACK if name in answer} | {"known_at": answer["received_at"]}
