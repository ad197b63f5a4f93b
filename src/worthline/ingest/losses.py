"""Money and people that get lost on the way: counted by source, loud from one row in a hundred on.

Reads     the settled tables, what the first pass remarked, who is listed as a customer.
Gives     sentences: how much of which source is lost, the first examples, what would mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.ingest import doubts, misread, rising, set_aside
from worthline.ingest.people import NO_CUSTOMERS, NOTHING_JOINED, Joined
from worthline.ingest.set_aside import LOUD, percent, rows_of
from worthline.tables import Kind

if TYPE_CHECKING:
    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled
    from worthline.ingest.people import People
    from worthline.ingest.source_parts import Piece

EXAMPLES = 3
NEARLY_ALL = 0.95
_OF_ORDER = re.compile(
    r"(order|invoice|basket|receipt|grand)(total|amount|value)|total(paid|amount|order)|"
    r"gesamtbetrag|rechnungsbetrag"
)
FEW = 10
"""Customers of a table below which it may by chance share none with another."""


def losses(
    engine: Engine, settled: Mapping[str, Settled], pieces: Mapping[str, Sequence[Piece]], people: People, as_of: date
) -> tuple[str, ...]:
    """A sentence for each loss that is loud, in order of the tables."""
    customers = people.customers
    sentences: list[str] = []
    listed = customers.filter(~customers.derived).select("customer_id") if "customers" in settled else None
    for name, table in settled.items():
        rows = sum(piece.read for piece in pieces[name])
        sentences += _of_joins(pieces[name])
        sentences += _ruined(table, rows)
        sentences += set_aside.sentences(engine, name, pieces[name], table.late)
        sentences += doubts.of_cents(table, pieces[name])
        sentences += doubts.of_states(engine, table, pieces[name])
        sentences += doubts.of_discounts(engine, table, pieces[name])
        if name not in ("customers", "identities") and "customer_id" in table.brought:
            joined = people.joined.get(name, NOTHING_JOINED)
            if joined.with_customer < joined.rows:
                sentences += _nobody(engine, table)
            if listed is not None and joined.listed < joined.with_customer:
                sentences += _strangers(engine, table, listed, joined)
        sentences += _repeated(table, rows)
        sentences += misread.loud(engine, table, rows, as_of)
        if name == "transactions":
            sentences += _order_totals(engine, table, pieces[name])
            sentences += rising.loud(engine, table.rows) if "customer_id" in table.brought else ()
            sentences += doubts.of_pieces(engine, table, pieces[name])
            sentences += doubts.of_sides(engine, table, pieces[name])
    return (*sentences, *(_apart(engine, settled) if listed is None else ()))


def _apart(engine: Engine, settled: Mapping[str, Settled]) -> Iterator[str]:
    """Tables of what customers bring and of what they say or meet that share no customer: two tools number people."""
    named = {name: table for name, table in settled.items() if "customer_id" in table.brought and name != "identities"}
    money = next((name for name in ("subscriptions", "transactions") if name in named), None)
    if money is None:
        return
    payers = named[money].rows.select("customer_id").filter(lambda t: t.customer_id.notnull()).distinct()
    first = engine.fetch(payers.order_by("customer_id").limit(1)).column("customer_id").to_pylist()
    if not first or engine.fetch(payers.count().name("n").as_table())["n"][0].as_py() < FEW:
        return
    for name, table in named.items():
        if name in (money, "subscriptions", "transactions"):
            continue
        people = table.rows.select("customer_id").filter(lambda t: t.customer_id.notnull()).distinct()
        shared = people.semi_join(payers, "customer_id")
        sizes = engine.fetch(ibis.union(people.agg(n=people.count()), shared.agg(n=shared.count()), distinct=False))
        n, both = sorted(sizes["n"].to_pylist(), reverse=True)
        if n >= FEW and both == 0:
            some = engine.fetch(people.order_by("customer_id").limit(1)).column("customer_id")[0].as_py()
            yield (
                f"{name}: none of its {n:,} customers is in {money} (such as {some}; an id there is {first[0]}). Each "
                "is counted, and nothing links the two. Bring identities (old_id, customer_id), or the same id in both."
            )


def _of_joins(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        for remark in piece.remarks:
            if remark.rule in ("join_loses", "join_multiplies") and remark.of and remark.rows >= LOUD * remark.of:
                first = f" The first: {', '.join(remark.examples)}." if remark.examples else ""
                mend = (
                    "Write the columns that are joined alike in both files, or use left join."
                    if remark.rule == "join_loses"
                    else "Join on a column that names one row, or group the other file first."
                )
                yield f"{piece.table}: {remark.says} ({percent(remark.rows / remark.of)}).{first} {mend}"


def _ruined(table: Settled, rows: int) -> Iterator[str]:
    n = table.remarks.get("ruined_ids", 0)
    if n:
        first = ", ".join(table.ruined[:EXAMPLES])
        yield (
            f"{table.spec.name}: {rows_of(n, rows)} bear ids that a spreadsheet rounded (such as {first}), so that "
            "several customers share one: these rows belong to nobody known. Export the id column as text."
        )


def _nobody(engine: Engine, table: Settled) -> Iterator[str]:
    """Rows without a customer, by rows and by money."""
    rows = table.rows
    if table.remarks.get("ruined_ids"):
        return
    money = next((c.name for c in table.spec.columns if c.kind is Kind.MONEY and c.name in table.brought), None)
    rows = rows.mutate(_worth=rows[money].abs() if money else ibis.literal(0))
    nobody = rows.customer_id.isnull()
    sums = rows.agg(n=rows.count(), lost=nobody.sum(), money=rows._worth.sum(), astray=rows._worth.sum(where=nobody))
    totals = engine.fetch(sums).to_pylist()[0]
    n, lost = totals["n"], totals["lost"] or 0
    share = float((totals["astray"] or 0) / totals["money"]) if totals["money"] else 0.0
    if not lost or (lost < LOUD * n and share < LOUD):
        return
    first = engine.fetch(rows.filter(nobody).select("_file", "_line").order_by("_file", "_line").limit(EXAMPLES))
    where = ", ".join(f"{row['_file']}:{row['_line']}" for row in first.to_pylist())
    worth = f", {percent(share)} of {money}" if money and share else ""
    called = f"{' and '.join(table.nobody[:EXAMPLES])} stands for none; " if table.nobody else ""
    yield (
        f"{table.spec.name}: {rows_of(lost, n)}{worth} name no customer ({called}the first: {where}). They count for "
        "the company, but for no customer. Fill customer_id where it is known."
    )


def _strangers(engine: Engine, table: Settled, listed: ir.Table, joined: Joined) -> Iterator[str]:
    """Rows whose customer is not in customers."""
    n, lost = joined.with_customer, joined.with_customer - joined.listed
    if lost < LOUD * n:
        return
    strange = table.rows.filter(table.rows.customer_id.notnull()).anti_join(listed, "customer_id")
    ids = engine.fetch(strange.select("customer_id").distinct().order_by("customer_id").limit(EXAMPLES))
    some = ids.column("customer_id").to_pylist()
    example = engine.fetch(listed.order_by("customer_id").limit(1)).column("customer_id").to_pylist()
    hint = "Bring them in customers."
    same = strange.select(plain=strange.customer_id.lower().strip()).distinct()
    alike = listed.select(plain=listed.customer_id.lower().strip()).distinct().semi_join(same, "plain")
    if engine.fetch(alike.count().name("n").as_table())["n"][0].as_py():
        hint = "Some differ from an id there only in capital letters: write them alike."
    there = f"; an id there is {example[0]}" if example else ""
    handling = "They are counted, without segment or dates."
    if table.spec.name in NO_CUSTOMERS:
        handling = "A treatment makes nobody a customer: they are not measured."
    yield (
        f"{table.spec.name}: {rows_of(lost, n)} name customers who are not in customers (such as {', '.join(some)}"
        f"{there}). {handling} {hint}"
    )


def _order_totals(engine: Engine, table: Settled, pieces: Sequence[Piece]) -> Iterator[str]:
    """Orders of several lines that all bear the same amount, where that is the order's total: it counts once a line."""
    if table.key or not {"transaction_id", "product"} <= table.brought:
        return
    rows = table.rows.filter(table.rows.transaction_id.notnull() & (table.rows.kind == "purchase"))
    orders = rows.group_by("transaction_id").agg(
        n=rows.count(), kinds=rows["product"].nunique(), low=rows.amount.min(), high=rows.amount.max()
    )
    several = orders.filter((orders.n > 1) & (orders.kinds > 1) & (orders.low > 0))
    sums = several.agg(n=several.count(), same=(several.low == several.high).sum(), amounts=several.low.nunique())
    totals = engine.fetch(sums).to_pylist()[0]
    headers = [p.raw.header[p.shape.mapping.columns["amount"]] for p in pieces if "amount" in p.shape.mapping.columns]
    called = any(_OF_ORDER.search("".join(c for c in h.casefold() if c.isalnum())) for h in headers)
    n, alike = totals["n"], totals["same"] or 0
    if n < FEW or alike < NEARLY_ALL * n or not (called or totals["amounts"] >= FEW):
        return
    yield (
        f"transactions: {alike:,} of {n:,} orders of several lines have the same amount on each line. "
        "It looks like the order's total, which counts once for each line. Name the line's own amount, or bring one "
        "row an order."
    )


def _repeated(table: Settled, rows: int) -> Iterator[str]:
    n = table.remarks.get("repeated_row", 0)
    if rows and n >= LOUD * rows:
        yield (
            f"{table.spec.name}: {rows_of(n, rows)} repeat an earlier row in every column; both are counted. If a file "
            "holds them twice, take one out; an id of each row (transaction_id, feedback_id, case_id) settles it."
        )
