"""Work whose end is looked at: here, or in a child process that is killed at a stage, or on a disk that fails."""

from __future__ import annotations

import builtins
import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import worthline
from worthline.errors import Fault, WorthlineError

FULL = (errno.ENOSPC, errno.EDQUOT)
CHILD = """
import sys, worthline
from worthline import customers, effects, initiatives
from worthline.engine import duckdb_engine
from worthline.ingest import load
from worthline.metrics import compute
print("ready", flush=True)
sys.stdin.readline()
seen = set()
def progress(stage, done, of):
    first = stage.split(" ")[0]
    if first not in seen:
        seen.add(first)
        print(first, flush=True)
try:
    print("made", worthline.open(sys.argv[1]).run(threads=1, progress=progress).run_id, flush=True)
except worthline.errors.WorthlineError as error:
    print("error", error, flush=True)
"""


def outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    """What came of `work`: ("done", value), ("error", words) or ("fault", words), as the command line would tell it."""
    try:
        return "done", work()
    except Fault as error:
        return "fault", str(error)
    except WorthlineError as error:
        return "error", str(error)
    except Exception as error:
        full = "No space left" in str(error) or "Disk quota" in str(error) or getattr(error, "errno", 0) in FULL
        return ("error" if full else "fault"), f"{type(error).__name__}: {error}"


def run(folder: Path) -> Callable[[], str]:
    """Make a run here; gives its name."""
    return lambda: worthline.open(folder).run(threads=1).run_id


@dataclass
class Child:
    """A process that has all it needs, and runs when it is told to."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path) -> Child:
        command = [sys.executable, "-W", "ignore", "-c", CHILD, str(folder)]
        pipe = subprocess.PIPE
        return cls(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True))

    def go(self) -> None:
        """Tell it to run, once it has imported everything."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def ended(self, kill_at: tuple[str, float] | None = None) -> tuple[str, str]:
        """How it ended; `kill_at`: a stage, and how many seconds after it the process is killed."""
        assert self.process.stdout is not None
        timer, last = None, ""
        for line in self.process.stdout:
            last = line.strip()
            if kill_at is not None and timer is None and last == kill_at[0]:
                timer = threading.Timer(kill_at[1], self.process.kill)
                timer.start()
        code = self.process.wait()
        if timer is not None:
            timer.cancel()
        if code < 0:
            return "killed", last
        kind = {"made": "done", "error": "error"}.get(last.split(" ")[0], "fault")
        return kind, last


def failing(work: Callable[[], Any], number: int, at: int) -> Callable[[], Any]:
    """The same work; from the `at`-th syncing, renaming, making or opening for writing on each fails with errno `number`."""

    def broken() -> Any:
        calls = 0

        def counted(real: Callable[..., Any], writes: Callable[..., bool]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal calls
                if writes(*arguments, **named):
                    calls += 1
                    if calls >= at:  # a broken disk stays broken
                        raise OSError(number, os.strerror(number))
                return real(*arguments, **named)

            return call

        def to_write(_file: Any, mode: str = "r", *_a: Any, **_n: Any) -> bool:
            return any(letter in mode for letter in "wax+")

        def always(*_a: Any, **_n: Any) -> bool:
            return True

        before = {name: getattr(os, name) for name in ("fsync", "rename", "replace", "mkdir")}
        opening = builtins.open, io.open
        try:
            for name, real in before.items():
                setattr(os, name, counted(real, always))
            builtins.open = io.open = counted(io.open, to_write)  # type: ignore[assignment]
            return work()
        finally:
            builtins.open, io.open = opening
            for name, real in before.items():
                setattr(os, name, real)

    return broken
