"""From which month on leaving can be seen: before it, that nobody left is a gap in the records, not a fact.

Reads     the panel: who left and who could have left, by month.
Gives     the first month in which leaving is recorded; earlier months are undefined in metrics, effects and models.
Method    one change in the rate of a Poisson count, by maximum likelihood. The months before it do not count as seen
          where their rate is under a fifth of the later one and the change raises the log-likelihood by 7 or more
          (such a gap by chance: less than 1 in 1,000). Customers who have not been here as long as the shortest stay
          of any leaver cannot leave yet (a first year under contract) and are not at risk.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute

Floats = npt.NDArray[np.float64]

UNSEEN = 0.2
"""Rate before, as a share of the rate after, below which leaving was not recorded before."""
SURE = 7.0
"""Gain of log-likelihood that a change needs."""


def first_month_with_leaving(panel: ir.Table, rooms: Compute) -> date | None:
    """First day of the first month in which leaving can be seen; None where no leaving is recorded at all."""
    shortest = rooms.fetch(panel.agg(tenure=panel.tenure_months.min(where=panel.left)))["tenure"][0].as_py()
    if shortest is None:
        return None
    able = (panel.active | panel.left) & (panel.tenure_months >= shortest)
    counted = panel.group_by("month").agg(
        left=panel.left.cast("int64").sum(), at_risk=able.fill_null(False).cast("int64").sum()
    )
    rows = rooms.fetch(counted.order_by("month"))
    left, at_risk = (np.array(rows[name].to_numpy(), dtype=np.float64) for name in ("left", "at_risk"))
    month: date = rows["month"][first_seen(left, at_risk)].as_py()
    return month


def first_seen(left: Floats, at_risk: Floats) -> int:
    """Index of the first month in which leaving is recorded; `left`, `at_risk`: counts, shape (months,).

    0 where nothing says that the first months were not recorded; at least one has left in all.
    """
    before_left, before_risk = np.cumsum(left)[:-1], np.cumsum(at_risk)[:-1]
    after_left, after_risk = left.sum() - before_left, at_risk.sum() - before_risk
    gain = _likelihood(before_left, before_risk) + _likelihood(after_left, after_risk)
    gain -= _likelihood(np.array([left.sum()]), np.array([at_risk.sum()]))
    unseen = before_left * np.maximum(after_risk, 1) < UNSEEN * after_left * np.maximum(before_risk, 1)
    gain = np.where(unseen & (before_risk > 0), gain, -np.inf)
    if not gain.size or gain.max() < SURE:
        return 0
    return int(gain.argmax()) + 1


def _likelihood(count: Floats, exposure: Floats) -> Floats:
    """Poisson log-likelihood at the maximum, up to what does not depend on the rate."""
    rate = count / np.maximum(exposure, 1e-9)
    return np.asarray(count * np.log(np.maximum(rate, 1e-300)) - count)
