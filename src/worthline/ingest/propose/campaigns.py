"""Lists of whom a campaign reached, whose days stand in another file: campaigns.csv and campaign_descriptions.csv.

Reads     a Group of customers and campaigns without a day, the other Groups.
Gives     a Plan for treatments, its day joined by the campaign, once a person says that all of the list were reached.
Assumes   the other file holds each campaign once, proved on all its rows, and one day that a campaign begins on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worthline.ingest.propose import names, writing
from worthline.ingest.propose.facts import is_customer
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import quoted

_CAMPAIGN = re.compile(
    r"^(campaign|mailing|promotion|promo|offer|kampagne|campana|campagne|aktion)(id|code|no|nr|key)?$"
)
_STARTS = re.compile(r"^(campaign)?(start|begin|sent|send|launch|from)(s|ed)?(date|day|at|on)?$")
_FEW = 4
"""Columns that a mere list of whom a campaign reached has at most."""


def decide(group: Group, groups: Sequence[Group], answers: Answers) -> tuple[list[Plan], list[Question]] | None:
    """The plan of such a list, or of the file that only holds its days; None where the file is neither."""
    if user := _user_of_days(group, groups, answers):
        return [Plan(group, None, True, f"its days are joined to {user}")], []
    found = propose(group, groups, answers)
    if found is None:
        return None
    plan, questions = found
    writing.settle(plan, answers, questions)
    return [plan], questions


def propose(group: Group, groups: Sequence[Group], answers: Answers) -> tuple[Plan, list[Question]] | None:
    """The plan of a list of whom campaigns reached; None where it is none, or no file, or several, hold the days."""
    key = _campaign(group)
    people = [p for p in group.profiles if is_customer(p)]
    if (
        key is None
        or len(people) != 1
        or len(group.header) > _FEW
        or not group.queryable
        or answers.get(_asked(group)) == ""
    ):
        return None
    if any(p.dates for p in group.profiles):
        return None
    ways = [(other, *found) for other in groups if other is not group and (found := _days(other, key)) is not None]
    if len(ways) != 1:
        return None
    other, there, day = ways[0]
    why = f"{other.shown} holds each {there.header} once, and brings {day.header}"
    plan = Plan(group, "treatments", _asked(group) in answers, f"it lists whom campaigns reached; {why}")
    plan.query = (
        f"select here.*, there.{quoted(day.header)} as begun\nfrom {group.source} here\n"
        f"left join {other.source} there on here.{quoted(key.header)} = there.{quoted(there.header)}"
    )
    plan.query_why = why
    plan.guesses = [
        Guess("customer_id", people[0].header, True, "a usual name of it", people[0].samples),
        Guess("initiative", key.header, True, "the campaign", key.samples),
        Guess("at", "begun", True, f"{day.header} of {other.shown}", day.samples, day),
    ]
    plan.constants = [Line("arm", "treated", True, "who stands in the list was reached")]
    if plan.sure:
        return plan, []
    choices = (("treated", f"yes, from {day.header} of {other.shown} on"), ("", "no: leave it out"))
    text = f"Were all customers of {group.shown} reached by the campaign of their row?"
    return plan, [Question(_asked(group), group.shown, text, choices)]


def _user_of_days(group: Group, groups: Sequence[Group], answers: Answers) -> str:
    """The file that takes its days from this one, which is nothing of its own; empty if there is none."""
    if _campaign(group) is None or any(map(is_customer, group.profiles)):
        return ""
    for other in groups:
        plan = propose(other, groups, answers) if other is not group else None
        if plan is not None and group.source in plan[0].query:
            return other.shown
    return ""


def _asked(group: Group) -> tuple[str, str]:
    return ("reached", group.shown)


def _campaign(group: Group) -> Profile | None:
    named = [p for p in group.profiles if _CAMPAIGN.match(names.plain(p.header)) and p.counts]
    return named[0] if len(named) == 1 else None


def _days(other: Group, key: Profile) -> tuple[Profile, Profile] | None:
    """(its campaigns, the day each begins on) of a file that holds each campaign of `key` once."""
    there = _campaign(other)
    if there is None or not there.unique or not other.queryable or not other.looks[0].whole:
        return None
    days = [p for p in other.profiles if _STARTS.match(names.plain(p.header)) and p.dates]
    return (there, days[0]) if len(days) == 1 and set(key.counts) <= set(there.counts) else None
