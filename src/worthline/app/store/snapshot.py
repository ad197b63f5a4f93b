"""What people wrote, as files that a run reads: one Parquet a canonical table, under a name made from its content.

Reads     the store.
Gives     `export`: .worthline/store/<snapshot>/*.parquet, about.json and chain.json; latest.json names it.
Method    the snapshot is of one moment. Its name is the number of the chain's last entry and a sha256 of all it
          holds, so that nothing new means the same name, and the same run. Built aside, synced, put in place by one
          rename.
          What happened carries `known_at`; what describes (owner, cost, what was approved) is as it stands.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from worthline.app.store import deliveries, ledger, schema
from worthline.app.store.columns import moment_text
from worthline.app.store.ledger import Head
from worthline.engine import home, publish
from worthline.errors import Unwritable

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from worthline.app.store.opening import Store

FOLDER, LATEST, ABOUT, CHAIN = "store", "latest.json", "about.json", "chain.json"
LAST_ENTRIES = 10_000
"""Entries that a snapshot keeps, so that a store restored from an earlier copy can be brought forward."""
KEPT = 3
"""Snapshots that stay besides those of kept runs."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot in place."""

    name: str
    path: Path
    head: Head


def place_of(folder: Path) -> Path:
    """Where a company's snapshots are."""
    return folder / home.HOME / FOLDER


def export(store: Store, folder: Path) -> Snapshot | None:
    """Put what people have written in place for the next run; None where nobody has. Raises StoreUnreachable."""
    with store.reading() as tx:
        head, tables, chain = ledger.head(tx), _tables(tx), _chain(tx)
    if not head.seq and not tables:
        return None
    digest = hashlib.sha256(json.dumps([head.as_json(), tables], sort_keys=True, default=_text).encode())
    name = f"{head.seq:010d}-{digest.hexdigest()[:16]}"
    root = place_of(folder)
    try:
        home.folder(root.parent)
        home.folder(root)
        if not (root / name / ABOUT).is_file():
            _build(root, name, head, tables, chain)
        home.replace(root / LATEST, json.dumps({"snapshot": name}) + "\n")
        _prune(folder, root, name)
    except OSError as error:
        raise Unwritable(root, error) from None
    return Snapshot(name, root / name, head)


def latest(folder: Path) -> Snapshot | None:
    """The snapshot that the next run would read; None where there is none, or it says nothing of its chain."""
    root = place_of(folder)
    try:
        name = json.loads((root / LATEST).read_text(encoding="utf-8"))["snapshot"]
        chain_head = json.loads((root / name / ABOUT).read_text(encoding="utf-8"))["head"]
        return Snapshot(name, root / name, Head(int(chain_head["seq"]), str(chain_head["hash"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _build(root: Path, name: str, head: Head, tables: Mapping[str, Rows], chain: Rows) -> None:
    aside = root / f".making-{secrets.token_hex(8)}"
    aside.mkdir(mode=home.FOLDER_MODE)
    try:
        for table, rows in tables.items():
            _parquet(aside / f"{table}.parquet", rows)
        publish.write_json(aside / CHAIN, json.loads(json.dumps(chain, default=_text)))
        publish.write_json(aside / ABOUT, {"head": head.as_json(), "rows": {t: len(r) for t, r in tables.items()}})
        home.own_mode(aside)
        home.sync(aside)
        home.clear(root / name)
        aside.rename(root / name)
        home.sync(root)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _parquet(path: Path, rows: Rows) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(rows[0])
    table = pa.table({name: pa.array([_text(row[name]) for row in rows], pa.string()) for name in names})
    pq.write_table(table, path, compression="zstd")
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _text(value: Any) -> str | None:
    """As ingest reads it: text, whatever it is."""
    match value:
        case None | str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return repr(value)


def _tables(tx: Connection) -> dict[str, Rows]:
    """Rows by canonical table, in order of their keys; tables without rows are left out."""
    rows_by_table = {
        "initiatives": _plain(tx, schema.initiatives),
        "actions": _plain(tx, schema.actions),
        "groups": _plain(tx, schema.groups),
        "approvals": _approvals(tx),
        "proofs": _plain(tx, schema.proofs, drop=("entry",)),
        "restatements": _plain(tx, schema.restatements, drop=("entry",)),
        "closings": _plain(tx, schema.closings, drop=("entry", "closed_by")),
        "root_causes": _plain(tx, schema.root_causes),
        "steps": _plain(tx, schema.steps, drop=("step",)),
        "routings": _routings(tx),
        "assessments": _plain(tx, schema.assessments, drop=("assessment", "assessed_by"), known="changed_at"),
        "assumptions": _plain(tx, schema.assumptions),
        "treatments": _treatments(tx),
        "feedback": deliveries.feedback(tx),
    }
    return {name: rows for name, rows in rows_by_table.items() if rows}


_ROUTING = ("routing", "read_by", "acted_by", "closed_by", "sent_at", "reason")


def _routings(tx: Connection) -> Rows:
    """Ways of what arrived, and of a run's own comments those that somebody has read.

    Without that, each run would change what the next one reads, though nobody wrote anything.
    """
    arrived = set(tx.execute(sa.select(schema.inbound.c.item)).scalars())
    rows = _plain(tx, schema.routings, drop=_ROUTING, known="routed_at")
    return [row for row in rows if row["read_at"] is not None or row["item"] in arrived]


def _plain(tx: Connection, table: Table, *, drop: Iterable[str] = (), known: str | None = None) -> Rows:
    left_out = {*drop, "version", "changed_at"}
    order = list(table.primary_key.columns)
    rows = []
    for row in tx.execute(sa.select(table).order_by(*order)).mappings():
        values = {name: value for name, value in row.items() if name not in left_out}
        rows.append(values | {"known_at": row[known]} if known else values)
    return rows


def _approvals(tx: Connection) -> Rows:
    signed = set(tx.execute(sa.select(schema.signoffs.c.approval)).scalars())
    rows = _plain(tx, schema.approvals, drop=("approved_by",))
    return [{**row, "finance_signed": row["entry"] in signed} for row in rows]


def _treatments(tx: Connection) -> Rows:
    """Assignments, each with the latest of what came of it; what names an erased customer stays out."""
    t, o = schema.treatments, schema.outcomes
    last = sa.select(o.c.treatment, sa.func.max(o.c.outcome).label("outcome")).group_by(o.c.treatment).subquery()
    joined = t.outerjoin(last, last.c.treatment == t.c.treatment).outerjoin(o, o.c.outcome == last.c.outcome)
    columns: list[sa.ColumnElement[Any]] = [
        t.c[name] for name in ("customer_id", "at", "initiative", "arm", "stratum", "cluster")
    ]
    columns += [sa.func.coalesce(o.c[name], t.c[name]).label(name) for name in ("cost", "channel")]
    columns += [o.c.outcome_code, o.c.customer_said, t.c.at.label("known_at")]
    is_not_erased = t.c.customer_id.not_like("erased:%")
    query = sa.select(*columns).select_from(joined).where(is_not_erased).order_by(t.c.initiative, t.c.customer_id)
    return [dict(row) for row in tx.execute(query).mappings()]


def _chain(tx: Connection) -> Rows:
    """The last entries with their rows, so that a store restored from an earlier copy can be brought forward."""
    e = schema.entries
    query = sa.select(e).order_by(e.c.seq.desc()).limit(LAST_ENTRIES)
    rows = [dict(row) for row in tx.execute(query).mappings()]
    for kind in {row["kind"] for row in rows}:
        own = {row["seq"]: row for row in rows if row["kind"] == kind}
        table = schema.KINDS[kind]
        first = min(own)
        for values in tx.execute(sa.select(table).where(table.c.entry >= first)).mappings():
            if values["entry"] in own:
                own[values["entry"]]["row"] = json.loads(ledger.canonical(dict(values)))
    return rows[::-1]


def _prune(folder: Path, root: Path, current: str) -> None:
    """Remove snapshots that no kept run was made from, besides the newest few, and what a killed export left."""
    named = {current, *_of_runs(folder)}
    snapshots = sorted(
        (p for p in root.iterdir() if p.is_dir() and not p.is_symlink()), key=lambda p: p.stat().st_mtime
    )
    complete = [path for path in snapshots if (path / ABOUT).is_file() and not path.name.startswith(".")]
    for path in complete[:-KEPT]:
        if path.name not in named:
            shutil.rmtree(path, ignore_errors=True)


def _of_runs(folder: Path) -> Sequence[str]:
    names = []
    for run in publish.kept(folder):
        try:
            names.append(str(run.json("run").get("store_snapshot")))
        except Exception:  # noqa: BLE001 - a damaged run names no snapshot; that is told where it is opened
            continue
    return names
