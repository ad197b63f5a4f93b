"""What was known of a customer at the end of a month that may tell of leaving. Ibis only.

Reads     the panel; waits, refunds and touchpoints of the last three months; terms of subscriptions; columns of
          customers, the company's own attributes too.
Gives     one row per landmark with a column for each feature of `Plan`.
Assumes   attributes held when the row was known (known_at); where no customer's row bears a date, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from worthline.customers.risk.feature_groups import PANEL, TERMS, Feature, attribute, category, touchpoint
from worthline.customers.risk.leaks import names_a_model
from worthline.metrics.dimensions import attributes

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.customers.risk.landmarks import ScoringContext
    from worthline.results import Compute, Dataset

TOUCHPOINTS = 8
"""Touchpoints counted one by one: those with most rows."""
CATEGORIES = ("segment", "region", "channel", "location", "acquired_through")


NEEDS = {"contacts": "interactions", "unresolved": "interactions", "wait": "interactions", "score": "feedback"}
"""Tables without which nothing is known of a concept; that nobody had a contact is then no reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The features that one company's tables allow."""

    features: tuple[Feature, ...]
    touchpoints: tuple[str, ...]
    attributes: tuple[str, ...]
    """The company's own columns of customers."""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns, in order."""
        return tuple(feature.column for feature in self.features)

    def without(self, columns: set[str]) -> Plan:
        """The same with some features left out."""
        return Plan(tuple(f for f in self.features if f.column not in columns), self.touchpoints, self.attributes)


def plan(ds: Dataset, rooms: Compute) -> Plan:
    """What there is to look at."""
    points: tuple[str, ...] = ()
    if ds.has("interactions", "touchpoint"):
        t = ds["interactions"]
        counted = t.filter(t.customer_id.notnull()).group_by("touchpoint").agg(n=ibis._.count())
        common = rooms.fetch(counted.order_by(ibis.desc("n"), "touchpoint").limit(TOUCHPOINTS))
        points = tuple(common["touchpoint"].to_pylist())
    own = attributes(ds)
    features = [
        *(feature for feature in PANEL if NEEDS.get(feature.concept) in (None, *ds.tables)),
        *(TERMS if "subscriptions" in ds.tables else ()),
        *(touchpoint(number, name) for number, name in enumerate(points)),
        *(category(name) for name in CATEGORIES if ds.has("customers", name)),
        *(attribute(number, name) for number, name in enumerate(own)),
    ]
    return Plan(tuple(features), points, own)


def suspects(ds: Dataset) -> list[str]:
    """A sentence for each column of customers whose name says that it is another model's output."""
    if "customers" not in ds.tables:
        return []
    named = [name for name in attributes(ds) if names_a_model(name)]
    return [
        f"customers.{name} seems to be another model's output. It will be left out of the churn model and of what "
        "effects control for."
        for name in named
    ]


def features(keys: ir.Table, on: ScoringContext, ds: Dataset, using: Plan) -> ir.Table:
    """`keys` (customer_id, rank, at and more) with every feature's column.

    `late`: the customer's columns say something that was known only later, and are blank.
    """
    rows = _from_panel(keys, on)
    if "subscriptions" in ds.tables:
        rows = _joined(rows, _terms(keys, ds))
    if using.touchpoints:
        rows = _joined(rows, _touched(keys, ds, using.touchpoints))
        met = [f"touch_{i}" for i in range(len(using.touchpoints))]
        rows = rows.mutate(**{column: ibis.coalesce(rows[column], 0) for column in met})
    rows = _own(rows, ds, using)
    money = [f.column for f in using.features if not f.text]
    late = rows["late"] if "late" in rows.columns else ibis.literal(False)
    return rows.select(*keys.columns, **{c: rows[c].cast("float64") for c in money}, **_texts(rows, using), late=late)


def _texts(rows: ir.Table, using: Plan) -> dict[str, ir.Value]:
    return {f.column: rows[f.column].cast("string") for f in using.features if f.text}


def _joined(rows: ir.Table, more: ir.Table) -> ir.Table:
    joined = rows.left_join(more, [rows.customer_id == more.who, rows["at"] == more.then])
    return joined.drop("who", "then")


def _from_panel(keys: ir.Table, on: ScoringContext) -> ir.Table:
    p = on.panel
    direct = [f.column for f in PANEL if f.column in p.columns and f.concept != "score"]
    there = p.select(*direct, who=p.customer_id, then=p["at"])
    rows = _joined(keys, there)
    before = p.select(
        who=p.customer_id,
        then=p["at"] + 3,
        revenue_before=p.revenue_3m,
        orders_before=p.orders_3m,
        contacts_before=p.contacts_3m,
    )
    rows = _joined(rows, before)
    steps = keys.select("customer_id", "at").cross_join(ibis.memtable({"k": [0, 1, 2]}, schema={"k": "int32"}))
    lately = steps.mutate(month=steps["at"] - steps.k)
    waits = lately.inner_join(
        p.select(who=p.customer_id, then=p["at"], wait=p.wait_seconds, back=p.refunds),
        [("customer_id", "who"), ("month", "then")],
    )
    waits = waits.group_by(who=waits.customer_id, then=waits["at"]).agg(wait=waits.wait.sum(), back=waits.back.sum())
    rows = _joined(rows, waits)
    minutes = rows.wait.cast("float64") / 60 / rows.contacts_3m.nullif(0)
    rows = _joined(rows, _scores(keys, p))
    return rows.mutate(wait_minutes=minutes, refunds_3m=rows.back)


def _scores(keys: ir.Table, p: ir.Table) -> ir.Table:
    """The last score that was given within six and within twelve months: an older one is no news, a gap none either."""
    given = p.filter(p.answers > 0).select(owner=p.customer_id, month=p["at"], score=p.last_score)
    latest_scores = keys.select("customer_id", "at").inner_join(given, [("customer_id", "owner")])
    latest_scores = latest_scores.filter(
        latest_scores.month <= latest_scores["at"], latest_scores.month > latest_scores["at"] - 12
    )
    lately = latest_scores.month > latest_scores["at"] - 6
    return latest_scores.group_by(who=latest_scores.customer_id, then=latest_scores["at"]).agg(
        score_6m=latest_scores.score.argmax(latest_scores.month, where=lately),
        last_score=latest_scores.score.argmax(latest_scores.month),
    )


def _terms(keys: ir.Table, ds: Dataset) -> ir.Table:
    """Of the terms that ran at the end of the month: fee a month, months to renewal, months of discount left."""
    s = ds["subscriptions"]
    began = ibis.greatest(s.started_on, ibis.coalesce(s.known_on, s.started_on))
    terms = s.select(
        owner=s.customer_id,
        began=_month(began),
        ended=_month(s.ended_on),
        fee_month=(s.period == "year").ifelse(s.fee / 12, s.fee),
        renews=_month(s.renews_on),
        discount=_month(s.discount_until),
        begins=(~s.continues).cast("int64") if "continues" in s.columns else ibis.literal(1),
    )
    running = keys.select("customer_id", "at").inner_join(terms, [("customer_id", "owner")])
    running = running.filter(running.began <= running["at"])
    runs = running.ended.isnull() | (running.ended > running["at"])
    return running.group_by(who=running.customer_id, then=running["at"]).agg(
        fee=running.fee_month.sum(where=runs),
        products=runs.ifelse(1, 0).sum(),
        terms_12m=(running.began > running["at"] - 12).ifelse(running.begins, 0).sum(),
        term_months=(running["at"] - running.began).min(where=runs),
        renewal_in=(running.renews - running["at"]).min(where=runs & (running.renews > running["at"])),
        discount_left=(running.discount - running["at"]).max(where=runs),
    )


def _touched(keys: ir.Table, ds: Dataset, points: tuple[str, ...]) -> ir.Table:
    """How often each touchpoint was met in three months, counted in the month in which it was known."""
    t = ds["interactions"]
    t = t.filter(t.customer_id.notnull(), t.touchpoint.isin(points))
    known = ibis.greatest(t.at_date, ibis.coalesce(t.known_on, t.at_date))
    met = t.select("touchpoint", owner=t.customer_id, month=_month(known))
    contacts = keys.select("customer_id", "at").inner_join(met, [("customer_id", "owner")])
    contacts = contacts.filter(contacts.month <= contacts["at"], contacts.month > contacts["at"] - 3)
    counts = {f"touch_{i}": (contacts.touchpoint == name).ifelse(1, 0).sum() for i, name in enumerate(points)}
    return contacts.group_by(who=contacts.customer_id, then=contacts["at"]).agg(**counts)


def _own(rows: ir.Table, ds: Dataset, using: Plan) -> ir.Table:
    """Columns of customers, blank where what they say was known only later."""
    c = ds["customers"]
    wanted = {f.column: c[f.column] for f in using.features if f.column in CATEGORIES}
    wanted |= {f"own_{i}": c[name] for i, name in enumerate(using.attributes)}
    if not wanted:
        return rows
    declared = c.select(**wanted, owner=c.customer_id, known=_month(c.same_since))
    joined = rows.left_join(declared, [rows.customer_id == declared.owner])
    late = joined.known.notnull() & (joined.known > joined["at"]) if ds.has("customers", "known_at") else None
    if late is not None:
        joined = joined.mutate(**{name: late.ifelse(None, joined[name]) for name in wanted}, late=late.fill_null(False))
    return joined.drop("owner", "known")


def _month(day: ir.Value) -> ir.Value:
    """Its month counted from year 0."""
    return day.year().cast("int32") * 12 + day.month().cast("int32") - 1
