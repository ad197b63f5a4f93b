"""Customers as they were: rows that hold from a day to a day, and full lists that bear their date in the file's name.

Reads     pieces of customers; settled customers, as of a date.
Gives     known_at of lists that are dated by name; who is missing from a later list has left; `customer_versions`,
          what a customer's row said from when on, so that a month is shown as it was.
Method    a file's name dates it where every file of the table has such a date, each another one, and most customers
          of a list stand in the next list too.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.tables import TABLES, Kind

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled
    from worthline.ingest.source_parts import Piece

NAME = "customer_versions"
_DATED = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(?:(0[1-9]|[12]\d|3[01])[-_.])?(0[1-9]|1[0-2])[-_.](20\d\d)(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDED = re.compile(rf"(?i)(?<![a-z])({'|'.join(_MONTHS)})[a-z]*[-_. ]?(20\d\d)(?!\d)")
MOST_LISTS = 120
"""More days than these are those on which single rows were noted."""
SAME = 0.5
"""Share of a list's customers that stand in the next list, where both are lists of all customers."""


def dates_in_names(engine: Engine, pieces: Sequence[Piece]) -> list[date] | None:
    """The date of each file, where all are full lists of customers dated by their names; else None."""
    if len(pieces) < 2 or any({"known_at", "valid_from"} & p.shape.mapping.brought for p in pieces):
        return None
    days = [dated(piece.raw.name) for piece in pieces]
    known = [day for day in days if day is not None]
    if len(known) < len(days) or len(set(known)) < len(known):
        return None
    in_order = [piece for _, piece in sorted(zip(known, pieces, strict=True), key=lambda pair: pair[0])]
    for earlier, later in pairwise(in_order):
        ids, others = (p.rows.select("customer_id").distinct() for p in (earlier, later))
        both = ids.semi_join(others, "customer_id")
        counts = [engine.fetch(t.count().name("n").as_table())["n"][0].as_py() for t in (ids, both)]
        if counts[1] < SAME * counts[0]:
            return None
    return known


def dated(name: str) -> date | None:
    """The day in a file's name; of a month its last."""
    days = _DATED.findall(name) or [(y, m, d) for d, m, y in _DAY_FIRST.findall(name)]
    days = days or [(y, str(_MONTHS.index(m.casefold()[:3]) + 1), "") for m, y in _WORDED.findall(name)]
    if len(days) != 1:
        return None
    year, month, day = (int(part or 0) for part in days[0])
    last = monthrange(year, month)[1]
    return date(year, month, min(day or last, last))


def dated_by_name(rows: ir.Table, days: Sequence[date]) -> ir.Table:
    """United rows with known_at as the file's name says."""
    moments = [(rows._piece == n, datetime(d.year, d.month, d.day)) for n, d in enumerate(days)]
    known_at = ibis.cases(*moments, else_=ibis.null("timestamp(6)")).cast("timestamp(6)")
    return rows.mutate(known_at=known_at, known_at_date=known_at.date())


def are_full_lists(engine: Engine, settled: Settled) -> bool:
    """Whether rows of customers are whole lists of some days, and who left is not said in another way."""
    if "known_at" not in settled.brought or {"left_on", "valid_from"} & settled.brought:
        return False
    rows = settled.rows.filter(settled.rows.known_at_date.notnull())
    sizes = engine.fetch(rows.group_by(day="known_at_date").agg(n=rows.count()).order_by("day")).to_pylist()
    if not 2 <= len(sizes) <= MOST_LISTS:
        return False
    each = ibis.window(group_by=rows.customer_id, order_by=ibis.asc(rows.known_at_date))
    following = rows.mutate(_next=rows.known_at_date.lead().over(each))
    after = dict(pairwise(row["day"] for row in sizes))
    cases = [(following.known_at_date == day, ibis.date(until)) for day, until in after.items()]
    goes_on = (following._next == ibis.cases(*cases, else_=ibis.null("date"))).fill_null(False)
    stay = following.mutate(_on=goes_on).group_by(day="known_at_date").agg(n=lambda t: t._on.sum()).order_by("day")
    staying = {row["day"]: row["n"] or 0 for row in engine.fetch(stay).to_pylist()}
    return all(staying[row["day"]] >= SAME * row["n"] for row in sizes[:-1])


def missing_have_left(engine: Engine, settled: Settled, dated_by: str = "by their files' names") -> None:
    """Who is in no later list left on the day of the first list without them; said in the table's notes."""
    rows = settled.rows
    lists = [row["day"] for row in engine.fetch(rows.select(day="known_on").distinct().order_by("day")).to_pylist()]
    if len(lists) < 2:
        return
    after = dict(pairwise(lists))
    settled.notes.append(
        f"customers come as {len(lists)} lists, dated {dated_by} ({lists[0]} to {lists[-1]}): "
        "who is missing from a list has left by its date."
    )
    if "left_on" in settled.brought or not after:
        return
    last = rows.known_on.max().over(ibis.window(group_by=rows.customer_id))
    t = rows.mutate(_last_seen=last)
    left_day = ibis.cases(
        *((t._last_seen == last_day, day) for last_day, day in after.items()), else_=ibis.null("date")
    )
    t = t.mutate(left_on=ibis.ifelse(t.known_on == t._last_seen, left_day.cast("date"), ibis.null("date")))
    settled.rows = engine.keep("customers__left", t.drop("_last_seen"))
    settled.brought = settled.brought | {"left_on"}


def history(engine: Engine, settled: Settled) -> ir.Table | None:
    """`customer_versions`: customer_id, since, until (first day of the next), and what the row said; None for one each.

    The first version of a customer reaches back to the beginning: nothing else is known of the time before.
    """
    rows = settled.rows
    columns = _said(settled)
    if not columns or not {"known_at", "valid_from"} & settled.brought:
        return None
    since = rows.valid_from if "valid_from" in settled.brought else rows.known_on
    t = rows.select("customer_id", *columns, "_file", "_line", since=since)
    order = ibis.window(
        group_by=t.customer_id, order_by=[ibis.asc(t.since, nulls_first=True), ibis.asc(t._file), ibis.asc(t._line)]
    )
    t = t.mutate(_nth=ibis.row_number().over(order), until=t.since.lead().over(order))
    if not engine.fetch(t.filter(t._nth > 0).count().name("n").as_table())["n"][0].as_py():
        return None
    first = ibis.ifelse(t._nth == 0, ibis.date("0001-01-01"), t.since)
    t = t.mutate(since=first, until=ibis.coalesce(t.until, ibis.date("9999-12-31"))).drop("_nth")
    return engine.keep("customers__versions", t.mutate(known_on=t.since).filter(t.since < t.until))


def _said(settled: Settled) -> list[str]:
    """Columns by which customers are grouped."""
    spec = TABLES["customers"]
    return [c.name for c in spec.columns if c.kind is Kind.CATEGORY and c.name in settled.brought]
