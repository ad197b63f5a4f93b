"""What experiences that fall on the same customers in the same month bring together, each counted once. numpy only.

Reads     what the effects were estimated from, and the effects.
Gives     Part: an experience whose effect on margin is estimated, that effect alone, and beside all others.
Method    the experiences at touchpoints; of a kind that is known at some only, beside them the one at the others; of
          a kind that is known at none, the one over all. Each is estimated anew,
          controlled for the others of the same month: what an outage does by way of the contact that it brings counts
          with the contact. Parts so estimated may be added up; estimated alone, what they share counts in each.
          Where incidents meet anything else in a month, harms multiply, and each estimated beside the other would hold
          all of what they do to each other. So an order is kept: an incident is estimated with all as it was, every
          experience after it (other incidents, contacts, deliveries) in months in which the incidents before it did
          not happen, and holds for all its times: the sum then telescopes. Where that leaves too few, it is controlled.
          Every experience that can be estimated is a part, whatever its effect; those whose evidence is a correlation
          are marked. So nothing enters or leaves a sum because of its own size.
Assumes   effects of one month add up. Of experiences that bring others in later months a part counts in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.effects import design, dose
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import Effect, money_horizon, on_margin
from worthline.effects.experiences import Experience, elsewhere
from worthline.effects.linkage import EffectInputs, incident_totals
from worthline.effects.outcomes import OUTCOMES
from worthline.errors import NotEnoughData
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.double_ml import Estimate, on_the_exposed

YEAR = 12
LEAST_APART = 0.5
"""Share of the exposed customer-months that must be without the incidents before, to be estimated from those alone."""


@dataclass(frozen=True)
class Part:
    """One experience; estimates are per time that it happened."""

    experience: Experience
    alone: Effect
    margin: Estimate
    staying: Estimate
    who: Ints
    """Customers behind the influence of both, by number."""
    months: Ints
    """Customer-months of the last twelve in which it happened, as one number each: customer x months + month."""
    uncovered: float = 0.0
    """Times of the last twelve months that the effect is not of: new customers, and those without comparable ones."""
    share: float = 1.0
    """Of the company's customers, those laid out."""

    @property
    def is_correlation(self) -> bool:
        """Whether its evidence is a correlation only: it stands beside the sum, not in it."""
        return self.alone.grade is None or self.alone.grade >= "D"


@dataclass(frozen=True, slots=True)
class NotEstimated:
    """An experience whose effect on margin is not known at the horizon of the sum; at a shorter one it may be."""

    name: str
    touchpoint: str | None
    times: float
    shorter: Effect | None
    why: str


def parts(linked: EffectInputs, estimated: Sequence[Effect]) -> list[Part]:
    """Every experience that enters the sum or stands beside it, in the order in which experiences were found."""
    margin_effects = on_margin(estimated, money_horizon(estimated))
    leaves = _leaves(linked.experiences, margin_effects)
    cells = {experience.name: np.diff(experience.totals(linked.history), axis=1) for experience in leaves}
    all_parts = []
    incidents = [experience.name for experience in leaves if experience.is_incident]
    for experience in leaves:
        before = incidents[: incidents.index(experience.name)] if experience.is_incident else incidents
        part = _estimated(linked, experience, margin_effects[experience.name], cells, before)
        all_parts += [] if part is None else [part]
    return all_parts


def not_estimated(linked: EffectInputs, estimated: Sequence[Effect], made: Sequence[Part]) -> list[NotEstimated]:
    """Experiences at touchpoints that are in no part, each with its longest horizon at which margin is known.

    Of the last twelve months, as the sum is: what happened earlier only is not missing from it.
    """
    whole = {part.experience.kind for part in made if part.experience.touchpoint is None}
    inside = {part.experience.name for part in made}
    out = []
    for experience in linked.experiences:
        times = _recent(linked, experience).sum() / linked.share
        if experience.touchpoint is None or experience.kind in whole or experience.name in inside or not times:
            continue
        own = [e for e in estimated if e.cause == experience.name and e.outcome == "margin" and e.segment == "all"]
        shorter = max((e for e in own if e.estimate is not None), key=lambda e: e.horizon, default=None)
        last = max(own, key=lambda e: e.horizon, default=None)
        why = " ".join(check.says for check in last.checks if check.outcome == "failed") if last is not None else ""
        out.append(NotEstimated(experience.name, experience.touchpoint, times, shorter, why))
    return out


def _leaves(experiences: Sequence[Experience], margin_effects: dict[str, Effect]) -> list[Experience]:
    placed = {
        experience.kind
        for experience in experiences
        if experience.touchpoint is not None and experience.name in margin_effects
    }
    leaves = [*experiences, *elsewhere(experiences, margin_effects)]
    return [
        experience
        for experience in leaves
        if experience.name in margin_effects
        and experience.kind != "said"
        and (experience.touchpoint is not None or experience.is_remainder or experience.kind not in placed)
    ]


def _apart(rows: LandmarkSample, before: Sequence[Floats]) -> LandmarkSample:
    """Rows of customers and months without the incidents `before`; all of them where under half of the exposed are."""
    alone = np.ones(len(rows.who), np.bool_)
    for cells in before:
        alone &= cells[rows.who, rows.month] == 0
    return rows.subset(alone) if rows.treatment[alone].sum() >= LEAST_APART * rows.treatment.sum() else rows


def _recent(linked: EffectInputs, experience: Experience) -> Floats:
    """Rows of the last twelve months in which it happened, as 0 and 1."""
    return (experience.exposed & (experience.month > linked.last - YEAR) & (experience.month <= linked.last)).astype(
        float
    )


def _estimated(
    linked: EffectInputs, experience: Experience, alone: Effect, cells: dict[str, Floats], before: Sequence[str]
) -> Part | None:
    """`cells`: how often each happened, (customers, months); `before`: incidents without which it is estimated."""
    history = linked.history
    rows = design.landmark_sample(history, experience, alone.horizon, linked.last)
    rows = rows.subset(~np.isnan(OUTCOMES["margin"].values(history, rows.who, rows.month, alone.horizon)))
    rows = _apart(rows, [cells[name] for name in before]).sampled()
    others = {f"{name} in the same month": counts for name, counts in cells.items() if name != experience.name}
    beside = {name: counts[rows.who, rows.month] for name, counts in others.items()}
    rows = replace(rows, extra_covariates=rows.extra_covariates | beside)
    read = (OUTCOMES[name].values(history, rows.who, rows.month, alone.horizon) for name in ("margin", "retention"))
    y = dose.with_later(rows, np.column_stack(list(read)))
    x, _ = design.covariates(history, rows, experience.totals(history), incident_totals(linked, experience))
    try:
        estimates, _ = on_the_exposed(
            y, rows.treatment, x, rows.clusters, learner="stacked", places=rows.places, struck=rows.struck
        )
        margin, staying = dose.of_one(rows, estimates)
    except NotEnoughData:
        return None
    recent = _recent(linked, experience) > 0
    months = np.unique(experience.who[recent] * history.months + experience.month[recent])
    uncovered = max(float(recent.sum()) / linked.share - alone.times, 0.0)
    return Part(experience, alone, margin, staying, np.unique(rows.who), months, uncovered, linked.share)
