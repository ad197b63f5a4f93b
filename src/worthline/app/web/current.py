"""The run that is published at this moment, and the pages already made of it.

Reads     the pointer of a company's folder, at every request.
Gives     Held: one run with what was made of it. A request sees one run from its beginning to its end.
Assumes   a run's files never change; where somebody changed them, their times and sizes tell.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from worthline.engine import publish
from worthline.errors import CorruptRun
from worthline.run import OpenRun

RUNS = 2
"""Runs whose pages are kept: the current one and, for who still reads it, the one before."""
PAGES = 200
LARGEST = 1 << 20
"""Bytes of a page that is worth keeping."""

Key = tuple[object, ...]


@dataclass
class Held:
    """A run, and pages made of it by path and viewer."""

    run: OpenRun
    key: Key
    _pages: OrderedDict[tuple[str, str], bytes] = field(default_factory=OrderedDict)
    _making: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, path: str, make: Callable[[], bytes], *, viewer: str = "") -> bytes:
        """The page at `path` as `viewer` may see it, made where it is asked for the first time.

        Who asks while it is being made waits for that one; other pages are made meanwhile.
        """
        key = path, viewer
        with self._lock:
            if (body := self._kept(key)) is not None:
                return body
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if (body := self._kept(key)) is not None:
                    return body
            try:
                body = make()
                if len(body) <= LARGEST:
                    self._keep(key, body)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return body

    def _keep(self, key: tuple[str, str], body: bytes) -> None:
        with self._lock:
            self._pages[key] = body
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)

    def _kept(self, key: tuple[str, str]) -> bytes | None:
        """A page made before, which is now the last to be dropped; the lock is held by the caller."""
        if key in self._pages:
            self._pages.move_to_end(key)
        return self._pages.get(key)


class Current:
    """A company's folder, looked at anew at every request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: OrderedDict[Key, Held] = OrderedDict()
        self._lock = threading.Lock()

    def now(self) -> Held:
        """The run published now; raises NoRun, CorruptRun."""
        published = publish.current(self.folder)
        key = _key(published.path)
        with self._lock:
            held = self._held.pop(key, None) or Held(_whole(OpenRun(published)), key)
            self._held[key] = held
            while len(self._held) > RUNS:
                self._held.popitem(last=False)
            return held

    def moved(self, held: Held) -> bool:
        """Whether another run is published by now, or this one was changed or removed."""
        try:
            return _key(publish.current(self.folder).path) != held.key
        except CorruptRun:
            return False


def _whole(run: OpenRun) -> OpenRun:
    run.verify()
    return run


def _key(path: Path) -> Key:
    """The run's name, and the time and size of each of its files."""
    stamps: list[tuple[str, int, int]] = []
    for folder in (path, path / "source"):
        try:
            with os.scandir(folder) as files:
                stamps += [(f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file()]
        except OSError:
            stamps.append((folder.name, 0, 0))
    return str(path), *sorted(stamps)
