"""From a company's tables to sparse facts: one row per customer, month and source. Ibis only.

Reads     a Dataset.
Gives     `customers` (numbered in order of customer_id) and `facts` (columns: layout.SLOTS).
Method    a fact counts in the month in which it became known: the later of the month it happened and the
          month of known_on. Money is summed as DECIMAL, counts as integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce

import ibis
import ibis.expr.types as ir

from worthline.panel import bookings
from worthline.panel.bookings import MONEY, PLAN_CHANGE
from worthline.panel.layout import LAYOUT, LEAD, SLOTS, SOURCES
from worthline.results import Dataset
from worthline.tables import TABLES, Kind
from worthline.tables.scales import Scale


@dataclass(frozen=True, slots=True)
class Calendar:
    """Months as numbers: 0 is `LEAD` months before the first published one."""

    first: date
    as_of: date
    scales: tuple[Scale, ...] = ()
    """Scales on which scores are kept, in the order of their numbers."""

    @property
    def base(self) -> int:
        """What month 0 is in months since year 0."""
        return _months(self.first) - LEAD

    @property
    def months(self) -> int:
        """Published months."""
        return _months(self.as_of) - _months(self.first) + 1

    def number(self, day: ir.DateValue) -> ir.IntegerValue:
        """The number of a day's month."""
        return (day.year().cast("int32") * 12 + day.month().cast("int32") - (self.base + 1)).cast("int32")

    def day(self, number: ir.IntegerValue) -> ir.DateValue:
        """The first day of a month given by its number."""
        months = number.cast("int64") + self.base
        return ibis.date((months // 12).cast("int32"), (months % 12 + 1).cast("int32"), 1)


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def customers(ds: Dataset) -> ir.Table:
    """Every customer once: customer_id, `customer` (its number), when there was a first trace of it."""
    t = ds["customers"]
    joined, left = t.joined_on, t.left_on
    if ds.settings.setting == "contractual" and not ds.has("customers", "joined_on"):
        # Nothing says since when: whoever is listed is a customer since the first trace, or on the as-of date alone.
        here = ibis.coalesce(t.first_seen, ibis.literal(ds.settings.as_of))
        joined = (~t.derived).ifelse(here, None)
    first = _first_known(ds) if _brings_known_at(ds) else t.select("customer_id", starts_on=t.first_seen)
    numbered = t.select(
        "customer_id",
        customer=ibis.row_number().over(order_by=t.customer_id.asc(nulls_first=True)).cast("int32"),
        joined_on=joined,
        left_on=left,
        joins_on=_later(joined, t.joined_known_on),
        leaves_on=_later(left, t.left_known_on),
    )
    return numbered.left_join(first, "customer_id").select(
        *(numbered[c] for c in numbered.columns), starts_on=first.starts_on
    )


def _later(day: ir.DateValue, known: ir.DateValue) -> ir.DateValue:
    """The later of both; null where there is no such day, the day where known_on is null (always known)."""
    return day.isnull().ifelse(None, ibis.greatest(day, known.fill_null(day)))


def _brings_known_at(ds: Dataset) -> bool:
    return any("known_at" in columns for columns in ds.brought.values())


def happened_on(name: str, t: ir.Table) -> ir.DateValue | None:
    """The local date on which a row of the table called `name` happened; None where its rows have none."""
    spec = TABLES.get(name)
    if spec is None or spec.happened is None:
        return None
    instant = spec.column(spec.happened).kind is Kind.INSTANT
    return t[f"{spec.happened}_date" if instant else spec.happened]


def traces(ds: Dataset) -> ir.Table:
    """Every dated row of every table that names a customer: customer_id, `happened`, `day` it became known."""
    sources = []
    for name in sorted(ds.tables):
        t, happened = ds[name], happened_on(name, ds[name])
        if happened is None or "customer_id" not in t.columns:
            continue
        known = t.joined_known_on if name == "customers" else t.known_on
        rows = t.select(customer_id=t.customer_id, day=_later(happened, known), happened=happened)
        sources.append(rows.filter(rows.customer_id.notnull(), rows.day.notnull()))
    return reduce(lambda one, other: one.union(other), sources)


def _first_known(ds: Dataset) -> ir.Table:
    t = traces(ds)
    return t.group_by("customer_id").agg(starts_on=t.day.min())


def facts(ds: Dataset, numbered: ir.Table, calendar: Calendar) -> ir.Table:
    """All sources in one sparse table, without the customers' own rows (see `who`)."""
    parts = [part for source in _SOURCES if source in ds.tables for part in _SOURCES[source](ds, numbered, calendar)]
    if not parts:
        return who(numbered, calendar).limit(0)
    return reduce(lambda one, other: one.union(other), parts)


def who(numbered: ir.Table, calendar: Calendar) -> ir.Table:
    """The customers' own rows: one a customer, month 0. Without any date a customer starts in the last month."""
    t, last = numbered, ibis.literal(calendar.as_of)
    starts = ibis.coalesce(t.starts_on, last)
    return _slots(
        t.mutate(
            month=0,
            starts=ibis.greatest(calendar.number(starts), 0),
            leaves=(t.leaves_on <= last).ifelse(calendar.number(t.leaves_on), None),
            joins=(t.joins_on <= last).ifelse(calendar.number(t.joins_on), None),
            since=calendar.number(t.joined_on),
        ),
        "customers",
    )


def _slots(t: ir.Table, source: str) -> ir.Table:
    """`t` in the columns of the facts table, slots that the source does not use null."""
    named = {slot: t[quantity] for quantity, slot in LAYOUT[source].items() if quantity in t.columns}
    named |= {"customer": t.customer, "month": t.month, "source": ibis.literal(SOURCES.index(source))}
    return t.select(
        **{
            slot: (named[slot].cast(kind) if slot in named else ibis.null(kind)).name(slot)
            for slot, kind in SLOTS.items()
        }
    )


def _of_customers(t: ir.Table, numbered: ir.Table) -> ir.Table:
    """`t` with each row's `customer`; rows of nobody known are left out."""
    keys = numbered.select("customer_id", "customer")
    return t.filter(t.customer_id.notnull()).inner_join(keys, "customer_id")


def _flag(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.fill_null(False).ifelse(1, 0).cast("int32")


def _transactions(ds: Dataset, numbered: ir.Table, calendar: Calendar) -> list[ir.Table]:
    t = _of_customers(bookings.booked(ds), numbered)
    earns = ds.settings.revenue_from == "transactions"
    back = (t.amount < 0) & ~t.kind.isin(("purchase", PLAN_CHANGE))
    t = t.mutate(
        month=calendar.number(_later(t.at_date, t.known_on)),
        revenue=t.amount,
        margin=bookings.margin(ds, t) if earns else ibis.null(MONEY),
        refunds=back.ifelse(t.amount, ibis.literal(0).cast(MONEY)),
        order=_flag(bookings.is_order(t)),
    )
    t = t.mutate(unpriced=_flag(t.margin.isnull()))
    receipts = bookings.with_receipts(ds, t)
    if receipts is not None:
        t = _receipts(receipts)
    early = ibis.greatest(t.month, -1)
    in_month = t.group_by(customer=t.customer, month=early).agg(
        **({"revenue": t.revenue.sum(), "margin": t.margin.sum()} if earns else {}),
        refunds=t.refunds.sum(),
        orders=t.order.sum(),
        unpriced=t.unpriced.sum(),
        first=(t.order > 0).ifelse(t.month, None).min(),
        last=(t.order > 0).ifelse(t.month, None).max(),
    )
    return [_slots(in_month, "transactions")]


def _receipts(t: ir.Table) -> ir.Table:
    """Lines of one receipt in one month as one row."""
    return t.group_by("customer", "month", *bookings.RECEIPT).agg(
        revenue=t.revenue.sum().cast(MONEY),
        margin=t.margin.sum().cast(MONEY),
        refunds=t.refunds.sum().cast(MONEY),
        order=t.order.max(),
        unpriced=t.unpriced.sum().cast("int32"),
    )


def _interactions(ds: Dataset, numbered: ir.Table, calendar: Calendar) -> list[ir.Table]:
    t = _of_customers(contact_rows(ds), numbered)
    t = t.mutate(
        month=calendar.number(_later(t.at_date, t.known_on)),
        cost=contact_cost(ds, t),
        wait=t.wait_seconds.cast(MONEY),
        handle=t.handle_seconds.cast(MONEY),
        unresolved=_flag(~t.resolved),
    )
    t = t.mutate(uncosted=_flag(t.cost.isnull()))
    in_month = t.group_by(customer=t.customer, month=ibis.greatest(t.month, -1)).agg(
        cost=t.cost.sum(),
        wait=t.wait.sum(),
        handle=t.handle.sum(),
        contacts=t.count(),
        unresolved=t.unresolved.sum(),
        uncosted=t.uncosted.sum(),
        last=t.month.max(),
    )
    return [_slots(in_month, "interactions")]


def contact_rows(ds: Dataset) -> ir.Table:
    """The interactions that were contacts; those that befell a customer (kind: experience) are none."""
    t = ds["interactions"]
    return t.filter(t.kind.fill_null("contact") == "contact")


def contact_cost(ds: Dataset, t: ir.Table) -> ir.DecimalValue:
    """What a contact cost: as brought, else handle time at the cost of staff, else the declared cost of one."""
    settings, cost = ds.settings, t.cost
    if settings.staff_hour_cost is not None:
        a_second = bookings.cost_of_a_second(settings.staff_hour_cost)
        time = bookings.ten_thousandths(t.handle_seconds.cast(MONEY))
        cost = cost.fill_null(bookings.quotient(time * a_second.numerator, ibis.literal(a_second.denominator)))
    if settings.contact_cost is not None:
        cost = cost.fill_null(ibis.literal(Decimal(settings.contact_cost), type=MONEY))
    return cost


def knows_cost(ds: Dataset) -> bool:
    """Whether anything says what a contact costs."""
    settings = ds.settings
    timed = settings.staff_hour_cost is not None and ds.has("interactions", "handle_seconds")
    return (
        ds.has("interactions", "cost") or timed or (settings.contact_cost is not None and "interactions" in ds.tables)
    )


def answers_by_scale(ds: Dataset, calendar: Calendar) -> ir.Table | None:
    """Answers to the company's question by month and scale, whoever gave them; None without a question."""
    metric = ds.settings.score_metric
    if metric is None or "feedback" not in ds.tables:
        return None
    t = ds["feedback"]
    t = t.filter(t.metric.lower() == metric.lower(), t.score.notnull())
    month = ibis.greatest(calendar.number(_later(t.at_date, t.known_on)), -1)
    t = t.select(month=month, low=t.scale_low, high=t.scale_high)
    return t.group_by("month", "low", "high").agg(n=t.count())


def _feedback(ds: Dataset, numbered: ir.Table, calendar: Calendar) -> list[ir.Table]:
    metric = ds.settings.score_metric
    if metric is None:
        return []
    t = _of_customers(ds["feedback"], numbered)
    t = t.filter(
        t.metric.lower() == metric.lower(),
        t.respondent.fill_null("customer") == "customer",
        t.score.notnull(),
    )
    t = t.mutate(month=calendar.number(_later(t.at_date, t.known_on)))
    t = t.mutate(slot=ibis.greatest(t.month, -1))
    in_month = t.group_by(customer=t.customer, month=t.slot).agg(answers=t.count())
    return [_slots(in_month, "feedback"), *(_slots(s, "scores") for s in _scores(ds, t, calendar.scales))]


def _scores(ds: Dataset, answered: ir.Table, scales: tuple[Scale, ...]) -> Iterator[ir.Table]:
    """On each of `scales`, the latest answer of each customer's months."""
    for number, (low, high) in enumerate(scales):
        t = answered
        t = t.filter(t.scale_low.identical_to(ibis.literal(low, "float64")))
        t = t.filter(t.scale_high.identical_to(ibis.literal(high, "float64")))
        t = t.mutate(latest=t["at"])
        if ds.has("feedback", "known_at"):
            # An answer that became known late does not replace a later one that was known before.
            so_far = ibis.range_window(group_by=t.customer, order_by=t.month, following=0)
            t = t.mutate(latest=t["at"].max().over(so_far))
        order = [t.month.desc(), t["at"].desc(), t.feedback_id.desc(), t._file.desc(), t._line.desc()]
        fresh = (t["at"] == t.latest).ifelse(1, 0)
        rank = ibis.row_number().over(group_by=[t.customer, t.slot], order_by=[fresh.desc(), *order])
        t = t.mutate(chosen=((rank == 0) & (fresh == 1)).ifelse(t.score, None))
        yield t.group_by(customer=t.customer, month=t.slot).agg(score=t.chosen.max()).mutate(scale=number)


def _subscriptions(ds: Dataset, numbered: ir.Table, calendar: Calendar) -> list[ir.Table]:
    t = _of_customers(ds["subscriptions"], numbered)
    last = ibis.literal(calendar.as_of)
    after = last + ibis.interval(days=1)
    ends = ibis.least(ibis.coalesce(t.ended_on, after), after)
    start, known = calendar.number(t.started_on), calendar.number(_later(t.started_on, t.known_on))
    t = t.mutate(ends=ends, start=start, known=known, stops=calendar.number(ends))
    t = t.mutate(stops=(t.ends == after).ifelse(calendar.number(last) + 1, t.stops)).filter(t.ends > t.started_on)
    return [_slots(_running(ds, t, calendar), "subscriptions"), _slots(_first_running(t), "subscriptions")]


def _first_running(t: ir.Table) -> ir.Table:
    """The first month on whose last day a subscription ran, as it was known; stands in month -1."""
    t = t.filter(t.known < t.stops)
    return t.group_by("customer").agg(first=t.known.min()).mutate(month=-1)


def _running(ds: Dataset, t: ir.Table, calendar: Calendar) -> ir.Table:
    """Each month of each term: what it earned by the day, and whether it ran on the month's last day."""
    lowest = (t.known >= 0).ifelse(t.start, ibis.greatest(t.start, 0))
    final = calendar.number(t.ends - ibis.interval(days=1)) + 1
    t = t.mutate(at_month=ibis.range(lowest, final).unnest())
    t = t.mutate(
        month=ibis.greatest(t.at_month, t.known),
        runs=_flag((t.at_month >= t.known) & (t.at_month < t.stops)),
        revenue=bookings.fee_by_day(t, calendar.day(t.at_month), calendar.day(t.at_month + 1)),
    )
    earned: dict[str, ir.Value] = {}
    if ds.settings.revenue_from == "subscriptions":
        earned["revenue"] = t.revenue.sum()
        if ds.settings.margin is not None:
            earned["margin"] = bookings.share_of(t.revenue, ds.settings.margin).sum()
    return t.group_by("customer", "month").agg(runs=t.runs.sum(), **earned)


_SOURCES: dict[str, Callable[[Dataset, ir.Table, Calendar], list[ir.Table]]] = {
    "transactions": _transactions,
    "subscriptions": _subscriptions,
    "interactions": _interactions,
    "feedback": _feedback,
}
