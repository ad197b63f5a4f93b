"""Money in one file, its customer in another: the query that brings them together.

Reads     a Group that lacks its customer or its day, the other Groups.
Gives     Joined: the query, and the columns that it makes; None where no file, or more than one, would do.
Assumes   the other file holds the key once a row, proved on all its rows, and nearly every key of this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worthline.ingest.propose.facts import Facts
from worthline.ingest.propose.match import Match, match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Guess
from worthline.ingest.propose.sql import quoted

_STANDS = 0.98
_LACKING = ("customer_id", "at")


@dataclass(frozen=True)
class Joined:
    """A table whose missing columns another file has."""

    found: Match
    query: str
    why: str
    other: Group


def joined(group: Group, groups: Sequence[Group], facts: Facts, answers: Answers) -> Joined | None:
    """How the file's table is completed by another file, if there is one way only."""
    ways = [way for table in ("transactions", "feedback") if (way := _way(group, table, groups, facts, answers))]
    return ways[0] if len(ways) == 1 else None


def _way(group: Group, table: str, groups: Sequence[Group], facts: Facts, answers: Answers) -> Joined | None:
    mine = match(group, table, answers, facts)
    lacking = [c for c in _LACKING if c not in mine.guesses]
    column_answers = {c: answers.get(("column", group.shown, table, c)) for c in lacking}
    if "" in column_answers.values():
        return None
    rest = [c for c in mine.needed if c not in lacking]
    content = ("score", "text") if table == "feedback" else ("amount",)
    if not lacking or not all(map(mine.sure, rest)) or not any(map(mine.sure, content)) or not group.queryable:
        return None
    candidates = []
    for other in groups:
        theirs = match(other, "transactions", answers, facts)
        key = _key(group, other, theirs)
        if other is not group and key and all(c in theirs.guesses for c in lacking) and other.queryable:
            candidates.append((other, theirs, key))
    if len(candidates) != 1:
        return None
    other, theirs, (here, there) = candidates[0]
    for column, answer in column_answers.items():
        if answer:  # The only choice beside "none" is the column that this join makes.
            theirs.guesses[column] = replace(theirs.guesses[column], sure=True)
    return _join(mine, lacking, group, other, theirs, here, there)


def _key(group: Group, other: Group, theirs: Match) -> tuple[str, str] | None:
    """(header here, header there) of what names each row there once."""
    customer = theirs.guesses.get("customer_id")
    for p in other.profiles:
        if not p.unique or not other.looks[0].whole or (customer and p.header == customer.header):
            continue
        for own in group.profiles:
            if plain(own.header) == plain(p.header) and len(own.counts) > 1:
                both = len(set(own.counts) & set(p.counts))
                if both >= _STANDS * len(own.counts):
                    return own.header, p.header
    return None


def _join(mine: Match, lacking: list[str], group: Group, other: Group, theirs: Match, here: str, there: str) -> Joined:
    new_names = {"customer_id": "whose", "at": "moment"}
    header_names = {plain(h) for h in group.header}
    for column in lacking:
        while plain(new_names[column]) in header_names:
            new_names[column] += "_there"
    picked = ", ".join(f"there.{quoted(theirs.guesses[c].header)} as {new_names[c]}" for c in lacking)
    query = (
        f"select here.*, {picked}\nfrom {group.source} here\n"
        f"left join {other.source} there on here.{quoted(here)} = there.{quoted(there)}"
    )
    why = f"{other.shown} holds each {there} once, and brings {' and '.join(theirs.guesses[c].header for c in lacking)}"
    for column in lacking:
        own = theirs.guesses[column]
        reason = f"{own.header} of {other.shown}, by {here}" + ("" if own.sure else f", but {own.why}")
        mine.guesses[column] = Guess(
            column, new_names[column], own.sure, reason, own.samples, other.profile(own.header)
        )
    return Joined(mine, query, why, other)
