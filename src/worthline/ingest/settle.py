"""The second pass: rows among rows. Duplicates, currencies, the as-of date; one table from many files.

Reads     pieces of the first pass, the as-of date.
Gives     the canonical table, and the rows set aside by rules that look beyond one row.
Method    each rule is counted first and costs nothing more where it finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from worthline.engine import Engine
from worthline.ingest.numbers import MONEY, RATE
from worthline.ingest.pieces import Piece
from worthline.ingest.rules import RULES
from worthline.tables import TABLES, Kind, TableSpec
from worthline.tables.money import is_currency

if TYPE_CHECKING:
    from worthline.config import CompanyConfig


@dataclass
class Settled:
    """One canonical table; `late` are the rows set aside here, in the columns of quarantine."""

    spec: TableSpec
    rows: ir.Table
    brought: frozenset[str]
    late: list[ir.Table] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)
    """Rows found by rules that only remark."""


def unite(pieces: Sequence[Piece]) -> ir.Table:
    """The good rows of all files of a table; an attribute that a file lacks is null there."""
    names: list[str] = []
    for piece in pieces:
        names.extend(c for c in piece.rows.columns if c not in names and c != "_bad")
    tables = []
    for piece in pieces:
        good = piece.rows.filter(piece.rows._bad.isnull()) if piece.bad else piece.rows
        tables.append(good.select(**{n: good[n] if n in good.columns else ibis.null("string") for n in names}))
    return tables[0] if len(tables) == 1 else ibis.union(*tables, distinct=False)


def settle(
    engine: Engine, config: CompanyConfig, name: str, pieces: Sequence[Piece], as_of: date, rates: ir.Table | None
) -> Settled:
    """Apply the rules that look beyond a row, in order; convert money to the company's currency."""
    spec = TABLES[name]
    brought: frozenset[str] = frozenset().union(*(p.shape.mapping.brought for p in pieces))
    settled = Settled(spec, _known(unite(pieces), spec), brought)
    if spec.name != "rates" and "currency" in spec.names and any(c.kind is Kind.MONEY for c in spec.columns):
        _currencies(engine, config, settled, rates)
    _after(engine, settled, as_of)
    unique = {p.source.unique for p in pieces if p.source.unique is not None}
    _duplicates(engine, settled, next(iter(unique)) if unique else None)
    return settled


def _known(rows: ir.Table, spec: TableSpec) -> ir.Table:
    """Adds `known_on`: the local date on which the company knew of the row; null where nothing says."""
    happened = happened_on(rows, spec)
    return rows.mutate(known_on=rows.known_at_date if happened is None else ibis.coalesce(rows.known_at_date, happened))


def happened_on(rows: ir.Table, spec: TableSpec) -> ir.DateValue | None:
    """The local date of a row, where its table has one."""
    if spec.happened is None:
        return None
    return rows[f"{spec.happened}_date" if spec.column(spec.happened).kind is Kind.INSTANT else spec.happened]


def _set_aside(engine: Engine, settled: Settled, rule: str, column: str, bad: ir.Table, value: ir.Value) -> None:
    """Move the rows of `bad` (a part of settled.rows, with `_file` and `_line`) to quarantine."""
    name = settled.spec.name
    late = engine.keep(
        f"{name}__{rule}",
        bad.select(
            table=ibis.literal(name),
            file=bad._file,
            line=bad._line,
            column=ibis.literal(column),
            rule=ibis.literal(rule),
            value=value.cast("string").substr(0, 200),
            says=ibis.literal(RULES[rule].says),
        ),
    )
    settled.late.append(late)
    gone = late.select(_file=late.file, _line=late.line)
    settled.rows = engine.keep(f"{name}__without_{rule}", settled.rows.anti_join(gone, ["_file", "_line"]))


def _after(engine: Engine, settled: Settled, as_of: date) -> None:
    rows = settled.rows
    happened = happened_on(rows, settled.spec)
    border = ibis.literal(as_of)
    late = rows.known_on > border
    if happened is not None:
        late = late | (happened > border)
    late = late.fill_null(False)
    if engine.fetch(rows.filter(late).count().name("n").as_table())["n"][0].as_py():
        shown = ibis.coalesce(happened, rows.known_on) if happened is not None else rows.known_on
        column = settled.spec.happened or "known_at"
        bad = rows.filter(late)
        _set_aside(engine, settled, "after_as_of", column, bad.mutate(_shown=shown), bad.mutate(_shown=shown)._shown)


def _duplicates(engine: Engine, settled: Settled, declared: tuple[str, ...] | None) -> None:
    spec, rows = settled.spec, settled.rows
    if declared is not None:
        key = list(declared)
    else:
        lines = spec.key_unless is not None and spec.key_unless in settled.brought
        key = [] if lines or not spec.key or spec.key[0] not in settled.brought else [
            k for k in spec.key if k in settled.brought
        ]
    if not key:
        return
    keyed = rows.filter(rows[key[0]].notnull())
    twice = keyed.group_by(key).agg(n=keyed.count()).filter(ibis._.n > 1)
    if not engine.fetch(twice.count().name("n").as_table())["n"][0].as_py():
        return
    order = ibis.window(group_by=key, order_by=[ibis.asc(keyed._file), ibis.asc(keyed._line)])
    ranked = keyed.mutate(_rank=ibis.row_number().over(order))
    bad = ranked.filter(ranked._rank > 0)
    text = bad[key[0]].cast("string")
    for part in key[1:]:
        text = text + " / " + bad[part].cast("string").fill_null("")
    _set_aside(engine, settled, "duplicate_key", ", ".join(key), bad.mutate(_shown=text), bad.mutate(_shown=text)._shown)


def _currencies(engine: Engine, config: CompanyConfig, settled: Settled, rates: ir.Table | None) -> None:
    """Fill in the currency; convert money of others by the rate of the day; set aside what has none."""
    rows = settled.rows.mutate(currency=ibis.coalesce(settled.rows.currency.upper(), config.currency))
    settled.rows = rows
    if "currency" not in settled.brought:
        return
    found = [r["currency"] for r in engine.fetch(rows.select("currency").distinct()).to_pylist()]
    unknown = [c for c in found if not is_currency(c)]
    if unknown:
        bad = rows.filter(rows.currency.isin(unknown))
        _set_aside(engine, settled, "unknown_currency", "currency", bad, bad.currency)
    foreign = [c for c in found if c not in unknown and c != config.currency]
    if foreign:
        _convert(engine, config, settled, rates)


def _convert(engine: Engine, config: CompanyConfig, settled: Settled, rates: ir.Table | None) -> None:
    rows = settled.rows
    day = happened_on(rows, settled.spec)
    own = rows.currency == config.currency
    if rates is None or day is None:
        bad = rows.filter(~own)
        _set_aside(engine, settled, "no_rate", "currency", bad, bad.currency)
        return
    held = _intervals(rates)
    joined = rows.left_join(
        held, [rows.currency == held.rate_currency, day >= held.rate_from, day < held.rate_until]
    )
    one = ibis.literal("1").cast(RATE)
    joined = joined.mutate(_rate=ibis.ifelse(joined.currency == config.currency, one, joined.rate_value))
    joined = engine.keep(f"{settled.spec.name}__rated", joined.drop("rate_currency", "rate_from", "rate_until", "rate_value"))
    settled.rows = joined
    bad = joined.filter(joined._rate.isnull())
    if engine.fetch(bad.count().name("n").as_table())["n"][0].as_py():
        _set_aside(engine, settled, "no_rate", "currency", bad, bad.currency)
    rated = settled.rows
    converted = {
        c.name: ibis.ifelse(rated.currency == config.currency, rated[c.name], (rated[c.name] * rated._rate).cast(MONEY))
        for c in settled.spec.columns
        if c.kind is Kind.MONEY
    }
    settled.rows = rated.mutate(**converted).drop("_rate")


def _intervals(rates: ir.Table) -> ir.Table:
    """Each rate from its day until the next one of the same currency."""
    order = ibis.window(group_by=rates.currency, order_by=ibis.asc(rates["on"]))
    until = rates["on"].lead().over(order)
    return rates.select(
        rate_currency=rates.currency.upper(),
        rate_from=rates["on"],
        rate_until=ibis.coalesce(until, ibis.date("9999-12-31")),
        rate_value=rates["rate"],
    )
