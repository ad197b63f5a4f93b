"""Nothing that was written is lost or doubled: killed between approval and snapshot, restored from yesterday, copied."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from worthline.app.store import backup, ledger, open_store, register, schema, snapshot, standing, treatments
from worthline.errors import UsageError

HERE = SimpleNamespace(store_url=None)
KILLED = """
import sys
from pathlib import Path
from tests.chaos.test_store import approve_until
approve_until(Path(sys.argv[1]), sys.argv[2], lambda: print("approved", flush=True))
"""


def approve_until(folder, place, approved):
    """Approve an initiative and make its snapshot; the process is killed at `place`. `approved` is called once it is acknowledged."""
    store = open_store(folder, HERE)

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    with store.writing() as tx:
        approve(tx, store, "calls")
        if place == "within the approval":
            die()
    approved()
    if place == "before the snapshot":
        die()
    if place == "between its files":
        made = snapshot._parquet
        snapshot._parquet = lambda path, rows: (made(path, rows), die())
    if place == "before it is named":
        snapshot.home.replace = die
    snapshot.export(store, folder)


def approve(tx, store, initiative, benefit=100):
    """An approval of this initiative."""
    ask = register.Ask(initiative, Decimal(benefit), Decimal(5), date(2099, 6, 30), by="A. Owner", note="as agreed")
    return register.approve(tx, ask, at=store.clock())


def kept(store, table=schema.approvals):
    with store.reading() as tx:
        assert ledger.verify(tx) == []
        return [row.initiative for row in tx.execute(sa.select(table).order_by(table.c[next(iter(table.c)).name]))]


@pytest.mark.parametrize(
    "place", ["within the approval", "before the snapshot", "between its files", "before it is named"]
)
def test_killed_between_approval_and_snapshot(tmp_path, place):
    ran = subprocess.run([sys.executable, "-c", KILLED, tmp_path, place], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    acknowledged = "approved" in ran.stdout
    assert acknowledged == (place != "within the approval")
    with closing(open_store(tmp_path, HERE)) as store:
        assert kept(store) == (["calls"] if acknowledged else [])
        with store.writing() as tx:
            approve(tx, store, "calls")  # tried again: what was acknowledged is not doubled
        made = snapshot.export(store, tmp_path)
        assert kept(store) == ["calls"]
    assert snapshot.latest(tmp_path) == made
    assert (made.path / "approvals.parquet").is_file()


def test_restored_from_yesterday_what_a_run_was_made_from_is_put_back_once(tmp_path):
    with closing(open_store(tmp_path, HERE)) as store:
        with store.writing() as tx:
            approve(tx, store, "calls")
        yesterday = backup.backup(store, tmp_path / "yesterday.db")
        with store.writing() as tx:
            approve(tx, store, "texts", 250)
            register.sign_off(tx, "texts", by="F. Partner", at=store.clock())
            row = treatments.Assignment("c1", "texts", "control", store.clock())
            treatments.assign(tx, [row], by="worklist", at=store.clock())
        head = snapshot.export(store, tmp_path).head
        backup.restore(store, yesterday)
        assert kept(store) == ["calls"]
        assert "It was restored from an earlier copy" in standing.behind(store, tmp_path)
        assert any("earlier copy" in fault for fault in backup.check(store, tmp_path))
        (said,) = standing.bring_forward(store, tmp_path)
        assert "entries 2 to 4 were put back, with 1 assignments" in said
        assert standing.bring_forward(store, tmp_path) == ()
        assert kept(store) == ["calls", "texts"]
        assert kept(store, schema.treatments) == ["texts"]
        assert backup.check(store, tmp_path) == []
        with store.reading() as tx:
            assert tx.execute(sa.select(schema.entries.c.hash).where(schema.entries.c.seq == 4)).scalar() == head.hash
            row = tx.execute(sa.select(schema.approvals).where(schema.approvals.c.initiative == "texts")).one()
        assert (row.benefit, row.proof_on, row.signed_in) == (Decimal(250), date(2099, 6, 30), False)


def test_a_store_that_parted_from_the_run_is_said_and_left_alone(tmp_path):
    with closing(open_store(tmp_path, HERE)) as store:
        yesterday = backup.backup(store, tmp_path / "yesterday.db")
        with store.writing() as tx:
            approve(tx, store, "calls")
        snapshot.export(store, tmp_path)
        backup.restore(store, yesterday)
        with store.writing() as tx:
            approve(tx, store, "texts")
        assert "parted" in standing.behind(store, tmp_path)
        (said,) = standing.bring_forward(store, tmp_path)
        assert "cannot be put back" in said
        assert kept(store) == ["texts"]


def test_what_stood_before_a_restore_is_kept(tmp_path):
    with closing(open_store(tmp_path, HERE)) as store:
        empty = backup.backup(store, tmp_path / "empty.db")
        with store.writing() as tx:
            approve(tx, store, "calls")
        before = backup.restore(store, empty)
        assert kept(store) == []
        backup.restore(store, before)
        assert kept(store) == ["calls"]


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_damaged_copy_is_not_taken_back(tmp_path, content):
    (tmp_path / "copy.db").write_bytes(content)
    with closing(open_store(tmp_path, HERE)) as store:
        with store.writing() as tx:
            approve(tx, store, "calls")
        with pytest.raises(UsageError, match="no copy of a store"):
            backup.restore(store, tmp_path / "copy.db")
        assert kept(store) == ["calls"]
