"""Inboxes, digests and sources, as pages for the terminal and as JSON.

Reads     entries and states of groups.
Gives     Told: a page and its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from worthline.app.routing import digest as digests
from worthline.app.routing.digest import Digest, excerpt
from worthline.app.routing.inbox import Entry, GroupState
from worthline.app.routing.rules import duration
from worthline.errors import WorthlineError
from worthline.metrics import formatting
from worthline.reports.page import Column, Facts, Grid, Header, Page, Text

if TYPE_CHECKING:
    from worthline.app.routing.office import Office

NOTHING = (
    "Nothing has arrived here yet. Name a source of webhooks in worthline.toml ([inbound.NAME]), set its secret, and "
    "start the app: worthline serve. See docs/how-to/hear-customers-at-once.md."
)
STATE_WORDS = {"routed": "New", "read": "Read", "acted": "Acted on", "closed": "Closed"}


@dataclass(frozen=True, slots=True)
class Told:
    """A page, and the same for programs."""

    page: Page
    content: Any


def _page(*blocks: Any) -> Page:
    return Page(Header("Inbox", "", "", simulated=False), blocks)


def when(moment: datetime | None) -> str:
    """A moment as people read it, in UTC."""
    return "" if moment is None else f"{formatting.day(moment.date())} {moment:%H:%M}"


def state(entry: Entry) -> str:
    """The state of an entry in words."""
    first = STATE_WORDS[entry.state.partition(",")[0]]
    return f"{first}, customer informed" if entry.told_back_at else first


def _many(count: int, noun: str) -> str:
    return f"{formatting.count(count)} {noun}{'' if count == 1 else 's'}"


def summary(states: Sequence[GroupState]) -> str:
    """The answer of the page of inboxes in one sentence or two."""
    unread = sum(each.unread for each in states)
    waiting = [each for each in states if each.unread]
    silent = [each.group for each in states if each.never_reads]
    sentence = (
        f"{_many(unread, 'comment')} unread in {_many(len(waiting), 'group')}." if unread else "Everything is read."
    )
    return f"{sentence} Never read anything: {', '.join(silent)}." if silent else sentence


def _hours(hours: float | None) -> str:
    return "" if hours is None else duration(hours * 3600)


GROUP_COLUMNS = (
    *(Column("Group"), Column("Unread", number=True), Column("Open", number=True), Column("All", number=True)),
    *(Column("Oldest unread"), Column("Median time to read"), Column("To act"), Column("To close"), Column("Note")),
)


def group_rows(states: Sequence[GroupState], now: datetime) -> tuple[tuple[str, ...], ...]:
    """A row per group."""
    return tuple(
        (
            group.group,
            formatting.count(group.unread),
            formatting.count(group.not_closed),
            formatting.count(group.items),
            duration((now - group.oldest_unread).total_seconds()) if group.oldest_unread else "",
            _hours(group.hours_to_read),
            _hours(group.hours_to_act),
            _hours(group.hours_to_close),
            "Never reads" if group.never_reads else "",
        )
        for group in states
    )


def groups(states: Sequence[GroupState], now: datetime) -> Told:
    """How every group stands."""
    grid = Grid(GROUP_COLUMNS, group_rows(states, now), label="Groups")
    return Told(_page(Text((summary(states),)), grid), {"groups": [group.as_json() for group in states]})


ENTRY_COLUMNS = (
    *(Column("Item"), Column("State"), Column("When"), Column("Routed (UTC)"), Column("Score"), Column("Touchpoint")),
    *(Column("Why"), Column("Comment")),
)


def entry_rows(listed: Sequence[Entry]) -> tuple[tuple[str, ...], ...]:
    """A row per item."""
    return tuple(
        (e.item, state(e), e.cadence, when(e.routed_at), score(e), e.touchpoint, e.reason, excerpt(e.text))
        for e in listed
    )


def score(entry: Entry) -> str:
    """A score with its scale."""
    if not entry.score:
        return ""
    return f"{entry.score} ({entry.scale or entry.metric})" if entry.scale or entry.metric else entry.score


def count(group: str, listed: Sequence[Entry], *, everything: bool) -> str:
    """How many items a group has."""
    kind = "item" if everything else "open item"
    return f"{group}: {_many(len(listed), kind)}." if listed else f"{group} has nothing open."


def entries(group: str, listed: Sequence[Entry], *, everything: bool) -> Told:
    """A group's items."""
    sentence = count(group, listed, everything=everything)
    grid = Grid(ENTRY_COLUMNS, entry_rows(listed), label=group)
    return Told(_page(Text((sentence,)), grid), {"group": group, "items": [entry.as_json() for entry in listed]})


def facts(entry: Entry) -> tuple[tuple[str, str], ...]:
    """What is known of an item."""
    pairs = (
        ("Score", score(entry)),
        ("Touchpoint", entry.touchpoint),
        ("Channel", entry.channel),
        ("Language", entry.language),
        ("Customer", entry.customer_id),
        ("Themes", ", ".join(entry.themes)),
        ("Source", entry.source),
        ("Received (UTC)", when(entry.received_at)),
    )
    return tuple((name, what) for name, what in pairs if what)


WAY_COLUMNS = (
    *(Column("Group"), Column("When"), Column("Why"), Column("Routed (UTC)"), Column("Read"), Column("Acted on")),
    *(Column("Closed"), Column("Customer informed")),
)


def way_rows(ways: Sequence[Entry]) -> tuple[tuple[str, ...], ...]:
    """A row per group that an item was sent to."""
    return tuple(
        (e.group, e.cadence, e.reason, *map(when, (e.routed_at, e.read_at, e.acted_at, e.closed_at, e.told_back_at)))
        for e in ways
    )


def item_page(ways: Sequence[Entry]) -> Told:
    """One item, whole."""
    entry = ways[0]
    grid = Grid(WAY_COLUMNS, way_rows(ways), title="Sent to")
    blocks = (Text((entry.text or "No words, a score only.",)), Facts(facts(entry)), grid)
    return Told(_page(*blocks), {"item": entry.item, "ways": [each.as_json() for each in ways]})


def digest(due: Digest) -> Told:
    """A digest as it would be sent."""
    if not due.entries:
        lines: tuple[str, ...] = (f"{due.group} is up to date.",)
    else:
        lines = (due.title, *digests.text(due).splitlines())
    content = {"group": due.group, "when": due.cadence or None, "title": due.title}
    return Told(_page(Text(lines)), content | {"items": [entry.as_json() for entry in due.entries]})


SOURCE_COLUMNS = (
    *(Column("Source"), Column("Kind"), Column("Secret"), Column("Received", number=True)),
    *(Column("Answers", number=True), Column("No answer", number=True), Column("Unreadable", number=True)),
    Column("Waiting", number=True),
)


def source_rows(office: Office) -> list[dict[str, Any]]:
    """What arrived, by source: received = read + ignored + unreadable + waiting."""
    from worthline.app.store import deliveries

    counts: dict[tuple[str, str], int] = {}
    if office.has_store():
        with office.store().reading() as tx:
            counts = deliveries.counts(tx)
    configured = office.sources()
    rows = []
    for name in sorted({*configured, *(source for source, _ in counts)}):
        states = (deliveries.READ, deliveries.IGNORED, deliveries.UNREADABLE, deliveries.WAITING)
        by_state = {state: counts.get((name, state), 0) for state in states}
        source = configured.get(name)
        secret = "source no longer in worthline.toml"
        if source is not None:
            try:
                secret = "set" if source.keys() else f"missing: set {source.secret_env}"
            except WorthlineError as error:
                secret = str(error)
        kind = source.rules.kind if source else ""
        rows.append({"source": name, "kind": kind, "secret": secret, "received": sum(by_state.values()), **by_state})
    return rows


def sources(office: Office) -> Told:
    """What arrived by webhook."""
    rows = source_rows(office)
    names = ("received", "read", "ignored", "unreadable", "waiting")
    grid = Grid(
        SOURCE_COLUMNS,
        tuple((r["source"], r["kind"], r["secret"], *(formatting.count(r[name]) for name in names)) for r in rows),
        label="Sources",
    )
    sentence = "Addresses: POST /inbound/SOURCE." if rows else NOTHING
    return Told(_page(Text((sentence,)), grid), {"sources": rows})
