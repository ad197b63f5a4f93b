"""The predicted score of every customer, and the company's score three ways: raw, weighted, predicted for all.

Reads     a Dataset and its panel.
Gives     Findings: predicted_score with its range by customer; back-tests; two figures beside the counted score.
Method    METHODS.md 1 and 4; a prediction that does not beat the mean of all answers is not shown, and it is said.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from worthline.customers.survey_scores import gather
from worthline.customers.survey_scores.estimate import Estimate, ScoreEstimate, estimate
from worthline.metrics import formatting
from worthline.results import Compute, Dataset, Figure, Findings, Progress, no_progress

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
    "weighted": {"How well the predictions that mend it did": _HELD},
    "predicted": {
        "What is predicted for customers": (
            "select round(predicted_score) as predicted_score, count(*) as customers, count(last_score) as said_so,\n"
            "  avg(last_score) as they_said\nfrom customer_scores\n"
            "where predicted_score is not null group by 1 order by 1"
        ),
        "How well it did": _HELD,
    },
}
"""What stands beside the two figures: no SELECT gives them, as they come of a model that weights and mends."""


def analyse(ds: Dataset, panel: ir.Table, rooms: Compute, *, progress: Progress = no_progress) -> Findings:
    """Learn from those who answered; say how everybody feels."""
    progress("How everyone feels", 0, 2)
    of = gather.asked(ds, panel, rooms)
    if isinstance(of, str):
        return Findings(notes=(f"No predicted score: {of}.",))
    rows = rooms.fetch(gather.askings(of, ds, rooms).order_by("rank", "at"))
    felt = estimate(rows, of.features, of.metric, (of.low, of.high), of.on.last - 11)
    tables = {"backtests": _backtests(felt)} if felt.measures else {}
    notes = () if felt.shown else (f"No predicted score: {felt.says}.",)
    progress("How everyone feels", 1, 2)
    if not felt.shown or felt.teller is None or felt.company is None:
        return Findings(tables, figures=_figures(ds.settings, of, felt, None), notes=notes)
    now = gather.now(of, ds)
    keyed = rooms.keep("feelings__now", now.mutate(key=now["rank"]))
    scored = rooms.map_customers("feelings__scores", keyed, of.on.n, partial(_block, felt), SCHEMA, block=BLOCK)
    total = rooms.fetch(scored.agg(n=scored.count(), adds=scored.adds.round(6).cast(ADDS).sum())).to_pylist()[0]
    everybody = None
    if total["n"] and felt.weighted is not None:
        middle = float(total["adds"]) / total["n"] + felt.shift
        half = (felt.weighted.high - felt.weighted.low) / 2
        everybody = Estimate(middle, middle - half, middle + half, total["n"])
    return Findings(tables, (scored.drop("adds"),), _figures(ds.settings, of, felt, everybody), notes)


def _block(felt: ScoreEstimate, rows: pa.Table, first: int, last: int) -> pa.Table:
    """Scores of the customers of a block, in their order."""
    assert felt.teller is not None
    assert felt.company is not None
    rows = rows.sort_by("key")
    said = felt.teller(rows)
    adds = felt.company(felt.teller.coding.matrix(rows))
    columns = [pa.array(np.round(values, 4)) for values in (*said, adds)]
    return pa.table([rows["customer_id"], *columns], schema=SCHEMA)


def _backtests(felt: ScoreEstimate) -> pa.Table:
    from worthline.customers.risk.analyse import BACKTESTS

    rows = [
        {
            "model": "predicted_score",
            "horizon": 0,
            "measure": name,
            "value": value,
            "low": low,
            "high": high,
            "n": felt.n,
            "shown": felt.shown,
        }
        for name, (value, low, high) in felt.measures.items()
    ]
    return pa.Table.from_pylist(rows, BACKTESTS)


def _figures(s: Resolved, of: SurveyContext, felt: ScoreEstimate, everybody: Estimate | None) -> tuple[Figure, ...]:
    if felt.raw is None or felt.weighted is None:
        return ()
    found = [_figure(s, of, felt, "weighted", felt.weighted)]
    if everybody is not None:
        found.append(_figure(s, of, felt, "predicted", everybody))
    return tuple(found)


def _figure(s: Resolved, of: SurveyContext, felt: ScoreEstimate, kind: str, is_: Estimate) -> Figure:
    signed = of.metric == "nps"
    name = of.metric.upper() if len(of.metric) <= 4 else of.metric.replace("_", " ").capitalize()

    def told(value: float) -> str:
        return formatting.points(round(value, 6), signed=signed)

    assert felt.raw is not None
    assert felt.worst is not None
    assert felt.best is not None
    whom = "all who were asked" if kind == "weighted" and of.invited else "all customers"
    says = (
        f"The customers who answered give {told(felt.raw.value)}; our estimate for {whom}, as far as what is "
        f"recorded tells who answers, is {told(is_.value)} "
        f"({told(is_.low)} to {told(is_.high)})"
    )
    if is_.high < felt.raw.value:
        says += ", because customers who are less happy answer less"
    elif is_.low > felt.raw.value:
        says += ", because customers who are happier answer less"
    says += ". Whether they answer because of how they feel is in no record, and not corrected."
    if kind == "weighted" and of.invited:
        says += (
            f" Were all of those asked who kept silent unhappy, or all happy, the score of those asked would be "
            f"{told(felt.worst)} or {told(felt.best)}."
        )
    if kind == "weighted":
        label = f"{name}, weighted for who answers"
        method = (
            "Answers weighted by one over the chance of answering given tenure, value, contacts and usage, and mended "
            "by a prediction for those who kept silent. An answer that hangs on feelings nobody recorded cannot be "
            "weighted away: what the silent could do at most is told beside it."
        )
    else:
        label = f"{name}, estimated for all customers"
        method = (
            "Each customer's answer predicted from what is recorded, mended by what the weighted answers missed it by. "
            "It speaks for customers who answer like those who did."
        )
    return Figure(
        name=f"{of.metric}_{kind}",
        label=label,
        value=round(is_.value, 4),
        unit="score",
        basis="forecast",
        as_of=s.as_of.isoformat(),
        sentence=says,
        method=method,
        low=round(is_.low, 4),
        high=round(is_.high, 4),
        n=is_.n,
        tables=("customer_scores", "backtests") if kind == "predicted" else ("backtests",),
        details={
            "raw": round(felt.raw.value, 4),
            "worst": round(felt.worst, 4),
            "best": round(felt.best, 4),
            "counted": "customers asked" if kind == "weighted" and of.invited else "customers",
            "beside": [{"title": title, "sql": sql} for title, sql in BESIDE[kind].items()],
        },
    )
