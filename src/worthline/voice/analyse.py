"""What people wrote, in the two places where a run takes it in.

Reads     a Dataset whose words are masked.
Gives     `label`: each text's language, sentiment and themes, before effects are estimated; `worth`: what each theme is
          worth, once it is known what each customer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worthline.results import Compute, Dataset, Findings, Progress, Voice, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir


def label(ds: Dataset, rooms: Compute, *, progress: Progress = no_progress) -> Voice | None:
    """Everything that people wrote, labelled; None where nobody wrote anything."""
    from worthline.voice import gather

    gathered = gather.texts(ds)
    if gathered is None:
        return None
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from worthline.voice import labelling

    progress("Reading comments", 0, 0)
    rows = rooms.fetch(gathered)
    if not rows.num_rows:
        return None
    with threadpool_limits(1, "blas"):
        return labelling.label(rows, progress)


def worth(ds: Dataset, rooms: Compute, words: Voice | None, *, known: Sequence[ir.Table] = ()) -> Findings:
    """Tables themes and theme_items; nothing where nobody wrote anything."""
    if words is None:
        return Findings()
    from worthline.voice import theme_rows

    return theme_rows.worth(ds, rooms, words, known)
