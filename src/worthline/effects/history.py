"""What is known of every customer in every month, laid out so that any window is two look-ups. numpy and Arrow.

Reads     rows of lives.months, lives.people, lives.terms.
Gives     History: customers by months, with sums over windows before and after a month.
Method    running totals; a month without a row of the panel counts as nothing, for money as for contacts.
Assumes   rows in order of customer and month; that who customers are does not change. A column of the company's own
          bears no date: one that parts those who left from those who stayed was written afterwards and is not
          controlled for; numbers of many values: see amounts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from worthline.effects import amounts
from worthline.stats.cross_fitting import Bools, Floats, Ints

if TYPE_CHECKING:
    from worthline.results import Leak

SEASON = "season"
COMMON = "how common it was in the place"
"""Names of what a month brings to everybody, and of what it brings to a place."""
TERM = "time to the end of the term"
OWN = "own: "
"""Stands before the name of a column of the company's own."""
LEVELS = 8
"""Values of an attribute that have a column of their own."""
MANY = 50
"""Values of a column of the company's own above which it is an amount or names single customers."""
TELLING = 1e-6
"""Chance that so many alike in a column all leave, or all stay; below it the column was written afterwards."""
TYPICAL = 30.0
"""Units of money in a typical month: below one unit the logarithms of covariates become straight."""
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
    notice: Floats | None = None
    """Day of notice of each customer who gave one, counted from 1970; NaN where none is known."""
    term_left: Floats | None = None
    """Months to the end of the year signed for, this one included; NaN where none is; None where nobody does."""
    product: Ints | None = None
    """Product that each customer had last taken by the end of each month, -1 for none or a rare one."""
    products: tuple[str, ...] = ()
    held: Floats | None = None
    """Months since it was taken; NaN where there is none."""
    fees: Floats | None = None
    """Fees a month that run at the end of each month; None where customers do not sign."""
    referrals: Floats | None = None
    """Running totals of the customers whom each customer referred; None where nobody says who referred whom."""
    leaks: frozenset[str] = frozenset()
    """Groups of covariates that know who left, in lower case: never controlled for."""
    leaving_from: int = 0
    """Number of the first month in which leaving is recorded; before it everybody seems to stay."""
    balances: Floats | None = None
    """Balances that stood at the end of each month, all products together; NaN before the first is known."""
    wallet: Floats | None = None
    """Share of wallet by the answer of each month; NaN in months without one."""
    amounts: dict[str, Floats] = field(default_factory=dict)
    """Numbers of the company's own, as ranks between 0 and 1; NaN where not known."""
    place: Ints | None = None
    """Number of the location of each customer (the region where no locations are recorded); those of none share one."""
    place_name: str = ""
    """The attribute that places are: location or region."""

    @cached_property
    def first(self) -> int:
        """Number of the first month on record: the first in which anything but who joined is known.

        Customers who joined earlier have months before it, empty as nothing of them was kept.
        """
        has_records = np.zeros(self.months, np.bool_)
        for totals in self.totals.values():
            has_records |= np.any(np.diff(totals, axis=1) != 0, axis=0)
        recorded = int(np.argmax(has_records)) if has_records.any() else 0
        return max(recorded, self.leaving_from)

    @property
    def months(self) -> int:
        """Months laid out."""
        return int(self.active.shape[1])

    @property
    def customers(self) -> int:
        """Customers laid out."""
        return int(self.active.shape[0])

    @cached_property
    def unit(self) -> float:
        """A thirtieth of the median month that brought revenue (else margin), so that no currency bends logarithms."""
        for name in ("revenue", "margin"):
            cells = np.diff(self.totals[name], axis=1)
            if (cells > 0).any():
                return float(np.median(cells[cells > 0])) / TYPICAL
        return 1.0

    @cached_property
    def months_active(self) -> Floats:
        """Running totals of months as a customer."""
        return running(self.active.astype(float))

    def summed(self, name: str, who: Ints, first: Ints, last: Ints) -> Floats:
        """The sum over the months first..last of each row; months outside of the history count as nothing.

        Shapes: `who`, `first`, `last` (n,); gives (n,).
        """
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
        return self.number_of(rows["customer_id"]), month_numbers(rows["month"]) - self.base

    def number_of(self, customers: pa.ChunkedArray) -> Ints:
        """Numbers of customers; -1 for those not laid out.

        Shapes: `customers` (n,); gives (n,).
        """
        return _numbers_of(_index(customers, self.ids))


GROUPS = {
    "score": ("last score",),
    "spend": ("revenue", "margin"),
    "refunds": ("money paid back",),
    "unresolved": ("unresolved contacts",),
    "changes": ("time on the product",),
}
"""Groups of covariates by what the churn model calls them, where the names differ."""


def without_leaks(history: History, leaks: Sequence[Leak]) -> History:
    """The same, columns that know who left never controlled for."""
    groups = (name for leak in leaks for name in GROUPS.get(leak.concept, (leak.concept,)))
    return replace(history, leaks=frozenset(group.lower() for group in groups))


def is_leak(history: History, group: str) -> bool:
    """Whether a group of covariates knows who left; a touchpoint's experiences bear its name."""
    name = group.lower()
    if name in history.leaks:
        return True
    points = (leak.removeprefix("touchpoint ") for leak in history.leaks if leak.startswith("touchpoint "))
    return name.endswith(" before") and any(point in name for point in points)


def month_numbers(column: pa.ChunkedArray) -> Ints:
    """Months since 1970-01 of dates.

    Shapes: `column` (n,); gives (n,).
    """
    days = np.asarray(column.cast(pa.date32()).cast(pa.int32()).to_numpy(), dtype=np.int64)
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def window(totals: Floats, who: Ints, first: Ints, last: Ints) -> Floats:
    """Sums over months first..last from running totals.

    Shapes: `totals` (customers, months + 1); `who`, `first`, `last` (n,); gives (n,).
    """
    most = totals.shape[1] - 1
    return np.asarray(totals[who, np.clip(last + 1, 0, most)] - totals[who, np.clip(first, 0, most)], dtype=np.float64)


def running(cells: Floats) -> Floats:
    """Running totals of cells (customers, months), a column of zeros first."""
    out = np.zeros((cells.shape[0], cells.shape[1] + 1))
    np.cumsum(cells, axis=1, out=out[:, 1:])
    return out


def read(rows: pa.Table, people: pa.Table, terms: pa.Table | None = None) -> History:
    """Lay out the rows of lives.months and lives.people, and of lives.terms where there are subscriptions."""
    coded = rows["customer_id"].combine_chunks().dictionary_encode()
    who = np.asarray(coded.indices.to_numpy(), dtype=np.int64)
    number = month_numbers(rows["month"])
    base = int(number.min())
    shape = (len(coded.dictionary), int(number.max()) - base + 1)
    cell = (who, number - base)

    def cells(name: str, fill: float) -> Floats:
        out = np.full(shape, fill)
        values = np.asarray(rows[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        out[cell] = values if np.isnan(fill) else np.where(np.isnan(values), fill, values)
        return out

    there = np.zeros(shape, np.bool_)
    there[cell] = True
    active = cells("active", 0.0) > 0
    unknown = running((np.isnan(cells("margin", np.nan)) & active).astype(float))
    people = people.take(_index(coded.dictionary, people["customer_id"].combine_chunks()))
    leaving_day = _days(people["left"])
    notice = _days(people["notice"]) if "notice" in people.column_names else None
    people = people.select([name for name in people.column_names if name != "notice"])
    attributes, names = _attributes(people.drop_columns(["customer_id", "left"]), ~np.isnan(leaving_day))
    history = History(
        ids=coded.dictionary,
        base=base,
        there=there,
        active=active,
        totals={name: running(cells(name, 0.0)) for name in SUMMED},
        unknown=unknown.astype(np.int64),
        states={name: cells(name, np.nan) for name in ("tenure", "since_purchase", "since_contact", "last_score")},
        attributes=attributes,
        names=names,
        left=leaving_day,
        notice=notice,
    )
    place, name = _places(people)
    history = replace(history, place=place, place_name=name, amounts=amounts.controlled(_numbers(people), history))
    return history if terms is None else _with_products(history, terms)


def _days(column: pa.ChunkedArray) -> Floats:
    """Days since 1970 of dates, NaN where there is none."""
    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()).to_numpy(), dtype=np.float64)


def with_yearly_terms(past_months: History, rows: pa.Table) -> History:
    """Lay out the rows of lives.yearly_terms: how many months of the latest year signed for are left in each month."""
    who, month = past_months.numbers(rows)
    inside = (who >= 0) & (month < past_months.months)
    who, month = who[inside], month[inside]
    began = np.full((past_months.customers, past_months.months), np.nan)
    began[who, np.maximum(month, 0)] = month  # rows stand in order of beginning
    latest = np.maximum.accumulate(np.where(np.isnan(began), -1, np.arange(past_months.months)), axis=1)
    since = np.where(latest >= 0, np.take_along_axis(began, np.maximum(latest, 0), axis=1), np.nan)
    months_left = 12.0 - (np.arange(past_months.months) - since) % 12
    return replace(past_months, term_left=np.asarray(months_left, dtype=np.float64))


def with_fees(past_months: History, rows: pa.Table) -> History:
    """Lay out the rows of lives.fees too."""
    who, month = past_months.numbers(rows)
    inside = (who >= 0) & (month >= 0) & (month < past_months.months)
    fees = np.zeros((past_months.customers, past_months.months))
    fees[who[inside], month[inside]] = np.asarray(rows["fee"].to_numpy(), dtype=np.float64)[inside]
    return replace(past_months, fees=fees)


def with_balances(past_months: History, rows: pa.Table) -> History:
    """Lay out the rows of holdings.balances: each product's balance stands until the next one is known."""
    who, month = past_months.numbers(rows)
    product = np.asarray(rows["product"].combine_chunks().dictionary_encode().indices.to_numpy(), dtype=np.int64)
    amount = np.asarray(rows["balance"].to_numpy(), dtype=np.float64)
    inside = (who >= 0) & (month >= 0) & (month < past_months.months)
    total = np.full((past_months.customers, past_months.months), np.nan)
    for number in np.unique(product[inside]):
        some = inside & (product == number)
        cells = np.full(total.shape, np.nan)
        cells[who[some], month[some]] = amount[some]
        latest = np.maximum.accumulate(np.where(np.isnan(cells), -1, np.arange(past_months.months)), axis=1)
        stands = np.where(latest >= 0, np.take_along_axis(cells, np.maximum(latest, 0), axis=1), np.nan)
        total = np.where(np.isnan(total), stands, total + np.nan_to_num(stands))
    return replace(past_months, balances=total)


def with_wallet(past_months: History, rows: pa.Table) -> History:
    """Lay out the rows of holdings.wallet, by the Wallet Allocation Rule: (1 - rank / (n + 1)) x 2 / n."""
    who, month = past_months.numbers(rows)
    inside = (who >= 0) & (month >= 0) & (month < past_months.months)
    ranked = np.asarray(rows["ranked"].to_numpy(), dtype=np.float64)
    place = np.asarray(rows["place"].to_numpy(), dtype=np.float64)
    share = np.where(np.isnan(place), 0.0, (1 - place / (ranked + 1)) * 2 / ranked)
    cells = np.full((past_months.customers, past_months.months), np.nan)
    cells[who[inside], month[inside]] = share[inside]
    return replace(past_months, wallet=cells)


def _places(people: pa.Table) -> tuple[Ints | None, str]:
    for name in ("location", "region"):
        if name in people.column_names and people[name].null_count < people.num_rows:
            values = people[name].combine_chunks().dictionary_encode(null_encoding="encode")
            return np.asarray(values.indices.to_numpy(), dtype=np.int64), name
    return None, ""


def _with_products(past_months: History, terms: pa.Table) -> History:
    """The product taken last, month by month."""
    who, month = past_months.numbers(terms)
    code, products = _levels(terms["product"].combine_chunks().cast(pa.string()))
    inside = (who >= 0) & (month < past_months.months)
    who, month, code = who[inside], month[inside], code[inside]
    # Rows stand in order of beginning: of several that were taken by the end of a month the last one counts.
    row_of_start = np.full((past_months.customers, past_months.months), -1)
    row_of_start[who, np.maximum(month, 0)] = np.arange(len(who))
    latest = np.maximum.accumulate(row_of_start, axis=1)
    # The last place, -1, is that of customers who have none.
    product, began = np.append(code, -1)[latest], np.append(month, 0)[latest]
    months_held = np.where(latest >= 0, np.arange(past_months.months) - began, np.nan)
    return replace(past_months, product=product, products=tuple(products), held=months_held)


def _attributes(people: pa.Table, has_left: Bools) -> tuple[dict[str, Ints], dict[str, list[str]]]:
    """Levels by customer of every column in which customers can be controlled for."""
    levels, names = {}, {}
    for name in people.column_names:
        values = people[name].combine_chunks().cast(pa.string())
        several = len(values.drop_null().unique())
        if several < 2 or (name.startswith(OWN) and (several > MANY or _knows(values, has_left))):
            continue
        levels[name.removeprefix(OWN)], names[name.removeprefix(OWN)] = _levels(values)
    return levels, names


def _numbers(people: pa.Table) -> dict[str, Floats]:
    """Columns of the company's own that are numbers of many values."""
    columns = {}
    for name in people.column_names:
        values = people[name].combine_chunks().cast(pa.string())
        if name.startswith(OWN) and len(values.drop_null().unique()) > MANY:
            read_as = amounts.numbers(values)
            if read_as is not None:
                columns[name.removeprefix(OWN)] = read_as
    return columns


def _knows(values: pa.StringArray, has_left: Bools) -> bool:
    """Whether customers of one value, or of none, left or stayed to the last one, as no chance would have it."""
    code = np.asarray(values.dictionary_encode(null_encoding="encode").indices.to_numpy(), dtype=np.int64)
    count, leavers, rate = np.bincount(code), np.bincount(code, has_left), float(has_left.mean())
    if rate in (0.0, 1.0):
        return False
    all_left = (leavers == count) & (count * np.log(rate) < np.log(TELLING))
    all_stayed = (leavers == 0) & (count * np.log1p(-rate) < np.log(TELLING))
    return bool(all_left.any() or all_stayed.any())


def _levels(values: pa.StringArray) -> tuple[Ints, list[str]]:
    """The level of each value, the commonest 0 (ties by name), -1 for none or a rare one; and the levels' names."""
    levels = [(row["counts"], row["values"]) for row in values.value_counts().to_pylist() if row["values"]]
    names = [str(value) for _, value in sorted(levels, key=lambda counted: (-counted[0], str(counted[1])))][:LEVELS]
    return _numbers_of(_index(values, pa.array(names, pa.string()))), names


def _index(values: pa.Array | pa.ChunkedArray, among: pa.Array) -> pa.Array | pa.ChunkedArray:
    """Where each value stands in the other array, null where it does not."""
    import pyarrow.compute as pc  # here: pages that only read the words of outcomes need none of it

    return pc.index_in(values, among)


def _numbers_of(index: pa.Array | pa.ChunkedArray) -> Ints:
    return np.asarray(index.fill_null(-1).to_numpy(), dtype=np.int64)
