"""The address of webhooks: what is acknowledged is on disk, what is refused leaves nothing."""

import asyncio
import json
import threading
from concurrent.futures import Future

import pytest
from starlette.testclient import TestClient

from tests.app.inbound.senders import NOW, SECRET, desk_of, receiver_of, signed, store_at
from worthline.app.inbound import receive
from worthline.app.inbound.receive import Acknowledged
from worthline.app.store import deliveries
from worthline.app.web.guard import Guard


@pytest.fixture
def address(tmp_path, monkeypatch):
    """Posts to the receiver behind the guard; its store is reachable as `address.store`."""
    monkeypatch.setenv("WORTHLINE_INBOUND_OWN", SECRET)
    store = store_at(tmp_path / "store.db")
    receiver, writer = receiver_of(desk_of(store), hosts=["hooks.example.com"])

    async def site(scope, receive, send):
        raise AssertionError("the site must not be asked")

    client = TestClient(Guard(site, receiver), base_url="http://127.0.0.1:8765")

    def post(body, headers, path="/inbound/own", method="POST"):
        return client.request(method, path, content=body, headers=headers)

    post.store, post.writer = store, writer
    yield post
    writer.stop()
    store.close()


def kept(store):
    with store.reading() as tx:
        return sum(deliveries.counts(tx).values())


def test_acknowledged_is_stored(address):
    answer = address(*signed({"data": {"text": "hello"}}, "m1"))
    assert (answer.status_code, answer.json()) == (200, {"id": "m1", "status": "stored"})
    assert kept(address.store) == 1, "before the answer, not some time after it"
    again = address(*signed({"data": {"text": "hello"}}, "m1"))
    assert (again.status_code, again.json()["status"]) == (200, "stored before")
    retried = address(*signed({"data": {"text": "hello"}}, "m1", sent=NOW.timestamp() + 60))
    assert retried.status_code == 200, "a retry bears a new time and signature"
    assert kept(address.store) == 1


BODY = {"data": {"text": "hello"}}


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (401, {"webhook-signature": "v1,AAAA"}),
        (401, {"webhook-id": "m2"}),
        (401, {"webhook-timestamp": str(int(NOW.timestamp()) - 1)}),
        (415, {"content-type": "text/plain"}),
        (415, {"content-type": "application/x-www-form-urlencoded"}),
        (415, {"content-type": "multipart/form-data; boundary=x"}),
        (415, {"content-encoding": "gzip"}),
        (403, {"origin": "http://127.0.0.1:8765"}),
        (403, {"origin": "https://evil.example"}),
        (403, {"sec-fetch-site": "same-origin"}),
        (403, {"cookie": "session=1"}),
        (421, {"host": "evil.example"}),
        (421, {"host": "localhost.evil.example"}),
    ],
)
def test_refused_leaves_nothing(address, status, changed):
    body, headers = signed(BODY, "m1")
    assert address(body, {**headers, **changed}).status_code == status
    assert kept(address.store) == 0


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_without_a_header_it_is_refused(address, missing):
    body, headers = signed(BODY, "m1")
    del headers[missing]
    assert address(body, headers).status_code == 401


def test_expired_and_replayed_signatures_are_refused(address):
    assert address(*signed(BODY, "m1", sent=NOW.timestamp() - 301)).status_code == 401
    assert address(*signed(BODY, "m1", sent=NOW.timestamp() + 301)).status_code == 401
    body, headers = signed(BODY, "m1")
    assert address(body, headers).status_code == 200
    assert address(b'{"data": {"text": "another"}}', headers).status_code == 401, "the signature on another body"
    assert address(body, {**headers, "webhook-id": "m9"}).status_code == 401, "the signature under another id"
    assert address(body, headers, path="/inbound/another").status_code == 404
    assert kept(address.store) == 1


def test_another_body_under_a_known_id_is_a_conflict_and_changes_nothing(address):
    address(*signed(BODY, "m1"))
    assert address(*signed({"data": {"text": "other"}}, "m1")).status_code == 409
    with address.store.reading() as tx:
        assert deliveries.waiting(tx, 9) == [] or json.loads(deliveries.waiting(tx, 9)[0].body) == BODY


def test_reading_and_other_methods_are_refused(address):
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"):
        assert address(*signed(BODY, "m1"), method=method).status_code == 405
    assert kept(address.store) == 0


def test_a_body_that_is_too_long_is_refused_before_it_is_read(address, monkeypatch):
    monkeypatch.setattr(receive, "LARGEST", 100)
    assert address(*signed({"data": {"text": "x" * 200}}, "m1")).status_code == 413
    monkeypatch.setattr(receive, "LARGEST", 1000)
    monkeypatch.setattr(receive, "IN_FLIGHT", 100)
    assert address(*signed({"data": {"text": "x" * 200}}, "m1")).status_code == 503


def test_a_million_characters_fit(address):
    assert address(*signed({"data": {"text": "ж" * 1_000_000}}, "m1")).status_code == 200


def test_without_a_secret_nothing_is_taken(address, monkeypatch):
    monkeypatch.setenv("WORTHLINE_INBOUND_OWN", "")
    answer = address(*signed(BODY, "m1"))
    assert answer.status_code == 503
    assert "WORTHLINE_INBOUND_OWN" in answer.json()["error"]


def test_a_broken_secret_is_never_shown(address, monkeypatch):
    monkeypatch.setenv("WORTHLINE_INBOUND_OWN", "whsec_not-base64-hunter2!")
    answer = address(*signed(BODY, "m1"))
    assert answer.status_code == 503
    assert "hunter2" not in answer.text


def test_a_proxys_name_reaches_webhooks_and_nothing_else(address):
    body, headers = signed(BODY, "m1")
    assert address(body, {**headers, "host": "hooks.example.com"}).status_code == 200
    assert address(b"", {"host": "hooks.example.com"}, path="/", method="GET").status_code == 421


def test_where_the_store_fails_the_sender_is_told_to_try_again(address, monkeypatch):
    def fails(tx, arrivals):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deliveries, "keep", fails)
    answer = address(*signed(BODY, "m1"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()


def test_many_at_once_are_each_acknowledged(address):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: address(*signed(BODY, f"m{n % 50}")).json()["status"], range(200)))
    assert (answers.count("stored"), len(answers)) == (50, 200)
    assert kept(address.store) == 50


def test_a_loop_that_ended_while_its_sender_waited_keeps_no_later_one_waiting():
    """Each loop is woken for itself: what was said to one that is closed is nobody's any more."""
    acknowledged, first = Acknowledged(), Future()

    async def gives_up():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await acknowledged.of(first)

    async def waits():
        later: Future[str] = Future()
        threading.Timer(0.02, later.set_result, ("stored",)).start()
        async with asyncio.timeout(5):
            return await acknowledged.of(later)

    asyncio.run(gives_up())
    first.set_result("stored")
    assert [asyncio.run(waits()), asyncio.run(waits())] == ["stored", "stored"]


def test_acknowledgements_of_a_moment_wake_the_loop_once(monkeypatch):
    async def play():
        loop, woken = asyncio.get_running_loop(), []
        real = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *given: (woken.append(1), real(*given))[1])
        acknowledged, promised = Acknowledged(), [Future() for _ in range(50)]
        waiting = [asyncio.ensure_future(acknowledged.of(one)) for one in promised]
        await asyncio.sleep(0)
        for number, one in enumerate(promised):
            one.set_result(str(number)) if number != 7 else one.set_exception(OSError("full"))
        said = await asyncio.gather(*waiting, return_exceptions=True)
        return said, len(woken)

    said, woken = asyncio.run(play())
    assert [str(one) for one in said] == [*map(str, range(7)), "full", *map(str, range(8, 50))]
    assert woken == 1
