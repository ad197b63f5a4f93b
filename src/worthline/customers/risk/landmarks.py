"""Customers on the last day of a month, and whether they left in the months that followed. Ibis only.

Reads     the panel.
Gives     Ranked customers; rows of customer and month with the outcome; a sample of them with weights.
Method    landmarks: one row per customer active at the end of a month whose window has ended by the as-of date.
          Contractual: left within `horizon` months. Else: no purchase within `horizon` months. Customers stand in
          an order that only their ids decide (sha256), so that folds and samples are the same every time.
          Where something is done for customers, a landmark counts only if nothing was done for its customer until the
          window ended or they left: success would erase the risk. It then stands for those who were treated, by the
          inverse of the chance of going so long untreated, months apart (inverse probability of censoring; Robins &
          Finkelstein 2000, Biometrics 56, 779-788).
          Files that hold leavers more often than the company does (a declared `leave_rate`): each leaver stands for the
          ratio of the odds, at every horizon.
Assumes   the panel shows nothing before it was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt

from worthline.customers.season import buying
from worthline.errors import BadSetting
from worthline.panel.calendar import last_complete
from worthline.panel.leaving import first_month_with_leaving
from worthline.stats.passing_rise import passing_rise

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from worthline.panel.treatments import assignments, has_assignments
from worthline.panel.treatments import assignments, has_assignments
from worthline.results import Compute, Dataset

Floats = npt.NDArray[np.float64]

MOST_EVENTS = 40_000
"""Leavers that a model learns from at most, customers by month."""
MOST_OTHERS = 100_000
"""Customers who stayed, likewise."""
FOLDS = 3
LEAST_SPARED = 0.05
"""Chance of having gone untreated, at least: no landmark stands for more than twenty."""
YEAR = 12
MOST_LATE = 3
"""Last months that are looked at for leavers not recorded yet."""
LEAST_USUAL = 6
"""Months that tell how many leave in one."""
LATE = 4.0
"""Standard deviations of a count below the usual, from which leavers are missing."""
LONGEST = 24
"""Months of the longest window."""


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """What all models of risk look at."""

    panel: ir.Table
    """The panel with `at`, its month counted from year 0."""
    customers: ir.Table
    """customer_id, rank: 0 to n - 1 in an order that looks like chance."""
    n: int
    left_from: int | None
    """The first month in which leaving (contractual) or buying is recorded, counted from year 0; None if in none."""
    last: int
    """The last one."""
    complete: int
    """The last month that had ended by the as-of date and whose leavers are recorded."""
    contractual: bool
    treated: ir.Table | None = None
    """who, then: the months in which each customer was treated."""
    spared: Mapping[int, float] = field(default_factory=dict)
    """Share of customers for whom nothing was done, by month."""
    first_told: int | None = None
    """The month of the first snapshot of customers, where snapshots say when they were taken."""
    between: int | None = None
    """Months between two snapshots, where all that is known of leaving is that it happened between them."""
    unusual: Mapping[int, float] = field(default_factory=dict)
    """Months in which far more left than before and after: by month, the share of its leavers that is usual."""

    whole: int | None = None
    """The last month that had ended by the as-of date."""

    def window(self, horizon: int) -> int:
        """Months within which leaving is looked at, to speak of `horizon` months."""
        return self.between or horizon

    seasonal: bool = False
    """Without contracts: customers buy more in some months of the year, as two years show."""

    late: tuple[int, float] | None = None
    """Leavers recorded in the months that were left out as recorded late, and how many were usual."""
    leaver: float = 1.0
    """For how many each leaver stands, where one who stayed stands for one."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Landmarks drawn for learning."""

    rows: ir.Table
    """customer_id, rank, at, y, weight."""
    observed: ir.Table
    """The same columns of all landmarks, from the first of which it is known who left."""
    events: int
    """All leavers that there are, customers by month."""
    others: int
    months: int
    """Landmark months."""
    treated: int = 0
    """Landmarks left out, as the customer was treated within the window."""
    customers: Mapping[int, int] = field(default_factory=dict)
    """Different customers of `rows` by y."""


def scene(ds: Dataset, panel: ir.Table, rooms: Compute) -> ScoringContext | None:
    """What the panel covers; None where it is empty."""
    numbered = panel.mutate(at=panel.month.year().cast("int32") * 12 + panel.month.month().cast("int32") - 1)
    ids = ds["customers"].select("customer_id").distinct()
    hashed = ids.mutate(_hash=ids.customer_id.hexdigest("sha256"))
    ranked = hashed.select("customer_id", rank=ibis.row_number().over(order_by=[hashed["_hash"], hashed.customer_id]))
    customers = rooms.keep("risk__customers", ranked)
    contractual = ds.settings.setting == "contractual"
    spans = rooms.fetch(
        numbered.agg(last=numbered["at"].max(), bought_from=numbered["at"].min(where=numbered.orders > 0))
    ).to_pylist()[0]
    n = rooms.fetch(customers.agg(n=customers.count()))["n"][0].as_py()
    if spans["last"] is None or not n:
        return None
    left_from = spans["bought_from"]
    if contractual:
        first_with_leaving = first_month_with_leaving(panel, rooms)
        left_from = first_with_leaving and _number(first_with_leaving)
    complete = min(_number(last_complete(ds.settings.as_of)), spans["last"])
    on = ScoringContext(numbered, customers, n, left_from, spans["last"], complete, contractual, whole=complete)
    on = replace(on, seasonal=buying(numbered, rooms, complete, ds.settings) is not None)
    if contractual and ds.has("customers", "known_at"):
        on = _between_snapshots(on, ds, rooms)
    on = usual(recorded(_with_treated(on, ds, rooms), rooms), rooms)
    return declared(on, ds.settings.leave_rate, rooms)


def _number(month: date) -> int:
    return month.year * 12 + month.month - 1


def _between_snapshots(on: ScoringContext, ds: Dataset, rooms: Compute) -> ScoringContext:
    """The month of the first snapshot; where leaving shows in a later one alone, how far apart they are."""
    c = ds["customers"]
    first = rooms.fetch(c.agg(day=ibis.least(c.known_on, ibis.coalesce(c.same_since, c.known_on)).min()))["day"][0]
    if first.as_py() is None:
        return on
    on = replace(on, first_told=_number(first.as_py()))
    months = rooms.fetch(on.panel.filter(on.panel.left).select("at").distinct().order_by("at").limit(2))["at"]
    if len(months) != 1 or on.first_told is None or months[0].as_py() <= on.first_told:
        return on
    second = int(months[0].as_py())
    return replace(on, between=second - on.first_told, complete=second)


def recorded(on: ScoringContext, rooms: Compute) -> ScoringContext:
    """The scene without last months whose leavers are not all recorded yet: too few for chance, under half the usual.

    Usual is the median share of the year before. Without contracts nobody records a leaving.
    """
    if not on.contractual or on.between:
        return on
    p = on.panel.filter(on.panel["at"] <= on.complete, on.panel["at"] > on.complete - MOST_LATE - YEAR)
    monthly = p.group_by("at").agg(left=p.left.cast("int64").sum(), here=(p.active | p.left).cast("int64").sum())
    months = {row["at"]: row for row in rooms.fetch(monthly).to_pylist() if row["here"]}
    earlier = [row["left"] / row["here"] for at, row in months.items() if at <= on.complete - MOST_LATE]
    if len(earlier) < LEAST_USUAL:
        return on
    share, missing = median(earlier), []
    for at in range(on.complete, on.complete - MOST_LATE, -1):
        usual = share * months[at]["here"] if at in months else 0.0
        if usual == 0 or months[at]["left"] > usual / 2 or usual - months[at]["left"] < LATE * usual**0.5:
            break
        missing.append((months[at]["left"], usual))
    if not missing:
        return on
    leavers, usual = (sum(column) for column in zip(*missing, strict=True))
    return replace(on, complete=on.complete - len(missing), late=(leavers, usual))


def usual(on: ScoringContext, rooms: Compute) -> ScoringContext:
    """The scene with the months in which far more left than before and after, as after a rise of prices."""
    if not on.contractual or on.between or on.left_from is None:
        return on
    p = on.panel.filter(on.panel["at"] >= on.left_from, on.panel["at"] <= on.complete)
    monthly = p.group_by("at").agg(left=p.left.cast("int64").sum(), here=(p.active | p.left).cast("int64").sum())
    rows = rooms.fetch(monthly.order_by("at"))
    months, leavers, here = (np.array(rows[name].to_numpy(), dtype=np.float64) for name in ("at", "left", "here"))
    return replace(on, unusual={int(months[i]): float(share) for i, share in passing_rise(leavers, here).items()})


def declared(on: ScoringContext, leave_rate: float | None, rooms: Compute) -> ScoringContext:
    """The scene with the weight of a leaver at which a share `leave_rate` leaves within a year.

    Raises BadSetting where no year of the past tells how many leavers the files hold.
    """
    if leave_rate is None:
        return on
    window = on.window(YEAR)
    rows = labelled(on, window)
    totals = rooms.fetch(rows.agg(n=rows.count(), left=rows.y.sum())).to_pylist()[0]
    leavers, stayed = totals["left"] or 0, totals["n"] - (totals["left"] or 0)
    if not leavers or not stayed:
        raise BadSetting(
            "leave_rate",
            f"no year that has ended holds leavers and others: {leavers} left, {stayed} stayed",
            "Leave it out, or bring more months.",
        )
    within = 1 - (1 - leave_rate) ** (window / YEAR)
    return replace(on, leaver=within / (1 - within) * stayed / leavers)


def _with_treated(on: ScoringContext, ds: Dataset, rooms: Compute) -> ScoringContext:
    """What was done for customers, and how many were spared in each month."""
    if not has_assignments(ds):
        return on
    t = assignments(ds)
    t = t.filter(~t.is_control)
    then = t.at_date.year().cast("int32") * 12 + t.at_date.month().cast("int32") - 1
    treated = rooms.keep("risk__treated", t.select(who=t.customer_id, then=then).distinct())
    here = on.panel.filter(on.panel.active).select("customer_id", "at")
    active = here.group_by("at").agg(n=here.count())
    treated_counts = treated.group_by(treated.then).agg(done=treated.count())
    rows = rooms.fetch(
        active.left_join(treated_counts, [active["at"] == treated_counts.then]).order_by("at")
    ).to_pylist()
    if not any(row["done"] for row in rows):
        return on
    spared = {row["at"]: max(1 - (row["done"] or 0) / row["n"], LEAST_SPARED) for row in rows}
    return replace(on, treated=treated, spared=spared)


def begins(on: ScoringContext, horizon: int) -> int:
    """The first landmark of which it is recorded whether anybody left (bought) after it.

    Of two snapshots of customers the first is a landmark, though nobody is known to have left soon after it: the second
    says who left since, on whatever day.
    """
    first = on.last if on.left_from is None else on.left_from - 1 if on.contractual else on.left_from
    if on.between and on.first_told is not None:
        return on.first_told
    only = on.complete - horizon
    if on.first_told is not None and on.left_from is not None and on.first_told <= only < first:
        return only
    return first


def now(on: ScoringContext) -> ir.Table:
    """customer_id, rank, at of those who are customers as of the run's date."""
    here = on.panel.filter(on.panel["at"] == on.last, on.panel.active).select("customer_id", "at")
    return here.inner_join(on.customers, "customer_id").select("customer_id", "rank", "at")


def at_whole_month(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """`rows` of today, looked at by the end of the last whole month: a month begun holds less of everything.

    Who was no customer then is looked at today.
    """
    if on.whole is None or on.whole >= on.last:
        return rows
    then = on.panel.filter(on.panel["at"] == on.whole, on.panel.active).select(who="customer_id", then="at")
    joined = rows.left_join(then, [rows.customer_id == then.who])
    # A view: the rows are joined with the panel again, and Ibis must tell the two apart.
    return joined.select("customer_id", "rank", at=ibis.coalesce(joined.then, joined["at"])).view()


def labelled(on: ScoringContext, horizon: int) -> ir.Table:
    """customer_id, rank, at, y (1: left within `horizon` months), for every landmark whose window is complete."""
    p = on.panel
    here = p.filter(p.active, p["at"] >= begins(on, horizon), p["at"] <= on.complete - horizon).select(
        "customer_id", "at"
    )
    rows = here.inner_join(on.customers, "customer_id").select("customer_id", "rank", "at")
    leavers = _left(p, horizon) if on.contractual else _silent(p, horizon)
    labels = rows.left_join(leavers, [rows.customer_id == leavers.who, rows["at"] == leavers.then])
    y = labels.who.notnull().cast("int8")
    # Silence is known only at the window's end; who leaves is out of reach from then on.
    after = ibis.coalesce(labels.k, horizon) if on.contractual else ibis.literal(horizon)
    return labels.select("customer_id", "rank", "at", y=y, after=after.cast("int32"))


def untreated(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """The labelled landmarks within whose window nothing was done, with `stands`: for how many each then stands."""
    if on.treated is None:
        return rows.mutate(stands=ibis.literal(1.0))
    t = on.treated
    both = rows.inner_join(t, [rows.customer_id == t.who])
    touched = both.filter(both.then > both["at"], both.then <= both["at"] + both.after).select("customer_id", "at")
    touched = touched.distinct().select(who=touched.customer_id, then=touched["at"])
    untouched = rows.anti_join(touched, [("customer_id", "who"), ("at", "then")])
    # A join of its own, not one chain with the next.
    untouched = untouched.select("customer_id", "rank", "at", "y", "after")
    stands = []
    for month in on.spared:
        chance = 1.0
        for after in range(1, LONGEST + 1):
            chance *= on.spared.get(month + after, 1.0)
            stands.append((month, after, round(1 / max(chance, LEAST_SPARED), 9)))
    weights = ibis.memtable(stands, schema={"month": "int32", "windows": "int32", "stands": "float64"})
    joined = untouched.left_join(weights, [("at", "month"), ("after", "windows")])
    return joined.select("customer_id", "rank", "at", "y", "after", stands=ibis.coalesce(joined.stands, 1.0))


def weighted(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """Labelled landmarks with `weight`: for how many each stands, by what was done, a declared rate, a passed rise."""
    weight = (rows.y == 1).ifelse(on.leaver, 1.0) * rows.stands
    if on.unusual:
        leaving_month = rows["at"] + rows.after
        parts = [((rows.y == 1) & (leaving_month == month), share) for month, share in on.unusual.items()]
        weight = weight * ibis.cases(*parts, else_=1.0)
    return rows.mutate(weight=weight)


def sampled(on: ScoringContext, horizon: int, rooms: Compute, first: int | None = None) -> Sampled:
    """Leavers and a share of the others, each weighted by how many it stands for, from landmark `first` on.

    `observed`: all of them, from the first of which it is known who left.
    """
    everyone = rooms.keep(f"risk__labelled_{horizon}", labelled(on, horizon))
    untreated_rows = rooms.keep(f"risk__untreated_{horizon}", weighted(on, untreated(on, everyone)))
    chosen, rows = everyone, untreated_rows
    if first is not None:
        chosen, rows = chosen.filter(chosen["at"] >= first), rows.filter(rows["at"] >= first)
    everything = rooms.fetch(chosen.agg(n=chosen.count()))["n"][0].as_py()
    class_counts = rooms.fetch(rows.group_by("y").agg(n=rows.count(), months=rows["at"].nunique())).to_pylist()
    n = {row["y"]: row["n"] for row in class_counts}
    events, others = n.get(1, 0), n.get(0, 0)
    every_event = max(-(-events // MOST_EVENTS), 1)
    every_other = max(-(-others // MOST_OTHERS), 1)
    every = (rows.y == 1).ifelse(every_event, every_other)
    # A customer's fold is rank % FOLDS: what is drawn must not depend on it.
    sample = rows.filter((rows["rank"] // FOLDS + rows["at"]) % every == 0)
    stands_for = (sample.y == 1).ifelse(float(every_event), float(every_other))
    sample = _with_ever(on, sample.mutate(weight=stands_for * sample.weight))
    sample_table = rooms.keep(f"risk__sampled_{horizon}", sample)
    months = max((row["months"] for row in class_counts), default=0)
    by_class = sample_table.group_by("y").agg(n=sample_table["rank"].nunique())
    customers = {row["y"]: row["n"] for row in rooms.fetch(by_class).to_pylist()}
    return Sampled(sample_table, untreated_rows, events, others, months, everything - events - others, customers)


def _with_ever(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """`rows` with `ever`, 1 for whom leaving is recorded at any later time; without contracts nobody knows."""
    if not on.contractual:
        return rows
    leaves = on.panel.filter(on.panel.left).group_by(who=on.panel.customer_id).agg(gone=on.panel["at"].max())
    joined = rows.left_join(leaves, [rows.customer_id == leaves.who])
    return joined.mutate(ever=(joined.gone > joined["at"]).fill_null(False).cast("int8")).drop("who", "gone")


def past(on: ScoringContext, rows: pa.Table, rooms: Compute) -> ir.Table:
    """customer_id, at, p_leave_12m, weight: predictions held out (rank, at, p, weight) with their customers named."""
    named = ibis.memtable(rows).inner_join(on.customers, "rank")
    named = named.select("customer_id", at=named["at"].cast("int32"), p_leave_12m=named.p, weight=named.weight)
    return rooms.keep("risk__past", named)


def _left(p: ir.Table, horizon: int) -> ir.Table:
    """who, then, k: months before which leaving lies k months ahead, at most `horizon`."""
    leaves = p.filter(p.left).select("customer_id", "at")
    ahead = leaves.cross_join(ibis.memtable({"k": list(range(1, horizon + 1))}, schema={"k": "int32"}))
    ahead = ahead.select(who=ahead.customer_id, then=ahead["at"] - ahead.k, k=ahead.k)
    return ahead.group_by("who", "then").agg(k=ahead.k.min())


def _silent(p: ir.Table, horizon: int) -> ir.Table:
    """who, then: months after which nothing was bought for `horizon` months."""
    quiet = p.filter(ibis.coalesce(p.months_since_purchase, horizon) >= horizon)
    return quiet.select(who=quiet.customer_id, then=quiet["at"] - horizon)
