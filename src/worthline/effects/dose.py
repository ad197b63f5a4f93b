"""How often something happened in a month is part of the exposure: single contacts to customer-months. numpy only.

Reads     a LandmarkSample whose rows are single contacts or deliveries; the effects of one of them on the outcomes and
          on how many of the same kind follow in the month.
Gives     the effect of one occurrence by itself, and of a month's occurrences together.
Method    a structural nested mean model with one blip (Robins 1994, Communications in Statistics 23, 2379-2412): the
          effect of one occurrence, later ones of the month running their course, is psi (1 + lambda), where lambda is
          its effect on how many follow. So psi = tau / (1 + lambda), its error by the delta method on influences, and
          a month's k occurrences did k psi. What came after an occurrence is never controlled for.
Assumes   occurrences of one month add up. Later months run their course: what an occurrence brings there is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from worthline.effects.design import LandmarkSample
from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import Bools, Floats, Ints
from worthline.stats.double_ml import Estimate, rescaled_interval

LEAST = 0.2
"""1 + lambda below which one occurrence can no longer be told from those that follow it."""


def repeats(sample: LandmarkSample) -> bool:
    """Whether anything of the kind follows in the same month, so that occurrences must be told apart."""
    return sample.later is not None and bool(sample.later.any())


def with_later(sample: LandmarkSample, y: Floats) -> Floats:
    """Outcomes (rows, k); where occurrences repeat, one more column: how many follow in the month."""
    return np.column_stack([y, sample.later]) if repeats(sample) and sample.later is not None else y


def of_one(sample: LandmarkSample, estimates: Sequence[Estimate]) -> list[Estimate]:
    """The effect of one occurrence by itself, from estimates on the outcomes of `with_later`; raises NotEnoughData."""
    if not repeats(sample):
        return list(estimates)
    *outcomes, later = estimates
    follow = 1.0 + later.estimate
    if follow < LEAST:
        raise NotEnoughData("What happens in a month hinges on what happened before in it: no single one stands apart.")
    return [_blip(one, later, follow) for one in outcomes]


def _blip(one: Estimate, later: Estimate, follow: float) -> Estimate:
    psi = one.estimate / follow
    influence = (one.influence - psi * later.influence) / follow
    error = float(np.sqrt(influence @ influence))
    return replace(
        one,
        estimate=psi,
        error=error,
        interval=rescaled_interval(one, psi, error),
        influence=influence,
        adjusted=one.adjusted / follow,
        scale=one.scale / follow,
    )


def times(estimate: Estimate, factor: float) -> Estimate:
    """The same effect, so many times over."""
    return replace(
        estimate,
        estimate=estimate.estimate * factor,
        error=estimate.error * factor,
        interval=rescaled_interval(estimate, estimate.estimate * factor, estimate.error * factor),
        influence=estimate.influence * factor,
        adjusted=estimate.adjusted * factor,
        scale=estimate.scale * factor,
    )


def customer_months(sample: LandmarkSample) -> tuple[Ints, Bools]:
    """The first row of each customer and month, as numbers of rows, and whether any row of that month was exposed."""
    exposed = sample.treatment > 0
    if sample.later is None or not len(exposed):
        return np.arange(len(exposed)), exposed
    key = sample.who * (int(sample.month.max()) + 1) + sample.month
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return first.astype(np.int64), np.bincount(number, exposed, len(first)) > 0


def unadjusted(sample: LandmarkSample, y: Floats) -> tuple[Floats, float]:
    """Mean outcomes (k,) of exposed customer-months minus the others'; and occurrences an exposed month, on average.

    Where every month with a contact had it, single contacts are compared instead.
    """
    first, is_exposed = customer_months(sample)
    each = float((sample.treatment > 0).sum() / max(is_exposed.sum(), 1))
    if is_exposed.all():
        return y[sample.treatment == 1].mean(axis=0) - y[sample.treatment == 0].mean(axis=0), each
    return y[first[is_exposed]].mean(axis=0) - y[first[~is_exposed]].mean(axis=0), each
