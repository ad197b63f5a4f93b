"""What a company's tables can tell of causes: what experiences do to behaviour, and what drives its scores.

Reads     a Dataset; its panel and what the customers' room knows of each customer.
Gives     Findings: the tables effects and key_drivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from worthline.effects import linkage, score_drivers
from worthline.effects.effect import SCHEMA, as_row, sentence
from worthline.results import Dataset, Findings, Progress, Rooms, no_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir


def analyse(
    ds: Dataset,
    panel: ir.Table,
    rooms: Rooms,
    *,
    scores: Sequence[ir.Table] = (),
    progress: Progress = no_progress,
) -> Findings:
    """Effects of experiences found in the tables, then the drivers of the score.

    Linear algebra runs on one thread: its products are small, and threads that wait for each other cost more.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, "blas"):
        return _found(ds, panel, rooms, progress)


def _found(ds: Dataset, panel: ir.Table, rooms: Rooms, progress: Progress) -> Findings:
    found = _effects(ds, panel, rooms, progress)
    progress("Key drivers", 0, 0)
    drivers, notes = score_drivers.table(ds, rooms)
    return found + Findings({} if drivers is None else {"key_drivers": drivers}, notes=notes)


def _effects(ds: Dataset, panel: ir.Table, rooms: Rooms, progress: Progress) -> Findings:
    progress("Estimating effects", 0, 0)
    linked = linkage.link(ds, panel, rooms)
    if linked is None:
        return Findings(notes=("No effects of experiences: no table says what customers met (interactions).",))
    if not linked.experiences:
        why = "No contact says whether it was resolved or how long it took, and nothing is marked as having befallen"
        return Findings(notes=(f"No effects of experiences: {why[0].lower()}{why[1:]} customers (interactions.kind).",))
    had = {one.name: one.had for one in linked.experiences}
    currency = ds.settings.currency
    rows = [as_row(one, sentence(one, had[one.cause], currency), currency) for one in linkage.effects(linked, progress)]
    return Findings({"effects": pa.Table.from_pylist(rows, SCHEMA)})
