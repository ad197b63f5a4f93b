"""The same theme from run to run: named as before, split or merged so that it is seen. numpy and SciPy.

Reads     themes of an earlier run (theme, label, terms, weights, known_from) and of this one.
Gives     names, labels, since when each is known, and what changed; notes of themes that are gone.
Method    themes are alike by the cosine of their terms' weights. Each theme takes the name of at most one earlier
          theme, so that the sum of cosines is largest (linear assignment), each at least SAME. Another
          earlier theme that is as alike was merged into it; a theme without a name of its own that is as alike to an
          earlier one was split from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAME = 0.4


@dataclass(frozen=True)
class Named:
    """What this run calls each of its themes."""

    rows: list[dict[str, Any]]
    notes: tuple[str, ...]


def matched(rows: Sequence[dict[str, Any]], earlier: Sequence[dict[str, Any]], run_id: str) -> Named:
    """Rows of found themes with the names of an earlier run's; `earlier` are its found themes."""
    earlier = [row for row in earlier if row["terms"] and row["origin"] == "found"]
    rows = [dict(row) for row in rows]
    if not earlier:
        return Named(rows, ())
    alike = np.round(_alike(rows, earlier), 9)
    own = dict(_assigned(alike))
    taken = set(own.values())
    used = {earlier[j]["theme"] for j in taken}
    for i, row in enumerate(rows):
        near = [j for j in range(len(earlier)) if alike[i, j] >= SAME]
        if i in own:
            old = earlier[own[i]]
            row["theme"], row["label"], row["known_from"] = old["theme"], old["label"], old["known_from"] or run_id
            merged = [earlier[j]["label"] for j in near if j not in taken]
            row["change"] = f"merged with {' and '.join(merged)}" if merged else "as before"
            continue
        row["theme"] = _free(row["theme"], used)
        used.add(row["theme"])
        split = [earlier[j]["label"] for j in near]
        row["change"] = f"split from {split[0]}" if split else "new"
    found_again = {j for i in range(len(rows)) for j in range(len(earlier)) if alike[i, j] >= SAME}
    gone = [earlier[j]["label"] for j in range(len(earlier)) if j not in found_again | taken]
    notes = tuple(f"Theme “{one}” of run {run_id} is no longer found." for one in gone)
    return Named(rows, notes)


def _alike(rows: Sequence[dict[str, Any]], earlier: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """Cosines, shape (themes, earlier themes)."""
    words = sorted({term for row in (*rows, *earlier) for term in row["terms"]})
    index_of = {word: i for i, word in enumerate(words)}

    def laid(some: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
        out = np.zeros((len(some), len(words)))
        for i, row in enumerate(some):
            for term, weight in zip(row["terms"], row["weights"], strict=True):
                out[i, index_of[term]] = weight
        length = np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(out / np.where(length > 0, length, 1.0))

    return np.asarray(laid(rows) @ laid(earlier).T)


def _assigned(alike: NDArray[np.float64]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return [(int(i), int(j)) for i, j in pairs if alike[i, j] >= SAME]


def _free(name: str, used: set[str]) -> str:
    number, free = 2, name
    while free in used:
        free, number = f"{name}-{number}", number + 1
    return free
