"""What people wrote as files for a run: the same name for the same content, complete or not there, read by ingest."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from worthline.app.store import people, rows, schema, snapshot, treatments
from worthline.ingest.store import latest

AT = datetime(2026, 3, 1, tzinfo=UTC)


def wrote(store):
    with store.writing() as tx:
        treatments.assign(tx, [treatments.Assignment("c1", "calls", "treated", AT, cost=Decimal("2.5"))], by="W", at=AT)
        values = {"action": "call", "cost": Decimal("3.0001"), "capacity_per_week": 10}
        rows.add(tx, schema.actions, values, by="A. Owner", at=AT)


def read(folder):
    return latest(SimpleNamespace(folder=folder))


def test_nothing_written_is_no_snapshot(store, tmp_path):
    assert snapshot.export(store, tmp_path) is None
    assert read(tmp_path).snapshot is None


def test_the_name_is_made_of_the_content(store, tmp_path):
    wrote(store)
    first, again = snapshot.export(store, tmp_path), snapshot.export(store, tmp_path)
    assert first == again
    with store.writing() as tx:
        treatments.record_outcome(tx, "c1", "calls", {"outcome_code": "kept"}, by="A. Agent", at=AT)
    assert snapshot.export(store, tmp_path).name != first.name


def test_ingest_reads_the_latest_and_knows_the_head_of_the_chain(store, tmp_path):
    wrote(store)
    made = snapshot.export(store, tmp_path)
    written = read(tmp_path)
    assert (written.snapshot, written.head) == (made.name, {"seq": 2, "hash": made.head.hash})
    files = {source.table: path for source, path in written.sources}
    assert set(files) == {"actions", "treatments"}
    (row,) = pq.read_table(files["treatments"]).to_pylist()
    assert (row["cost"], row["at"], row["known_at"]) == (
        "2.5000",
        "2026-03-01T00:00:00.000000Z",
        "2026-03-01T00:00:00.000000Z",
    )
    (row,) = pq.read_table(files["actions"]).to_pylist()
    assert row == {"action": "call", "cost": "3.0001", "capacity_per_week": "10", "eligible": None, "offer_limit": None}


def test_the_latest_outcome_of_a_contact_counts(store, tmp_path):
    wrote(store)
    for code in ("no answer", "kept"):
        with store.writing() as tx:
            values = {"outcome_code": code, "customer_said": code.upper()}
            treatments.record_outcome(tx, "c1", "calls", values, by="A. Agent", at=AT)
    made = snapshot.export(store, tmp_path)
    (row,) = pq.read_table(made.path / "treatments.parquet").to_pylist()
    assert (row["outcome_code"], row["customer_said"]) == ("kept", "KEPT")


def test_no_name_of_who_writes_is_in_a_snapshot(store, tmp_path):
    wrote(store)
    made = snapshot.export(store, tmp_path)
    text = "".join(path.read_text() for path in made.path.glob("*.json"))
    text += "".join(str(pq.read_table(path).to_pylist()) for path in made.path.glob("*.parquet"))
    with store.reading() as tx:
        assert set(people.names(tx).values()) == {"A. Owner", "W"}
    assert "Owner" not in text


def test_what_a_killed_export_left_is_passed_over(store, tmp_path):
    wrote(store)
    made = snapshot.export(store, tmp_path)
    root = snapshot.place_of(tmp_path)
    (root / ".making-dead").mkdir()
    (root / "9999999999-half").mkdir()
    assert read(tmp_path).snapshot == made.name
    (root / "latest.json").write_text("{")
    (root / "9999999999-half").rmdir()
    assert read(tmp_path).snapshot == made.name  # by name, where the pointer is damaged


def test_old_snapshots_go_and_those_of_kept_runs_stay(store, tmp_path):
    wrote(store)
    first = snapshot.export(store, tmp_path)
    run = tmp_path / ".worthline/runs/abc"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"store_snapshot": first.name}))
    for number in range(6):
        with store.writing() as tx:
            people.person(tx, f"P {number}", AT)
            rows.add(tx, schema.groups, {"group": f"g{number}"}, by="A. Owner", at=AT)
        last = snapshot.export(store, tmp_path)
    there = {path.name for path in snapshot.place_of(tmp_path).iterdir() if path.is_dir()}
    assert {first.name, last.name} <= there
    assert len(there) <= snapshot.KEPT + 1


def test_a_snapshot_is_for_its_owner_alone(store, tmp_path):
    wrote(store)
    made = snapshot.export(store, tmp_path)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (made.path, *made.path.iterdir()))


@pytest.mark.parametrize("missing", ["about.json", "treatments.parquet"])
def test_a_snapshot_without_its_end_is_made_again(store, tmp_path, missing):
    wrote(store)
    made = snapshot.export(store, tmp_path)
    (made.path / missing).unlink()
    if missing == "about.json":
        assert snapshot.export(store, tmp_path) == made
        assert (made.path / missing).is_file()
