"""The rows of one table as its page shows them: filtered, sorted, page by page; and all of them for a download.

Reads     any result table, or a checked table as source.NAME.
Gives     Asked (what the address says) and `rows`, `count`, `everything`.
Method    values and names of columns come from the address, so a column is looked up among the table's own and a
          value is a parameter; no text of the address becomes SQL.
Assumes   small groups are hidden before anything is filtered or sorted, so that neither tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.reports import tables
from worthline.run import small_groups
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

SIZE = 50
"""Rows on one page."""
MOST = {"csv": 1_000_000, "xlsx": 1_000_000, "parquet": 10_000_000}
"""Rows of one download by its form; more are fetched with `worthline show --csv`."""
LIST = 120
"""Values that a list to choose from holds."""
OWN = ("page", "sort", "order", "add", "is", "as", "limit")
"""Names in the address that are no columns."""
ORDERS = ("asc", "desc")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader wants of a table."""

    name: str
    filters: Mapping[str, str]
    """Column -> the value that it must have, as text."""
    sort: str = ""
    order: str = "asc"

    def address(self, **changed: str) -> dict[str, str]:
        """As parts of an address, with changes; "" takes a part away."""
        parts = {**self.filters, "sort": self.sort, "order": self.order if self.sort else "", **changed}
        return {name: value for name, value in parts.items() if value}


def asked(run: RunView, name: str, query: Mapping[str, str]) -> Asked:
    """What an address asks of a table; raises UsageError for a column that it has not."""
    columns = run.sql(f"select * from {quoted(name)} limit 0").column_names
    filters = {key: value for key, value in query.items() if key not in OWN and value}
    if query.get("add") and query.get("is"):
        filters[query["add"]] = query["is"]
    sort, order = query.get("sort", ""), query.get("order") or "asc"
    for column in (*filters, *([sort] if sort else [])):
        if column not in columns:
            raise UsageError(f"{name} has no column {column[:40]!r}. Its columns: {', '.join(columns)}.")
    if order not in ORDERS:
        raise UsageError(f"?order= is one of {', '.join(ORDERS)}; found {order[:40]!r}.")
    return Asked(name, filters, sort, order)


def count(run: RunView, what: Asked) -> int:
    """How many rows there are."""
    clause, parameters = _where(what)
    is_hidden = _hides(run, what)
    relation = small_groups.hidden(run, what.name) if is_hidden else quoted(what.name)
    return int(run.sql(f"select count(*) as n from {relation}{clause}", parameters).to_pylist()[0]["n"])


def rows(run: RunView, what: Asked, number: int) -> pa.Table:
    """One page of rows; raises UsageError for a page that there is not."""
    query, parameters = _from(run, what)
    cut = f"{_order(what)} limit {SIZE} offset {(number - 1) * SIZE}"
    if what.name != "metrics" or _hides(run, what):
        return run.sql(f"select * {query} {cut}", parameters)
    # Which rows they are does not hang on what is hidden, so only the periods of these rows are looked at.
    clause, _ = _where(what)
    periods = run.sql(f"select distinct period from (select * from metrics{clause} {cut})", parameters)["period"]
    named = ", ".join("'" + str(period).replace("'", "''") + "'" for period in periods.to_pylist()) or "''"
    keys = "(metric, period, dimension, member)"
    return run.sql(
        f"select * {query}{' and' if clause else ' where'} period in ({named}) and {keys} in "
        f"(select {keys} from metrics{clause} {cut}) {_order(what)}",
        [*parameters, *parameters],
    )


def everything(run: RunView, what: Asked, form: str) -> pa.Table:
    """All rows that a download of this form holds; raises UsageError where there are too many."""
    if (row_count := count(run, what)) > MOST[form]:
        rows, most = formatting.count(row_count), formatting.count(MOST[form])
        other = "take it as Parquet" if form != "parquet" else f"use: worthline show {what.name} --csv"
        raise UsageError(f"{what.name} has {rows} rows here; a download holds {most}. Filter it, or {other}")
    query, parameters = _from(run, what)
    return run.sql(f"select * {query} {_order(what)}", parameters)


def members(run: RunView, name: str, column: str) -> list[object]:
    """What a column holds, in order; nothing where that is a single value or too much for a list."""
    names = run.sql(
        f'select distinct "{_column(column)}" as v from {quoted(name)} where v is not null order by 1 limit {LIST + 1}'
    )["v"].to_pylist()
    return names if 1 < len(names) <= LIST else []


def quoted(name: str) -> str:
    """The table's name in SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _from(run: RunView, what: Asked) -> tuple[str, list[str]]:
    clause, parameters = _where(what)
    return f"from {small_groups.hidden(run, what.name) or quoted(what.name)}{clause}", parameters


def _where(what: Asked) -> tuple[str, list[str]]:
    """With a blank before it; "" where nothing is filtered."""
    clause = " and ".join(f'cast("{_column(name)}" as varchar) = ?' for name in what.filters)
    return f" where {clause}" if clause else "", list(what.filters.values())


def _hides(run: RunView, what: Asked) -> bool:
    """Whether a filter or the order looks at a number that may be hidden."""
    looked_at = {*what.filters, what.sort}
    return not looked_at.isdisjoint(small_groups.numbers(what.name)) and bool(small_groups.hidden(run, what.name))


def _order(what: Asked) -> str:
    if what.sort:
        return f'order by "{_column(what.sort)}" {what.order} nulls last'
    return f"order by {tables.ORDER[what.name]}" if what.name in tables.ORDER else ""


def _column(name: str) -> str:
    return name.replace('"', '""')
