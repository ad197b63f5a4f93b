"""A company's listening, put together: its store, settings, published run, desk and the receiver of webhooks.

Reads     the company's folder: worthline.toml whenever it changes, the run that is published at the moment.
Gives     Office, from which the web app and the commands take what they need.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from worthline.app.inbound.options import Listening, listening
from worthline.app.routing.context import Context
from worthline.app.routing.desk import Desk
from worthline.app.routing.notify import Notifier
from worthline.app.routing.rules import Rule, read_rules
from worthline.app.store import Store, exists, open_store
from worthline.engine import publish
from worthline.errors import NoRun, WorthlineError

if TYPE_CHECKING:
    from worthline.app.inbound.payloads import SourceRules
    from worthline.app.inbound.receive import Receiver
    from worthline.app.inbound.settings import Source
    from worthline.app.inbound.writer import Writer
    from worthline.config import CompanyConfig


EVERY = 3.0
"""Seconds between looks for what a group is informed of at once."""
DUE = 20
"""Looks after which digests are looked for, too."""


class Office:
    """What a company's folder needs to listen."""

    def __init__(self, folder: Path, fault: Callable[[Exception], object] = lambda error: None) -> None:
        self.folder, self._fault = folder, fault
        self._lock = threading.Lock()
        self._settings: tuple[object, CompanyConfig, Listening] | None = None
        self._sources: tuple[Listening, Mapping[str, Source]] | None = None
        self._run: tuple[Path, Context] | None = None
        self._store: Store | None = None

    def config(self) -> tuple[CompanyConfig, Listening]:
        """The settings of this moment; raises BadSetting."""
        from worthline import company

        try:
            state = (self.folder / "worthline.toml").stat()
            key: object = (state.st_mtime_ns, state.st_size)
        except OSError:
            key = None
        with self._lock:
            if self._settings is None or self._settings[0] != key:
                config = company.open(self.folder).config
                self._settings = key, config, listening(config)
            return self._settings[1:]

    def sources(self) -> Mapping[str, Source]:
        """Sources of webhooks by name; raises BadSetting."""
        from worthline.app.inbound import settings

        found = self.config()[1]
        if self._sources is None or self._sources[0] is not found:
            self._sources = found, settings.sources(self.folder, found.inbound)
        return self._sources[1]

    def rules(self) -> tuple[Rule, ...]:
        """Rules of routing."""
        return read_rules(self.config()[1].routing)

    def has_store(self) -> bool:
        """Whether anything was ever written or received here."""
        return exists(self.folder, self.config()[0])

    def store(self) -> Store:
        """The store, made where there is none; raises StoreUnreachable."""
        config = self.config()[0]
        with self._lock:
            if self._store is None:
                self._store = open_store(self.folder, config)
            return self._store

    def context(self) -> Context:
        """The published run of this moment, as routing sees it; one that knows nothing where there is none."""
        from worthline.run import OpenRun

        try:
            published = publish.current(self.folder)
        except (NoRun, WorthlineError):
            return Context(None)
        own = self.config()[0].themes
        with self._lock:
            if self._run is None or self._run[0] != published.path:
                self._run = published.path, Context(OpenRun(published), own)
            return self._run[1]

    def desk(self) -> Desk:
        """Where deliveries are read and routed."""

        def settled() -> tuple[Mapping[str, SourceRules], Sequence[Rule]]:
            return {name: source.rules for name, source in self.sources().items()}, self.rules()

        return Desk(self.store(), settled, self.context)

    @cached_property
    def writer(self) -> Writer:
        """The thread that stores and routes."""
        from worthline.app.inbound.writer import Writer  # with the readers of webhooks, which no run needs

        return Writer(self.desk, self._fault)

    @cached_property
    def receiver(self) -> Receiver:
        """The address of webhooks."""
        from worthline.app.inbound.receive import Receiver

        return Receiver(self.sources, self.writer)

    def notifier(self) -> Notifier:
        """What informs groups outside the app."""
        config, listening = self.config()
        return Notifier(self.store(), listening.notify, self.context, config.timezone)

    def start(self) -> None:
        """Route what waits and inform groups, in the background, where the company listens at all."""
        try:
            wanted = self.config()[1]
        except WorthlineError:
            return
        if wanted.inbound:
            self.writer.start()
        if wanted.notify:
            threading.Thread(target=self._inform, name="notify", daemon=True).start()

    def _inform(self) -> None:
        turn = 0
        while True:
            try:
                notifier = self.notifier()
                notifier.at_once()
                if turn % DUE == 0:
                    notifier.due()
            except WorthlineError:
                pass  # the store is away, or a setting is wrong: the commands say so; the next turn tries again
            except Exception as error:  # noqa: BLE001 - a chat that fails must not end what informs the others
                self._fault(error)
            turn += 1
            time.sleep(EVERY)
