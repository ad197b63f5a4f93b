"""Arms that differed before: what is known of them controls for it, as no lot did. numpy only.

Reads     a Trial whose arms failed the test of balance, with the columns that were fixed before the assignment.
Gives     `effect`: the effect on those assigned against comparable controls, and its checks.
Method    the effect on those treated by double machine learning (stats.double_ml). Numbers enter with their squares,
          and with a mark where they are nought, since nothing earned before is not a little less than something.
Assumes   nothing but these columns made the arms differ.
Not for   proof: the grade stays that of the failed check.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from worthline.effects import checks
from worthline.effects.checks import Check
from worthline.errors import NotEnoughData
from worthline.initiatives.experiment import LEAST_UNITS, OutcomeEffect, Trial, codes
from worthline.initiatives.outcomes import Outcome
from worthline.panel.treatments import CONTROL
from worthline.stats.double_ml import on_the_exposed
from worthline.stats.experiments import ArmEffect, Floats

DESIGN = "comparison with controls who were not drawn by lot"
MOST_UNITS = 200_000
"""Customers above which the plain estimate stands: the models would take minutes."""
FEW_ZEROS = 0.02
"""Share of noughts from which they are marked."""


def effect(one: Trial, arm: str, outcome: Outcome) -> tuple[OutcomeEffect, tuple[Check, ...]] | None:
    """The effect and its checks; None where too little is known, or too many customers are there."""
    y = outcome.values(one.column, 0)
    rows = np.flatnonzero((one.is_arm(arm) | one.is_arm(CONTROL)) & ~np.isnan(y))
    treated = one.is_arm(arm)[rows]
    covariates = one.covariates_of(rows)
    too_few = min(int(treated.sum()), int((~treated).sum())) < LEAST_UNITS
    if covariates is None or too_few or len(rows) > MOST_UNITS:
        return None
    x, y, d = _bent(covariates), y[rows], treated.astype(np.float64)
    cluster = codes(one.rows["customer_id"])[rows] if one.cluster is None else one.cluster[rows]
    try:
        (found,), fit = on_the_exposed(y[:, None], d, x, np.unique(cluster, return_inverse=True)[1])
    except NotEnoughData:
        return None
    measured = ArmEffect(
        estimate=found.estimate,
        error=found.error,
        degrees=float("inf"),
        raw=float(y[treated].mean() - y[~treated].mean()),
        treated=int(treated.sum()),
        control=int((~treated).sum()),
        treated_mean=float(y[treated].mean()),
        control_mean=float(y[~treated].mean()),
        dropped=found.dropped,
    )
    empty = OutcomeEffect(one.initiative, arm, outcome, 0, "all", measured)
    return replace(empty, low=found.low, high=found.high, p=found.p), (checks.overlap(d, fit, found.dropped),)


def _bent(x: Floats) -> Floats:
    """Covariates (n, k) with squares of those of more than two values, and marks of noughts; blanks at their mean."""
    x = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    columns = [x]
    for values in x.T:
        if len(np.unique(values)) <= 2:
            continue
        scaled = (values - values.mean()) / values.std()
        columns.append((scaled**2)[:, None])
        is_nought = values == 0
        if FEW_ZEROS <= is_nought.mean() <= 1 - FEW_ZEROS:
            columns.append(is_nought[:, None].astype(np.float64))
    return np.concatenate(columns, axis=1)
