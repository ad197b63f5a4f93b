"""NPS by its groups: a column each for promoters, passives and detractors, which hold marks or counts of answers.

Reads     a Group, the match of feedback, what a person answered.
Gives     a Plan for feedback whose query makes a row of each answer: 10, 7 and 0 stand for all of a group.
Assumes   what a group's answers add to NPS is the same for each; averages of the answers are not known.
Not for   shares: rows that all come to 100, or to fractions, are no counts, and are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worthline.ingest.propose import sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_GROUPS = (
    (10, re.compile(r"^(nps|is|n|count|num|of)*(promoters?|promoteurs?|promotor(en|es)?)(count|nps|n)?$")),
    (7, re.compile(r"^(nps|is|n|count|num|of)*(passives?|neutrals?|passifs?|pasivos?|indifferent)(count|nps|n)?$")),
    (0, re.compile(r"^(nps|is|n|count|num|of)*(detractor(es)?s?|d[ée]tracteurs?|detraktoren|kritiker)(count|nps|n)?$")),
)
_MOST = 100_000
"""Answers of one row, at most: a list of them is made."""


def propose(group: Group, base: Match, answers: Answers, questions: list[Question]) -> Plan | None:
    """The plan of such a file; None where it is none."""
    columns = [[p for p in group.profiles if fits.match(plain(p.header))] for _, fits in _GROUPS]
    if any(len(found) != 1 for found in columns) or not group.stackable:
        return None
    counts = [found[0] for found in columns]
    if not all(_is_count(p) for p in counts) or _are_shares(group, counts):
        return None
    taken = {h.lower() for h in group.header}
    score, row = (sheets.free(name, taken) for name in ("score_of_group", "answer_of_file"))
    lists = " || ".join(
        f"list_resize([]::integer[], coalesce(try_cast({quoted(p.header)} as integer), 0), {answer})"
        for (answer, _), p in zip(_GROUPS, counts, strict=True)
    )
    plan = Plan(group, "feedback", True, "promoters, passives and detractors stand in a column each")
    stem = literal(group.stem + " ")
    plan.query = (
        f"select {stem} || row_number() over () as {row}, *\nfrom (select *, unnest({lists}) as {score}\n"
        f"    from {group.source})"
    )
    plan.query_why = "each answer becomes a row: 10, 7 and 0 stand for all of a group"
    used = {p.header for p in counts}
    made = ("score", "metric", "scale", "feedback_id")
    plan.guesses = [g for g in base.guesses.values() if g.sure and g.column not in made and g.header not in used]
    plan.guesses.append(Guess("feedback_id", row, True, "each answer is one of its own"))
    plan.guesses.append(Guess("score", score, True, "the answer that stands for its group"))
    plan.constants = [Line("metric", "nps", True, "its columns are the groups of NPS")]
    plan.notes.append("of each answer its group alone is known: NPS is right, averages of answers are not known")
    sheets.settle_day(plan, group, answers, questions)
    return plan


def _is_count(p: Profile) -> bool:
    return bool(p.counts) and p.range is not None and p.whole and p.range[0] >= 0 and p.range[1] <= _MOST


def _are_shares(group: Group, counts: Sequence[Profile]) -> bool:
    """Whether each row comes to 100: percent, of nobody knows how many answers."""
    columns = [(p, group.header.index(p.header)) for p in counts]
    sums = {
        sum(p.value(looked.columns[index][n]) or 0 for p, index in columns)
        for looked in group.looks
        for n in range(len(looked.columns[0]))
    }
    return bool(sums) and all(abs(total - 100) <= 1 for total in sums)
