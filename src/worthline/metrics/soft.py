"""What customers say: scores with intervals, weighted beside raw, and how many were asked and answered.

Reads     feedback, invitations; customers for their dimensions and weights.
Gives     Values of the families scores and answers, by month and over twelve months.
Method    METHODS 1; intervals in intervals.py. Bounds: Manski (1989), J. Human Resources 24(3), 343-360.
Assumes   ingest has set aside scores outside their scale; those that come through are left out here too.
Not for   what the silent feel: the bounds say how far they could move the score, nothing estimates them here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis

from worthline.metrics.dimensions import ALL, brought_dimensions, month_of, own_dimensions, with_customer
from worthline.metrics.monthly_sums import Member, MonthlySums, Sums, tally
from worthline.metrics.periods import Periods, Window, periods
from worthline.metrics.questions import Question, invited_names, names, questions
from worthline.metrics.values import Value
from worthline.results import Compute, Dataset
from worthline.stats.intervals import kish, mean_interval, nps_interval, weighted_nps, wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCORE, SQUARE, WEIGHT = "decimal(18, 6)", "decimal(38, 6)", "decimal(38, 12)"
ANSWER_DAYS = 30
"""An answer later than this after an invitation is not its answer, where no feedback_id links them."""


def compute(ds: Dataset, panel: ir.Table, rooms: Compute) -> list[Value]:
    """Every soft metric; empty without feedback."""
    if "feedback" not in ds.tables:
        return []
    when = periods(ds, panel, rooms)
    asked = questions(ds, rooms)
    answers = _tally_answers(ds, asked, rooms)
    values = _pooled(answers, when)
    for name in answers.keys:
        for member in answers.members(name):
            for window in when.all:
                sums = answers.over(name, member, window)
                sure = answers.covers(window, name) and sums["n"] > 0
                if sure or member == (ALL, ALL):
                    values += _scores(name, sums if sure else None, window, member, answers.measures)
    if "invitations" in ds.tables:
        values += _invited(ds, asked, answers, when, rooms)
    return values


def _tally_answers(ds: Dataset, asked: list[Question], rooms: Compute) -> MonthlySums:
    """Sums of customers' answers by question."""
    said = answers_of(ds)
    dimensions = brought_dimensions(ds)
    dimensions += tuple(d for d in own_dimensions(ds, "feedback") if d not in dimensions)
    if ds.has("feedback", "touchpoint"):
        said = said.mutate(touchpoint=said.touchpoint.fill_null("(unknown)"))
        dimensions += ("touchpoint",)
    weighted = ds.has("feedback", "weight") or ds.has("customers", "weight")
    if weighted:
        said = _with_weight(said, ds)
    said = with_customer(said, ds, [d for d in dimensions if d != "touchpoint"])
    said = said.mutate(month=month_of(said.at_date), key=names(said, asked))
    return tally("metrics__answers", said, dimensions, _measures(said, weighted=weighted), ds, rooms)


def answers_of(ds: Dataset) -> ir.Table:
    """Customers' feedback: `good` where a score within its scale was given, `blank` where none was.

    `given` is the score where good, else null; a score outside its scale is neither good nor blank.
    """
    f = ds["feedback"]
    f = f.filter(f.respondent.fill_null("customer").lower() == "customer")
    inside = (f.score >= f.scale_low.fill_null(-1e9)) & (f.score <= f.scale_high.fill_null(1e9))
    good = f.score.notnull() & inside.fill_null(False)
    return f.mutate(good=good, blank=f.score.isnull(), given=ibis.ifelse(good, f.score, None))


def _with_weight(said: ir.Table, ds: Dataset) -> ir.Table:
    if not ds.has("customers", "weight"):
        return said
    there = ds["customers"].select(_who="customer_id", _of_weight="weight")
    joined = said.left_join(there, [said.customer_id == there["_who"]])
    return joined.mutate(weight=ibis.coalesce(joined.weight, joined["_of_weight"])).drop("_who", "_of_weight")


def _measures(said: ir.Table, *, weighted: bool) -> dict[str, ir.Scalar]:
    promoter = said.good & (said.given >= 9)
    detractor = said.good & (said.given <= 6)
    points = said.scale_high - said.scale_low
    top = said.good & (said.given >= ibis.ifelse(points >= 3, said.scale_high - 1, said.scale_high)).fill_null(False)
    found = {
        "n": said.good.sum(),
        "blank": said.blank.sum(),
        "promoters": promoter.fill_null(False).sum(),
        "detractors": detractor.fill_null(False).sum(),
        "top": top.sum(),
        "total": said.given.cast(SCORE).sum(),
        "squares": (said.given * said.given).cast(SQUARE).sum(),
    }
    if weighted:
        counts = said.good & (said.weight > 0).fill_null(False)
        weight = said.weight.cast(WEIGHT)
        found |= {
            "weighed": counts.sum(),
            "weight": weight.sum(where=counts),
            "weight_squares": (said.weight * said.weight).cast(WEIGHT).sum(where=counts),
            "weight_promoters": weight.sum(where=counts & promoter.fill_null(False)),
            "weight_detractors": weight.sum(where=counts & detractor.fill_null(False)),
            "weight_top": weight.sum(where=counts & top),
        }
    return found


def _scores(name: str, sums: Sums | None, window: Window, member: Member, measures: tuple[str, ...]) -> list[Value]:
    """The score of one question, and its weighted twin; undefined where `sums` is None."""
    weighted = "weight" in measures and name in ("nps", "csat")
    if sums is None:
        found = [Value(name, window.name, *member, None, n=0)]
        return found + [Value(f"{name}_weighted", window.name, *member, None, n=0)] * weighted
    found = [_raw(name, sums, window, member)]
    if weighted and (sums["weighed"] > 0 or member == (ALL, ALL)):
        found.append(_weighted(name, sums, window, member))
    return found


def _raw(name: str, sums: Sums, window: Window, member: Member) -> Value:
    n = int(sums["n"])
    if name == "nps":
        promoters, detractors = int(sums["promoters"]), int(sums["detractors"])
        low, high = nps_interval(promoters, n - promoters - detractors, detractors)
        return Value(name, window.name, *member, 100 * (promoters - detractors) / n, low, high, n)
    if name == "csat":
        return Value(name, window.name, *member, int(sums["top"]) / n, *wilson(int(sums["top"]), n), n)
    low, high = mean_interval(n, sums["total"], sums["squares"])
    return Value(name, window.name, *member, float(sums["total"] / n), low, high, n)


def _weighted(name: str, sums: Sums, window: Window, member: Member) -> Value:
    whole, n = float(sums["weight"]), int(sums["weighed"])
    effective = kish(sums["weight"], sums["weight_squares"])
    value: float | None
    if name == "nps":
        promoters, detractors = float(sums["weight_promoters"]), float(sums["weight_detractors"])
        value, low, high = weighted_nps(promoters, max(whole - promoters - detractors, 0.0), detractors, effective)
    else:
        value = float(sums["weight_top"]) / whole if whole else None
        low, high = wilson(value * effective, effective) if value is not None else (None, None)
    return Value(f"{name}_weighted", window.name, *member, value, low, high, n)


def _pooled(answers: MonthlySums, when: Periods) -> list[Value]:
    """Answers and answered_blank of all questions together."""
    every = answers.pooled()
    values = []
    for member in every.members(""):
        for window in when.all:
            sums = every.over("", member, window)
            sure = every.covers(window)
            if member == (ALL, ALL) or (sure and sums["n"] + sums["blank"] > 0):
                for name, measure in (("answers", "n"), ("answered_blank", "blank")):
                    count = int(sums[measure]) if sure else None
                    values.append(Value(name, window.name, *member, count, n=count))
    return values


def _invited(
    ds: Dataset, questions_asked: list[Question], answers: MonthlySums, when: Periods, rooms: Compute
) -> list[Value]:
    """Response rates, all questions and each, and the bounds of the NPS."""
    dimensions = brought_dimensions(ds)
    sent = with_customer(_invitations(ds), ds, dimensions)
    sent = sent.mutate(month=month_of(sent.at_date), key=invited_names(sent, questions_asked))
    measures = {"n": sent.count(), "answered": sent.answered.sum()}
    asked = tally("metrics__invitations", sent, dimensions, measures, ds, rooms)
    values = []
    for name in [k for k in asked.keys if k in answers.keys]:
        values += _each(asked, name, when, _rate(f"{name}_response_rate"))
    values += _each(asked.pooled(), "", when, _rate("response_rate"))
    if "nps" in asked.keys and "nps" in answers.keys:
        own = own_dimensions(ds, "feedback")
        placed = _tally_placed(ds, questions_asked, tuple(d for d in dimensions if d not in own), rooms)
        values += _each(asked, "nps", when, _bounds(placed), skip=own)
    return values


Make = Callable[[Sums | None, Window, Member], list[Value]]


def _each(asked: MonthlySums, key: str, when: Periods, make: Make, skip: tuple[str, ...] = ()) -> list[Value]:
    values = []
    for member in asked.members(key):
        for window in when.all:
            sums = asked.over(key, member, window)
            sure = asked.covers(window, key) and sums["n"] > 0
            if member[0] not in skip and (sure or member == (ALL, ALL)):
                values += make(sums if sure else None, window, member)
    return values


def _rate(name: str) -> Make:
    def make(sums: Sums | None, window: Window, member: Member) -> list[Value]:
        if sums is None:
            return [Value(name, window.name, *member, None, n=0)]
        k, n = int(sums["answered"]), int(sums["n"])
        return [Value(name, window.name, *member, k / n, *wilson(k, n), n)]

    return make


def _bounds(placed: MonthlySums) -> Make:
    """The score of all who were asked or answered unasked, if the silent all gave 0, and if they all gave 10."""

    def make(sums: Sums | None, window: Window, member: Member) -> list[Value]:
        said = placed.over("nps", member, window)
        known = sums is not None and placed.covers(window, "nps") and said["n"] > 0
        if sums is None or not known:
            rows = [None, None] if member == (ALL, ALL) else []
            return [
                Value(m, window.name, *member, v, n=0) for m, v in zip(("nps_worst", "nps_best"), rows, strict=False)
            ]
        silent, balance = int(sums["n"] - sums["answered"]), int(said["promoters"] - said["detractors"])
        n = int(said["n"]) + silent
        return [
            Value("nps_worst", window.name, *member, 100 * (balance - silent) / n, n=n),
            Value("nps_best", window.name, *member, 100 * (balance + silent) / n, n=n),
        ]

    return make


def _invitations(ds: Dataset) -> ir.Table:
    """Each invitation with `answered`."""
    sent, said = ds["invitations"], answers_of(ds)
    said = said.filter(said.good)
    if ds.has("invitations", "feedback_id") and not ds.has("feedback", "feedback_id"):
        return sent.mutate(answered=sent.feedback_id.notnull())
    matched = _matched(sent, said, ds)
    yes, no = sent.semi_join(said, matched), sent.anti_join(said, matched)
    return yes.mutate(answered=ibis.literal(True)).union(no.mutate(answered=ibis.literal(False)))


def _matched(sent: ir.Table, said: ir.Table, ds: Dataset) -> list[ir.BooleanValue]:
    """When an answer is that of an invitation: it is named, or came from the customer within 30 days."""
    same_question = sent.metric.lower() == said.metric.lower()
    if ds.has("invitations", "feedback_id"):
        return [same_question, sent.feedback_id == said.feedback_id]
    return [
        same_question,
        sent.customer_id == said.customer_id,
        said.at_date >= sent.at_date,
        said.at_date <= sent.at_date + ibis.interval(days=ANSWER_DAYS),
    ]


def _tally_placed(ds: Dataset, asked: list[Question], dimensions: tuple[str, ...], rooms: Compute) -> MonthlySums:
    """Answers to nps in the month of their latest invitation; those that nobody asked for, in their own."""
    said = answers_of(ds)
    said = said.mutate(key=names(said, asked))
    said = said.filter(said.good, said.key == "nps")
    month = month_of(said.at_date)
    if not ds.has("invitations", "feedback_id") or ds.has("feedback", "feedback_id"):
        sent = ds["invitations"]
        sent = sent.select("customer_id", "metric", "at_date", "feedback_id")
        pairs = said.inner_join(sent, _matched(sent, said, ds))
        pairs = pairs.select(_in=said["_file"], _at=said["_line"], asked_on=sent.at_date)
        latest = pairs.group_by("_in", "_at").aggregate(asked_on=pairs.asked_on.max())
        said = said.left_join(latest, [said["_file"] == latest["_in"], said["_line"] == latest["_at"]])
        month = month_of(ibis.coalesce(said.asked_on, said.at_date))
    said = with_customer(said.mutate(month=month), ds, dimensions)
    measures = {"n": said.count(), "promoters": (said.given >= 9).sum(), "detractors": (said.given <= 6).sum()}
    return tally("metrics__placed", said, dimensions, measures, ds, rooms)
