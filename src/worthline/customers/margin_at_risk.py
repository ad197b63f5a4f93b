"""What is expected to be lost with churn: by customer, by segment, by department, in all.

Reads     p_leave_12m of the risk, value_if_kept and value_if_left of the value, the panel's last month; contacts that
          stayed unresolved and who owns their touchpoint.
Gives     MarginAtRisk: margin_at_risk by customer; the table margin_at_risk; the figure and its companion.
Method    METHODS.md 4: probability of leaving x (value if kept - value if left), so that leaving is not counted twice;
          never more than a customer is worth if kept. A
          customer's amount goes to the departments that own where contacts stayed unresolved in twelve months, by
          their number, to the cent by largest remainder (ties by name); without such a contact it is unassigned.
Not for   what could be saved: initiatives/worklist plans that, action by action.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from worthline.customers import margin_at_risk_figures
from worthline.customers.margin_at_risk_figures import Sums
from worthline.metrics.dimensions import ALL, UNASSIGNED, brought_dimensions, owners, with_customer
from worthline.panel.calendar import last_months
from worthline.results import Compute, Dataset, Findings, MarginAtRisk, Risk, Value
from worthline.tables.money import currency_digits
from worthline.tables.time import month_start

if TYPE_CHECKING:
    import ibis.expr.types as ir

YEAR = 12
MONEY = "decimal(18, 4)"
SUM = "decimal(38, 4)"
SCHEMA = pa.schema(
    [
        ("dimension", pa.string()),
        ("member", pa.string()),
        ("customers", pa.int64()),
        ("expected_leavers", pa.float64()),
        ("margin_at_risk", pa.decimal128(38, 4)),
        ("low", pa.decimal128(38, 4)),
        ("high", pa.decimal128(38, 4)),
    ]
)


def analyse(ds: Dataset, panel: ir.Table, rooms: Compute, risk: Risk, value: Value) -> MarginAtRisk:
    """Probability of leaving x what would be lost; undefined, with the reason, where either is not known."""
    leaving, worth = risk.by_customer, value.by_customer
    if leaving is None and worth is None:
        return MarginAtRisk()
    if leaving is None or worth is None:
        missing = "the value of customers" if worth is None else "the risk of leaving"
        return _undefined(ds, f"{missing} is not known")
    rows = rooms.keep("at_risk__rows", _rows(ds, panel, leaving, worth))
    whole = _sums(rows, rooms)
    if whole is None or whole.customers == 0:
        says = "nobody has both a chance of leaving that passed its back-test and a value"
        return _undefined(ds, says)
    wide = margin_at_risk_figures.spread(risk.backtests, _interval(value), float(whole.at_risk))
    table = pa.Table.from_pylist(_table(ds, rows, rooms, wide), SCHEMA)
    figures = margin_at_risk_figures.figures(ds.settings, whole, wide, risk.leaks)
    scores = rows.filter(rows.margin_at_risk.notnull()).select("customer_id", "margin_at_risk")
    return MarginAtRisk(Findings({"margin_at_risk": table}, figures), scores)


def _undefined(ds: Dataset, why: str) -> MarginAtRisk:
    return MarginAtRisk(Findings(figures=(margin_at_risk_figures.unknown(ds.settings, why),)))


def _interval(value: Value) -> tuple[float, float, float] | None:
    """Customer equity with its bounds; None where one of them is not known."""
    equity = value.equity
    if equity is None or equity.value is None or equity.low is None or equity.high is None:
        return None
    return equity.value, equity.low, equity.high


def _rows(ds: Dataset, panel: ir.Table, risk: ir.Table, value: ir.Table) -> ir.Table:
    """One row per customer who may leave: the chance, what is lost with them, and how much of it within the year."""
    digits = currency_digits(ds.settings.currency)
    now = panel.filter(panel.month == ibis.literal(month_start(ds.settings.as_of)), panel.active)
    now = now.select("customer_id", "tenure_months", "margin_12m", "cost_to_serve_12m")
    rows = risk.select("customer_id", p=risk.p_leave_12m).inner_join(
        value.select("customer_id", lost=_lost(value).cast("float64")), "customer_id"
    )
    rows = rows.select("customer_id", "p", "lost").left_join(now, "customer_id").drop("customer_id_right")
    months = ibis.greatest(ibis.least(rows.tenure_months + 1, YEAR), 1)
    net = (rows.margin_12m - ibis.coalesce(rows.cost_to_serve_12m, 0)).cast("float64")
    # Who ends a contract leaves, on average, in the middle of the year; who has lapsed has bought nothing in all of it.
    part = margin_at_risk_figures.part_of_year(ds.settings)
    year = ibis.least(rows.p * net / months * YEAR * part, rows.p * rows.lost)
    spread = rows.p * (1 - rows.p) * rows.lost * rows.lost
    return with_customer(
        rows.select(
            "customer_id",
            "p",
            margin_at_risk=(rows.p * rows.lost).round(digits).cast(MONEY),
            year=ibis.greatest(year, 0.0).round(digits).cast(MONEY),
            chance=rows.p.round(9).cast("decimal(18, 9)"),
            spread=spread.round(4).cast("decimal(24, 4)"),
        ),
        ds,
        brought_dimensions(ds),
    )


def _lost(value: ir.Table) -> ir.Value:
    """What goes with a customer: never more than they are worth if kept."""
    lost = value.value_if_kept - value.value_if_left
    return ibis.least(lost, ibis.greatest(value.value_if_kept, ibis.literal(0).cast(MONEY)))


def _totals(rows: ir.Table) -> dict[str, ir.Scalar]:
    known = rows.margin_at_risk.notnull()
    return {
        "customers": rows.count(where=known),
        "leavers": rows.chance.sum(where=known).cast("float64"),
        "at_risk": rows.margin_at_risk.cast(SUM).sum(where=known),
        "year": rows.year.cast(SUM).sum(where=known),
        "spread": rows.spread.cast(SUM).sum(where=known).cast("float64"),
    }


def _sums(rows: ir.Table, rooms: Compute) -> Sums | None:
    row = rooms.fetch(rows.agg(**_totals(rows))).to_pylist()[0]
    return Sums(**row) if row["at_risk"] is not None else None


def _table(ds: Dataset, rows: ir.Table, rooms: Compute, wide: float) -> list[dict[str, Any]]:
    """Members of every dimension; the departments' amounts add up to the whole."""
    all_rows: list[dict[str, Any]] = []
    everything = rows.mutate(_all=ibis.literal(ALL))
    for dimension, column in ((ALL, "_all"), *((d, d) for d in brought_dimensions(ds))):
        grouped = everything.group_by(member=everything[column]).agg(**_totals(everything))
        all_rows += _members(dimension, rooms.fetch(grouped.order_by("member")).to_pylist(), wide)
    shared = _shared(ds, rows, rooms)
    if shared is not None:
        all_rows += _members("group", rooms.fetch(shared.order_by("member")).to_pylist(), wide)
    return all_rows


def _members(dimension: str, rows: list[dict[str, Any]], wide: float) -> list[dict[str, Any]]:
    members = []
    for row in rows:
        member = row.pop("member")
        if row["at_risk"] is None:
            continue
        sums = Sums(**row)
        low, high = sums.interval(wide)
        members.append(
            {
                "dimension": dimension,
                "member": member,
                "customers": sums.customers,
                "expected_leavers": sums.leavers,
                "margin_at_risk": sums.at_risk,
                "low": low,
                "high": high,
            }
        )
    return members


def _shared(ds: Dataset, rows: ir.Table, rooms: Compute) -> ir.Table | None:
    """By department: whole cents of every customer's amount, shared by unresolved contacts of twelve months."""
    owned = owners(ds)
    if owned is None or not ds.has("interactions", "resolved"):
        return None
    t = ds["interactions"]
    span = last_months(ds.settings.as_of, YEAR)
    lately = t.at_date.between(ibis.literal(span.first), ibis.literal(span.last_day))
    bad = t.filter(t.customer_id.notnull(), t.resolved == False, lately)  # noqa: E712
    bad = bad.select("touchpoint", who=bad.customer_id)
    named = bad.left_join(owned, "touchpoint")
    counted = named.group_by(who=named.who, member=ibis.coalesce(named["group"], UNASSIGNED)).agg(w=named.count())
    rows = rows.filter(rows.margin_at_risk.notnull())
    joined = rows.left_join(counted, [rows.customer_id == counted.who])
    units = 10 ** currency_digits(ds.settings.currency)
    parts = joined.select(
        "customer_id",
        "chance",
        "spread",
        "year",
        member=ibis.coalesce(joined.member, UNASSIGNED),
        w=ibis.coalesce(joined.w, 1),
        units=(joined.margin_at_risk * units).round(0).cast("int64"),
    )
    parts = rooms.keep("at_risk__shared", largest_remainder(parts))
    part = parts.w.cast("float64") / parts.all_w
    return parts.group_by("member").agg(
        customers=parts.count(),
        leavers=(parts.chance.cast("float64") * part).round(9).cast("decimal(18, 9)").sum().cast("float64"),
        at_risk=(parts.got.cast(SUM).sum() / units).cast(SUM),
        year=ibis.literal(None).cast(SUM),
        spread=(parts.spread.cast("float64") * part * part)
        .round(4)
        .cast("decimal(24, 4)")
        .cast(SUM)
        .sum()
        .cast("float64"),
    )


def largest_remainder(parts: ir.Table) -> ir.Table:
    """`units` of each customer_id over its rows by weight `w`: adds `all_w` and `got`, which add up to `units`."""
    own = ibis.window(group_by="customer_id")
    parts = parts.mutate(all_w=parts.w.sum().over(own), sign=(parts.units < 0).ifelse(-1, 1))
    product = parts.units.abs() * parts.w
    parts = parts.mutate(base=(product - product % parts.all_w) / parts.all_w, rest=product % parts.all_w)
    parts = parts.mutate(base=parts.base.cast("int64"))
    left = parts.units.abs() - parts.base.sum().over(own)
    order = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=[ibis.desc("rest"), "member"]))
    parts = parts.mutate(left=left, place=order)
    return parts.mutate(got=parts.sign * (parts.base + (parts.place < parts.left).ifelse(1, 0)))
