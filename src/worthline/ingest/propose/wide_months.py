"""Sheets of a row per customer and a column per period: `2025-01, 2025-02`, `Revenue Jan 2025`, `2025 Q1`, `Jan, Feb`.

Reads     a Group that names each customer once, what a person answered.
Gives     a Plan whose query makes a row of each customer and period; the Questions what they hold, and of which year.
Method    three columns or more of numbers of one measure whose names are periods. What was paid in a period becomes a
          purchase on its last day; a fee becomes a term from its first day to the next period's.
Not for   places by month: see places. What the columns hold is asked, its name only orders the choices.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from worthline.ingest import periods
from worthline.ingest.month_names import LONGEST_FIRST, MONTHS
from worthline.ingest.propose import sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, number, quoted
from worthline.tables.time import add_months

_NAME = rf"(?P<name>{'|'.join(LONGEST_FIRST)})"
_YEAR, _NUMBER = r"(?P<year>(?:19|20)\d\d)", r"(?P<month>0[1-9]|1[0-2])"
_PERIODS = tuple(
    re.compile(rf"(?i)(?:^|(?<=[\W_])){pattern}(?=$|[\W_])")
    for pattern in (
        rf"{_YEAR}[-_./ ]?{_NUMBER}(?:[-_./]\d\d)?",
        rf"{_NUMBER}[-_./]{_YEAR}",
        rf"{_NAME}\.?[-_ ']{{0,2}}(?P<year>(?:19|20)\d\d|\d\d)",
        rf"{_YEAR}[-_ ]{{0,2}}{_NAME}",
        r"(?P<week>(?:19|20)\d\d[-_ ]?W\d{1,2}|W\d{1,2}[-_ ](?:19|20)\d\d)",
        r"(?P<quarter>(?:19|20)\d\d[-_ ]?Q[1-4]|Q[1-4][-_ /']?(?:19|20)?\d\d)",
    )
)
_BARE = re.compile(rf"^{_NAME}\.?$", re.IGNORECASE)
_LEAST = 3
_FEE = re.compile(r"mrr|fee|subscription|recurring|contract|abo|beitrag", re.IGNORECASE)
_MONEY = re.compile(
    r"revenue|sales|spend|spent|amount|umsatz|paid|purchase|order|invoice|ventas|vente|fattur", re.IGNORECASE
)
_USE = re.compile(
    r"usage|\buse|login|session|visit|minute|hour|\bgb\b|event|count|ticket|call|active|nps|score", re.IGNORECASE
)
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True)
class _Sheet:
    """The columns of one measure, each with the first and last day of its period, where the year is known."""

    measure: str
    columns: tuple[tuple[Profile, date, date], ...]
    is_dated: bool = True


def found(group: Group, base: Match) -> _Sheet | None:
    """The columns of periods, where each row is a customer; of several measures the one with most of them."""
    customer = base.guesses.get("customer_id")
    p = group.profile(customer.header) if customer is not None else None
    if p is None or not p.unique or not group.stackable or len(group.looks) > 1:
        return None
    by_measure: dict[str, list[tuple[Profile, date, date]]] = defaultdict(list)
    bare: list[tuple[Profile, date, date]] = []
    for each in group.profiles:
        if each is p or not each.numbers or not number(each):
            continue
        if (named := _named(each.header)) is not None:
            measure, first, last = named
            by_measure[measure].append((each, first, last))
        elif match := _BARE.match(each.header):
            bare.append((each, first := date(4, MONTHS[match["name"].lower()], 1), first))
    measure, columns = max(by_measure.items(), key=lambda item: len(item[1]), default=("", []))
    if len(columns) >= _LEAST:
        return _Sheet(measure, tuple(columns))
    return _Sheet("", tuple(bare), is_dated=False) if len(bare) >= _LEAST else None


def propose(group: Group, sheet: _Sheet, base: Match, answers: Answers, questions: list[Question]) -> Plan | None:
    """The plan of the periods, once it is answered what they hold; None where they are attributes, or still asked."""
    key = ("periods", group.shown)
    holds = answers.get(key)
    if holds is None:
        questions.append(_ask(key, group, sheet))
        return None
    dated = _dated(sheet, group, answers, questions) if holds else None
    if dated is None:
        return None
    taken = {h.lower() for h in group.header}
    column, value, day, end = (
        sheets.free(n, taken)
        for n in ("column_of_period", "of_period", "begun" if holds == "fee" else "day", "next_period")
    )
    numbers = ", ".join(f"{number(p)} as {quoted(p.header)}" for p, *_ in dated)
    listed = ", ".join(quoted(p.header) for p, *_ in dated)
    days = [(p.header, first if holds == "fee" else last) for p, first, last in dated]
    ends = [(p.header, last + timedelta(days=1)) for p, _, last in dated]
    plan = Plan(group, "subscriptions" if holds == "fee" else "transactions", True, "a column a period, as you said")
    plan.query = (
        f"select *, {_when(column, days)} as {day}, {_when(column, ends)} as {end}\n"
        f"from (select * replace ({numbers}) from {group.source})\n"
        f"unpivot ({value} for {column} in ({listed}))\nwhere {value} <> 0"
    )
    plan.query_why = f"each of {len(dated)} columns of periods becomes a row of its own"
    customer = base.guesses["customer_id"]
    plan.guesses.append(Guess("customer_id", customer.header, True, customer.why, customer.samples))
    if holds == "fee":
        plan.guesses += [
            Guess("started_on", day, True, "the first day of the period"),
            Guess("ended_on", end, True, "the first day after it"),
            Guess("fee", value, True, "of the period"),
        ]
    else:
        plan.guesses += [
            Guess("at", day, True, "the last day of the period"),
            Guess("amount", value, True, "what was paid in it"),
        ]
        plan.notes.append("what was paid in a period counts as one purchase: numbers of orders are those of periods")
    return plan


def _ask(key: tuple[str, ...], group: Group, sheet: _Sheet) -> Question:
    names = [p.header for p, *_ in sheet.columns]
    text = f"{len(names)} columns are periods ({names[0]} to {names[-1]}). What do they hold for each customer?"
    called = f"{sheet.measure} {group.stem}"
    revenue, fee = ("revenue", "what was paid in it"), ("fee", "a fee for it, which recurs (MRR)")
    nothing = ("", "something else: they stay attributes")
    months = all((last - first).days < 31 for _, first, last in sheet.columns)
    order = [fee, revenue] if _FEE.search(called) and not _MONEY.search(sheet.measure) else [revenue, fee]
    order = order if months else [revenue]
    is_money = _FEE.search(called) or _MONEY.search(called)
    named = is_money or not (sheet.measure or _USE.search(called))
    return Question(key, group.shown, text, (*order, nothing) if named else (nothing, *order))


def _dated(
    sheet: _Sheet, group: Group, answers: Answers, questions: list[Question]
) -> list[tuple[Profile, date, date]] | None:
    """The columns with their days; where their names bear no year, of the file's name, or as answered."""
    if sheet.is_dated:
        return list(sheet.columns)
    key = ("year", group.shown)
    last = sheet.columns[-1][0].header
    answer = answers.get(key)
    if answer is None:
        named = [f"{year}-12-31" for year in sorted(set(_IN_NAME.findall(group.shown)))]
        text = f"Of which year are its columns? No name bears one. Write the last day of {last}, its last column."
        choices = (*((day, f"{day[:4]}, by the file's name") for day in named), ("", "not known: they stay attributes"))
        questions.append(Question(key, group.shown, text, choices, typed="day"))
    if not answer:
        return None
    year, months = int(answer[:4]), [first.month for _, first, _ in sheet.columns]
    dated, before = [], 13
    for (p, *_), month in zip(reversed(sheet.columns), reversed(months), strict=True):
        year -= month >= before
        before, first = month, date(year, month, 1)
        dated.append((p, first, add_months(first, 1) - timedelta(days=1)))
    return dated[::-1]


def _named(header: str) -> tuple[str, date, date] | None:
    """(measure, first day, last day) of a header that names a period."""
    for pattern in _PERIODS:
        match = pattern.search(header)
        if match is None:
            continue
        days = _days(match)
        rest = (header[: match.start()] + " " + header[match.end() :]).strip(" _.-:()[]")
        return (rest.casefold(), *days) if days is not None else None
    return None


def _days(match: re.Match[str]) -> tuple[date, date] | None:
    parts = match.groupdict()
    for name in ("week", "quarter"):
        if parts.get(name):
            return periods.between(name, parts[name].upper().replace("_", "-"))
    month = int(parts["month"]) if parts.get("month") else MONTHS[parts["name"].lower()]
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    first = date(year, month, 1)
    return first, add_months(first, 1) - timedelta(days=1)


def _when(column: str, days: list[tuple[str, date]]) -> str:
    whens = "".join(f" when {literal(header)} then '{day.isoformat()}'" for header, day in days)
    return f"case {column}{whens} end"
