"""What is known of every customer in every month, laid out so that any window is two look-ups. numpy and Arrow.

Reads     rows of lives.months, lives.people.
Gives     History: customers by months, with sums over windows before and after a month.
Method    running totals; a month without a row of the panel counts as nothing, for money as for contacts.
Assumes   rows in order of customer and month.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worthline.effects.learners import Bools, Floats, Ints

LEVELS = 8
"""Values of an attribute that have a column of their own."""
SUMMED = ("revenue", "margin", "refunds", "orders", "contacts", "unresolved", "answers")


@dataclass(frozen=True)
class History:
    """Customers (rows) by months (columns, numbered from 0)."""

    ids: pa.Array
    base: int
    """Months from 1970-01 to month 0."""
    there: Bools
    active: Bools
    totals: dict[str, Floats]
    """Running totals, one column more than months: [t] is the sum of the months before t."""
    unknown: Ints
    """Running count of active months whose margin is not known."""
    states: dict[str, Floats]
    """tenure, since_purchase, since_contact, last_score: NaN where not known."""
    attributes: dict[str, Ints]
    """Number of the level of each customer, -1 for none or a rare one."""
    names: dict[str, list[str]]
    left: Floats
    """Day of leaving of each customer, counted from 1970; NaN where it is not known."""

    @property
    def months(self) -> int:
        """Months laid out."""
        return int(self.active.shape[1])

    @property
    def customers(self) -> int:
        """Customers laid out."""
        return int(self.active.shape[0])

    def summed(self, name: str, who: Ints, first: Ints, last: Ints) -> Floats:
        """The sum over the months first..last of each row; months outside of the history count as nothing."""
        return window(self.totals[name], who, first, last)

    @cached_property
    def bought(self) -> bool:
        """Whether anybody ever ordered."""
        return bool(self.totals["orders"][:, -1].any())

    @cached_property
    def earned(self) -> bool:
        """Whether any margin is known."""
        return bool(self.totals["margin"][:, -1].any())

    def numbers(self, rows: pa.Table) -> tuple[Ints, Ints]:
        """Customer and month number of rows that bear customer_id and month; -1 for customers not laid out."""
        who = pc.fill_null(pc.index_in(rows["customer_id"], self.ids), -1)
        return np.asarray(who.to_numpy(), dtype=np.int64), month_numbers(rows["month"]) - self.base


def month_numbers(column: pa.ChunkedArray) -> Ints:
    """Months since 1970-01 of dates."""
    days = np.asarray(column.cast(pa.date32()).cast(pa.int32()).to_numpy(), dtype=np.int64)
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def window(totals: Floats, who: Ints, first: Ints, last: Ints) -> Floats:
    """Sums over months first..last from running totals."""
    most = totals.shape[1] - 1
    return np.asarray(totals[who, np.clip(last + 1, 0, most)] - totals[who, np.clip(first, 0, most)], dtype=np.float64)


def running(cells: Floats) -> Floats:
    """Running totals of cells (customers, months), a column of zeros first."""
    out = np.zeros((cells.shape[0], cells.shape[1] + 1))
    np.cumsum(cells, axis=1, out=out[:, 1:])
    return out


def read(rows: pa.Table, people: pa.Table) -> History:
    """Lay out the rows of lives.months and lives.people."""
    coded = rows["customer_id"].combine_chunks().dictionary_encode()
    who = np.asarray(coded.indices.to_numpy(), dtype=np.int64)
    number = month_numbers(rows["month"])
    base = int(number.min())
    shape = (len(coded.dictionary), int(number.max()) - base + 1)
    at = (who, number - base)

    def cells(name: str, fill: float) -> Floats:
        out = np.full(shape, fill)
        values = np.asarray(rows[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        out[at] = values if np.isnan(fill) else np.where(np.isnan(values), fill, values)
        return out

    there = np.zeros(shape, np.bool_)
    there[at] = True
    active = cells("active", 0.0) > 0
    unknown = running((np.isnan(cells("margin", np.nan)) & active).astype(float))
    place = pc.index_in(coded.dictionary, people["customer_id"].combine_chunks())
    people = people.take(place)
    attributes, names = _attributes(people.drop_columns(["customer_id", "left"]))
    left = people["left"].cast(pa.date32()).cast(pa.int32()).cast(pa.float64()).to_numpy()
    return History(
        ids=coded.dictionary,
        base=base,
        there=there,
        active=active,
        totals={name: running(cells(name, 0.0)) for name in SUMMED},
        unknown=unknown.astype(np.int64),
        states={name: cells(name, np.nan) for name in ("tenure", "since_purchase", "since_contact", "last_score")},
        attributes=attributes,
        names=names,
        left=np.asarray(left, dtype=np.float64),
    )


def _attributes(people: pa.Table) -> tuple[dict[str, Ints], dict[str, list[str]]]:
    """Levels by customer, the commonest first (ties by name)."""
    found, names = {}, {}
    for name in people.column_names:
        values = people[name].combine_chunks().cast(pa.string())
        counted = [(row["counts"], row["values"]) for row in pc.value_counts(values).to_pylist() if row["values"]]
        levels = [str(value) for _, value in sorted(counted, key=lambda one: (-one[0], str(one[1])))][:LEVELS]
        if len(counted) < 2:
            continue
        code = pc.fill_null(pc.index_in(values, pa.array(levels, pa.string())), -1)
        found[name] = np.asarray(code.to_numpy(zero_copy_only=False), dtype=np.int64)
        names[name] = levels
    return found, names
