"""A company in memory for the worklist: customers with a known chance of leaving and value, actions, treatments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import ibis
import pyarrow as pa

from worthline.initiatives.worklist.past import NUMBERS
from worthline.results import ActionSettings, Compute, ControlSettings, Dataset, Resolved

AS_OF = date(2026, 9, 30)
MONEY = pa.decimal128(18, 4)


def settings(*, control: ControlSettings | None = None, acting: ActionSettings | None = None) -> Resolved:
    """Contractual, in dollars; no customer in the universal control group unless asked for."""
    return Resolved(
        name="Small",
        currency="USD",
        setting="contractual",
        outcome="retention",
        as_of=AS_OF,
        timezone="UTC",
        fiscal_year_start=1,
        discount_rate=0.1,
        horizon_months=36,
        margin=None,
        lapse_months=None,
        revenue_from="subscriptions",
        score_metric=None,
        control=control or ControlSettings(universal=0.0, share=0.01, key="k"),
        acting=acting or ActionSettings(random_share=0.0),
    )


def money(*amounts: str | None) -> pa.Array:
    """Amounts as the tables hold them."""
    return pa.array([None if a is None else Decimal(a) for a in amounts], MONEY)


@cache
def rooms() -> Compute:
    """An engine that runs what it is given, one for all tests of a process."""
    machine = ibis.duckdb.connect()

    def keep(name: str, expr: ibis.Table) -> ibis.Table:
        return machine.create_table(name, machine.to_pyarrow(expr), overwrite=True)

    return Compute(machine.to_pyarrow, keep, lambda *_, **__: None)  # type: ignore[arg-type]


def company(
    ids: Sequence[str],
    *,
    chance: Sequence[float],
    kept: Sequence[str],
    left: Sequence[str] | None = None,
    permission: Sequence[str] | None = None,
    segment: Sequence[str] | None = None,
    actions: pa.Table | None = None,
    s: Resolved | None = None,
    **tables: pa.Table,
) -> tuple[Dataset, ibis.Table, tuple[ibis.Table, ...]]:
    """The dataset, its panel's last month, and what the rooms before say: margin at risk = chance x (kept - left)."""
    n = len(ids)
    left = left or ["0"] * n
    customers = {"customer_id": list(ids), "segment": list(segment or ["Home"] * n)}
    if permission is not None:
        customers["contact_permission"] = list(permission)
    panel = pa.table(
        {
            "customer_id": list(ids),
            "month": [date(2026, 9, 1)] * n,
            "active": [True] * n,
            "tenure_months": pa.array([24] * n, pa.int32()),
            "revenue_12m": money(*["120"] * n),
            "margin_12m": money(*["60"] * n),
            "cost_to_serve_12m": money(*["0"] * n),
            "last_score": pa.array([None] * n, pa.float64()),
            "state": ["active"] * n,
            "margin": money(*["5"] * n),
        }
    )
    for name in NUMBERS:
        if name not in panel.column_names:
            panel = panel.append_column(name, pa.array([0.0] * n))
    at_risk = [
        str(round(Decimal(str(p)) * (Decimal(k) - Decimal(x)), 2)) for p, k, x in zip(chance, kept, left, strict=True)
    ]
    scores = (
        pa.table(
            {
                "customer_id": list(ids),
                "p_leave_12m": list(chance),
                "reasons": [["tenure (lower risk)", "rolling contract"]] * n,
            }
        ),
        pa.table({"customer_id": list(ids), "value_if_kept": money(*kept), "value_if_left": money(*left)}),
        pa.table({"customer_id": list(ids), "margin_at_risk": money(*at_risk)}),
    )
    found = {"customers": pa.table(customers), **tables}
    if actions is not None:
        found["actions"] = actions
    brought = {name: frozenset(t.column_names) for name, t in found.items()}
    ds = Dataset({name: ibis.memtable(t) for name, t in found.items()}, brought, s or settings())
    return ds, ibis.memtable(panel), tuple(ibis.memtable(t) for t in scores)


def action(name: str = "save_call", cost: str = "3", capacity: int = 100, **more: str | None) -> dict:
    """One row of actions."""
    blank = {"eligible": None, "offer_limit": None, "purpose": None, "initiative": None, "assumed_gain": None}
    return {"action": name, "cost": Decimal(cost), "capacity_per_week": capacity, **blank, **more}


def action_table(*rows: dict) -> pa.Table:
    """Rows of actions as the tables hold them."""
    kinds = {"cost": MONEY, "offer_limit": MONEY, "assumed_gain": MONEY, "capacity_per_week": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]])
    return pa.Table.from_pylist(list(rows), schema)


def treatments(rows: Sequence[tuple[str, date, str, str]], **columns: Sequence) -> pa.Table:
    """Rows of customer, day, initiative and arm as the tables hold them; further columns by name."""
    n = len(rows)
    blank = pa.array([None] * n, pa.string())
    return pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "at": [datetime(row[1].year, row[1].month, row[1].day) for row in rows],
            "at_date": pa.array([row[1] for row in rows], pa.date32()),
            "known_on": pa.array([None] * n, pa.date32()),
            "initiative": [row[2] for row in rows],
            "arm": [row[3] for row in rows],
            "stratum": blank,
            "cluster": blank,
            "cost": pa.array([None] * n, MONEY),
            "channel": blank,
            "outcome_code": blank,
            "customer_said": blank,
            "_file": ["t.csv"] * n,
            "_line": list(range(n)),
        }
        | columns
    )
