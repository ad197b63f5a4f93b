"""Rows that stand for no further event: totals, the same rows in two exports or twice in one, rows that a join repeats.

Reads     the settled rows of one table.
Gives     Found: rows that are surely not events of their own, rule by rule.
Method    each rule is counted first. Equal rows alone prove nothing: two coffees a day are two sales. They are taken
          for one where most rows of the days concerned are there twice, in two files or as one block of lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.tables import Kind, TableSpec

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

EVENTS = ("transactions", "interactions", "feedback", "invitations", "balances", "wallet", "locations", "treatments")
"""Tables whose rows happen at a moment."""
PEOPLE = ("customers", "subscriptions", "interactions", "feedback", "invitations", "balances")
"""Tables of which a row belongs to a customer, beside transactions."""
CALLED_TOTAL = (
    r"(?i)^\s*(sub[ -]?totals?|grand[ -]?totals?|totals?|sum|summe|zwischensumme|gesamt(summe|betrag)?|sous[ -]?total|"
    r"total (g[eé]n[eé]ral|geral|generale|complessivo)|(sub|eind)?totaa?l|(sub)?totale|suma|som|soma|razem|yhteensä|"
    r"(gesamt)?ergebnis|итого|합계|合計|小計|总计|小计)"
    r"([\s:.,-]*((for|of|von|für|de|du|per)\b.*|[\d/., -]+|q[1-4].*|"
    r"(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]* ?\d*))?\s*:?$"
)
AFTER_ID = r"(?i)^(.+?)[ :_-]+(?:(?:sub|grand)?[ -]?totals?|totale|totaal|summe|ergebnis|gesamt)$"
BEFORE_ID = (
    r"(?i)^(?:(?:sub)?[ -]?total|totale|totaal|summe|suma|soma)[ :_-]+(?:for |of |für |de |du |per |voor )?(.+)$"
)
FEW = 3
"""Rows in two files that may be chance."""
BLOCK = 5
"""Lines that a pasted block has at least."""
MOST = 0.5
"""Share of the rows of days that two files cover that must be in both."""
PASTED = 0.8
"""Share of the rows of the days of a block that must be the block, first and second time."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that one rule sets aside, and what to show of each."""

    rule: str
    column: str
    rows: ir.Table
    value: ir.Value


def certain(engine: Engine, settled: Settled) -> Iterator[Found]:
    """Rows that are no events of their own, rule by rule; the caller takes each out before it asks for the next."""
    spec, brought, look = settled.spec, settled.brought, settled.look
    finders = [_totals] if spec.name == "transactions" else [_called_total] if look.totals else []
    if spec.name == "subscriptions":
        finders.append(_terms_in_two_files)
    if spec.name in ("interactions", "feedback", "invitations"):
        finders.append(_fanned_out)
    if spec.name in EVENTS and not settled.key:
        finders += [_in_two_files] if look.repeated >= FEW else []
        finders += [_in_a_block] if look.repeated >= BLOCK else []
    for finder in finders:
        repeat = finder(engine, settled.rows, spec, brought)
        if repeat is not None:
            yield repeat


def _count(engine: Engine, rows: ir.Table) -> int:
    return int(engine.fetch(rows.count().name("n").as_table())["n"][0].as_py())


# ------------------------------------------------------------------------------------------- totals


def _totals(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Rows called a total; rows of nobody that are the sum of the lines since the last such row, or of all lines."""
    canonical = {c.name for c in spec.columns}
    own = [c for c in ("transaction_id", "product", "kind") if c in brought]
    texts = [
        *own,
        *(c for c in rows.columns if c not in canonical and not c.startswith("_") and rows[c].type().is_string()),
    ]
    nobody = rows.customer_id.isnull() if "customer_id" in brought else ibis.literal(False)
    called = rows.customer_id.re_search(CALLED_TOTAL).fill_null(False) | _of_somebody(engine, rows)
    if texts:
        called = called | (nobody & ibis.or_(*(rows[c].re_search(CALLED_TOTAL).fill_null(False) for c in texts)))
    marked = rows.mutate(_nobody=nobody, _called=called)
    counts = engine.fetch(marked.agg(nobody=marked._nobody.sum(), called=marked._called.sum())).to_pylist()[0]
    if not (counts["nobody"] or counts["called"]):
        return None
    sums = engine.keep("transactions__sums", _with_sums(marked))
    summing = engine.keep("transactions__summing", _summing(sums))
    by_sum = _count(engine, summing.filter(~summing._called))
    if by_sum < MOST * _count(engine, sums.filter(~sums._called)):
        summing = summing.filter(
            summing._called
        )  # a sale to nobody known may be the sum of the two before it by chance
    called = marked.inner_join(summing.filter(summing._called).select("_piece", "_line", "_sums"), ["_piece", "_line"])
    if _is_customer(engine, called, brought):
        summing = summing.filter(~summing._called)
    bad = marked.semi_join(summing, ["_piece", "_line"]).drop("_nobody", "_called")
    if not _count(engine, bad):
        return None
    return Found("total_row", "amount", bad, bad.amount)


def _called_total(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Rows of a customer or place that is called a total."""
    column = next(
        (c for c in ("customer_id", "location") if c in brought and spec.name in (*PEOPLE, "locations")), None
    )
    if column is None:
        return None
    called = rows[column].re_search(CALLED_TOTAL).fill_null(False)
    if column == "customer_id":
        called = called | _of_somebody(engine, rows)
    bad = rows.filter(called)
    return Found("total_row", column, bad, bad[column]) if _count(engine, bad) else None


def _of_somebody(engine: Engine, rows: ir.Table) -> ir.BooleanValue:
    """Whether a row is called the total of one customer (`S00 Total`, `Summe S00`) who has rows, too."""
    id_ = rows.customer_id
    total_of = ibis.coalesce(id_.re_extract(AFTER_ID, 1).nullif(""), id_.re_extract(BEFORE_ID, 1).nullif(""))
    there = rows.filter(total_of.notnull()).select(id=total_of)
    if not _count(engine, there):
        return ibis.literal(False)
    customers = there.distinct().semi_join(rows.select(id=id_).distinct(), "id")
    totals = engine.fetch(customers).column("id").to_pylist()
    return total_of.isin(totals).fill_null(False) if totals else ibis.literal(False)


def _with_sums(marked: ir.Table) -> ir.Table:
    """Each row with the sum of the lines of customers so far in its file, and whether it may be a total."""
    may_be = marked._nobody | marked._called
    line = ibis.ifelse(may_be, ibis.literal("0").cast("decimal(38, 4)"), marked.amount.cast("decimal(38, 4)"))
    order = ibis.window(group_by=marked._piece, order_by=ibis.asc(marked._line), following=0)
    t = marked.select(
        "_piece", "_line", "_called", "amount", _may_be=may_be, _sold=line, _is_line=(~may_be).cast("int64")
    )
    t = t.mutate(_so_far=t._sold.sum().over(order), _lines=t._is_line.sum().over(order))
    return t.filter(t._may_be)


def _summing(sums: ir.Table) -> ir.Table:
    """Candidates that are called a total, or equal the sum of at least two lines since the last candidate or in all."""
    order = ibis.window(group_by=sums._piece, order_by=ibis.asc(sums._line))
    before, lines = sums._so_far.lag().over(order), sums._lines.lag().over(order)
    t = sums.mutate(
        _since=sums._so_far - ibis.coalesce(before, ibis.literal("0").cast("decimal(38, 4)")),
        _lines_since=sums._lines - ibis.coalesce(lines, 0),
    )
    amount = t.amount.cast("decimal(38, 4)")
    block = (t._lines_since >= 2) & (amount == t._since)
    whole = (t._lines >= 2) & (amount == t._so_far)
    t = t.mutate(_sums=(block | whole) & (amount != 0))
    return t.filter(t._called | t._sums).select("_piece", "_line", "_called", "_sums")


def _is_customer(engine: Engine, called: ir.Table, brought: frozenset[str]) -> bool:
    """Whether rows called a total are a customer's of that name: each has a receipt of its own, and none is a sum."""
    if "transaction_id" not in brought:
        return False
    receipts = called.agg(n=called.count(), receipts=called.transaction_id.nunique(), sums=called._sums.sum())
    found = engine.fetch(receipts).to_pylist()[0]
    return FEW <= found["n"] == found["receipts"] and not found["sums"]


# ------------------------------------------------------------------------------------------- repeats


def all_columns(columns: Sequence[str], spec: TableSpec, brought: frozenset[str]) -> list[str]:
    """The columns that the company brought."""
    own = {"_file", "_line", "_piece", "_merged", "known_on"}
    date_columns = {f"{c.name}_date" for c in spec.columns}
    canonical = set(spec.names)
    return [c for c in columns if c not in own and c not in date_columns and (c not in canonical or c in brought)]


def _days(rows: ir.Table, spec: TableSpec) -> ir.Value:
    assert spec.happened is not None
    return rows[f"{spec.happened}_date" if spec.column(spec.happened).kind is Kind.INSTANT else spec.happened]


def _in_two_files(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Rows that another file has too, where both files cover the same days; the file with more of them is kept."""
    columns = all_columns(rows.columns, spec, brought)
    if _count(engine, rows.select("_piece").distinct()) < 2:
        return None
    t = rows.mutate(_day=_days(rows, spec))
    per_file = t.group_by([*columns, "_day", "_piece"]).agg(_n=t.count())
    same = per_file.group_by([*columns, "_day"]).agg(_all=per_file._n.sum(), _most=per_file._n.max())
    extra = (same._all - same._most).sum()
    n = engine.fetch(same.agg(n=extra))["n"][0].as_py() or 0
    if n < FEW:
        return None
    by_day = t.group_by("_day", "_piece").agg(_n=t.count())
    both = by_day.group_by("_day").agg(_all=by_day._n.sum(), _most=by_day._n.max())
    shared = engine.fetch(both.agg(n=(both._all - both._most).sum()))["n"][0].as_py() or 0
    if n < MOST * shared:
        return None
    one_file = ibis.window(group_by=[t[c] for c in (*columns, "_piece")])
    t = t.mutate(_n=t._line.count().over(one_file))
    best = ibis.window(group_by=[t[c] for c in columns], order_by=[ibis.desc(t._n), ibis.asc(t._piece)])
    t = t.mutate(_kept=t._piece.first().over(best))
    bad = engine.keep(f"{spec.name}__in_two_files", t.filter(t._piece != t._kept).drop("_day", "_n", "_kept"))
    return Found("repeated_export", spec.happened or "", bad, _days(bad, spec))


def _terms_in_two_files(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Terms that a later file brings again, maybe ended by then, where most terms of the smaller file are in both."""
    key = [c for c in ("customer_id", "started_on", "product") if c in brought]
    sizes = engine.fetch(rows.group_by("_piece").agg(n=rows.count())).column("n").to_pylist()
    if len(sizes) < 2:
        return None
    last = ibis.window(group_by=[rows[c] for c in key])
    t = rows.mutate(_last=rows._piece.max().over(last))
    bad = engine.keep("subscriptions__in_two_files", t.filter(t._piece < t._last).drop("_last"))
    if _count(engine, bad) < max(MOST * min(sizes), 1):
        return None
    return Found("repeated_export", "started_on", bad, bad.started_on)


def _in_a_block(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Rows that stand twice in a file, most of them equally many lines apart, where most rows of their days do."""
    columns = all_columns(rows.columns, spec, brought)
    if len(columns) < 3:
        return None
    t = rows.mutate(_day=_days(rows, spec))
    each = ibis.window(group_by=[t[c] for c in (*columns, "_piece")], order_by=ibis.asc(t._line))
    t = t.mutate(_before=t._line.lag().over(each))
    again = t.filter(t._before.notnull())
    # A block of so many lines stands at least as far apart: two equal lines of one order are two lines.
    again = again.mutate(_apart=again._line - again._before).filter(lambda rows: rows._apart >= BLOCK)
    apart = again.group_by("_piece", "_apart").agg(_n=again.count()).order_by(ibis.desc("_n")).limit(1)
    top = engine.fetch(apart).to_pylist()
    if not top or top[0]["_n"] < BLOCK:
        return None
    bad = again.filter((again._piece == top[0]["_piece"]) & (again._apart == top[0]["_apart"]))
    bad = engine.keep(f"{spec.name}__in_a_block", bad.drop("_before", "_apart"))
    days = bad.select("_day").distinct()
    there = _count(engine, t.filter(t._piece == top[0]["_piece"]).semi_join(days, "_day"))
    if 2 * top[0]["_n"] < PASTED * there:
        return None
    bad = bad.drop("_day")
    return Found("repeated_block", spec.happened or "", bad, _days(bad, spec))


def _fanned_out(engine: Engine, rows: ir.Table, spec: TableSpec, brought: frozenset[str]) -> Found | None:
    """Rows equal in every column that has a meaning here, to the second, that differ in a further column alone."""
    canonical = [c for c in spec.names if c in brought]
    further = [c for c in all_columns(rows.columns, spec, brought) if c not in spec.names]
    if not further or "customer_id" not in brought or spec.column("at").kind is not Kind.INSTANT:
        return None
    own = {"interactions": "case_id", "feedback": "feedback_id"}.get(spec.name, "")
    timed = rows.filter(rows.customer_id.notnull() & (rows["at"] != rows["at"].truncate("D")))
    if own in brought:
        # A day alone tells less than a second: of one matter most must come so.
        by_day = rows.filter(rows.customer_id.notnull() & rows[own].notnull())
        each = by_day.group_by(canonical).agg(_n=by_day.count())
        counts = engine.fetch(each.agg(n=each.count(), many=(each._n > 1).sum())).to_pylist()[0]
        if (counts["many"] or 0) >= max(MOST * counts["n"], BLOCK):
            timed = by_day
    same = timed.group_by(canonical).agg(_n=timed.count())
    if not engine.fetch(same.agg(n=(same._n > 1).sum()))["n"][0].as_py():
        return None
    order = ibis.window(
        group_by=[timed[c] for c in canonical], order_by=[ibis.asc(timed._piece), ibis.asc(timed._line)]
    )
    bad = timed.mutate(_nth=ibis.row_number().over(order)).filter(lambda t: t._nth > 0).drop("_nth")
    bad = engine.keep(f"{spec.name}__fanned_out", bad)
    return Found("fanned_out", further[0], bad, bad[further[0]].cast("string"))
