"""Which group each item was sent to, and what became of it: routed, read, acted on, closed, the customer told back.

Gives     `send`, `mark`, `inbox`, `groups`, and digests that are sent once a period. Each within a transaction.
Method    one row per item and group. A state's time is set once and stays; who acts, closes or tells back has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store.schema import digests, routings
from worthline.errors import NoSuchName, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

STATES = ("read", "acted", "closed", "told_back")
"""What becomes of an item once it is routed."""
_BY = {"read": "read_by", "acted": "acted_by", "closed": "closed_by"}


@dataclass(frozen=True, slots=True)
class Route:
    """An item's way to one group."""

    item: str
    group: str
    cadence: str
    """at once, daily, weekly or monthly."""
    rule: str = ""
    theme: str = ""
    reason: str = ""


def send(tx: Connection, items: Sequence[str], routes: Iterable[Route], at: datetime) -> int:
    """Route items; gives how many ways are new.

    Ways that no rule wants any more go, unless somebody has read them or was sent them: so a changed answer ends
    where it would have ended at once.
    """
    wanted = {(route.item, route.group): route for route in routes}
    standing = {}
    for start in range(0, len(items), 500):
        some = list(items[start : start + 500])
        for row in tx.execute(sa.select(routings).where(routings.c.item.in_(some))):
            standing[row.item, row.group] = row
    untouched = [
        row.routing
        for key, row in standing.items()
        if key not in wanted and not (row.sent_at or row.read_at or row.acted_at or row.closed_at)
    ]
    for start in range(0, len(untouched), 500):
        tx.execute(sa.delete(routings).where(routings.c.routing.in_(untouched[start : start + 500])))
    changed = {key: route for key, route in wanted.items() if key in standing and _why(standing[key]) != _why(route)}
    for (item, group), route in changed.items():
        same_item = routings.c.item == item, routings.c.group == group
        tx.execute(sa.update(routings).where(*same_item).values(**_reasons(route), changed_at=at))
    rows = [
        {"item": route.item, "group": route.group, **_reasons(route), "routed_at": at, "version": 1, "changed_at": at}
        for key, route in wanted.items()
        if key not in standing
    ]
    if rows:
        tx.execute(sa.insert(routings), rows)
    return len(rows)


def _reasons(route: Route) -> dict[str, Any]:
    return {"cadence": route.cadence, "rule": route.rule, "theme": route.theme or None, "reason": route.reason or None}


def _why(routing: Any) -> tuple[str, ...]:
    return tuple(getattr(routing, name) or "" for name in ("cadence", "rule", "theme", "reason"))


def mark(tx: Connection, item: str, group: str, state: str, *, by: str, at: datetime) -> bool:
    """Say that an item was read, acted on, closed or the customer told back; whether that is new.

    Raises NoSuchName for an item that was not sent to the group, UsageError for another state.
    """
    if state not in STATES:
        raise UsageError(f"{state!r} is no state of an item. One of: {', '.join(STATES)}.")
    same_item = routings.c.item == item, routings.c.group == group
    row = tx.execute(sa.select(routings).where(*same_item)).first()
    if row is None:
        raise NoSuchName(f"item of {group or 'no group'}", item, [])
    if getattr(row, f"{state}_at") is not None:
        return False
    values: dict[str, Any] = {f"{state}_at": at, "version": row.version + 1, "changed_at": at}
    if row.read_at is None:
        values |= {"read_at": at, "read_by": by}
    if state in _BY:
        values[_BY[state]] = by
    tx.execute(sa.update(routings).where(*same_item, routings.c.version == row.version).values(**values))
    return True


def inbox(
    tx: Connection,
    group: str | None = None,
    *,
    is_open: bool | None = None,
    cadence: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = 1_000,
) -> list[dict[str, Any]]:
    """Items sent to a group (to any, where none is named), those that wait for attention first, newest first."""
    r = routings.c
    query = sa.select(routings)
    if group is not None:
        query = query.where(r.group == group)
    if is_open is not None:
        query = query.where(r.closed_at.is_(None) if is_open else r.closed_at.is_not(None))
    if cadence is not None:
        query = query.where(r.cadence == cadence)
    if since is not None:
        query = query.where(r.routed_at >= since)
    if until is not None:
        query = query.where(r.routed_at < until)
    query = query.order_by(r.closed_at.is_not(None), r.read_at.is_not(None), r.routed_at.desc(), r.routing.desc())
    return [dict(row) for row in tx.execute(query.limit(most)).mappings()]


def of_item(tx: Connection, item: str) -> list[dict[str, Any]]:
    """All ways of one item."""
    query = sa.select(routings).where(routings.c.item == item).order_by(routings.c.group)
    return [dict(row) for row in tx.execute(query).mappings()]


def unsent(
    tx: Connection, groups: Sequence[str], cadence: str, until: datetime, most: int = 500
) -> list[dict[str, Any]]:
    """Items of a cadence that were neither sent to these groups outside the app nor read by them, oldest first."""
    r = routings.c
    waiting = (
        r.group.in_(list(groups)),
        r.cadence == cadence,
        r.sent_at.is_(None),
        r.read_at.is_(None),
        r.routed_at < until,
    )
    query = sa.select(routings).where(*waiting).order_by(r.routed_at, r.routing).limit(most)
    return [dict(row) for row in tx.execute(query).mappings()]


def sent(tx: Connection, numbers: Sequence[int], at: datetime) -> None:
    """Write that these rows of routings were sent to their groups."""
    for start in range(0, len(numbers), 500):
        some = routings.c.routing.in_(list(numbers[start : start + 500]))
        tx.execute(sa.update(routings).where(some, routings.c.sent_at.is_(None)).values(sent_at=at))


def claim_digest(tx: Connection, group: str, cadence: str, period: str, items: int, at: datetime) -> bool:
    """Claim the digest of a period for sending; False where it was claimed before."""
    same_digest = digests.c.group == group, digests.c.cadence == cadence, digests.c.period == period
    if tx.execute(sa.select(digests.c.digest).where(*same_digest)).first() is not None:
        return False
    row = {"group": group, "cadence": cadence, "period": period, "items": items, "sent_at": at}
    tx.execute(sa.insert(digests), row)
    return True


def release_digest(tx: Connection, group: str, cadence: str, period: str) -> None:
    """Give a claim back: sending failed, and is tried again."""
    same_digest = digests.c.group == group, digests.c.cadence == cadence, digests.c.period == period
    tx.execute(sa.delete(digests).where(*same_digest))


def all_rows(tx: Connection) -> list[dict[str, Any]]:
    """Every routing with its times, for durations."""
    names = ("group", "cadence", "routed_at", "read_at", "acted_at", "closed_at", "told_back_at")
    query = sa.select(*(routings.c[name] for name in names)).order_by(routings.c.routing)
    return [dict(row) for row in tx.execute(query).mappings()]
