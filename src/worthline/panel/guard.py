"""Catches columns that look ahead: the panel is built twice, and what was known earlier must not change.

Reads     a Dataset and a day in its past.
Gives     the names of columns that differ in months that had ended by that day.
Method    once from all rows, once from the rows known by the day, with as_of set to it. A column that uses
          anything later differs in some customer and month; one that does not is equal everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from worthline.panel.facts import happened_on, traces
from worthline.results import Compute, Dataset

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("customer_id", "month")
ROWS = "(rows)"
"""Named where a customer's month is in one of the two panels only."""


def future_columns(build: Callable[[Dataset, Compute], ir.Table], ds: Dataset, rooms: Compute, cut: date) -> list[str]:
    """Columns of `build` that change when rows known after `cut` are added, in months that ended by `cut`."""
    late = build(ds, _apart(rooms, "guard_late"))
    early = build(known_by(ds, cut), _apart(rooms, "guard_early"))
    dated = known_by(ds, cut)["customers"].filter(lambda t: t.first_seen.notnull()).select("customer_id")
    ended = (cut + timedelta(days=1)).replace(day=1)

    def ended_months(panel: ir.Table) -> ir.Table:
        before_cut = panel.filter(panel.month < ibis.literal(ended))
        return before_cut.semi_join(dated, "customer_id")

    starts = [rooms.fetch(p.agg(first=p.month.min())).column("first")[0].as_py() for p in (late, early)]
    if None in starts:
        return []
    start = max(starts)
    full, other = (ended_months(p.filter(p.month >= ibis.literal(start))) for p in (late, early))
    return _differing(full, other, rooms)


def known_by(ds: Dataset, cut: date) -> Dataset:
    """The company's rows as they were known on `cut`."""
    tables = {
        name: _known(table, happened_on(name, table), cut) for name, table in ds.tables.items() if name != "customers"
    }
    settings = replace(ds.settings, as_of=cut)
    narrowed = Dataset({**tables, "customers": ds["customers"]}, ds.brought, settings)
    narrowed.tables["customers"] = _customers(ds["customers"], narrowed, cut)
    return narrowed


def _known(table: ir.Table, happened: ir.DateValue | None, cut: date) -> ir.Table:
    known_rows = table.filter(table.known_on.isnull() | (table.known_on <= cut))
    return known_rows if happened is None else known_rows.filter(happened.isnull() | (happened <= cut))


def _customers(t: ir.Table, others: Dataset, cut: date) -> ir.Table:
    """Customers of whom anything was known: their own row, or a trace in another table."""
    joining_known_on = ibis.coalesce(t.joined_known_on, t.known_on)
    own = ~t.derived.fill_null(False) & (joining_known_on.isnull() | (joining_known_on <= cut))
    own = own & (t.joined_on.isnull() | (t.joined_on <= cut))
    tables = {name: table for name, table in others.tables.items() if name != "customers"}
    if tables:
        first_traces = traces(Dataset(tables, others.brought, others.settings))
        first_traces = first_traces.group_by("customer_id").agg(_seen=first_traces.happened.min())
        joined = t.left_join(first_traces, "customer_id").select(t, "_seen")
    else:
        joined = t.mutate(_seen=ibis.null("date"))
    own = own.fill_null(False)
    blank = [
        c
        for c in t.columns
        if c not in ("customer_id", "first_seen", "derived", "known_on", "same_since", "_file", "_line")
    ]
    as_known = joined.mutate(
        first_seen=own.ifelse(ibis.least(joined._seen, joined.joined_on), joined._seen),
        known_on=own.ifelse(joined.known_on, joined._seen),
        same_since=own.ifelse(joined.same_since, joined._seen),
        derived=~own,
        **{c: own.ifelse(joined[c], None) for c in blank},
    )
    return as_known.filter(~as_known.derived | as_known._seen.notnull()).drop("_seen")


def _differing(full: ir.Table, other: ir.Table, rooms: Compute) -> list[str]:
    columns = [c for c in full.columns if c not in KEYS and c in other.columns]
    right = other.rename({f"{c}_other": c for c in other.columns})
    both = full.outer_join(right, [full[key] == right[f"{key}_other"] for key in KEYS])
    alone = both.customer_id.isnull() | both.customer_id_other.isnull()
    counts = {c: (~alone & ~both[c].identical_to(both[f"{c}_other"])).ifelse(1, 0).sum() for c in columns}
    differing_counts = rooms.fetch(both.agg(**{ROWS: alone.ifelse(1, 0).sum()}, **counts)).to_pylist()[0]
    return [name for name, differing in differing_counts.items() if differing]


def _apart(rooms: Compute, prefix: str) -> Compute:
    """The same rooms, keeping under other names, so that a run's own tables are left alone."""
    return replace(
        rooms,
        keep=lambda name, expr: rooms.keep(f"{prefix}_{name}", expr),
        map_customers=lambda name, *rest, block: rooms.map_customers(f"{prefix}_{name}", *rest, block=block),
    )
