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
from worthline.errors import BadSetting
from worthline.ingest import invoice_lines, placeholders, repeats, terms, versions
from worthline.ingest.first_look import NOTHING_SEEN, FirstLook, first_look
from worthline.ingest.identities import NOBODY_MERGED, RUINED, Identities
from worthline.ingest.numbers import MONEY, RATE, times
from worthline.ingest.quarantine import MOST_SHOWN
from worthline.ingest.row_casting import REFUND_KINDS
from worthline.ingest.rules import RULES
from worthline.ingest.source_parts import Piece
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
    notes: list[str] = field(default_factory=list)
    """What is worth saying in words."""
    because: dict[str, str] = field(default_factory=dict)
    """What was decided from the rows, and why."""
    declared: tuple[str, ...] | None = None
    """The key that worthline.toml gives, where it gives one."""
    ruined: list[str] = field(default_factory=list)
    """The first ids that a spreadsheet rounded."""
    nobody: list[str] = field(default_factory=list)
    """Ids that stand for no customer: GUEST, 0."""
    look: FirstLook = NOTHING_SEEN
    """What the rows are, before the rules from the as-of date on."""

    @property
    def key(self) -> list[str]:
        """Columns that name a row: as declared, else the table's own as far as brought; none where rows are lines."""
        spec = self.spec
        if self.declared is not None:
            return list(self.declared)
        lines = spec.key_unless is not None and spec.key_unless in self.brought
        if lines or not spec.key or spec.key[0] not in self.brought:
            return []
        return [column for column in spec.key if column in self.brought]


def unite(pieces: Sequence[Piece]) -> ir.Table:
    """The good rows of all files of a table, with `_piece`, the number of their piece.

    An attribute that a file lacks is null there. A file may be two pieces, so its name alone tells no row apart.
    """
    # Engines compare names without case: the first spelling of an attribute is used.
    names = {c.casefold(): c for piece in reversed(pieces) for c in reversed(piece.rows.columns) if c != "_bad"}
    tables = []
    for number, piece in enumerate(pieces):
        good = piece.rows.filter(piece.rows._bad.isnull()) if piece.bad else piece.rows
        there = {c.casefold(): c for c in good.columns}
        columns = {n: good[there[k]] if k in there else ibis.null("string") for k, n in reversed(names.items())}
        tables.append(good.select(**columns, _piece=ibis.literal(number, type="int32")))
    return tables[0] if len(tables) == 1 else ibis.union(*tables, distinct=False)


def settle(
    engine: Engine,
    config: CompanyConfig,
    name: str,
    pieces: Sequence[Piece],
    span: tuple[date | None, date],
    rates: ir.Table | None,
    ids: Identities = NOBODY_MERGED,
) -> Settled:
    """Apply the rules that look beyond a row, in order; convert money to the company's currency.

    `span`: the month before which dates are slips (None: there are none), and the as-of date.
    """
    since, as_of = span
    spec = TABLES[name]
    brought: frozenset[str] = frozenset().union(*(p.shape.mapping.brought for p in pieces))
    settled = Settled(spec, unite(pieces), brought, declared=_declared_key(spec, pieces))
    lists = versions.dates_in_names(engine, pieces) if spec.name == "customers" else None
    if lists is not None:
        settled.rows = versions.dated_by_name(settled.rows, lists)
        settled.brought = settled.brought | {"known_at"}
    _ruined_ids(engine, settled)
    _placeholders(engine, settled)
    settled.rows = ids.applied(settled.rows, settled.brought)
    if spec.name == "subscriptions":
        _terms(engine, settled, pieces)
    settled.rows = _known(settled.rows, spec)
    if spec.name == "rates":
        settled.rows = settled.rows.mutate(currency=settled.rows.currency.upper())
    if spec.name != "rates" and "currency" in spec.names and any(c.kind is Kind.MONEY for c in spec.columns):
        _currencies(engine, config, settled, rates)
    settled.look = _looked(engine, settled, span)
    if settled.look.late:
        _after(engine, settled, as_of)
    if since is not None and spec.name in repeats.EVENTS and settled.look.early:
        _long_before(engine, settled, since)
    if spec.name == "customers":
        _merged(engine, settled)
    if settled.look.same_key:
        _duplicates(engine, settled)
    if lists is not None:
        versions.missing_have_left(engine, settled)
    elif spec.name == "customers" and versions.are_full_lists(engine, settled):
        versions.missing_have_left(engine, settled, "by their rows")
    for repeat in repeats.certain(engine, settled):
        _set_aside(engine, settled, repeat.rule, repeat.column, repeat.rows, repeat.value)
    if spec.name == "transactions":
        settled.rows = invoice_lines.without_false_refunds(engine, settled)
    if spec.name == "subscriptions":
        _in_parts(engine, config, settled, rates, as_of)
    passing = [c for c in ("_piece", "_merged", "_once") if c in settled.rows.columns]
    settled.rows = settled.rows.drop(*passing)
    return settled


def _looked(engine: Engine, settled: Settled, span: tuple[date | None, date]) -> FirstLook:
    """The rows as a view, so that what is asked of them is short; and what one question says of them."""
    name = f"{settled.spec.name}__united"
    settled.rows = engine.stage(name, settled.rows)
    return first_look(engine, name, settled.rows.columns, settled.spec, settled.brought, settled.key, span=span)


def _ruined_ids(engine: Engine, settled: Settled) -> None:
    """Ids that a spreadsheet rounded: blank where a blank means something, else the row is set aside."""
    ids = [c for c in settled.spec.columns if c.kind is Kind.ID and c.name in settled.brought]
    if not ids:
        return
    counts = settled.rows.agg(**{c.name: settled.rows[c.name].re_search(RUINED).sum() for c in ids})
    ruined_counts = engine.fetch(counts).to_pylist()[0]
    for column in ids:
        n = ruined_counts[column.name]
        if not n:
            continue
        ruined = settled.rows[column.name].re_search(RUINED).fill_null(False)
        if column.required and column.blank_means is None:
            bad = settled.rows.filter(ruined)
            _set_aside(engine, settled, "ruined_id", column.name, bad, bad[column.name])
        else:
            some = settled.rows.filter(ruined).select(id=column.name).distinct().order_by("id").limit(3)
            settled.ruined += engine.fetch(some).column("id").to_pylist()
            blank = ibis.ifelse(ruined, ibis.null("string"), settled.rows[column.name])
            settled.rows = settled.rows.mutate(**{column.name: blank})
            settled.remarks["ruined_ids"] = settled.remarks.get("ruined_ids", 0) + n


def _placeholders(engine: Engine, settled: Settled) -> None:
    """Ids that stand for nobody are blank where a blank means something; else their rows are set aside."""
    if settled.spec.name in ("customers", "identities") or "customer_id" not in settled.brought:
        return
    settled.nobody = placeholders.nobody(engine, settled.rows)
    if not settled.nobody:
        return
    if settled.spec.column("customer_id").blank_means is None and settled.spec.column("customer_id").required:
        bad = settled.rows.filter(settled.rows.customer_id.isin(settled.nobody))
        _set_aside(engine, settled, "no_such_customer", "customer_id", bad, bad.customer_id)
    else:
        settled.rows = placeholders.blanked(settled.rows, settled.nobody)


def _terms(engine: Engine, settled: Settled, pieces: Sequence[Piece]) -> None:
    """Subscriptions as they are paid: whose fee is not paid yet waits, who ended without a day is set aside."""
    end_dates = terms.ends(engine, settled.rows, pieces)
    if end_dates is not None:
        settled.because["ended_on"] = f"{end_dates.meaning}: {end_dates.because}"
        settled.rows = terms.to_first_unpaid(settled.rows, end_dates)
    rows = settled.rows
    periods = terms.periods(engine, rows)
    unknown = sorted(words for words, meaning in periods.items() if meaning is None)
    if unknown:
        bad = rows.filter(rows.period.isin(unknown))
        _set_aside(engine, settled, "period_unknown", "period", bad, bad.period)
    settled.rows = terms.a_month_or_year(settled.rows, periods)
    for rule, bad in (("in_trial", terms.has_no_fee), ("no_end", terms.has_no_end)):
        rows = settled.rows
        late = bad(rows, settled.brought)
        if late is not None and _any(engine, rows.filter(late)):
            _set_aside(engine, settled, rule, "status", rows.filter(late), rows.filter(late).status)
    settled.rows = engine.keep("subscriptions__paid", terms.paid(settled.rows, settled.brought))
    settled.notes += terms.notes(engine, settled.rows, settled.brought)


def _in_parts(engine: Engine, config: CompanyConfig, settled: Settled, rates: ir.Table | None, as_of: date) -> None:
    """Terms in parts, where a pause or another month's rate changes the fee."""
    rows = terms.in_parts(settled.rows, settled.brought, as_of)
    if rates is not None and "currency" in settled.brought:
        rows = terms.by_rate(rows, rates, config.currency, as_of)
    if rows is not settled.rows:
        settled.rows = engine.keep("subscriptions__in_parts", rows)


def _merged(engine: Engine, settled: Settled) -> None:
    """Rows of customers who were merged into another give that one their first day, and nothing else."""
    rows = settled.rows
    if "_merged" not in rows.columns:
        return
    each = ibis.window(group_by=rows.customer_id)
    order = ibis.window(
        group_by=rows.customer_id, order_by=[ibis.asc(rows._merged), ibis.asc(rows._piece), ibis.asc(rows._line)]
    )
    rows = rows.mutate(
        joined_on=rows.joined_on.min().over(each),
        left_on=ibis.ifelse(rows._merged, ibis.null("date"), rows.left_on),
        _owned=(~rows._merged).sum().over(each),
        _nth=ibis.row_number().over(order),
    )
    n = engine.fetch(rows.agg(n=rows._merged.sum()))["n"][0].as_py()
    if n:
        settled.remarks["merged_customer"] = int(n)
    remaining = rows.filter(~rows._merged | ((rows._owned == 0) & (rows._nth == 0))).drop("_owned", "_nth")
    settled.rows = engine.keep("customers__merged", remaining)


def _declared_key(spec: TableSpec, pieces: Sequence[Piece]) -> tuple[str, ...] | None:
    declared = {p.source.unique for p in pieces if p.source.unique is not None}
    if len(declared) > 1:
        keys = " and ".join(str(list(key)) for key in sorted(declared))
        raise BadSetting(f"[tables.{spec.name}] unique", f"its sources say {keys}", "A table has one key.")
    return next(iter(declared), None)


def _known(rows: ir.Table, spec: TableSpec) -> ir.Table:
    """Adds `known_on`: the local date on which the company knew of the row; null where nothing says."""
    happened = happened_on(rows, spec)
    days = [rows.known_at_date]
    if spec.name == "feedback":
        days.append(ibis.greatest(rows.updated_at_date, happened))
    if spec.name == "customers":
        days.append(rows.valid_from)
    return rows.mutate(known_on=ibis.coalesce(*days, *([] if happened is None else [happened])))


def happened_on(rows: ir.Table, spec: TableSpec) -> ir.DateValue | None:
    """The local date of a row, where its table has one."""
    if spec.happened is None:
        return None
    return rows[f"{spec.happened}_date" if spec.column(spec.happened).kind is Kind.INSTANT else spec.happened]


def _set_aside(
    engine: Engine, settled: Settled, rule: str, column: str | ir.Value, bad: ir.Table, value: ir.Value
) -> None:
    """Move the rows of `bad` (a part of settled.rows, with `_piece` and `_line`) to quarantine."""
    name = settled.spec.name
    late = engine.keep(
        f"{name}__{rule}",
        bad.select(
            table=ibis.literal(name),
            file=bad._file,
            line=bad._line,
            column=ibis.literal(column) if isinstance(column, str) else column,
            rule=ibis.literal(rule),
            value=value.cast("string").substr(0, MOST_SHOWN),
            says=ibis.literal(RULES[rule].says),
            piece=bad._piece,
        ),
    )
    settled.late.append(late)
    removed = late.select(_piece=late.piece, _line=late.line)
    settled.rows = engine.keep(f"{name}__without_{rule}", settled.rows.anti_join(removed, ["_piece", "_line"]))


def _after(engine: Engine, settled: Settled, as_of: date) -> None:
    rows = settled.rows
    happened = happened_on(rows, settled.spec)
    border = ibis.literal(as_of)
    late = rows.known_on > border
    if happened is not None:
        late = late | (happened > border)
    late = late.fill_null(False)
    future = ibis.literal(False) if happened is None else (happened > border).fill_null(False)
    date_shown = rows.known_on if happened is None else ibis.ifelse(future, happened, rows.known_on)
    column = ibis.ifelse(future, settled.spec.happened or "", "known_at")
    bad = rows.mutate(_shown=date_shown, _column=column).filter(late)
    _set_aside(engine, settled, "after_as_of", bad._column, bad, bad._shown)


def _long_before(engine: Engine, settled: Settled, since: date) -> None:
    day = happened_on(settled.rows, settled.spec)
    if day is None:
        return
    bad = settled.rows.filter((day < ibis.literal(since)).fill_null(False))
    if _any(engine, bad):
        _set_aside(engine, settled, "long_before", settled.spec.happened or "", bad, happened_on(bad, settled.spec))


def _duplicates(engine: Engine, settled: Settled) -> None:
    spec, rows, key = settled.spec, settled.rows, settled.key
    if not key:
        return
    parts = _parts(rows, key)
    keyed = rows.filter(rows[key[0]].notnull()).mutate(**parts)
    by = [*key, *parts]
    twice = keyed.group_by(by).agg(n=keyed.count()).filter(ibis._.n > 1)
    if not _any(engine, twice):
        return
    rule, latest = "duplicate_key", []
    if spec.name == "feedback":
        # An answer that was given again: the latest counts.
        rule = "answered_again"
        latest = [ibis.desc(keyed[c], nulls_first=False) for c in ("updated_at", "known_at", "at")]
    order = ibis.window(group_by=by, order_by=[*latest, ibis.asc(keyed._piece), ibis.asc(keyed._line)])
    ranked = keyed.mutate(_rank=ibis.row_number().over(order))
    bad = ranked.filter(ranked._rank > 0)
    text = bad[key[0]].cast("string")
    for part in key[1:]:
        text = text + " / " + bad[part].cast("string").fill_null("")
    bad = bad.mutate(_shown=text)
    _set_aside(engine, settled, rule, ", ".join(key), bad, bad._shown)


def _parts(rows: ir.Table, key: list[str]) -> dict[str, ir.Value]:
    """What else tells rows apart: a refund bears the number of the purchase it pays back, and may come in parts."""
    if key != ["transaction_id"]:
        return {}
    refund = rows.kind.isin(REFUND_KINDS)
    return {
        "_kind": rows.kind,
        "_part_at": ibis.ifelse(refund, rows["at"], ibis.null("timestamp(6)")),
        "_part": ibis.ifelse(refund, rows.amount, ibis.null(MONEY)),
    }


def _currencies(engine: Engine, config: CompanyConfig, settled: Settled, rates: ir.Table | None) -> None:
    """Fill in the currency; convert money of others by the rate of the day; set aside what has none."""
    rows = settled.rows.mutate(currency=ibis.coalesce(settled.rows.currency.upper(), config.currency))
    settled.rows = rows
    if "currency" not in settled.brought:
        return
    currencies = [r["currency"] for r in engine.fetch(rows.select("currency").distinct()).to_pylist()]
    unknown = [c for c in currencies if not is_currency(c)]
    if unknown:
        bad = rows.filter(rows.currency.isin(unknown))
        _set_aside(engine, settled, "unknown_currency", "currency", bad, bad.currency)
    foreign = [c for c in currencies if c not in unknown and c != config.currency]
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
        held, [rows.currency == held._rate_currency, day >= held._rate_from, day < held._rate_until]
    )
    unit_rate = ibis.literal("1").cast(RATE)
    joined = joined.mutate(_rate=ibis.ifelse(joined.currency == config.currency, unit_rate, joined._rate_value))
    joined = engine.keep(f"{settled.spec.name}__rated", joined.drop(*held.columns))
    settled.rows = joined
    bad = joined.filter(joined._rate.isnull())
    if _any(engine, bad):
        _set_aside(engine, settled, "no_rate", "currency", bad, bad.currency)
    rated = settled.rows
    money = [c.name for c in settled.spec.columns if c.kind is Kind.MONEY]
    converted = {
        name: ibis.ifelse(rated.currency == config.currency, rated[name], times(rated[name], rated._rate))
        for name in money
    }
    settled.rows = rated.mutate(**converted, **{f"_{name}": rated[name] for name in money}).drop("_rate")
    for name in money:
        over = settled.rows.filter(settled.rows[name].isnull() & settled.rows[f"_{name}"].notnull())
        if _any(engine, over):
            _set_aside(engine, settled, "money_too_large", name, over, over[f"_{name}"])
    held = settled.rows
    if settled.spec.name == "subscriptions":
        # A fee takes the rate of each month that it is for (terms.by_rate), not that of its first day.
        held = held.mutate(**{name: held[f"_{name}"] for name in money})
    settled.rows = held.drop(*(f"_{name}" for name in money))


def _any(engine: Engine, rows: ir.Table) -> bool:
    return bool(engine.fetch(rows.count().name("n").as_table())["n"][0].as_py())


def _intervals(rates: ir.Table) -> ir.Table:
    """Each rate from its day until the next one of the same currency."""
    order = ibis.window(group_by=rates.currency, order_by=ibis.asc(rates["on"]))
    until = rates["on"].lead().over(order)
    return rates.select(
        _rate_currency=rates.currency,
        _rate_from=rates["on"],
        _rate_until=ibis.coalesce(until, ibis.date("9999-12-31")),
        _rate_value=rates["rate"],
    )
