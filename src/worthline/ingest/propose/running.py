"""Amounts that are sums so far, of the year or for good: each row would count all the rows before it again.

Reads     a sure Plan for transactions, the rows that were looked at.
Gives     a Question; the query that takes from each row what stood there before, where the answer says so.
Method    of nearly all pairs of rows that follow each other in one customer's year the later amount is the higher, and
          the highest come to twice the lowest at least.
Assumes   sums of a year begin again in January, wherever one of them falls with the year.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice, pairwise

from worthline.ingest.propose.amounts import is_plain
from worthline.ingest.propose.plan import Answers, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile, moment
from worthline.ingest.propose.sql import day_of, quoted
from worthline.ingest.rising import GROWN, NEARLY_ALL, STEPS

_COLUMN = "of_the_row"
_MOST = 20_000
"""Rows of a file that are looked at."""


def so_far(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether amounts that only rise are sums so far."""
    guesses = [plan.guess(column) for column in ("customer_id", "at", "amount")]
    profiles = [plan.group.profile(g.header) if g is not None else None for g in guesses]
    who, at, amount = profiles
    if plan.system or who is None or at is None or amount is None or not at.dates or not amount.numbers:
        return
    lines = _lines(plan, who, at, amount)
    reason = _rising(lines)
    key = ("so far", plan.group.shown, amount.header)
    answer = answers.get(key)
    if not reason or answer == "each":
        return
    if answer == "steps":
        _by_steps(plan, who, at, amount, is_yearly=_begins_again(lines))
        return
    doubt = f"{amount.header} of each customer only rises ({reason}): is it the sum so far, of the year or of all time?"
    plan.sure, plan.why = False, f"{plan.why}; {doubt}"
    if answer is None:
        is_able = plan.group.queryable and not plan.query and is_plain(amount) and day_of(at.header, at.dates[0])
        steps = [("steps", "yes: of each row counts what it is above the row before")] if is_able else []
        choices = (*steps, ("each", "no: each row is a sale of its own"), ("", "leave the file out"))
        questions.append(Question(key, plan.group.shown, doubt, choices if is_able else choices[::-1]))


def _lines(plan: Plan, who: Profile, at: Profile, amount: Profile) -> dict[str, list[tuple[datetime, float]]]:
    """Of each customer their moments and amounts, in order."""
    header = plan.group.header
    index = [header.index(p.header) for p in (who, at, amount)]
    lines: dict[str, list[tuple[datetime, float]]] = {}
    for looked in plan.group.looks:
        for person, day, cell in islice(zip(*(looked.columns[i] for i in index), strict=True), _MOST):
            when = moment(at.dates[0], day) if day else None
            value = amount.value(cell)
            if person and when is not None and value is not None:
                lines.setdefault(person, []).append((when, value))
    return {person: sorted(rows) for person, rows in lines.items()}


def _rising(lines: dict[str, list[tuple[datetime, float]]]) -> str:
    """The first amounts of somebody whose amounts rise, where nearly all do; empty if they do not."""
    steps = rises = 0
    low = high = 0.0
    example: list[float] = []
    for rows in lines.values():
        years: dict[int, list[tuple[datetime, float]]] = {}
        for when, value in rows:
            years.setdefault(when.year, []).append((when, value))
        long = [of_year for of_year in years.values() if len(of_year) > 2]
        pairs = [(a[1], b[1]) for of_year in long for a, b in pairwise(of_year) if a[0] != b[0]]
        if pairs:
            values = [value for of_year in long for _, value in of_year]
            steps, rises = steps + len(pairs), rises + sum(b > a for a, b in pairs)
            low, high = low + min(values), high + max(values)
            example = example or values[:3]
    is_rising = steps >= STEPS and rises >= NEARLY_ALL * steps and high >= GROWN * low
    return ", ".join(f"{value:g}" for value in example) if is_rising else ""


def _begins_again(lines: dict[str, list[tuple[datetime, float]]]) -> bool:
    """Whether sums are those of a year: they fall with the year, or the file has one year and begins in January."""
    turns = [(a[1], b[1]) for rows in lines.values() for a, b in pairwise(rows) if a[0].year != b[0].year]
    return not turns or sum(b < a for a, b in turns) > len(turns) / 2


def _by_steps(plan: Plan, who: Profile, at: Profile, amount: Profile, *, is_yearly: bool) -> None:
    """A query that holds what each row added; of the file's first month nothing is known, unless the year began."""
    day = day_of(at.header, at.dates[0])
    sums = f"try_cast({quoted(amount.header)} as decimal(18, 4))"
    column = _COLUMN if _COLUMN not in plan.group.header else f"{_COLUMN}_alone"
    people = f"partition by {quoted(who.header)}{f', year({day})' if is_yearly else ''} order by {day}"
    since = f"date_trunc('month', min({day}) over ())"
    is_known = f"lag({sums}) over ({people}) is not null or date_trunc('month', {day}) > {since}"
    is_known += f" or month({since}) = 1" if is_yearly else ""
    plan.query = (
        f"select *, {sums} - coalesce(lag({sums}) over ({people}), 0) as {column}\n"
        f"from {plan.group.source}\nqualify {is_known}"
    )
    before = "" if is_yearly else ", which is why the first month is left out"
    plan.query_why = f"{amount.header} is the sum so far: of each row counts what it added{before}"
    guess = plan.guess("amount")
    assert guess is not None
    why = f"what {amount.header} is above the row before"
    plan.guesses[plan.guesses.index(guess)] = Guess("amount", column, True, why, amount.samples)
