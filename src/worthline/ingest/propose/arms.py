"""Files of an experiment: one row per customer, a column that says which arm, columns that say what came of it.

Reads     a Group, what a person answered.
Gives     a Plan for treatments and the Questions that settle it; None where the file holds no arm.
Method    an arm is a column of two to eight values that is called so, or that has a value which only a control group
          has. Which arm is the control, which columns came after the assignment and on which day it was are asked,
          unless 0 of a flag called treatment says the first and a column says the last. Customers without an id are
          numbered by row.
Assumes   a column that is not named as an outcome is no outcome: it stays an attribute, and no covariate, unasked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worthline.ingest.propose import names
from worthline.ingest.propose.match import misfit
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal
from worthline.tables import TABLES
from worthline.tables.control_names import CONTROL_NAME

_FLAG = re.compile(r"^(is|was)?treat(ed|ment|mentflag|mentgroup|mentarm|mentind|mentindicator)?(flag)?$")
_ARM = re.compile(
    r"^(arm|armid|variant|variation|abgroup|abtestgroup|abvariant|testgroup|testarm|experimentgroup|experimentarm|"
    r"experimentvariant|campaigngroup|studygroup|studyarm|trialarm|assignment|assignedgroup|assignedarm|condition|bucket)$"
)
_PERHAPS = re.compile(r"^(any|anyincentive|anyoffer|anytreatment|incentive|encouraged|intervention)$")
"""A flag that may say who was treated, where a column beside it is named as an outcome."""
_NO = ("0", "0.0", "false", "no", "f", "n")
_CAME = re.compile(
    r"^(is|has|was)?(outcome|visit(ed|s)?|conver(sion|ted|t)|spen[dt]|got|purchased?|bought|revenue|responded|retained|"
    r"clicked|redeemed|renewed|churn(ed)?|upgraded|y)(usd|eur|amount|value|flag|after|post)?$|(after|post|outcome)$"
)
_YEARS = re.compile(r"^(.*[a-z])((?:19|20)?\d\d)$")
_TIME = re.compile(r"^(year|quarter|month|week|period|yearmonth)$")
_MOST_ARMS = 8
BETWEEN = "\n"
"""Stands between the columns of an answer that names several."""


def propose(group: Group, answers: Answers) -> tuple[Plan, list[Question]] | None:
    """The plan of an experiment's file, if it is one and nobody said that it is not."""
    arm = _arm(group)
    if arm is None or answers.get(("table", group.shown), "treatments") != "treatments":
        return None
    control = _control(arm)
    key = ("control", group.shown)
    if answers.get(key) == "" or answers.get(("outcomes", group.shown)) == "":
        return None
    plan = Plan(group, "treatments", True, f"{arm.header} says which arm each customer was in")
    plan.guesses.append(Guess("arm", arm.header, True, "the arms of an experiment", arm.samples))
    questions: list[Question] = []
    _initiative(plan, group)
    _customer(plan, group)
    _values(plan, arm, answers.get(key) or control)
    if key not in answers and not control:
        questions.append(_which_control(key, group, arm))
        _unsure(plan, "which arm is the control group is not known")
    _outcomes(plan, group, answers, questions)
    _day(plan, group, answers, questions)
    return plan, questions


def _unsure(plan: Plan, why: str) -> None:
    plan.sure, plan.why = False, f"{plan.why}; {why}"


def _arm(group: Group) -> Profile | None:
    """The only column of arms; None where rows are of several times, or the file names its initiatives itself."""
    plain = {names.plain(p.header): p for p in group.profiles}
    if any(_TIME.match(name) for name in plain) or "initiative" in plain or not group.queryable:
        return None
    few = [p for p in group.profiles if 2 <= len(p.counts) <= _MOST_ARMS and p.filled >= 10 * len(p.counts)]
    flags = [p for p in few if _FLAG.match(names.plain(p.header)) and len(p.counts) == 2]
    named = [p for p in few if _ARM.match(names.plain(p.header)) or _FLAG.match(names.plain(p.header))]
    valued = [p for p in few if any(CONTROL_NAME.match(v) for v in p.counts)]
    perhaps = [p for p in few if _PERHAPS.match(names.plain(p.header)) and len(p.counts) == 2]
    if perhaps and not _came([p for p in group.profiles if p not in perhaps and (p.range or p.flag)]):
        perhaps = []
    candidates = valued or flags or named or perhaps
    return candidates[0] if len(candidates) == 1 else None


def _control(arm: Profile) -> str:
    """The control arm where the file leaves no doubt: 0 of a flag called treatment, or an arm called control."""
    called = [v for v in arm.counts if v.lower() in ("control", "control group", "control_group")]
    if len(called) == 1:
        return called[0]
    zero = [v for v in arm.counts if v.lower() in _NO]
    return zero[0] if len(zero) == 1 and len(arm.counts) == 2 and _FLAG.match(names.plain(arm.header)) else ""


def _which_control(key: tuple[str, ...], group: Group, arm: Profile) -> Question:
    likely = sorted(arm.counts, key=lambda v: (not CONTROL_NAME.match(v), v.lower() not in _NO, v))
    choices = [(v, f"{v}: {arm.counts[v]:,} rows") for v in likely]
    text = f"Is it an experiment? Which value of {arm.header} is the control group?"
    return Question(key, group.shown, text, (*choices, ("", "it is no experiment")))


def _values(plan: Plan, arm: Profile, control: str) -> None:
    meanings = {control: "control"} if control else {}
    other = [v for v in arm.counts if v != control]
    if control and len(other) == 1 and (other[0].lower() in ("1", "1.0", "true", "yes", "t", "y")):
        meanings[other[0]] = "treated"
    changed = {v: m for v, m in meanings.items() if v != m}
    if changed:
        plan.options.append(Line("values", {"arm": changed}, True, f"{control} is the control group"))


def _initiative(plan: Plan, group: Group) -> None:
    stem = group.stem
    plan.constants.append(Line("initiative", stem, True, "after the file's name"))


def _customer(plan: Plan, group: Group) -> None:
    """The column that names each row once, by a usual name; else the number of the row."""
    column = TABLES["treatments"].column("customer_id")
    usual = (*names.canonical("customers", "customer_id"), *names.perhaps("customers", "customer_id"))
    once = [p for p in group.profiles if names.plain(p.header) in usual and p.unique and not misfit(column, p)]
    once = [p for p in once if not (p.email or names.plain(p.header) in names.PERSONAL)]
    if len(once) == 1:
        plan.guesses.append(Guess("customer_id", once[0].header, True, "names each row once", once[0].samples))
        return
    column_name = "row_of_file"
    while column_name in map(str.lower, group.header):
        column_name += "_"
    stem = literal(group.stem + " ")
    plan.query = f"select {stem} || row_number() over () as {column_name}, *\nfrom {group.source}"
    plan.query_why = "no column names the customer: each row is one, numbered in the file's order"
    plan.guesses.append(Guess("customer_id", column_name, True, "the number of the row: the file names nobody"))


def _outcomes(plan: Plan, group: Group, answers: Answers, questions: list[Question]) -> None:
    key = ("outcomes", group.shown)
    used = {g.header for g in plan.guesses}
    numbers = [p for p in group.profiles if p.header not in used and (p.range or p.flag)]
    there = {p.header for p in numbers}
    if key in answers:
        named = [h for h in answers[key].split(BETWEEN) if h in there]
        plan.options.append(Line("outcomes", named, True, "as you said: what came of it"))
        return
    likely = _came(numbers)
    first = [(BETWEEN.join(likely), " and ".join(likely))] if likely else []
    single = [(p.header, p.header) for p in reversed(numbers) if [p.header] != likely]
    text = "Which columns say what came of it, after the assignment? The others stay attributes."
    choices = (*first, *single[:8], ("", "none of them: it is no experiment"))
    questions.append(Question(key, group.shown, text, choices))
    plan.options.append(Line("outcomes", likely, False, "which columns came after the assignment is not known"))
    _unsure(plan, "which columns say what came of it is not known")


def _came(numbers: Sequence[Profile]) -> list[str]:
    """Columns named as outcomes; of one measure in several years the last."""
    named = [p.header for p in numbers if _CAME.search(names.plain(p.header))]
    years: dict[str, list[tuple[int, str]]] = {}
    for p in numbers:
        if match := _YEARS.match(names.plain(p.header)):
            years.setdefault(match[1], []).append((int(match[2]), p.header))
    last = [max(same_measure)[1] for same_measure in years.values() if len(same_measure) > 1]
    return list(dict.fromkeys((*named, *last)))


def _day(plan: Plan, group: Group, answers: Answers, questions: list[Question]) -> None:
    """The day of the assignment: the only date of the file that is called so, or one that a person gives."""
    key = ("assigned",)
    usual = (*names.canonical("treatments", "at"), "assigned", "assignedat", "assignedon", "assignmentdate", "sentat")
    dates = [p for p in group.profiles if p.dates and names.plain(p.header) in usual]
    if len(dates) == 1 and not misfit(TABLES["treatments"].column("at"), dates[0]):
        plan.guesses.append(Guess("at", dates[0].header, True, "a usual name of it", dates[0].samples))
        return
    if answers.get(key):
        plan.constants.append(Line("at", answers[key], True, "as you said: the day of the assignment"))
        return
    plan.missing.append("at")
    if key not in answers:
        text = "On which day were customers assigned to their arms? No column says it."
        questions.append(Question(key, group.shown, text, (("", "not known: leave the file out"),), typed="day"))
