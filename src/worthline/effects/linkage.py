"""From a company's tables to its effects: every experience found, on every outcome, at every horizon.

Reads     a Dataset, its panel, the engine's doors.
Gives     Effects, and what could not be told.
Method    design.py says who is compared, estimators.py how, checks.py how well it is known; one fit of the exposure
          serves all outcomes of a horizon. Effects are a family: p-values by Benjamini & Hochberg.
Assumes   a company of more than MOST customers is estimated from a sample of so many; counts are scaled up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from worthline.effects import (
    checks,
    design,
    dose,
    durability,
    experiences,
    history,
    holdings,
    occasions,
    outcomes,
    prospects,
    queries,
    reverse_causality,
    scores,
    slices,
)
from worthline.effects.checks import Check
from worthline.effects.design import LandmarkSample
from worthline.effects.effect import Effect, estimand, money_horizon, on_margin, telling
from worthline.effects.experiences import Experience
from worthline.effects.outcomes import OUTCOMES
from worthline.effects.very_large import SetApart, set_apart
from worthline.errors import NotEnoughData
from worthline.metrics.growth import by_fees
from worthline.panel.leaving import first_month_with_leaving
from worthline.results import Compute, Dataset, Progress, no_progress
from worthline.stats.cross_fitting import Floats
from worthline.stats.double_ml import SPLITS, Estimate, Fit, Trees, on_the_exposed, where_trees_help
from worthline.stats.false_discovery import adjusted_p_values
from worthline.tables.time import add_months, month_end, month_start

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

MOST = 60_000
"""Customers laid out at most."""
MONTHS = 49
"""Months laid out: 24 index months, a year before them and a year after."""
AT_ONCE = 2
"""Experiences estimated side by side: numpy lets go of the interpreter, and each fills some hundred MB."""
METHOD = "interactive model, effect on the exposed, cross-fitted by customer (double machine learning)"
DONE = "what was done for them"
EXPOSURE = "the exposure"
MOST_UNKNOWN = 0.5
"""Share of outcomes that may be unknown."""


@dataclass(frozen=True)
class EffectInputs:
    """All that the effects of one company are estimated from."""

    history: history.History
    experiences: tuple[Experience, ...]
    last: int
    """Number of the last complete month."""
    share: float
    """Of the company's customers, those laid out."""
    currency: str
    outcomes: tuple[str, ...]
    """Names of outcomes.OUTCOMES."""
    treated: Floats | None = None
    """Running totals of what was done for each customer."""
    leaving_recorded: bool = True
    """Whether any customer under contract is recorded as having left."""
    set_apart: SetApart | None = None
    """Very large customers who are in no estimate."""


def link(ds: Dataset, panel: ir.Table, rooms: Compute) -> EffectInputs | None:
    """Lay out what the effects need; None where nothing says what customers met or said."""
    if not {"interactions", "feedback"} & set(ds.tables):
        return None
    size = rooms.fetch(queries.size(panel)).to_pylist()[0]
    if not size["n"]:
        return None
    share = min(1.0, MOST / size["n"])
    since = max(month_start(size["first"]), add_months(month_start(size["last"]), 1 - MONTHS))
    rows = rooms.fetch(queries.months(panel, since, share))
    if not rows.num_rows:
        return None
    termed = ds.has("subscriptions", "product", "started_on")
    terms = rooms.fetch(queries.terms(ds, share)) if termed else None
    past_months = history.read(rows, rooms.fetch(queries.people(ds, share)), terms)
    first_with_leaving = first_month_with_leaving(panel, rooms)
    if first_with_leaving is not None:
        past_months = replace(
            past_months,
            leaving_from=max(
                12 * (first_with_leaving.year - 1970) + first_with_leaving.month - 1 - past_months.base, 0
            ),
        )
    if ds.has("subscriptions", "started_on", "period"):
        years = rooms.fetch(queries.yearly_terms(ds, share))
        past_months = history.with_yearly_terms(past_months, years) if years.num_rows else past_months
    if by_fees(ds):
        past_months = history.with_fees(past_months, rooms.fetch(queries.fees(ds, since, share)))
    past_months = _with_holdings(past_months, ds, rooms, since, share)
    past_months, apart = set_apart(past_months)
    all_experiences: list[Experience] = []
    if "interactions" in ds.tables:
        all_experiences += experiences.found(experiences.read(rooms.fetch(queries.met(ds, since, share)), past_months))
    if ds.settings.score_metric == "nps":
        all_experiences += scores.steps(past_months)
    all_experiences = [design.before_notice(past_months, experience) for experience in all_experiences]
    treated = None
    if ds.has("customers", "referred_by", "joined_on"):
        past_months = replace(past_months, referrals=_totals(past_months, rooms.fetch(queries.referrals(ds, share))))
    if ds.has("treatments", "customer_id", "at", "arm"):
        treated = _totals(past_months, rooms.fetch(queries.treated(ds, share)))
    last = past_months.months - 1 - (ds.settings.as_of != month_end(ds.settings.as_of))
    contractual = ds.settings.setting == "contractual"
    recorded = outcomes.recorded(past_months, contractual=contractual)
    leaving_recorded = first_with_leaving is not None or not contractual
    return EffectInputs(
        past_months,
        tuple(all_experiences),
        last,
        share,
        ds.settings.currency,
        recorded,
        treated,
        leaving_recorded,
        apart,
    )


def _with_holdings(
    past_months: history.History, ds: Dataset, rooms: Compute, since: date, share: float
) -> history.History:
    """The same with balances and shares of wallet, where tables bring them of customers."""
    if ds.has("balances", "customer_id"):
        rows = rooms.fetch(holdings.balances(ds, since, share))
        past_months = history.with_balances(past_months, rows) if rows.num_rows else past_months
    if ds.has("wallet", "customer_id", "rank"):
        rows = rooms.fetch(holdings.wallet(ds, since, share))
        past_months = history.with_wallet(past_months, rows) if rows.num_rows else past_months
    return past_months


def _totals(past_months: history.History, rows: pa.Table) -> Floats:
    """Running totals by customer of rows that bear customer_id, month and n."""
    who, month = past_months.numbers(rows)
    inside = (who >= 0) & (month >= 0) & (month < past_months.months)
    cells = np.zeros((past_months.customers, past_months.months))
    np.add.at(cells, (who[inside], month[inside]), np.asarray(rows["n"].to_numpy(), dtype=np.float64)[inside])
    return history.running(cells)


def effects(linked: EffectInputs, progress: Progress = no_progress) -> list[Effect]:
    """Every effect, those of one experience together; p-values corrected over all of them."""

    def of_experience(one: Experience) -> list[Effect]:
        study = Study(linked, one)
        estimated = [effect for horizon in design.HORIZONS for effect in _of_horizon(study, horizon)]
        return _sliced(study, estimated)

    all_effects: list[Effect] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, effects_of_one in enumerate(pool.map(of_experience, linked.experiences)):
            progress("Estimating effects", number + 1, len(linked.experiences))
            all_effects += effects_of_one
        others = experiences.elsewhere(linked.experiences, on_margin(all_effects, money_horizon(all_effects)))
        all_effects += [effect for of_one in pool.map(of_experience, others) for effect in of_one]
    for other_rows in (occasions, prospects):
        all_effects += other_rows.effects(
            linked.history,
            linked.experiences,
            linked.last,
            lambda experience: incident_totals(linked, experience),
            linked.currency,
        )
    all_effects += scores.slopes(linked.history, linked.last, linked.outcomes, incident_totals(linked, None))
    adjusted = adjusted_p_values([effect.p for effect in all_effects])
    return durability.told([replace(effect, p_adjusted=p) for effect, p in zip(all_effects, adjusted, strict=True)])


def _sliced(study: Study, whole_effects: list[Effect]) -> list[Effect]:
    """The effects of one experience, and beside them those within each of its slices, at one horizon."""
    past_months = study.linked.history
    ways = ((slices.CHANNELS, slices.channels(study.one)), (slices.CONTACTS, slices.contacts(study.one, past_months)))
    with_consistency, within = whole_effects, []
    for by, experience_slices in ways:
        parts: list[Effect] = []
        for name, experience in experience_slices:
            made_of = _of_horizon(study.of_slice(experience), slices.HORIZON)
            parts += [replace(effect, segment=slices.segment(by, name)) for effect in made_of]
        with_consistency = [
            slices.consistent(effect, [part for part in parts if part.outcome == effect.outcome], by)
            if effect.horizon == slices.HORIZON
            else effect
            for effect in with_consistency
        ]
        within += parts
    return [*with_consistency, *within]


def incident_totals(linked: EffectInputs, one: Experience | None) -> dict[str, Floats]:
    """Running totals of what else befell customers, and of what was done for them."""
    own = None if one is None else one.name
    incidents = [other for other in linked.experiences if other.is_incident and other.name != own]
    totals = {other.name: other.totals(linked.history) for other in incidents}
    return totals if linked.treated is None else totals | {DONE: linked.treated}


class Study:
    """One experience, with all that is the same for every horizon and slice: its checks, where trees help."""

    def __init__(self, linked: EffectInputs, experience: Experience) -> None:
        self.linked, self.one = linked, experience
        self.own, self.others = experience.totals(linked.history), incident_totals(linked, experience)
        self._trees: dict[str, bool] = {}

    def of_slice(self, one: Experience) -> Study:
        """The same for a part of the experience: checks of the whole are checks of its parts."""
        part = copy(self)
        part.one = one
        part.__dict__ |= {"placebos": self.placebos, "reverse": self.reverse}
        return part

    def trees(self, names: Sequence[str], y: Floats, sample: LandmarkSample, x: Floats) -> Trees:
        """Where trees help, decided at the first horizon at which each outcome is estimated.

        Where whole places had it, trees would know the places and months: rows of one lie in all folds.
        Shapes: `y` (n,); `x` (n, k).
        """
        if not set(names) <= set(self._trees):
            helped = where_trees_help(y, sample.treatment, x, sample.clusters)
            self._trees |= {EXPOSURE: helped.exposure and sample.struck is None} | dict(
                zip(names, map(bool, helped.outcomes), strict=True)
            )
        return Trees(self._trees[EXPOSURE], np.array([self._trees[name] for name in names], np.bool_))

    @cached_property
    def placebos(self) -> dict[str, tuple[Estimate, float]]:
        """Effects on outcomes before all that is controlled for, with the spread of each, at the shortest horizon."""
        past_months = self.linked.history
        rows = design.landmark_sample(past_months, self.one, design.HORIZONS[0], self.linked.last)
        rows = rows.subset(design.has_past(past_months, rows)).sampled()
        if min(_customers(rows)) < checks.LEAST_EXPOSED:
            return {}
        past = {name: y for name, y in design.past_outcomes(past_months, rows).items() if np.ptp(y) > 0}
        x, _ = design.covariates(past_months, rows, self.own, self.others)
        past = {name: y for name, y in past.items() if checks.can_differ(y, x)}
        if not past:
            return {}
        try:
            estimates = self.estimates(rows, np.column_stack(list(past.values())))
        except NotEnoughData:
            return {}
        return {name: (estimate, float(past[name].std())) for name, estimate in zip(past, estimates, strict=True)}

    @cached_property
    def reverse(self) -> Check | None:
        """Whether leaving came first; None where nobody can be followed for three months."""
        past_months = self.linked.history
        rows = design.landmark_sample(past_months, self.one, reverse_causality.MONTHS, self.linked.last).sampled()
        if self.one.kind == "said" or min(_customers(rows)) < checks.LEAST_EXPOSED:
            return None
        starts = self.one.kind in ("unresolved", "wait")
        rise = reverse_causality.rise_to_the_end(past_months, rows)
        survival = reverse_causality.survival(
            past_months, rows, lambda part, y: self.estimates(part, y[:, None])[0], by_month=starts
        )
        return reverse_causality.check(survival, starts_with_customer=starts, rise_to_the_end=rise)

    def estimates(self, rows: LandmarkSample, y: Floats) -> list[Estimate]:
        """Effects on outcomes y (rows, k), in one split: for checks."""
        x, _ = design.covariates(self.linked.history, rows, self.own, self.others)
        estimates, _ = on_the_exposed(
            y,
            rows.treatment,
            x,
            rows.clusters,
            learner="stacked",
            splits=1,
            places=rows.places,
            struck=rows.struck,
        )
        return estimates


def _of_horizon(study: Study, horizon: int) -> Iterator[Effect]:
    linked, experience = study.linked, study.one
    past_months = linked.history
    rows = design.landmark_sample(past_months, experience, horizon, linked.last)
    exposed, unexposed = _customers(rows)
    enough = checks.enough(exposed, unexposed)
    values = {
        name: OUTCOMES[name].values(past_months, rows.who, rows.month, horizon)
        for name in _outcomes(linked, experience)
    }
    blank = _blank(experience, rows, horizon)
    whole = [name for name, y in values.items() if not np.isnan(y).any()] if len(rows.treatment) else []
    if enough.outcome == "failed":
        yield from (replace(blank(name), checks=(enough,)) for name in values)
        return
    if whole:
        yield from _estimated(study, rows, horizon, {name: values[name] for name in whole}, enough)
    for name, y in values.items():
        if name in whole:
            continue
        is_known = ~np.isnan(y)
        part = rows.subset(is_known)
        few = checks.enough(*_customers(part))
        share = 1 - float(is_known.mean())
        if share > MOST_UNKNOWN and OUTCOMES[name].is_causal:
            sentence = f"What came of it is not known for {share:.0%} of the customers compared."
            few = Check("enough data", "failed", share, sentence)
        if few.outcome == "failed":
            yield replace(blank(name), checks=(few,))
        else:
            yield from _estimated(study, part, horizon, {name: y[is_known]}, few)


def _estimated(
    study: Study, rows: LandmarkSample, horizon: int, values: dict[str, Floats], enough: Check
) -> Iterator[Effect]:
    """Effects on outcomes that are known for all rows."""
    linked, experience = study.linked, study.one
    blank = _blank(experience, rows, horizon)
    y = np.column_stack(list(values.values()))
    raw, of_month = dose.unadjusted(rows, y)
    sample = rows.sampled()
    if len(sample.treatment) < len(rows.treatment):
        read = (OUTCOMES[name].values(linked.history, sample.who, sample.month, horizon) for name in values)
        y = np.column_stack(list(read))
    x, groups = design.covariates(linked.history, sample, study.own, study.others)
    clusters = sample.clusters
    try:
        observed = dose.with_later(sample, y)
        names = [*values, *(["later occurrences"] if observed.shape[1] > y.shape[1] else [])]
        trees = study.trees(names, observed, sample, x)
        estimates, fit = on_the_exposed(
            observed,
            sample.treatment,
            x,
            clusters,
            learner="stacked",
            splits=1 if trees.exposure or trees.outcomes.any() else SPLITS,
            places=sample.places,
            struck=sample.struck,
            trees=trees,
        )
        effect_estimates = [dose.times(each, of_month) for each in dose.of_one(sample, estimates)]
    except NotEnoughData as error:
        failed = Check("enough data", "failed", None, str(error))
        yield from (replace(blank(name), checks=(failed,), raw=float(raw[k])) for k, name in enumerate(values))
        return
    who = np.unique(sample.who)
    placebo_bias = checks.placebo_bias(study.placebos)
    shared = (*_shared(sample, x, groups, fit, effect_estimates[0], enough), *_of_design(study, sample))
    times = _times(linked, experience) * (1 - effect_estimates[0].dropped / max(effect_estimates[0].exposed, 1))
    strengths = checks.strengths(y, sample.treatment, x, groups)
    for k, (name, estimate) in enumerate(zip(values, effect_estimates, strict=True)):
        if np.ptp(y[:, k]) == 0:
            flat = Check("enough data", "failed", None, "It came to the same for everybody: nothing to compare.")
            yield replace(blank(name), checks=(flat,), raw=float(raw[k]))
            continue
        bias, strongest = strengths.strongest(k, estimate.scale)
        bias = max(bias, placebo_bias * float(y[:, k].std()))
        tell = telling(name, linked.currency)
        all_checks = (*shared, checks.placebo(study.placebos), checks.sensitivity(estimate, bias, strongest, tell))
        kind: checks.Design = "adjusted" if OUTCOMES[name].is_causal and experience.kind != "said" else "correlation"
        yield replace(
            blank(name),
            checks=all_checks,
            estimate=estimate.estimate,
            error=estimate.error,
            interval=(estimate.low, estimate.high),
            bias=bias,
            p=estimate.p,
            raw=float(raw[k]),
            regression=estimate.adjusted,
            grade=checks.grade(kind, all_checks),
            times=times,
            dose=of_month,
            dropped=effect_estimates[0].dropped,
            adjusted_for=tuple(dict.fromkeys(groups)),
            who=who,
            influence=estimate.influence,
        )


def _outcomes(linked: EffectInputs, experience: Experience) -> tuple[str, ...]:
    """What may come of it; an answer is no cause of the next one."""
    return tuple(name for name in linked.outcomes if experience.kind != "said" or OUTCOMES[name].is_causal)


def _shared(
    sample: LandmarkSample, x: Floats, groups: list[str], fit: Fit, first: Estimate, enough: Check
) -> tuple[Check, ...]:
    d = sample.treatment
    return enough, checks.overlap(d, fit, first.dropped), checks.balance(x, groups, d, fit, sample.struck)


def _of_design(study: Study, sample: LandmarkSample) -> list[Check]:
    """Checks of who had it when: places struck together, leavers."""
    made = [] if sample.place is None else [checks.places(len(np.unique(sample.place[sample.treatment == 1])))]
    made += [] if study.linked.leaving_recorded else [checks.LEAVERS_MISSING]
    return made if study.reverse is None else [*made, study.reverse]


def _blank(experience: Experience, rows: LandmarkSample, horizon: int) -> Callable[[str], Effect]:
    """The words of an effect that is still to be estimated, by outcome."""
    first, exposed = dose.customer_months(rows)

    def made(name: str) -> Effect:
        population = "customers who were active the month before"
        if rows.place is not None:
            population = "customers who were active the month before, where and when it happened"
        elif experience.kind == "said":
            population = "customers active the month before, who answered"
        elif experience.kind == "failed":
            population = f"customers active the month before, who had “{experience.touchpoint}”"
        elif not experience.compares_all_active:
            where = (
                " elsewhere"
                if experience.is_remainder
                else ""
                if experience.touchpoint is None
                else f" at “{experience.touchpoint}”"
            )
            population = f"customers active the month before, with a contact{where}"
        return Effect(
            cause=experience.name,
            outcome=name,
            horizon=horizon,
            population=population,
            estimand=estimand(name, horizon, experience.had, experience.instead, said=experience.kind == "said"),
            method=METHOD,
            checks=(),
            n=len(first),
            exposed=int(exposed.sum()),
            had=experience.had,
            touchpoint=experience.touchpoint,
        )

    return made


def _customers(rows: LandmarkSample) -> tuple[int, int]:
    """Customers who had it, and who at some time had not."""
    return len(np.unique(rows.who[rows.treatment == 1])), len(np.unique(rows.who[rows.treatment == 0]))


def _times(linked: EffectInputs, experience: Experience) -> float:
    """How often it happened in the last twelve months to those the design speaks of, scaled up to all customers."""
    recent = (
        experience.exposed
        & (experience.month > linked.last - 12)
        & (experience.month <= linked.last)
        & (experience.month >= 1)
    )
    return float(linked.history.active[experience.who[recent], experience.month[recent] - 1].sum()) / linked.share
