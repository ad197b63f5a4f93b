"""`worthline doctor` and the store: whole, tampered with, damaged, of yesterday, of a later Worthline."""

import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from tests.chaos.test_store import approve, kept
from worthline.app import doctoring
from worthline.app.store import backup, open_store, snapshot
from worthline.app.store.opening import file_of

HERE = SimpleNamespace(store_url=None)


@pytest.fixture
def company(tmp_path):
    """A company with a store of three approvals and a snapshot of them; beside it the copy of the day before."""
    folder = tmp_path / "company"
    folder.mkdir()
    (folder / "worthline.toml").write_text('[company]\nname = "Acme"\n')
    with closing(open_store(folder, HERE)) as store:
        with store.writing() as tx:
            approve(tx, store, "calls")
        backup.backup(store, tmp_path / "yesterday.db")
        for each in ("texts", "visits"):
            with store.writing() as tx:
                approve(tx, store, each)
        snapshot.export(store, folder)
    return folder


def faults(folder, **more):
    return [f.what for f in doctoring.examine(folder, **more) if f.part == "store" and not f.is_mended]


def test_a_whole_store_is_none_of_its_findings(company):
    assert faults(company) == []


def test_a_changed_benefit_is_found_and_not_mended(company):
    with closing(sqlite3.connect(file_of(company))) as raw, raw:
        raw.execute("drop trigger approvals_update_refused")
        raw.execute("update approvals set benefit = 1 where initiative = 'texts'")
    assert ["row in approvals was changed" in what for what in faults(company)] == [True]
    assert faults(company, mend=True) == faults(company), "nobody but a backup knows what stood there"


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\0" + b"x" * 5_000])
def test_a_store_that_is_no_database_is_said(company, content):
    for path in file_of(company).parent.glob("store.db*"):
        path.unlink()
    file_of(company).write_bytes(content)
    assert len(faults(company)) == 1
    assert [f.fix != "" for f in doctoring.examine(company) if f.part == "store"] == [True]


def test_bits_that_rot_in_the_store_end_in_words(company):
    """The file's head, and each place where the name of an initiative stands: each flip is said, in words."""
    with closing(sqlite3.connect(file_of(company))) as raw:
        raw.execute("pragma wal_checkpoint(truncate)")
    good = file_of(company).read_bytes()
    places = [3, *(found.start() for found in re.finditer(b"visits", good))]
    assert len(places) > 1
    for at in places:
        rotten = bytearray(good)
        rotten[at] ^= 1
        file_of(company).write_bytes(bytes(rotten))
        assert faults(company), at


def test_yesterdays_store_is_said_and_brought_forward_once(company, tmp_path):
    with closing(open_store(company, HERE)) as store:
        backup.restore(store, tmp_path / "yesterday.db")
    assert "It was restored from an earlier copy" in faults(company)[0]
    assert faults(company, mend=True) == []
    with closing(open_store(company, HERE)) as store:
        assert kept(store) == ["calls", "texts", "visits"]
    assert faults(company) == []


def test_a_store_of_a_later_worthline_is_said_and_left_alone(company):
    with closing(sqlite3.connect(file_of(company))) as raw, raw:
        raw.execute("update alembic_version set version_num = '9999'")
    assert "a newer Worthline wrote it" in faults(company)[0]
