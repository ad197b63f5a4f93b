"""Contacts that were rated: a file of tickets, calls or chats in which a column holds what the customer answered.

Reads     a Plan for interactions, the match of feedback on the same file.
Gives     Plans for feedback, one for each score, of the rows that hold an answer.
Assumes   an answer was given when its row was last changed, where a column says so; else when the contact began.
"""

from __future__ import annotations

from worthline.ingest.propose import scores
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Guess, Plan, Question
from worthline.ingest.propose.sql import literal, quoted

_CHANGED = ("updatedat", "lastupdatedat", "closedat", "solvedat", "resolvedat", "ratedat", "surveyedat")
_SHARED = ("customer_id", "at", "touchpoint", "channel")


def plans(contacts: Plan, base: Match, answers: Answers, questions: list[Question]) -> list[Plan]:
    """The ratings of a sure file of contacts; none where no score is sure, or a query cannot choose their rows."""
    group = contacts.group
    if contacts.system or contacts.query or not contacts.taken or not group.stackable or not base.sure("score"):
        return []
    plan = Plan(group, "feedback", True, "the same file as above, for the answers that its contacts were given")
    plan.guesses = [g for g in contacts.guesses if g.column in _SHARED and g.sure]
    changed = next((p for p in group.profiles if plain(p.header) in _CHANGED and p.dates), None)
    day = contacts.guess("at")
    if changed is not None and day is not None and set(changed.dates) & set(_dates(contacts, day)):
        plan.guesses = [g for g in plan.guesses if g.column != "at"]
        plan.guesses.append(Guess("at", changed.header, True, "when the rating was last changed", changed.samples))
    case = contacts.guess("case_id")
    if case is not None and case.sure:
        plan.guesses += [Guess(c, case.header, True, case.why, case.samples) for c in ("feedback_id", "case_id")]
    plan.constants = [line for line in contacts.constants if line.key in _SHARED]
    plan.guesses.append(base.guesses["score"])
    found = scores.by_metric(plan, group, answers, questions)
    for rated in found:
        score = rated.guess("score")
        p = group.profile(score.header) if score is not None else None
        if score is None or p is None or not score.sure:
            continue
        none = "".join(f", {literal(cell)}" for cell in p.no_answers)
        rated.query = (
            f"select *\nfrom {group.source}\n"
            f"where coalesce(trim(cast({quoted(p.header)} as varchar)), '') not in (''{none})"
        )
        rated.query_why = f"a contact whose {p.header} is blank was not rated"
        rated.options = [o for o in rated.options if o.key != "blank" or not p.no_answers]
    return [rated for rated in found if (g := rated.guess("score")) is not None and g.sure]


def _dates(contacts: Plan, day: Guess) -> tuple[str, ...]:
    p = contacts.group.profile(day.header)
    return p.dates if p is not None else ()
