"""Past randomised treatments, with what was known of each customer before, and whether they stayed. Ibis only.

Reads     a Dataset with treatments, its panel.
Gives     `treated_before`, `gained_since`: one row per assignment in an initiative, with who stayed or what margin
          came; `today`: the same columns of customers, or of prospects, of today.
Method    what was known: the panel's row at the end of the month before the assignment; for today, the last complete
          month's. Stayed: active at the end of the month `horizon` months after the assignment's. Margin: of the
          `horizon` months after it; who left brings none. Customers in two arms in one month, unknown or gone before
          are no units.
Not for   the customers' own columns: they are as of today, and may be what the treatment or the leaving made of them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from worthline.initiatives.queries import PROSPECT, monthly

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

NUMBERS = (
    "tenure_months",
    "margin_3m",
    "margin_12m",
    "orders_12m",
    "contacts_3m",
    "contacts_12m",
    "unresolved_3m",
    "unresolved_12m",
    "cost_to_serve_12m",
    "months_since_contact",
    "last_score",
)
"""Columns of the panel."""


def treated_before(
    ds: Dataset, panel: ir.Table, initiative: str, horizon: int, last: date, *, is_drawn_anew: bool
) -> ir.Table:
    """customer_id, arm, month (number since year 0), stratum, stayed, and what was known; by customer_id and month.

    `last`: first day of the last complete month; only assignments whose horizon is complete by then. `is_drawn_anew`:
    each month's assignment is a row; else a customer's first.
    """
    rows = _units(ds, panel, initiative, horizon, last, is_drawn_anew=is_drawn_anew)
    after = panel.select(after_who="customer_id", after_month=_number(panel.month), after_active="active")
    rows = rows.left_join(after, [rows.customer_id == after.after_who, rows.at + horizon == after.after_month])
    return _ordered(rows, stayed=rows.after_active.fill_null(False))


def gained_since(
    ds: Dataset, panel: ir.Table, initiative: str, horizon: int, last: date, *, is_drawn_anew: bool, of_prospects: bool
) -> ir.Table:
    """As `treated_before`, with gained (gross margin of the months after the assignment) in place of stayed.

    `of_prospects`: of people who were not customers yet, instead of customers.
    """
    rows = _units(ds, panel, initiative, horizon, last, is_drawn_anew=is_drawn_anew, of_prospects=of_prospects)
    after = panel.select(after_who="customer_id", after_month=_number(panel.month), after_margin="margin")
    within = [
        rows.customer_id == after.after_who,
        after.after_month > rows["at"],
        after.after_month <= rows["at"] + horizon,
    ]
    months = rows.inner_join(after, within)
    sums = months.group_by("customer_id", "at").agg(gained=months.after_margin.sum().cast("float64"))
    sums = sums.select(sum_who="customer_id", sum_at="at", gained="gained")
    rows = rows.left_join(sums, [rows.customer_id == sums.sum_who, rows["at"] == sums.sum_at])
    return _ordered(rows, gained=rows.gained.fill_null(0.0))


def _units(
    ds: Dataset,
    panel: ir.Table,
    initiative: str,
    horizon: int,
    last: date,
    *,
    is_drawn_anew: bool,
    of_prospects: bool = False,
) -> ir.Table:
    """Assignments that count, with what was known before each."""
    rows = monthly(ds, initiative)
    own = ibis.window(group_by="customer_id", order_by="month")
    rows = rows.mutate(_place=ibis.row_number().over(own))
    rows = rows.filter(rows.arms == 1) if is_drawn_anew else rows.filter(rows._place == 0, rows.arms == 1)
    rows = rows.filter(~rows.late).mutate(at=_number(rows.month))
    rows = rows.filter(rows.at + horizon <= last.year * 12 + last.month - 1)
    known = _known(panel, "before", of_prospects=of_prospects)
    rows = rows.inner_join(known, [rows.customer_id == known.before_who, rows.at == known.before_month + 1])
    return rows.select("customer_id", "arm", "stratum", "at", *NUMBERS)


def _ordered(rows: ir.Table, **outcome: ir.Value) -> ir.Table:
    numbers = {name: rows[name] for name in NUMBERS}
    chosen = rows.select("customer_id", "arm", "stratum", month=rows["at"], **outcome, **numbers)
    return chosen.order_by("customer_id", "month")


def today(panel: ir.Table, last: date, *, of_prospects: bool = False) -> ir.Table:
    """customer_id and what is known of active customers, or of prospects, in order of customer_id."""
    known = _known(panel, "now", of_prospects=of_prospects)
    number = last.year * 12 + last.month - 1
    rows = known.filter(known.now_month == number).select(customer_id="now_who", **{n: n for n in NUMBERS})
    return rows.order_by("customer_id")


def _known(panel: ir.Table, prefix: str, *, of_prospects: bool) -> ir.Table:
    columns: dict[str, Any] = {f"{prefix}_who": panel.customer_id, f"{prefix}_month": _number(panel.month)}
    numbers = {name: panel[name].cast("float64") for name in NUMBERS}
    rows = panel.filter(panel.state == PROSPECT if of_prospects else panel.active)
    return rows.select(**columns, **numbers)


def _number(day: ir.DateValue) -> ir.IntegerValue:
    return day.year().cast("int64") * 12 + day.month().cast("int64") - 1
