"""Wide survey sheets: one row per respondent, a column per question, all on one scale.

Reads     a Group, the match of feedback, what a person answered.
Gives     a Plan for feedback whose query makes a row of each answer, named by its column; the Questions that settle it.
Method    four columns or more of whole numbers that end at the same 5, 6, 7 or 10 may be answers; whether they are,
          and on which scale, is asked once a folder. Numbers beyond the scale (0 or 6 for "never used") are blank.
"""

from __future__ import annotations

import re
from collections import defaultdict

from worthline.ingest.propose import names
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_LEAST = 4
_SCALES = {5: ("1-5", "0-5"), 6: ("1-5", "1-6", "1-7"), 7: ("1-7",), 10: ("1-10", "0-10")}
_NOUGHTS = 0.3
"""Share of 0 above which a column from 0 to 5 is a count and no answer."""
_SHOWN = 30
_OF_A_MONTH = re.compile(r"(19|20)\d\d([_-]?\d\d)?$")
"""Headers of one measure at several times: places by month, and no questions."""
_NUMBER = re.compile(r"^\d+(\.0+)?$")
_BLANK = ("blank", "n/a", "na", "none", "-", ".", "no answer", "not applicable", "don't know", "dk", "null")
_PART = re.compile(r"^([A-Za-z]+\d+)[A-Za-z_]")
_IDS = ("respnum", "respondentnumber", "respondentno", "responsenumber", "respno", "surveynumber")


def battery(group: Group) -> tuple[int, list[Profile]] | None:
    """(highest number, columns) of the largest set of columns that may be answers on one scale."""
    by_highest: dict[int, list[Profile]] = defaultdict(list)
    for p in group.profiles:
        numbers = {v: n for v, n in p.counts.items() if _NUMBER.match(v)}
        if not 3 <= len(numbers) <= 12 or any(v.casefold() not in _BLANK for v in p.counts.keys() - numbers.keys()):
            continue
        most = max(map(float, numbers))
        noughts = sum(n for v, n in numbers.items() if float(v) == 0)
        is_filled = 2 * p.filled >= p.cells and noughts <= _NOUGHTS * p.filled
        if is_filled and not _OF_A_MONTH.search(p.header):
            by_highest[int(most)].append(p)
    whole = {most: columns for most, columns in by_highest.items() if most in _SCALES}
    most, columns = max(whole.items(), key=lambda scale_columns: len(scale_columns[1]), default=(0, []))
    columns = _numbered(columns)
    prefixes = {match[1] for p in columns if (match := _PART.match(p.header))}
    lower = [
        p
        for m, ps in by_highest.items()
        if m < most
        for p in ps
        if (match := _PART.match(p.header)) and match[1] in prefixes
    ]
    headers = {p.header for p in (*columns, *lower)}  # A question that nobody skipped has no 6 for "never used".
    columns = [p for p in group.profiles if p.header in headers]
    return (most, columns) if len(columns) >= _LEAST else None


def _part(p: Profile) -> str:
    """The number of the question that a column is a part of: Q7 of Q7ART; empty where it is none."""
    match = _PART.match(p.header)
    return match[1].upper() if match else ""


def _numbered(columns: list[Profile]) -> list[Profile]:
    """Where most columns are parts of numbered questions (Q7ART, Q7FOOD), those with three parts or more; else all."""
    parts: dict[str, list[Profile]] = defaultdict(list)
    for p in columns:
        if part := _part(p):
            parts[part].append(p)
    several = {p.header for same_question in parts.values() if len(same_question) >= 3 for p in same_question}
    return [p for p in columns if p.header in several] if 2 * len(several) > len(columns) else columns


def propose(group: Group, base: Match, answers: Answers, questions: list[Question]) -> Plan | None:
    """The plan of the sheet, where it was answered that it is one; else the question, if it may be one."""
    score_battery = battery(group)
    if score_battery is None or not group.stackable:
        return None
    most, columns = score_battery
    used = {g.header for g in base.guesses.values() if g.sure and g.column != "score"}
    columns = [p for p in columns if p.header not in used]
    key = ("battery", str(most))
    if key not in answers:
        questions.append(_ask(key, group, most, columns))
    if not answers.get(key):
        return None
    plan = _plan(group, base, columns, answers[key])
    settle_day(plan, group, answers, questions)
    return plan


def _ask(key: tuple[str, ...], group: Group, most: int, columns: list[Profile]) -> Question:
    some = ", ".join(p.header for p in columns[:_SHOWN])
    remainder = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    text = f"{len(columns)} columns hold whole numbers up to {most} ({some}{remainder}). Are they answers of a survey?"
    choices = tuple((s, f"answers from {s.replace('-', ' to ')}; other numbers are blank") for s in _SCALES[most])
    return Question(key, group.shown, text, (*choices, ("", "no: they stay as they are")))


def _plan(group: Group, base: Match, columns: list[Profile], scale: str) -> Plan:
    plan = Plan(group, "feedback", True, f"a row per respondent, {len(columns)} questions from {scale}, as you said")
    taken = {h.lower() for h in group.header}
    question, answer, row = (free(name, taken) for name in ("question", "answer", "row_of_file"))
    low, high = map(int, scale.split("-"))
    own = _id(group)
    listed = ",\n".join(f"    {quoted(p.header)} as {literal(_metric(p))}" for p in columns)
    stem = literal(group.stem + " ")
    source = group.source if own else f"(select {stem} || row_number() over () as {row}, * from {group.source})"
    plan.query = f"select *\nfrom {source}\nunpivot include nulls ({answer} for {question} in (\n{listed}\n))"
    plan.query_why = "each answer of a row becomes a row of its own"
    answer_columns = {p.header for p in columns}
    guesses = [
        g
        for g in base.guesses.values()
        if g.sure and g.header not in answer_columns and g.column not in ("score", "text")
    ]
    plan.guesses = [g for g in guesses if g.column not in ("feedback_id", "metric", "scale")]
    plan.guesses += [
        Guess("feedback_id", own or row, True, "names the respondent" if own else "the number of the row"),
        Guess("metric", question, True, "the column that the answer stood in"),
        Guess("score", answer, True, "the answer"),
    ]
    plan.constants = [Line("scale", scale, True, "as you said")]
    beyond = sorted({v for p in columns for v in p.counts if not (_NUMBER.match(v) and low <= float(v) <= high)})
    if beyond:
        plan.options.append(Line("blank", {"score": beyond}, True, f"{', '.join(beyond)} lie outside {scale}"))
    return plan


def _metric(p: Profile) -> str:
    named = names.SCORES.get(names.plain(p.header))
    return named[0] if named is not None and named[0] in ("csat", "ces") else p.header


def free(name: str, taken: set[str]) -> str:
    """A name for a column that a query makes, which no column of the file has."""
    while name in taken:
        name += "_"
    return name


def _id(group: Group) -> str:
    """The column that numbers the respondents, if one does."""
    usual = (*names.canonical("feedback", "feedback_id"), *names.perhaps("feedback", "feedback_id"), *_IDS)
    headers = [p.header for p in group.profiles if names.plain(p.header) in usual and p.unique]
    return headers[0] if len(headers) == 1 else ""


def settle_day(plan: Plan, group: Group, answers: Answers, questions: list[Question]) -> None:
    """Ask on which day answers were given, where no column says it."""
    if plan.guess("at") is not None:
        return
    key = ("answered", group.shown)
    if answers.get(key):
        plan.constants.append(Line("at", answers[key], True, "as you said: the day of the answers"))
        return
    plan.missing.append("at")
    if key not in answers:
        text = "On which day were its answers given? No column says it. For instance the last day of the survey."
        questions.append(Question(key, group.shown, text, (("", "not known: leave the file out"),), typed="day"))
