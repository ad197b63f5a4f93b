"""Two levels: themes that share their terms stand under one heading. numpy and SciPy.

Reads     found themes, rows of FOUND, and their terms' weights H.
Gives     the same rows with `parent` and `level`, the headings behind them, and which themes each heading holds.
Method    average linkage on one less the cosine of weights, cut where themes share less than SHARED of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.voice.labelled import TERMS, label

SHARED = 0.2
FEWEST = 4
"""Themes from which on headings help."""


def headed(
    rows: Sequence[dict[str, Any]], h: NDArray[np.float64], names: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[int, list[int]]]:
    """Rows of themes, then of headings; for each heading's row the rows of its themes.

    Shapes: `h` (themes, terms).
    """
    rows = [dict(row, level=1) for row in rows]
    holds: dict[int, list[int]] = {}
    if len(rows) < FEWEST:
        return rows, holds
    for members in _groups(h):
        total = h[members].sum(axis=0)
        order = np.argsort(-np.round(total, 9), kind="stable")[:TERMS]
        top = [names[i] for i in order.tolist() if total[i] > 0]
        name = "all: " + rows[min(members)]["theme"]
        holds[len(rows)] = members
        for at in members:
            rows[at]["parent"], rows[at]["level"] = name, 2
        kept = rows[min(members)]
        rows.append(
            {
                **dict.fromkeys(kept),
                "theme": name,
                "label": label([one for at in members for one in rows[at]["terms"][:1]]),
                "level": 1,
                "origin": "heading",
                "terms": top,
                "weights": np.round(total[order[: len(top)]] / np.linalg.norm(total), 6).tolist(),
                "stable": all(rows[at]["stable"] for at in members),
            }
        )
    return rows, holds


def _groups(h: NDArray[np.float64]) -> list[list[int]]:
    """Groups of two themes or more, not all of them, in order of their first."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = np.clip(1 - np.round(h @ h.T, 9), 0, None)
    np.fill_diagonal(distance, 0)
    heading = fcluster(linkage(squareform(distance, checks=False), "average"), 1 - SHARED, "distance")
    groups = [np.flatnonzero(heading == one).tolist() for one in np.unique(heading).tolist()]
    return sorted((g for g in groups if 2 <= len(g) < len(h)), key=lambda g: g[0])
