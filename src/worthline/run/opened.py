"""A published run, opened: what reports, the app and notebooks read.

Reads     one run's folder; each file is held against its seal when it is read.
Gives     Run; every method raises CorruptRun with the file that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worthline.engine.run_folder import RunFolder
from worthline.errors import NoSuchName
from worthline.results import Figure
from worthline.run import small_groups, whole
from worthline.run.notebook import Effects, Figures, run_html

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from worthline.engine.sql_window import SqlWindow
    from worthline.ingest.health import Health

SECONDS = 60.0
"""Longest that a query may take."""


@dataclass(frozen=True)
class Run:
    """A published run, read-only."""

    folder: RunFolder
    remarks: tuple[str, ...] = ()
    """What the making of this run had to heal or to pass over; not part of the run."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def run_id(self) -> str:
        """Hash of inputs, snapshot, settings and versions."""
        return self.folder.run_id

    def verify(self) -> None:
        """Read what is not rows; raises CorruptRun with the file that is wrong."""
        _ = self.about, self.figures, self.health()

    @cached_property
    def about(self) -> dict[str, Any]:
        """run.json, all the files that it names being there; raises CorruptRun."""
        return whole.verify(self.folder)

    @cached_property
    def figures(self) -> Figures:
        """The headline figures, in their order, none where the tables allow none; raises CorruptRun."""
        content = self.folder.json("figures")
        if not isinstance(content, list):
            raise self.folder.damaged("figures.json", "is not the list of figures that a run writes")
        try:
            made = Figures(Figure(**{**f, "tables": tuple(f["tables"])}) for f in content)
        except (KeyError, TypeError, AttributeError):
            raise self.folder.damaged("figures.json", "is not the list of figures that a run writes") from None
        return made

    def health(self) -> Health:
        """The data-health page of the run; raises CorruptRun."""
        return self._health

    @cached_property
    def _health(self) -> Health:
        from worthline.ingest.health import Health

        content = self.folder.json("health")
        try:
            return Health.from_json(content)
        except (KeyError, TypeError, AttributeError):
            raise self.folder.damaged("health.json", "is not the data health that a run writes") from None

    def tables(self) -> dict[str, Path]:
        """Result tables by name."""
        return self.folder.tables()

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        """A result table, or `source.<table>`; raises NoSuchName."""
        known = [*self.tables(), *(f"source.{n}" for n in self.folder.sources())]
        if name not in known:
            raise NoSuchName("table", name, known)
        quoted = ".".join('"' + part + '"' for part in name.split("."))
        return self.sql(f"select * from {quoted}" + (f" limit {int(limit)}" if limit is not None else ""))

    def table_in_full(self, name: str) -> pa.Table:
        """A result table for what Worthline itself keeps, no number hidden; asked in this process."""
        from worthline.engine.sql_window import SqlWindow

        with SqlWindow(self.folder) as window:
            return window.ask(f'select * from "{name}"')

    def arrow(self, name: str) -> pa.Table:
        """A table, or `source.<table>`, as Arrow; raises NoSuchName."""
        return self.table(name)

    def pandas(self, name: str) -> pd.DataFrame:
        """A table, or `source.<table>`, as a pandas frame; raises NoSuchName."""
        from worthline.engine import frames

        return frames.pandas(self.table(name))

    def polars(self, name: str) -> Any:
        """A table, or `source.<table>`, as a Polars frame; raises NoSuchName, UsageError without Polars."""
        from worthline.engine import frames

        return frames.polars(self.table(name))

    @cached_property
    def effects(self) -> Effects:
        """The published effects by effect_id; none where the run has no such table."""
        return Effects(self.table("effects").to_pylist() if "effects" in self.tables() else [])

    def _repr_html_(self) -> str:
        return run_html(self.about, self.run_id, self.figures)

    def sql(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, seconds: float = SECONDS
    ) -> pa.Table:
        """One SELECT over the run's tables, read-only; `parameters` for its ? or $names. Raises UsageError, DataError.

        Numbers of small groups stand in it: it is for who may read the files (`sql_shown` is for everybody else).
        It runs in a process of its own that is watched and killed: whoever wrote the query, it cannot take the machine.
        """
        from worthline.engine.sql_window import ask_guarded

        return ask_guarded(self.folder, query, parameters, seconds=seconds)

    def sql_shown(self, query: str, *, seconds: float = SECONDS) -> pa.Table:
        """One SELECT over the run's tables as people are shown them: the numbers of small groups are hidden."""
        from worthline.engine.sql_window import ask_guarded

        return ask_guarded(self.folder, query, seconds=seconds, instead=small_groups.views(self))

    def table_shown(self, name: str, limit: int | None = None) -> pa.Table:
        """A table as people are shown it: the numbers of small groups are hidden. Raises NoSuchName."""
        return small_groups.table(self, name, limit)


class OpenRun(Run):
    """A run for Worthline's own questions, whose windows stay open: opening costs more than asking.

    Threads do not wait for each other: each question takes a window of its own. Numbers of small groups are hidden in
    every table but metrics, which takes a look at all its rows: who reads that goes through `small_groups.hidden`.
    """

    @cached_property
    def _stands(self) -> dict[str, str]:
        return small_groups.views(self, but="metrics")

    @cached_property
    def _windows(self) -> list[SqlWindow]:
        return []

    def sql(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, seconds: float = SECONDS
    ) -> pa.Table:
        """One SELECT of Worthline's own, in this process; raises UsageError, DataError."""
        from worthline.engine.sql_window import SqlWindow

        try:
            window = self._windows.pop()  # one step, so that no two threads get the same
        except IndexError:
            window = SqlWindow(self.folder, instead=self._stands)
        try:
            return window.ask(query, parameters, seconds=seconds)
        finally:
            self._windows.append(window)
