"""Surveys of one row per answer: a column says which question was asked, another what was answered.

Reads     a Group, the match of feedback, what a person answered.
Gives     a Plan for feedback whose query names the metric and the scale of each row; one Question that shows them.
Method    a question that asks how likely one is to recommend is NPS, the only one about satisfaction or effort is CSAT
          or CES, any other has a name of its own. Questions whose answers are no numbers hold words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from worthline.ingest.propose import names, scores, sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import FITS, Profile, profile
from worthline.ingest.propose.sql import literal, quoted

_QUESTION = re.compile(
    r"^(survey)?(question|item|frage|pregunta|domanda|vraag|pergunta)(text|label|title|name|titel)?$"
)
_ANSWER = re.compile(
    r"^(answer|response|value|score|rating|antwort|respuesta|reponse|réponse|risposta|antwoord|resposta|wert)"
    r"(text|value|wert)?$"
)
_MOST = 40
_SATISFIED = re.compile(r"satisf|zufrieden|tevreden|soddisf", re.IGNORECASE)
_EFFORT = re.compile(r"\b(easy|effort|einfach|fácil|facile|makkelijk)\b", re.IGNORECASE)
_LONGEST = 40


@dataclass(frozen=True)
class _Asked:
    """One question: its words, the metric that its answers are, their scale; no scale where they are words."""

    words: str
    metric: str
    scale: str


def propose(group: Group, base: Match, answers: Answers, questions: list[Question]) -> Plan | None:
    """The plan of such a survey; not sure until it was answered that it is one. None where it is none."""
    columns = _columns(group)
    key = ("long", group.shown)
    if columns is None or not group.stackable or answers.get(key) == "":
        return None
    question, answer = columns
    asked = _asked(group, question, answer)
    if len(asked) < 2 or not any(one.scale for one in asked):
        return None
    plan = _plan(group, base, question, answer, asked)
    if key not in answers:
        listed = "; ".join(f"{one.words}: {one.metric} {one.scale}".strip() for one in asked)
        text = f"Each row answers one question, named by {question.header}. Is this right? {listed}."
        plan.sure, plan.why = False, f"its rows are answers to the questions of {question.header}, if you say so"
        questions.append(Question(key, group.shown, text, (("each", "yes, read them so"), ("", "no"))))
        return plan
    sheets.settle_day(plan, group, answers, questions)
    return plan


def _columns(group: Group) -> tuple[Profile, Profile] | None:
    asked = [p for p in group.profiles if _QUESTION.match(names.plain(p.header)) and 2 <= len(p.counts) <= _MOST]
    answered = [p for p in group.profiles if _ANSWER.match(names.plain(p.header)) and p.counts]
    return (asked[0], answered[0]) if len(asked) == 1 == len(answered) and not asked[0].numbers else None


def _asked(group: Group, question: Profile, answer: Profile) -> list[_Asked]:
    """What each question asks, in the order in which they come first."""
    cells: dict[str, Counter[str]] = {}
    at, said = group.header.index(question.header), group.header.index(answer.header)
    for looked in group.looks:
        for words, cell in zip(looked.columns[at], looked.columns[said], strict=True):
            if words:
                cells.setdefault(words, Counter())[cell or ""] += 1
    ranges = {words: _range(list(counted.elements())) for words, counted in cells.items()}
    metrics = {words: _metric(words, ranges) for words in cells}
    taken = Counter(metrics.values())
    asked: list[_Asked] = []
    for words, span in ranges.items():
        metric = metrics[words] if taken[metrics[words]] == 1 else _own(words)
        asked.append(_Asked(words, metric, _scale(metric, *span) if span else ""))
    return asked if len({one.metric for one in asked}) == len(asked) else []


def _range(cells: list[str]) -> tuple[float, float] | None:
    """Lowest and highest answer; None where most are no numbers."""
    numbers = profile("answer", cells, "text")
    return numbers.range if numbers.range and numbers.whole and numbers.filled >= (1 - FITS) * len(cells) else None


def _metric(words: str, ranges: dict[str, tuple[float, float] | None]) -> str:
    span = ranges[words]
    if span is None:
        return _own(words) if sum(one is None for one in ranges.values()) > 1 else "comment"
    if scores.asks_to_recommend(words) and span[0] >= 0 and 5 < span[1] <= 10:
        return "nps"
    if _SATISFIED.search(words):
        return "csat"
    return "ces" if _EFFORT.search(words) else _own(words)


def _scale(metric: str, low: float, high: float) -> str:
    if metric == "nps":
        return "0-10"
    top = next((most for most in (5, 7, 10) if high <= most), None)
    return f"{'0' if low < 1 else '1'}-{top or f'{high:g}'}"


def _own(words: str) -> str:
    return re.sub(r"\W+", "_", words.casefold()).strip("_")[:_LONGEST].rstrip("_")


def _plan(group: Group, base: Match, question: Profile, answer: Profile, asked: list[_Asked]) -> Plan:
    taken = {h.lower() for h in group.header}
    metric, score, text, scale = (sheets.free(name, taken) for name in ("metric", "score", "said", "scale"))
    scored = ", ".join(literal(one.words) for one in asked if one.scale)
    q, a = quoted(question.header), quoted(answer.header)
    plan = Plan(group, "feedback", True, f"a row per answer, {len(asked)} questions, as you said")
    plan.query = (
        f"select *,\n    case {q}{_whens((one.words, one.metric) for one in asked)} end as {metric},\n"
        f"    case {q}{_whens((one.words, one.scale) for one in asked if one.scale)} end as {scale},\n"
        f"    case when {q} in ({scored}) then {a} end as {score},\n"
        f"    case when {q} not in ({scored}) then {a} end as {text}\nfrom {group.source}"
    )
    plan.query_why = f"{question.header} says which question each row answers"
    made = ("score", "text", "metric", "scale")
    plan.guesses = [
        g
        for g in base.guesses.values()
        if g.sure and g.column not in made and g.header not in (question.header, answer.header)
    ]
    own = next((g.header for g in base.guesses.values() if g.column == "feedback_id"), "")
    if own and plan.guess("feedback_id") is None:
        plan.guesses.append(Guess("feedback_id", own, True, "rows of one answer sheet share it"))
    plan.guesses += [
        Guess("metric", metric, True, "the question, by its words"),
        Guess("scale", scale, True, "as far as answers go"),
        Guess("score", score, True, "answers in numbers"),
        Guess("text", text, True, "answers in words"),
    ]
    return plan


def _whens(meanings: Iterable[tuple[str, str]]) -> str:
    return "".join(f"\n        when {literal(words)} then {literal(meaning)}" for words, meaning in meanings)
