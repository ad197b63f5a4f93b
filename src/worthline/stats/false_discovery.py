"""P-values adjusted for the number of tests in a family. SciPy.

Reads     p-values, None where a test could not be made.
Gives     adjusted p-values in the same places: rejecting those at most q keeps the expected share of false findings
          among all findings at most q.
Method    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300: `scipy.stats.false_discovery_control`.
Assumes   independent or positively dependent tests.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted_p_values(p: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg adjusted p-values, in the order of `p`; None stays None and is no member of the family."""
    from scipy.stats import false_discovery_control

    known = [index for index, value in enumerate(p) if value is not None]
    adjusted: list[float | None] = [None] * len(p)
    if known:
        values = false_discovery_control(np.array([p[index] for index in known], dtype=np.float64))
        for index, value in zip(known, np.atleast_1d(values), strict=True):
            adjusted[index] = float(value)
    return adjusted
