"""A published run as it is read: what pages and questions need of it.

Reads     nothing.
Gives     RunView, a Protocol; `worthline.run.Run` is one, and so is a run narrowed to some of its customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from worthline.ingest.health import Health
    from worthline.results import Figure


class RunView(Protocol):
    """A published run, or a part of one."""

    @property
    def path(self) -> Path:
        """The run's folder."""
        ...

    @property
    def run_id(self) -> str:
        """The run's name."""
        ...

    @property
    def about(self) -> dict[str, Any]:
        """run.json."""
        ...

    @property
    def figures(self) -> list[Figure]:
        """The headline."""
        ...

    def tables(self) -> dict[str, Path]:
        """Result tables by name."""
        ...

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        """The first rows of a table, or all."""
        ...

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, seconds: float = 60.0) -> pa.Table:
        """The answer to one SELECT."""
        ...

    def health(self) -> Health:
        """What was read, used and set aside."""
        ...
