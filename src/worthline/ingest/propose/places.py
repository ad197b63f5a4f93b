"""Panels of places: stores, hospitals or regions with their measures by date, which name no customer.

Reads     a Group, what a person answered.
Gives     a Plan for locations whose query makes a row of each place, date and measure; the Question that settles which
          measures say how people felt. None where the file is no such panel.
Method    long: one column names places, another the date or the year, both together each row once, and each place
          comes several times; every column of numbers is a measure. Wide: one row per place, and three columns or more
          whose names end in a month or a year; each beginning is a measure, of the last day of its month or year.
Assumes   soft or hard is declared, never guessed (ADR 22): a name that sounds like a rating is the first choice only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from worthline.ingest.propose import names
from worthline.ingest.propose.arms import BETWEEN
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted
from worthline.tables.time import month_end

_PLACE = re.compile(
    r"^(the)?(location|store|shop|branch|site|outlet|restaurant|hotel|hospital|provider|clinic|facility|listing|station|"
    r"airport|depot|plant|region|state|province|county|city|district|village|country|market|filiale|tienda|magasin|"
    r"standort)(id|name|code|no|nr|number|key|real)?$"
)
_YEAR = re.compile(r"^(19|20)\d\d$")
_OF_MONTH = re.compile(r"^(.*?)[ _.-]?((?:19|20)\d\d)[_-]?(0[1-9]|1[0-2])?$")
_SOFT = re.compile(r"rating|star|score|satisf|nps|csat|recommend|survey|review|complain|experience", re.IGNORECASE)
_DONE = re.compile(r"treat|rollout|rolledout|golive|exposed|intervention|pilot")
"""What was done for a place is no measure of it."""
_COUNTS_ROWS = ("", "row", "rownumber", "index", "no", "nr", "number", "unnamed0")
_YEARS = ("year", "calendaryear", "fiscalyear", "jahr", "ano", "annee")
_LEAST_COLUMNS = 3
_LEAST_PLACES = 5
_SHOWN = 12
_ALL_HARD = "(none)"
"""Answers that no measure is soft."""


def propose(group: Group, answers: Answers) -> tuple[Plan, list[Question]] | None:
    """The plan of a panel of places, if the file is one and nobody said that it is something else."""
    if answers.get(("table", group.shown), "locations") != "locations" or not group.queryable:
        return None
    key = ("soft", group.shown)
    if answers.get(key) == "":
        return None
    panel = _long(group) or _wide(group)
    if panel is None:
        return None
    place, measures, melted = panel
    plan = Plan(group, "locations", False, f"each row is {place.header} at a time, with {_many(measures)}")
    questions: list[Question] = []
    if key in answers:
        soft = [m for m in answers[key].split(BETWEEN) if m in measures]
        plan.sure = True
        plan.query, plan.query_why = _query(melted, soft), "each measure of a row becomes a row of its own"
    else:
        plan.why += "; which of them say how people felt is not known"
        questions.append(_ask(key, group, place, measures))
        plan.query = _query(melted, [])
    plan.guesses = [
        Guess("location", place.header, plan.sure, "names the places", place.samples),
        Guess("at", "measured_on", plan.sure, "the date of the row"),
        Guess("measure", "measure_of_place", plan.sure, "the column that the value stood in"),
        Guess("value", "value_of_place", plan.sure, "the value"),
        Guess("kind", "kind_of_measure", plan.sure, "as you said"),
    ]
    return plan, questions


def is_panel(group: Group) -> bool:
    """Whether rows are of places at several times: then no column says which customers were treated."""
    return _long(group) is not None


def _many(measures: Sequence[str]) -> str:
    return f"{len(measures)} measures" if len(measures) > 1 else f"the measure {measures[0]}"


def _ask(key: tuple[str, ...], group: Group, place: Profile, measures: Sequence[str]) -> Question:
    likely = [m for m in measures if _SOFT.search(m)]
    some = ", ".join(measures[:_SHOWN]) + (f" and {len(measures) - _SHOWN} more" if len(measures) > _SHOWN else "")
    text = (
        f"It measures each {place.header}: {some}. Which measures say how people felt (ratings, surveys)? "
        "The others are counted as results."
    )
    first = [(BETWEEN.join(likely), ", ".join(likely[:_SHOWN]))] if likely and len(likely) < len(measures) else []
    choices = (
        *first,
        *(((BETWEEN.join(measures), "all of them"),) if likely else ()),
        (_ALL_HARD, "none of them"),
        *(() if likely else ((BETWEEN.join(measures), "all of them"),)),
        ("", "it is no panel of places: leave it out"),
    )
    return Question(key, group.shown, text, choices)


def _long(group: Group) -> tuple[Profile, list[str], str] | None:
    """(place, measures, SQL that melts them), one row per place and date."""
    times = [p for p in group.profiles if _is_time(p)]
    places = [p for p in group.profiles if _PLACE.match(names.plain(p.header)) and 1 < len(p.counts) < p.filled]
    for time in times:
        for place in places:
            if place is time or 2 * len(place.counts) > place.cells or not _once(group, place, time):
                continue
            aside = {place.header, time.header, *(p.header for p in (*times, *places))}
            measures = [p.header for p in group.profiles if p.header not in aside and _is_measure(p)]
            if measures:
                day = f"cast({quoted(time.header)} as varchar)"
                if not time.dates or not _is_date(time):
                    day = f"left({day}, 4) || '-12-31'"
                return place, measures, _melt(group, place, day, [(m, m, "") for m in measures])
    return None


def _wide(group: Group) -> tuple[Profile, list[str], str] | None:
    """The same of one row per place, where columns bear the month or the year in their names."""
    by_measure: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for p in group.profiles:
        if (match := _OF_MONTH.match(p.header)) and _is_measure(p):
            month = date(int(match[2]), int(match[3] or 12), 1)
            by_measure[match[1].strip(" _.-") or "value"].append((p.header, month_end(month).isoformat()))
    measures = {measure: months for measure, months in by_measure.items() if len(months) >= _LEAST_COLUMNS}
    places = [p for p in group.profiles if _PLACE.match(names.plain(p.header)) and p.unique]
    if not measures or not places or group.rows < _LEAST_PLACES:
        return None
    melted = [(header, measure, month) for measure, months in measures.items() for header, month in months]
    return places[0], list(measures), _melt(group, places[0], "", melted)


def _is_time(p: Profile) -> bool:
    return _is_date(p) or (names.plain(p.header) in _YEARS and p.share(re.compile(r"^(19|20)\d\d(\.0)?$")) == 1)


def _is_date(p: Profile) -> bool:
    return bool(p.dates) and p.dates[0] in ("iso", "typed")


def _is_measure(p: Profile) -> bool:
    """Numbers, and not all blank; an id, a flag of what was done and a text are none."""
    name = names.plain(p.header)
    is_number = bool(p.numbers) and p.range is not None
    return is_number and not name.endswith("id") and name not in _COUNTS_ROWS and not _DONE.search(name)


def _once(group: Group, place: Profile, time: Profile) -> bool:
    """Whether place and time together name each row once."""
    indices = group.header.index(place.header), group.header.index(time.header)
    rows = [
        (looked.columns[indices[0]][n], looked.columns[indices[1]][n])
        for looked in group.looks
        for n in range(len(looked.columns[indices[0]]))
    ]
    return len(set(rows)) == len(rows) > len(place.counts)


def _melt(group: Group, place: Profile, day: str, measures: Sequence[tuple[str, str, str]]) -> str:
    """One SELECT a measure: (header, what it measures, its day, or "" where a column says it)."""
    return "\nunion all ".join(
        f"select {quoted(place.header)}, {literal(on_day) if on_day else day} as measured_on, {literal(measure)} "
        f"as measure_of_place, cast({quoted(header)} as varchar) as value_of_place\nfrom {group.source}"
        for header, measure, on_day in measures
    )


def _query(melted: str, soft: Sequence[str]) -> str:
    kind_case = f"case when measure_of_place in ({', '.join(map(literal, soft))}) then 'soft' else 'hard' end"
    return (
        f"select *, {kind_case if soft else literal('hard')} as kind_of_measure\nfrom (\n{melted}\n)\n"
        "where trim(coalesce(value_of_place, '')) <> ''"
    )
