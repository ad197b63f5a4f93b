"""The bridge of customer equity: from what customers were worth a year ago to what they are worth now, line by line.

Reads     values by customer: at the opening what was to be collected, and what was then expected to be left at the
          closing; at the closing by the old parameters and by the new; who is new, kept, lost or returned by the
          revenue bridge of the same period.
Gives     rows of kind customer_equity in the table bridges; they close to the cent.
Method    opening - collected + unwind + rolled_forward is what the opening's model expected to be left. Against that,
          customer by customer, at the opening's parameters: acquired, lost, returned, expansion and contraction of
          those kept; then all at the new parameters. Who is in no group of the revenue bridge (no revenue in either
          window) is unexplained. Values are whole smallest units of the currency, so sums are exact.
Assumes   groups are those of revenue: who left within the year still paid in it, and so is a contraction, not lost;
          what those are of it is told beside (`Bridge.left`). ADR 18.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.customer_value import YEAR, Model
from worthline.metrics.bridge_lines import SCHEMA, SUBTRACTED
from worthline.stats.maximise import Floats
from worthline.tables.columns import BOUGHT, EARNED

LINES = (
    "opening",
    "collected",
    "unwind",
    "rolled_forward",
    "acquired_earned",
    "acquired_bought",
    "acquired_unknown",
    "lost",
    "returned",
    "expansion",
    "contraction",
    "re_estimated",
    "unexplained",
    "closing",
)


@dataclass(frozen=True, slots=True)
class Opening:
    """Customers on the first day of the bridge."""

    ids: pa.ChunkedArray
    value: Floats
    collected: Floats
    """Expected in the year, not discounted."""
    unwind: Floats
    """What waiting a year adds to what is left."""
    rolled: Floats
    """What the months bring by which the horizon moves on."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """The lines, and what lies within one of them."""

    table: pa.Table
    left: int
    """Customers of the opening who are none now, and yet paid within the year: kept, by the revenue bridge."""
    left_amount: Decimal
    """What was expected to be left of them: contraction, or expansion of who brought a loss."""

    @property
    def amounts(self) -> dict[str, float]:
        """Line to amount, in their order."""
        return {row["line"]: float(row["amount"]) for row in self.table.to_pylist()}


def opening(ids: pa.ChunkedArray, customers: CustomerArrays, model: Model, months: int, monthly: float) -> Opening:
    """Value customers of a year ago as they were then.

    Shapes: `ids` (n,) customers.
    """
    year, whole, longer = (model.worth(customers, m, monthly).value for m in (YEAR, months, months + YEAR))
    collected, growth = model.expected(customers, YEAR), monthly**-YEAR
    unwind = growth * (whole - year) - whole + collected
    return Opening(ids, whole, collected, np.asarray(unwind), np.asarray(growth * (longer - whole)))


def build(
    period: str, then: Opening, ids: pa.ChunkedArray, old: Floats, new: Floats, groups: pa.Table, digits: int
) -> Bridge:
    """The bridge; `old` and `new`: values now by the opening's parameters and by today's.

    `groups`: customer_id, kind of the revenue bridge, acquired_through.
    Shapes: `ids` (n,) customers; `old`, `new` (n,), money.
    """
    parts = ("value", "collected", "unwind", "rolled")
    amounts = {name: _units(getattr(then, name), digits) for name in parts}
    ahead = amounts["value"] - amounts["collected"] + amounts["unwind"] + amounts["rolled"]
    before = pa.table({"customer_id": then.ids, "ahead": pa.array(ahead)})
    now = pa.table({"customer_id": ids, "old": pa.array(_units(old, digits))})
    both = before.join(now, "customer_id", join_type="full outer", use_threads=False)
    known = both.join(groups, "customer_id", join_type="left outer", use_threads=False)
    change = pc.subtract(pc.fill_null(known["old"], 0), pc.fill_null(known["ahead"], 0)).to_numpy()
    kind, through = (_texts(known[name]) for name in ("kind", "acquired_through"))
    isnew, kept = kind == "new", kind == "kept"
    earned, bought = np.isin(through, EARNED), np.isin(through, BOUGHT)
    lines = {
        "opening": amounts["value"].sum(),
        "collected": -amounts["collected"].sum(),
        "unwind": amounts["unwind"].sum(),
        "rolled_forward": amounts["rolled"].sum(),
        "acquired_earned": change[isnew & earned].sum(),
        "acquired_bought": change[isnew & bought].sum(),
        "acquired_unknown": change[isnew & ~earned & ~bought].sum(),
        "lost": change[kind == "lost"].sum(),
        "returned": change[kind == "returned"].sum(),
        "expansion": change[kept & (change > 0)].sum(),
        "contraction": change[kept & (change <= 0)].sum(),
        "re_estimated": _units(new, digits).sum() - _units(old, digits).sum(),
        "unexplained": change[~np.isin(kind, ("new", "lost", "returned", "kept"))].sum(),
    }
    lines["closing"] = _units(new, digits).sum()
    unit = Decimal(1).scaleb(-digits)
    left = kept & pc.is_null(known["old"]).to_numpy(zero_copy_only=False)
    table = pa.Table.from_pylist(
        [
            {
                "kind": "customer_equity",
                "period": period,
                "line": line,
                "position": position,
                "amount": int(lines[line]) * unit * (-1 if line in SUBTRACTED else 1),
            }
            for position, line in enumerate(LINES)
        ],
        SCHEMA,
    )
    return Bridge(table, int(left.sum()), -int(change[left].sum()) * unit)


def _units(values: Floats, digits: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Money as whole smallest units."""
    return np.asarray(np.round(np.nan_to_num(values) * 10**digits), dtype=np.int64)


def _texts(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.asarray(pc.fill_null(column, "").to_numpy(zero_copy_only=False), dtype=np.str_)
