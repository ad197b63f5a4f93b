"""What customers assigned came to pay, hold and give us of their spending, beside queries.units. Ibis only.

Reads     a Dataset with subscriptions, balances or wallet; units (customer_id, month of assignment, number).
Gives     columns by horizon: fee_<H>, balance_<H> (money), wallet_<H> (share, 0 to 1), and fee_before, balance_before.
Method    months as in queries. Fees that run at the end of month t + H; the balance that stands then; the latest answer
          of the months t + 1 .. t + H. No fee and no balance on record are 0; no answer is blank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from worthline.initiatives.queries import HORIZONS, WIDE, month_number
from worthline.metrics.relations import balance_changes, stated_or_allocated, wallet_answers
from worthline.metrics.revenue import running_fees

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

KEYS = ("customer_id", "month")


def with_growth(units: ir.Table, ds: Dataset) -> ir.Table:
    """`units` with the columns that the tables allow, in its order."""
    with_columns = units
    for part in (_fees(units, ds), _balances(units, ds), _wallet(units, ds)):
        if part is not None:
            with_columns = with_columns.left_join(part, KEYS).drop(*(f"{name}_right" for name in KEYS))
    blank = {
        name: with_columns[name].fill_null(0) for name in with_columns.columns if name.startswith(("fee_", "balance_"))
    }
    return (with_columns.mutate(**blank) if blank else with_columns).order_by(*KEYS)


def knows_fees(ds: Dataset) -> bool:
    """Whether subscriptions say what they cost."""
    return ds.has("subscriptions", "fee")


def knows_wallet(ds: Dataset) -> bool:
    """Whether customers said how they divide their spending."""
    return ds.has("wallet", "rank") or ds.has("wallet", "share")


def _fees(units: ir.Table, ds: Dataset) -> ir.Table | None:
    if not knows_fees(ds):
        return None
    rows, offset = _followed(units, running_fees(ds))
    fee = rows.fee.cast(WIDE)
    columns = {f"fee_{h}": fee.sum(where=offset == h) for h in HORIZONS}
    return rows.group_by(*KEYS).agg(fee_before=fee.sum(where=offset == -1), **columns)


def _balances(units: ir.Table, ds: Dataset) -> ir.Table | None:
    if "balances" not in ds.tables:
        return None
    rows, offset = _followed(units, balance_changes(ds))
    change = rows.change.cast(WIDE)
    columns = {f"balance_{h}": change.sum(where=offset <= h) for h in HORIZONS}
    return rows.group_by(*KEYS).agg(balance_before=change.sum(where=offset < 0), **columns)


def _wallet(units: ir.Table, ds: Dataset) -> ir.Table | None:
    if not knows_wallet(ds):
        return None
    answers = wallet_answers(ds)
    rows, offset = _followed(units, answers.mutate(wallet=stated_or_allocated(answers)))
    within = {h: (offset >= 1) & (offset <= h) & rows.wallet.notnull() for h in HORIZONS}
    return rows.group_by(*KEYS).agg(
        **{f"wallet_{h}": rows.wallet.argmax(rows["at"], where=w) for h, w in within.items()}
    )


def _followed(units: ir.Table, rows: ir.Table) -> tuple[ir.Table, ir.IntegerValue]:
    """`rows` (customer_id, month) of the units, and how many months after the assignment each is."""
    keys = units.select("customer_id", "month", "number")
    values = {name: rows[name] for name in rows.columns if name not in KEYS}
    rows = rows.select(_who=rows.customer_id, _month=month_number(rows.month), **values)
    joined = keys.inner_join(rows, [keys.customer_id == rows["_who"]])
    return joined, joined["_month"] - joined.number
