"""Customers: one row each as of a date, derived from the other tables where nobody listed them.

Reads     the settled tables.
Gives     `customers` with first_seen and derived; what is personal, kept apart; how much of each table joins.
Method    one grouping of each table by customer serves all three.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from worthline.engine import Engine
from worthline.ingest.cross_row_rules import Settled, happened_on
from worthline.ingest.sql_text import quoted
from worthline.tables import TABLES, Kind

_DTYPE = {
    Kind.ID: "string",
    Kind.TEXT: "string",
    Kind.CATEGORY: "string",
    Kind.INSTANT: "timestamp(6)",
    Kind.DAY: "date",
    Kind.NUMBER: "float64",
}


@dataclass(frozen=True, slots=True)
class Joined:
    """How much of a table belongs to listed customers."""

    rows: int
    with_customer: int
    listed: int
    """Rows whose customer is in `customers`."""


NOTHING_JOINED = Joined(0, 0, 0)


@dataclass
class People:
    """The customers, and what stands beside them."""

    customers: ir.Table
    personal: dict[str, ir.Table]
    joined: dict[str, Joined]
    derived: int
    """Customers that no customers table lists."""


_LISTED = "customers__listed"
NO_CUSTOMERS = ("treatments",)
"""Tables whose rows make nobody a customer: an unknown customer in an experiment is a fault of its assignment."""


def gather(
    engine: Engine, settled: Mapping[str, Settled], apart: Mapping[str, Collection[str]] = MappingProxyType({})
) -> People:
    """Make `customers`, complete; `apart` are attributes by table that are personal, too. Raises nothing."""
    beside = apart.get("customers", ())
    listed = _latest(engine, settled["customers"].rows, beside) if "customers" in settled else None
    first_days: list[ir.Table] = []
    joined: dict[str, Joined] = {}
    for name, table in settled.items():
        if name in ("customers", "identities") or "customer_id" not in table.brought:
            continue
        ids = _seen(engine, name, table)
        joined[name] = _joined(engine, name, has_list=listed is not None)
        named = ids.filter(ids.customer_id.notnull())
        if name not in NO_CUSTOMERS:
            first_days.append(named.select("customer_id", "first_seen"))
    everyone = _everyone(engine, listed, first_days)
    derived = engine.fetch(everyone.derived.sum().name("n").as_table())["n"][0].as_py() or 0
    personal = {
        name: table.rows.select(*_key(name), *columns)
        for name, table in settled.items()
        if (
            columns := [
                *(c.name for c in TABLES[name].columns if c.personal and c.name in table.brought),
                *apart.get(name, ()),
            ]
        )
    }
    return People(everyone, personal, joined, int(derived))


def _key(table: str) -> tuple[str, ...]:
    return ("customer_id", "_file", "_line") if table == "customers" else ("_file", "_line")


def _latest(engine: Engine, rows: ir.Table, apart: Collection[str]) -> ir.Table:
    """The last snapshot of each customer, since when it says the same, and when joining and leaving became known.

    A date that the first snapshot has already was known when it came: a company knows its own dates, whenever it
    exported them. One that an earlier snapshot lacks was known from the first snapshot that has it.
    """
    each = ibis.window(group_by=rows.customer_id)
    order = [ibis.desc(rows.known_on, nulls_first=False), ibis.desc(rows.valid_from, nulls_first=False)]
    order += [ibis.desc(rows._file), ibis.desc(rows._line)]
    first = rows.known_on.min().over(each)
    learned = {}
    for name in ("joined_on", "left_on"):
        first_shown = ibis.ifelse(rows[name].notnull(), rows.known_on, ibis.null("date")).min().over(each)
        learned[f"{name[:-3]}_known_on"] = ibis.ifelse(first_shown > first, first_shown, rows[name])
    personal = [*(c.name for c in TABLES["customers"].columns if c.personal), *apart]
    passing = {"joined_on", "left_on", "known_at", "known_at_date", "known_on", *personal}
    compared = [rows[c] for c in rows.columns if c not in passing and not c.startswith("_")]
    learned["same_since"] = rows.known_on.min().over(ibis.window(group_by=compared))
    ranked = rows.mutate(
        **learned, _rank=ibis.row_number().over(ibis.window(group_by=rows.customer_id, order_by=order))
    )
    return engine.keep(_LISTED, ranked.filter(ranked._rank == 0).drop("_rank", *personal))


def _seen(engine: Engine, name: str, table: Settled) -> ir.Table:
    day = happened_on(table.rows, table.spec)
    first = ibis.null("date") if day is None else day.min()
    grouped = table.rows.group_by("customer_id").agg(first_seen=first, n=table.rows.count())
    return engine.keep(f"{name}__seen", grouped)


def _joined(engine: Engine, name: str, *, has_list: bool) -> Joined:
    """Rows of a table, all and by customer, from what `_seen` kept of it."""
    has_customer = "customer_id is not null"
    listed = f"customer_id in (select customer_id from {quoted(_LISTED)})" if has_list else "false"
    counts = ", ".join(
        f"coalesce(sum(n) filter ({claim}), 0)::bigint as c{i}" for i, claim in enumerate((has_customer, listed))
    )
    [row] = engine.ask(f"select coalesce(sum(n), 0)::bigint as n, {counts} from {quoted(f'{name}__seen')}")
    return Joined(row["n"], row["c0"], row["c1"])


def _everyone(engine: Engine, listed: ir.Table | None, first_days: list[ir.Table]) -> ir.Table:
    """Listed customers and all others that a table names, with the first day each was seen."""
    if first_days:
        union = first_days[0] if len(first_days) == 1 else ibis.union(*first_days, distinct=False)
        first = engine.keep("customers__seen", union.group_by("customer_id").agg(first_seen=union.first_seen.min()))
    else:
        first = None
    if listed is None:
        nobody = ibis.memtable(
            pa.table({"customer_id": pa.array([], pa.string()), "first_seen": pa.array([], pa.date32())})
        )
        return engine.keep("customers__all", _bare(nobody if first is None else first))
    if first is None:
        table = listed.mutate(first_seen=ibis.coalesce(listed.joined_on, listed.known_on), derived=ibis.literal(False))
        return engine.keep("customers__all", table)
    beside = listed.left_join(
        first.rename(_seen_id="customer_id", _seen_on="first_seen"), [("customer_id", "_seen_id")]
    )
    base = beside.mutate(
        first_seen=ibis.coalesce(
            ibis.least(
                ibis.coalesce(beside.joined_on, beside._seen_on), ibis.coalesce(beside._seen_on, beside.joined_on)
            ),
            beside.known_on,
        ),
        derived=ibis.literal(False),
    ).drop("_seen_id", "_seen_on")
    others = _bare(first.anti_join(listed, "customer_id"))
    extra = [c for c in base.columns if c not in others.columns]
    others = others.mutate(**{c: ibis.null(base[c].type()) for c in extra})
    union = ibis.union(base, others.select(*base.columns), distinct=False)
    return engine.keep("customers__all", union)


def _bare(ids: ir.Table) -> ir.Table:
    """Customers of whom nothing is known but that they were seen."""
    columns: dict[str, ir.Value] = {}
    for column in TABLES["customers"].columns:
        if column.personal:
            continue
        columns[column.name] = ids.customer_id if column.name == "customer_id" else ibis.null(_DTYPE[column.kind])
        if column.kind is Kind.INSTANT:
            columns[f"{column.name}_date"] = ibis.null("date")
    columns["_file"] = ibis.null("string")
    columns["_line"] = ibis.null("int64")
    columns["known_on"] = ids.first_seen
    columns["same_since"] = ids.first_seen
    columns["joined_known_on"] = ibis.null("date")
    columns["left_known_on"] = ibis.null("date")
    columns["first_seen"] = ids.first_seen
    columns["derived"] = ibis.literal(True)
    return ids.select(**columns)
