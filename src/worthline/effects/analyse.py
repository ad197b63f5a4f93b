"""What a company's tables can tell of causes: so far, what drives its scores.

Reads     a Dataset; its panel and what the customers' room knows of each customer wait for the effects to come.
Gives     Findings: the table key_drivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.effects import score_drivers
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
    """The drivers of the score; effects of experiences on behaviour are not built yet."""
    progress("Key drivers", 0, 0)
    drivers, notes = score_drivers.table(ds, rooms)
    return Findings({} if drivers is None else {"key_drivers": drivers}, notes=notes)
