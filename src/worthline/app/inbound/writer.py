"""The one thread that stores deliveries and routes them: many at a time in one transaction, each acknowledged after it.

Reads     deliveries handed in by `submit`, from any thread.
Gives     Writer. What `submit` promises is kept once the transaction is on disk; before it, nothing is said.
Method    group commit: what arrived while the last transaction was written, and GATHER after it, goes into the next
          one; what comes after a while of nothing is written at once. Routing has its turn TURN seconds after the
          first delivery that was stored, in pieces, between which is stored what arrived meanwhile.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from worthline.app.store import deliveries
from worthline.app.store.deliveries import Arrival
from worthline.errors import WorthlineError

if TYPE_CHECKING:
    from worthline.app.routing.desk import Desk

MOST = 500
"""Deliveries of one transaction."""
GATHER = 0.02
"""Seconds from one transaction to the next: each waits for the disk, whatever it holds."""
PAUSE = 1.0
"""Seconds after which an idle thread looks for what another process has stored."""
TURN = 0.25
"""Seconds after which what was stored is routed: many together cost a fraction of one by one."""
PIECE = 100
"""Deliveries that are routed at a time: so long what arrives meanwhile waits."""
Told = Callable[[Exception], object]


class Writer:
    """Stores and routes; started by the first delivery, or by `start`."""

    def __init__(self, open_desk: Callable[[], Desk], fault: Told = lambda error: None) -> None:
        self._open_desk, self._fault = open_desk, fault
        self._waiting: queue.SimpleQueue[tuple[Arrival, Future[str]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._desk: Desk | None = None
        self._stored = 0.0

    def start(self) -> None:
        """Begin, unless it has begun."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="inbound", daemon=True)
                self._thread.start()

    def submit(self, arrival: Arrival) -> Future[str]:
        """The outcome of storing a delivery (STORED, KNOWN, CONFLICT), once it is on disk."""
        future: Future[str] = Future()
        self._waiting.put((arrival, future))
        self.start()
        return future

    def stop(self) -> None:
        """End after what is waiting was stored."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._waiting.put(None)
            thread.join(timeout=30)

    def _run(self) -> None:
        due = time.monotonic()  # what an earlier process stored and did not route
        while True:
            batch, is_last = self._batch(due)
            if batch:
                self._store(batch)
                due = min(due, time.monotonic() + TURN)
            if is_last:
                return
            if time.monotonic() >= due:
                routed = self._route()
                due = time.monotonic() + (0.0 if routed == PIECE else TURN if routed else PAUSE)

    def _batch(self, due: float) -> tuple[list[tuple[Arrival, Future[str]]], bool]:
        """What arrives until then, once something has; whether it is the last."""
        batch: list[tuple[Arrival, Future[str]]] = []
        try:
            entry = self._waiting.get(timeout=max(due - time.monotonic(), 0.0))
            time.sleep(max(self._stored + GATHER - time.monotonic(), 0.0))
            while True:
                if entry is None:
                    return batch, True
                batch.append(entry)
                if len(batch) == MOST:
                    return batch, False
                entry = self._waiting.get_nowait()
        except queue.Empty:
            return batch, False

    def _opened(self) -> Desk:
        if self._desk is None:
            self._desk = self._open_desk()
        return self._desk

    def _store(self, batch: list[tuple[Arrival, Future[str]]]) -> None:
        try:
            with self._opened().store.writing() as tx:
                outcomes = deliveries.keep(tx, [arrival for arrival, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            for _, future in batch:
                future.set_exception(error)
            self._told(error)
            return
        self._stored = time.monotonic()
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            future.set_result(outcome)

    def _route(self) -> int:
        """Route some; gives how many."""
        try:
            return self._opened().work(PIECE)
        except Exception as error:  # noqa: BLE001 - what is stored stays stored, and is routed at the next turn
            self._told(error)
            return 0

    def _told(self, error: Exception) -> None:
        if not isinstance(error, WorthlineError):
            self._fault(error)
