"""What serving customers takes: contacts, waits, resolution, cost, and the cost of poor service.

Reads     interactions, touchpoints, transactions (refunds and credits), the panel's active customers.
Gives     Values of the families service and poor service, by month and over twelve months.
Method    METHODS 2; a contact of poor service is an escalation, else a complaint, else a repeat, and counts
          once. What a contact cost is the panel's contact_cost, so that both add up to the same money.
Not for   margin lost with customers who left, and vendors' charges: no table brings them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from worthline.metrics.dimensions import (
    ALL,
    CUSTOMER_DIMENSIONS,
    UNKNOWN,
    brought_dimensions,
    month_of,
    own_dimensions,
    with_customer,
)
from worthline.metrics.monthly_sums import Member, MonthlySums, Sums, last_month, tally
from worthline.metrics.periods import Periods, Window, periods
from worthline.metrics.values import Value
from worthline.panel.bookings import booked
from worthline.panel.facts import contact_cost, contact_rows
from worthline.results import Compute, Dataset
from worthline.stats.intervals import mean_interval, wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECONDS, SQUARES = "decimal(18, 6)", "decimal(38, 6)"
REPEAT_DAYS = 7
REFUNDS = ("refund", "return", "chargeback")
CREDITS = ("credit", "credit note")
"""Kinds of transactions that are money paid back, and money given."""
FAILING, FINE = "failing", "fine"
COMPANY: Member = (ALL, ALL)


def compute(ds: Dataset, panel: ir.Table, rooms: Compute) -> list[Value]:
    """Every metric of service; empty without interactions and transactions."""
    when = periods(ds, panel, rooms)
    contacts = _tally_contacts(ds, rooms) if "interactions" in ds.tables else None
    paid = _tally_paid(ds, rooms) if "transactions" in ds.tables else None
    if paid is not None and not _tells_paybacks(paid, ds):
        paid = None
    values: list[Value] = []
    if contacts is not None:
        values += _contacts(contacts, ds, when) + _per_customer(contacts, ds, panel, when, rooms)
    return values + _poor_service(contacts, paid, ds, when)


# ------------------------------------------------------------------------------------------- gathering


def _tally_contacts(ds: Dataset, rooms: Compute) -> MonthlySums:
    """Sums of contacts, those of poor service (key FAILING) apart from the others."""
    c = marked(ds)
    dimensions = brought_dimensions(ds)
    dimensions += tuple(d for d in own_dimensions(ds, "interactions") if d not in dimensions)
    c = with_customer(c, ds, dimensions)
    c = c.mutate(
        month=month_of(c.at_date),
        key=ibis.ifelse(c.escalation | c.complaint | c.repeat, FAILING, FINE),
        touchpoint=c.touchpoint.fill_null(UNKNOWN),
        wait=c.wait_seconds.cast(SECONDS),
        handle=c.handle_seconds.cast(SECONDS),
        price=contact_cost(ds, c),
    )
    measures = {
        "n": c.count(),
        "repeats": c.repeat.sum(),
        "complaints": c.complaint.sum(),
        "escalations": c.escalation.sum(),
        "settled": c.resolved.fill_null(False).sum(),
        "settled_known": c.resolved.notnull().sum(),
        "waits": c.wait_seconds.notnull().sum(),
        "wait": c.wait.sum(),
        "wait_squares": (c.wait_seconds * c.wait_seconds).cast(SQUARES).sum(),
        "handles": c.handle_seconds.notnull().sum(),
        "handle": c.handle.sum(),
        "handle_squares": (c.handle_seconds * c.handle_seconds).cast(SQUARES).sum(),
        "priced": c.price.notnull().sum(),
        "cost": c.price.sum(),
    }
    ends = last_month(ds, "interactions", rooms)
    return tally("metrics__contacts", c, (*dimensions, "touchpoint"), measures, ds, rooms, ends=ends)


def marked(ds: Dataset) -> ir.Table:
    """Contacts with the flags repeat, complaint and escalation (never null)."""
    c = contact_rows(ds)
    alone = c.case_id.isnull()
    matter = [c.case_id, ibis.ifelse(alone, c.customer_id, None), ibis.ifelse(alone, c.touchpoint, None)]
    order = [c.at.asc(nulls_first=True), c["_file"].asc(nulls_first=True), c["_line"].asc(nulls_first=True)]
    before = c.at.lag().over(ibis.window(group_by=matter, order_by=order))
    again = ~(alone & c.customer_id.isnull()) & (c.at <= before + ibis.interval(days=REPEAT_DAYS))
    c = c.mutate(repeat=again.fill_null(False))
    if ds.has("touchpoints", "failure"):
        there = ds["touchpoints"].select(_place="touchpoint", _failure="failure")
        c = c.left_join(there, [c.touchpoint == there["_place"]])
        kind = c["_failure"].fill_null("no").lower()
        return c.mutate(complaint=kind == "complaint", escalation=kind == "escalation").drop("_place", "_failure")
    name = c.touchpoint.fill_null("").lower()
    escalation = name.contains("escalation")
    return c.mutate(escalation=escalation, complaint=name.contains("complaint") & ~escalation)


def _tells_paybacks(paid: MonthlySums, ds: Dataset) -> bool:
    """Whether the transactions would show a refund: they bring kinds, or have one; else nothing is known of any."""
    months = paid.by.get(("", COMPANY), {}).values()
    return ds.has("transactions", "kind") or any(sums["refunds"] or sums["credits"] for sums in months)


def _tally_paid(ds: Dataset, rooms: Compute) -> MonthlySums:
    dimensions = brought_dimensions(ds)
    t = booked(ds)
    kind = t.kind.fill_null("").lower()
    t = t.mutate(month=month_of(t.at_date), key=ibis.literal(""), refund=kind.isin(REFUNDS), credit=kind.isin(CREDITS))
    t = with_customer(t, ds, dimensions)
    measures = {
        "n": t.count(),
        "refunds": t.refund.sum(),
        "refunded": t.amount.sum(where=t.refund),
        "credits": t.credit.sum(),
        "credited": t.amount.sum(where=t.credit),
    }
    return tally("metrics__paid", t, dimensions, measures, ds, rooms, ends=last_month(ds, "transactions", rooms))


# ------------------------------------------------------------------------------------------- contacts


def _contacts(contacts: MonthlySums, ds: Dataset, when: Periods) -> list[Value]:
    every = contacts.pooled()
    values = []
    for member in every.members(""):
        for window in when.all:
            sums = every.over("", member, window)
            sure = every.covers(window)
            if member == COMPANY or (sure and sums["n"] > 0):
                values += _of_contacts(sums if sure else dict.fromkeys(sums, 0), sure, window, member, ds)
    return values


def _of_contacts(sums: Sums, sure: bool, window: Window, member: Member, ds: Dataset) -> list[Value]:
    counts = {"contacts": "n", "repeat_contacts": "repeats", "complaints": "complaints", "escalations": "escalations"}
    values = [
        Value(name, window.name, *member, int(sums[m]) if sure else None, n=int(sums["n"]))
        for name, m in counts.items()
    ]
    if ds.has("interactions", "resolved"):
        k, n = int(sums["settled"]), int(sums["settled_known"])
        values.append(Value("resolved_share", window.name, *member, k / n if n else None, *wilson(k, n), n))
    for what in ("wait", "handle"):
        if ds.has("interactions", f"{what}_seconds"):
            n, total = int(sums[f"{what}s"]), sums[what]
            low, high = mean_interval(n, total, sums[f"{what}_squares"])
            mean = float(total / n) if n else None
            values.append(Value(f"{what}_mean", window.name, *member, mean, low, high, n))
    cost, n = _cost(sums)
    values.append(Value("cost_to_serve", window.name, *member, cost, n=n))
    values.append(Value("cost_per_contact", window.name, *member, cost / n if cost is not None and n else None, n=n))
    return values


def _cost(sums: Sums) -> tuple[Decimal | None, int]:
    """What contacts cost, and how many of them have a cost; None where none has."""
    n = int(sums["priced"])
    return (Decimal(sums["cost"]) if n else None), n


def _per_customer(contacts: MonthlySums, ds: Dataset, panel: ir.Table, when: Periods, rooms: Compute) -> list[Value]:
    """Contacts by the active customers of the same member; not by what contacts bring themselves."""
    dimensions = tuple(d for d in brought_dimensions(ds) if d not in own_dimensions(ds, "interactions"))
    active = with_customer(panel.filter(panel.active), ds, dimensions).mutate(key=ibis.literal(""))
    active_customers = tally("metrics__active", active, dimensions, {"n": active.count()}, ds, rooms)
    every = contacts.pooled()
    values = []
    for member in active_customers.members(""):
        for window in when.all:
            customers = int(active_customers.over("", member, window)["n"])
            sure = every.covers(window) and customers > 0
            if sure or member == COMPANY:
                contact_count = int(every.over("", member, window)["n"]) * len(window.months())
                value = contact_count / customers if sure else None
                values.append(Value("contacts_per_customer", window.name, *member, value, n=customers))
    return values


# ------------------------------------------------------------------------------------------- poor service


def _poor_service(contacts: MonthlySums | None, paid: MonthlySums | None, ds: Dataset, when: Periods) -> list[Value]:
    values = []
    every = contacts.pooled() if contacts is not None else None
    for member in _members(every, paid):
        whole = member[0] == ALL or (
            member[0] in CUSTOMER_DIMENSIONS
            and (contacts is None or member[0] not in own_dimensions(ds, "interactions"))
        )
        for window in when.all:
            cash, cash_values = _cash(paid, window, member)
            capacity, capacity_values = _capacity(contacts, every, window, member, ds)
            values += cash_values + capacity_values
            if whole and (cash_values or capacity_values):
                parts = [part for part in (cash, capacity) if part is not None]
                covered = all(part.covers(window) for part in (every, paid) if part is not None)
                total = sum(parts, Decimal(0)) if parts and covered else None
                values.append(Value("cost_of_poor_service", window.name, *member, total))
    return values


def _members(every: MonthlySums | None, paid: MonthlySums | None) -> list[Member]:
    members = [member for t in (every, paid) if t is not None for member in t.members("")]
    return sorted(set(members))


def _cash(paid: MonthlySums | None, window: Window, member: Member) -> tuple[Decimal | None, list[Value]]:
    if paid is None:
        return None, []
    sums = paid.over("", member, window)
    sure = paid.covers(window)
    if member != COMPANY and not (sure and sums["n"] > 0):
        return None, []
    refunded, credited = -Decimal(sums["refunded"]), -Decimal(sums["credited"])
    n = {"refunds": int(sums["refunds"]), "credits": int(sums["credits"])}
    cash = {"refunds": refunded, "credits": credited, "cost_of_poor_service_cash": refunded + credited}
    values = [
        Value(name, window.name, *member, money if sure else None, n=n.get(name, sum(n.values())))
        for name, money in cash.items()
    ]
    return (refunded + credited if sure else None), values


def _capacity(
    contacts: MonthlySums | None, every: MonthlySums | None, window: Window, member: Member, ds: Dataset
) -> tuple[Decimal | None, list[Value]]:
    if contacts is None or every is None:
        return None, []
    sure = every.covers(window)
    all_sums = every.over("", member, window)
    if member != COMPANY and not (sure and all_sums["n"] > 0):
        return None, []
    sums = contacts.over(FAILING, member, window)
    cost, priced = _of_failing("cost", "priced", sums, all_sums) if sure else None, int(sums["priced"])
    values = [Value("cost_of_poor_service_capacity", window.name, *member, cost, n=priced)]
    if ds.has("interactions", "handle_seconds"):
        seconds, timed = _of_failing("handle", "handles", sums, all_sums) if sure else None, int(sums["handles"])
        hours = None if seconds is None else float(seconds / 3600)
        values.append(Value("poor_service_hours", window.name, *member, hours, n=timed))
    return cost, values


def _of_failing(what: str, count: str, failing: Sums, all_sums: Sums) -> Decimal | None:
    """A sum over failing contacts; None where it is known of fewer than half of them, or of no contact at all."""
    if all_sums[count] == 0 or 2 * failing[count] < failing["n"]:
        return None
    return Decimal(failing[what])
