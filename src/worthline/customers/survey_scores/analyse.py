"""The predicted score of every customer, and the company's score three ways: raw, weighted, predicted for all.

Reads     a Dataset and its panel.
Gives     Scores: predicted_score with its range by customer; back-tests; two figures beside the counted score.
Method    METHODS.md 1 and 4; a prediction that does not beat the mean of all answers is not shown, and it is said.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from worthline.customers.survey_scores import gather
from worthline.customers.survey_scores.estimate import (
    NEARLY_ALL,
    Estimate,
    ScoreEstimate,
    ends_of,
    estimate,
    within,
)
from worthline.metrics import formatting
from worthline.metrics.backtests import BACKTESTS
from worthline.results import Compute, Dataset, Figure, Findings, Progress, Scores, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.customers.survey_scores.gather import SurveyContext
    from worthline.results import Resolved

BLOCK = 100_000
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("predicted_score", pa.float64()),
        ("predicted_low", pa.float64()),
        ("predicted_high", pa.float64()),
        ("adds", pa.float64()),
    ]
)
ADDS = "decimal(38, 6)"


_HELD = "select measure, value, low, high, n, shown from backtests\nwhere model = 'predicted_score'"
BESIDE = {
    "weighted": {"Backtest of the predictions behind it": _HELD},
    "predicted": {
        "What is predicted for customers": (
            "select round(predicted_score) as predicted_score, count(*) as customers,\n"
            "  count(last_score) as respondents, avg(last_score) as mean_answer\nfrom customer_scores\n"
            "where predicted_score is not null group by 1 order by 1"
        ),
        "Backtest": _HELD,
    },
}
"""What stands beside the two figures: no SELECT gives them, as they come of a model that weights and mends."""


def analyse(ds: Dataset, panel: ir.Table, rooms: Compute, *, progress: Progress = no_progress) -> Scores:
    """Learn from respondents; predict every customer's score."""
    progress("Score model", 0, 2)
    context = gather.asked(ds, panel, rooms)
    if isinstance(context, str):
        return Scores(Findings(notes=(f"No predicted score: {context}.",)))
    rows = rooms.fetch(gather.askings(context, ds, rooms).order_by("rank", "at"))
    estimated = estimate(rows, context.features, context.metric, (context.low, context.high), context.on.last - 11)
    tables = {"backtests": _backtests(estimated)} if estimated.measures else {}
    notes = () if estimated.shown else (f"No predicted score: {estimated.says}.",)
    progress("Score model", 1, 2)
    if not estimated.shown or estimated.model is None or estimated.company is None:
        return Scores(Findings(tables, _figures(ds.settings, context, estimated, None), notes))
    now = gather.now(context, ds)
    keyed = rooms.keep("survey_scores__now", now.mutate(key=now["rank"]))
    scored = rooms.map_customers(
        "survey_scores__scores", keyed, context.on.n, partial(_block, estimated), SCHEMA, block=BLOCK
    )
    everybody = _everybody(estimated, context, ds, scored, rooms)
    return Scores(Findings(tables, _figures(ds.settings, context, estimated, everybody), notes), scored.drop("adds"))


def _everybody(
    estimated: ScoreEstimate, context: SurveyContext, ds: Dataset, scored: ir.Table, rooms: Compute
) -> Estimate | None:
    """The mean over all customers: their own answer of the last 12 months, else what is predicted for them.

    Where nearly all who were asked have answered, the score is that of their answers.
    """
    if estimated.weighted is None or estimated.raw is None:
        return None
    own = gather.own_answers(context, ds)
    joined = scored.left_join(own, scored.customer_id == own.customer_id)
    adds = ibis.coalesce(joined.own, joined.adds + estimated.shift)
    total = rooms.fetch(joined.agg(n=joined.count(), adds=adds.round(6).cast(ADDS).sum())).to_pylist()[0]
    if not total["n"]:
        return None
    if estimated.share >= NEARLY_ALL:
        return Estimate(estimated.raw.value, estimated.raw.low, estimated.raw.high, total["n"])
    low, high = ends_of(context.metric, (context.low, context.high))
    middle = float(total["adds"]) / total["n"]
    half = (estimated.weighted.high - estimated.weighted.low) / 2
    return within(Estimate(middle, middle - half, middle + half, total["n"]), low, high)


def _block(estimated: ScoreEstimate, rows: pa.Table, first: int, last: int) -> pa.Table:
    """Scores of the customers of a block, in their order."""
    assert estimated.model is not None
    assert estimated.company is not None
    rows = rows.sort_by("key")
    scores = estimated.model(rows)
    adds = estimated.company(estimated.model.coding.matrix(rows))
    columns = [pa.array(np.round(values, 4)) for values in (*scores, adds)]
    return pa.table([rows["customer_id"], *columns], schema=SCHEMA)


def _backtests(estimated: ScoreEstimate) -> pa.Table:
    rows = [
        {
            "model": "predicted_score",
            "horizon": 0,
            "measure": name,
            "value": value,
            "low": low,
            "high": high,
            "n": estimated.n,
            "shown": estimated.shown,
        }
        for name, (value, low, high) in estimated.measures.items()
    ]
    return pa.Table.from_pylist(rows, BACKTESTS)


def _figures(
    s: Resolved, context: SurveyContext, estimated: ScoreEstimate, everybody: Estimate | None
) -> tuple[Figure, ...]:
    if estimated.raw is None or estimated.weighted is None:
        return ()
    figures = [_figure(s, context, estimated, "weighted", estimated.weighted)]
    if everybody is not None:
        figures.append(_figure(s, context, estimated, "predicted", everybody))
    return tuple(figures)


def _figure(s: Resolved, context: SurveyContext, estimated: ScoreEstimate, kind: str, is_: Estimate) -> Figure:
    name = context.metric.upper() if len(context.metric) <= 4 else context.metric.replace("_", " ").capitalize()

    def text(value: float) -> str:
        if context.metric == "csat":
            return formatting.share(round(value, 6))
        return formatting.points(round(value, 6), signed=context.metric == "nps")

    assert estimated.raw is not None
    assert estimated.worst is not None
    assert estimated.best is not None
    whom = "all who were asked" if kind == "weighted" and context.invited else "all customers"
    says = f"{name} is an estimated {text(is_.value)} for {whom} (95% CI {text(is_.low)} to {text(is_.high)})"
    if estimated.share >= NEARLY_ALL and context.invited:
        says += ": nearly all who were asked answered, so it equals their answers"
    elif is_.high < estimated.raw.value:
        says += ", because less happy customers respond less"
    elif is_.low > estimated.raw.value:
        says += ", because happier customers respond less"
    says += ". It is not corrected for feelings that no record shows."
    if kind == "weighted":
        label = f"{name}, weighted for non-response"
        method = (
            "Answers are weighted by one over the probability of answering, given tenure, value, contacts and usage, "
            "with a prediction for non-respondents. Survey weights are another figure. It never leaves the bounds that "
            "hold whatever non-respondents feel."
        )
    else:
        label = f"{name}, estimated for all customers"
        method = (
            "Each customer counts with their own answer of the last 12 months, else with a prediction from what is "
            "recorded. The weighted errors of the predictions correct it. It assumes that others would answer like "
            "similar respondents."
        )
    return Figure(
        name=f"{context.metric}_response_weighted" if kind == "weighted" else f"{context.metric}_predicted",
        label=label,
        value=round(is_.value, 4),
        unit="share" if context.metric == "csat" else "score",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=says,
        method=method,
        low=round(is_.low, 4),
        high=round(is_.high, 4),
        n=is_.n,
        tables=("customer_scores", "backtests") if kind == "predicted" else ("backtests",),
        details={
            "raw": round(estimated.raw.value, 4),
            "worst": round(estimated.worst, 4),
            "best": round(estimated.best, 4),
            "counted": "customers asked" if kind == "weighted" and context.invited else "customers",
            "beside": [{"title": title, "sql": sql} for title, sql in BESIDE[kind].items()],
        },
    )
