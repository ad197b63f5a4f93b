"""Days in three columns, a year, a month and a day: `order_year, order_month, order_day`.

Reads     a Match that lacks its day, the file's columns.
Gives     the query that makes one column of the three.
Assumes   the three are called alike but for year, month and day, and hold what their names say; birthdays and ends say
          when something else happened.
"""

from __future__ import annotations

import re

from worthline.ingest.month_names import MONTHS
from worthline.ingest.propose import sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Group, Guess
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_PARTS = (
    re.compile(r"^(.*?)(year|jahr|anio|año|annee|année|anno|jaar|ano)$"),
    re.compile(r"^(.*?)(month|monat|mes|mois|mese|maand)$"),
    re.compile(r"^(.*?)(dayofmonth|day|tag|dia|día|jour|giorno|dag)$"),
)
_OTHER = re.compile(r"birth|born|dob|geburt|naci|naissance|expir|end|due|cancel|ship|deliver")
_RANGES = ((1900, 2100), (1, 12), (1, 31))


def fill(result: Match, group: Group) -> None:
    """Fill in the day of each row, where three columns say it and no other does."""
    column = result.spec.happened
    if column not in ("at", "started_on") or column in result.guesses or column in result.constants:
        return
    if result.query or not group.queryable:
        return
    found = _three(group)
    if found is None:
        return
    year, month, day = (f"try_cast({quoted(p.header)} as integer)" for p in found)
    if found[1].range is None:
        names = {v: MONTHS[v.casefold()] for v in found[1].counts}
        whens = "".join(f" when {literal(v)} then {n}" for v, n in sorted(names.items()))
        month = f"case {quoted(found[1].header)}{whens} end"
    made = sheets.free("day_of_parts", {h.lower() for h in group.header})
    parts = f"concat_ws('-', {year}, lpad(cast({month} as varchar), 2, '0'), lpad(cast({day} as varchar), 2, '0'))"
    result.query = f"select *, {parts} as {made}\nfrom {group.source}"
    headers = ", ".join(p.header for p in found)
    result.query_why = f"{headers} are the parts of one day"
    result.guesses[column] = Guess(column, made, True, headers)


def _three(group: Group) -> tuple[Profile, Profile, Profile] | None:
    """The columns of year, month and day that are called alike; None where they are not one of each."""
    by_stem: dict[str, list[list[Profile]]] = {}
    for place, (pattern, bounds) in enumerate(zip(_PARTS, _RANGES, strict=True)):
        for p in group.profiles:
            match = pattern.match(plain(p.header))
            if match and not _OTHER.search(match[1]) and _holds(p, bounds, is_month=place == 1):
                by_stem.setdefault(match[1], [[], [], []])[place].append(p)
    threes = [three for three in by_stem.values() if all(len(part) == 1 for part in three)]
    return (threes[0][0][0], threes[0][1][0], threes[0][2][0]) if len(threes) == 1 else None


def _holds(p: Profile, bounds: tuple[int, int], *, is_month: bool) -> bool:
    if is_month and p.counts and all(v.casefold() in MONTHS for v in p.counts):
        return True
    return p.range is not None and p.whole and bounds[0] <= p.range[0] and p.range[1] <= bounds[1]
