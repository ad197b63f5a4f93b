"""What people wrote, in the two places where a run takes it in.

Reads     a Dataset whose words are masked.
Gives     `label`: each text's language, sentiment and themes, before effects are estimated; `worth`: what each theme is
          worth, once it is known what each customer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from worthline.results import Compute, Dataset, Earlier, Findings, Progress, Voice, no_progress

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from worthline.config import ListedTheme


def label(
    ds: Dataset,
    rooms: Compute,
    *,
    listed: Sequence[ListedTheme] = (),
    earlier: Earlier | None = None,
    progress: Progress = no_progress,
    vectors: Path | None = None,
    kept: Path | None = None,
) -> Voice | None:
    """Everything that people wrote, labelled; None where nobody wrote anything.

    `listed`: the company's own themes; `vectors`: a folder of embeddings; `kept`: this user's own folder, where what
    libraries bring packed may lie unpacked.
    """
    from worthline.voice import gather

    gathered = gather.texts(ds)
    if gathered is None:
        return None
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from worthline.voice import labelling

    progress("Comments", 0, 0)
    rows = rooms.fetch(gathered)
    if not rows.num_rows:
        return None
    with threadpool_limits(1, "blas"):
        return labelling.label(rows, listed, _before(rooms, earlier), progress, vectors, kept)


def _before(rooms: Compute, earlier: Earlier | None) -> tuple[str, list[dict[str, Any]]] | None:
    """The name of an earlier run and its themes."""
    wanted = ["theme", "label", "origin", "terms", "weights", "known_from"]
    if earlier is None or earlier.themes is None or not set(wanted) <= set(earlier.themes.columns):
        return None
    return earlier.run_id, rooms.fetch(earlier.themes.select(*wanted).order_by("theme")).to_pylist()


def worth(
    ds: Dataset,
    rooms: Compute,
    words: Voice | None,
    *,
    known: Sequence[ir.Table] = (),
    panel: ir.Table | None = None,
) -> Findings:
    """Tables themes, theme_items and what goes with them; nothing where nobody wrote anything."""
    if words is None:
        return Findings()
    from worthline.voice import theme_rows

    return theme_rows.worth(ds, rooms, words, known, panel)
