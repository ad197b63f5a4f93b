"""The store on SQLite and on PostgreSQL: money exact, register and audit only added to, changes never lost."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from worthline.app.store import ledger, migrate, open_store, people, rows, schema, treatments
from worthline.app.store.columns import ten_thousandths
from worthline.errors import ChangedMeanwhile, StoreUnreachable, UsageError

AT = datetime(2026, 3, 1, tzinfo=UTC)


def approve(store, initiative="calls", benefit="100.25", by="A. Owner"):
    with store.writing() as tx:
        who = people.person(tx, by, AT)
        facts = {"initiative": initiative, "estimand": "e", "metric": "margin", "population": "all"}
        facts |= {
            "approved_on": AT.date(),
            "proof_on": date(2026, 9, 30),
            "benefit": Decimal(benefit),
            "cost": Decimal("5.0001"),
        }
        facts |= {"approved_by": who, "signed_in": False, "cites_value": 0.1}
        return ledger.append(tx, "approvals", facts, {"by": by, "note": "agreed"}, at=AT, person=who)


def test_money_is_kept_to_the_ten_thousandth(store):
    approve(store, benefit="99999999999999.9999")
    with store.reading() as tx:
        row = tx.execute(sa.select(schema.approvals)).one()
        kept = tx.execute(sa.text("select benefit from approvals")).scalar()
    assert (row.benefit, row.cost) == (Decimal("99999999999999.9999"), Decimal("5.0001"))
    assert kept == 999_999_999_999_999_999


@pytest.mark.parametrize("amount", ["0.00001", "100000000000000", "-100000000000000"])
def test_money_that_would_round_is_refused(amount):
    with pytest.raises(ValueError, match="no amount"):
        ten_thousandths(Decimal(amount))


def test_the_form_is_that_of_the_code(store):
    with store.reading() as tx:
        context = MigrationContext.configure(tx, opts={"target_metadata": schema.metadata})
        assert compare_metadata(context, schema.metadata) == []
        assert migrate.form(tx) == migrate.HEAD


def test_head_is_the_newest_migration():
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


@pytest.mark.parametrize("table", [t.name for t in (*schema.APPEND_ONLY, schema.entries)])
@pytest.mark.parametrize("change", ["update {} set {} = {}", "delete from {}"])
def test_register_and_audit_are_only_added_to(store, table, change):
    approve(store)
    with store.writing() as tx:
        who = tx.execute(sa.select(schema.people.c.person)).scalar()
        facts = {"initiative": "calls", "proof_on": date(2026, 9, 30), "run": "r", "as_of": date(2026, 9, 30)}
        ledger.append(tx, "signoffs", {"approval": 1, "signed_by": who, "signed_in": False}, {}, at=AT)
        ledger.append(tx, "proofs", facts, {}, at=AT)
        ledger.append(tx, "restatements", facts, {}, at=AT)
        ledger.append(tx, "closings", {"quarter": "2026 Q3", "last_day": AT.date(), "closed_by": who}, {}, at=AT)
        ledger.append(tx, "audit", {"action": "x", "subject_table": "t", "subject": "s"}, {}, at=AT)
    key = "seq" if table == "entries" else "entry"
    with pytest.raises(sa.exc.IntegrityError, match="only added to"), store.writing() as tx:
        tx.execute(sa.text(change.format(table, key, key)))
    with store.reading() as tx:
        assert ledger.verify(tx) == []
        assert ledger.head(tx).seq == 6


def test_words_are_erased_and_the_chain_stays_whole(store):
    approve(store)
    approve(store, "texts", by="B. Other")
    with store.writing() as tx:
        assert people.erase(tx, "A. Owner", AT) == 1
    with store.reading() as tx:
        assert ledger.verify(tx) == []
        assert ledger.words(tx, 1) == {}
        assert ledger.words(tx, 2)["by"] == "B. Other"
        kept = [str(row) for table in schema.metadata.sorted_tables for row in tx.execute(sa.select(table))]
    assert not [row for row in kept if "Owner" in row]


def test_words_cannot_be_rewritten(store):
    approve(store)
    with pytest.raises(sa.exc.IntegrityError, match="only erased"), store.writing() as tx:
        tx.execute(sa.update(schema.payloads).values(words="forged"))


TAMPERED = {
    "a benefit": ("approvals", "update approvals set benefit = 1", "row in approvals was changed"),
    "an approval taken out": ("approvals", "delete from approvals where entry = 1", "row in approvals is missing"),
    "words": ("payloads", "update payloads set words = 'x' where entry = 1", "words were changed"),
    "a moment": ("entries", "update entries set at = '2020-01-01T00:00:00.000000Z' where seq = 1", "was changed"),
    "an entry taken out": ("entries", "delete from entries where seq = 1", "missing before entry 2"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_past_the_triggers_is_found(tmp_path, what):
    store = open_store(tmp_path, SimpleNamespace(store_url=None))
    approve(store)
    approve(store, "texts")
    table, statement, said = TAMPERED[what]
    store.close()
    with closing(sqlite3.connect(store.where)) as raw, raw:
        for name in ("update", "delete"):
            raw.execute(f"drop trigger if exists {table}_{name}_refused")
        raw.execute(statement)
    with store.reading() as tx:
        assert any(said in fault for fault in ledger.verify(tx)), ledger.verify(tx)


def test_who_changes_second_sees_the_first_ones_change(store):
    values = {"initiative": "calls", "name": "Calls", "group": "Service", "owner": "A. Owner"}
    with store.writing() as tx:
        rows.add(tx, schema.initiatives, values, by="A. Owner", at=AT)
    with store.writing() as tx:
        rows.change(tx, schema.initiatives, "calls", {"owner": "B. Other"}, seen=1, by="B. Other", at=AT)
    with pytest.raises(ChangedMeanwhile, match=r"owner is now B\. Other") as caught, store.writing() as tx:
        rows.change(tx, schema.initiatives, "calls", {"owner": "C. Third"}, seen=1, by="C. Third", at=AT)
    assert caught.value.current["version"] == 2
    with store.reading() as tx:
        assert rows.get(tx, schema.initiatives, "calls")["owner"] == "B. Other"
        assert ledger.words(tx, 2) == {
            "by": "B. Other",
            "before": {"owner": "A. Owner"},
            "after": {"owner": "B. Other"},
        }


def test_many_writers_at_once_lose_and_double_nothing(store):
    def write(number):
        for at in range(5):
            approve(store, f"initiative {number}.{at}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        assert ledger.head(tx).seq == 20
        assert ledger.verify(tx) == []


def test_an_assignment_never_changes(store):
    rows_ = [treatments.Assignment(f"c{n % 3}", "calls", arm, AT) for n, arm in enumerate(("a", "control", "a", "b"))]
    with store.writing() as tx:
        assert treatments.assign(tx, rows_, by="worklist", at=AT) == 3
        assert treatments.assign(tx, rows_, by="worklist", at=AT) == 0
        assert treatments.assigned(tx, "calls") == {"c0": "a", "c1": "control", "c2": "a"}
        treatments.record_outcome(tx, "c0", "calls", {"outcome_code": "kept"}, by="A. Agent", at=AT)
    with pytest.raises(UsageError, match="not assigned"), store.writing() as tx:
        treatments.record_outcome(tx, "c9", "calls", {"outcome_code": "kept"}, by="A. Agent", at=AT)
    for statement in ("update treatments set arm = 'x'", "delete from treatments"):
        with pytest.raises(sa.exc.IntegrityError), store.writing() as tx:
            tx.execute(sa.text(statement))


def test_a_failed_transaction_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        people.person(tx, "A. Owner", AT)
        _ = 1 / 0
    with store.reading() as tx:
        assert people.names(tx) == {}


def test_sqlite_is_in_wal_mode_and_syncs_every_commit(tmp_path):
    store = open_store(tmp_path, SimpleNamespace(store_url=None))
    with store.reading() as tx:
        asked = {name: tx.exec_driver_sql(f"pragma {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    assert (tmp_path / ".worthline/store/store.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://someone:secret@127.0.0.1:1/none", "cannot be reached"),
        ("sqlite:////proc/nowhere/store.db", "cannot be reached"),
    ],
)
def test_a_store_that_is_not_there_is_said_without_its_password(tmp_path, url, said):
    with pytest.raises(StoreUnreachable, match=said) as caught:
        open_store(tmp_path, SimpleNamespace(store_url=url))
    assert "secret" not in str(caught.value)
    assert "Reading goes on" in str(caught.value)


def test_a_file_that_is_no_store_is_said(tmp_path):
    place = tmp_path / ".worthline/store"
    place.mkdir(parents=True)
    (place / "store.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnreachable, match="not a database"):
        open_store(tmp_path, SimpleNamespace(store_url=None))


def test_a_store_of_a_newer_worthline_is_left_alone(tmp_path):
    store = open_store(tmp_path, SimpleNamespace(store_url=None))
    with store.writing() as tx:
        tx.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreUnreachable, match="newer Worthline"):
        open_store(tmp_path, SimpleNamespace(store_url=None))
