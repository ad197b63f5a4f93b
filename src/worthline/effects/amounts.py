"""Numbers of the company's own about customers (age, income, usage): controlled for, unless they know what came later.

Reads     columns of customers, a History.
Gives     by column the rank of each customer's number between 0 and 1, NaN where it is not known.
Method    Such a column bears no date: it may be a total that grew with what came later, or a state of today. At the
          middle of the record, among customers of then: a column is left out if what came afterwards (money, orders,
          contacts, months as a customer) explains it beyond all that came before, by a partial R² above `GROWN`; if it
          nearly parts those who left from the others; or if it is known of leavers alone. Ranks, so that one very large
          number moves nothing; where an outcome bends in it, spline_terms bends with it.
Not for   columns of few values: they are levels (history.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from worthline.stats.cross_fitting import Bools, Floats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worthline.effects.history import History

GROWN = 0.2
"""Partial R² of what came later, above which a number has grown with it."""
PARTS = 0.85
"""AUC against who left, above which a number was written afterwards."""
LEAST_KNOWN = 0.5
"""Share of customers whose number must be known."""
MOST = 12
"""Columns controlled for, the best known first."""
_LEAST_ROWS = 100


def numbers(values: pa.StringArray) -> Floats | None:
    """The column as numbers, NaN for blanks; None where any value is none.

    Shapes: `values` (n,); gives (n,).
    """
    try:
        cast = values.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    numeric = np.asarray(cast.to_numpy(zero_copy_only=False), dtype=np.float64)
    return np.where(np.isfinite(numeric), numeric, np.nan)


def controlled(columns: Mapping[str, Floats], history: History) -> dict[str, Floats]:
    """Ranks of those columns (customers,) that do not know what came later."""
    left = ~np.isnan(history.left)
    kept = {name: ranks for name, values in columns.items() if (ranks := _ranks(values)) is not None}
    kept = {name: ranks for name, ranks in kept.items() if not _parts(ranks, left)}
    before, after, here = _halves(history)
    kept = {name: ranks for name, ranks in kept.items() if not _grew(ranks[here], before, after)}
    best = sorted(kept, key=lambda name: (int(np.isnan(kept[name]).sum()), name))[:MOST]
    return {name: kept[name] for name in kept if name in best}


def _ranks(values: Floats) -> Floats | None:
    """Mean ranks between 0 and 1; None where too few are known."""
    known = ~np.isnan(values)
    if known.mean() < LEAST_KNOWN:
        return None
    _, number, count = np.unique(values[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2.0
    ranks = np.full(len(values), np.nan)
    ranks[known] = middle[number] / (known.sum() + 1.0)
    return ranks


def _parts(ranks: Floats, left: Bools) -> bool:
    """Whether the number, or whether it is known at all, nearly tells who left."""
    known = ~np.isnan(ranks)
    if not left.any() or left.all():
        return False
    if abs(known[left].mean() - known[~left].mean()) > LEAST_KNOWN:
        return True
    gone, stayed = int((known & left).sum()), int((known & ~left).sum())
    if min(gone, stayed) < 10:
        return False
    total = ranks[known & left].sum() * (known.sum() + 1.0)
    area = (total - gone * (gone + 1) / 2.0) / (gone * stayed)
    return bool(max(area, 1.0 - area) > PARTS)


def _halves(history: History) -> tuple[Floats, Floats, Bools]:
    """What is known before the middle of the record, and what came after it, of customers of then; and who they are."""
    middle = history.first + (history.months - history.first) // 2
    here = history.active[:, max(middle - 1, 0)]
    months = history.active.astype(np.int64).cumsum(axis=1)
    totals = [history.totals[name][here] for name in history.totals]
    ends = months[here][:, [max(middle - 1, 0), -1]]
    tenure = np.nan_to_num(history.states["tenure"][here, max(middle - 1, 0)])
    before = [tenure, np.sqrt(np.maximum(tenure, 0.0)), ends[:, 0].astype(float)]
    before += [_root(total[:, middle]) for total in totals]
    after = [(ends[:, 1] - ends[:, 0]).astype(float)]
    after += [_root(total[:, -1] - total[:, middle]) for total in totals]
    return np.column_stack(before), np.column_stack(after), here


def _root(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def _grew(ranks: Floats, before: Floats, after: Floats) -> bool:
    known = ~np.isnan(ranks)
    if known.sum() < _LEAST_ROWS:
        return False
    y, first = ranks[known], before[known]
    left_over = [_unexplained(y, x) for x in (first, np.column_stack([first, after[known]]))]
    return left_over[0] > 0 and 1.0 - left_over[1] / left_over[0] > GROWN


def _unexplained(y: Floats, x: Floats) -> float:
    """Sum of squares that a regression on x and its squares leaves."""
    scale = np.maximum(np.abs(x).max(axis=0), 1e-12)
    x = x / scale
    design = np.column_stack([np.ones(len(y)), x, x**2])
    slopes, *_ = np.linalg.lstsq(design, y, rcond=None)
    return float(((y - design @ slopes) ** 2).sum())
