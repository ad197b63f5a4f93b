"""Progress of long work on standard error: a bar with counts and time left, or plain lines.

Reads     calls of a results.Progress.
Gives     a context that shows them, and leaves nothing behind on a terminal.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import rich.progress

    from worthline.results import Figure

_BY_FILE = {"Reading": "Reading the files", "Checking": "Checking the tables"}
"""Stages that name what they are at."""


FIRST = 3
"""Figures told while the run goes on."""


class Shown(Protocol):
    """Progress that can say something in between."""

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take note of where the work is."""

    def say(self, text: str) -> None:
        """A line that stays."""


def tell_counted(progress: Shown) -> Callable[[Sequence[Figure]], None]:
    """Says the first counted figures while the rest is still worked out."""

    def counted(figures: Sequence[Figure]) -> None:
        sentences = [figure.sentence for figure in figures if figure.value is not None][:FIRST]
        if sentences:
            progress.say("Counted so far, nothing published yet:")
        for sentence in sentences:
            progress.say(f"  {sentence}")

    return counted


@contextlib.contextmanager
def shown() -> Iterator[Shown]:
    """A bar where standard error is a terminal, else a line per stage."""
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
        self.say(_BY_FILE.get(first, stage))

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201


class _Bar:
    """One bar, of the stage that the work is at."""

    def __init__(self, bar: rich.progress.Progress) -> None:
        self._bar, self._stage = bar, ""
        self._task = bar.add_task("starting", total=None)

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Move on."""
        if stage != self._stage:
            self._bar.remove_task(self._task)
            self._task, self._stage = self._bar.add_task(stage, total=None), stage
        self._bar.update(self._task, completed=done, total=of or None)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)


@contextlib.contextmanager
def _bar() -> Iterator[_Bar]:
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
        yield _Bar(bar)
