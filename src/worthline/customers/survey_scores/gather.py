"""Who was asked, who answered what, and what was known of each by then. Ibis only.

Reads     feedback on the company's score, invitations; the panel and the features of risk.
Gives     one row per asking: customer_id, rank, at (month), answered, score, features; the same for today's customers.
Method    an answer belongs to the invitation that names it; else to its own month. Without invitations, customers of
          today who have not answered for a year stand as asked in vain, without contracts after their last purchase.
          `score_before` is the last score given in an earlier month, never the answer itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from worthline.customers.risk import landmarks
from worthline.customers.risk.feature_groups import Feature
from worthline.customers.risk.features import features, plan
from worthline.tables.scales import DEFAULT_SCALES, satisfied_from, usual_scale

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.customers.risk.features import Plan
    from worthline.customers.risk.landmarks import ScoringContext
    from worthline.results import Compute, Dataset

MOST = 80_000
"""Askings that are learnt from at most."""
YEAR = 12
BACK = 24
"""Months of askings looked at."""
BEFORE = Feature("score_before", "score")


@dataclass(frozen=True, slots=True)
class SurveyContext:
    """What the score of a company is learnt from."""

    on: ScoringContext
    using: Plan
    metric: str
    low: float
    high: float
    invited: bool
    """Whether the company says who was asked."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """Columns of the rows that models look at."""
        return (*(f for f in self.using.features if f.concept != BEFORE.concept), BEFORE)


def asked(ds: Dataset, panel: ir.Table, rooms: Compute) -> SurveyContext | str:
    """What there is; or why there is nothing."""
    metric = ds.settings.score_metric
    if metric is None or not ds.has("feedback", "score"):
        return "no score was asked"
    if not ds.has("feedback", "customer_id"):
        return "answers do not say whose they are"
    on = landmarks.scene(ds, panel, rooms)
    if on is None:
        return "there are no customers"
    answers = _said(ds, metric)
    scales = rooms.fetch(
        answers.group_by(low=answers.scale_low, high=answers.scale_high).agg(n=answers.count())
    ).to_pylist()
    scale = usual_scale(metric, {(row["low"], row["high"]): row["n"] for row in scales})
    low, high = scale if scale and None not in scale else DEFAULT_SCALES.get(metric.lower(), (None, None))
    if low is None or high is None:
        return "the scale of answers is not known"
    using = plan(ds, rooms)
    invited = ds.has("invitations", "customer_id") and bool(
        rooms.fetch(_sent(ds, metric).agg(n=ibis._.count()))["n"][0].as_py()
    )
    return SurveyContext(on, using, metric.lower(), float(low), float(high), invited)


def askings(context: SurveyContext, ds: Dataset, rooms: Compute) -> ir.Table:
    """The rows that are learnt from, kept."""
    occasions = _invited(context, ds) if context.invited else _silent(context, ds)
    p = context.on.panel
    occasions = occasions.filter(occasions["at"] > context.on.last - BACK, occasions["at"] <= context.on.last)
    occasions = occasions.group_by("customer_id", "at").agg(score=occasions.score.max())
    eligible = occasions.inner_join(p.select("customer_id", "at"), ["customer_id", "at"])
    eligible = eligible.select("customer_id", "at", "score").inner_join(context.on.customers, "customer_id")
    eligible = eligible.select("customer_id", "rank", "at", "score", answered=eligible.score.notnull())
    stored = rooms.keep("survey_scores__asked", eligible)
    n = rooms.fetch(stored.agg(n=stored.count()))["n"][0].as_py()
    every = max(-(-n // MOST), 1)
    sample = stored.filter((stored["rank"] // landmarks.FOLDS + stored["at"]) % every == 0)
    return rooms.keep("survey_scores__rows", _with_before(context, features(sample, context.on, ds, context.using)))


def now(context: SurveyContext, ds: Dataset) -> ir.Table:
    """Today's customers with the same features, of the occasion that would be asked about, and today's last score."""
    rows = features(at_occasion(context.on, landmarks.now(context.on)), context.on, ds, context.using)
    p = context.on.panel.filter(context.on.panel["at"] == context.on.last)
    today = p.select(who=p.customer_id, score_before=p.last_score.cast("float64"))
    return rows.left_join(today, rows.customer_id == today.who).drop("who")


def at_occasion(on: ScoringContext, rows: ir.Table) -> ir.Table:
    """`rows` of today (customer_id, rank, at), `at` the month of each customer's last purchase of twelve months.

    Without contracts a customer is asked after buying, and answers are learnt from there: a customer who bought
    once, ten months ago, is asked about that purchase, not about ten months of silence. Under contract: today.
    """
    if on.contractual or "months_since_purchase" not in on.panel.columns:
        return rows
    last = on.panel.filter(on.panel["at"] == on.last).select(who="customer_id", since="months_since_purchase")
    joined = rows.left_join(last, rows.customer_id == last.who)
    back = ibis.ifelse(joined.since.between(0, YEAR - 1), joined.since, 0)
    # A view: the rows are joined with the panel again, and Ibis must tell the two apart.
    return joined.select("customer_id", "rank", at=joined["at"] - back).view()


def own_answers(context: SurveyContext, ds: Dataset) -> ir.Table:
    """What customers who answered in the last 12 months add to the company's score: customer_id, `own`."""
    answers = _answers(context, ds)
    answers = answers.filter(answers["at"] > context.on.last - YEAR, answers["at"] <= context.on.last)
    latest = answers.group_by("customer_id").agg(last=answers["at"].max())
    named = answers.inner_join(latest, [answers.customer_id == latest.customer_id, answers["at"] == latest["last"]])
    each = named.group_by("customer_id").agg(score=named.score.max())
    if context.metric == "nps":
        own = ibis.cases((each.score >= 9, 100.0), (each.score <= 6, -100.0), else_=0.0)
    elif context.metric == "csat":
        own = ibis.ifelse(each.score >= satisfied_from(context.low, context.high), 1.0, 0.0)
    else:
        own = each.score
    return each.select("customer_id", own=own)


def _with_before(context: SurveyContext, rows: ir.Table) -> ir.Table:
    p = context.on.panel
    before = p.select(who=p.customer_id, then=p["at"] + 1, score_before=p.last_score.cast("float64"))
    joined = rows.left_join(before, [rows.customer_id == before.who, rows["at"] == before.then])
    return joined.drop("who", "then")


def _said(ds: Dataset, metric: str) -> ir.Table:
    t = ds["feedback"]
    return t.filter(
        t.metric.lower() == metric.lower(), t.respondent.fill_null("customer") == "customer", t.score.notnull()
    )


def _answers(context: SurveyContext, ds: Dataset) -> ir.Table:
    """One row per answer on the usual scale: customer_id, feedback_id, at, score."""
    t = _said(ds, context.metric)
    t = t.filter(t.customer_id.notnull(), t.score >= context.low, t.score <= context.high)
    t = t.filter(
        ibis.coalesce(t.scale_low, context.low) == context.low,
        ibis.coalesce(t.scale_high, context.high) == context.high,
    )
    return t.select("customer_id", "feedback_id", at=_month(t.at_date), score=t.score.cast("float64"))


def _sent(ds: Dataset, metric: str) -> ir.Table:
    t = ds["invitations"]
    return t.filter(t.metric.lower() == metric.lower(), t.customer_id.notnull())


def _invited(context: SurveyContext, ds: Dataset) -> ir.Table:
    sent, answers = _sent(ds, context.metric), _answers(context, ds)
    sent = sent.select("customer_id", "feedback_id", at=_month(sent.at_date))
    if ds.has("invitations", "feedback_id") and ds.has("feedback", "feedback_id"):
        by_name = answers.select(named=answers.feedback_id, score=answers.score)
        joined = sent.left_join(by_name, sent.feedback_id == by_name.named)
        return joined.select("customer_id", "at", "score")
    answers = answers.group_by("customer_id", "at").agg(score=answers.score.max())
    month = answers.select(who=answers.customer_id, then=answers["at"], score=answers.score)
    joined = sent.left_join(month, [sent.customer_id == month.who, sent["at"] == month.then])
    return joined.select("customer_id", "at", "score")


def _silent(context: SurveyContext, ds: Dataset) -> ir.Table:
    answers = _answers(context, ds).select("customer_id", "at", "score")
    lately = answers.filter(answers["at"] > context.on.last - YEAR)
    quiet = at_occasion(context.on, landmarks.now(context.on)).anti_join(lately, "customer_id")
    return answers.union(
        quiet.select("customer_id", at=quiet["at"].cast(answers["at"].type()), score=ibis.null("float64"))
    )


def _month(day: ir.Value) -> ir.Value:
    return day.year().cast("int32") * 12 + day.month().cast("int32") - 1
