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


def effect(trial: Trial, arm: str, outcome: Outcome) -> tuple[OutcomeEffect, tuple[Check, ...]] | None:
    """The effect and its checks; None where too little is known, or too many customers are there."""
    y = outcome.values(trial.column, 0)
    rows = np.flatnonzero((trial.is_arm(arm) | trial.is_arm(CONTROL)) & ~np.isnan(y))
    treated = trial.is_arm(arm)[rows]
    covariates = trial.covariates_of(rows)
    too_few = min(int(treated.sum()), int((~treated).sum())) < LEAST_UNITS
    if covariates is None or too_few or len(rows) > MOST_UNITS:
        return None
    x, y, treatment = _with_squares(covariates), y[rows], treated.astype(np.float64)
    cluster = codes(trial.rows["customer_id"])[rows] if trial.cluster is None else trial.cluster[rows]
    try:
        (result,), fit = on_the_exposed(y[:, None], treatment, x, np.unique(cluster, return_inverse=True)[1])
    except NotEnoughData:
        return None
    measured = ArmEffect(
        estimate=result.estimate,
        error=result.error,
        degrees=float("inf"),
        raw=float(y[treated].mean() - y[~treated].mean()),
        treated=int(treated.sum()),
        control=int((~treated).sum()),
        treated_mean=float(y[treated].mean()),
        control_mean=float(y[~treated].mean()),
        dropped=result.dropped,
    )
    empty = OutcomeEffect(trial.initiative, arm, outcome, 0, "all", measured)
    return replace(empty, low=result.low, high=result.high, p=result.p), (
        checks.overlap(treatment, fit, result.dropped),
    )


def _with_squares(x: Floats) -> Floats:
    """Covariates (n, k) with squares of those of more than two values, and marks of noughts; blanks at their mean."""
    x = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    columns = [x]
    for values in x.T:
        if len(np.unique(values)) <= 2:
            continue
        scaled = (values - values.mean()) / values.std()
        columns.append((scaled**2)[:, None])
        is_zero = values == 0
        if FEW_ZEROS <= is_zero.mean() <= 1 - FEW_ZEROS:
            columns.append(is_zero[:, None].astype(np.float64))
    return np.concatenate(columns, axis=1)
