"""Did it pay? Every initiative that the files tell of, measured by the best design that they allow.

Reads     a Dataset with treatments, rollouts or initiatives, and its panel.
Gives     Findings: tables initiative_results, experiment_looks, initiative_returns; figures verdict, proven_return;
          notes of what could not be measured and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from worthline.initiatives import claims, costs, experiments, places, results, returns
from worthline.initiatives.costs import Cost
from worthline.initiatives.results import Row
from worthline.initiatives.returns import Return
from worthline.panel.treatments import has_assignments
from worthline.results import Compute, Dataset, Findings, Progress, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir


def analyse(ds: Dataset, panel: ir.Table, rooms: Compute, *, progress: Progress = no_progress) -> Findings:
    """What was done for whom, what came of it, what it cost."""
    if not {"treatments", "rollouts", "initiatives"} & set(ds.tables):
        return Findings()
    progress("Measuring initiatives", 0, 0)
    assigned = experiments.listed(ds, rooms) if has_assignments(ds) else []
    starts, unusable = places.starts(ds, rooms)
    declared = rooms.fetch(ds["initiatives"].order_by("initiative")).to_pylist() if "initiatives" in ds.tables else []
    by_name = costs.costs(declared, assigned, {name: one.first for name, one in starts.items()}, ds.settings.as_of)
    measured = experiments.measure(ds, panel, rooms, assigned, by_name, progress)
    rolled = places.measure(ds, panel, rooms, starts, by_name)
    rows, notes = [*measured.rows, *rolled.rows], [*unusable, *measured.notes, *rolled.notes]
    for row in rows:
        row.name = by_name[row.initiative].name
    results.corrected(rows)
    results.flagged(rows)
    paid = _returns(by_name, rows, {**measured.totals, **rolled.totals})
    tables = {"initiative_results": pa.Table.from_pylist(results.as_rows(rows, ds.settings.currency), results.SCHEMA)}
    tables["initiative_costs"] = costs.table(by_name)
    if measured.looks:
        tables["experiment_looks"] = results.looks_table(measured.looks)
    by_quarter = [*measured.quarters]
    if by_quarter:
        tables["initiative_returns"] = pa.Table.from_pylist(by_quarter, experiments.QUARTERS)
    if "claims" in ds.tables:
        tables["claim_audit"] = claims.table(ds, rooms, rows, by_name)
    return Findings(tables, figures=returns.figures(paid, ds.settings), notes=tuple(notes))


def _returns(by_name: dict[str, Cost], rows: Sequence[Row], totals: dict[str, tuple[float, float]]) -> list[Return]:
    """One Return an initiative; `totals`: benefit to date and its error of those measured.

    The benefit is the sum of the published rows, to the cent.
    """
    found = []
    for name, cost in by_name.items():
        own = [
            row for row in rows if (row.initiative, row.outcome, row.segment) == (name, "margin_to_date", "all")
        ]  # segments are parts of it
        proof = any(row.initiative == name and row.grade in returns.PROVEN and row.is_shown for row in rows)
        if name not in totals or not own:
            found.append(Return(cost, has_proof=proof))
            continue
        benefit, error = float(sum(row.benefit for row in own if row.benefit is not None)), totals[name][1]
        grade: Any = max(row.grade for row in own)
        found.append(Return(cost, benefit, error, grade, sum(row.treated for row in own), proof))
    return found
