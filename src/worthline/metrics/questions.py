"""The names under which a company's questions become metrics.

Reads     feedback's metric and scale columns, invitations' metric.
Gives     for each question a metric name: nps, csat, ces, stars, or the company's own, written_like_this.
Method    a question keeps its name on its own scale: 0-10 for nps, any for csat, else the scale with most
          answers. Answers on another scale stand as a metric of their own (ces_1_5): means do not mix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, cast

import ibis

from worthline.metrics.registry import METRICS
from worthline.results import Compute, Dataset
from worthline.tables.scales import DEFAULT_SCALES, in_order

if TYPE_CHECKING:
    import ibis.expr.types as ir

STANDARD = ("nps", "csat", "ces", "stars")
MOST = 200
"""Questions renamed at most, the most answered first; beyond them a name is only put in lower case."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was brought (in lower case), its scale, and the metric that it becomes."""

    asked: str
    low: float | None
    high: float | None
    answers: int
    metric: str


def written(text: str) -> str:
    """`text` as a metric's name: lower case, anything but letters and digits an underscore."""
    plain = re.sub(r"[\W_]+", "_", text.casefold()).strip("_") or "unnamed"
    return plain if plain in STANDARD or plain not in METRICS else f"feedback_{plain}"


def questions(ds: Dataset, rooms: Compute) -> list[Question]:
    """Every question and scale found in feedback, with its metric; the most answered first."""
    f = ds["feedback"]
    f = f.select(asked=f.metric.lower(), low=f.scale_low, high=f.scale_high, scored=f.score.notnull())
    rows = rooms.fetch(f.group_by(["asked", "low", "high"]).aggregate(answers=f.scored.sum())).to_pylist()
    all_questions = [Question(metric=written(row["asked"]), **row) for row in rows]
    return sorted(_apart(all_questions), key=lambda q: (-q.answers, q.asked, _scale(q)))[:MOST]


def _apart(all_questions: list[Question]) -> list[Question]:
    """The questions on a scale that is not their metric's get a name with the scale in it."""
    renamed = []
    by_metric = sorted(all_questions, key=lambda q: (q.metric, q.answers, _scale(q)), reverse=True)
    for metric, group in groupby(by_metric, key=lambda q: q.metric):
        same_metric = list(group)
        usual = DEFAULT_SCALES["nps"] if metric == "nps" else _scale(same_metric[0])
        for q in same_metric:
            same = q.high is not None if metric == "csat" else _scale(q) == usual
            renamed.append(q if same else replace(q, metric=f"{metric}_{_scale_name(q)}"))
    return renamed


def _scale(q: Question) -> tuple[float, float]:
    """For comparing; a question without a scale comes last."""
    return in_order((q.low, q.high))


def _scale_name(q: Question) -> str:
    if q.low is None or q.high is None:
        return "without_scale"
    return re.sub(r"[^\d]+", "_", f"{q.low:g}_{q.high:g}")


def names(feedback: ir.Table, questions_asked: list[Question]) -> ir.StringColumn:
    """The metric of each row of feedback."""
    metric = feedback.metric.lower()
    branches = [
        (
            (metric == q.asked) & _is(feedback.scale_low, q.low) & _is(feedback.scale_high, q.high),
            q.metric,
        )
        for q in questions_asked
        if q.metric != q.asked
    ]
    return _cases(metric, branches)


def invited_names(sent: ir.Table, questions_asked: list[Question]) -> ir.StringColumn:
    """The metric of each invitation: that of the question's own scale."""
    metric = sent.metric.lower()
    plain = {q.asked: written(q.asked) for q in questions_asked}
    return _cases(metric, [(metric == name, to) for name, to in sorted(plain.items()) if name != to])


def _is(column: ir.Column, value: float | None) -> ir.BooleanValue:
    return column.isnull() if value is None else (column == value).fill_null(False)


def _cases(otherwise: ir.Column, branches: list[tuple[ir.BooleanValue, str]]) -> ir.StringColumn:
    if not branches:
        return cast("ir.StringColumn", otherwise)
    return cast("ir.StringColumn", ibis.cases(*branches, else_=otherwise))
