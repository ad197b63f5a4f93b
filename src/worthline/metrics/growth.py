"""Whether the customers of before bring more or less now: retention of revenue, and growth that was earned.

Reads     revenue by customer and month; the fees that run, where customers sign and subscriptions were brought.
Gives     Values of expansion, contraction, gross and net revenue retention, earned growth, and revenue per
          customer, by month and over twelve months; the change in monthly fees (MRR) where subscriptions were brought.
Method    the customers and amounts of the revenue bridge (bridge.movement), so that each share follows from its lines:
          gross = (opening - lost - contraction) / opening, net = gross + expansion / opening, both of known customers.
          Earned growth = net revenue retention + the share of earned new customers - 100%: Reichheld, Darnell &
          Burns (2021), Harvard Business Review 99(6), 84-93. The change in monthly fees compares two days instead.
Assumes   revenue without a customer belongs to nobody and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from worthline.metrics import bridge, revenue
from worthline.metrics.dimensions import ALL, brought_dimensions, with_customer
from worthline.metrics.monthly_sums import Member, MonthlySums, Sums
from worthline.metrics.periods import Periods, Window
from worthline.metrics.revenue import Months
from worthline.metrics.values import Value
from worthline.results import Compute, Dataset
from worthline.tables.columns import EARNED
from worthline.tables.time import add_months

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPANY: Member = (ALL, ALL)
_Found = dict[Member, Sums]


def compute(
    ds: Dataset, months: Months, earned: MonthlySums, when: Periods, rooms: Compute, leaving_seen_from: date | None
) -> list[Value]:
    """Values of this file; `earned` knows where revenue begins and ends. Nothing without revenue.

    `leaving_seen_from`: the first month in which leaving is recorded. Where fees are the revenue, those who left
    before it are in no file, so that nothing can be compared with months before. Where nobody is recorded as having
    left and nobody ever stopped paying, those who did may have been removed with all that they paid.
    """
    first, ends = earned.starts.get(""), earned.ends
    if first is None:
        return []
    members = rooms.keep("growth__members", _members(ds, months))
    within = [w for w in when.all if w.last >= first and (ends is None or w.last <= ends)]
    moved_sums = _moved_by_member(within, months, members, brought_dimensions(ds), rooms)
    seen = leaving_seen_from is not None or any(sums[COMPANY]["lost"] for sums in moved_sums.values())
    comparable = first if ds.settings.revenue_from == "transactions" and seen else leaving_seen_from
    values = [
        value
        for window in when.all
        for value in _of_window(moved_sums.get(window.name, {}), window, first, comparable, ds)
    ]
    return values + (_fee_changes(ds, months, members, when, rooms) if "subscriptions" in ds.tables else [])


def _moved_by_member(
    windows: Sequence[Window], months: Months, members: ir.Table, dimensions: tuple[str, ...], rooms: Compute
) -> dict[str, _Found]:
    """Sums of each window, by its name, for the company and each member."""
    cells: dict[str, list[dict[str, Any]]] = {window.name: [] for window in windows}
    names: tuple[str, ...] = ()
    for together in bridge.batches([bridge.window(name) for name in cells], months, rooms):
        moved = bridge.moved(months, together).inner_join(members, "customer")
        measures = _measures(moved)
        names = tuple(measures)
        for row in rooms.fetch(moved.group_by("period", *dimensions).aggregate(**measures)).to_pylist():
            cells[row["period"]].append(row)
    return {name: _added_up(rows, dimensions, names) for name, rows in cells.items()}


def by_fees(ds: Dataset) -> bool:
    """Whether customers sign contracts and pay fees."""
    return ds.settings.setting == "contractual" and "subscriptions" in ds.tables


def by_member(rows: ir.Table, dimensions: tuple[str, ...], measures: Mapping[str, ir.Scalar], rooms: Compute) -> _Found:
    """Sums of `measures` of `rows` for the company and each member of each dimension."""
    cells = rows.group_by(dimensions).aggregate(**measures) if dimensions else rows.aggregate(**measures)
    return _added_up(rooms.fetch(cells).to_pylist(), dimensions, measures)


def _added_up(cells: Iterable[Mapping[str, Any]], dimensions: tuple[str, ...], measures: Iterable[str]) -> _Found:
    totals: _Found = {COMPANY: dict.fromkeys(measures, 0)}
    for row in cells:
        for member in (COMPANY, *((d, row[d]) for d in dimensions)):
            sums = totals.setdefault(member, dict.fromkeys(measures, 0))
            for name in measures:
                sums[name] += row[name] if row[name] is not None else 0
    return totals


def _members(ds: Dataset, months: Months) -> ir.Table:
    """Each customer's number, dimensions, and whether it was earned."""
    members = with_customer(months.customers, ds, brought_dimensions(ds))
    through = ds["customers"].select(_who="customer_id", through=ds["customers"].acquired_through.lower())
    members = members.left_join(through, [members.customer_id == through["_who"]])
    return members.select("customer", *brought_dimensions(ds), earned=members.through.isin(EARNED).fill_null(False))


def _measures(moved: ir.Table) -> dict[str, ir.Scalar]:
    is_kept, lost = moved.kind == "kept", moved.kind == "lost"
    change = moved.now_constant - moved.was
    return {
        "before": (is_kept | lost).sum(),
        "paying": (~lost & (moved.now != 0)).sum(),  # a sale of 0.00 is no revenue
        "was": moved.was.sum(),
        "now": moved.now.sum(),
        "kept": moved.now_constant.sum(where=is_kept),
        "expansion": change.sum(where=is_kept & (change > 0)),
        "contraction": (-change).sum(where=is_kept & (change <= 0)),
        "lost": moved.was.sum(where=lost),
        "earned": moved.now_constant.sum(where=(moved.kind == "new") & moved.earned),
    }


def _of_window(
    sums_by_member: _Found, window: Window, first: date, comparable: date | None, ds: Dataset
) -> list[Value]:
    values = []
    is_known = (
        bool(sums_by_member) and comparable is not None and bridge.window(window.name).before >= max(first, comparable)
    )
    for member, sums in sorted(sums_by_member.items()) or [(COMPANY, {})]:
        paying = int(sums.get("paying", 0)) if sums and window.first >= first else 0
        before = int(sums.get("before", 0)) if is_known else 0
        if paying or member == COMPANY:
            each = Decimal(sums["now"]) / paying if paying else None
            values.append(Value("revenue_per_customer", window.name, *member, each, n=paying))
        if before or member == COMPANY:
            values += _growth(sums, is_known, before, window, member, ds)
    return values


def _growth(sums: Sums, is_known: bool, before: int, window: Window, member: Member, ds: Dataset) -> list[Value]:
    """Undefined where the window before has no revenue to compare with."""
    is_known = is_known and bool(sums)
    values = _compared(sums if is_known else None, before, window, member)
    if len(window.months()) == 12 and ds.has("customers", "acquired_through"):
        was = sums["was"] if is_known else 0
        earned = float((sums["kept"] + sums["earned"]) / Decimal(was) - 1) if was > 0 else None
        values.append(Value("earned_growth", window.name, *member, earned, n=before))
    return values


def _compared(sums: Sums | None, before: int, window: Window, member: Member) -> list[Value]:
    """What the same customers paid, or pay, then (`was`) and now; undefined where `sums` is None."""
    amounts = {name: None if sums is None else Decimal(sums[name]) for name in ("expansion", "contraction")}
    values = [Value(name, window.name, *member, amount, n=before) for name, amount in amounts.items()]
    gross = net = None
    if sums is not None and sums["was"] > 0:
        was = Decimal(sums["was"])
        gross = float((was - sums["contraction"] - sums["lost"]) / was)
        net = float(sums["kept"] / was)
    shares = {"gross_revenue_retention": gross, "net_revenue_retention": net}
    return values + [Value(name, window.name, *member, share, n=before) for name, share in shares.items()]


# ------------------------------------------------------------------------------------------- fees on two days


def _fee_changes(ds: Dataset, months: Months, members: ir.Table, when: Periods, rooms: Compute) -> list[Value]:
    """By how much the fees of those who paid one at the end of the month before a period have changed by its end."""
    running = revenue.running_fees(ds).inner_join(months.customers, "customer_id")
    fees = rooms.keep("growth__fees", running.group_by("customer", "month").aggregate(fee=running.fee.sum()))
    first = rooms.fetch(fees.aggregate(first=fees.month.min()))["first"][0].as_py()
    covered = [window for window in when.all if first is not None and add_months(window.first, -1) >= first]
    rows = _on_two_days(fees, covered).inner_join(members, "customer")
    dimensions = brought_dimensions(ds)
    measures = {"before": rows.count(), "was": rows.was.sum(), "kept": rows.now.sum()}
    cells: dict[str, list[dict[str, Any]]] = {window.name: [] for window in covered}
    for row in rooms.fetch(rows.group_by("window", *dimensions).aggregate(**measures)).to_pylist():
        cells[row["window"]].append(row)
    values = []
    for window in when.all:
        if window not in covered:
            values.append(Value("mrr_change", window.name, *COMPANY, None, n=0))
            continue
        for member, sums in sorted(_added_up(cells[window.name], dimensions, measures).items()):
            before = int(sums["before"])
            change = Decimal(sums["kept"]) - Decimal(sums["was"]) if before else None
            values.append(Value("mrr_change", window.name, *member, change, n=before))
    return values


def _on_two_days(fees: ir.Table, windows: Sequence[Window]) -> ir.Table:
    """For each window, `was` and `now` (null: none runs any more) of each customer whose fee ran just before it.

    All windows in one join: one for each would read the fees as often.
    """
    days = pa.table(
        {
            "window": pa.array([window.name for window in windows], pa.string()),
            "base": pa.array([add_months(window.first, -1) for window in windows], pa.date32()),
            "last": pa.array([window.last for window in windows], pa.date32()),
        }
    )
    days_table = ibis.memtable(days)
    then = fees.inner_join(days_table, [fees.month == days_table.base]).select("customer", "window", "last", was="fee")
    now = fees.select(_who="customer", _at="month", now="fee")
    joined = then.left_join(now, [then.customer == now["_who"], then["last"] == now["_at"]])
    return joined.select("customer", "window", "was", "now")
