"""Did it pay? Every initiative that the files tell of, measured by the best design that they allow.

Reads     a Dataset with treatments, rollouts or initiatives, and its panel.
Gives     Findings: tables initiative_results, experiment_looks, initiative_returns; figures verdict, proven_return;
          notes of what could not be measured and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from worthline.initiatives import (
    by_quarter,
    claims,
    costs,
    experiments,
    joint,
    places,
    proofs,
    register,
    results,
    returns,
    root_cause_queries,
    root_causes,
)
from worthline.initiatives.costs import Cost
from worthline.initiatives.results import Row
from worthline.initiatives.returns import Return
from worthline.initiatives.worklist.control import is_universal
from worthline.panel.calendar import last_complete
from worthline.panel.record_ends import last_whole_months
from worthline.panel.treatments import has_assignments
from worthline.results import Compute, Dataset, Findings, Progress, no_progress
from worthline.stats.experiments import Amount

if TYPE_CHECKING:
    import ibis.expr.types as ir


def analyse(
    ds: Dataset, panel: ir.Table, rooms: Compute, *, themes: pa.Table | None = None, progress: Progress = no_progress
) -> Findings:
    """What was done for whom, what came of it, what it cost; `themes`: theme_trends, for root-cause actions."""
    if not {"treatments", "rollouts", "initiatives", "approvals"} & set(ds.tables):
        return _causes(ds, panel, rooms, themes)
    progress("Measuring initiatives", 0, 0)
    listed = experiments.listed(ds, rooms) if has_assignments(ds) else []
    assigned = [row for row in listed if not is_universal(row["initiative"])]
    starts, unusable = places.starts(ds, rooms)
    declared = _all(ds, rooms, "initiatives")
    records = register.Written(*(_all(ds, rooms, name) for name in ("approvals", "proofs", "restatements", "closings")))
    declared = _frozen(declared, records.approvals)
    by_name = costs.costs(
        declared, assigned, {name: rollout.first for name, rollout in starts.items()}, ds.settings.as_of
    )
    usable_rows = experiments.rows_by_initiative(listed)
    measured = experiments.measure(ds, panel, rooms, assigned, by_name, progress, usable_rows=usable_rows)
    rolled = places.measure(ds, panel, rooms, starts, by_name)
    rows, notes = [*measured.rows, *rolled.rows], [*unusable, *measured.notes, *rolled.notes]
    totals = results.once(rows, measured.totals, rolled.totals)
    for row in rows:
        row.name = by_name[row.initiative].name
    results.corrected(rows)
    results.flagged(rows)
    paid = _returns(by_name, rows, totals)
    tables = {"initiative_results": pa.Table.from_pylist(results.as_rows(rows, ds.settings.currency), results.SCHEMA)}
    tables["initiative_costs"] = costs.table(by_name)
    if measured.looks:
        tables["experiment_looks"] = results.looks_table(measured.looks)
    quarters = [*measured.quarters]
    if quarters:
        tables["initiative_returns"] = pa.Table.from_pylist(quarters, by_quarter.SCHEMA)
    if "claims" in ds.tables:
        tables["claim_audit"] = claims.table(ds, rooms, rows, by_name, totals)
    together = joint.table(ds, panel, rooms, rows, list(dict.fromkeys(row["initiative"] for row in listed)), totals)
    if together is not None:
        tables[joint.TABLE] = together
    today = proofs.Today(rows, totals, by_name, usable_rows)
    register_rows = _register(ds, panel, rooms, records, declared, today, tables)
    figures = returns.figures(paid, ds.settings, returns.Approved.of(register_rows))
    findings = Findings(
        tables, figures=(*figures, *register.approved_return(register_rows, ds.settings)), notes=tuple(notes)
    )
    return findings + _causes(ds, panel, rooms, themes)


def _causes(ds: Dataset, panel: ir.Table, rooms: Compute, themes: pa.Table | None) -> Findings:
    """What came of root-cause actions; nothing where there are none."""
    if "root_causes" not in ds.tables:
        return Findings()
    actions = rooms.fetch(ds["root_causes"].order_by("root_cause")).to_pylist()
    steps = rooms.fetch(ds["steps"].order_by("root_cause", "due_on")).to_pylist() if "steps" in ds.tables else []
    series: dict[root_causes.Subject, root_causes.Months] = {}
    last = last_complete(ds.settings.as_of)
    customers = rooms.fetch(root_cause_queries.customers(panel, last)).to_pylist()
    if ds.has("interactions", "touchpoint"):
        whole = last_whole_months(ds, rooms, ("interactions",)).get("interactions", last)
        contacts = rooms.fetch(root_cause_queries.contacts(ds, min(last, whole))).to_pylist()
        series = root_causes.series(contacts, _recorded(customers, contacts, whole))
    if series and ds.has("needs", "stage", "need") and ds.has("touchpoints", "stage"):
        needs, touchpoints = (rooms.fetch(ds[name].order_by("stage")).to_pylist() for name in ("needs", "touchpoints"))
        stages = {str(row["touchpoint"]).lower(): row["stage"] for row in touchpoints if row["stage"] is not None}
        series |= root_causes.of_needs(series, needs, stages)
    series |= root_causes.of_themes([] if themes is None else themes.to_pylist(), customers)
    action_rows = root_causes.rows(actions, steps, series, ds.settings.as_of, ds.settings.currency)
    return Findings({root_causes.TABLE: root_causes.table(action_rows)})


def _recorded(
    customers: Sequence[dict[str, Any]], contacts: Sequence[dict[str, Any]], last: date
) -> list[dict[str, Any]]:
    """Months in which contacts are on record: before the first and after the last nobody is known to have called."""
    first = min((row["month"] for row in contacts), default=last)
    return [row for row in customers if first <= row["month"] <= last]


def _all(ds: Dataset, rooms: Compute, table: str) -> list[dict[str, Any]]:
    """Rows of a canonical table, in order of initiative; none where it was not brought."""
    if table not in ds.tables:
        return []
    rows = ds[table]
    keys = [name for name in ("initiative", "proof_on", "as_of", "last_day") if name in rows.columns]
    table_rows: list[dict[str, Any]] = rooms.fetch(rows.order_by(*keys, "_file", "_line")).to_pylist()
    return table_rows


def _frozen(declared: list[dict[str, Any]], approvals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Initiatives as declared, with the date of proof that was approved first: an approval freezes it."""
    first: dict[str, Any] = {}
    for row in approvals:
        first.setdefault(row["initiative"], row["proof_on"])
    declared_names = {row["initiative"] for row in declared}
    with_dates = [{**row, "proof_on": first.get(row["initiative"], row["proof_on"])} for row in declared]
    return with_dates + [
        {"initiative": name, "proof_on": day} for name, day in first.items() if name not in declared_names
    ]


def _register(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    records: register.Written,
    declared: list[dict[str, Any]],
    today: proofs.Today,
    tables: dict[str, pa.Table],
) -> list[dict[str, Any]]:
    """Rows of benefits_register; adds its tables where anything was approved."""
    if not records.approvals:
        return []
    now = proofs.on_dates(ds, panel, rooms, records.approvals, declared, today)
    register_rows = register.rows(records, now, today.costs, ds.settings)
    tables["benefits_register"] = register.table(register_rows)
    tables["benefits_by_group"] = pa.Table.from_pylist(
        register.by_group(register_rows, ds.settings.currency), register.BY_GROUP
    )
    return register_rows


def _returns(by_name: dict[str, Cost], rows: Sequence[Row], totals: dict[str, Amount]) -> list[Return]:
    """One Return an initiative; `totals`: benefit to date of those measured.

    The benefit is the sum of the published rows, to the cent.
    """
    initiative_returns = []
    for name, cost in by_name.items():
        own = [
            row for row in rows if (row.initiative, row.outcome, row.segment) == (name, "margin_to_date", "all")
        ]  # segments are parts of it
        running = any(row.initiative == name and row.is_running for row in rows)
        until = cost.proof_on if running else None
        proof = any(row.initiative == name and row.grade in returns.PROVEN and row.is_shown for row in rows)
        if name not in totals or not own:
            initiative_returns.append(Return(cost, has_proof=proof, runs_until=until))
            continue
        own = [row for row in own if row.benefit is not None] or own
        benefit = replace(totals[name], estimate=float(sum(row.benefit for row in own if row.benefit is not None)))
        grade: Any = max(row.grade for row in own)
        initiative_returns.append(Return(cost, benefit, grade, sum(row.treated for row in own), proof))
    return initiative_returns
