"""Customers who are named by their e-mail address alone: whose it is, by the list of customers, or a hash of it.

Reads     Groups; which of them name their customers otherwise.
Gives     Made for each file that has one e-mail address and no id: a query that makes the customer, with its reason.
Method    where one file lists customers with id and address, the address finds the id; an address that is listed for
          two customers finds nobody. Where no file has an id, a hash of the address stands for the customer,
          so that the address itself is never kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worthline.ingest.propose import names
from worthline.ingest.propose.known import recognise
from worthline.ingest.propose.plan import Group
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import quoted

_STAFF = re.compile(r"agent|assignee|owner|staff|manager|employee|sender|from|seller|rep$", re.IGNORECASE)
_FOUND = 0.2
_COLUMN = "whose"


@dataclass(frozen=True, slots=True)
class Made:
    """A customer that a query makes."""

    column: str
    query: str
    why: str
    samples: tuple[str, ...]


def made(groups: Sequence[Group], is_customer: Callable[[Profile], bool]) -> dict[str, Made]:
    """By the file's shown name: how its customers are made, for files that have no other name of them."""
    named = {g.shown: next((p for p in g.profiles if is_customer(p)), None) for g in groups}
    lists = [(g, ids, address) for g in groups if (ids := _ids(g, named[g.shown])) and (address := only_address(g))]
    by_file: dict[str, Made] = {}
    for group in groups:
        address = only_address(group)
        if named[group.shown] is not None or address is None or not group.queryable or _names_them(group):
            continue
        if len(lists) == 1 and lists[0][0] is not group:
            way = _listed(group, address, *lists[0])
        else:
            way = None if lists or any(named.values()) else _hashed(group, address)
        if way is not None:
            by_file[group.shown] = way
    return by_file


def _names_them(group: Group) -> bool:
    """Whether it is a known export that says itself who its customers are."""
    known = recognise(group.header)
    if known is None:
        return False
    filled = {names.plain(p.header) for p in group.profiles if p.counts}
    return "customer_id" in known.made or bool(set(known.columns.get("customer_id", ())) & filled)


def only_address(group: Group) -> Profile | None:
    """The one column of e-mail addresses that are not the staff's; None where there is none, or several."""
    addresses = [p for p in group.profiles if p.email and not _STAFF.search(p.header)]
    return addresses[0] if len(addresses) == 1 else None


def _ids(group: Group, customer: Profile | None) -> Profile | None:
    """The id, where the file lists customers: under its usual name, a known export's, or a bare id."""
    if "customers" not in names.hinted(group.shown) or not group.queryable:
        return None
    known = recognise(group.header)
    wanted = known.columns.get("customer_id", ()) if known and known.table == "customers" else ("id",)
    ids = customer or next((p for p in group.profiles if names.plain(p.header) in wanted), None)
    return ids if ids is not None and ids.unique else None


def _listed(group: Group, address: Profile, other: Group, ids: Profile, theirs: Profile) -> Made | None:
    mine = {v.lower() for v in address.counts}
    both = len(mine & {v.lower() for v in theirs.counts})
    if not both or both < _FOUND * len(mine):
        return None
    column, there, here = quoted(ids.header), quoted(theirs.header), quoted(address.header)
    query = (
        f"select here.*, there.{_COLUMN}\nfrom {group.source} here\nleft join (\n"
        f"    select lower(trim({there})) as address, min(cast({column} as varchar)) as {_COLUMN}\n"
        f"    from {other.source}\n    group by lower(trim({there})) having count(*) = 1\n"
        f") there on lower(trim(here.{here})) = there.address"
    )
    why = f"{ids.header} of {other.shown}, by the e-mail address: {both:,} of {len(mine):,} addresses are listed there"
    return Made(_COLUMN, query, why, ids.samples)


def _hashed(group: Group, address: Profile) -> Made:
    cell = quoted(address.header)
    query = (
        f"select *, case when {cell} is not null then md5(lower(trim({cell}))) end as {_COLUMN}\nfrom {group.source}"
    )
    return Made(_COLUMN, query, f"a hash of {address.header}: no file has another name for its customers", ())
