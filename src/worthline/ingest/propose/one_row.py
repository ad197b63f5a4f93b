"""Several files of one row per customer, as one: demographics, services and status joined on their customer.

Reads     Groups.
Gives     Groups, those that list the same customers merged into one whose rows a join makes.
Method    each file holds the customer once a row, proved on all its rows, under a usual name; nearly all customers of
          one file stand in the largest; none of the files is a table of its own by what it holds.
Assumes   what a file has under the same name as an earlier one is the same, and stays that of the earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from worthline.ingest.propose import names
from worthline.ingest.propose.known import recognise
from worthline.ingest.propose.plan import Group
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_LISTED = 0.95
_ENOUGH = 5


def merged(
    groups: Sequence[Group], is_customer: Callable[[Profile], bool], is_other: Callable[[Group], bool]
) -> list[Group]:
    """The groups, with those that list the same customers as one; `is_other` says whether a file is another table."""
    lists = [(g, key) for g in groups if (key := _key(g, is_customer)) is not None and not is_other(g)]
    lists.sort(key=lambda pair: -pair[0].rows)
    if len(lists) < 2:
        return list(groups)
    first, ids = lists[0]
    parts = [(g, key) for g, key in lists[1:] if _listed(key, ids)]
    if not parts:
        return list(groups)
    one = _joined(first, ids, parts)
    gone = {id(g) for g, _ in parts}
    return [one if g is first else g for g in groups if id(g) not in gone]


def _key(group: Group, is_customer: Callable[[Profile], bool]) -> Profile | None:
    if not (group.whole and group.queryable) or recognise(group.header) is not None:
        return None
    keys = [p for p in group.profiles if is_customer(p)]
    return keys[0] if len(keys) == 1 and keys[0].unique else None


def _listed(key: Profile, ids: Profile) -> bool:
    both = len(key.counts.keys() & ids.counts.keys())
    return len(key.counts) >= _ENOUGH and both >= _LISTED * len(key.counts)


def _joined(first: Group, ids: Profile, parts: Sequence[tuple[Group, Profile]]) -> Group:
    looked = first.looks[0]
    header, columns, types = list(looked.header), list(looked.columns), list(looked.types)
    at = {cell.strip() if cell else cell: n for n, cell in enumerate(looked.columns[looked.header.index(ids.header)])}
    chosen, joins = ["part1.*"], [f"from {literal(looked.name)} part1"]
    for number, (group, key) in enumerate(parts, 2):
        other = group.looks[0]
        there = {names.plain(h) for h in header}
        own = [h for h in other.header if names.plain(h) not in there]
        chosen += [f"part{number}.{quoted(h)}" for h in own]
        here, theirs = f"part1.{quoted(ids.header)}", f"part{number}.{quoted(key.header)}"
        on = f"trim(cast({here} as varchar)) = trim(cast({theirs} as varchar))"
        joins.append(f"left join {literal(other.name)} part{number}\n    on {on}")
        places = [at.get(cell.strip() if cell else cell) for cell in other.columns[other.header.index(key.header)]]
        for name in own:
            cells: list[str | None] = [None] * len(looked.columns[0])
            for place, cell in zip(places, other.columns[other.header.index(name)], strict=True):
                if place is not None:
                    cells[place] = cell
            header.append(name)
            columns.append(tuple(cells))
            types.append(other.types[other.header.index(name)])
    shown = " + ".join((first.shown, *(g.shown for g, _ in parts)))
    whole = replace(looked, header=tuple(header), columns=tuple(columns), types=tuple(types))
    files = (*first.files, *(f for g, _ in parts for f in g.files))
    why = f"each lists its customers once, by {ids.header}"
    return Group(shown, files, (whole,), joined=f"select {', '.join(chosen)}\n" + "\n".join(joins), joined_why=why)
