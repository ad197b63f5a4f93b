"""Deliveries sent one to five times, shuffled, with kills in between, come to the same end."""

import hashlib
import json
import random
from datetime import timedelta

import pytest

from tests.app.inbound.senders import NOW, desk_of, store_at
from worthline.app.inbound.payloads import SourceRules
from worthline.app.routing.rules import read_rules
from worthline.app.store import deliveries, routings
from worthline.app.store.deliveries import CONFLICT, KNOWN, STORED, Arrival

RULES = read_rules(
    [
        {"name": "angry", "group": "Care", "when": "at once", "score_at_most": 6.0},
        {"name": "bills", "group": "Billing", "when": "weekly", "words": ["bill*"]},
    ]
)
SOURCES = {
    name: SourceRules(name, name if name != "own" else "standard") for name in ("own", "delighted", "formbricks")
}


def messages(count, seed):
    """Deliveries of three senders; every third response of Delighted and Formbricks is sent in several states."""
    rng = random.Random(seed)
    made = []
    for n in range(count):
        kind, response = rng.choice(("own", "delighted", "formbricks")), rng.randrange(count // 2)
        words = rng.choice(("The bill was wrong", "Thank you", "服务很差", "billing again", ""))
        score, changed = rng.randrange(11), 1_790_000_000 + rng.randrange(5)
        body = {
            "own": {"data": {"text": words or "x", "score": score, "metric": "nps", "feedback_id": str(response),
                             "updated_at": changed}},
            "delighted": {"event_type": rng.choice(("survey_response.created", "survey_response.updated", "unsubscribe.x")),
                          "event_id": f"e{n}",
                          "event_data": {"id": str(response), "survey_type": "nps", "score": score, "comment": words,
                                         "created_at": 1_790_000_000, "updated_at": changed}},
            "formbricks": {"event": rng.choice(("responseCreated", "responseUpdated", "responseFinished")),
                           "data": {"id": str(response), "createdAt": "2026-09-01T00:00:00Z",
                                    "updatedAt": f"2026-09-01T00:00:0{rng.randrange(5)}Z",
                                    "data": {"nps": score, "why": words}}},
        }[kind]  # fmt: skip
        if kind == "own" and n % 7 == 0:  # several responses in one message, some of them sent elsewhere too
            body["data"] = [body["data"], body["data"] | {"feedback_id": str(rng.randrange(count // 2)), "score": 3}]
        raw = b"no json %d" % n if n % 50 == 0 else json.dumps(body).encode()
        # Delighted's id stands in its body; a body without one is known by its sha256.
        name = f"m{n}" if kind != "delighted" else f"e{n}" if n % 50 else f"body-{hashlib.sha256(raw).hexdigest()}"
        made.append((kind, name, raw))
    return made


def end_state(store):
    """All that is stored, without times, which differ by when what arrived."""
    with store.reading() as tx:
        items = {
            name: {k: v for k, v in answer.items() if k not in ("received_at", "at")}
            for name, answer in deliveries.answers(tx).items()
        }
        ways = sorted(
            (r["item"], r["group"], r["cadence"], r["rule"], r["reason"]) for r in routings.inbox(tx, most=10**6)
        )
        rows = [{k: v for k, v in row.items() if k not in ("known_at", "at")} for row in deliveries.feedback(tx)]
        return deliveries.counts(tx), items, ways, rows


def deliver(path, sent, rng):
    """Store and route in pieces of random size, each piece by a process that may be killed before it commits."""
    clock = iter(range(10**9))
    return delivered(store_at(path, lambda: NOW + timedelta(seconds=next(clock))), sent, rng)


def delivered(store, sent, rng):
    """The same, in a store that is there."""
    desk = desk_of(store, RULES, SOURCES)
    at = 0
    while at < len(sent):
        piece = sent[at : at + rng.randint(1, 40)]
        arrivals = [Arrival(source, name, body, store.clock()) for source, name, body in piece]
        try:
            with store.writing() as tx:
                outcomes = deliveries.keep(tx, arrivals)
                if rng.random() < 0.2:
                    raise Killed
        except Killed:
            continue  # nothing was acknowledged: the sender sends the piece again
        assert set(outcomes) <= {STORED, KNOWN}
        at += len(piece)
        if rng.random() < 0.5:
            desk.work(rng.randint(1, 30))
    desk.work_off()
    return store


class Killed(Exception):
    """The process ended within its transaction."""


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_number_comes_to_the_same_end(tmp_path, seed):
    made = messages(300, seed)
    once = deliver(tmp_path / "once.db", made, random.Random(0))
    rng = random.Random(seed)
    shuffled = [one for one in made for _ in range(rng.randint(1, 5))]
    rng.shuffle(shuffled)
    often = deliver(tmp_path / "often.db", shuffled, rng)
    expected, found = end_state(once), end_state(often)
    assert sum(expected[0].values()) == len(made), "each delivery is there once"
    assert found == expected


def test_the_latest_revision_counts_by_hand(tmp_path):
    store = store_at(tmp_path / "s.db")
    desk = desk_of(store, RULES, SOURCES)

    def say(name, score, changed):
        data = {"id": "1", "survey_type": "nps", "score": score, "created_at": 1_790_000_000, "updated_at": changed}
        body = json.dumps({"event_type": "survey_response.updated", "event_id": name, "event_data": data}).encode()
        with store.writing() as tx:
            deliveries.keep(tx, [Arrival("delighted", name, body, NOW)])
        desk.work_off()
        with store.reading() as tx:
            (answer,) = deliveries.answers(tx).values()
            return answer["score"], [row["group"] for row in routings.inbox(tx)]

    assert say("a", 9, 1_790_000_001) == ("9", [])
    assert say("b", 2, 1_790_000_003) == ("2", ["Care"]), "changed to a detractor: now it is routed"
    assert say("c", 10, 1_790_000_002) == ("2", ["Care"]), "an earlier change that arrives late changes nothing"
    assert say("d", 9, 1_790_000_004) == ("9", []), "and leaves an inbox where nobody has read it"


def test_what_was_read_stays_in_the_inbox_although_the_answer_changed(tmp_path):
    store = store_at(tmp_path / "s.db")
    desk = desk_of(store, RULES, SOURCES)
    for name, score, changed in (("a", 2, 1), ("b", 9, 2)):
        data = {"score": score, "metric": "nps", "feedback_id": "1", "updated_at": 1_790_000_000 + changed}
        with store.writing() as tx:
            deliveries.keep(tx, [Arrival("own", name, json.dumps({"data": data}).encode(), NOW)])
        desk.work_off()
        with store.writing() as tx:
            if name == "a":
                assert routings.mark(tx, "own-1:nps", "Care", "read", by="R. Okafor", at=NOW)
    with store.reading() as tx:
        assert [row["group"] for row in routings.inbox(tx)] == ["Care"]


def test_conflicts_within_one_transaction_are_seen(tmp_path):
    store = store_at(tmp_path / "s.db")
    with store.writing() as tx:
        arrivals = [Arrival("own", "a", body, NOW) for body in (b"1", b"1", b"2")]
        assert deliveries.keep(tx, arrivals) == [STORED, KNOWN, CONFLICT]


def test_in_is_used_and_quarantined(tmp_path):
    """What cannot be read is a row that the run sets aside; what is no answer is none."""
    store = store_at(tmp_path / "s.db")
    bodies = {"a": b"no json", "b": b'{"data": {"text": "x"}}', "c": b'{"type": "ping", "data": {}}'}
    with store.writing() as tx:
        deliveries.keep(tx, [Arrival("own", name, body, NOW) for name, body in bodies.items()])
    desk_of(store).work_off()
    with store.reading() as tx:
        assert deliveries.counts(tx) == {("own", "unreadable"): 1, ("own", "read"): 1, ("own", "ignored"): 1}
        rows = deliveries.feedback(tx)
    assert [(row["feedback_id"], row["text"], row["score"]) for row in rows] == [
        ("own-a", None, None), ("own-b", "x", None),
    ]  # fmt: skip
    assert {tuple(row) for row in rows} == {deliveries.FEEDBACK}


def test_erased_words_are_gone_and_stay_gone(tmp_path):
    store = store_at(tmp_path / "s.db")
    desk = desk_of(store)
    for name, changed in (("a", 1), ("b", 2), ("c", 3)):
        data = {"text": "canary", "feedback_id": "1", "customer_id": "LM1", "updated_at": 1_790_000_000 + changed}
        with store.writing() as tx:
            deliveries.keep(tx, [Arrival("own", name, json.dumps({"data": data}).encode(), NOW)])
        desk.work_off()
        if name == "b":
            with store.writing() as tx:
                assert deliveries.erase(tx, "LM1", NOW) == 1
    with store.reading() as tx:
        assert deliveries.answers(tx) == {}
        assert deliveries.feedback(tx) == []
