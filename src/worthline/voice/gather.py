"""Everything that people wrote, one row per text. Ibis only.

Reads     feedback, treatments, interactions and observations whose words are masked already.
Gives     `texts`: source, feedback_id, customer_id, respondent, at, day, metric, score, scale_low, scale_high,
          touchpoint, channel, language, text; None where nobody wrote anything.
Method    one response's words count once, however many questions stand beside them; its score is that of the question
          that heads the company's score, else of the first by name that was answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

COLUMNS = {
    "source": "string",
    "feedback_id": "string",
    "customer_id": "string",
    "respondent": "string",
    "at": "timestamp(6)",
    "day": "date",
    "metric": "string",
    "score": "float64",
    "scale_low": "float64",
    "scale_high": "float64",
    "touchpoint": "string",
    "channel": "string",
    "language": "string",
    "text": "string",
}
NOTES = (
    "note", "notes", "text", "comment", "comments", "description", "message", "body", "subject", "transcript",
    "summary", "remark", "remarks", "call_note", "call_notes", "notiz", "bemerkung", "kommentar", "beschreibung",
    "commentaire", "nota", "notas", "comentario", "commento", "complaint", "verbatim",
)  # fmt: skip
"""Names under which a further column of interactions holds what was said or noted."""
OBSERVED = ("note", "need", "frustration", "gap", "valued")


def texts(ds: Dataset) -> ir.Table | None:
    """One row per text, in no order."""
    sources = [
        *(_feedback(ds) if "feedback" in ds.tables and ds.has("feedback", "text") else ()),
        *(_said(ds) if ds.has("treatments", "customer_said") else ()),
        *(_notes(ds) if "interactions" in ds.tables else ()),
        *(_observed(ds) if "observations" in ds.tables else ()),
    ]
    if not sources:
        return None
    return sources[0] if len(sources) == 1 else ibis.union(*sources, distinct=False)


def _feedback(ds: Dataset) -> tuple[ir.Table, ...]:
    rows = ds["feedback"]
    rows = rows.filter(rows.text.notnull())
    heads = ds.settings.score_metric or "nps"
    own = ds["feedback"]
    scored = own.filter(own.score.notnull(), own.feedback_id.notnull())
    rank = ibis.row_number().over(
        ibis.window(
            group_by=scored.feedback_id, order_by=[(scored.metric != heads).cast("int8"), scored.metric, scored.score]
        )
    )
    beside = scored.mutate(_rank=rank)
    beside = beside.filter(beside._rank == 0).select(
        _id="feedback_id", _metric="metric", _score="score", _low="scale_low", _high="scale_high"
    )
    joined = rows.left_join(beside, rows.feedback_id == beside._id)
    has = joined.score.notnull()
    own_score = ibis.ifelse(has, joined.score, joined._score)
    each = joined.select(
        source=ibis.literal("feedback"),
        feedback_id=joined.feedback_id,
        customer_id=joined.customer_id,
        respondent=ibis.coalesce(joined.respondent, "customer"),
        at=joined["at"],
        day=joined.at_date,
        metric=ibis.ifelse(has, joined.metric, ibis.coalesce(joined._metric, joined.metric)),
        score=own_score,
        scale_low=ibis.ifelse(has, joined.scale_low, joined._low),
        scale_high=ibis.ifelse(has, joined.scale_high, joined._high),
        touchpoint=joined.touchpoint,
        channel=joined.channel,
        language=joined.language,
        text=joined.text,
    )
    # The words of one response stand beside each of its questions in some exports.
    named = each.filter(each.feedback_id.notnull())
    order = [
        (named.metric != heads).cast("int8"),
        named.score.isnull().cast("int8"),
        *(named[c] for c in ("metric", "score", "at", "touchpoint", "channel", "customer_id")),
    ]
    once = ibis.window(group_by=[named.feedback_id, named.text], order_by=order)
    named = named.mutate(_rank=ibis.row_number().over(once))
    return _shaped(named.filter(named._rank == 0)), _shaped(each.filter(each.feedback_id.isnull()))


def _said(ds: Dataset) -> tuple[ir.Table, ...]:
    rows = ds["treatments"]
    rows = rows.filter(rows.customer_said.notnull())
    return (
        _shaped(
            rows.mutate(
                source=ibis.literal("treatments"),
                day=rows.at_date,
                text=rows.customer_said,
                respondent=ibis.literal("customer"),
            )
        ),
    )


def _notes(ds: Dataset) -> tuple[ir.Table, ...]:
    rows = ds["interactions"]
    columns = [c for c in rows.columns if c.lower().replace(" ", "_") in NOTES and rows[c].type().is_string()]
    return tuple(
        _shaped(
            part.mutate(
                source=ibis.literal("interactions"), day=part.at_date, text=part[c], respondent=ibis.literal("customer")
            )
        )
        for c in columns
        for part in [rows.filter(rows[c].notnull())]
    )


def _observed(ds: Dataset) -> tuple[ir.Table, ...]:
    rows = ds["observations"]
    words = [rows[c] for c in OBSERVED if ds.has("observations", c)]
    if not words:
        return ()
    text = ibis.literal("")
    for word in words:
        text = text + ibis.ifelse(word.notnull(), word + ". ", "")
    rows = rows.mutate(
        source=ibis.literal("observations"), day=rows.at_date, respondent=ibis.literal("observer"), text=text.strip()
    )
    return (_shaped(rows.filter(rows.text != "")),)


def _shaped(rows: ir.Table) -> ir.Table:
    """The columns of a text, null where this table has none."""
    kinds = {**COLUMNS}
    return rows.select(
        **{name: (rows[name].cast(kind) if name in rows.columns else ibis.null(kind)) for name, kind in kinds.items()}
    )
