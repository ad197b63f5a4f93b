"""Every effect that a company's tables can tell of, with its money and its grade.

Reads     a Dataset, its panel, what the customers' room knows of each customer's value.
Gives     Findings: the tables effects and key_drivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """Effects of experiences on behaviour, then the drivers of the score."""
    return Findings()
