"""Churn: a probability and its reasons for every customer, where the company's own past bears them out.

Reads     a Dataset and its panel.
Gives     Risk: p_leave, p_leave_12m and reasons by customer; back-tests; what could not be said.
Method    METHODS.md 4: a model per horizon; a model whose back-test does not pass gives no score, and it is said.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.risk import drift, landmarks, level, vendor_scores, windows
from worthline.customers.risk.evaluation import Measure, Verdict
from worthline.customers.risk.features import features, plan
from worthline.customers.risk.landmarks import YEAR
from worthline.customers.risk.model import Fitted, TrainedModel, fit, no_model, too_few
from worthline.metrics import formatting
from worthline.metrics.backtests import BACKTESTS
from worthline.results import Compute, Dataset, Earlier, Findings, Leak, Progress, Risk, no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from worthline.customers.risk import leaks as leaking
    from worthline.customers.risk.features import Plan
    from worthline.customers.risk.landmarks import Sampled, ScoringContext
    from worthline.customers.risk.windows import Reach, Records

SOON = 3
COLUMNS = ("p_leave", "p_leave_12m")
CHANGED = 0.02
"""Share of rows whose customer's columns changed later, above which these columns are not looked at."""
PEERS = 5_000
"""Customers of today of whom it is looked at what peers share."""
BLOCK = 100_000
"""Customers scored at once."""
LEVELLED = 20_000
"""Customers of today whose mean is held against what was observed: the first in an order that looks like chance."""
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("p_leave", pa.float64()),
        ("p_leave_12m", pa.float64()),
        ("reasons", pa.list_(pa.string())),
    ]
)


def analyse(
    ds: Dataset, panel: ir.Table, rooms: Compute, *, earlier: Earlier | None = None, progress: Progress = no_progress
) -> Risk:
    """Learn, judge, hold what an earlier run said against what happened, and score those who are customers now."""
    on = landmarks.scene(ds, panel, rooms)
    if on is None:
        return Risk(Findings(notes=("No churn model: there are no customers.",)))
    using = plan(ds, rooms)
    records = windows.records(ds, on, using.touchpoints, rooms)
    fitted: dict[int, Fitted] = {}
    notes = [*recorded_late(on), *passed(on), *stands_for(on, ds.settings.leave_rate)]
    turned_out: list[dict[str, object]] = []
    for number, horizon in enumerate(horizons(ds)):
        progress("Churn model", number, 2)
        if horizon not in fitted:
            fitted[horizon] = _fitted(on, ds, using, records, horizon, rooms)
            if earlier is not None:
                fitted[horizon], rows = _since(fitted[horizon], on, earlier, COLUMNS[number], rooms)
                turned_out += rows
            notes += model_notes(fitted[horizon], contractual=on.contractual)
    soon, year = (fitted[horizon] for horizon in horizons(ds))
    of_vendors, vendor_notes = vendor_scores.backtests(ds, on, fitted.values(), rooms)
    notes += vendor_notes
    tested = pa.concat_tables([backtests(fitted.values()), pa.Table.from_pylist([*turned_out, *of_vendors], BACKTESTS)])
    tables = {"backtests": tested} if tested.num_rows else {}
    progress("Churn model", 1, 2)
    scored = _scored(on, ds, using, rooms, soon, year)
    leaks = tuple(
        {(leak.table, leak.column): leak for model in (year, soon) for leak in map(_leak, model.leaks)}.values()
    )
    notes = [*(leak.sentence for leak in leaks), *notes]
    return Risk(Findings(tables, notes=tuple(notes)), scored, _past(year, on, rooms), leaks)


def _leak(leak: leaking.Leak) -> Leak:
    """A leaking feature as the company calls it."""
    feature = leak.feature
    table = feature.source.split(" ")[0] if feature.source else "customers"
    table = "interactions" if table == "touchpoint" else table
    column = feature.name or ("score" if feature.concept == "score" else feature.column)
    concept = feature.name if table == "customers" and feature.name else feature.concept
    return Leak(table, column, concept, leak.why)


def _past(year: Fitted, on: ScoringContext, rooms: Compute) -> ir.Table | None:
    """customer_id, at, p_leave_12m, weight: what the model of a year, where it is shown, says of rows held out."""
    if not year.shown or year.past is None or year.window is not None:
        return None
    return landmarks.past(on, year.past, rooms)


def horizons(ds: Dataset) -> tuple[int, int]:
    """Months ahead of p_leave and of p_leave_12m."""
    if ds.settings.setting == "contractual":
        return SOON, YEAR
    return ds.settings.lapse_months or YEAR, YEAR


def recorded_late(on: ScoringContext) -> list[str]:
    """What leavers that are not recorded yet do to the risk."""
    if on.late is None:
        return []
    leavers, usual = on.late
    last = _month(on.complete)
    return [
        (
            f"Leavers after {last} seem not to be recorded yet: {formatting.how_many(leavers, 'is', 'are')} there, "
            f"where {formatting.count(usual)} would be usual. The churn model uses data up to {last}."
        )
    ]


def passed(on: ScoringContext) -> list[str]:
    """What a rise of leavers that passed does to the risk."""
    if not on.unusual:
        return []
    first, last = min(on.unusual), max(on.unusual)
    when = _month(first) if first == last else f"{_month(first)} to {_month(last)}"
    usual = sum(on.unusual.values()) / len(on.unusual)
    part = formatting.share(1 - usual)
    sentence = f"Far more customers left in {when} than in the months around."
    return [f"{sentence} Churn model and customer value take {part} of them as a one-off that does not recur."]


def _month(number: int) -> str:
    return formatting.month(f"{number // 12}-{number % 12 + 1:02d}")


def stands_for(on: ScoringContext, leave_rate: float | None) -> list[str]:
    """What a declared share of leavers does to the risk."""
    if leave_rate is None:
        return []
    each = "each leaver stands for " + formatting.decimal(on.leaver, 3) + " where one who stayed stands for one"
    return [f"As leave_rate says, {formatting.share(leave_rate)} of customers leave within 12 months: {each}."]


def model_notes(model: Fitted, *, contractual: bool) -> list[str]:
    """What a reader must know of a model: why there is no score, what was left out, what was corrected."""
    what = "leave" if contractual else "buy nothing"
    ahead, within = f"{model.horizon}-month", formatting.how_many(model.horizon, "month")
    notes = [
        f"Not used in the {ahead} churn model: {feature.name}; {why}." for feature, why in model.left_out if feature.own
    ]
    if model.treated:
        left_out = formatting.how_many(model.treated, "customer-month")
        notes.append(
            f"Excluded from {ahead} churn training: {left_out} in which the customer was treated. "
            "Learning from success would hide the risk."
        )
    if model.changed:
        share = formatting.share(model.changed)
        notes.append(
            f"Not used in the {ahead} churn model: customers' own columns. They changed later in {share} of "
            "customer-months, and what they said before is not kept."
        )
    if model.shown and "not tested" in model.tested:
        notes.append(f"The {ahead} churn model was tested {model.tested}.")
    if model.shown and model.window is not None:
        observed = formatting.how_many(model.window, "month")
        notes.append(
            f"The {ahead} churn scores are learned and tested over {observed}, the time between the two snapshots, "
            "and converted at a constant monthly rate."
        )
    if not model.shown:
        notes.append(f"No {ahead} churn scores (who will {what} within {within}): {model.verdict.says}.")
    return notes + (_corrected(model, ahead) if model.shown else [])


def _corrected(model: Fitted, ahead: str) -> list[str]:
    """That the level was moved to what was observed."""
    before, observed_share = model.measures.get("share_uncorrected"), model.measures.get("share_recent")
    if before is None or observed_share is None or observed_share.low <= before.value <= observed_share.high:
        return []
    share, now = formatting.share, model.measures["share_expected"].value
    interval = f"95% CI {share(observed_share.low)} to {share(observed_share.high)}"
    observed = f"of comparable customers {share(observed_share.value)} left recently ({interval})"
    predicted = f"The model gave {share(before.value)}; {observed}."
    return [f"The {ahead} churn scores were recalibrated to {share(now)} on average. {predicted}"]


def backtests(models: Iterable[Fitted]) -> pa.Table:
    """Rows of the table backtests; `horizon` is what was tested, of two snapshots the time between them."""
    by_tested = {model.window or model.horizon: model for model in models}
    rows = [
        {
            "model": "risk",
            "horizon": tested,
            "measure": name,
            "value": measure.value,
            "low": measure.low,
            "high": measure.high,
            "n": 0 if model.held is None else len(model.held.y),
            "shown": model.shown,
        }
        for tested, model in by_tested.items()
        for name, measure in model.measures.items()
    ]
    return pa.Table.from_pylist(rows, BACKTESTS)


def _fitted(on: ScoringContext, ds: Dataset, using: Plan, records: Records, horizon: int, rooms: Compute) -> Fitted:
    window = on.window(horizon)
    if on.left_from is None:
        return no_model(horizon, _nothing_seen(on, ds, rooms))
    lapse = None if on.contractual else ds.settings.lapse_months
    feature_reach = windows.reach(using.features, records, landmarks.begins(on, window), on.complete - window, lapse)
    sample = landmarks.sampled(on, window, rooms, feature_reach.first)
    if not sample.customers and on.contractual:
        first = formatting.month(f"{on.left_from // 12:04}-{on.left_from % 12 + 1:02}")
        reason = f"leaving is recorded from {first} on, and a model learns from {window} months that have passed since"
        return no_model(horizon, reason)
    dated = ds.has("customers", "known_at")
    few = too_few(horizon, sample.customers.get(1, 0), sample.customers.get(0, 0))
    if few and not dated:  # nothing that features would tell is said of it
        return replace(few, treated=sample.treated, first=feature_reach.first)
    rows = rooms.fetch(features(sample.rows, on, ds, using).order_by("rank", "at"))
    feature_reach, changed = _unchanged(feature_reach, rows)
    rule = "months_since_purchase" if not on.contractual else "-tenure_months"
    fitted = fit(rows, feature_reach.features, window, rule=rule, dated=dated)
    fitted = replace(fitted, treated=sample.treated, first=feature_reach.first, changed=changed)
    if fitted.learnt is None:
        return replace(fitted, horizon=horizon)
    fitted = _levelled(fitted, fitted.learnt, on, ds, using, sample, rooms)
    if window != horizon and fitted.learnt is not None:
        learnt = replace(fitted.learnt, power=horizon / window)
        fitted = replace(fitted, learnt=learnt, horizon=horizon, window=window)
    return fitted


def _unchanged(feature_reach: Reach, rows: pa.Table) -> tuple[Reach, float]:
    """Without the columns of customers where they changed since, and the share of rows in which they did.

    What they said before is not kept, so they are blank; but the columns of those who left never change again, and
    blank would tell who stayed. Where all are blank nothing is told.
    """
    late = pc.mean(rows["late"].cast(pa.float64())).as_py() or 0.0
    if late <= CHANGED or late == 1.0:
        return feature_reach, 0.0
    return replace(feature_reach, features=tuple(f for f in feature_reach.features if not f.text)), late


def _nothing_seen(on: ScoringContext, ds: Dataset, rooms: Compute) -> str:
    if not on.contractual:
        return "no purchase of a customer is recorded"
    ends = [
        ds[table][column]
        for table, column in (("customers", "left_on"), ("subscriptions", "ended_on"))
        if table in ds.tables and ds.has(table, column)
    ]
    later = [rooms.fetch(day.notnull().sum().name("n").as_table())["n"][0].as_py() for day in ends]
    if any(later):
        return "every customer who is recorded as leaving leaves after the as-of date; a later as_of counts them"
    return "no file records a customer who left; customers who left may have been removed from the files"


def _levelled(
    model: Fitted, learnt: TrainedModel, on: ScoringContext, ds: Dataset, using: Plan, sample: Sampled, rooms: Compute
) -> Fitted:
    """The model at the level that was observed lately among customers like today's."""
    now = landmarks.now(on)
    observed_level = None
    if not on.between:  # who is left of one snapshot is not like all who were in it, and no newcomers take their place
        lately, mix = rooms.fetch(level.observed(on, sample.observed)), rooms.fetch(level.today(on, now))
        observed_level = level.level(lately, mix, model.horizon, on.complete, seasonal=on.seasonal)
    now = landmarks.at_whole_month(on, now)
    rows = rooms.fetch(features(now.order_by("rank").limit(LEVELLED), on, ds, using))
    if not rows.num_rows:
        return model
    learnt = learnt.with_peers(rows.slice(0, PEERS))
    if observed_level is None:
        return replace(model, learnt=learnt)
    p = learnt.probabilities(rows)
    moved = level.shift(p, observed_level)
    learnt = replace(learnt, shift=moved)
    mean = float(learnt.probabilities(rows).mean())
    measures = {
        **model.measures,
        "share_recent": Measure(observed_level.share, observed_level.low, observed_level.high),
        "share_expected": Measure(mean, mean, mean),
    }
    if moved:
        before = float(p.mean())
        measures["share_uncorrected"] = Measure(before, before, before)
    return replace(model, learnt=learnt, measures=measures)


def _since(
    model: Fitted, on: ScoringContext, earlier: Earlier, column: str, rooms: Compute
) -> tuple[Fitted, list[dict[str, object]]]:
    """The model, demoted where what an earlier run said did not hold; rows of the table backtests."""
    drift_result = drift.since(on, earlier, column, model.horizon, rooms)
    if drift_result is None:
        return model, []
    if drift_result.failed and model.shown:
        model = replace(model, verdict=Verdict(False, drift_result.says))
    return model, drift.rows_of(drift_result)


def _scored(on: ScoringContext, ds: Dataset, using: Plan, rooms: Compute, soon: Fitted, year: Fitted) -> ir.Table:
    learnt = (soon.learnt if soon.shown else None, year.learnt if year.shown else None)
    rows = landmarks.at_whole_month(on, landmarks.now(on))
    if soon.shown or year.shown:
        rows = features(rows, on, ds, using)
    keyed = rooms.keep("risk__now", rows.mutate(key=rows["rank"]))
    block = partial(score, learnt, ds.settings.currency, _order(on, soon.horizon, year.horizon))
    return rooms.map_customers("risk__scores", keyed, on.n, block, SCHEMA, block=BLOCK)


Order = Literal["rises", "falls", "none"]


def _order(on: ScoringContext, soon: int, year: int) -> Order:
    """How the two probabilities compare: who leaves in 3 months leaves in 12; who is silent for 12 is silent for 6."""
    if on.contractual:
        return "rises" if soon <= year else "none"
    return "falls" if soon <= year else "none"


def score(
    learnt: tuple[TrainedModel | None, TrainedModel | None],
    currency: str,
    order: Order,
    rows: pa.Table,
    first: int,
    last: int,
) -> pa.Table:
    """Chances and reasons of the customers of a block, in their order."""
    rows = rows.sort_by("key")
    soon, year = (None if model is None or not rows.num_rows else model.probabilities(rows) for model in learnt)
    if soon is not None and year is not None:
        if order == "rises":
            year = np.maximum(soon, year)
        elif order == "falls":
            year = np.minimum(soon, year)
    speaks = learnt[1] or learnt[0]
    nothing = pa.nulls(rows.num_rows)
    return pa.table(
        [
            rows["customer_id"],
            nothing.cast(pa.float64()) if soon is None else pa.array(soon),
            nothing.cast(pa.float64()) if year is None else pa.array(year),
            nothing.cast(SCHEMA.field("reasons").type)
            if speaks is None or not rows.num_rows
            else pa.array(speaks.reasons(rows, currency), SCHEMA.field("reasons").type),
        ],
        schema=SCHEMA,
    )
