"""What an earlier run said of who would leave, held against who did.

Reads     customer_scores of an earlier run, the panel of this one.
Gives     Since: measures of the chances that were published then; whether they held.
Method    months that have passed since, at most the horizon; where fewer have passed, the chance of leaving within them
          is 1 - (1 - p)^(passed / horizon), a constant hazard. They fail where the calibration error is above two
          points and above what chance alone makes, or leavers are not told from stayers at all. Customers for whom
          something was done since are not compared: the chances are those of leaving untreated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from worthline.customers.risk import evaluation
from worthline.customers.risk.evaluation import ERROR_ALLOWED, HeldOut, Measure
from worthline.metrics import formatting

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.customers.risk.landmarks import ScoringContext
    from worthline.results import Compute, Earlier

FEWEST = 30
"""Leavers since then that a comparison needs."""


@dataclass(frozen=True)
class Since:
    """How the chances of an earlier run turned out."""

    horizon: int
    months: int
    """That have passed."""
    measures: dict[str, Measure]
    n: int
    failed: bool
    says: str


def since(on: ScoringContext, earlier: Earlier, column: str, horizon: int, rooms: Compute) -> Since | None:
    """Compare; None where there is nothing to compare yet."""
    then = earlier.as_of.year * 12 + earlier.as_of.month - 1
    months = min(on.complete - then, horizon)
    if column not in earlier.scores.columns or months < 1 or (not on.contractual and months < horizon):
        return None
    rows = rooms.fetch(_rows(on, earlier.scores, column, then, months).order_by("customer_id"))
    p = np.array(rows["p"].to_numpy(), dtype=np.float64)
    y = np.array(rows["y"].to_numpy(), dtype=np.float64)
    if min(y.sum(), (1 - y).sum()) < FEWEST:
        return None
    within = 1 - (1 - np.clip(p, 0, 1)) ** (months / horizon)
    weight = np.where(y == 1, on.leaver, 1.0)
    return compared(within, y, horizon, months, formatting.day(earlier.as_of), weight)


def compared(
    p: np.ndarray, y: np.ndarray, horizon: int, months: int, day: str, weight: np.ndarray | None = None
) -> Since:
    """Measures and verdict for chances `p` of leaving within `months`, and who left.

    Shapes: `p` (n,), 0 to 1; `y`, `weight` (n,).
    """
    held = HeldOut(y, p, np.ones(len(y)) if weight is None else weight, np.arange(len(y)))
    auc, error = evaluation.measured(held, evaluation.area), evaluation.measured(held, evaluation.calibration_error)
    left = evaluation.measured(held, lambda y, p, w: float((y * w).sum() / w.sum()))
    predicted = evaluation.measured(held, lambda y, p, w: float((p * w).sum() / w.sum()))
    measures = {"auc": auc, "calibration_error": error, "share_left": left, "share_predicted": predicted}
    off = error.value > max(ERROR_ALLOWED, evaluation.error_by_chance(held))
    blind = not auc.high > 0.5
    sentence = (
        f"the run of {day} expected {formatting.share(predicted.value)} to leave within "
        f"{formatting.how_many(months, 'month')}, and "
        f"{formatting.share(left.value)} did; its chances were off by {formatting.share(error.value)} on average"
    )
    if blind:
        sentence += ", and did not tell leavers from stayers"
    return Since(horizon, months, measures, len(y), off or blind, sentence)


def rows_of(drift: Since) -> list[dict[str, object]]:
    """Rows of the table backtests."""
    return [
        {
            "model": "risk_since_last_run",
            "horizon": drift.horizon,
            "measure": name,
            "value": measure.value,
            "low": measure.low,
            "high": measure.high,
            "n": drift.n,
            "shown": not drift.failed,
        }
        for name, measure in {**drift.measures, "months_passed": _plain(drift.months)}.items()
    ]


def _plain(value: float) -> Measure:
    return Measure(float(value), float(value), float(value))


def _rows(on: ScoringContext, scores: ir.Table, column: str, then: int, months: int) -> ir.Table:
    """customer_id, p, y of those whom the earlier run gave a chance."""
    scored = scores.filter(scores[column].notnull()).select("customer_id", p=scores[column].cast("float64"))
    q = on.panel
    if on.contractual:
        gone = q.filter(q.left, q["at"] > then, q["at"] <= then + months).select(who=q.customer_id).distinct()
    else:
        gone = q.filter(q["at"] == then + months, q.months_since_purchase >= months).select(who=q.customer_id)
    if on.treated is not None:
        t = on.treated
        treated = t.filter(t.then > then, t.then <= then + months).select("who").distinct()
        scored = scored.anti_join(treated, [scored.customer_id == treated.who])
    joined = scored.left_join(gone, [scored.customer_id == gone.who])
    return joined.select("customer_id", "p", y=joined.who.notnull().cast("int8"))
