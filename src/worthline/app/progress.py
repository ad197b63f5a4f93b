"""Progress of long work on standard error: a bar with counts and time left, or plain lines.

Reads     calls of a results.Progress.
Gives     a context that shows them, and leaves nothing behind on a terminal.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from worthline.results import Progress

_BY_FILE = {"Reading": "Reading the files", "Checking": "Checking the tables"}
"""Stages that name what they are at."""


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """A bar where standard error is a terminal, else a line a stage."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield PlainLines()


class PlainLines:
    """A line when a stage begins, not for each file or part of it."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take note; print if there is something new. A stage begins with a capital, what is within one does not."""
        first = stage.split(" ", maxsplit=1)[0]
        if first == self._stage or not first[:1].isupper():
            return
        self._stage = first
        print(_BY_FILE.get(first, stage), file=sys.stderr, flush=True)  # noqa: T201


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        stage = ""

        def progress(now: str, done: int, of: int) -> None:
            nonlocal task, stage
            if now != stage:
                bar.remove_task(task)
                task, stage = bar.add_task(now, total=None), now
            bar.update(task, completed=done, total=of or None)

        yield progress
