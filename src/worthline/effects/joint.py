"""What experiences that fall on the same customers in the same month bring together, each counted once. numpy only.

Reads     what the effects were estimated from, and the effects.
Gives     Part: an experience whose effect on margin is told, that effect alone, and beside all others.
Method    the experiences at touchpoints; of a kind that is told of at some only, beside them the one at the others; of
          a kind that is told of at none, the one over all. Each is estimated anew
          with the others of the same month held alike: what an outage does by way of the contact that it brings counts
          with the contact. Parts so estimated may be added up; estimated alone, what they share counts in each.
Assumes   effects of one month add up. Of experiences that bring others in later months a part counts in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.effects import design, dose
from worthline.effects.effect import Effect, money_horizon
from worthline.effects.experiences import Experience, elsewhere
from worthline.effects.linkage import EffectInputs, incident_totals
from worthline.effects.outcomes import OUTCOMES
from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.double_ml import Estimate, on_the_exposed


@dataclass(frozen=True)
class Part:
    """One experience; estimates are per time that it happened."""

    one: Experience
    alone: Effect
    margin: Estimate
    staying: Estimate
    who: Ints
    """Customers behind the influence of both, by number."""


def parts(linked: EffectInputs, found: Sequence[Effect]) -> list[Part]:
    """Every experience that enters the sum, in the order in which experiences were found."""
    told = _told(found)
    if not told:
        return []
    leaves = _leaves(linked.experiences, told)
    cells = {one.name: np.diff(one.totals(linked.history), axis=1) for one in leaves}
    made = []
    for one in leaves:
        others = {f"{name} in the same month": at for name, at in cells.items() if name != one.name}
        part = _estimated(linked, one, told[one.name], others)
        made += [] if part is None else [part]
    return made


def left_out(linked: EffectInputs, found: Sequence[Effect], made: Sequence[Part]) -> tuple[list[str], list[str]]:
    """Experiences at touchpoints that are in no part: those known by correlation only, and those not known at all."""
    horizon = money_horizon(found)
    graded = {
        one.cause for one in found if one.outcome == "margin" and one.horizon == horizon and one.grade is not None
    }
    whole = {part.one.kind for part in made if part.one.touchpoint is None}
    inside = {part.one.name for part in made}
    out = [
        one.name
        for one in linked.experiences
        if one.touchpoint is not None and one.kind not in whole and one.name not in inside
    ]
    return [name for name in out if name in graded], [name for name in out if name not in graded]


def _told(found: Sequence[Effect]) -> dict[str, Effect]:
    """The effects on margin that bear money at the horizon of the sum, by experience."""
    horizon = money_horizon(found)
    return {one.cause: one for one in found if one.has_money and one.horizon == horizon}


def _leaves(all_of_them: Sequence[Experience], told: dict[str, Effect]) -> list[Experience]:
    placed = {one.kind for one in all_of_them if one.touchpoint is not None and one.name in told}
    leaves = [*all_of_them, *elsewhere(all_of_them, told)]
    return [
        one
        for one in leaves
        if one.name in told and (one.touchpoint is not None or one.is_remainder or one.kind not in placed)
    ]


def _estimated(linked: EffectInputs, one: Experience, alone: Effect, others: dict[str, Floats]) -> Part | None:
    laid = linked.history
    rows = design.landmark_sample(laid, one, alone.horizon, linked.last)
    rows = rows.subset(~np.isnan(OUTCOMES["margin"].values(laid, rows.who, rows.month, alone.horizon))).sampled()
    beside = {name: cells[rows.who, rows.month] for name, cells in others.items()}
    rows = replace(rows, extra_covariates=rows.extra_covariates | beside)
    read = (OUTCOMES[name].values(laid, rows.who, rows.month, alone.horizon) for name in ("margin", "retention"))
    y = dose.with_later(rows, np.column_stack(list(read)))
    x, _ = design.covariates(laid, rows, one.totals(laid), incident_totals(linked, one))
    try:
        estimates, _ = on_the_exposed(y, rows.treatment, x, rows.clusters, places=rows.places)
        margin, staying = dose.of_one(rows, estimates)
    except NotEnoughData:
        return None
    return Part(one, alone, margin, staying, np.unique(rows.who))
