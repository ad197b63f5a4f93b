"""Customers who left by a flag alone (Churn, Exited, Attrition_Flag): when, by the day of the snapshot.

Reads     a sure Plan for customers, what a person answered.
Gives     left_on, known_at and, where months of tenure are in the file, joined_on, all made by a query; or a Question.
Method    a snapshot says who had left by its day: that day stands for the day of leaving. All else in the row was known
          on that day and not before, so that nothing of it explains an earlier month.
"""

from __future__ import annotations

import re

from worthline.ingest.numbers import YES
from worthline.ingest.propose import names
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_LEFT = re.compile(
    r"^(is|has)?(customer)?(churn|churned|churnflag|churnlabel|churnvalue|churnstatus|exited|left|attrition|attritionflag|"
    r"attrited|cancell?ed|customerstatus)$"
)
_CHURN = re.compile(r"churn|exited|attrit")
_GONE = re.compile(
    r"^(churned|attrited( customer)?|left|exited|cancell?ed|lost|former( customer)?|gone)$", re.IGNORECASE
)
_HERE = re.compile(
    r"^(existing( customer)?|stayed|stay|active|current( customer)?|retained|joined|new|not churned)$", re.IGNORECASE
)
_TENURE = re.compile(r"^(customer)?(tenureinmonths|tenuremonths|monthstenure|monthsonbooks?|monthssincejoining)$")
AS_OF = ("as_of",)
"""Key of the question until which day the files go."""


def flagged(group: Group) -> tuple[Profile, list[str]] | None:
    """The flag and its values that mean "left"; None where no column, or more than one thing, says so."""
    for p in group.profiles:
        if not _LEFT.match(names.plain(p.header)) or not p.counts:
            continue
        left_values = [v for v in p.counts if _GONE.match(v)]
        if left_values and all(_GONE.match(v) or _HERE.match(v) for v in p.counts):
            return p, sorted(left_values)
        if p.flag and len(p.counts) == 2:
            yes = [v for v in p.counts if v.lower() in YES]
            return (p, yes) if len(yes) == 1 else None
    return None


def numbered(group: Group) -> Plan | None:
    """Customers that only a flag of churn tells: each row one, numbered, where no column may name them."""
    flag = flagged(group)
    usual = (*names.canonical("customers", "customer_id"), *names.perhaps("customers", "customer_id"))
    if flag is None or not group.queryable or not _CHURN.search(names.plain(flag[0].header)):
        return None
    if any(names.plain(p.header) in usual for p in group.profiles):
        return None
    why = f"{flag[0].header} says of each row whether it left, and no column names the customer"
    plan = Plan(group, "customers", False, why)
    plan.query = f"select {literal(group.stem + ' ')} || row_number() over () as row_of_file, *\nfrom {group.source}"
    plan.query_why = "each row is a customer, numbered in the file's order"
    plan.guesses = [Guess("customer_id", "row_of_file", True, "the number of the row: the file names nobody")]
    return plan


def propose(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Make left_on of the flag on the day that was answered, or ask for the day."""
    flag_and_values = flagged(plan.group)
    if flag_and_values is None or plan.guess("left_on") is not None or not plan.group.queryable:
        return
    flag, left_values = flag_and_values
    day = answers.get(AS_OF)
    if not day:
        plan.notes.append(f"{flag.header} says who left, not when: it stays an attribute until a day is given")
    if day is None:
        n = sum(flag.counts[v] for v in left_values)
        text = (
            f"{flag.header} says that {n:,} customers left, not when. Until which day does the file go? "
            "They are given that day."
        )
        choices = (("", "not known: keep it as an attribute"),)
        questions.append(Question(AS_OF, plan.group.shown, text, choices, typed="day"))
    if day:
        _on(plan, flag, left_values, day)


def _on(plan: Plan, flag: Profile, left_values: list[str], day: str) -> None:
    cell = f"trim(cast({quoted(flag.header)} as varchar))"
    expressions = {
        "left_on": (
            f"case when {cell} in ({', '.join(map(literal, left_values))}) then date '{day}' end",
            f"{flag.header} = {' or '.join(left_values)}, on the day of the snapshot",
        ),
        "known_at": (f"date '{day}'", "the day of the snapshot: what the row says was known then"),
    }
    months = [p for p in plan.group.profiles if _TENURE.match(names.plain(p.header)) and p.range and p.whole]
    if len(months) == 1 and plan.guess("joined_on") is None:
        number = f"try_cast({quoted(months[0].header)} as integer)"
        expressions["joined_on"] = (
            f"cast(date '{day}' - to_months({number}) as date)",
            f"{months[0].header} before the day of the snapshot",
        )
    header_names = {h.lower() for h in plan.group.header}
    columns = []
    for column, (sql, why) in expressions.items():
        if plan.guess(column) is not None:
            continue
        name = f"{column}_made" if column in header_names else column
        columns.append(f"    {sql} as {name}")
        plan.guesses.append(Guess(column, name, True, why))
    inner = f"({plan.query})" if plan.query else plan.group.source
    plan.query = "select *,\n" + ",\n".join(columns) + f"\nfrom {inner}"
    plan.query_why = "; ".join(filter(None, (plan.query_why, f"{flag.header} says who left by {day}")))
