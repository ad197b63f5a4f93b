"""Customers' lives month by month, and what they met in each month. Ibis only.

Reads     a Dataset and its panel.
Gives     rows to be fetched: months of customers, what they met at each touchpoint, who they are.
Method    of more customers than are needed, those whose number has the smallest sha256: the same in every run.
          What was met counts in the month in which it became known, as in the panel, every time. A product is what
          the term says that had begun before the month.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from worthline.effects.history import OWN
from worthline.metrics.dimensions import attributes
from worthline.metrics.revenue import running_fees
from worthline.panel.treatments import treated_months

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.results import Dataset

QUANTITIES = ("revenue", "margin", "refunds", "orders", "contacts", "unresolved", "answers", "last_score")
"""Columns of the panel that make up a history."""
ATTRIBUTES = {
    "segment": "segment",
    "region": "region",
    "channel": "channel",
    "how they came": "acquired_through",
    "location": "location",
}
"""Columns of customers that are controlled for, by what they are called; beside those of the company's own."""
_DIGITS = 8


def size(panel: ir.Table) -> ir.Table:
    """One row: customers, and the first and last month of the panel."""
    return panel.agg(n=panel.customer_id.nunique(), first=panel.month.min(), last=panel.month.max())


def months(panel: ir.Table, since: date, share: float) -> ir.Table:
    """Rows of the panel from `since` on, of a share of the customers, in order of customer and month."""
    rows = sampled(panel.filter(panel.month >= since), share)
    chosen = rows.select(
        "customer_id",
        "month",
        "active",
        tenure=rows.tenure_months,
        since_purchase=rows.months_since_purchase,
        since_contact=rows.months_since_contact,
        **{name: rows[name].cast("float64") for name in QUANTITIES},
    )
    return chosen.order_by("customer_id", "month")


def met(ds: Dataset, since: date, share: float) -> ir.Table:
    """Every contact and incident of each customer: month, touchpoint, kind, when, resolved, wait, channel, score.

    `score`: what was answered about the same order or case afterwards; null where nothing was, or nothing names it.
    """
    rows = ds["interactions"]
    rows = rows.filter(rows.customer_id.notnull(), rows.touchpoint.notnull())
    day = ibis.greatest(rows.at_date, rows.known_on.fill_null(rows.at_date))
    rows = rows.mutate(month=day.truncate("M"), kind=rows.kind.fill_null("contact"))
    rows = _with_answer(ds, sampled(rows.filter(rows.month >= since), share))
    chosen = rows.select(
        "customer_id",
        "month",
        "touchpoint",
        "kind",
        "resolved",
        "channel",
        "_file",
        "_line",
        score=rows._score.cast("float64"),
        at=rows["at"].truncate("s").epoch_seconds(),
        wait=rows.wait_seconds.cast("float64"),
    )
    return chosen.order_by("customer_id", "month", "at", "touchpoint", "kind", "_file", "_line")


def _with_answer(ds: Dataset, rows: ir.Table) -> ir.Table:
    """Contacts with `_score`: the latest answer about their order or case, given at the contact or later."""
    if not (ds.has("feedback", "case_id", "score") and ds.has("interactions", "case_id")):
        return rows.mutate(_score=ibis.null("float64"))
    feedback = ds["feedback"]
    feedback = feedback.filter(
        feedback.case_id.notnull(), feedback.score.notnull(), feedback.metric == ds.settings.score_metric
    )
    feedback = feedback.filter(ibis.coalesce(feedback.respondent == "customer", True))
    order = [feedback["at"].desc(), feedback._file.desc(), feedback._line.desc()]
    feedback = feedback.mutate(_rank=ibis.row_number().over(group_by="case_id", order_by=order))
    last = feedback.filter(feedback._rank == 0).select("case_id", _answered="at", _said="score")
    rows = rows.left_join(last, "case_id")
    return rows.mutate(_score=ibis.ifelse(rows._answered >= rows["at"], rows._said, ibis.null("float64")))


def people(ds: Dataset, share: float) -> ir.Table:
    """One row per customer: what is known of who they are, and `left`: the day on which they were last seen to leave.

    `notice`: the day on which the end became known, where it lay ahead then.
    """
    rows = sampled(ds["customers"], share)
    left = rows.left_on
    if ds.has("subscriptions", "ended_on"):
        terms = ds["subscriptions"]
        ended = terms.group_by("customer_id").agg(ended=terms.ended_on.max())
        rows = rows.left_join(ended, "customer_id")
        left = ibis.coalesce(rows.left_on, rows.ended)
    own = {f"{OWN}{name}": rows[name].cast("string") for name in attributes(ds)}
    usual = {name: rows[column] for name, column in ATTRIBUTES.items()}
    notice = ibis.ifelse(rows.left_known_on < left, rows.left_known_on, ibis.null("date"))
    return rows.select("customer_id", left=left, notice=notice, **usual, **own).order_by("customer_id")


def terms(ds: Dataset, share: float) -> ir.Table:
    """Terms of subscriptions, in order of customer and beginning: the product, and `month`, by whose end it was taken.

    A term that begins on the first of a month was taken by the end of the month before.
    """
    rows = sampled(ds["subscriptions"], share)
    rows = rows.filter(rows.started_on.notnull(), rows.product.notnull())
    if "continues" in rows.columns:  # not the later part of a term whose fee changed
        rows = rows.filter(~rows.continues)
    began = ibis.greatest(rows.started_on, rows.known_on.fill_null(rows.started_on))
    rows = rows.mutate(month=(began - ibis.interval(days=1)).truncate("M"), began=began)
    return rows.order_by("customer_id", "began", "_file", "_line").select("customer_id", "month", "product")


def yearly_terms(ds: Dataset, share: float) -> ir.Table:
    """Terms of a year by customer: `month`, in which they began."""
    rows = sampled(ds["subscriptions"], share)
    rows = rows.filter(rows.started_on.notnull(), rows.period == "year")
    if "continues" in rows.columns:  # not the later part of a term whose fee changed
        rows = rows.filter(~rows.continues)
    rows = rows.select("customer_id", month=rows.started_on.truncate("M")).distinct()
    return rows.order_by("customer_id", "month")


def fees(ds: Dataset, since: date, share: float) -> ir.Table:
    """The fees a month that run at the end of each month from `since` on, by customer."""
    rows = sampled(running_fees(ds), share)
    rows = rows.filter(rows.month >= since)
    summed = rows.group_by("customer_id", "month").agg(fee=rows.fee.sum().cast("float64"))
    return summed.order_by("customer_id", "month")


def treated(ds: Dataset, share: float) -> ir.Table:
    """How often each customer was treated in each month; the control group is not included."""
    return sampled(treated_months(ds), share).order_by("customer_id", "month")


def referrals(ds: Dataset, share: float) -> ir.Table:
    """Customers whom a customer brought: who brought them, and in which month they joined."""
    rows = ds["customers"]
    rows = rows.filter(rows.referred_by.notnull(), rows.joined_on.notnull())
    rows = rows.select(customer_id=rows.referred_by, month=rows.joined_on.truncate("M"))
    rows = sampled(rows, share)
    return rows.group_by("customer_id", "month").agg(n=rows.count()).order_by("customer_id", "month")


def worth(scores: ir.Table, share: float) -> ir.Table:
    """What a customer who is kept is worth more than one who left, where both are known."""
    lost = (scores.value_if_kept - scores.value_if_left).cast("float64")
    rows = sampled(scores.select("customer_id", lost=lost), share)
    return rows.filter(rows.lost.notnull()).order_by("customer_id")


def sampled(rows: ir.Table, share: float) -> ir.Table:
    """The rows of a share of the customers: those whose number's sha256 is smallest."""
    if share >= 1:
        return rows
    below = format(int(share * 16**_DIGITS), f"0{_DIGITS}x")
    return rows.filter(rows.customer_id.hexdigest("sha256").substr(0, _DIGITS) < below)
