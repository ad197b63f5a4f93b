"""Customers on the last day of a month, and whether they left in the months that followed. Ibis only.

Reads     the panel.
Gives     Ranked customers; rows of customer and month with the outcome; a sample of them with weights.
Method    landmarks: one row a customer active at the end of a month whose window has ended by the as-of date.
          Contractual: left within `horizon` months. Else: no purchase within `horizon` months. Customers stand in
          an order that only their ids decide (sha256), so that folds and samples are the same every time.
Assumes   the panel shows nothing before it was known.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset, Rooms

MOST_EVENTS = 40_000
"""Leavers that a model learns from at most, customers by month."""
MOST_OTHERS = 100_000
"""Customers who stayed, likewise."""
FOLDS = 3


@dataclass(frozen=True, slots=True)
class Scene:
    """What all models of risk look at."""

    panel: ir.Table
    """The panel with `at`, its month counted from year 0."""
    customers: ir.Table
    """customer_id, rank: 0 to n - 1 in an order that looks like chance."""
    n: int
    left_from: int | None
    """The month of the first leaving (contractual) or purchase, counted from year 0; None where there is none."""
    met_from: int | None
    """The month of the first contact."""
    last: int
    """The last one."""
    complete: int
    """The last month that had ended by the as-of date."""
    contractual: bool


@dataclass(frozen=True, slots=True)
class Sampled:
    """Landmarks drawn for learning."""

    rows: ir.Table
    """customer_id, rank, at, y, weight."""
    events: int
    """All leavers that there are, customers by month."""
    others: int
    months: int
    """Landmark months."""


def scene(ds: Dataset, panel: ir.Table, rooms: Rooms) -> Scene | None:
    """What the panel covers; None where it is empty."""
    numbered = panel.mutate(at=panel.month.year().cast("int32") * 12 + panel.month.month().cast("int32") - 1)
    ids = ds["customers"].select("customer_id").distinct()
    hashed = ids.mutate(_hash=ids.customer_id.hexdigest("sha256"))
    ranked = hashed.select("customer_id", rank=ibis.row_number().over(order_by=[hashed["_hash"], hashed.customer_id]))
    customers = rooms.keep("risk__customers", ranked)
    contractual = ds.settings.setting == "contractual"
    outcome = numbered.left if contractual else numbered.orders > 0
    spans = rooms.fetch(
        numbered.agg(
            last=numbered["at"].max(),
            left_from=numbered["at"].min(where=outcome),
            met_from=numbered["at"].min(where=numbered.contacts > 0),
        )
    ).to_pylist()[0]
    n = rooms.fetch(customers.agg(n=customers.count()))["n"][0].as_py()
    if spans["last"] is None or not n:
        return None
    as_of = ds.settings.as_of
    ended = as_of.day == monthrange(as_of.year, as_of.month)[1]
    last = spans["last"]
    complete = last if ended else last - 1
    return Scene(numbered, customers, n, spans["left_from"], spans["met_from"], last, complete, contractual)


def begins(on: Scene, horizon: int) -> int:
    """The first landmark: what was not recorded yet (leavers, then contacts) cannot be learnt from.

    Contacts that begin late only count where three landmarks are left.
    """
    first = on.last if on.left_from is None else on.left_from - 1 if on.contractual else on.left_from
    if on.met_from is not None and on.met_from <= on.complete - horizon - 2:
        first = max(first, on.met_from)
    return first


def now(on: Scene) -> ir.Table:
    """customer_id, rank, at of those who are customers as of the run's date."""
    here = on.panel.filter(on.panel["at"] == on.last, on.panel.active).select("customer_id", "at")
    return here.inner_join(on.customers, "customer_id").select("customer_id", "rank", "at")


def labelled(on: Scene, horizon: int) -> ir.Table:
    """customer_id, rank, at, y (1: left within `horizon` months), for every landmark whose window is complete."""
    p = on.panel
    here = p.filter(p.active, p["at"] >= begins(on, horizon), p["at"] <= on.complete - horizon).select(
        "customer_id", "at"
    )
    rows = here.inner_join(on.customers, "customer_id").select("customer_id", "rank", "at")
    gone = _left(p, horizon) if on.contractual else _silent(p, horizon)
    found = rows.left_join(gone, [rows.customer_id == gone.who, rows["at"] == gone.then])
    return found.select("customer_id", "rank", "at", y=found.who.notnull().cast("int8"))


def sampled(on: Scene, horizon: int, rooms: Rooms) -> Sampled:
    """Leavers and a share of the others, each weighted by how many it stands for."""
    rows = rooms.keep(f"risk__labelled_{horizon}", labelled(on, horizon))
    counted = rooms.fetch(rows.group_by("y").agg(n=rows.count(), months=rows["at"].nunique())).to_pylist()
    n = {row["y"]: row["n"] for row in counted}
    events, others = n.get(1, 0), n.get(0, 0)
    every_event = max(-(-events // MOST_EVENTS), 1)
    every_other = max(-(-others // MOST_OTHERS), 1)
    every = (rows.y == 1).ifelse(every_event, every_other)
    # A customer's fold is rank % FOLDS: what is drawn must not depend on it.
    drawn = rows.filter((rows["rank"] // FOLDS + rows["at"]) % every == 0)
    drawn = drawn.mutate(weight=(drawn.y == 1).ifelse(float(every_event), float(every_other)))
    kept = rooms.keep(f"risk__sampled_{horizon}", drawn)
    return Sampled(kept, events, others, max((row["months"] for row in counted), default=0))


def _left(p: ir.Table, horizon: int) -> ir.Table:
    """who, then: months before which leaving lies at most `horizon` months ahead."""
    leaves = p.filter(p.left).select("customer_id", "at")
    ahead = leaves.cross_join(ibis.memtable({"k": list(range(1, horizon + 1))}, schema={"k": "int32"}))
    return ahead.select(who=ahead.customer_id, then=ahead["at"] - ahead.k).distinct()


def _silent(p: ir.Table, horizon: int) -> ir.Table:
    """who, then: months after which nothing was bought for `horizon` months."""
    quiet = p.filter(ibis.coalesce(p.months_since_purchase, horizon) >= horizon)
    return quiet.select(who=quiet.customer_id, then=quiet["at"] - horizon)
