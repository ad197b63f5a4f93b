"""Subscriptions of which no column says when they end, where customers have several: whether they run at once.

Reads     a sure Plan for subscriptions, the rows that were looked at.
Gives     a Question; the query that ends a term when the next begins, or a month after it began.
Method    a row a month, where nearly all terms of a customer begin a month apart. Where two begin on the same day, they
          are first taken for what runs at once.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice, pairwise

from worthline.ingest.propose import sheets
from worthline.ingest.propose.plan import Answers, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile, moment
from worthline.ingest.propose.sql import day_of, quoted

_MOST = 20_000
"""Rows of a file that are looked at."""
_PAIRS = 12
_NEARLY_ALL = 0.9
_MONTH = (27, 32)
"""Days from the first day of a month's term to that of the next."""
_GAP = 45
"""Days after which a customer's next month is no longer the next."""


def ask(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether a customer's terms follow each other, where none of them ends."""
    who, start = (
        plan.group.profile(g.header) if (g := plan.guess(c)) is not None else None
        for c in ("customer_id", "started_on")
    )
    ended = plan.guess("ended_on")
    if plan.system or who is None or start is None or not start.dates or (ended is not None and ended.why):
        return
    starts = _starts(plan, who, start)
    several = [days for days in starts.values() if len(days) > 1]
    key = ("terms", plan.group.shown)
    answer = answers.get(key)
    if not several or answer == "each":
        return
    gaps = [(b - a).days for days in several for a, b in pairwise(sorted(days))]
    at_once = sum(gap == 0 for gap in gaps)
    is_monthly = len(gaps) >= _PAIRS and _monthly(gaps) >= _NEARLY_ALL * (len(gaps) - at_once) > 0
    day = day_of(start.header, start.dates[0])
    if answer in ("month", "follow") and day:
        _ends(plan, who, start, day, monthly=answer == "month")
        return
    text = "each customer has a row a month" if is_monthly else f"{len(several):,} customers have several rows"
    doubt = f"{text}, and no column says when one ends: do they count at once?"
    plan.sure, plan.why = False, f"{plan.why}; {doubt}"
    if answer is None:
        each = ("each", "yes: all of them run until now")
        able = plan.group.queryable and not plan.query and bool(day)
        follow = [("follow", "no: a row ends when the customer's next begins")] if able else []
        month = [("month", "no: each row is one month")] if able and is_monthly else []
        first = [each, *follow] if at_once and not is_monthly else [*month, *follow, each]
        choices = (*first, ("", "leave the file out"))
        questions.append(
            Question(key, plan.group.shown, f"{doubt[0].upper()}{doubt[1:]}", choices if able else choices[::-1])
        )


def _monthly(gaps: list[int]) -> int:
    return sum(_MONTH[0] <= gap <= _MONTH[1] for gap in gaps)


def _starts(plan: Plan, who: Profile, start: Profile) -> dict[str, list[datetime]]:
    """Of each customer the days on which terms begin."""
    person, day = (plan.group.header.index(p.header) for p in (who, start))
    starts: dict[str, list[datetime]] = {}
    for looked in plan.group.looks:
        for id_, cell in islice(zip(looked.columns[person], looked.columns[day], strict=True), _MOST):
            when = moment(start.dates[0], cell) if cell else None
            if id_ and when is not None:
                starts.setdefault(id_, []).append(when)
    return starts


def _ends(plan: Plan, who: Profile, start: Profile, day: str, *, monthly: bool) -> None:
    """A query that ends each term on the day on which the next one of the customer begins."""
    column = sheets.free("next_term", {h.lower() for h in plan.group.header})
    product = plan.guess("product")
    by = [quoted(who.header)]
    if monthly and product is not None and product.sure and product.header in plan.group.header:
        by.append(quoted(product.header))
    rows_after = "range between interval 1 day following and unbounded following"
    later = f"min({day}) over (partition by {', '.join(by)} order by {day} {rows_after})"
    if monthly:
        later = (
            f"coalesce(case when {later} - {day} <= {_GAP} then {later} end, cast({day} + interval 1 month as date))"
        )
    plan.query = f"select *, {later} as {column}\nfrom {plan.group.source}"
    plan.query_why = "each row is one month" if monthly else "a row ends when the customer's next begins"
    plan.guesses = [g for g in plan.guesses if g.column != "ended_on"]
    plan.guesses.append(Guess("ended_on", column, True, "as you said"))
