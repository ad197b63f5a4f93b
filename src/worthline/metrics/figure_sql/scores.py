"""Scores of the respondents, from the checked feedback.

Reads     the questions that a metric is made of; whether answers have survey weights.
Gives     SQL over `source.*` with the column `value`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worthline.metrics.figure_sql.parts import months_of, text
from worthline.tables.scales import SATISFIED

if TYPE_CHECKING:
    from worthline.metrics.questions import Question
    from worthline.results import Dataset

_SATISFIED = " ".join(
    f"when scale_high - scale_low >= {span} then scale_high - {points} - {share} * (scale_high - scale_low)"
    for span, points, share in SATISFIED
)
_COUNTS = {
    "nps": "100 * case when score >= 9 then 1 when score <= 6 then -1 else 0 end",
    "csat": f"if(score >= case {_SATISFIED} else scale_high end, 1, 0)",
}
"""What an answer counts; of any other question, its score."""


def score(ds: Dataset, metric: str, period: str, asked: Sequence[Question]) -> str:
    """The mean of what answers count; with their weights where `metric` is the weighted twin of a question."""
    name = metric.removesuffix("_weighted") if not any(q.metric == metric for q in asked) else metric
    counts = _COUNTS.get(name, "score")
    tables = "source.feedback f"
    value, more = f"avg({counts})", ""
    if name != metric:
        weight = "f.weight"
        if ds.has("customers", "weight"):
            weight = "coalesce(f.weight, c.weight)"
            tables += " left join source.customers c using (customer_id)"
        value = f"sum({weight} * {counts}) / sum({weight})"
        more = f"\n  and {weight} > 0"
    return (
        f"select {value} as value from {tables}\nwhere f.at_date {months_of(period).days}\n"
        f"  and {_question(name, asked)}\n"
        "  and lower(coalesce(respondent, 'customer')) = 'customer'\n"
        f"  and score between coalesce(scale_low, -1e9) and coalesce(scale_high, 1e9){more}"
    )


def _question(name: str, asked: Sequence[Question]) -> str:
    """The questions and scales that go by this name."""
    each = [_one(q.asked, q.low, q.high) for q in asked if q.metric == name]
    return f"({' or '.join(each)})" if each else f"lower(metric) = {text(name)}"


def _one(question: str, low: float | None, high: float | None) -> str:
    scale = " and ".join(
        f"{column} is null" if end is None else f"{column} = {end!r}"
        for column, end in (("scale_low", low), ("scale_high", high))
    )
    return f"(lower(metric) = {text(question)} and {scale})"
