"""Every initiative with assignments: gathered one by one, measured by its control group, or said why not. Ibis only.

Reads     a Dataset with treatments, its panel, costs by initiative.
Gives     Measured: rows of initiative_results, looks, benefits to date, rows by fiscal quarter, notes.
Method    how customers were assigned decides what a unit is (`kind_of_assignment`): once; the same arm again; arms
          drawn anew each month, so that each month's lot is a unit of its own and customers are clusters; or arms that
          changed midway, where the first assignment counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from worthline.effects.checks import Check
from worthline.initiatives import by_quarter, checks, experiment, growth_queries, looks, queries, targeted
from worthline.initiatives.assignment import Assignment, kind_of_assignment
from worthline.initiatives.checks import Declared, SetAside
from worthline.initiatives.costs import Cost
from worthline.initiatives.experiment import OutcomeEffect, Trial
from worthline.initiatives.outcomes import OUTCOMES, TO_DATE, Outcome, recorded
from worthline.initiatives.queries import Quarter
from worthline.initiatives.record_ends import RecordEnds, month_number, month_text, record_ends
from worthline.initiatives.results import Row, money
from worthline.metrics import formatting
from worthline.panel.calendar import last_complete
from worthline.panel.treatments import CONTROL, assignments
from worthline.results import Compute, Dataset, Progress, no_progress
from worthline.stats.experiments import Amount, added
from worthline.tables.control_names import may_be_control

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEGMENTS = ("segment", "region")
BLOCK = 500_000
"""Customers whose months the engine sums up at once: more would not fit its memory."""
LEAST_SHOWN = 10
"""Customers of an arm in a segment below which the segment is not shown."""
SHARED = 0.1
"""Share of an initiative's customers who were also in another one, from which it is named."""


@dataclass
class Measured:
    """What the initiatives of one kind gave."""

    rows: list[Row] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, Amount] = field(default_factory=dict)
    """Initiative -> benefit to date of all its arms."""
    quarters: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    usable_rows: Mapping[str, int] = field(default_factory=dict)
    """Initiative -> rows of treatments that can be used, of all days: beside them stand those set aside."""


def listed(ds: Dataset, rooms: Compute) -> list[dict[str, Any]]:
    """Initiatives and arms with their counts."""
    rows: list[dict[str, Any]] = rooms.fetch(queries.listed(ds)).to_pylist()
    return rows


def measure(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    assigned: Sequence[dict[str, Any]],
    costs: dict[str, Cost],
    progress: Progress = no_progress,
    *,
    usable_rows: Mapping[str, int],
) -> Measured:
    """Every initiative that has assignments; `usable_rows`: of every one, whatever is measured."""
    measured = Measured(usable_rows=usable_rows)
    names = list(dict.fromkeys(row["initiative"] for row in assigned))
    shared = overlaps(ds, rooms) if len(names) > 1 else {}
    named = {name: tuple(costs[other].name for other in others) for name, others in shared.items()}
    ends = record_ends(ds, rooms) if names else RecordEnds(0)
    for place, name in enumerate(names):
        progress("Measuring initiatives", place, len(names))
        arms = [row for row in assigned if row["initiative"] == name]
        labels = [row["arm"] for row in arms]
        if CONTROL in labels and len(labels) > 1:
            _recorded(ds, rooms, name, costs[name], named.get(name, ()), measured)
            customers = sum(row["customers"] for row in arms)
            _experiment(ds, panel, rooms, name, costs[name], named.get(name, ()), measured, ends, customers)
        elif CONTROL not in labels and (len(labels) == 1 or not any(map(may_be_control, labels))):
            measured.rows += targeted.rows(ds, panel, rooms, name, costs[name], ends)
    return measured


def _experiment(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    name: str,
    cost: Cost,
    others: tuple[str, ...],
    results: Measured,
    ends: RecordEnds,
    customers: int,
) -> None:
    last = last_complete(ds.settings.as_of)
    assignment = kind_of_assignment(rooms.fetch(queries.repeats(ds, name)).to_pylist())
    quarters = queries.fiscal_quarters(cost.began or last, last, ds.settings.fiscal_year_start)
    trial = _trial(ds, panel, rooms, name, assignment, ends, quarters, customers)
    if not trial.rows.num_rows or not trial.arms:
        if any(row.initiative == name for row in results.rows):
            return  # the file said itself what came of it, and knows of no other table
        results.notes.append(f"{cost.name}: no assignment is left to measure. {_left_out(trial)}")
        return
    declared = _declared(ds, cost, name, _shared_accounts(ds, rooms, name), others, results.usable_rows)
    names = outcomes_of(ds, trial)
    is_final = cost.proof_on is None or ds.settings.as_of >= cost.proof_on
    watched: list[looks.Look] = []
    arm_effects: list[tuple[OutcomeEffect, float]] = []
    for arm in trial.arms:
        evidence = checks.of_arm(trial, arm, declared)
        arm_looks = looks.looks(trial, arm, names)
        watched += arm_looks
        measured = [e for e in experiment.effects(trial, names) if e.arm == arm]
        rows = [_row(e, evidence, ds, is_final, arm_looks, ends) for e in measured]
        _priced(rows, trial, arm, cost)
        results.rows += rows
        results.rows += _segments(ds, rooms, trial, arm, evidence, is_final)
        arm_effects += [(e, _control_variance(e)) for e in measured if e.outcome.name == TO_DATE and e.effect]
        if is_final:
            results.quarters += by_quarter.rows(
                trial, arm, quarters, checks.experiment_grade(evidence), kinds_of(ds), ds
            )
    if arm_effects and is_final:
        results.totals[name] = _total(arm_effects)
    results.looks += [_look_row(look) for look in watched]
    for arm in trial.arms:
        since = looks.harmful_since(watched, arm)
        if since is not None:
            month = formatting.month(month_text(since))
            results.notes.append(f"{cost.name}: harm was shown at the close of {month} (arm {arm}). Stop it.")


def rows_by_initiative(listed: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Usable rows of treatments by initiative, from rows of `listed`."""
    counts: dict[str, int] = {}
    for row in listed:
        counts[row["initiative"]] = counts.get(row["initiative"], 0) + row["rows"]
    return counts


def _declared(
    ds: Dataset,
    cost: Cost,
    name: str,
    accounts: float | None,
    others: tuple[str, ...],
    usable_rows: Mapping[str, int],
) -> Declared:
    own = ds.set_aside_of.get(name, 0)
    nameless = ds.set_aside.get("treatments", 0) - sum(ds.set_aside_of.values())
    aside = SetAside(own, usable_rows.get(name, 0), max(nameless, 0), sum(usable_rows.values()))
    return Declared(cost.control_share, accounts, others, aside)


def _recorded(ds: Dataset, rooms: Compute, name: str, cost: Cost, others: tuple[str, ...], results: Measured) -> None:
    """Outcomes that the treatments file itself brings, as declared."""
    there = set(ds["treatments"].columns)
    outcomes = [column for column in ds.settings.treatment_outcomes if column in there]
    before = tuple(column for column in ds.settings.treatment_covariates if column in there)
    if not outcomes:
        return
    rows = rooms.fetch(queries.recorded(ds, name, outcomes, before))
    ends = RecordEnds(month_number(last_complete(ds.settings.as_of)))
    trial = experiment.trial(name, rows, ends=ends, is_first_only=True, fixed_before=before)
    declared = _declared(ds, cost, name, None, others, results.usable_rows)
    for arm in trial.arms:
        evidence = checks.of_arm(trial, arm, declared)
        for column in outcomes:
            outcome = recorded(column, is_share=experiment.is_share(trial.column(column)))
            measured = experiment.effect(trial, arm, outcome, 0)
            if measured is None:
                continue
            row = _row(measured, evidence, ds, is_final=True)
            if any(check.name == "balance" and check.outcome == "failed" for check in evidence):
                row = _among_comparable(row, trial, arm, outcome, evidence, ds)
            results.rows.append(row)


def _among_comparable(
    row: Row, trial: Trial, arm: str, outcome: Outcome, evidence: Sequence[Check], ds: Dataset
) -> Row:
    """The row with the estimate among comparable controls, where one can be had; its grade stays."""
    from worthline.initiatives import comparable

    better = comparable.effect(trial, arm, outcome)
    if better is None:
        return row
    adjusted = _row(better[0], (*evidence, *better[1]), ds, is_final=True)
    adjusted.design = comparable.DESIGN
    adjusted.estimand = (
        f"mean change in {outcome.estimand} of customers assigned to the arm {arm}, against controls who were like "
        "them before"
    )
    return adjusted


def _trial(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    name: str,
    assignment: Assignment,
    ends: RecordEnds,
    quarters: Sequence[Quarter],
    customers: int,
) -> Trial:
    has_prospects = may_have_prospects(ds, rooms)
    began = quarters[0].first if quarters else ends.last
    horizons = [h for h in queries.HORIZONS if began + h <= ends.last] or queries.HORIZONS[:1]
    monthly = queries.monthly(ds, name)
    oldest = rooms.fetch(panel.agg(month=panel.month.min()))["month"][0].as_py() if has_prospects else None
    wanted = [name for name in recorded_outcomes(ds) if has_prospects or name != "first_purchase"]
    parts = []
    for first, before in _blocks(monthly, rooms, customers):
        rows, lived = monthly, panel
        if first is not None:
            rows, lived = queries.within(monthly, first, before), queries.within(panel, first, before)
        if oldest is not None:
            rows = queries.with_first_days(rows, ds, oldest)
        units = queries.units(
            rows,
            lived,
            ends=ends,
            is_first_only=not assignment.is_drawn_anew,
            quarters=quarters,
            horizons=horizons,
            outcomes=wanted,
            has_service=len(kinds_of(ds)) > 1,
        )
        parts.append(rooms.fetch(growth_queries.with_growth(units, ds)))
    return experiment.trial(
        name,
        pa.concat_tables(parts),
        ends=ends,
        is_first_only=not assignment.is_drawn_anew,
        crossed_over=assignment.crossed_over,
        has_prospects=has_prospects,
    )


def _blocks(monthly: ir.Table, rooms: Compute, customers: int) -> list[tuple[str | None, str | None]]:
    """(first customer, the one before which it ends) of each block gathered at once; (None, None): all."""
    if customers <= BLOCK:
        return [(None, None)]
    firsts = rooms.fetch(queries.blocks(monthly, BLOCK))["customer_id"].to_pylist()
    return list(zip(firsts, [*firsts[1:], None], strict=True))


def may_have_prospects(ds: Dataset, rooms: Compute) -> bool:
    """Whether the customers file lists anybody without a day of joining, or with one after an assignment."""
    if "customers" not in ds.tables:
        return False
    listed = ds["customers"].filter(~ds["customers"].derived).select("customer_id", "joined_on")
    rows = assignments(ds).select("customer_id", "day").inner_join(listed, "customer_id")
    is_later = rows.joined_on.isnull() | (rows.joined_on > rows.day)
    return bool(rooms.fetch(rows.agg(n=is_later.sum()))["n"][0].as_py())


def kinds_of(ds: Dataset) -> tuple[str, ...]:
    """What of a return the tables tell, kept apart: margin, cash of contacts, staff time."""
    cash = (by_quarter.CASH,) if ds.has("interactions", "cost") else ()
    capacity = (by_quarter.CAPACITY,) if ds.has("interactions", "handle_seconds") else ()
    return (by_quarter.MARGIN, *cash, *capacity)


def outcomes_of(ds: Dataset, one: Trial) -> tuple[str, ...]:
    """Outcomes that the tables hold of those assigned, company's first."""
    has_margin = one.rows["margin_to_date"].null_count < one.rows.num_rows
    is_known = {
        "retention": not one.was_prospect.all(),
        "first_purchase": bool(one.was_prospect.any()),
        "margin": has_margin,
        TO_DATE: has_margin,
    }
    return tuple(name for name in recorded_outcomes(ds) if is_known.get(name, True))


def recorded_outcomes(ds: Dataset) -> tuple[str, ...]:
    """Outcomes that the tables may hold, company's first."""
    contractual = ds.settings.setting == "contractual"
    is_known = {
        "purchases": not contractual and "transactions" in ds.tables,
        "upsell": growth_queries.knows_fees(ds),
        "balance": "balances" in ds.tables,
        "share_of_wallet": growth_queries.knows_wallet(ds),
        "contacts": "interactions" in ds.tables,
        "next_score": ds.has("feedback", "customer_id", "score"),
        "price_paid": ds.settings.revenue_from != "none",
    }
    return tuple(name for name in OUTCOMES if is_known.get(name, True))


def _row(
    measured: OutcomeEffect,
    evidence: Sequence[Check],
    ds: Dataset,
    is_final: bool,
    arm_looks: Sequence[looks.Look] = (),
    ends: RecordEnds | None = None,
) -> Row:
    outcome, effect = measured.outcome, measured.effect
    months = formatting.how_many(measured.horizon, "month")
    until = "" if ends is None else ends.until(outcome.sources)
    row = Row(
        initiative=measured.initiative,
        arm=measured.arm,
        outcome=outcome.name,
        title=outcome.title,
        unit=outcome.unit,
        horizon_months=measured.horizon,
        segment=measured.segment,
        design="experiment",
        estimand=(
            f"mean change in {outcome.estimand.format(months=months, until=until)} of "
            f"{'prospects' if outcome.population == 'prospects' else 'customers'} assigned to the arm {measured.arm}, "
            "against the control group, as assigned"
        ),
        treated=effect.treated if effect else 0,
        control=effect.control if effect else 0,
        grade=checks.experiment_grade(evidence),
        checks=tuple(evidence),
        higher_is_better=outcome.higher_is_better,
        side=outcome.side,
        why=measured.why,
    )
    if effect is None:
        row.checks, row.grade = (*evidence, checks.enough(measured.why)), "D"
        return row
    row.estimate, row.raw, row.p = effect.estimate, effect.raw, measured.p
    row.treated_mean, row.control_mean = effect.treated_mean, effect.control_mean
    if is_final:
        row.low, row.high = measured.low, measured.high
    else:
        look = looks.at_last_look([s for s in arm_looks if s.outcome == outcome.name], measured.arm, outcome.name)
        if look is not None and measured.horizon == looks.WINDOW:
            row.running_low, row.running_high = look.running_low, look.running_high
        row.p = None
        row.why = "The experiment still runs: told on its date of proof."
    if outcome.name in ("margin", TO_DATE) and is_final:
        currency = ds.settings.currency
        row.benefit = money(effect.estimate * effect.treated, currency)
        if measured.low is not None and measured.high is not None:
            row.benefit_low = money(measured.low * effect.treated, currency)
            row.benefit_high = money(measured.high * effect.treated, currency)
    return row


def _priced(rows: Sequence[Row], trial: Trial, arm: str, cost: Cost) -> None:
    """Sets cost and net of the rows in money: the arm's own treatments and its share of what is fixed."""
    if cost.total is None:
        return
    own = pc.sum(trial.rows["cost"].filter(pa.array(trial.is_arm(arm)))).as_py() or Decimal(0)
    sizes = {name: int(trial.is_arm(name).sum()) for name in trial.arms}
    share = Decimal(sizes[arm]) / Decimal(max(sum(sizes.values()), 1))
    whole = (cost.fixed * share + own).quantize(Decimal("0.0001")) if len(trial.arms) > 1 else cost.total
    for row in rows:
        if row.benefit is not None:
            row.cost, row.net = whole, row.benefit - whole


def _segments(
    ds: Dataset, rooms: Compute, trial: Trial, arm: str, evidence: Sequence[Check], is_final: bool
) -> list[Row]:
    """Retention and margin to date by segment and region; groups under ten in an arm are not shown."""
    columns = [name for name in SEGMENTS if ds.has("customers", name)]
    if not columns or not is_final:
        return []
    c = ds["customers"]
    table = rooms.fetch(c.select("customer_id", *columns).order_by("customer_id"))
    segment_rows: list[Row] = []
    for column in columns:
        members = experiment.members(trial, table["customer_id"], table[column])
        for member, rows in members.items():
            part = trial.subset(rows)
            if min(int(part.is_arm(arm).sum()), int(part.is_arm(CONTROL).sum())) < LEAST_SHOWN:
                continue
            for name in ("retention", TO_DATE):
                if name not in outcomes_of(ds, trial):
                    continue
                outcome = OUTCOMES[name]
                horizon = (experiment.longest if outcome.has_horizon else experiment.to_date)(part, outcome)
                measured = experiment.effect(part, arm, outcome, horizon, f"{column}: {member}") if horizon else None
                if measured is not None:
                    segment_rows.append(_row(measured, evidence, ds, is_final, ends=trial.ends))
    return segment_rows


def _control_variance(measured: OutcomeEffect) -> float:
    """Variance of the controls' mean, which arms share: by the arms' sizes, as if both varied alike."""
    effect = measured.effect
    assert effect is not None
    return effect.error**2 * effect.treated / (effect.treated + effect.control)


def _total(parts: Sequence[tuple[OutcomeEffect, float]]) -> Amount:
    """Benefit of all arms; arms that share controls err together."""
    arms = [(e.effect, v) for e, v in parts if e.effect is not None]
    each = [Amount(e.estimate * e.treated, e.error * e.treated, e.degrees) for e, _ in arms]
    shared = 0.0
    for i, (effect, v) in enumerate(arms):
        shared += 2 * sum(effect.treated * other.treated * min(v, w) for other, w in arms[i + 1 :])
    return added(each, shared)


def _look_row(look: looks.Look) -> dict[str, Any]:
    from worthline.tables.time import month_end

    return {
        "initiative": look.initiative,
        "arm": look.arm,
        "outcome": look.outcome,
        "as_of": month_end(date(look.month // 12, look.month % 12 + 1, 1)),
        "estimate": look.estimate,
        "running_low": look.running_low,
        "running_high": look.running_high,
        "n": look.n,
        "harm": look.is_harm,
    }


def _left_out(trial: Trial) -> str:
    lost = [f"{formatting.count(count)} {reason}" for reason, count in trial.excluded.items() if count]
    return f"Left out: {', '.join(lost)}." if lost else ""


def overlaps(ds: Dataset, rooms: Compute) -> dict[str, tuple[str, ...]]:
    """Initiative -> others that more than a tenth of its customers were also in."""
    rows = assignments(ds).select("customer_id", "initiative").distinct()
    other = rows.select("customer_id", other=rows.initiative)
    pairs = rows.inner_join(other, "customer_id")
    pair_counts = rooms.fetch(
        pairs.group_by("initiative", "other").agg(n=pairs.count()).order_by("initiative", "other")
    ).to_pylist()
    size = {row["initiative"]: row["n"] for row in pair_counts if row["initiative"] == row["other"]}
    overlapping: dict[str, tuple[str, ...]] = {}
    for row in pair_counts:
        if row["initiative"] != row["other"] and row["n"] > SHARED * size[row["initiative"]]:
            overlapping[row["initiative"]] = (*overlapping.get(row["initiative"], ()), row["other"])
    return overlapping


def _shared_accounts(ds: Dataset, rooms: Compute, name: str) -> float | None:
    """Share of the accounts in the experiment that hold customers of both arms."""
    if not ds.has("customers", "account_id"):
        return None
    rows = assignments(ds)
    rows = rows.filter(rows.initiative == name).select("customer_id", "is_control").distinct()
    c = ds["customers"]
    account = c.filter(c.account_id.notnull()).select("customer_id", "account_id")
    rows = rows.inner_join(account, "customer_id")
    by = rows.group_by("account_id").agg(arms=rows.is_control.nunique())
    row = rooms.fetch(by.agg(n=by.count(), both=(by.arms > 1).sum())).to_pylist()[0]
    return row["both"] / row["n"] if row["n"] else None
