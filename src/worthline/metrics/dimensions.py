"""By what a metric is split: customers' own columns, touchpoints, the groups that own them; and months.

Reads     a Dataset.
Gives     tables with the member of each dimension in a column; nobody is dropped for lack of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import ibis

from worthline.results import Compute, Dataset
from worthline.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

ALL = "all"
"""The dimension that splits nothing, and its only member."""

VERSIONS = "customer_versions"
"""What customers' rows said from when on, where a company brings more than one row of a customer."""
CUSTOMER_DIMENSIONS = ("segment", "region", "channel", "location")
UNKNOWN = "(unknown)"
"""Member of rows without a customer, or whose customer's column is blank."""
OTHERS = "(others)"
"""Member of all but the largest members of a dimension that has more of them than MOST_MEMBERS."""
MOST_MEMBERS = 50
UNASSIGNED = "(unassigned)"
"""Group of touchpoints that nobody owns."""
_MADE = ("known_on", "known_at_date", "same_since", "joined_known_on", "left_known_on", "first_seen", "derived")
"""Columns of customers that reading them adds."""


def brought_dimensions(ds: Dataset) -> tuple[str, ...]:
    """The dimensions that the customers table brings."""
    return tuple(d for d in CUSTOMER_DIMENSIONS if ds.has("customers", d))


def with_largest_members(ds: Dataset, rooms: Compute) -> Dataset:
    """The company with the 50 largest members of each dimension and OTHERS: 1,106 cities are no dimension to read.

    Largest by customers; by rows where customers do not bring the dimension. Ties by name.
    """
    tables = dict(ds.tables)
    for dimension in CUSTOMER_DIMENSIONS:
        bringing = [name for name in ("customers", "feedback", "interactions") if ds.has(name, dimension)]
        if not bringing:
            continue
        t = ds[bringing[0]]
        t = t.filter(t[dimension].notnull()).select(member=t[dimension])
        sizes = t.group_by("member").aggregate(n=t.count())
        largest = rooms.fetch(sizes.order_by([ibis.desc("n"), "member"]).limit(MOST_MEMBERS + 1))["member"].to_pylist()
        if len(largest) <= MOST_MEMBERS:
            continue
        has_versions = VERSIONS in tables and dimension in tables[VERSIONS].columns
        for name in (*bringing, *((VERSIONS,) if has_versions else ())):
            column = tables[name][dimension]
            is_kept = column.isnull() | column.isin(largest[:MOST_MEMBERS])
            tables[name] = tables[name].mutate(**{dimension: ibis.ifelse(is_kept, column, OTHERS)})
    return replace(ds, tables=tables)


def attributes(ds: Dataset) -> tuple[str, ...]:
    """Columns of customers that the company brought beyond the catalogue's, in order of name."""
    canonical = {*TABLES["customers"].names, *_MADE}
    return tuple(sorted(name for name in ds["customers"].columns if name not in canonical and not name.startswith("_")))


def own_dimensions(ds: Dataset, table: str) -> tuple[str, ...]:
    """The dimensions that rows of `table` bring themselves; they come before their customer's."""
    return tuple(d for d in ("channel", "location") if ds.has(table, d))


def with_customer(table: ir.Table, ds: Dataset, columns: Sequence[str]) -> ir.Table:
    """Each row with these columns of its customer; blank or nobody's: UNKNOWN. No row is lost or doubled.

    Where `table` has a column of the same name, its own value comes first and the customer's fills blanks.
    """
    if not columns:
        return table
    if VERSIONS in ds.tables and "month" in table.columns:
        return _as_it_was(table, ds, columns)
    there = ds["customers"]
    right = there.select(**{"_who": there.customer_id, **{f"_of_{c}": there[c] for c in columns}})
    joined = table.left_join(right, [table.customer_id == right["_who"]])
    members = {}
    for column in columns:
        own_value = [joined[column]] if column in table.columns else []
        members[column] = ibis.coalesce(*own_value, joined[f"_of_{column}"], UNKNOWN)
    other_columns = [c for c in table.columns if c not in members]
    return joined.select(*other_columns, **members)


def _as_it_was(table: ir.Table, ds: Dataset, columns: Sequence[str]) -> ir.Table:
    """Each row with what its customer's row said at the end of the row's month (or on as_of)."""
    as_of = ibis.literal(ds.settings.as_of)
    customer_versions, now = ds[VERSIONS], ds["customers"]
    last = (table.month.cast("date") + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)
    rows = table.mutate(_on=ibis.least(last, as_of))
    versioned = [c for c in columns if c in customer_versions.columns]
    then = customer_versions.select(
        **{
            "_then": customer_versions.customer_id,
            "_since": customer_versions.since,
            "_until": customer_versions.until,
            **{f"_was_{c}": customer_versions[c] for c in versioned},
        }
    )
    rows = rows.left_join(
        then, [rows.customer_id == then["_then"], rows["_on"] >= then["_since"], rows["_on"] < then["_until"]]
    )
    right = now.select(**{"_who": now.customer_id, **{f"_of_{c}": now[c] for c in columns}})
    joined = rows.left_join(right, [rows.customer_id == right["_who"]])
    members = {}
    for column in columns:
        own_value = [joined[column]] if column in table.columns else []
        # Who has versions is what they said; everybody else has one row.
        own = (
            ibis.ifelse(joined["_then"].notnull(), joined[f"_was_{column}"], joined[f"_of_{column}"])
            if column in versioned
            else joined[f"_of_{column}"]
        )
        members[column] = ibis.coalesce(*own_value, own, UNKNOWN)
    other_columns = [c for c in table.columns if c not in members]
    return joined.select(*other_columns, **members)


def owners(ds: Dataset) -> ir.Table | None:
    """Columns touchpoint and group, a row for each owner; None where no owners were brought.

    responsibilities (role owns) decide; touchpoints.owner_group speaks where nobody owns there.
    """
    owner_tables: list[ir.Table] = []
    if ds.has("responsibilities"):
        responsibilities = ds["responsibilities"]
        owner_tables.append(
            responsibilities.filter(responsibilities.role.lower() == "owns").select("touchpoint", "group").distinct()
        )
    if ds.has("touchpoints", "owner_group"):
        there = ds["touchpoints"]
        listed = there.filter(there.owner_group.notnull()).select("touchpoint", group=there.owner_group)
        if owner_tables:
            listed = listed.anti_join(owner_tables[0], "touchpoint")
        owner_tables.append(listed.distinct())
    if not owner_tables:
        return None
    return owner_tables[0] if len(owner_tables) == 1 else owner_tables[0].union(owner_tables[1])


def month_of(day: ir.DateColumn) -> ir.DateColumn:
    """First day of the month of `day`."""
    return cast("ir.DateColumn", day.truncate("M"))
