"""A company's folder to its checked tables as of a date: all of ingest, top to bottom.

Reads     CompanyConfig and the files it names.
Gives     Loaded: the Dataset, its health, the rows set aside, what is personal, the fingerprints of all files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from worthline.config import CompanyConfig
from worthline.engine import Engine
from worthline.errors import NothingToRun
from worthline.ingest import (
    aliases,
    currency_names,
    dates,
    health,
    identities,
    money_range,
    personal,
    quarantine,
    set_aside,
    store,
    versions,
    words,
)
from worthline.ingest.clean_cache import Proved
from worthline.ingest.cross_row_rules import Settled, happened_on, settle, unite
from worthline.ingest.health import Health, TableHealth
from worthline.ingest.losses import losses
from worthline.ingest.people import NO_CUSTOMERS, Joined, People, gather
from worthline.ingest.raw import Fingerprint
from worthline.ingest.remarks import count_remarks, touchpoints_unknown
from worthline.ingest.resolve import check_settings, decide_as_of, first_month, resolve
from worthline.ingest.source_parts import Pieces, read_all
from worthline.results import Dataset, Progress, Resolved, no_progress
from worthline.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass
class Loaded:
    """What a run, or a check, starts from."""

    dataset: Dataset
    health: Health
    quality: pa.Table
    quarantine: ir.Table
    personal: dict[str, ir.Table]
    files: dict[str, Fingerprint]
    snapshot: str | None
    store_head: dict[str, Any] | None = None
    """Number and hash of the last entry of the store's chain, where there is a snapshot of it."""

    def handed_to(self, engine: Engine, progress: Progress) -> Loaded:
        """The same with its checked tables on the engine that counts, where another one read them."""
        if engine is engine.reader:
            return self
        progress("Handing over", 0, 0)
        tables = {name: engine.take(name, table) for name, table in self.dataset.tables.items()}
        return replace(self, dataset=replace(self.dataset, tables=tables))

    def with_settings(self, settings: Resolved) -> Loaded:
        """The same under other settings, with their reasons on the page of data health."""
        health = replace(self.health, because=settings.because)
        return replace(self, dataset=replace(self.dataset, settings=settings), health=health)

    def with_notes(self, notes: Sequence[str]) -> Loaded:
        """The same with what is only known after counting said on the page of data health."""
        return replace(self, health=replace(self.health, notes=(*self.health.notes, *notes)))

    def with_concerns(self, concerns: Sequence[str]) -> Loaded:
        """The same with what is wrong with initiatives said on the page of data health."""
        return replace(self, health=replace(self.health, concerns=tuple(concerns)))


def load(
    config: CompanyConfig,
    engine: Engine,
    scratch: Path,
    *,
    as_of: date | None = None,
    proved: Proved | None = None,
    progress: Progress = no_progress,
) -> Loaded:
    """Read, check and settle everything; raises DataError or BadSetting, never half.

    Files `proved` clean by an earlier run are not read again.
    """
    check_settings(config)
    store_snapshot = store.latest(config)
    pieces = read_all(engine, config, store_snapshot.sources, scratch, progress, proved)
    if not any(p.read > p.set_aside for ps in pieces.tables.values() for p in ps):
        raise NothingToRun(_nothing(engine, pieces))
    config, why_currency = currency_names.settled(config, pieces)
    named = _initiatives_set_aside(engine, pieces)
    observed_dates = dates.gather(engine, pieces)
    day, why = decide_as_of(as_of or config.as_of, observed_dates)
    everything = _settle_all(engine, config, pieces, (first_month(observed_dates), day), progress)
    settled = {name: table for name, table in everything.items() if _has_rows(engine, table)}
    if not settled:
        late = {name: _late(engine, table) for name, table in everything.items()}
        raise NothingToRun(_nothing(engine, pieces, f"set aside as of {day}", late))
    money_range.check(engine, settled, config.currency or "", day)
    apart = personal.find(engine, settled, day)
    people = gather(engine, settled, apart)
    brought_columns = {name: table.brought for name, table in settled.items()}
    answers, others = _answers(engine, settled)
    resolved = resolve(config, day, why, brought_columns, answers, others)
    if why_currency:
        resolved.because["currency"] = why_currency
    for table in settled.values():
        resolved.because.update(table.because)
    tables = {
        name: _impersonal(name, table.rows, apart.get(name, ()))
        for name, table in settled.items()
        if name != "customers"
    }
    tables["customers"] = people.customers
    tables, masked = words.masked(engine, tables, people.personal)
    customer_versions = versions.history(engine, settled["customers"]) if "customers" in settled else None
    if customer_versions is not None:
        tables[versions.NAME] = customer_versions
    page = _health(engine, config, pieces, everything, people, resolved, others)
    if personal_note := personal.note(apart):
        page = replace(page, notes=(*page.notes, personal_note))
    if masked:
        page = replace(page, notes=(*page.notes, words.note(masked)))
    return Loaded(
        Dataset(tables, brought_columns, resolved, {t.table: t.faulty for t in page.tables if t.faulty}, named),
        page,
        health.quality_rows(page.tables),
        _quarantine(engine, pieces, everything),
        people.personal,
        pieces.files,
        store_snapshot.snapshot,
        store_snapshot.head,
    )


def _initiatives_set_aside(engine: Engine, pieces: Pieces) -> dict[str, int]:
    """Initiative -> rows of treatments that the first pass set aside and that name it."""
    counts: dict[str, int] = {}
    for piece in pieces.tables.get("treatments", ()):
        if piece.bad:
            bad = piece.rows.filter(piece.rows._bad.notnull(), piece.rows.initiative.notnull())
            for row in engine.fetch(bad.group_by("initiative").agg(n=bad.count()).order_by("initiative")).to_pylist():
                counts[row["initiative"]] = counts.get(row["initiative"], 0) + row["n"]
    return counts


def _has_rows(engine: Engine, table: Settled) -> bool:
    """Whether rows are left; only where some were set aside is that asked."""
    if not table.late:
        return table.look.in_time > 0
    return bool(engine.fetch(table.rows.count().name("n").as_table())["n"][0].as_py())


def _impersonal(name: str, rows: ir.Table, apart: Collection[str]) -> ir.Table:
    return rows.drop(*(c.name for c in TABLES[name].columns if c.personal), *apart)


def _settle_all(
    engine: Engine, config: CompanyConfig, pieces: Pieces, span: tuple[date | None, date], progress: Progress
) -> dict[str, Settled]:
    """Rates first: money waits on them."""
    names = sorted(pieces.tables, key=lambda name: (name != "rates", list(TABLES).index(name)))
    united = {name: unite(parts) for name, parts in pieces.tables.items()}
    brought_columns = {n: frozenset().union(*(p.shape.mapping.brought for p in ps)) for n, ps in pieces.tables.items()}
    ids = identities.find(engine, united, brought_columns, span[1])
    settled: dict[str, Settled] = {}
    for number, name in enumerate(names):
        progress(f"Checking {name}", number, len(names))
        rates = settled["rates"].rows if "rates" in settled else None
        settled[name] = settle(engine, config, name, pieces.tables[name], span, rates, ids)
        if name in ids.respelled:
            settled[name].remarks["respelled_id"] = ids.respelled[name]
        count_remarks(engine, config, settled[name], pieces.tables[name])
    progress("Checking", len(names), len(names))
    touchpoints_unknown(engine, settled)
    settled[names[0]].notes += ids.notes
    return settled


def _answers(engine: Engine, settled: Mapping[str, Settled]) -> tuple[dict[str, int], int]:
    """Scored answers of customers by metric; and of everybody else, where no customer's is among them."""
    if "feedback" not in settled:
        return {}, 0
    rows = settled["feedback"].rows
    scored = rows.filter(rows.score.notnull())
    answer_counts = scored.group_by("metric", own=ibis.coalesce(scored.respondent == "customer", True)).agg(
        n=scored.count()
    )
    rows_by_metric = engine.fetch(answer_counts).to_pylist()
    own = {row["metric"]: row["n"] for row in rows_by_metric if row["own"]}
    return own, 0 if own else sum(row["n"] for row in rows_by_metric)


def _quarantine(engine: Engine, pieces: Pieces, settled: Mapping[str, Settled]) -> ir.Table:
    parts: list[ir.Table] = []
    for name, table in pieces.tables.items():
        for piece in table:
            parts.extend(piece.aside)
        parts.extend(settled[name].late)
    if not parts:
        return engine.keep("quarantine__empty", ibis.memtable(quarantine.SCHEMA.empty_table()))
    same = [p.select(*quarantine.SCHEMA.names) for p in parts]
    return words.masked_cells(engine, same[0] if len(same) == 1 else ibis.union(*same, distinct=False))


def _health(
    engine: Engine,
    config: CompanyConfig,
    pieces: Pieces,
    settled: Mapping[str, Settled],
    people: People,
    resolved: Resolved,
    others: int,
) -> Health:
    tables: list[TableHealth] = []
    for name, parts in sorted(pieces.tables.items()):
        table = settled[name]
        late = _late(engine, table)
        files = [health.file_health(piece, late.get(number, {})) for number, piece in enumerate(parts)]
        remarks = dict(table.remarks)
        joined = _share(people.joined.get(name), "customers" in settled)
        if (
            "customers" in settled
            and (joined_rows := people.joined.get(name))
            and joined_rows.with_customer > joined_rows.listed
        ):
            rule = "unknown_assigned" if name in NO_CUSTOMERS else "unknown_customer"
            remarks[rule] = joined_rows.with_customer - joined_rows.listed
        if (joined_rows := people.joined.get(name)) and joined_rows.rows > joined_rows.with_customer:
            remarks["no_customer"] = joined_rows.rows - joined_rows.with_customer
        tables.append(health.table_health(name, files, _span(engine, table), joined, remarks))
    brought_columns = {table.table: settled[table.table].brought for table in tables if table.used}
    notes = [f"{people.derived:,} customers are derived from the other tables."] if people.derived else []
    notes += [note for table in settled.values() for note in table.notes]
    notes += aliases.unmapped(pieces.tables)
    timed = config.staff_hour_cost and "handle_seconds" in brought_columns.get("interactions", frozenset())
    gaps = health.blocks(
        brought_columns, config.margin, contacts_priced=bool(config.contact_cost or timed), others_answers=others
    )
    lost = losses(engine, settled, pieces.tables, people, resolved.as_of)
    because = dict(resolved.because)
    return Health(config.name, resolved.as_of.isoformat(), tuple(tables), gaps, tuple(notes), because, lost)


def _late(engine: Engine, table: Settled) -> dict[int, dict[str, int]]:
    """Rows that the second pass set aside, by piece and rule."""
    counts: dict[int, dict[str, int]] = {}
    for part in table.late:
        for row in engine.fetch(part.group_by("piece", "rule").agg(n=part.count())).to_pylist():
            rules = counts.setdefault(row["piece"], {})
            rules[row["rule"]] = rules.get(row["rule"], 0) + row["n"]
    return counts


def _share(joined: Joined | None, listed: bool) -> float | None:
    return joined.listed / joined.rows if joined and listed and joined.rows else None


def _span(engine: Engine, table: Settled) -> tuple[str | None, str | None]:
    day = happened_on(table.rows, table.spec)
    if day is None:
        return None, None
    if not table.late and table.spec.name not in ("customers", "subscriptions"):  # nothing changed these rows since
        first, last = table.look.first, table.look.last
        return first.isoformat() if first else None, last.isoformat() if last else None
    days = table.rows.select(day=day)
    row: dict[str, Any] = engine.fetch(days.agg(first=days.day.min(), last=days.day.max())).to_pylist()[0]
    return tuple(None if row[k] is None else row[k].isoformat() for k in ("first", "last"))  # type: ignore[return-value]


def _nothing(
    engine: Engine,
    pieces: Pieces,
    late: str = "set aside",
    rules_late: Mapping[str, dict[int, dict[str, int]]] | None = None,
) -> str:
    if not pieces.tables:
        return 'worthline.toml names no table. Add for instance [tables.transactions] with file = "sales.csv".'
    lines = []
    for name, parts in pieces.tables.items():
        for number, piece in enumerate(parts):
            rules = [*sorted(piece.rules), *sorted((rules_late or {}).get(name, {}).get(number, {}))]
            why = f"all {piece.read:,} rows {late} ({', '.join(rules)})" if piece.read else "no rows"
            lines.append(f"{name} from {piece.raw.name}: {why}. {set_aside.reasons(engine, piece)}".rstrip())
    return "No table holds a usable row. " + " ".join(lines)
