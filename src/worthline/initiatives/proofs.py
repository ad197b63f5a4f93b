"""What approved initiatives had returned on their dates of proof: measured as if the run were of that day. Ibis only.

Reads     a Dataset with `approvals`, its panel.
Gives     `on_dates`: a Proof by initiative and date of proof, of all dates that have come.
Method    the same design and arithmetic as today's return, on assignments, starts and months until the date of proof.
          Rows that became known later but belong to that time are in it: that is what a restatement says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from worthline.initiatives import costs, experiments, places, results
from worthline.initiatives.costs import Cost
from worthline.initiatives.outcomes import TO_DATE
from worthline.initiatives.results import Row, money
from worthline.initiatives.worklist.control import is_universal
from worthline.panel.treatments import has_assignments
from worthline.results import Compute, Dataset, Grade
from worthline.stats.experiments import Amount

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Proof:
    """Benefit to a date of proof; None where it was not measured."""

    benefit: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    cost: Decimal | None = None
    grade: Grade | None = None


@dataclass(frozen=True)
class Today:
    """What the run measured as of its own date."""

    rows: Sequence[Row]
    totals: Mapping[str, Amount]
    costs: Mapping[str, Cost]
    usable_rows: Mapping[str, int]
    """Rows of treatments that can be used: those set aside are held against all of them on every date."""

    def is_running(self, name: str) -> bool:
        """Whether an experiment was measured as one that still runs."""
        return any(row.initiative == name and row.is_running for row in self.rows)

    def proof(self, name: str, currency: str) -> Proof:
        """What is proven of an initiative."""
        own = [row for row in self.rows if row.initiative == name]
        cost = self.costs[name].total if name in self.costs else None
        return proof_of(own, self.totals.get(name), cost, currency)


def on_dates(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    approvals: Sequence[dict[str, Any]],
    declared: list[dict[str, Any]],
    today: Today,
) -> dict[tuple[str, date], Proof]:
    """By initiative and date of proof; dates after the run's own are left out. `today`: what the run measured."""
    proofs: dict[tuple[str, date], Proof] = {}
    for day in sorted({row["proof_on"] for row in approvals if row["proof_on"] <= ds.settings.as_of}):
        names = {row["initiative"] for row in approvals if row["proof_on"] == day}
        if day == ds.settings.as_of:
            known = {name for name in names if not today.is_running(name)}
            proofs |= {(name, day): today.proof(name, ds.settings.currency) for name in known}
            names -= known
        then = _on(_as_of(ds, day), panel, rooms, names, declared, today.usable_rows)
        proofs |= {(name, day): proof for name, proof in then.items()}
    return proofs


def _as_of(ds: Dataset, day: date) -> Dataset:
    """The dataset with assignments and starts of roll-outs until `day` alone, and that day as its own."""
    tables, border = dict(ds.tables), ibis.literal(day)
    if "treatments" in tables:
        rows = tables["treatments"]
        tables["treatments"] = rows.filter(rows.at_date <= border)
    if "rollouts" in tables:
        rows = tables["rollouts"]
        tables["rollouts"] = rows.filter(rows.started_on <= border)
    return replace(ds, tables=tables, settings=replace(ds.settings, as_of=day))


def _on(
    ds: Dataset,
    panel: ir.Table,
    rooms: Compute,
    names: set[str],
    declared: list[dict[str, Any]],
    usable_rows: Mapping[str, int],
) -> dict[str, Proof]:
    listed = experiments.listed(ds, rooms) if has_assignments(ds) else []
    assigned = [row for row in listed if not is_universal(row["initiative"])]
    starts, _ = places.starts(ds, rooms)
    dated = [{**row, "proof_on": ds.settings.as_of} for row in declared]
    by_name = costs.costs(dated, assigned, {name: one.first for name, one in starts.items()}, ds.settings.as_of)
    own = [row for row in assigned if row["initiative"] in names]
    measured = experiments.measure(ds, panel, rooms, own, by_name, usable_rows=usable_rows)
    rolled = places.measure(ds, panel, rooms, {n: one for n, one in starts.items() if n in names}, by_name)
    rows = [*measured.rows, *rolled.rows]
    totals = results.once(rows, measured.totals, rolled.totals)
    then = Today(rows, totals, by_name, usable_rows)
    return {name: then.proof(name, ds.settings.currency) for name in names}


def proof_of(rows: Sequence[Row], total: Amount | None, cost: Decimal | None, currency: str) -> Proof:
    """From rows of initiative_results of one initiative; `total`: its benefit and the error of all arms together."""
    own = [row for row in rows if row.outcome == TO_DATE and row.segment == "all" and row.benefit is not None]
    if not own:
        return Proof(cost=cost)
    benefit = sum((row.benefit for row in own if row.benefit is not None), Decimal(0))
    ends = own[0].benefit_low, own[0].benefit_high
    if total is None and len(own) > 1:
        ends = None, None
    elif total is not None and (len(own) > 1 or None in ends):
        low, high = replace(total, estimate=float(benefit)).interval()
        ends = money(low, currency), money(high, currency)
    return Proof(benefit, ends[0], ends[1], cost, max(row.grade for row in own))
