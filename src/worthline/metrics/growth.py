"""Whether the customers of before bring more or less now: retention of revenue, and growth that was earned.

Reads     revenue by customer and month.
Gives     Values of expansion, contraction, gross and net revenue retention, earned growth, and revenue per
          customer, by month and over twelve months.
Method    the customers and amounts of the revenue bridge (bridge.movement), so that both tell one story;
          earned growth: Reichheld, Darnell & Burns (2021), Harvard Business Review 99(6), 84-93.
Assumes   revenue without a customer belongs to nobody and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from worthline.metrics import bridge
from worthline.metrics.dimensions import ALL, brought_dimensions, with_customer
from worthline.metrics.periods import Periods, Window
from worthline.metrics.revenue import Months
from worthline.metrics.tally import Member, Sums
from worthline.metrics.values import Value
from worthline.results import Dataset, Rooms

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPANY: Member = (ALL, ALL)
EARNED = ("referral", "organic")
"""acquired_through of customers whom nobody paid for."""


def compute(ds: Dataset, months: Months, first: date, when: Periods, rooms: Rooms) -> list[Value]:
    """Values of this file; `first` is the first month with revenue."""
    members = rooms.keep("growth__members", _members(ds, months))
    values = []
    for window in when.all:
        if window.last < first:
            found: dict[Member, Sums] = {}
        else:
            moved = bridge.moved(months, bridge.window(window.name)).inner_join(members, "customer")
            found = by_member(moved, brought_dimensions(ds), _measures(moved), rooms)
        values += _of_window(found, window, first, ds)
    return values


def by_member(
    rows: ir.Table, dimensions: tuple[str, ...], measures: Mapping[str, ir.Scalar], rooms: Rooms
) -> dict[Member, Sums]:
    """Sums of `measures` of `rows` for the company and each member of each dimension."""
    found: dict[Member, Sums] = {COMPANY: dict.fromkeys(measures, 0)}
    cells = rows.group_by(dimensions).aggregate(**measures) if dimensions else rows.aggregate(**measures)
    for row in rooms.fetch(cells).to_pylist():
        for member in (COMPANY, *((d, row[d]) for d in dimensions)):
            sums = found.setdefault(member, dict.fromkeys(measures, 0))
            for name in measures:
                sums[name] += row[name] if row[name] is not None else 0
    return found


def _members(ds: Dataset, months: Months) -> ir.Table:
    """Each customer's number, dimensions, and whether it was earned."""
    who = with_customer(months.customers, ds, brought_dimensions(ds))
    through = ds["customers"].select(_who="customer_id", through=ds["customers"].acquired_through.lower())
    who = who.left_join(through, [who.customer_id == through["_who"]])
    return who.select("customer", *brought_dimensions(ds), earned=who.through.isin(EARNED).fill_null(False))


def _measures(moved: ir.Table) -> dict[str, ir.Scalar]:
    kept, lost = moved.kind == "kept", moved.kind == "lost"
    change = moved.now_constant - moved.was
    return {
        "before": (kept | lost).sum(),
        "paying": (~lost).sum(),
        "was": moved.was.sum(),
        "now": moved.now.sum(),
        "kept": moved.now_constant.sum(where=kept),
        "expansion": change.sum(where=kept & (change > 0)),
        "contraction": (-change).sum(where=kept & (change <= 0)),
        "lost": moved.was.sum(where=lost),
        "earned": moved.now_constant.sum(where=(moved.kind == "new") & moved.earned),
    }


def _of_window(found: dict[Member, Sums], window: Window, first: date, ds: Dataset) -> list[Value]:
    values = []
    known = bridge.window(window.name).before >= first
    for member, sums in sorted(found.items()) or [(COMPANY, {})]:
        paying = int(sums.get("paying", 0)) if window.first >= first else 0
        before = int(sums.get("before", 0)) if known else 0
        if paying or member == COMPANY:
            each = Decimal(sums["now"]) / paying if paying else None
            values.append(Value("revenue_per_customer", window.name, *member, each, n=paying))
        if before or member == COMPANY:
            values += _growth(sums, known, before, window, member, ds)
    return values


def _growth(sums: Sums, known: bool, before: int, window: Window, member: Member, ds: Dataset) -> list[Value]:
    """Undefined where the window before has no revenue to compare with."""
    amounts = {name: Decimal(sums[name]) if known and sums else None for name in ("expansion", "contraction")}
    values = [Value(name, window.name, *member, amount, n=before) for name, amount in amounts.items()]
    was = Decimal(sums["was"]) if known and sums else Decimal(0)
    shares = dict.fromkeys(("gross_revenue_retention", "net_revenue_retention", "earned_growth"))
    if was > 0:
        shares["gross_revenue_retention"] = float((was - sums["contraction"] - sums["lost"]) / was)
        shares["net_revenue_retention"] = float(sums["kept"] / was)
        shares["earned_growth"] = float((sums["kept"] + sums["earned"]) / was - 1)
    if len(window.months()) == 1 or not ds.has("customers", "acquired_through"):
        del shares["earned_growth"]
    return values + [Value(name, window.name, *member, share, n=before) for name, share in shares.items()]
