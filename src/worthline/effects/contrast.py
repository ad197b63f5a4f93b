"""One outcome of rows with an experience against rows without: the estimate and its checks. numpy only.

Reads     a LandmarkSample, one outcome (rows,), what is controlled for.
Gives     fields for Effect; None where too few are there, or nobody is comparable.
Assumes   rows of one customer share luck; rows of different ones do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from worthline.effects import checks, design
from worthline.effects.checks import Check
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import telling
from worthline.effects.history import History
from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import Bools, Floats
from worthline.stats.double_ml import on_the_exposed

METHOD = "interactive model, effect on the exposed, cross-fitted by customer (double machine learning)"


def contrast(
    history: History,
    rows: LandmarkSample,
    y: Floats,
    own: Floats,
    others: dict[str, Floats],
    *,
    outcome: str,
    currency: str,
    beside: Sequence[Check] = (),
) -> dict[str, Any] | None:
    """Fields of Effect from y (rows,). `own`, `others`: running totals of it and of other incidents before.

    `beside`: further checks of the design, which may lower the grade.
    """
    d = rows.treatment
    enough = checks.enough(len(np.unique(rows.who[d == 1])), len(np.unique(rows.who[d == 0])))
    if enough.outcome == "failed" or np.ptp(y) == 0:
        return None
    chosen = np.flatnonzero(_drawn(d))
    sample, observed = rows.subset(chosen), y[chosen]
    x, groups = design.covariates(history, sample, own, others)
    try:
        [estimate], fit = on_the_exposed(observed[:, None], sample.treatment, x, sample.clusters, learner="stacked")
    except NotEnoughData:
        return None
    bias, strongest = checks.strongest(observed, sample.treatment, x, groups, estimate.scale)
    made = (
        enough,
        checks.overlap(sample.treatment, fit, estimate.dropped),
        checks.balance(x, groups, sample.treatment, fit),
        *beside,
        checks.sensitivity(estimate, bias, strongest, telling(outcome, currency)),
    )
    return {
        "outcome": outcome,
        "method": METHOD,
        "checks": made,
        "n": len(d),
        "exposed": int(d.sum()),
        "estimate": estimate.estimate,
        "error": estimate.error,
        "interval": (estimate.low, estimate.high),
        "bias": bias,
        "p": estimate.p,
        "raw": float(y[d == 1].mean() - y[d == 0].mean()),
        "regression": estimate.adjusted,
        "grade": checks.grade("adjusted", made),
        "dropped": estimate.dropped,
        "adjusted_for": tuple(dict.fromkeys(groups)),
        "who": np.unique(sample.who),
        "influence": estimate.influence,
    }


def _drawn(treatment: Floats) -> Bools:
    """Rows to estimate from: at most as many of each kind as LandmarkSample.sampled keeps; the same every time."""
    draw = np.random.Generator(np.random.Philox(20_260_104))
    keep = np.ones(len(treatment), np.bool_)
    for kind, most in ((1, design.MOST_EXPOSED), (0, design.MOST_OTHERS)):
        own = np.flatnonzero(treatment == kind)
        if len(own) > most:
            keep[own] = False
            keep[draw.choice(own, most, replace=False)] = True
    return keep
