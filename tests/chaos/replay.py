"""What a run counts and predicts, taken from a run that was made before of the same files and settings.

Metrics and models are most of a run's time and touch no file. A run under chaos may leave them out: all else is done, and the
trial asks that the published bytes are those of a run that nothing disturbed, metrics, models and all.

Gives     `recorded`, in which one run is made and remembered; `replayed`, in which runs take from there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import ibis

from worthline import customers
from worthline.metrics import compute

if TYPE_CHECKING:
    import pyarrow as pa

    from worthline.results import Compute, Customers


class _Remembered:
    """What one run counted and predicted; kept tables of the predictions by part and name, as rows."""

    counted: pa.Table
    predicted: Customers
    kept: dict[tuple[str, str], pa.Table]


@contextlib.contextmanager
def recorded() -> Iterator[None]:
    """Remember what the run that is made within counts and predicts."""
    counting, predicting = compute.compute, customers.analyse

    def count(*arguments: Any) -> pa.Table:
        _Remembered.counted = counting(*arguments)
        return _Remembered.counted

    def predict(ds: Any, panel: Any, rooms: Compute, **named: Any) -> Customers:
        _Remembered.predicted = found = predicting(ds, panel, rooms, **named)
        _Remembered.kept = {place: rooms.fetch(table) for place, table in _tables(found).items()}
        return found

    with _instead(count, predict):
        yield


@contextlib.contextmanager
def replayed() -> Iterator[None]:
    """Runs within count and predict what was remembered."""

    def predict(_ds: Any, _panel: Any, rooms: Compute, **_named: Any) -> Customers:
        again = _Remembered.predicted
        for (part, name), rows in _Remembered.kept.items():
            table = rooms.keep(f"taken__{part}__{name}", ibis.memtable(rows))
            again = replace(again, **{part: replace(getattr(again, part), **{name: table})})
        return again

    with _instead(lambda *_: _Remembered.counted, predict):
        yield


def _tables(found: Customers) -> dict[tuple[str, str], Any]:
    """The tables on the engine among what was predicted."""
    parts = {part.name: getattr(found, part.name) for part in fields(found)}
    return {
        (name, field.name): value
        for name, part in parts.items()
        for field in fields(part)
        if isinstance(value := getattr(part, field.name), ibis.Table)
    }


@contextlib.contextmanager
def _instead(count: Callable[..., Any], predict: Callable[..., Any]) -> Iterator[None]:
    real = compute.compute, customers.analyse
    compute.compute, customers.analyse = count, predict  # type: ignore[assignment]
    try:
        yield
    finally:
        compute.compute, customers.analyse = real  # type: ignore[assignment]
