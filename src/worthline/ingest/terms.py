"""What a row of subscriptions means: how long a fee lasts, for how many seats, from which day it is paid, until when.

Reads     the united rows of subscriptions, how their sources write ended_on, rates.
Gives     fees for a month or a year and for all seats; terms that begin when they are paid for; `ended_on` always the
          first day no longer paid; terms in parts where a pause or another month's rate changes the fee.
Method    a term that a customer renews on the day after its end ended on its last paid day; one renewed on its end did
          not. Where nobody renewed, the days of the month tell: from the 5th to the 4th, or from the 5th to the 5th.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.ingest.billing import Billed, billed
from worthline.ingest.numbers import MONEY, times

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.source_parts import Piece

LAST_PAID, FIRST_UNPAID = "last paid day", "first unpaid day"
IN_TRIAL = ("trial", "trialing", "trialling", "in_trial", "in trial", "free trial", "trial period")
NEVER_PAID = ("incomplete", "incomplete_expired", "future", "pending", "draft")
ENDED = ("canceled", "cancelled", "ended", "expired", "terminated", "churned", "inactive")
LIVE = (
    *("active", "live", "current", "running", "non renewing", "non_renewing", "non-renewing", "pending cancellation"),
    *(
        "pending_cancellation",
        "cancels at period end",
        "past_due",
        "past due",
        "aktiv",
        "activo",
        "actif",
        "gekündigt zum",
    ),
)
"""States of a term that still runs: an end beside them is one that is to come."""
PAUSED = ("paused", "on hold", "on_hold", "frozen", "suspended")
SEEN_AT_LEAST = 10
"""Ends that a rule of days needs, where no renewal shows what an end means."""
NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Ends:
    """What `ended_on` means in a table, and why."""

    meaning: str
    because: str
    pieces: tuple[int, ...]
    """Numbers of the pieces whose ends are moved by a day."""


def ends(engine: Engine, rows: ir.Table, pieces: Sequence[Piece]) -> Ends | None:
    """What `ended_on` means; None where no term ended. Raises nothing."""
    declared = {number: piece.source.ended_on for number, piece in enumerate(pieces)}
    moved = tuple(number for number, meaning in declared.items() if meaning == LAST_PAID)
    open_ = tuple(number for number, meaning in declared.items() if meaning == "auto")
    if not open_:
        return Ends(LAST_PAID if moved else FIRST_UNPAID, "as set", moved)
    meaning_found = _seen(engine, rows.filter(rows._piece.isin(open_)))
    if meaning_found is None:
        return Ends(LAST_PAID, "as set", moved) if moved else None
    meaning, because = meaning_found
    return Ends(meaning, because, (*moved, *open_) if meaning == LAST_PAID else moved)


def _seen(engine: Engine, rows: ir.Table) -> tuple[str, str] | None:
    """What the data show of `ended_on`, and how; None where no term ended."""
    ended = rows.filter(rows.ended_on.notnull() & (rows.ended_on < ibis.date("9999-12-31")))
    began = rows.select(_who=rows.customer_id, _began=rows.started_on).distinct()
    after = ended.ended_on + ibis.interval(days=1)
    on_it = ended.semi_join(began, [ended.customer_id == began._who, ended.ended_on == began._began])
    next_day = ended.mutate(_after=after)
    next_day = next_day.semi_join(began, [next_day.customer_id == began._who, next_day._after == began._began])
    same = (ended.ended_on.day() == ended.started_on.day()).sum()
    before = (after.day() == ended.started_on.day()).sum()
    row = engine.fetch(ended.agg(n=ended.count(), same=same, before=before)).to_pylist()[0]
    if not row["n"]:
        return None
    renewed_on = engine.fetch(on_it.count().name("n").as_table())["n"][0].as_py()
    renewed_after = engine.fetch(next_day.count().name("n").as_table())["n"][0].as_py()
    if renewed_on or renewed_after:
        last = renewed_after > renewed_on
        many, when = (renewed_after, "on the next day") if last else (renewed_on, "on the same day")
        sentence = f"after {many:,} of {row['n']:,} ends, the customer's next subscription begins {when}"
        return (LAST_PAID if last else FIRST_UNPAID), sentence
    if row["n"] >= SEEN_AT_LEAST and (row["before"] or 0) >= NEARLY_ALL * row["n"]:
        return LAST_PAID, f"{row['before']:,} of {row['n']:,} terms end the day before the day of the month they began"
    return FIRST_UNPAID, "no renewal shows another meaning"


def to_first_unpaid(rows: ir.Table, end_dates: Ends) -> ir.Table:
    """`ended_on` as the first day no longer paid."""
    if not end_dates.pieces:
        return rows
    moved = rows._piece.isin(end_dates.pieces) & (rows.ended_on < ibis.date("9999-12-31"))
    return rows.mutate(ended_on=ibis.ifelse(moved, rows.ended_on + ibis.interval(days=1), rows.ended_on))


def periods(engine: Engine, rows: ir.Table) -> dict[str, Billed | None]:
    """What each way of writing the period means; None where that is not known."""
    texts = engine.fetch(rows.select("period").distinct().order_by("period")).column("period").to_pylist()
    return {words: billed(words) for words in texts}


def a_month_or_year(rows: ir.Table, meanings: Mapping[str, Billed | None]) -> ir.Table:
    """`period` as month, year or once, and the fee as that of such a period."""
    by_period: list[tuple[ir.BooleanValue, str]] = []
    by_factor: list[tuple[ir.BooleanValue, ir.Value]] = []
    for words, meaning in meanings.items():
        if meaning is None:
            continue
        there = rows.period == words
        by_period.append((there, meaning.period))
        over, under = meaning.factor
        if (over, under) != (1, 1):
            by_factor.append((there, _fraction(rows.fee, over, under)))
    period = ibis.cases(*by_period, else_=rows.period) if by_period else rows.period
    return rows.mutate(period=period, fee=ibis.cases(*by_factor, else_=rows.fee) if by_factor else rows.fee)


def _fraction(fee: ir.DecimalValue, over: int, under: int) -> ir.Value:
    """The fee x over / under, rounded once, half up, in integers."""
    units = (fee.cast("decimal(38, 4)") * 10_000).cast("int64") * (over * 2)
    whole = ibis.ifelse(units < 0, -((under - units) // (under * 2)), (units + under) // (under * 2))
    return (whole.cast("decimal(38, 0)") * ibis.literal("0.0001").cast("decimal(38, 4)")).try_cast(MONEY)


def paid(rows: ir.Table, brought: frozenset[str]) -> ir.Table:
    """Fees for all seats, none for what is paid once; terms that begin on the first day that is paid for."""
    fee = rows.fee
    if "quantity" in brought:
        fee = times(fee, rows.quantity.fill_null(1.0).cast("decimal(18, 8)"))
    once = rows.period == "once"
    fee = ibis.ifelse(once, ibis.literal(0).cast(MONEY), fee)
    rows = rows.mutate(
        fee=fee, period=ibis.ifelse(once, "month", rows.period), continues=ibis.literal(False), _once=once
    )
    if "trial_until" in brought:
        first = ibis.greatest(rows.started_on, ibis.coalesce(rows.trial_until, rows.started_on))
        # A trial that ended before it was paid for: a term without a day.
        rows = rows.mutate(started_on=ibis.least(first, ibis.coalesce(rows.ended_on, first)))
    return rows


def has_no_fee(rows: ir.Table, brought: frozenset[str]) -> ir.BooleanValue | None:
    """Whether a term is in a trial whose end is not known, or was never paid; None where no status was brought."""
    if "status" not in brought:
        return None
    status = rows.status.lower()
    trial = status.isin(IN_TRIAL) & rows.ended_on.isnull()
    if "trial_until" in brought:
        trial = trial & rows.trial_until.isnull()
    return (trial | status.isin(NEVER_PAID)).fill_null(False)


def has_no_end(rows: ir.Table, brought: frozenset[str]) -> ir.BooleanValue | None:
    """Whether a term is said to have ended, but not when; None where no status was brought."""
    if "status" not in brought:
        return None
    return (rows.status.lower().isin(ENDED) & rows.ended_on.isnull()).fill_null(False)


def notes(engine: Engine, rows: ir.Table, brought: frozenset[str]) -> list[str]:
    """What was done to fees, in words; `rows` as `paid` gives them."""
    counts = {"once": rows._once.sum()}
    if "quantity" in brought:
        counts["seats"] = (rows.quantity != 1).sum()
    if "trial_until" in brought:
        counts["trials"] = (rows.trial_until.notnull() & (rows.started_on >= rows.trial_until)).sum()
    if "status" in brought:
        undated = rows.paused_from.isnull() if "paused_from" in brought else ibis.literal(True)
        counts["paused"] = (rows.status.lower().isin(PAUSED) & undated).sum()
    counted_rows = {name: n for name, n in engine.fetch(rows.agg(**counts)).to_pylist()[0].items() if n}
    sentences = {
        "once": "subscriptions are paid once: they bring no recurring fee. Bring what they cost as transactions.",
        "seats": "subscriptions have more or fewer seats than one: fee is the price of one, and is multiplied by "
        'quantity. If fee is already the total, leave quantity out: leave_out = ["quantity"].',
        "trials": "subscriptions began with a trial: they count from trial_until, the first day that is paid for.",
        "paused": "subscriptions are paused and say not since when: they bring no fee in the month of the as-of date. "
        "Bring paused_from.",
    }
    return [f"{n:,} {sentences[name]}" for name, n in counted_rows.items()]


def in_parts(rows: ir.Table, brought: frozenset[str], as_of: date) -> ir.Table:
    """Terms with a pause in three: before, during (without a fee) and after it."""
    if not {"paused_from", "status"} & brought:
        return rows
    first = ibis.literal(as_of.replace(day=1))
    begins = rows.paused_from
    if "status" in brought:
        undated = rows.status.lower().isin(PAUSED) & begins.isnull()
        begins = ibis.ifelse(undated.fill_null(False), ibis.greatest(first, rows.started_on), begins)
    begins = ibis.greatest(begins, ibis.ifelse(begins.notnull(), rows.started_on, ibis.null("date")))
    rows = rows.mutate(_from=begins, _until=rows.paused_until)
    whole = rows.filter(rows._from.isnull() | (rows._from >= ibis.coalesce(rows.ended_on, ibis.date("9999-12-31"))))
    broken = rows.anti_join(whole.select("_piece", "_line"), ["_piece", "_line"])
    before = broken.filter(broken._from > broken.started_on)
    before = before.mutate(ended_on=before._from)
    during = broken.mutate(
        continues=broken._from > broken.started_on,
        started_on=broken._from,
        ended_on=_earlier(broken._until, broken.ended_on),
        fee=ibis.literal(0).cast(MONEY),
    )
    after = broken.filter(
        broken._until.notnull() & (broken._until < ibis.coalesce(broken.ended_on, ibis.date("9999-12-31")))
    )
    after = after.filter(after._until <= ibis.literal(as_of))
    after = after.mutate(continues=ibis.literal(True), started_on=after._until)
    parts = [part.select(*rows.columns) for part in (whole, before, during, after)]
    return ibis.union(*parts, distinct=False).drop("_from", "_until")


def _earlier(day: ir.DateValue, other: ir.DateValue) -> ir.DateValue:
    """The earlier of two days, null where both are."""
    return ibis.least(ibis.coalesce(day, other), ibis.coalesce(other, day))


def by_rate(rows: ir.Table, rates: ir.Table, currency: str, as_of: date) -> ir.Table:
    """Terms in another currency in parts, each with the rate that holds on the first day of its months.

    The first rate of a currency holds from its own day on, a later one from the month that begins on or after it.
    """
    after = as_of + timedelta(days=1)
    own = rows.filter(rows.currency == currency)
    foreign = rows.filter(rows.currency != currency)
    rate_intervals = _monthly(rates)
    joined = foreign.inner_join(
        rate_intervals,
        [
            foreign.currency == rate_intervals._rate_currency,
            ibis.coalesce(foreign.ended_on, ibis.literal(after)) > rate_intervals._rate_from,
            foreign.started_on < rate_intervals._rate_until,
            (rate_intervals._rate_from <= ibis.literal(as_of)) | (foreign.started_on >= rate_intervals._rate_from),
        ],
    )
    goes_on = (joined._rate_until <= ibis.literal(as_of)) & (
        joined.ended_on.isnull() | (joined.ended_on > joined._rate_until)
    )
    parts = joined.mutate(
        continues=joined.continues | (joined.started_on < joined._rate_from),
        started_on=ibis.greatest(joined.started_on, joined._rate_from),
        ended_on=ibis.ifelse(goes_on, joined._rate_until, joined.ended_on),
        fee=times(joined.fee, joined._rate_value),
    )
    return ibis.union(own, parts.select(*rows.columns), distinct=False)


def _monthly(rates: ir.Table) -> ir.Table:
    """Each rate from the month that begins on or after its day, until the next; the last of those of one month."""
    each = ibis.window(group_by=rates.currency, order_by=ibis.asc(rates["on"]))
    first = ibis.row_number().over(each) == 0
    begins = rates["on"].truncate("M").cast("date")
    next_month = (begins + ibis.interval(months=1)).cast("date")
    since = ibis.ifelse(first | (rates["on"] == begins), rates["on"], next_month)
    t = rates.select(_rate_currency=rates.currency, _rate_from=since, _rate_value=rates["rate"], _on=rates["on"])
    latest = ibis.window(group_by=[t._rate_currency, t._rate_from], order_by=ibis.desc(t._on))
    t = t.mutate(_nth=ibis.row_number().over(latest)).filter(lambda t: t._nth == 0)
    order = ibis.window(group_by=t._rate_currency, order_by=ibis.asc(t._rate_from))
    until = ibis.coalesce(t._rate_from.lead().over(order), ibis.date("9999-12-31"))
    return t.select("_rate_currency", "_rate_from", "_rate_value", _rate_until=until)
