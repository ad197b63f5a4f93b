"""What customers do and bring: who is here, revenue, margin, profit, purchases.

Reads     the panel (who is active), revenue, orders and fees by month, what contacts cost.
Gives     Values of the families customers, money, purchases and growth, by month and over twelve months.
Method    METHODS 2. Money is counted in the month it belongs to (finance's view), not in the month it became
          known as in the panel. Intervals of churn and retention: Wilson.
Assumes   a customer's segment, region, channel and location are today's; revenue without a customer counts
          for the company and for the member "(unknown)".
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from worthline.metrics import growth, revenue
from worthline.metrics.dimensions import ALL, brought_dimensions, month_of, with_customer
from worthline.metrics.growth import by_member
from worthline.metrics.monthly_sums import Member, MonthlySums, Sums, last_month, tally
from worthline.metrics.periods import Periods, Window, periods
from worthline.metrics.values import Value
from worthline.panel.bookings import PLAN_CHANGE, booked
from worthline.panel.calendar import last_complete
from worthline.panel.facts import contact_cost, contact_rows
from worthline.panel.leaving import first_month_with_leaving
from worthline.results import Compute, Dataset
from worthline.stats.intervals import wilson
from worthline.tables.time import add_months

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPANY: Member = (ALL, ALL)
FLOWS = {"customers_new": "joined", "customers_lost": "left", "customers_returned": "returned"}


def compute(ds: Dataset, panel: ir.Table, rooms: Compute) -> list[Value]:
    """Every hard metric that the company's tables switch on."""
    when = periods(ds, panel, rooms)
    ordered = _tally_orders(ds, rooms) if "transactions" in ds.tables else None
    leaving_seen_from = _leaving_seen_from(ds, panel, ordered, rooms)
    values = _customers(ds, panel, ordered, when, rooms, leaving_seen_from)
    if ordered is not None:
        values += _purchases(ds, ordered, when, rooms)
    if "subscriptions" in ds.tables:
        values += _fees(ds, when, rooms)
    rows, months = revenue.facts(ds), revenue.by_month(ds, rooms)
    if rows is not None and months is not None:
        earned = _tally_revenue(rows, ds, rooms)
        values += _money(ds, earned, when, rooms)
        values += growth.compute(ds, months, earned, when, rooms, leaving_seen_from)
    return values


def _keyed(rows: ir.Table, ds: Dataset) -> ir.Table:
    """Rows as a tally wants them, under one key, with their customer's dimensions."""
    return with_customer(rows, ds, brought_dimensions(ds)).mutate(key=ibis.literal(""))


def _sure(monthly_sums: MonthlySums, member: Member, window: Window) -> Sums | None:
    """The sums of a window within the data, for the company or a member of whom there is any; else None."""
    sums = monthly_sums.over("", member, window)
    return sums if monthly_sums.covers(window) and (member == COMPANY or any(sums.values())) else None


# ------------------------------------------------------------------------------------------- customers


def _customers(
    ds: Dataset,
    panel: ir.Table,
    ordered: MonthlySums | None,
    when: Periods,
    rooms: Compute,
    leaving_seen_from: date | None,
) -> list[Value]:
    """Who is here, came, left; `leaving_seen_from`: the first month in which leaving can be seen."""
    rows = panel.select("customer_id", "month", "state", "active", "joined", "left", "returned")
    rows = _keyed(rows, ds)
    measures = {
        "active": rows.active.sum(),
        "prospects": (rows.state == "prospect").sum(),
        **{flag: rows[flag].sum() for flag in FLOWS.values()},
        "stayed": (rows.active & ~rows.joined & ~rows.returned).sum(),
    }
    monthly_sums = tally("hard__customers", rows, brought_dimensions(ds), measures, ds, rooms)
    values = []
    for member in monthly_sums.members(""):
        for window in when.all:
            sums = _sure(monthly_sums, member, window)
            if sums is not None or member == COMPANY:
                values += _counted(sums, window, member, _unknown(ds, ordered, window, leaving_seen_from))
        for month in when.months:
            sums = monthly_sums.over("", member, month)
            is_known = _sees(leaving_seen_from, month) and _goes_on(ds, ordered, month.last)
            values += _kept(int(sums["stayed"]), int(sums["left"]) if is_known else None, month, member)
    return values + _kept_a_year(ds, panel, ordered, when, rooms, leaving_seen_from)


def _counted(sums: Sums | None, window: Window, member: Member, unknown: frozenset[str]) -> list[Value]:
    counts = dict(FLOWS)
    if len(window.months()) == 1:
        counts |= {"customers_active": "active", "prospects": "prospects"}
    values = {name: None if sums is None or name in unknown else int(sums[m]) for name, m in counts.items()}
    return [Value(name, window.name, *member, count, n=count or 0) for name, count in values.items()]


def _unknown(
    ds: Dataset, ordered: MonthlySums | None, window: Window, leaving_seen_from: date | None
) -> frozenset[str]:
    """Counts that are not known of a window, as leaving cannot be seen in it.

    Who was here is known from the end of the month before leaving is first seen: those who left earlier are in no
    file, and so are those who came and left. Where nobody is recorded as gone, the customers listed are counted as
    they are. Where nobody signs, who is here is taken as known from a year of purchases on, and new or returned
    customers only once purchases reach back the months of lapse.
    """
    moved = _sees(leaving_seen_from, window)
    if ds.settings.setting == "contractual":
        survivors = leaving_seen_from is not None and window.last < add_months(leaving_seen_from, -1)
        unknown_flows = (
            frozenset()
            if moved
            else frozenset(FLOWS) - ({"customers_new"} if leaving_seen_from is None else frozenset())
        )
        return unknown_flows | frozenset(("customers_active",) if survivors else ())
    first = None if ordered is None else ordered.starts.get("")
    year_back = add_months(window.last, 1 - min(ds.settings.lapse_months or 1, 12))
    goes_on = _goes_on(ds, ordered, window.last)
    is_covered = first is not None and first <= year_back and goes_on
    return frozenset(() if is_covered else ("customers_active",)) | frozenset(() if moved and goes_on else FLOWS)


def _leaving_seen_from(ds: Dataset, panel: ir.Table, ordered: MonthlySums | None, rooms: Compute) -> date | None:
    """The first month in which leaving can be seen; None where it never can.

    As recorded; where nobody signs a contract, the months of lapse after the first purchase.
    """
    if ds.settings.setting == "contractual":
        return first_month_with_leaving(panel, rooms)
    first = None if ordered is None else ordered.starts.get("")
    return None if first is None else add_months(first, ds.settings.lapse_months or 1)


def _sees(leaving_seen_from: date | None, window: Window) -> bool:
    """Whether leaving can be seen in every month of a window."""
    return leaving_seen_from is not None and leaving_seen_from <= window.first


def _kept(stayed: int, leavers: int | None, window: Window, member: Member) -> list[Value]:
    """Retention and churn of those who were here before; `left` is None where that cannot be known."""
    n = 0 if leavers is None else stayed + leavers
    if leavers is None or n == 0:
        return [Value(m, window.name, *member, None, n=0) for m in ("retention", "logo_churn") if member == COMPANY]
    return [
        Value("retention", window.name, *member, stayed / n, *wilson(stayed, n), n),
        Value("logo_churn", window.name, *member, leavers / n, *wilson(leavers, n), n),
    ]


def _goes_on(ds: Dataset, ordered: MonthlySums | None, month: date) -> bool:
    """Whether purchases go on to `month`; one that as_of cuts short need not have any yet."""
    if ds.settings.setting == "contractual":
        return True
    ends = None if ordered is None else ordered.ends
    return ends is not None and min(month, last_complete(ds.settings.as_of)) <= ends


def _kept_a_year(
    ds: Dataset,
    panel: ir.Table,
    ordered: MonthlySums | None,
    when: Periods,
    rooms: Compute,
    leaving_seen_from: date | None,
) -> list[Value]:
    """Of those active at the end of the month before the window, who is active at its end."""
    values = []
    for window in when.years:
        base = add_months(window.first, -1)
        is_known = _sees(leaving_seen_from, window) and _goes_on(ds, ordered, window.last)
        if base < when.months[0].first or not is_known:
            values += _kept(0, None, window, COMPANY)
            continue
        then = panel.filter(panel.month == base, panel.active).select("customer_id")
        now = panel.filter(panel.month == window.last).select(_who="customer_id", still="active")
        rows = with_customer(then, ds, brought_dimensions(ds))
        rows = rows.left_join(now, [rows.customer_id == now["_who"]])
        measures = {"n": rows.count(), "stayed": rows.still.sum()}
        for member, sums in sorted(by_member(rows, brought_dimensions(ds), measures, rooms).items()):
            values += _kept(int(sums["stayed"]), int(sums["n"] - sums["stayed"]), window, member)
    return values


# ------------------------------------------------------------------------------------------- money


def _tally_revenue(rows: ir.Table, ds: Dataset, rooms: Compute) -> MonthlySums:
    rows = _keyed(rows, ds)
    measures = {
        "n": rows.count(),
        "revenue": rows.amount.sum(),
        "margin": rows.margin.sum(),
        "unpriced": rows.margin.isnull().sum(),
        "nobody": rows.amount.sum(where=rows.customer_id.isnull()),
    }
    ends = last_month(ds, "transactions", rooms) if ds.settings.revenue_from == "transactions" else None
    return tally("hard__revenue", rows, brought_dimensions(ds), measures, ds, rooms, ends=ends)


def _tally_contacts(ds: Dataset, rooms: Compute) -> MonthlySums:
    """What contacts cost, by the customer's own dimensions, so that it can be set against margin."""
    t = contact_rows(ds)
    rows = t.select("customer_id", month=month_of(t.at_date), price=contact_cost(ds, t))
    rows = _keyed(rows, ds)
    measures = {"n": rows.count(), "priced": rows.price.notnull().sum(), "cost": rows.price.sum()}
    ends = last_month(ds, "interactions", rooms)
    return tally("hard__contacts", rows, brought_dimensions(ds), measures, ds, rooms, ends=ends)


def _money(ds: Dataset, earned: MonthlySums, when: Periods, rooms: Compute) -> list[Value]:
    contacts = _tally_contacts(ds, rooms) if "interactions" in ds.tables else None
    values = []
    for member in earned.members(""):
        for window in when.all:
            sums = _sure(earned, member, window)
            if sums is None and member != COMPANY:
                continue
            margin = None if sums is None or sums["unpriced"] else Decimal(sums["margin"])
            revenue_sum = Decimal(sums["revenue"]) if sums else None
            share = float(margin / revenue_sum) if margin is not None and revenue_sum and revenue_sum > 0 else None
            money = {"revenue": revenue_sum, "margin": margin, "margin_share": share}
            if contacts is not None:
                money["profit"] = _profit(margin, contacts, window, member)
            if member == COMPANY:
                money["revenue_without_customer"] = Decimal(sums["nobody"]) if sums else None
            n = int(sums["n"]) if sums else 0
            values += [Value(name, window.name, *member, amount, n=n) for name, amount in money.items()]
    return values


def _profit(margin: Decimal | None, contacts: MonthlySums, window: Window, member: Member) -> Decimal | None:
    """Margin less what contacts cost; undefined where there were contacts and none has a cost."""
    sums = contacts.over("", member, window)
    if margin is None or not contacts.covers(window) or (sums["n"] and not sums["priced"]):
        return None
    return margin - Decimal(sums["cost"])


def _fees(ds: Dataset, when: Periods, rooms: Compute) -> list[Value]:
    rows = _keyed(revenue.running_fees(ds), ds)
    measures = {"n": rows.count(), "fees": rows.fee.sum()}
    fee_sums = tally("hard__fees", rows, brought_dimensions(ds), measures, ds, rooms)
    values = []
    for member in fee_sums.members(""):
        for month in when.months:
            sums = _sure(fee_sums, member, month)
            if sums is not None or member == COMPANY:
                fees, n = (Decimal(sums["fees"]), int(sums["n"])) if sums else (None, 0)
                values.append(Value("mrr", month.name, *member, fees, n=n))
    return values


# ------------------------------------------------------------------------------------------- purchases


def _tally_orders(ds: Dataset, rooms: Compute) -> MonthlySums:
    rows = _keyed(revenue.orders(ds), ds)
    measures = {"orders": rows.count(), "paid": rows.amount.sum()}
    ends = last_month(ds, "transactions", rooms)
    return tally("hard__orders", rows, brought_dimensions(ds), measures, ds, rooms, ends=ends)


def _tally_refunds(ds: Dataset, rooms: Compute) -> MonthlySums:
    t = booked(ds)
    t = t.filter(~t.kind.lower().isin(("purchase", PLAN_CHANGE)), t.amount < 0)
    rows = _keyed(t.select("customer_id", "amount", month=month_of(t.at_date)), ds)
    return tally("hard__refunds", rows, brought_dimensions(ds), {"back": rows.amount.sum()}, ds, rooms)


def _purchases(ds: Dataset, ordered: MonthlySums, when: Periods, rooms: Compute) -> list[Value]:
    refunds = _tally_refunds(ds, rooms)
    values = []
    for member in ordered.members(""):
        for window in when.all:
            sums = _sure(ordered, member, window)
            if sums is None and member != COMPANY:
                continue
            n, paid = (int(sums["orders"]), Decimal(sums["paid"])) if sums else (0, Decimal(0))
            back = Decimal(refunds.over("", member, window)["back"])
            values += [
                Value("orders", window.name, *member, n if sums else None, n=n),
                Value("basket", window.name, *member, paid / n if n else None, n=n),
                Value("refunds_share", window.name, *member, float(-back / paid) if paid else None, n=n),
            ]
    return values + _frequency(ds, ordered, when, rooms)


def _frequency(ds: Dataset, ordered: MonthlySums, when: Periods, rooms: Compute) -> list[Value]:
    """Orders by each customer who ordered in the twelve months."""
    values = []
    for window in when.years:
        if not ordered.covers(window):
            values.append(Value("purchase_frequency", window.name, *COMPANY, None, n=0))
            continue
        rows = revenue.orders(ds)
        rows = rows.filter(rows.customer_id.notnull(), rows.month >= window.first, rows.month <= window.last)
        rows = with_customer(rows.group_by("customer_id").aggregate(n=rows.count()), ds, brought_dimensions(ds))
        measures = {"orders": rows.n.sum(), "customers": rows.count()}
        for member, sums in sorted(by_member(rows, brought_dimensions(ds), measures, rooms).items()):
            n = int(sums["customers"])
            each = int(sums["orders"]) / n if n else None
            values.append(Value("purchase_frequency", window.name, *member, each, n=n))
    return values
