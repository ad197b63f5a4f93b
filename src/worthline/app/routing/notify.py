"""Telling groups outside the app, by apprise: only where an address is configured, only masked words.

Reads     [notify.GROUP], addresses from the environment, items that were not sent yet.
Gives     Notifier: `at_once` and `due` send what is due, each item and each period once.
Method    a period is claimed in the store before it is sent, and given back where sending failed: two processes send it
          once, and a failure is tried again. An item is sent at once where its rule says so.
Assumes   whoever sets the address may read what the group may read. An address is a secret: it is in no setting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from worthline.app.routing import digest, inbox
from worthline.app.routing.context import Context
from worthline.app.routing.digest import Digest
from worthline.app.store import routings as ways
from worthline.errors import UsageError

if TYPE_CHECKING:
    from worthline.app.store import Store

Send = Callable[[str, Digest], bool]
"""(address, digest) -> whether it was delivered."""
PERIODIC = ("daily", "weekly", "monthly")


def by_apprise(address: str, due: Digest) -> bool:
    """Send a digest; raises UsageError where apprise is not installed or does not know the address's kind."""
    try:
        import apprise
    except ModuleNotFoundError:
        raise UsageError(
            "Telling groups by mail or chat needs apprise, which is not installed. Get it with: "
            "pip install 'worthline[notify]'"
        ) from None
    sender = apprise.Apprise()
    if not sender.add(address):
        raise UsageError("An address in [notify] is of no kind that apprise knows, such as mailto:// or slack://.")
    return bool(sender.notify(body=digest.text(due), title=due.title, body_format=apprise.NotifyFormat.TEXT))


class Notifier:
    """Sends what is due to the groups that have an address."""

    def __init__(
        self,
        store: Store,
        notify: Mapping[str, Mapping[str, Any]],
        context: Callable[[], Context],
        zone: str,
        send: Send = by_apprise,
    ) -> None:
        self._store, self._context, self._zone, self._send = store, context, zone, send
        self._addresses = {group: os.environ.get(values["url_env"] or "", "") for group, values in notify.items()}

    @property
    def _reached(self) -> list[str]:
        return sorted(group for group, address in self._addresses.items() if address)

    def reaches(self, group: str) -> bool:
        """Whether a group has an address."""
        return bool(self._addresses.get(group))

    def at_once(self) -> int:
        """Send items whose rule says at once; gives how many."""
        with self._store.reading() as tx:
            rows = ways.unsent(tx, self._reached, "at once", _far(self._store.clock()))
        return sum(self._deliver(group, "at once", items) for group, items in _by_group(rows).items())

    def due(self) -> int:
        """Send the digests whose period has ended; gives how many items."""
        total = 0
        for cadence in PERIODIC:
            name, end = digest.period(cadence, self._store.clock(), self._zone)
            with self._store.reading() as tx:
                rows = ways.unsent(tx, self._reached, cadence, end, most=5_000)
            for group, items in _by_group(rows).items():
                with self._store.writing() as tx:
                    claimed = ways.claim_digest(tx, group, cadence, name, len(items), self._store.clock())
                if not claimed:
                    continue
                sent = self._deliver(group, cadence, items)
                if not sent:
                    with self._store.writing() as tx:
                        ways.release_digest(tx, group, cadence, name)
                total += sent
        return total

    def waiting(self, group: str, cadence: str = "") -> Digest:
        """What a group was not sent and has not read yet."""
        with self._store.reading() as tx:
            items = {
                row["item"]
                for each in ([cadence] if cadence else ["at once", *PERIODIC])
                for row in ways.unsent(tx, [group], each, _far(self._store.clock()), most=5_000)
            }
        entries = inbox.entries(self._store, self._context(), group, most=10_000)
        return Digest(group, cadence, tuple(entry for entry in entries if entry.item in items))

    def now(self, group: str, cadence: str = "") -> int:
        """Send a group what it was not sent yet, whatever its period; gives how many items. Raises UsageError."""
        if not self.reaches(group):
            raise UsageError(
                f'No address is set for {group}. Name a variable in worthline.toml: [notify."{group}"] url_env = "…", '
                "and set it."
            )
        with self._store.reading() as tx:
            rows = [
                row
                for each in ([cadence] if cadence else ["at once", *PERIODIC])
                for row in ways.unsent(tx, [group], each, _far(self._store.clock()), most=5_000)
            ]
        return self._deliver(group, cadence, rows)

    def _deliver(self, group: str, cadence: str, rows: list[dict[str, Any]]) -> int:
        if not rows or not self.reaches(group):
            return 0
        wanted = {row["item"] for row in rows}
        entries = inbox.entries(self._store, self._context(), group, most=10_000)
        due = Digest(group, cadence, tuple(entry for entry in entries if entry.item in wanted))
        if not self._send(self._addresses[group], due):
            return 0
        with self._store.writing() as tx:
            ways.sent(tx, [row["routing"] for row in rows], self._store.clock())
        return len(rows)


def _by_group(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    by_group: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row)
    return by_group


def _far(now: datetime) -> datetime:
    return now.replace(year=now.year + 1, day=min(now.day, 28))
