"""People who answer so often that a score is mostly theirs.

Reads     settled answers.
Gives     a sentence per metric: who, how many, and the score with each customer's latest answer alone; and of scales.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.tables.scales import SATISFIED, satisfied_from

if TYPE_CHECKING:
    from worthline.engine import Engine

FEW_SCORES = 20
"""Answers that may lie below 6 by chance, or because service is poor."""
MANY, SHARE = 10, 0.1
"""Answers of one customer, and their share of a metric's answers, from which it is said."""


def often(engine: Engine, rows: ir.Table) -> list[str]:
    """A sentence for each metric of which one customer gave many of the answers."""
    t = rows.filter(rows.score.notnull() & rows.customer_id.notnull())
    each = t.group_by("metric", "customer_id").agg(n=t.count())
    by_metric = ibis.window(group_by=each.metric)
    each = each.mutate(all=each.n.sum().over(by_metric), customers=each.n.count().over(by_metric))
    top = each.filter((each.n >= MANY) & (each.n >= SHARE * each["all"]) & (each.customers > 1))
    frequent = engine.fetch(top.order_by(ibis.desc(top.n), top.metric, top.customer_id)).to_pylist()
    sentences: dict[str, str] = {}
    for row in frequent:
        metric = row["metric"]
        if metric not in sentences:
            latest = _latest(engine, t.filter(t.metric == metric), metric)
            sentences[metric] = (
                f"{row['customer_id']} gave {row['n']:,} of the {row['all']:,} {metric} answers "
                f"({row['n'] / row['all']:.0%}). With each of {row['customers']:,} customers' latest answer alone "
                f"it is {latest}."
            )
    return list(sentences.values())


def low_scores(engine: Engine, rows: ir.Table) -> list[str]:
    """A word where NPS answers look as if they were asked on 1-5."""
    t = rows.filter(rows.score.notnull() & (rows.metric == "nps"))
    extent = engine.fetch(t.agg(n=t.count(), most=t.score.max(), least=t.score.min())).to_pylist()[0]
    if extent["n"] < FEW_SCORES or extent["most"] > 5 or extent["least"] < 1:
        return []
    return [
        f"No nps answer of {extent['n']:,} is above {extent['most']:g}. If it was asked on 1-5, name it stars or csat."
    ]


def long_scales(engine: Engine, rows: ir.Table) -> list[str]:
    """From which answer on CSAT counts as satisfied, where its scale is longer than 0 to 10."""
    t = rows.filter(rows.score.notnull() & (rows.metric == "csat"))
    scales = t.group_by(low=t.scale_low, high=t.scale_high).agg(n=t.count())
    long = scales.filter(scales.high - scales.low >= SATISFIED[0][0])
    return [
        f"{row['n']:,} csat answers lie on {row['low']:g} to {row['high']:g}: satisfied from "
        f"{satisfied_from(row['low'], row['high']):g} on. Another scale is set by scale, or by values."
        for row in engine.fetch(long.order_by("low", "high")).to_pylist()
    ]


def _latest(engine: Engine, t: ir.Table, metric: str) -> str:
    """The score of each customer's latest answer: NPS, or the mean."""
    order = [ibis.desc(t["at"]), ibis.desc(t._file), ibis.desc(t._line)]
    t = t.mutate(_nth=ibis.row_number().over(ibis.window(group_by=t.customer_id, order_by=order)))
    last = t.filter(t._nth == 0)
    asked = last.agg(n=last.count(), up=(last.score >= 9).sum(), down=(last.score <= 6).sum())
    row = engine.fetch(asked).to_pylist()[0]
    if metric == "nps":
        return f"{100 * (row['up'] - row['down']) / row['n']:+.0f}"
    scores = engine.fetch(last.select("score")).column("score").to_pylist()
    return f"{sum(scores) / len(scores):.2f} on average"
