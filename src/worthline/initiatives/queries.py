"""One row per randomised unit of an initiative, with what the months around its assignment brought. Ibis only.

Reads     a Dataset with treatments, and its panel.
Gives     `listed`: initiatives and arms with their counts; `arm_changes`, `repeats`: customers assigned more than once;
          `units`: one row per customer and month of assignment, with outcomes by horizon.
Method    outcomes are those of the whole months t + 1 .. t + H after the month t of the assignment, as everywhere in
          the house; who left brings nothing, 0 and not missing. Sums of money are sums of DECIMAL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.initiatives.outcomes import MONEY, OUTCOMES
from worthline.initiatives.record_ends import RecordEnds
from worthline.panel.treatments import assignments, brought_costs, with_lateness
from worthline.tables.fiscal import quarter_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

HORIZONS = (1, 3, 6, 12)
OTHERS = "not assigned"
"""Arm of customers who were here and never assigned: for initiatives without a control group."""
BEFORE = 12
"""Months before the assignment that covariates look back to."""
PROSPECT = "prospect"
"""State of the panel's months of people who had never been customers."""
WIDE = "decimal(38, 4)"
SUMMED = {"revenue": "price_paid", "margin": "margin", "orders": "purchases", "contacts": "contacts"}
"""Quantities of the panel that add up over the months of a horizon, with the outcome that is counted from each."""
KEPT_BY = frozenset({"retention", "balance"})
"""Outcomes that ask who is still a customer."""
COVARIATES_OF = ("margin", "orders", "contacts")
"""Those whose sum before the assignment narrows intervals."""


def listed(ds: Dataset) -> ir.Table:
    """Initiative and arm: rows, customers, first and last day, cost (below zero counts as 0), in order of their names.

    `unpriced` and `negative`: rows without a cost, and with one below zero.
    """
    rows = brought_costs(ds)
    return (
        rows.group_by("initiative", "arm")
        .agg(
            rows=rows.count(),
            customers=rows.customer_id.nunique(),
            first=rows.day.min(),
            last=rows.day.max(),
            cost=rows.cost.cast(WIDE).sum(where=rows.cost > 0).fill_null(0),
            unpriced=rows.cost.isnull().sum(),
            negative=(rows.cost < 0).sum().fill_null(0),
            clustered=rows.cluster.notnull().sum(),
        )
        .order_by("initiative", "arm")
    )


def arm_changes(ds: Dataset) -> ir.Table:
    """How often a customer's arm was followed by which arm in a later month: initiative, arm, next_arm, n."""
    rows = assignments(ds)
    rows = rows.group_by("initiative", "customer_id", "month").agg(arm=rows.arm.min())
    own = ibis.window(group_by=["initiative", "customer_id"], order_by="month")
    rows = rows.mutate(next_arm=rows.arm.lead().over(own))
    rows = rows.filter(rows.next_arm.notnull())
    return rows.group_by("initiative", "arm", "next_arm").agg(n=rows.count()).order_by("initiative", "arm", "next_arm")


def repeats(ds: Dataset, initiative: str) -> ir.Table:
    """The rows of `arm_changes` of one initiative: arm, next_arm, n."""
    rows = arm_changes(ds)
    return rows.filter(rows.initiative == initiative).drop("initiative").order_by("arm", "next_arm")


def with_others(ds: Dataset, panel: ir.Table, initiative: str, share: float) -> ir.Table:
    """Rows of `_monthly`, and as arm OTHERS a share of the customers who were here and never assigned, month by month.

    For initiatives without a control group: those with the smallest sha256 of customer and month are drawn.
    """
    rows = _monthly(ds, initiative)
    months = rows.select("month").distinct()
    here = panel.filter(panel.active).select("customer_id", before=panel.month)
    here = here.mutate(month=(here.before + ibis.interval(months=1)).cast("date"))
    here = here.semi_join(months, "month").anti_join(rows, "customer_id")
    key = here.customer_id.concat("|", here.month.cast("string")).hexdigest("sha256").substr(0, 8)
    here = here.filter(key < format(int(min(share, 0.999999) * 16**8), "08x"))
    blank, nothing = ibis.null("string"), ibis.literal(0).cast(WIDE)
    drawn = here.select(
        "customer_id",
        "month",
        arm=ibis.literal(OTHERS),
        arms=ibis.literal(1).cast("int64"),
        day=here.month,
        stratum=blank,
        cluster=blank,
        cost=nothing,
        late=ibis.literal(False),
        joined=ibis.literal(True),
    )
    return rows.select(*drawn.columns).union(drawn)


def others_there(ds: Dataset, panel: ir.Table, initiative: str) -> ir.Table:
    """One row: n, the customer-months that with_others draws from."""
    rows = _monthly(ds, initiative)
    months = rows.select("month").distinct()
    here = panel.filter(panel.active).select("customer_id", before=panel.month)
    here = here.mutate(month=(here.before + ibis.interval(months=1)).cast("date"))
    here = here.semi_join(months, "month").anti_join(rows, "customer_id")
    return here.agg(n=here.count())


def recorded(ds: Dataset, initiative: str, outcomes: Sequence[str], before: Sequence[str]) -> ir.Table:
    """One row per customer's first assignment, with the file's own columns as numbers, in order of customer.

    Columns as of `units`, as far as a file alone can say them; blank where a cell is no number.
    """
    rows = assignments(ds)
    rows = rows.filter(rows.initiative == initiative)
    own = ibis.window(group_by="customer_id", order_by=["day", "_file", "_line"])
    rows = rows.mutate(
        _place=ibis.row_number().over(own),
        arms=rows.arm.nunique().over(ibis.window(group_by="customer_id")),
        number=month_number(rows.month),
    )
    rows = rows.filter(rows._place == 0)
    numbers = {name: rows[name].try_cast("float64") for name in (*outcomes, *before)}
    return rows.select(
        "customer_id",
        "arm",
        "month",
        "number",
        "day",
        "stratum",
        "cluster",
        "arms",
        cost=rows.cost.cast(WIDE),
        has_panel=ibis.literal(True),
        was_active=ibis.literal(True),
        was_prospect=ibis.literal(False),
        **numbers,
    ).order_by("customer_id")


def monthly(ds: Dataset, initiative: str) -> ir.Table:
    """One row per customer and month of assignment."""
    return _monthly(ds, initiative)


def units(
    rows: ir.Table,
    panel: ir.Table,
    *,
    ends: RecordEnds,
    is_first_only: bool,
    quarters: Sequence[Quarter] = (),
    horizons: Sequence[int] = HORIZONS,
    outcomes: Collection[str] = tuple(OUTCOMES),
    has_service: bool = True,
) -> ir.Table:
    """One row per unit, in order of customer and month; `rows`: of `monthly` or `with_others`.

    `ends`: the months that are read, and those that money and contacts are known for.
    `is_first_only`: a customer's first assignment is the unit, whatever
    came later. `quarters`: margin, cost to serve and seconds of staff time after the assignment are also given by
    quarter, as margin_in_<place>, cost_in_<place> and seconds_in_<place>; the latter two with `has_service` alone.
    `horizons`, `outcomes`: those that are asked for; columns of others are left out.
    Columns: customer_id, arm, month, number (of the month, since year 0), day, stratum, cluster, cost, arms (of the
    same month), has_panel, was_active (at the end of the month before, or of its own; not gone by the day),
    was_prospect (never a customer up to the day), tenure, score_before, answers_before; began_<H>, kept_<H>,
    months_<H>, score_<H>, answered_<H>; and of each of SUMMED
    <name>_<H>, of COVARIATES_OF <name>_before, and margin_to_date. Sums are exact and come as numbers.
    """
    if is_first_only:
        own = ibis.window(group_by="customer_id", order_by="month")
        rows = rows.mutate(_place=ibis.row_number().over(own), cost=rows.cost.sum().over(group_by="customer_id"))
        rows = rows.filter(rows._place == 0).drop("_place")
    rows = rows.mutate(number=month_number(rows.month))
    lived = panel.mutate(_month=month_number(panel.month), _who=panel.customer_id)
    lived = lived.filter(lived["_month"] <= ends.last).select(
        "_who",
        "_month",
        "active",
        "state",
        "tenure_months",
        "last_score",
        "answers",
        "handle_seconds",
        "cost_to_serve",
        *SUMMED,
    )
    kept = rows.select("customer_id", "month", "number", "late", "joined")
    joined = kept.left_join(lived, [kept.customer_id == lived._who])
    offset = joined._month - joined.number
    measures = _measures(joined, offset, horizons, outcomes)
    earned, served = joined["_month"] <= ends.of(MONEY), joined["_month"] <= ends.of("interactions")
    measures["margin_to_date"] = joined.margin.sum(where=(offset >= 1) & earned).cast("float64")
    for place, quarter in enumerate(quarters):
        inside = (offset >= 1) & (joined._month >= quarter.first) & (joined._month <= quarter.last)
        measures[f"margin_in_{place}"] = joined.margin.sum(where=inside & earned).cast("float64")
        if not has_service:
            continue
        measures[f"cost_in_{place}"] = joined.cost_to_serve.sum(where=inside & served).cast("float64")
        measures[f"seconds_in_{place}"] = joined.handle_seconds.sum(where=inside & served)
    # Grouped by what names a unit alone: more keys would be compared for every month of every customer.
    keys = ("customer_id", "month")
    measured = joined.group_by(*keys).agg(**measures)
    first = ["customer_id", "arm", "month", "number", "day", "stratum", "cluster", "cost", "arms", "late", "joined"]
    return rows.select(*first).inner_join(measured, keys).select(*first, *measures).order_by(*keys)


def blocks(rows: ir.Table, size: int) -> ir.Table:
    """The first customer of each block of so many, in order; `rows`: of `monthly`."""
    who = rows.select("customer_id").distinct()
    who = who.mutate(_place=ibis.row_number().over(ibis.window(order_by="customer_id")))
    return who.filter(who._place % size == 0).select("customer_id").order_by("customer_id")


def within(rows: ir.Table, first: str, before: str | None) -> ir.Table:
    """Rows of the customers from `first` on, and before another one."""
    rows = rows.filter(rows.customer_id >= first)
    return rows if before is None else rows.filter(rows.customer_id < before)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A fiscal quarter: its name, and the numbers (since year 0) of its first and last month that the record holds."""

    name: str
    first: int
    last: int
    is_complete: bool

    @property
    def year(self) -> str:
        """The fiscal year that it is of."""
        return self.name.split()[0]


def fiscal_quarters(first: date, last: date, fiscal_year_start: int) -> list[Quarter]:
    """Quarters of the months first .. last; a fiscal year bears the number of the calendar year in which it ends."""
    quarters: dict[str, Quarter] = {}
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, quarter, month_of_quarter = quarter_of(month, fiscal_year_start)
        name = f"{year} Q{quarter}"
        begins = quarters[name].first if name in quarters else month
        quarters[name] = Quarter(name, begins, month, month_of_quarter == 2)
    return list(quarters.values())


def known_to(quarters: Sequence[Quarter], last: int) -> list[Quarter]:
    """Those of which something is known by month `last`; the one that it cuts short is not complete."""
    return [
        quarter if quarter.last <= last else replace(quarter, last=last, is_complete=False)
        for quarter in quarters
        if quarter.first <= last
    ]


def _monthly(ds: Dataset, initiative: str) -> ir.Table:
    """One row per customer and month of assignment; where a month holds several arms, `arms` says how many."""
    rows = assignments(ds)
    rows = with_lateness(ds, rows.filter(rows.initiative == initiative))
    return rows.group_by("customer_id", "month").agg(
        arm=rows.arm.min(),
        arms=rows.arm.nunique(),
        day=rows.day.min(),
        stratum=rows.stratum.min(),
        cluster=rows.cluster.min(),
        cost=rows.cost.cast(WIDE).sum(),
        late=rows.is_late.max(),
        joined=rows.has_joined.max(),
    )


def with_first_days(rows: ir.Table, ds: Dataset, first: date) -> ir.Table:
    """Rows of `monthly` in which `joined` also says who bought, or began to pay, in the month and up to the day.

    Before the first month of the panel nobody knows who had bought: all of these count as having joined.
    """
    rows = rows.mutate(joined=rows.joined | (rows.month < ibis.literal(first)))
    began = [
        ds[table].filter(ds[table][day].notnull()).select(_who="customer_id", _day=day)
        for table, day in (("transactions", "at_date"), ("subscriptions", "started_on"))
        if table in ds.tables
    ]
    if not began:
        return rows
    days = ibis.union(*began) if len(began) > 1 else began[0]
    own_rows = rows.select("customer_id", "month", "day")
    both = own_rows.inner_join(days, [own_rows.customer_id == days["_who"]])
    both = both.filter(both["_day"] >= both.month, both["_day"] <= both.day)
    both = both.select("customer_id", "month", _began=ibis.literal(True)).distinct()
    joined = rows.left_join(both, ("customer_id", "month"))
    joined = joined.mutate(joined=joined.joined | joined["_began"].fill_null(False))
    return joined.drop("_began", "customer_id_right", "month_right")


def month_number(day: ir.DateValue) -> ir.IntegerValue:
    """A day's month, counted from year 0."""
    return day.year().cast("int64") * 12 + day.month().cast("int64") - 1


def _measures(
    rows: ir.Table, offset: ir.IntegerValue, horizons: Sequence[int], outcomes: Collection[str]
) -> dict[str, ir.Value]:
    after, before = offset >= 1, (offset < 0) & (offset >= -BEFORE)
    found: dict[str, ir.Value] = {
        "has_panel": rows._who.count() > 0,
        "was_active": (((offset >= -1) & (offset <= 0) & rows.active).sum() > 0)
        & (~rows.late.max() | (((offset == 0) & rows.active).sum() > 0)),
        "was_prospect": (((offset < 0) & (rows.state != PROSPECT)).sum() == 0) & ~rows.joined.max(),
        "tenure": (offset == -1).ifelse(rows.tenure_months, ibis.null("int32")).max(),
        "score_before": (offset == -1).ifelse(rows.last_score, ibis.null("float64")).max(),
        "answers_before": rows.answers.sum(where=before).fill_null(0),
    }
    for horizon in horizons:
        if "first_purchase" in outcomes:
            found[f"began_{horizon}"] = ((offset >= 0) & (offset <= horizon) & rows.active).sum() > 0
        if not KEPT_BY.isdisjoint(outcomes):
            found[f"kept_{horizon}"] = ((offset == horizon) & rows.active).sum() > 0
        if "price_paid" in outcomes:
            found[f"months_{horizon}"] = ((offset >= 1) & (offset <= horizon) & rows.active).sum()
        if "next_score" in outcomes:
            found[f"score_{horizon}"] = (offset == horizon).ifelse(rows.last_score, ibis.null("float64")).max()
            found[f"answered_{horizon}"] = rows.answers.sum(where=after & (offset <= horizon)).fill_null(0) > 0
    for name, outcome in SUMMED.items():
        is_money = name in ("revenue", "margin")
        value = rows[name] if is_money else rows[name].cast("int64")
        asked = horizons if outcome in outcomes else ()
        spans = {f"{name}_{horizon}": after & (offset <= horizon) for horizon in asked}
        if name in COVARIATES_OF:
            spans[f"{name}_before"] = before
        for column, span in spans.items():
            found[column] = value.sum(where=span).cast("float64")
    return found
