"""Erasing a person: a customer's assignments and words, or the name and words of somebody who writes.

Gives     `customer`, `unanswered`, `snapshots`, `shortened`; who writes is erased by people.erase. Raises UsageError.
Method    an assignment stays without its customer, as nothing may be deleted from a trial unseen; no run reads it
          again. Words are emptied. Earlier snapshots lose the customer's rows. The chain holds: neither assignments nor
          customers' words are in it.
Not for   kept runs, backups and the company's own files: they are what they were; `snapshots` names the runs.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from worthline.app.store import deliveries, ledger, schema, snapshot
from worthline.app.store.people import person
from worthline.engine import home, publish
from worthline.errors import Unwritable, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from worthline.app.store.opening import Store

ERASED = "erased:"
"""What stands in place of a customer's number, before letters that mean nothing."""


def customer(tx: Connection, customer_id: str, *, by: str, at: datetime) -> int:
    """Take a customer out of the store; gives how many assignments, answers and cases held them. Raises UsageError."""
    t, o, c = schema.treatments, schema.outcomes, schema.cases
    actor = person(tx, by, at)
    own = list(tx.execute(sa.select(t.c.treatment).where(t.c.customer_id == customer_id)).scalars())
    for treatment in own:
        nobody = f"{ERASED}{secrets.token_hex(8)}"
        tx.execute(sa.update(t).where(t.c.treatment == treatment).values(customer_id=nobody))
        tx.execute(sa.update(o).where(o.c.treatment == treatment).values(customer_said=None))
    emptied = tx.execute(sa.update(c).where(c.c.customer_id == customer_id).values(customer_id=None, words=None))
    rows_erased = len(own) + emptied.rowcount + deliveries.erase(tx, customer_id, at)
    if not rows_erased:
        raise UsageError(f"The store holds nothing of a customer {customer_id!r}.")
    facts = {
        "actor": actor,
        "action": "erase",
        "subject_table": "customers",
        "subject": "one customer",
        "version": rows_erased,
    }
    ledger.append(tx, "audit", facts, {"by": by}, at=at, person=actor)
    return rows_erased


def unanswered(tx: Connection, *, by: str, at: datetime) -> int:
    """Empty the raw messages that brought no answer; gives how many. That they came stays, as runs count them."""
    actor, messages = person(tx, by, at), deliveries.erase_unanswered(tx)
    if messages:
        facts = {
            "actor": actor,
            "action": "erase",
            "subject_table": "deliveries",
            "subject": "messages without an answer",
        }
        ledger.append(tx, "audit", facts | {"version": messages}, {"by": by}, at=at, person=actor)
    return messages


def shortened(store: Store) -> bool:
    """Take out of SQLite's log what the file has no longer; whether another process that reads keeps it there."""
    if not store.is_file:
        return False
    with store.engine.connect() as connection:
        connection.exec_driver_sql("rollback")  # the log is not shortened within a transaction
        busy = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()[0]
        connection.exec_driver_sql("begin")
    return bool(busy)


def snapshots(store: Store, folder: Path, customer_id: str) -> list[str]:
    """Make a snapshot without the customer, and take them out of earlier ones; gives the kept runs made before.

    Raises Unwritable.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    snapshot.export(store, folder)
    root = snapshot.place_of(folder)
    try:
        for path in sorted(root.glob("*/*.parquet")):
            table = pq.read_table(path)
            if "customer_id" not in table.column_names:
                continue
            kept = table.filter(pc.fill_null(pc.not_equal(table["customer_id"], customer_id), True))
            if kept.num_rows < table.num_rows:
                aside = path.with_suffix(".making")
                pq.write_table(kept, aside, compression="zstd")
                home.sync_file(aside)
                aside.replace(path)
    except OSError as error:
        raise Unwritable(root, error) from None
    return [run.path.name for run in publish.kept(folder)]
