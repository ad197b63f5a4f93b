"""The scores of a feedback file: which columns are answers, to which question, on which scale.

Reads     a Plan for feedback, the file's columns and question texts.
Gives     one Plan for each question that was asked, or one for words alone.
Method    a header that is the name of a metric, or a question that asks how likely one is to recommend, and values on
          that metric's scale. NPS whose answers never pass 5, or that go beyond 10, is not taken for NPS unasked.
          Where one is asked, the metric that the column is called comes first, then the narrowest scale.
"""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from dataclasses import replace

from worthline.ingest.propose.names import SCORES, plain
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.scale_words import InWords
from worthline.tables.scales import DEFAULT_SCALES, satisfied_from

_RECOMMEND = re.compile(r"(?=.*\blikel(y|ihood)\b)(?=.*\brecommend)", re.IGNORECASE | re.DOTALL)
_MANY = 20
_STANDARD = ("nps", "csat", "ces")
_ASIDE = {"group", "category", "segment", "type", "date", "comment", "text", "reason", "id", "target", "goal", "count"}
_RECOMMEND_ELSEWHERE = re.compile(
    r"weiterempf|recomendar|recomendaría|recommanderiez|recommander|aanbevel|raccomand|consigliere", re.IGNORECASE
)
_NPS = (0.0, 10.0)
_FROM_ONE, _REVERSED = "1-11", "reversed"
_UNRATED, _SIGNED, _CODED = "0_blank", "signed", "codes_blank"
_CODES = {-9.0, -1.0, 66.0, 77.0, 88.0, 96.0, 97.0, 98.0, 99.0, 999.0}
"""Numbers by which survey tools write that there is no answer."""
_SIGNS = {-100.0: "0", 0.0: "7", 100.0: "10"}
"""Detractors, passives and promoters as they enter the score, and an answer of each."""
_GOOD = re.compile(
    r"satisf|zufrieden|excellent|very good|sehr gut|ausgezeichnet|great|very easy|sehr einfach|muy bueno|excelente|"
    r"très bien|extremely likely|very likely|sehr wahrscheinlich|agree|stimme.*zu|de acuerdo|d'accord|ottimo|tevreden",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(not|nicht|no|nada|pas|non|niet|un\w+|dis\w+|in\w+satisf\w*|poor|bad|terrible|awful|schlecht|ungenügend|"
    r"malo|mauvais|pessimo|sehr schwer|very difficult|never|nie)\b",
    re.IGNORECASE,
)
_ALREADY = " already"
_FIRST = re.compile(r"(?<!\d)1\s*(?:=|:|–|-|is|means|bedeutet)\s*([^\d,;)]+)")
"""What a header says of the answer 1: Satisfaction (1 = very satisfied, 5 = very dissatisfied)."""
_BESIDE = frozenset(
    "percent percentage pct score rating response answer result value label text category group type emoji in".split()  # noqa: SIM905
)
"""Words of a header beside the name of what was asked."""
_SATISFIED = re.compile(r"satisf|zufrieden|tevreden|soddisf|happy", re.IGNORECASE)
_EFFORT = re.compile(r"\b(easy|effort|einfach|fácil|facile|makkelijk)\b", re.IGNORECASE)
_QUESTIONS = {"nps": "how likely to recommend", "csat": "satisfaction", "ces": "effort", "stars": "stars"}
_CHOICES = (
    ("nps 0-10", "how likely to recommend, 0 to 10"),
    ("nps 1-11", "how likely to recommend, 0 to 10, coded as 1 to 11"),
    ("csat 1-5", "satisfaction, 1 to 5"),
    ("csat 1-7", "satisfaction, 1 to 7"),
    ("csat 1-10", "satisfaction, 1 to 10"),
    ("ces 1-7", "effort, 1 to 7"),
    ("ces 1-5", "effort, 1 to 5"),
    ("stars 1-5", "stars, 1 to 5"),
    ("stars 1-10", "stars, 1 to 10"),
)
_HUNDRED = {"csat": f": satisfied from {satisfied_from(0, 100):g} on", "ces": "", "stars": ""}
_POINTS, _WIDE, _FEW = 11, 0.2, 0.2
"""Above the first a number is on a scale of 100; so many of them make it one; so few are slips or codes."""
_GROUP = re.compile(r"_NPS_GROUP$| - Group$")
"""A survey tool's own promoters, passives and detractors beside the score: 1 to 3, and no answer."""


def by_metric(plan: Plan, group: Group, answers: Answers, questions: list[Question]) -> list[Plan]:
    """A plan a question; where the file names its metric in a column, that is all there is."""
    if plan.guess("metric") is not None or any(c.key == "metric" for c in plan.constants):
        _one_metric(plan, group)
        return [plan]
    used = {g.header for g in plan.guesses if g.sure and g.column != "score"}
    score_columns = [column for column in columns(group, answers) if column[0].header not in used]
    score = plan.guess("score")
    plan.guesses = [g for g in plan.guesses if g.column != "score"]
    if not score_columns and score is not None:
        p = group.profiles[group.header.index(score.header)]
        key = ("metric", group.shown, score.header)
        answer = answers.get(key)
        if answer is None:
            questions.append(_ask(key, group, p))
            plan.guesses.append(Guess("score", score.header, False, "its question is not known", p.samples))
            plan.constants.append(Line("metric", "nps", False, "which question was asked is not known"))
            return [plan]
        if answer:
            score_columns = [(p, answer.split()[0], " ".join(answer.split()[1:]), "", "as you said")]
    score_columns = _each_its_own(score_columns, group, answers)
    if not score_columns:
        if plan.guess("text") is not None:
            plan.constants.append(Line("metric", "comment", True, "there are words and no score"))
        else:
            plan.missing.append("score")
        return [plan]
    plans = []
    for number, (p, metric, scale, doubt, why) in enumerate(score_columns):
        metric_plan = copy(plan)
        metric_plan.guesses = [g for g in plan.guesses if number == 0 or g.column != "text"]
        metric_plan.guesses.append(Guess("score", p.header, not doubt, doubt or why, p.samples))
        metric_plan.constants = [*plan.constants, Line("metric", metric, True, why)]
        if scale and scale != _FROM_ONE:
            scale_alone = scale.split()[0]
            metric_plan.constants.append(Line("scale", scale_alone, True, f"its answers lie on {scale_alone}"))
        metric_plan.options, metric_plan.left_out, metric_plan.notes = (
            list(plan.options),
            list(plan.left_out),
            list(plan.notes),
        )
        metric_plan.options += _written(p, scale)
        if metric == "nps" and p.answered.worded:
            metric_plan.notes.append("of each answer its group alone is known: 10, 7 and 0 stand for all of a group")
        if doubt:
            questions.append(_ask(("metric", group.shown, p.header), group, p, doubt))
        plans.append(metric_plan)
    if len(plans) > 1:
        for metric_plan in plans[1:]:
            metric_plan.notes.append(f"the same file as above, for its column {metric_plan.guesses[-1].header!r}")
    return plans


def _each_its_own(
    score_columns: list[tuple[Profile, str, str, str, str]], group: Group, answers: Answers
) -> list[tuple[Profile, str, str, str, str]]:
    """Of two columns that ask the same the second is in doubt: a response has one answer to a metric."""
    first: dict[str, str] = {}
    settled = []
    for p, metric, scale, doubt, why in score_columns:
        again = first.setdefault(metric, p.header)
        if again != p.header and ("metric", group.shown, p.header) not in answers:
            doubt = f"{again!r} is its {metric}{_ALREADY}"
        settled.append((p, metric, scale, doubt, why))
    return settled


def columns(group: Group, answers: Answers) -> list[tuple[Profile, str, str, str, str]]:
    """(column, metric, scale or "", doubt or "", why) of each column that is an answer; no groups beside NPS itself."""
    metrics = ((p, _metric(p, group, answers)) for p in group.profiles)
    found = [(p, *metric) for p, metric in metrics if metric is not None]
    if any(metric == "nps" and not p.answered.worded for p, metric, *_ in found):
        found = [one for one in found if one[1] != "nps" or not one[0].answered.worded]
    return found


def _one_metric(plan: Plan, group: Group) -> None:
    """A score beside a column that says what was asked cannot be checked by its scale, unless all is one question."""
    score = plan.guess("score")
    if score is None or score.sure or score.header not in group.header:
        return
    p = group.profiles[group.header.index(score.header)]
    if p.numbers and plan.sure:
        plan.guesses = [g for g in plan.guesses if g.column != "score"]
        plan.guesses.append(Guess("score", score.header, True, "beside the column that says what was asked", p.samples))


def _metric(p: Profile, group: Group, answers: Answers) -> tuple[str, str, str, str] | None:
    """(metric, scale or "", doubt or "", why) of a column that is an answer; None if it is none."""
    answer = answers.get(("metric", group.shown, p.header))
    if answer is not None:
        return (answer.split()[0], " ".join(answer.split()[1:]), "", "as you said") if answer else None
    label = _label(p, group)
    whole, p = p, p.answered
    readings = p.worded
    if (p.range is None or not p.numbers) and p.labelled:
        p = unlabelled(p)
    if p.range is None or not p.numbers or _GROUP.search(p.header) or _GROUP.search(label):
        return None
    named = _named(p.header)
    if f"{p.header}_NPS_GROUP" in group.header or (named is None and asks_to_recommend(label)):
        named = ("nps", _NPS)
    if readings and (readings[0].asks == "nps" or (named is None and _says(readings[0].asks, label))):
        named = (readings[0].asks, (readings[0].low, readings[0].high))
    if named is None:
        return None
    metric, (low, high) = named
    why = "its name says what was asked" if plain(p.header) in SCORES else "its question says so"
    if readings:
        scale = "" if DEFAULT_SCALES.get(metric) == (readings[0].low, readings[0].high) else readings[0].scale
        return metric, scale, _unlike(metric, readings), why
    return metric, "", _turned(whole) or _doubt(metric, p, low, high), why


def _named(header: str) -> tuple[str, tuple[float, float]] | None:
    """The metric that a header names, and its usual scale: `nps_2025`, `CSAT %`, `Satisfaction rating`."""
    words = re.split(r"[^a-z0-9]+", header.casefold())
    bare = "".join(word for word in words if word not in _BESIDE)
    named = SCORES.get(plain(header)) or SCORES.get(bare)
    if named is None and len(score_words := set(words) & set(_STANDARD)) == 1 and not set(words) & _ASIDE:
        named = SCORES[score_words.pop()]
    return named


def _says(asks: str, label: str) -> bool:
    """Whether a question in its own words is the one that answers in words belong to."""
    pattern = {"csat": _SATISFIED, "ces": _EFFORT}.get(asks)
    return pattern is not None and pattern.search(label) is not None


def _unlike(metric: str, readings: tuple[InWords, ...]) -> str:
    """The doubt that words are not what the column is called, or stand on two scales; empty if there is none."""
    if metric == "nps" and readings[0].asks != "nps":
        return "its words are no answers from 0 to 10"
    return f"its words stand on {' or on '.join(r.scale for r in readings)}" if len(readings) > 1 else ""


def _written(p: Profile, scale: str) -> list[Line]:
    """What words and codes mean: labels beside numbers, no answer, a scale that is turned or coded from 1."""
    lines, answered = [], p.answered
    readings = {reading.scale: reading.numbers for reading in answered.worded}
    numbers = readings.get(scale) or answered.labelled or {v: v for v in answered.counts}
    if answered.percent:
        lines.append(Line("symbols", ["%"], True, "they stand behind the answers"))
        numbers = {}
    if scale == _FROM_ONE:
        numbers = {v: f"{float(n) - 1:g}" for v, n in numbers.items()}
        why = "0 to 10 is coded 1 to 11, as you said"
    elif scale.endswith(_SIGNED):
        numbers = {v: _SIGNS[float(n)] for v, n in numbers.items() if float(n) in _SIGNS}
        why = "detractors, passives and promoters, as you said"
    elif scale.endswith(_REVERSED):
        low, high = _ends(scale)
        numbers = {v: f"{low + high - float(n):g}" for v, n in numbers.items()}
        why = "1 is the best: turned round, as you said"
    else:
        why = "its words, from the worst to the best" if answered.worded else "words stand beside the numbers"
    meanings = {v: n for v, n in numbers.items() if v != n}
    if meanings:
        lines.append(Line("values", {"score": meanings}, True, why))
    if scale.endswith((_UNRATED, _CODED)):
        none = {0.0} if scale.endswith(_UNRATED) else _CODES
        blank = sorted(v for v, number in numbers.items() if float(number) in none)
        lines.append(Line("blank", {"score": blank}, True, "no answer, as you said"))
    elif p.no_answers:
        lines.append(Line("blank", {"score": list(p.no_answers)}, True, "words for no answer"))
    return lines


def _turned(p: Profile) -> str:
    """The doubt that the lowest number is the best answer, by the words beside it; empty if there is none."""
    answered = p.answered
    first = _FIRST.search(p.header)
    if first is not None and _GOOD.search(first[1]) and not _BAD.search(first[1]):
        return f"its header says that 1 is the best ({first[1].strip()})"
    if not answered.labelled:
        return ""
    if any(not re.search(r"\d", v) for v in answered.labelled):
        return ""
    by_number = sorted((float(n), v) for v, n in answered.labelled.items())
    best, worst = by_number[0][1], by_number[-1][1]
    if (_GOOD.search(best) and not _BAD.search(best)) or _BAD.search(worst):
        return f"its words say that the lowest number is the best ({best}; {worst})"
    return ""


def unlabelled(p: Profile) -> Profile:
    """The column as if its cells were the numbers alone: `Extremely likely - 10` is 10."""
    counts = Counter[str]()
    for value, n in p.counts.items():
        counts[p.labelled[value]] += n
    return replace(p, counts=counts)


def asks_to_recommend(label: str) -> bool:
    """Whether a question asks how likely somebody is to recommend."""
    return bool(_RECOMMEND.search(label) or _RECOMMEND_ELSEWHERE.search(label))


def _label(p: Profile, group: Group) -> str:
    labels = group.looks[0].labels
    question = labels[group.header.index(p.header)] if labels else ""
    return f"{p.header} {question}"


def _doubt(metric: str, p: Profile, low: float, high: float) -> str:
    assert p.range is not None
    least, most = p.range
    if most > high or least < low:
        return f"{metric} lies on {low:g} to {high:g}, and this column on {least:g} to {most:g}"
    if metric == "nps" and (not p.whole or (most <= 5 and p.filled >= 5)):
        return (
            "nps is whole numbers from 0 to 10" if not p.whole else f"no answer passes {most:g}: is the scale 0 to 10?"
        )
    if p.filled >= _MANY and most < high - (1 if metric == "nps" else 0):
        return f"of {p.filled:,} answers none passes {most:g}: is the scale {low:g} to {high:g}?"
    if metric == "nps" and p.filled >= 10 * _MANY and least > 0:
        return f"of {p.filled:,} answers none is 0: is the scale 0 to 10 or 1 to 10?"
    return ""


def _fits(choice: str, least: float, most: float) -> bool:
    """Whether answers from least to most lie on the scale of a choice."""
    low, high = _ends(choice)
    return most <= high and (low <= least or choice.endswith(_UNRATED))


def _ends(choice: str) -> tuple[float, float]:
    """The lowest and the highest answer of "csat 1-5", "csat 1-5 reversed"."""
    low, _, high = next(part for part in choice.split()[::-1] if part[0].isdigit() and "-" in part).partition("-")
    return float(low), float(high)


def _ask(key: tuple[str, ...], group: Group, p: Profile, doubt: str = "") -> Question:
    answered = p.answered
    readings = answered.worded
    answered = unlabelled(answered) if answered.labelled else answered
    choices = _in_words(readings) if readings else _in_numbers(p, answered)
    words = set(re.split(r"[^a-z0-9]+", p.header.casefold()))
    if doubt.endswith(_ALREADY):
        last = re.findall(r"\w+", p.header.casefold())[-2:]
        own = "_".join((doubt.removesuffix(_ALREADY).rpartition(" ")[2], *last))
        choices = [(f"{own} {c.split()[1]}", f"a question of its own, {c.split()[1]}") for c, _ in choices[:1]]
    words |= {named[0]} if (named := _named(p.header)) else set()
    choices.sort(key=lambda c: (c[0].split()[0] not in words, _ends(c[0])[1] - _ends(c[0])[0]))
    least, most = answered.range or _NPS
    span = f"{least:g} to {most:g}" if answered.range else "no numbers"
    span += f" ({', '.join(p.samples)})" if readings else ""
    why = f"; {doubt}" if doubt else ""
    text = f"What does {p.header} answer? It lies on {span}{why}."
    return Question(key, group.shown, text, (*choices, ("", "nothing: keep it as an attribute")))


def _in_words(readings: tuple[InWords, ...]) -> list[tuple[str, str]]:
    """What answers in words may be: each reading of them, for what they ask, or else for each question."""
    return [
        (f"{metric} {reading.scale}", f"{_QUESTIONS[metric]}, its words read as {reading.low} to {reading.high}")
        for reading in readings
        for metric in ((reading.asks,) if reading.asks else ("csat", "ces", "stars"))
    ]


def _in_numbers(p: Profile, answered: Profile) -> list[tuple[str, str]]:
    """What answers in numbers may be: scales on which they lie, or nearly all of them do."""
    choices: tuple[tuple[str, str], ...] = _CHOICES
    codes = sorted(v for v in answered.counts if answered.value(v) in _CODES)
    answers = replace(answered, counts=Counter({v: n for v, n in answered.counts.items() if v not in codes}))
    if codes and answers.range and answers.range[1] <= _POINTS:
        among = " and ".join(codes)
        return [(f"{c} {_CODED}", f"{label}; {among} is no answer") for c, label in _in_numbers(p, answers)]
    least, most = answered.range or _NPS
    if (least, most) == (-100, 100) and len(answered.counts) <= len(_SIGNS):
        return [(f"nps 0-10 {_SIGNED}", "how likely to recommend, as -100, 0 and 100 for 0-6, 7-8 and 9-10")]
    if least >= 0 and most <= 1:
        return [("csat 0-1", "satisfied (1) or not (0)")] if answered.whole else []
    if most == 11 and least >= 1:
        choices = choices[1:2]
    elif least >= 0 and _beyond(answered, _POINTS) >= _WIDE:
        choices = tuple(
            (f"{metric} 0-100", f"{_QUESTIONS[metric]}, 0 to 100{more}") for metric, more in _HUNDRED.items()
        )
    elif _turned(p):
        turned = ((f"{c} {_REVERSED}", f"{label}, the lowest the best: turned round") for c, label in choices)
        choices = (*(c for c in turned if most == _ends(c[0])[1]), *choices)
    if least == 0 and most <= 7 and not answered.labelled:
        unrated = ((f"{c} {_UNRATED}", f"{label}; 0 is no answer") for c, label in choices if _ends(c)[0] == 1)
        choices = (*(c for c in unrated if most <= _ends(c[0])[1]), *choices)
    fitting = [c for c in choices if _fits(c[0], least, most)]
    return fitting or [c for c in choices if _beyond(answered, _ends(c[0])[1]) <= _FEW]


def _beyond(answered: Profile, most: float) -> float:
    """Share of the answers in numbers that are above `most`."""
    numbers = {v: n for v in answered.counts if (n := answered.value(v)) is not None}
    return sum(answered.counts[v] for v, n in numbers.items() if n > most) / max(answered.filled, 1)
