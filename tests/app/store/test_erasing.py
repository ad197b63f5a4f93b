"""Erasing a customer: nothing of them is left in the store or in any snapshot, others keep theirs, the chain holds."""

import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from worthline.app.store import deliveries, erasing, ledger, schema, snapshot, treatments
from worthline.app.store.deliveries import Arrival, Settled
from worthline.errors import UsageError

AT = datetime(2026, 3, 1, tzinfo=UTC)


def wrote(store, customer, words):
    """A contact with what the customer said, an answer that arrived, and a case."""
    body = json.dumps({"customer_id": customer, "text": words}).encode()
    answer = {
        "feedback_id": f"f-{words[:4]}",
        "metric": "nps",
        "customer_id": customer,
        "text": words,
        "at": "2026-02-01",
    }
    with store.writing() as tx:
        treatments.assign(tx, [treatments.Assignment(customer, "calls", "treated", AT)], by="W", at=AT)
        values = {"outcome_code": "reached", "customer_said": words}
        treatments.record_outcome(tx, customer, "calls", values, by="W", at=AT)
        deliveries.keep(tx, [Arrival("form", words[:4], body, AT)])
        told = {"response": words[:4], "revision": "1", "answers": (answer,), "themes": ((),)}
        deliveries.settle(tx, [Settled("form", words[:4], AT, deliveries.READ, **told)])
        case = {"case": f"case-{words[:4]}", "customer_id": customer, "words": words, "opened_at": AT}
        tx.execute(sa.insert(schema.cases).values(version=1, changed_at=AT, **case))


def everything(store):
    with store.reading() as tx:
        return str([tuple(row) for table in schema.metadata.sorted_tables for row in tx.execute(sa.select(table))])


def in_snapshots(folder):
    return str([pq.read_table(path).to_pylist() for path in sorted(snapshot.place_of(folder).glob("*/*.parquet"))])


def test_nothing_of_an_erased_customer_is_left_and_the_chain_stays_whole(store, tmp_path):
    wrote(store, "C-4711", "Gone words")
    wrote(store, "C-4712", "Kept words")
    before = snapshot.export(store, tmp_path)
    assert "Gone words" in in_snapshots(tmp_path)
    with store.writing() as tx:
        assert erasing.customer(tx, "C-4711", by="W", at=AT) == 3
    assert erasing.snapshots(store, tmp_path, "C-4711") == []
    for text in (everything(store), in_snapshots(tmp_path)):
        assert "C-4711" not in text
        assert "Gone words" not in text
        assert "C-4712" in text
        assert "Kept words" in text
    assert (before.path / "treatments.parquet").is_file()
    with store.reading() as tx:
        assert ledger.verify(tx) == []
    assert [
        row["customer_id"] for row in pq.read_table(snapshot.latest(tmp_path).path / "treatments.parquet").to_pylist()
    ] == ["C-4712"]
    with pytest.raises(UsageError, match="nothing of a customer 'C-4711'"), store.writing() as tx:
        erasing.customer(tx, "C-4711", by="W", at=AT)
