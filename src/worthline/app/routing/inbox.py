"""What each group has to read, and how long things took: from the store, with words masked.

Reads     the store, and names of customers that the run keeps apart, only to mask them.
Gives     GroupState for each group, Entry for each item sent to one; `entries`, `groups`, `item`.
Method    durations are medians over the items that came so far; a group that was sent something more than SILENT ago
          and has never read anything is said to never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from worthline.app.routing.rules import NOBODY
from worthline.app.store import deliveries
from worthline.app.store import routings as ways
from worthline.errors import NoSuchName
from worthline.ingest.masking import mask

if TYPE_CHECKING:
    from worthline.app.routing.context import Context
    from worthline.app.store import Store

SILENT = timedelta(days=7)
"""Without reading for so long after the first item, a group is said to never read."""
GONE = "(no longer kept)"
"""The words of an item that was erased, or that the published run no longer holds."""
STAGES = ("routed", "read", "acted", "closed")


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in a group's inbox; its text is masked."""

    item: str
    group: str
    text: str
    score: str
    scale: str
    metric: str
    touchpoint: str
    channel: str
    language: str
    customer_id: str
    themes: tuple[str, ...]
    source: str
    said_at: str
    received_at: datetime | None
    cadence: str
    rule: str
    reason: str
    routed_at: datetime
    read_at: datetime | None
    acted_at: datetime | None
    closed_at: datetime | None
    told_back_at: datetime | None

    @property
    def state(self) -> str:
        """routed, read, acted or closed; with "told back" beside it where the customer was."""
        now = next((s for s in reversed(STAGES) if getattr(self, f"{s}_at") is not None), "routed")
        return f"{now}, told back" if self.told_back_at else now

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        plain = {name: _plain(value) for name, value in asdict(self).items()}
        return plain | {"state": self.state}


@dataclass(frozen=True, slots=True)
class GroupState:
    """How a group stands."""

    group: str
    items: int
    unread: int
    not_closed: int
    oldest_unread: datetime | None
    hours_to_read: float | None
    hours_to_act: float | None
    hours_to_close: float | None
    told_back: int
    never_reads: bool

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def groups(store: Store, known: Sequence[str] = ()) -> list[GroupState]:
    """Every group that was ever sent something, and those `known`; those with most to read first."""
    with store.reading() as tx:
        rows = ways.all_rows(tx)
    now = store.clock()
    by_group: dict[str, list[dict[str, Any]]] = {name: [] for name in known}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row)
    states = [_state(name, items, now) for name, items in by_group.items()]
    return sorted(states, key=lambda state: (-state.unread, -state.not_closed, state.group == NOBODY, state.group))


def _state(group: str, rows: Sequence[dict[str, Any]], now: datetime) -> GroupState:
    unread = [row for row in rows if row["read_at"] is None and row["closed_at"] is None]
    first = min((row["routed_at"] for row in rows), default=None)
    has_read = any(row["read_at"] is not None for row in rows)
    return GroupState(
        group=group,
        items=len(rows),
        unread=len(unread),
        not_closed=sum(row["closed_at"] is None for row in rows),
        oldest_unread=min((row["routed_at"] for row in unread), default=None),
        hours_to_read=_hours(rows, "read_at"),
        hours_to_act=_hours(rows, "acted_at"),
        hours_to_close=_hours(rows, "closed_at"),
        told_back=sum(row["told_back_at"] is not None for row in rows),
        never_reads=first is not None and not has_read and now - first > SILENT,
    )


def _hours(rows: Sequence[dict[str, Any]], until: str) -> float | None:
    """The median time from routing; None where it never came so far."""
    spans = [(row[until] - row["routed_at"]).total_seconds() / 3600 for row in rows if row[until] is not None]
    return round(median(spans), 4) if spans else None


def entries(store: Store, context: Context, group: str | None = None, **narrowed: Any) -> list[Entry]:
    """Items of a group, or of all; `narrowed` as `routings.inbox` takes it."""
    with store.reading() as tx:
        rows = ways.inbox(tx, group, **narrowed)
        comments = deliveries.answers(tx, sorted({row["item"] for row in rows}))
    return _entries(rows, comments, context)


def item(store: Store, context: Context, name: str) -> list[Entry]:
    """An item at each group that it was sent to; raises NoSuchName."""
    with store.reading() as tx:
        rows = ways.of_item(tx, name)
        comments = deliveries.answers(tx, [name])
    if not rows:
        raise NoSuchName("item", name, [])
    return _entries(rows, comments, context)


def _entries(rows: Sequence[dict[str, Any]], comments: dict[str, dict[str, Any]], context: Context) -> list[Entry]:
    comments = {**_of_run(context, [row["item"] for row in rows if row["item"] not in comments]), **comments}
    names = context.names([comment.get("customer_id") or "" for comment in comments.values()])
    return [_entry(row, comments.get(row["item"], {}), names) for row in rows]


def _of_run(context: Context, items: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Comments of the published run, in the form of those that arrived."""
    return {
        name: row | {"score": "" if row["score"] is None else f"{row['score']:g}", "at": f"{row['day'] or ''}"}
        for name, row in context.comments_named(sorted(set(items))).items()
    }


def _entry(row: dict[str, Any], comment: dict[str, Any], names: dict[str, list[str]]) -> Entry:
    customer = comment.get("customer_id") or ""
    own = [*names.get(customer, ()), *([comment["author"]] if comment.get("author") else ())]
    return Entry(
        item=row["item"],
        group=row["group"],
        text=mask(comment.get("text") or "", own) if comment else GONE,
        score=comment.get("score") or "",
        scale=comment.get("scale") or "",
        metric=comment.get("metric") or "",
        touchpoint=comment.get("touchpoint") or "",
        channel=comment.get("channel") or "",
        language=comment.get("language") or "",
        customer_id=customer,
        themes=tuple(comment.get("themes") or ()),
        source=comment.get("source") or "",
        said_at=comment.get("at") or "",
        received_at=comment.get("received_at"),
        cadence=row["cadence"] or "",
        rule=row["rule"] or "",
        reason=row["reason"] or "",
        routed_at=row["routed_at"],
        read_at=row["read_at"],
        acted_at=row["acted_at"],
        closed_at=row["closed_at"],
        told_back_at=row["told_back_at"],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
