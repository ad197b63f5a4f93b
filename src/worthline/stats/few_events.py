"""The interval of an effect on the exposed where few customers carry it. numpy only.

Reads     outcomes, residuals of the outcome model, exposure, odds of the exposure, clusters; the estimate.
Gives     an Interval and the standard error that goes with it; None where the usual error is good enough.
Method    events are counted, not only people. A binary outcome with fewer than LEAST_EVENTS customers with the event
          in either group: the score interval of the risk difference, with the sizes that weights and repeated rows
          leave (Kish 1965, Survey sampling, 8.2). Any other outcome: variance and skewness of the exposed are at least
          those of the comparable controls, as in a randomisation test; events are then the squared residuals that
          carry the variance, (sum r^2)^2 / sum r^4, which counts them where the outcome is rare and binary.
Assumes   comparable controls show what the exposed would vary by, were there no effect.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from worthline.stats.intervals import Z95
from worthline.stats.rare_events import LEAST_EVENTS, Interval, risk_difference, skewed_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FEW_CARRIERS = 3 * LEAST_EVENTS
"""Effective events of an outcome that is not binary, below which its variance is taken from comparable controls."""


def few_events_interval(
    y: Floats, residual: Floats, exposed: Bools, odds: Floats, clusters: Ints, estimate: float
) -> tuple[Interval, float] | None:
    """The interval and its standard error, all arrays of shape (rows,), of rows with overlap; None: not needed.

    `residual` is y less what the outcome model of the controls expects; `odds` weighs the controls.
    """
    if not exposed.any() or not odds[~exposed].sum() > 0:
        return None
    if _is_binary(y):
        event = y if y.mean() <= 0.5 else 1.0 - y
        sign = 1.0 if y.mean() <= 0.5 else -1.0
        return _binary(event, residual, exposed, odds, clusters, sign * estimate, sign)
    return _continuous(residual, exposed, odds, clusters, estimate)


def _binary(
    event: Floats, residual: Floats, exposed: Bools, odds: Floats, clusters: Ints, difference: float, sign: float
) -> tuple[Interval, float] | None:
    exposed_events, controls = event * exposed, event * ~exposed
    customers = float(np.count_nonzero(np.bincount(clusters, exposed_events)))
    weighed = np.bincount(clusters, controls * odds)
    effective = float(weighed.sum() ** 2 / (weighed**2).sum()) if weighed.any() else 0.0
    if min(customers, effective) >= LEAST_EVENTS:
        return None
    weight = odds * ~exposed
    repeats = _repeats(controls, clusters)
    size = float(exposed.sum()) / (exposed_events.sum() / customers if customers else repeats)
    size_control = float(weight.sum() ** 2 / (weight**2).sum()) / repeats
    risk = float(exposed_events.sum() / exposed.sum())
    risk_control = risk - difference
    if risk_control <= 0:
        risk_control = float((weight * event).sum() / weight.sum())
    risk_control = min(risk_control, 1.0)
    variance = _control_variance(residual, exposed, odds, clusters)
    if effective >= LEAST_EVENTS and variance > 0:
        size_control = min(risk_control * (1.0 - risk_control) / variance, 4.0 * size_control)
    size, size_control = max(size, 1.0), max(size_control, 1.0)
    interval = risk_difference(risk * size, size, risk_control * size_control, size_control)
    error = (interval.high - interval.low) / (2.0 * Z95)
    if sign < 0:
        interval = Interval(-interval.high, -interval.low, interval.p)
    return interval, error


def _continuous(
    residual: Floats, exposed: Bools, odds: Floats, clusters: Ints, estimate: float
) -> tuple[Interval, float] | None:
    weight = odds * ~exposed
    weight = weight / weight.sum()
    left, own_left = residual - weight @ residual, residual[exposed] - residual[exposed].mean()
    size = float(exposed.sum()) / _design_effect(left, exposed, clusters)
    size_control = float(1.0 / (weight**2).sum())
    # Were there no effect, both would vary alike: where most are exposed, controls that happen to hold few events
    # borrow from them.
    share = size / (size + size_control) if size_control < size else 0.0
    of_controls = [float(weight @ left**power) for power in (2, 3, 4)]
    second, third, fourth = (
        share * float((own_left**power).mean()) + (1.0 - share) * of_controls[power - 2] for power in (2, 3, 4)
    )
    if second <= 0 or fourth <= 0 or min(size, size_control) * second**2 / fourth >= FEW_CARRIERS:
        return None
    second = max(second, of_controls[0])
    own = np.bincount(clusters, (residual - estimate) * exposed) / exposed.sum()
    variance = max(float(own @ own), second / size)
    variance += max(_control_variance(residual, exposed, odds, clusters), second / size_control if share else 0.0)
    return skewed_interval(estimate, variance, third * (1.0 / size**2 - 1.0 / size_control**2)), sqrt(variance)


def _control_variance(residual: Floats, exposed: Bools, odds: Floats, clusters: Ints) -> float:
    """Variance of the mean residual of the weighted controls, by cluster."""
    own = np.bincount(clusters, odds * residual * ~exposed) / float((odds * ~exposed).sum())
    return float(own @ own)


def _design_effect(left: Floats, exposed: Bools, clusters: Ints) -> float:
    """By how much repeated rows of a customer lessen what the exposed rows tell, from the controls' correlation."""
    rows = np.bincount(clusters[~exposed])
    sums = np.bincount(clusters, left * ~exposed)
    pairs = float((rows.astype(np.float64) ** 2).sum() - rows.sum())
    square = float((left[~exposed] ** 2).sum())
    if pairs <= 0 or square <= 0:
        return 1.0
    correlation = np.clip((float(sums @ sums) - square) / pairs / (square / rows.sum()), 0.0, 1.0)
    own = np.bincount(clusters[exposed]).astype(np.float64)
    return float(1.0 + correlation * (float((own**2).sum() / own.sum()) - 1.0))


def _repeats(event: Floats, clusters: Ints) -> float:
    """Rows with the event for each customer who has it."""
    customers = np.count_nonzero(np.bincount(clusters, event))
    return float(event.sum() / customers) if customers else 1.0


def _is_binary(y: Floats) -> bool:
    return bool(np.isin(y, (0.0, 1.0)).all())
