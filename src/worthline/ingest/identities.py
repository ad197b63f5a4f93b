"""One customer under several ids: merged and renamed customers, and ids that a spreadsheet wrote otherwise.

Reads     identities, customers.merged_into, the ids of every table.
Gives     Identities: each id that gives way, and the id that stands for it.
Method    chains are followed to their end; of a circle the first id by name stands for all. An id that another table
          writes with leading zeros, or without its .0, is that id where only one fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

if TYPE_CHECKING:
    from worthline.engine import Engine

RUINED = r"^\d([.,]\d+)?[eE]\+\d{1,3}$"
"""How a spreadsheet shows a long number: 8.63E+12. Several numbers look so."""
_COLUMNS = ("customer_id", "referred_by")
_ODD = r"^('\d+|0\d+|\d+\.0+)$"
_LONG = r"^[0-9A-Za-z]{15}[A-Z0-5]{3}$"
"""An id of Salesforce with its three letters that say which of the fifteen before are capitals."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True)
class Identities:
    """Ids that give way: `table` has _old, _new and _merged (False: the same id, written otherwise)."""

    table: ir.Table | None = None
    notes: tuple[str, ...] = ()
    respelled: Mapping[str, int] = field(default_factory=dict)
    """Rows by table whose id was written otherwise."""

    def applied(self, rows: ir.Table, brought: frozenset[str]) -> ir.Table:
        """`rows` under the ids that stand; `_merged`: the row's own customer gave way to another."""
        if self.table is None:
            return rows
        for column in _COLUMNS:
            if column not in rows.columns or column not in brought or "old_id" in rows.columns:
                continue
            ids = self.table.select(_old="_old", _new="_new", _gave="_merged")
            joined = rows.left_join(ids, [rows[column] == ids._old])
            new = {column: ibis.coalesce(joined._new, joined[column])}
            if column == "customer_id":
                new["_merged"] = joined._gave.fill_null(False)
            rows = joined.mutate(**new).drop("_old", "_new", "_gave")
        return rows


NOBODY_MERGED = Identities()


def find(
    engine: Engine, tables: Mapping[str, ir.Table], brought: Mapping[str, frozenset[str]], as_of: date
) -> Identities:
    """Who stands for whom, from the united rows of each table."""
    pairs, notes = _merges(engine, tables, brought, as_of)
    standing, circles = resolved(pairs)
    if circles:
        some = ", ".join(" > ".join(circle) for circle in circles[:3])
        notes.append(
            f"{len(circles):,} merges of customers run in a circle ({some}): the first id by name stands for all."
        )
    spelled, respelled, spelling_notes = _spellings(engine, tables, brought)
    notes += spelling_notes
    final = {old: standing.get(new, new) for old, new in spelled.items()}
    everything = {**{old: (new, False) for old, new in final.items()}, **{o: (n, True) for o, n in standing.items()}}
    if not everything:
        return Identities(None, tuple(notes))
    rows = sorted(everything.items())
    standing_ids = pa.table(
        {
            "_old": pa.array([old for old, _ in rows], pa.string()),
            "_new": pa.array([new for _, (new, _) in rows], pa.string()),
            "_merged": pa.array([merged for _, (_, merged) in rows], pa.bool_()),
        }
    )
    return Identities(engine.keep("identities__standing", ibis.memtable(standing_ids)), tuple(notes), respelled)


def resolved(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], list[list[str]]]:
    """Old id -> the id at the end of its chain; and the circles, each of which its first id by name stands for."""
    after = dict(pairs)
    last: dict[str, str] = {}
    circles: list[list[str]] = []
    for start in sorted(after):
        path: list[str] = []
        on_path: set[str] = set()
        here = start
        while here in after and here not in last and here not in on_path:
            path.append(here)
            on_path.add(here)
            here = after[here]
        if here in on_path:
            circle = path[path.index(here) :]
            circles.append(circle)
            here = min(circle)
            last[here] = here
        end = last.get(here, here)
        for passed in path:
            last[passed] = end
    return {old: new for old, new in last.items() if old != new}, circles


def _merges(
    engine: Engine, tables: Mapping[str, ir.Table], brought: Mapping[str, frozenset[str]], as_of: date
) -> tuple[list[tuple[str, str]], list[str]]:
    pairs: list[tuple[str, str]] = []
    if "merged_into" in brought.get("customers", frozenset()):
        rows = tables["customers"].filter(lambda t: t.merged_into.notnull() & (t.merged_into != t.customer_id))
        pairs += _pairs(engine, rows.select(old=rows.customer_id, new=rows.merged_into))
    if "identities" in tables:
        rows = tables["identities"]
        rows = rows.filter(
            (rows.since.isnull() | (rows.since <= ibis.literal(as_of))) & (rows.old_id != rows.customer_id)
        )
        pairs += _pairs(engine, rows.select(old=rows.old_id, new=rows.customer_id))
    notes = []
    if pairs:
        many = len({old for old, _ in pairs})
        ids = "id gives" if many == 1 else "ids give"
        notes.append(
            f"{many:,} customer {ids} way to another: their money, contacts and answers count for the one that stays."
        )
    return pairs, notes


def _pairs(engine: Engine, rows: ir.Table) -> list[tuple[str, str]]:
    return [(row["old"], row["new"]) for row in engine.fetch(rows.distinct().order_by("old", "new")).to_pylist()]


def _spellings(
    engine: Engine, tables: Mapping[str, ir.Table], brought: Mapping[str, frozenset[str]]
) -> tuple[dict[str, str], dict[str, int], list[str]]:
    """Ids of one table that another writes otherwise: with leading zeros, or with .0 behind."""
    ids = {
        name: rows.filter(rows.customer_id.notnull()).select(id=rows.customer_id)
        for name, rows in tables.items()
        if "customer_id" in brought[name] and name != "identities"
    }
    odd = {name: rows.filter(rows.id.re_search(_ODD)) for name, rows in ids.items()}
    counts = {name: engine.fetch(rows.count().name("n").as_table())["n"][0].as_py() for name, rows in odd.items()}
    long = _long_ids(engine, ids)
    if len(ids) < 2 or not any(counts.values()):
        return _said(engine, ids, "another file", long)
    home = "customers" if "customers" in ids else max(counts, key=lambda name: (counts[name], name))
    wanted = ibis.union(*(_plain(rows).select("plain") for rows in odd.values())) if len(odd) > 1 else odd[home]
    wanted = engine.keep("identities__odd", wanted.distinct())
    spelled: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, rows in ids.items():
        numbers = _plain(rows.filter(rows.id.re_search(r"^'?\d+(\.0+)?$"))).distinct()
        for row in engine.fetch(numbers.semi_join(wanted, "plain")).to_pylist():
            spelled[row["plain"]][name].add(row["id"])
    respelled: dict[str, str] = dict(long)
    for by_table in spelled.values():
        home_ids = by_table.get(home, set())
        others = set().union(*by_table.values()) - home_ids
        if len(home_ids) == 1 and others:
            respelled |= dict.fromkeys(others, next(iter(home_ids)))
    return _said(engine, ids, home, respelled)


def short(id_: str) -> str:
    """An id of eighteen characters as the fifteen that it is without its check letters; any other id as it is."""
    if len(id_) != 18 or not id_.isalnum() or not id_.isascii():
        return id_
    fives = (id_[n : n + 5] for n in (0, 5, 10))
    check = "".join(_LETTERS[sum(c.isupper() << n for n, c in enumerate(five))] for five in fives)
    return id_[:15] if id_[15:] == check else id_


def _long_ids(engine: Engine, ids: Mapping[str, ir.Table]) -> dict[str, str]:
    """Ids of eighteen characters -> those of fifteen that some table has; the short ones stand."""
    if len(ids) < 2:
        return {}
    long = {name: rows.filter(rows.id.re_search(_LONG)).distinct() for name, rows in ids.items()}
    short_ids = {i: i[:15] for rows in long.values() for i in _all(engine, rows) if short(i) != i}
    if not short_ids:
        return {}
    wanted = ibis.memtable(pa.table({"id": pa.array(sorted(set(short_ids.values())), pa.string())}))
    there = {i for rows in ids.values() for i in _all(engine, rows.semi_join(wanted, "id").distinct())}
    return {old: new for old, new in short_ids.items() if new in there}


def _all(engine: Engine, rows: ir.Table) -> list[str]:
    return [str(i) for i in engine.fetch(rows.select("id"))["id"].to_pylist()]


def _plain(rows: ir.Table) -> ir.Table:
    """The same ids beside themselves without a leading apostrophe, leading zeros and .0."""
    return rows.mutate(plain=rows.id.re_replace(r"\.0+$", "").re_replace(r"^'?0*", ""))


def _said(
    engine: Engine, ids: Mapping[str, ir.Table], home: str, respelled: dict[str, str]
) -> tuple[dict[str, str], dict[str, int], list[str]]:
    if not respelled:
        return {}, {}, []
    old = engine.keep(
        "identities__respelled", ibis.memtable(pa.table({"id": pa.array(sorted(respelled), pa.string())}))
    )
    rows, notes = {}, []
    for name, table in ids.items():
        n = engine.fetch(table.semi_join(old, "id").count().name("n").as_table())["n"][0].as_py()
        if n:
            rows[name] = n
    for name, n in rows.items():
        first = next(iter(sorted(respelled)))
        notes.append(
            f"{n:,} rows of {name} write customer ids otherwise than {home} (such as {first} for {respelled[first]}): "
            "a spreadsheet drops leading zeros and adds .0; a sales system writes ids of 15 and of 18 characters. "
            "They are read as one."
        )
    return respelled, rows, notes
