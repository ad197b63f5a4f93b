"""Work whose end is looked at, here or on a disk that fails."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import worthline
from worthline.errors import Fault, WorthlineError


def outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    """What came of `work`: ("done", value), ("error", words) or ("fault", words), as the command line would tell it."""
    try:
        return "done", work()
    except Fault as error:
        return "fault", str(error)
    except WorthlineError as error:
        return "error", str(error)
    except Exception as error:
        return "fault", f"{type(error).__name__}: {error}"


def run(folder: Path) -> Callable[[], str]:
    """Make a run here; gives its name."""
    return lambda: worthline.open(folder).run(threads=1).run_id


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
