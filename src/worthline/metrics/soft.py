"""What customers say: scores with intervals, weighted beside raw, and how many people were asked and answered.

Reads     feedback, invitations; customers for their dimensions and weights.
Gives     Values of the families scores and answers, by month, over twelve months and over shorter whole periods.
Method    METHODS 1; sums by respondent (score_sums.py), intervals in stats/intervals.py. Bounds: Manski (1989),
          J. Human Resources 24(3), 343-360, over people.
Assumes   ingest has set aside scores outside their scale; those that come through are left out here too.
Not for   what those who did not answer feel: the bounds say how far they could move the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis

from worthline.metrics.dimensions import ALL, brought_dimensions, month_of, own_dimensions, with_customer
from worthline.metrics.monthly_sums import Member, MonthlySums, tally
from worthline.metrics.periods import Periods, Window, periods
from worthline.metrics.questions import Question, invited_names, names, questions
from worthline.metrics.score_sums import People, Place, ScoreSums, in_windows, people, score_sums
from worthline.metrics.values import Value
from worthline.results import Compute, Dataset
from worthline.stats.intervals import RespondentSums, nps_interval, score_interval, share_interval, wilson
from worthline.tables.scales import SATISFIED

if TYPE_CHECKING:
    import ibis.expr.types as ir

ANSWER_DAYS = 30
"""An answer later than this after an invitation is not its answer, where no feedback_id links them."""
COMPANY: Member = (ALL, ALL)


def compute(ds: Dataset, panel: ir.Table, rooms: Compute) -> list[Value]:
    """Every soft metric; empty without feedback."""
    if "feedback" not in ds.tables:
        return []
    when = periods(ds, panel, rooms)
    questions_asked = questions(ds, rooms)
    answers, dimensions = _answers(ds, questions_asked)
    monthly_sums = _tally_answers(answers, dimensions, ds, rooms)
    windows = _windows(monthly_sums, when)
    good = in_windows(answers.filter(answers.good), sorted({w for each in windows.values() for w in each}, key=_name))
    weighted = ds.has("feedback", "weight") or ds.has("customers", "weight")
    sums = score_sums("metrics__scores", good, dimensions, ds, rooms, weighted=weighted)
    values = _pooled(monthly_sums, when)
    for name in monthly_sums.keys:
        for member in monthly_sums.members(name):
            for window in windows[name]:
                values += _scores(name, sums, monthly_sums, window, member, weighted=weighted)
    if "invitations" in ds.tables:
        values += _invited(ds, questions_asked, good, sums, windows, when, rooms)
    return values


def _name(window: Window) -> str:
    return window.name


def _windows(sums: MonthlySums, when: Periods) -> dict[str, tuple[Window, ...]]:
    """By question its windows; a question younger than a year has one of all its months."""
    return {name: when.whole(sums.starts.get(name)) for name in sums.keys}


def _answers(ds: Dataset, questions_asked: list[Question]) -> tuple[ir.Table, tuple[str, ...]]:
    """Customers' answers with month, key, `counts` (what an answer counts), weight; and their dimensions."""
    answers = answers_of(ds)
    dimensions = brought_dimensions(ds)
    dimensions += tuple(d for d in own_dimensions(ds, "feedback") if d not in dimensions)
    if ds.has("feedback", "touchpoint"):
        answers = answers.mutate(touchpoint=answers.touchpoint.fill_null("(unknown)"))
        dimensions += ("touchpoint",)
    answers = _with_weight(answers, ds)
    answers = with_customer(answers, ds, [d for d in dimensions if d != "touchpoint"])
    answers = answers.mutate(month=month_of(answers.at_date), key=names(answers, questions_asked))
    return answers.mutate(counts=_counts(answers)), dimensions


def _counts(answers: ir.Table) -> ir.NumericValue:
    """What an answer counts: +1, 0 or -1 to nps, 1 or 0 to csat, else its score."""
    score = answers.given
    high, span = answers.scale_high, answers.scale_high - answers.scale_low
    least = ibis.cases(
        *((span >= at_least, high - points - share * span) for at_least, points, share in SATISFIED), else_=high
    )
    top = (score >= least).fill_null(False)
    nps = ibis.cases((score >= 9, 1.0), (score <= 6, -1.0), else_=0.0)
    return ibis.cases((answers.key == "nps", nps), (answers.key == "csat", ibis.ifelse(top, 1.0, 0.0)), else_=score)


def _tally_answers(answers: ir.Table, dimensions: tuple[str, ...], ds: Dataset, rooms: Compute) -> MonthlySums:
    """How many answers, with a score and without, by question."""
    measures = {"n": answers.good.sum(), "blank": answers.blank.sum()}
    return tally("metrics__answers", answers, dimensions, measures, ds, rooms)


def answers_of(ds: Dataset) -> ir.Table:
    """Customers' feedback: `good` where a score within its scale was given, `blank` where none was.

    `given` is the score where good, else null; a score outside its scale is neither good nor blank.
    """
    f = ds["feedback"]
    f = f.filter(f.respondent.fill_null("customer").lower() == "customer")
    inside = (f.score >= f.scale_low.fill_null(-1e9)) & (f.score <= f.scale_high.fill_null(1e9))
    good = f.score.notnull() & inside.fill_null(False)
    return f.mutate(good=good, blank=f.score.isnull(), given=ibis.ifelse(good, f.score, None))


def _with_weight(answers: ir.Table, ds: Dataset) -> ir.Table:
    """The survey weight of each answer: its own, else its customer's."""
    if not ds.has("customers", "weight"):
        return answers
    there = ds["customers"].select(_who="customer_id", _of_weight="weight")
    joined = answers.left_join(there, [answers.customer_id == there["_who"]])
    return joined.mutate(weight=ibis.coalesce(joined.weight, joined["_of_weight"])).drop("_who", "_of_weight")


def _scores(
    name: str, sums: ScoreSums, monthly_sums: MonthlySums, window: Window, member: Member, *, weighted: bool
) -> list[Value]:
    """The score of one question, and its weighted twin; undefined where nobody answered or data began later."""
    place = (name, member, window.name)
    is_known = monthly_sums.covers(window, name) and place in sums.raw
    if not is_known and member != COMPANY:
        return []
    values = [_score(name, name, sums.raw[place] if is_known else None, window, member)]
    twin = sums.weighted.get(place) if is_known else None
    if weighted and (twin is not None or member == COMPANY):
        values.append(_score(name, f"{name}_weighted", twin, window, member))
    return values


def _score(name: str, metric: str, s: RespondentSums | None, window: Window, member: Member) -> Value:
    """A score as `metric`, counted in the manner of the question `name`."""
    if s is None:
        return Value(metric, window.name, *member, None, n=0, respondents=0)
    value, interval = s.mean, score_interval
    if name == "nps":
        value, interval = 100 * s.mean, nps_interval
    elif name == "csat":
        interval = share_interval
    return Value(metric, window.name, *member, value, *interval(s), s.answers, s.respondents)


def _pooled(answers: MonthlySums, when: Periods) -> list[Value]:
    """Answers and answered_blank of all questions together."""
    every = answers.pooled()
    values = []
    for member in every.members(""):
        for window in when.all:
            sums = every.over("", member, window)
            sure = every.covers(window)
            if member == COMPANY or (sure and sums["n"] + sums["blank"] > 0):
                for name, measure in (("answers", "n"), ("answered_blank", "blank")):
                    count = int(sums[measure]) if sure else None
                    values.append(Value(name, window.name, *member, count, n=count))
    return values


# ------------------------------------------------------------------------------------------- who was asked


def _invited(
    ds: Dataset,
    questions_asked: list[Question],
    good: ir.Table,
    sums: ScoreSums,
    windows: Mapping[str, tuple[Window, ...]],
    when: Periods,
    rooms: Compute,
) -> list[Value]:
    """Response rates, all questions and each, and the bounds of the NPS: of people, however often they were asked."""
    dimensions = brought_dimensions(ds)
    sent = with_customer(_invitations(ds), ds, dimensions)
    sent = sent.mutate(month=month_of(sent.at_date), key=invited_names(sent, questions_asked))
    invitations = tally("metrics__invitations", sent, dimensions, {"n": sent.count()}, ds, rooms)
    shorter = {w for each in windows.values() for w in each} | set(when.all)
    flagged = _flagged(in_windows(sent, sorted(shorter, key=_name)), good)
    by_question = people("metrics__people", flagged, dimensions, ds, rooms)
    pooled = people("metrics__people_pooled", flagged.mutate(key=ibis.literal("")), dimensions, ds, rooms)
    values = []
    for name in [key for key in invitations.keys if key in windows]:
        values += _rates(f"{name}_response_rate", name, by_question, invitations, windows[name])
    values += _rates("response_rate", "", pooled, invitations.pooled(), when.all)
    if "nps" in invitations.keys and "nps" in windows:
        own = own_dimensions(ds, "feedback")
        for member in invitations.members("nps"):
            if member[0] not in own:
                for window in windows["nps"]:
                    values += _bounds(by_question, sums, invitations, window, member)
    return values


def _flagged(sent: ir.Table, good: ir.Table) -> ir.Table:
    """Invitations in windows with `here`: whether the person is among the window's respondents to the question."""
    there = good.filter(good.customer_id.notnull()).select(_key="key", _window="window", _who="customer_id").distinct()
    same = [sent.key == there["_key"], sent.window == there["_window"], sent.customer_id == there["_who"]]
    joined = sent.left_join(there, same)
    return joined.mutate(here=joined["_who"].notnull())


def _rates(
    metric: str, key: str, by_place: Mapping[Place, People], invitations: MonthlySums, windows: tuple[Window, ...]
) -> list[Value]:
    values = []
    for member in invitations.members(key):
        for window in windows:
            p = by_place.get((key, member, window.name)) if invitations.covers(window, key) else None
            if p is not None:
                interval = wilson(p.answered, p.invited)
                values.append(Value(metric, window.name, *member, p.answered / p.invited, *interval, p.invited))
            elif member == COMPANY:
                values.append(Value(metric, window.name, *member, None, n=0))
    return values


def _bounds(
    by_place: Mapping[Place, People], sums: ScoreSums, invitations: MonthlySums, window: Window, member: Member
) -> list[Value]:
    """The NPS of all people asked or heard, if all who did not answer were detractors, or promoters.

    Respondents count as one person each with the score that their answers have together.
    """
    place = ("nps", member, window.name)
    p, s = by_place.get(place) if invitations.covers(window, "nps") else None, sums.raw.get(place)
    if p is None or s is None:
        return [Value(m, window.name, *member, None, n=0) for m in ("nps_worst", "nps_best") if member == COMPANY]
    n = s.respondents + p.silent
    score_total = 100 * s.mean * s.respondents
    return [
        Value("nps_worst", window.name, *member, (score_total - 100 * p.silent) / n, n=n),
        Value("nps_best", window.name, *member, (score_total + 100 * p.silent) / n, n=n),
    ]


def _invitations(ds: Dataset) -> ir.Table:
    """Each invitation with `answered`."""
    sent, answers = ds["invitations"], answers_of(ds)
    answers = answers.filter(answers.good)
    if ds.has("invitations", "feedback_id") and not ds.has("feedback", "feedback_id"):
        return sent.mutate(answered=sent.feedback_id.notnull())
    matched = _matched(sent, answers, ds)
    yes, no = sent.semi_join(answers, matched), sent.anti_join(answers, matched)
    return yes.mutate(answered=ibis.literal(True)).union(no.mutate(answered=ibis.literal(False)))


def _matched(sent: ir.Table, answers: ir.Table, ds: Dataset) -> list[ir.BooleanValue]:
    """When an answer is that of an invitation: it is named, or came from the customer within 30 days."""
    same_question = sent.metric.lower() == answers.metric.lower()
    if ds.has("invitations", "feedback_id"):
        return [same_question, sent.feedback_id == answers.feedback_id]
    return [
        same_question,
        sent.customer_id == answers.customer_id,
        answers.at_date >= sent.at_date,
        answers.at_date <= sent.at_date + ibis.interval(days=ANSWER_DAYS),
    ]
