"""The writer: a lone delivery is stored at once, many share a transaction, and a stream does not keep routing waiting."""

import time
from datetime import timedelta

import pytest

from tests.app.inbound.senders import NOW, desk_of, store_at
from worthline.app.inbound import writer as writing
from worthline.app.inbound.writer import Writer
from worthline.app.store import deliveries
from worthline.app.store.deliveries import Arrival


def arrival(n: int) -> Arrival:
    return Arrival("own", f"m{n:06d}", b'{"data": {"text": "hello"}}', NOW + timedelta(milliseconds=n))


@pytest.fixture
def listening(tmp_path, monkeypatch):
    """(store, writer, sizes): `sizes` gets how many deliveries each transaction keeps."""
    store, sizes = store_at(tmp_path / "store.db"), []
    keep = deliveries.keep
    monkeypatch.setattr(deliveries, "keep", lambda tx, arrivals: (sizes.append(len(arrivals)), keep(tx, arrivals))[1])
    writer = Writer(lambda: desk_of(store))
    yield store, writer, sizes
    writer.stop()
    store.close()


def states(store) -> dict[str, int]:
    with store.reading() as tx:
        return {state: n for (_, state), n in deliveries.counts(tx).items()}


def test_what_arrives_soon_after_a_transaction_shares_the_next_one(listening, monkeypatch):
    monkeypatch.setattr(writing, "GATHER", 0.5)
    _, writer, sizes = listening
    assert writer.submit(arrival(0)).result(10) == "stored"
    promised = []
    for n in range(1, 41):
        promised.append(writer.submit(arrival(n)))
        time.sleep(0.002)
    assert {one.result(10) for one in promised} == {"stored"}
    assert sizes == [1, 40], "40 within 0.1 s, half a second of gathering"


def test_a_lone_delivery_does_not_wait_for_others(listening, monkeypatch):
    _, writer, _ = listening
    writer.submit(arrival(0)).result(10)  # the store is open
    monkeypatch.setattr(writing, "GATHER", 0.3)
    time.sleep(0.4)
    began = time.perf_counter()
    writer.submit(arrival(1)).result(10)
    assert time.perf_counter() - began < 0.3, "nothing was written for longer than GATHER"


def test_a_stream_that_never_pauses_is_routed_meanwhile(listening, monkeypatch):
    monkeypatch.setattr(writing, "TURN", 0.05)
    store, writer, _ = listening
    until, n = time.monotonic() + 20, 0
    while time.monotonic() < until and not states(store).get("read"):
        writer.submit(arrival(n))
        n += 1
        time.sleep(0.001)
    assert states(store).get("read"), "routed while more arrived"


def test_more_than_a_piece_is_routed_without_a_pause(listening, monkeypatch):
    monkeypatch.setattr(writing, "PIECE", 3)
    monkeypatch.setattr(writing, "PAUSE", 5.0)
    store, writer, _ = listening
    for promised in [writer.submit(arrival(n)) for n in range(20)]:
        promised.result(10)
    until = time.monotonic() + 4
    while time.monotonic() < until and states(store) != {"read": 20}:
        time.sleep(0.02)
    assert states(store) == {"read": 20}, "seven pieces within the pause of one"
