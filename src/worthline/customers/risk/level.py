"""Whether as many are expected to leave as lately did: the mean published probability against what was observed.

Reads     landmarks with their outcome; customers of today.
Gives     Level: the share of comparable customers that left, with its interval; the shift that mends a model's level.
Method    direct standardisation: shares that left by time with the company (and time since the last purchase, without
          contracts) over the last twelve landmarks, in the mix of today's customers. Its error is that of independent
          windows: landmarks of one customer overlap, and months differ by more than chance. A mean outside of the
          interval is moved to its nearer end on the log-odds, so that the order of customers stays, and it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from worthline.stats.calibration import chance, log_odds

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.customers.risk.landmarks import ScoringContext

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054
LANDMARKS = 12
"""The latest landmarks, that count as recent."""
FEW = 30
"""Rows below which a cell takes the share of all."""
TENURES, SILENCES = (3, 6, 12, 24), (1, 2, 3, 6, 12)
"""Months from which the next band begins."""


@dataclass(frozen=True, slots=True)
class Level:
    """The share that left of customers like today's."""

    share: float
    low: float
    high: float
    n: int
    """Customers and months."""


def cells(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """`rows` (customer_id, at and more) with `cell`, the band of tenure and of silence."""
    p = on.panel
    tenure = sum(((p.tenure_months >= months).ifelse(1, 0) for months in TENURES), start=p.tenure_months * 0)
    cell = tenure
    if not on.contractual:
        silence = sum(
            ((p.months_since_purchase >= months).ifelse(1, 0) for months in SILENCES), start=p.months_since_purchase * 0
        )
        cell = tenure * 10 + silence
    there = p.select(who=p.customer_id, then=p["at"], cell=cell.fill_null(-1).cast("int32"))
    joined = rows.inner_join(there, [rows.customer_id == there.who, rows["at"] == there.then])
    return joined.drop("who", "then")


def observed(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """at, cell, n, total, left: rows and weights of the latest landmarks of `rows` (customer_id, at, y, weight)."""
    banded = cells(on, rows)
    hit = (banded.y == 1).ifelse(banded.weight, 0.0)
    return (
        banded.group_by("at", "cell")
        .agg(n=banded.count(), total=banded.weight.sum(), left=hit.sum())
        .order_by("at", "cell")
    )


def today(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """cell, n: customers of today."""
    banded = cells(on, rows)
    return banded.group_by("cell").agg(n=banded.count()).order_by("cell")


def level(seen: pa.Table, now: pa.Table, window: int) -> Level | None:
    """The level in today's mix; `window`: months within which leaving was looked at. None where nothing is seen."""
    if not seen.num_rows or not now.num_rows:
        return None
    at = np.array(seen["at"].to_numpy(), dtype=np.int64)
    lately = at > at.max() - LANDMARKS
    at = at[lately]
    cell = np.array(seen["cell"].to_numpy(), dtype=np.int64)[lately]
    n, total, left = (np.array(seen[name].to_numpy(), dtype=np.float64)[lately] for name in ("n", "total", "left"))
    names, number = np.unique(cell, return_inverse=True)
    rows, weight, gone = (np.bincount(number, values) for values in (n, total, left))
    share = np.where(rows >= FEW, gone / np.maximum(weight, 1e-12), left.sum() / total.sum())
    mix = _mix(now, names)
    overall = float(left.sum() / total.sum())
    value = float(mix[:-1] @ share + mix[-1] * overall)
    months = len(np.unique(at))
    windows = (months + window - 1) / window
    each = np.where(rows >= FEW, rows, n.sum()) / months * windows
    chance_variance = float((mix[:-1] ** 2 * share * (1 - share) / each).sum())
    expected = np.bincount(np.unique(at, return_inverse=True)[1], total * share[number])
    ratio = np.bincount(np.unique(at, return_inverse=True)[1], left) / np.maximum(expected, 1e-12)
    month_variance = value**2 * (float(ratio.var(ddof=1)) if months > 1 else 0.0) / windows
    half = Z * float(np.sqrt(chance_variance + month_variance))
    return Level(value, max(value - half, 0.0), min(value + half, 1.0), int(n.sum()))


def _mix(now: pa.Table, names: npt.NDArray[np.int64]) -> Floats:
    """Shares of today's customers by cell, those of cells never seen last."""
    found = np.zeros(len(names) + 1)
    place = {int(name): i for i, name in enumerate(names)}
    for row in now.to_pylist():
        found[place.get(row["cell"], -1)] += row["n"]
    return np.asarray(found / found.sum())


def shift(p: Floats, seen: Level) -> float:
    """What is added to the log-odds of `p` so that their mean lies within the interval; 0 where it does."""
    mean = float(p.mean())
    aim = min(max(mean, seen.low), seen.high)
    if aim == mean or not 0 < aim < 1:
        return 0.0
    odds, low, high = log_odds(p), -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(odds + middle).mean() < aim else (low, middle)
    return (low + high) / 2
