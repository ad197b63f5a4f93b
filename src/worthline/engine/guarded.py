"""Questions that people wrote, run in a child process that is watched and killed: DuckDB alone does not keep to limits.

Reads     statements that set a connection up (trusted), then SELECTs (not trusted).
Gives     Guarded: answers as record batches as they come; raises TooMuch, and EngineSays with DuckDB's words.
Method    three bounds: DuckDB's own limit, the child's address space (where the system has one), and its resident
          memory, looked at every 20 ms. Time counts while the answer is waited for; where asked for, while it is used.
          docs/adr/0030 says why.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from worthline.engine.memory import resident

if TYPE_CHECKING:
    import pyarrow as pa

LENGTH = 8
HEAD = 9
NOT_ONE_SELECT = "not one SELECT"
"""What the child says of anything else."""
FRUGAL = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
"""Of the child: others reserve address space by the gigabyte, which is bounded, and hold little in it."""
OVER = 512 << 20
"""Bytes that the child may hold beyond DuckDB's limit before it is killed."""
LOOK = 0.02
"""Seconds between two looks at the child's memory."""
CHILD = "import sys; sys.path[:] = {path!r}; from worthline.engine.guarded_child import main; main()"
IDLE = 2
"""Children that are kept for the next question."""


class EngineSays(Exception):
    """DuckDB refused or failed; the message is its own."""


class TooMuch(Exception):
    """The child was killed; `what` is "memory" or "time"."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Guarded:
    """One child process; not for two threads at once."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", CHILD.format(path=[os.path.abspath(p) for p in sys.path])]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={**os.environ, **FRUGAL}
        )
        self._frames: queue.Queue[tuple[bytes, bytes]] = queue.Queue(maxsize=4)
        self._cap = 0
        self._busy, self._over = threading.Event(), False
        self._frames_left: Iterator[bytes] = iter(())
        self.opened: object = None
        """What the connection was set up for, as its user says."""
        self._closed = threading.Event()
        assert self._child.stdout is not None
        threading.Thread(target=self._read, args=(self._child.stdout,), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._child.poll() is None

    @property
    def idle(self) -> bool:
        """Whether it lives and nothing of an earlier answer is still to come."""
        return self.alive and not self._busy.is_set()

    def open(self, setup: Sequence[str], *, memory: int, seconds: float, key: object = None) -> None:
        """A new connection, set up by these statements; raises EngineSays, TooMuch."""
        self._cap = memory + OVER
        self.opened = None
        for _ in self._request({"setup": list(setup), "address_space": memory}, seconds):
            pass
        self.opened = key

    def ask(
        self,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        seconds: float,
        use_counts: bool = False,
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The answer's schema, and its rows as they come; raises EngineSays, TooMuch, while they come, too.

        With `use_counts` the time in which rows are used counts as well, so that an answer without end has one.
        """
        import pyarrow as pa

        frames = self._request({"sql": sql, "parameters": parameters}, seconds, use_counts=use_counts)
        first = pa.ipc.open_stream(next(frames))

        def batches() -> Iterator[pa.RecordBatch]:
            yield from first
            for frame in frames:
                yield from pa.ipc.open_stream(frame)

        return first.schema, batches()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self._closed.set()
        with contextlib.suppress(OSError):
            self._child.kill()
        self._child.wait()
        with contextlib.suppress(OSError):
            assert self._child.stdin is not None
            self._child.stdin.close()

    def _request(self, request: dict[str, Any], seconds: float, *, use_counts: bool = False) -> Iterator[bytes]:
        """Ask, once what is left of the answer before has come."""
        with contextlib.suppress(EngineSays):
            for _ in self._frames_left:
                pass
        self._send(request)
        self._busy.set()
        self._frames_left = self._received(seconds, use_counts=use_counts)
        return self._frames_left

    def _send(self, request: dict[str, Any]) -> None:
        content = json.dumps(request, default=str).encode()
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(len(content).to_bytes(LENGTH, "little") + content)
            self._child.stdin.flush()
        except OSError:
            raise TooMuch("memory") from None

    def _received(self, seconds: float, *, use_counts: bool) -> Iterator[bytes]:
        """Frames of rows until the child is done; the child is killed where it takes longer than `seconds`."""
        waited, began = 0.0, time.monotonic()
        while True:
            since = time.monotonic()
            left = seconds - (since - began if use_counts else waited)
            try:
                if left <= 0:
                    raise queue.Empty
                kind, payload = self._frames.get(timeout=left)
            except queue.Empty:
                self.close()
                raise TooMuch("time") from None
            waited += time.monotonic() - since
            if kind == b"R":
                yield payload
                continue
            self._busy.clear()
            if kind == b"D":
                return
            if kind == b"E":
                raise EngineSays(json.loads(payload)["message"])
            self.close()
            raise TooMuch("memory")

    def _read(self, source: IO[bytes]) -> None:
        """Hand the child's frames on; an empty kind says that it ended."""
        with source, contextlib.suppress(OSError, OverflowError, MemoryError):  # a frame cut off makes no length
            while len(head := source.read(HEAD)) == HEAD:
                size = int.from_bytes(head[1:], "little")
                payload = source.read(size)
                if len(payload) < size:
                    break
                self._hand_on(head[:1], payload)
        self._hand_on(b"", b"")

    def _hand_on(self, kind: bytes, payload: bytes) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._frames.put((kind, payload), timeout=1.0)
                return

    def _watch(self) -> None:
        """Kill the child once it holds more than it may."""
        while self._child.poll() is None:
            self._busy.wait(1.0)
            while self._busy.is_set() and self._child.poll() is None:
                if (resident(self._child.pid) or 0) > self._cap:
                    self._child.kill()
                time.sleep(LOOK)


AFTER_WHICH_NOTHING_GOES = ("FATAL", "INTERNAL", "Out of Memory")
"""How the engine's errors begin that leave a child unfit; after a slip in a query it answers the next one."""
_idle: list[Guarded] = []
_lock = threading.Lock()


@contextlib.contextmanager
def borrowed(key: object = None) -> Iterator[Guarded]:
    """A child that waits for questions, one set up for `key` where there is one; kept for the next where it lives."""
    with _lock:
        alive = [child for child in _idle if child.alive]
        child = next((each for each in alive if key is not None and each.opened == key), alive[0] if alive else None)
        if child is not None:
            _idle.remove(child)
    child = child or Guarded()
    sound = False
    try:
        yield child
        sound = True
    except EngineSays as error:
        sound = not str(error).startswith(AFTER_WHICH_NOTHING_GOES)
        raise
    finally:
        _give_back(child, sound)


def expect() -> None:
    """Start a child for a question that is about to be asked, so that it is ready when its asker is."""
    with _lock:
        if not _idle:
            _idle.append(Guarded())


def _give_back(child: Guarded, sound: bool) -> None:
    with _lock:
        keep = sound and child.idle and len(_idle) < IDLE
        if keep:
            _idle.append(child)
    if not keep:
        child.close()


@atexit.register
def _end() -> None:
    while _idle:
        _idle.pop().close()
