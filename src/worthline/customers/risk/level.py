"""Whether as many are expected to leave as lately did: the mean published probability against what was observed.

Reads     landmarks with their outcome; customers of today.
Gives     Level: the share of comparable customers that left, with its interval; the shift that mends a model's level.
Method    direct standardisation: shares that left by time with the company (and time since the last purchase, without
          contracts) over the last twelve landmarks, in the mix of today's customers. Its error is that of independent
          windows: landmarks of one customer overlap, and months differ by more than chance. A mean outside of the
          interval goes nearly all the way to that share on the log-odds, one within it half way (ADR 55), so that the
          order of customers stays. A season (stats/season) moves the interval; where customers buy by a season, the
          share is that of a year ago and counts alone (ADR 54).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from worthline.stats.calibration import log_odds, probability
from worthline.stats.intervals import Z95
from worthline.stats.season import YEAR, season

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.customers.risk.landmarks import ScoringContext

Floats = npt.NDArray[np.float64]

LANDMARKS = 12
"""The latest landmarks, that count as recent."""
KEPT = 0.5
"""Model and observed share tell the level about as well: a mean within the interval goes half way to the share."""
FEW = 30
"""Rows that a cell needs."""
TENURES, SILENCES = (3, 6, 12, 18, 24, 36, 48, 60), (1, 2, 3, 6, 12)
"""Months from which the next band begins."""


@dataclass(frozen=True, slots=True)
class Level:
    """The share that left of customers like today's."""

    share: float
    low: float
    high: float
    n: int
    """Customer-months."""
    season: float = 1.0
    """Factor of the season, 1 where none shows."""
    kept: float = KEPT
    """How much of a model's distance from the share is kept within the interval."""


def cells(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """`rows` (customer_id, at and more) with `cell`, the band of tenure and of silence."""
    p = on.panel
    tenure = sum(((p.tenure_months >= months).ifelse(1, 0) for months in TENURES), start=p.tenure_months * 0)
    cell = tenure * 10
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
    weight = banded.weight.round(9).cast("decimal(18, 9)")  # sums of floats would hang on the order of threads
    return (
        banded.group_by("at", "cell")
        .agg(
            n=banded.count(),
            total=weight.sum().cast("float64"),
            left=weight.sum(where=banded.y == 1).fill_null(0).cast("float64"),
        )
        .order_by("at", "cell")
    )


def today(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """cell, n: customers of today."""
    banded = cells(on, rows)
    return banded.group_by("cell").agg(n=banded.count()).order_by("cell")


def level(seen: pa.Table, now: pa.Table, window: int, last: int, *, seasonal: bool = False) -> Level | None:
    """The level in today's mix, of the `window` months after month `last`; None where nothing is seen.

    `seasonal`: customers buy more in some months of the year, so silence means another thing in each.
    """
    if not seen.num_rows or not now.num_rows:
        return None
    landmark = np.array(seen["at"].to_numpy(), dtype=np.int64)
    cell = np.array(seen["cell"].to_numpy(), dtype=np.int64)
    n, total, leavers = (np.array(seen[name].to_numpy(), dtype=np.float64) for name in ("n", "total", "left"))
    recently = _lately(np.unique(landmark), last, seasonal=seasonal)
    lately = np.isin(landmark, sorted(recently))
    names, number = np.unique(cell, return_inverse=True)
    rows, weight, recent_leavers = (np.bincount(number, values * lately) for values in (n, total, leavers))
    overall = float(recent_leavers.sum() / weight.sum())
    share = np.where(rows >= FEW, recent_leavers / np.maximum(weight, 1e-12), overall)
    mix = _mix(now, names[rows >= FEW], names)
    value = float(mix[:-1] @ share + mix[-1] * overall)
    months, month_index = np.unique(landmark, return_inverse=True)
    ratio = np.bincount(month_index, leavers) / np.maximum(np.bincount(month_index, total * share[number]), 1e-12)
    month_rows = np.maximum(np.bincount(month_index, n), 1.0)
    noise = (1 - overall) / max(overall, 1e-9) / month_rows
    if seasonal and last - YEAR in recently:  # the same month of the year holds the season, which no model learnt
        factor, rest, kept_share = 1.0, ratio, 0.0
    else:
        (factor, rest), kept_share = _season(months, ratio, noise, last), KEPT
    recent = rest[np.isin(months, sorted(recently))]
    windows = (len(recent) + window - 1) / window
    each = np.where(rows >= FEW, rows, rows.sum()) / len(recent) * windows
    by_chance = float((mix[:-1] ** 2 * share * (1 - share) / each).sum())
    by_month = value**2 * (float(recent.var(ddof=1)) if len(recent) > 1 else 0.0) / windows
    half = Z95 * float(np.sqrt(by_chance + by_month))
    low, value, high = (float(np.clip(v * factor, 0.0, 1.0)) for v in (value - half, value, value + half))
    return Level(value, low, high, int(rows.sum()), factor, kept_share)


def _lately(months: npt.NDArray[np.int64], last: int, *, seasonal: bool) -> set[int]:
    """The landmarks that count: the latest year of them; with a season of purchases that of a year ago.

    With the months beside it where the windows of both are complete.
    """
    landmarks = set(months.tolist())
    year_ago = last - YEAR
    if not seasonal or year_ago not in landmarks:
        return {month for month in landmarks if month > max(landmarks) - LANDMARKS}
    around = {year_ago - 1, year_ago, year_ago + 1}
    return around if around <= landmarks else {year_ago}


def _season(months: npt.NDArray[np.int64], ratio: Floats, noise: Floats, last: int) -> tuple[float, Floats]:
    """What the season makes of the months after `last`, 1 where none shows; the ratios without it."""
    if not ((last - months) % YEAR == 0).any():
        return 1.0, ratio
    estimate = season(months, ratio, noise)
    if estimate is None:
        return 1.0, ratio
    return max(1 + float(estimate.of(np.array([last]))[0]), 0.1), ratio - estimate.of(months)


def _mix(now: pa.Table, usable: npt.NDArray[np.int64], names: npt.NDArray[np.int64]) -> Floats:
    """Shares of today's customers by cell of `names`; a cell of few rows counts with the next shorter tenure.

    The last share is that of cells for which none is usable.
    """
    shares = np.zeros(len(names) + 1)
    place = {int(name): i for i, name in enumerate(names)}
    usable_cells = set(usable.tolist())
    for row in now.to_pylist():
        cell = row["cell"]
        while cell >= 0 and cell not in usable_cells:
            cell -= 10
        shares[place[cell] if cell in usable_cells else -1] += row["n"]
    return np.asarray(shares / shares.sum())


def shift(p: Floats, seen: Level) -> float:
    """What is added to the log-odds of `p` so that their mean goes towards the share that was observed.

    Within the interval half of the distance is kept (nothing, where the season tells); a mean that lies k half widths
    from the share, k above 1, keeps half of k**-3 half widths.
    Shapes: `p` (n,), 0 to 1; gives a number.
    """
    mean = float(p.mean())
    aim = min(max(mean, seen.low), seen.high)
    if aim != mean:
        half = abs(aim - seen.share)
        aim = seen.share + (aim - seen.share) * (half / abs(mean - seen.share)) ** 3
    aim = seen.share + seen.kept * (aim - seen.share)
    if aim == mean or not 0 < aim < 1:
        return 0.0
    odds, low, high = log_odds(p), -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(odds + middle).mean() < aim else (low, middle)
    return (low + high) / 2
