"""What a valuation is made from: one row per customer as of a month, and how many left at each age. Ibis only.

Reads     the panel and, where customers buy when they like, the checked transactions.
Gives     rows of customers at the end of a month, with what they brought afterwards where it is known; counts of
          customers at risk and lost by age in months.
Method    what a customer buys on one day is one purchase (in one week, where customers pay by the period); when it
          was counts in weeks back from the day looked from. A purchase that became known later does not exist on that
          day. Money is summed as DECIMAL.
Assumes   the panel shows nothing before it was known.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from worthline.customers import season
from worthline.customers.value.customer_arrays import WEEKS
from worthline.customers.value.periodic import period
from worthline.metrics import bridge
from worthline.stats.passing_rise import passing_rise

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Compute, Dataset

Floats = NDArray[np.float64]
MONEY = "decimal(18, 4)"
WEEK = 7
SAME_DAY = 0.9
"""Share of leavings on the day of a snapshot from which it is the snapshot that dates them."""


@dataclass(frozen=True, slots=True)
class ValuationContext:
    """What every valuation of a run looks at; months are counted from year 0."""

    ds: Dataset
    panel: ir.Table
    """The panel with `at`, its month as a number."""
    rooms: Compute
    first: int
    """The first month of the panel in which anything was earned."""
    last: int
    complete: int
    """The last month that had ended by the as-of date."""
    left_from: int | None
    """The month of the first leaving."""
    contractual: bool
    snapshots: tuple[int, ...] = ()
    """Months of the snapshots of customers, where leaving is only known from one to the next."""
    season: Floats | None = None
    """How much more than usual is bought in each month of the year, where two years show it."""
    occasion: int = 1
    """Days within which what a customer buys is one purchase."""
    covers: int = 1
    """Months that a member's payment is for: 12 where members pay once a year."""

    @property
    def seen_from(self) -> int:
        """The first month from which a forecast can be tested: something is earned, and leaving is recorded."""
        if not self.contractual or self.left_from is None:
            return self.first
        if self.snapshots:
            return max(self.snapshots[1], self.first)
        return max(self.left_from - 1, self.first)

    def day(self, at: int) -> date:
        """The last day of a month, or the as-of date within its month."""
        year, month = divmod(at, 12)
        return min(date(year, month + 1, monthrange(year, month + 1)[1]), self.ds.settings.as_of)


def scene(ds: Dataset, panel: ir.Table, rooms: Compute) -> ValuationContext | None:
    """What the panel covers; None where it is empty or nothing was ever earned."""
    p = panel.mutate(at=panel.month.year().cast("int32") * 12 + panel.month.month().cast("int32") - 1)
    earned = p.revenue.notnull() & (p.revenue != 0)
    spans = rooms.fetch(
        p.agg(last=p["at"].max(), first=p["at"].min(where=earned), left_from=p["at"].min(where=p.left))
    ).to_pylist()[0]
    if spans["last"] is None or spans["first"] is None:
        return None
    as_of, last = ds.settings.as_of, spans["last"]
    complete = last if as_of.day == monthrange(as_of.year, as_of.month)[1] else last - 1
    contractual = ds.settings.setting == "contractual"
    snapshots = _snapshots(ds, rooms) if contractual else ()
    buying = season.buying(p, rooms, complete, ds.settings)
    on = ValuationContext(
        ds, p, rooms, spans["first"], last, complete, spans["left_from"], contractual, snapshots, buying
    )
    if contractual and ds.settings.revenue_from != "transactions":
        return on
    weekly = replace(on, occasion=WEEK)
    one_period = period(gaps(weekly, last))
    if one_period is None:
        return on
    return replace(on, covers=max(round(float(np.median(one_period)) / WEEKS), 1)) if contractual else weekly


def customers(on: ValuationContext, at: int, ahead: int | None = None) -> pa.Table:
    """Customers at the end of month `at`, by customer_id; with what they brought in the `ahead` months after it.

    Contractual: those active. Else all who had bought by then, with their purchase histories.
    """
    p = on.panel.filter(on.panel["at"] == at)
    rows = p.select(
        "customer_id",
        "active",
        tenure=p.tenure_months,
        margin_3m=p.margin_3m,
        margin_12m=p.margin_12m,
        cost_3m=p.cost_to_serve_3m,
        cost_12m=p.cost_to_serve_12m,
    )
    rows = rows.filter(rows.active) if on.contractual else _bought(rows, on, at)
    if on.covers > 1:
        paid = _paid(on, at)
        rows = rows.left_join(paid, rows.customer_id == paid.payer).drop("payer")
    if ahead is not None:
        later = _later(on, at, ahead)
        rows = rows.left_join(later, rows.customer_id == later.who).drop("who")
    return on.rooms.fetch(rows.order_by("customer_id"))


def _paid(on: ValuationContext, at: int) -> ir.Table:
    """payer, paid_3m, paid_12m: in how many of the last months each member paid."""
    p = on.panel.filter(on.panel["at"] <= at, on.panel["at"] > at - 12, on.panel.revenue > 0)
    return p.group_by(payer=p.customer_id).agg(paid_3m=(p["at"] > at - 3).sum(), paid_12m=p.count())


def _later(on: ValuationContext, at: int, ahead: int) -> ir.Table:
    """who, later_margin, later_cost: of the `ahead` months (a multiple of 3) after month `at`; null if not known."""
    window = 12 if ahead % 12 == 0 else 3
    ends = list(range(at + window, at + ahead + 1, window))
    p = on.panel.filter(on.panel["at"].isin(ends))
    margin, cost = p[f"margin_{window}m"], p[f"cost_to_serve_{window}m"]
    each = p.group_by(who=p.customer_id).agg(
        later_margin=margin.sum().cast(MONEY),
        later_cost=cost.sum().cast(MONEY),
        margins=margin.count(),
        costs=cost.count(),
    )
    nothing = ibis.null(MONEY)
    return each.select(
        "who",
        later_margin=(each.margins == len(ends)).ifelse(each.later_margin, nothing),
        later_cost=(each.costs == len(ends)).ifelse(each.later_cost, nothing),
    )


def leaving(on: ValuationContext, until: int) -> pa.Table:
    """age, span, at_risk, lost: months survived by customers, and who left in the `span` months after, up to `until`.

    The span is a month, but where leaving is only known from one snapshot of customers to the next. Of months in which
    far more left than before and after, the usual share of leavers counts: such a rise is none of every year.
    """
    p = on.panel
    if len(on.snapshots) > 1:
        ends = [at for at in on.snapshots if at <= until]
        spans = [_between(on, first, then) for first, then in pairwise(ends)] or [_between(on, 0, 0)]
        rows = ibis.union(*spans, distinct=False) if len(spans) > 1 else spans[0]
        return on.rooms.fetch(rows.order_by("span", "age"))
    first = on.first if on.left_from is None else max(on.left_from - 1, on.first)
    here = (
        p.filter(p.active, p["at"] >= first, p["at"] < until).group_by(age=p.tenure_months).agg(at_risk=ibis._.count())
    )
    leavers = p.filter(p.left, p["at"] > first, p["at"] <= until)
    leavers = leavers.mutate(left_at=(leavers.tenure_months - 1).cast("int32"))
    rise = _passing_rise(on, first, until)
    counts = {"lost": leavers["at"].notin(sorted(rise)).sum() if rise else leavers.count()}
    counts |= {f"lost_{at}": (leavers["at"] == at).sum() for at in rise}
    by_age = leavers.group_by("left_at").agg(**counts)
    both = here.left_join(by_age, here.age == by_age.left_at).drop("left_at")
    rows = on.rooms.fetch(both.mutate(span=ibis.literal(1, "int32")).order_by("age"))
    lost = np.sum(
        [_counts(rows, "lost"), *(share * _counts(rows, f"lost_{at}") for at, share in rise.items())],
        axis=0,
    )
    return rows.select(["age", "span", "at_risk"]).append_column("lost", pa.array(lost))


def _passing_rise(on: ValuationContext, first: int, until: int) -> dict[int, float]:
    """Months of a rise that passed, after `first` and up to `until`, with the share of their leavers that is usual."""
    p = on.panel.filter(on.panel["at"] > first, on.panel["at"] <= until)
    monthly = p.group_by("at").agg(left=p.left.cast("int64").sum(), here=(p.active | p.left).cast("int64").sum())
    rows = on.rooms.fetch(monthly.order_by("at"))
    months, left, here = (_counts(rows, name) for name in ("at", "left", "here"))
    return {int(months[i]): share for i, share in passing_rise(left, here).items()}


def _counts(rows: pa.Table, name: str) -> Floats:
    """A column of counts as floats, 0 where null."""
    return np.asarray(pc.fill_null(rows[name], 0).to_numpy(), dtype=np.float64)


def _between(on: ValuationContext, first: int, then: int) -> ir.Table:
    """age, span, at_risk, lost: of those here at the end of month `first`, who had left by the end of month `then`."""
    p = on.panel
    here = p.filter(p.active, p["at"] == first).select("customer_id", age="tenure_months")
    leavers = p.filter(p.left, p["at"] > first, p["at"] <= then).select(who="customer_id").distinct()
    both = here.left_join(leavers, here.customer_id == leavers.who)
    return both.group_by("age", span=ibis.literal(then - first, "int32")).agg(
        at_risk=both.count(), lost=both.who.count()
    )


def _snapshots(ds: Dataset, rooms: Compute) -> tuple[int, ...]:
    """Months of the snapshots of customers, where leaving is known from one to the next; empty where days are known."""
    if not ds.has("customers", "known_at", "left_on"):
        return ()
    c = ds["customers"]
    days = ibis.union(c.select(day="known_on"), c.select(day="same_since"), distinct=True)
    days = rooms.keep("value__snapshots", days.filter(days.day.notnull()).distinct())
    leavers = c.filter(c.left_on.notnull())
    on_a_snapshot = leavers.semi_join(days, [leavers.left_on == days.day])
    counts = rooms.fetch(leavers.agg(n=leavers.count(), on_the_day=on_a_snapshot.count().as_scalar())).to_pylist()[0]
    if not counts["n"] or counts["on_the_day"] < SAME_DAY * counts["n"]:
        return ()
    snapshot_days = rooms.fetch(days.order_by("day"))["day"].to_pylist()
    months = sorted({day.year * 12 + day.month - 1 for day in snapshot_days})
    return tuple(months) if any(then - first > 1 for first, then in pairwise(months)) else ()


def gaps(on: ValuationContext, at: int) -> list[tuple[float, float]]:
    """How many weeks lie between a customer's purchases, and how often, as known at the end of month `at`."""
    day = on.day(at)
    t = _purchases(on, day)
    bought = t.select("customer_id", back=_back(t, day, on.occasion)).distinct()
    before = bought.back.lead().over(group_by=bought.customer_id, order_by=bought.back)
    interpurchase = bought.mutate(gap=(before - bought.back).cast("int32"))
    interpurchase = interpurchase.filter(interpurchase.gap.notnull()).group_by("gap").agg(n=ibis._.count())
    counts = on.rooms.fetch(interpurchase.order_by("gap")).to_pydict()
    return [(gap * on.occasion / WEEK, n) for gap, n in zip(counts["gap"], counts["n"], strict=True)]


def last_months(on: ValuationContext, until: int, span: int) -> pa.Table:
    """n, margin, cost: what was brought in the `span` months up to that of leaving, in the year up to month `until`."""
    p = on.panel
    leavers = p.filter(p.left, p["at"] > until - 12, p["at"] <= until).select(who="customer_id", then="at")
    rows = p.filter(p.margin.notnull()).select("customer_id", "at", "margin", "cost_to_serve")
    both = leavers.inner_join(rows, [leavers.who == rows.customer_id])
    both = both.filter(both["at"] <= both.then, both["at"] > both.then - span)
    nothing = ibis.literal(0).cast(MONEY)
    return on.rooms.fetch(
        both.agg(
            n=both.who.nunique(),
            margin=ibis.coalesce(both.margin.sum().cast(MONEY), nothing),
            cost=ibis.coalesce(both.cost_to_serve.sum().cast(MONEY), nothing),
        )
    )


def joining(on: ValuationContext, until: int) -> pa.Table:
    """first, next: margin of the month of joining and of the month after, of who joined in the year up to `until`."""
    p = on.panel
    rows = p.filter(p.active, p.margin.notnull(), p["at"] <= until)
    joining_month = rows.filter(rows.tenure_months == 0, rows["at"] > until - 12)
    next_month = rows.select(who="customer_id", then=rows["at"] - 1, after="margin")
    both = joining_month.inner_join(
        next_month, [joining_month.customer_id == next_month.who, joining_month["at"] == next_month.then]
    )
    nothing = ibis.literal(0).cast(MONEY)
    return on.rooms.fetch(
        both.agg(
            first=ibis.coalesce(both.margin.sum().cast(MONEY), nothing),
            next=ibis.coalesce(both.after.sum().cast(MONEY), nothing),
        )
    )


def groups(on: ValuationContext, period: str) -> pa.Table | None:
    """customer_id, kind (new, kept, lost, returned: as the revenue bridge has it), acquired_through."""
    moved = bridge.movement(on.ds, period)
    if moved is None:
        return None
    who = on.ds["customers"].select(who="customer_id", acquired_through="acquired_through")
    members = moved.left_join(who, moved.customer_id == who.who).select("customer_id", "kind", "acquired_through")
    return on.rooms.fetch(members.order_by("customer_id"))


def numbered(on: ValuationContext) -> tuple[ir.Table, int]:
    """customer_id and key, 0 to n - 1 in order of customer_id, of customers active now."""
    p = on.panel.filter(on.panel["at"] == on.last, on.panel.active)
    if not on.contractual:
        p = _bought(p.select("customer_id"), on, on.last)
    key = ibis.row_number().over(order_by=p.customer_id.asc())
    keyed = on.rooms.keep("value__customers", p.select("customer_id", key=key))
    return keyed, int(on.rooms.fetch(keyed.agg(n=keyed.count()))["n"][0].as_py())


def _bought(rows: ir.Table, on: ValuationContext, at: int) -> ir.Table:
    """Rows of those who had bought, with how often, in which weeks first and last, and what they spent."""
    day = on.day(at)
    t = _purchases(on, day)
    weeks = t.select(
        buyer=t.customer_id,
        week=_back(t, day, WEEK),
        occasion=_back(t, day, on.occasion),
        amount=t.amount,
        soon=t.at_date >= _months_back(on, at, 2),
        year=t.at_date >= _months_back(on, at, 11),
    )
    nothing = ibis.literal(0).cast(MONEY)
    each = weeks.group_by("buyer").agg(
        purchases=weeks.occasion.nunique(),
        first_week=weeks.week.max(),
        last_week=weeks.week.min(),
        spend=weeks.amount.sum().cast(MONEY),
        spend_3m=ibis.coalesce(weeks.amount.sum(where=weeks.soon).cast(MONEY), nothing),
        spend_12m=ibis.coalesce(weeks.amount.sum(where=weeks.year).cast(MONEY), nothing),
    )
    return rows.inner_join(each, rows.customer_id == each.buyer).drop("buyer")


def _purchases(on: ValuationContext, day: date) -> ir.Table:
    """Purchases made and known by `day`."""
    t = on.ds["transactions"]
    known_on = ibis.coalesce(t.known_on, t.at_date)
    return t.filter(t.customer_id.notnull(), t.kind == "purchase", t.amount > 0, t.at_date <= day, known_on <= day)


def _back(t: ir.Table, day: date, length: int) -> ir.Value:
    """Spans of `length` days back from `day`; 0 is the one that ends on it."""
    return (ibis.literal(day).delta(t.at_date, unit="day") // length).cast("int32")


def _months_back(on: ValuationContext, at: int, months: int) -> date:
    """The first day of the month `months` before `at`."""
    return on.day(at - months - 1) + timedelta(days=1)
