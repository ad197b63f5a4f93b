"""What one answered sheet says: the score beside the answers that may drive it. Ibis only.

Reads     feedback whose rows bear the number of the sheet that they stand on (feedback_id).
Gives     how often each question was answered beside the score; one row per sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

MOST_SHEETS = 200_000
"""Sheets that are fetched: those whose number has the smallest sha256, where there are more."""


def beside(ds: Dataset, metric: str) -> ir.Table:
    """metric, sheets: how many sheets answer a question together with `metric`, `metric` itself included."""
    rows = _answers(ds)
    scored = rows.filter(rows.metric == metric).select("feedback_id").distinct()
    counts = rows.semi_join(scored, "feedback_id").group_by("metric")
    return counts.agg(sheets=ibis._.feedback_id.nunique()).order_by(ibis.desc("sheets"), "metric")


def sheets(ds: Dataset, metric: str, questions: Sequence[str], *, complete: bool = True) -> ir.Table:
    """One row per sheet that answers `metric` and, if `complete`, all `questions`: columns q0, q1, …, then score."""
    rows = _answers(ds)
    named = {f"q{i}": rows.score.max(where=rows.metric == question) for i, question in enumerate(questions)}
    wide = rows.group_by("feedback_id").agg(**named, score=rows.score.max(where=rows.metric == metric))
    whole = wide.drop_null([*named, "score"] if complete else ["score"], how="any")
    picked = whole.mutate(_order=whole.feedback_id.hexdigest("sha256"))
    picked = picked.order_by("_order", "feedback_id").limit(MOST_SHEETS)
    return picked.select(*named, "score")


def _answers(ds: Dataset) -> ir.Table:
    rows = ds["feedback"]
    by_customers = ibis.coalesce(rows.respondent == "customer", True)
    return rows.filter(rows.feedback_id.notnull(), rows.score.notnull(), by_customers)
