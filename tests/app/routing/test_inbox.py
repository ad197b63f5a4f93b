"""Inboxes: states, durations, groups that never read, digests sent once, and nothing said of anybody."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.app.inbound.senders import NOW, desk_of, store_at
from worthline.app.routing import digest, inbox, notify
from worthline.app.routing.context import Context
from worthline.app.routing.rules import read_rules
from worthline.app.store import deliveries, routings
from worthline.app.store.deliveries import Arrival
from worthline.errors import NoSuchName, UsageError

RULES = read_rules(
    [
        {"name": "angry", "group": "Care", "when": "at once", "score_at_most": 6.0},
        {"name": "bills", "group": "Billing", "when": "weekly", "words": ["bill*"]},
    ]
)
NOBODY = Context(None)


class Clock:
    """A clock that is set."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def office(tmp_path):
    """A store, its clock, and `say`, which has something arrive."""
    clock = Clock()
    store = store_at(tmp_path / "s.db", clock)
    desk = desk_of(store, RULES)

    def say(name, text="", score=None, **more):
        data = {"text": text, "score": score, "metric": "nps", **more}
        body = json.dumps({"data": {k: v for k, v in data.items() if v not in (None, "")}}).encode()
        with store.writing() as tx:
            deliveries.keep(tx, [Arrival("own", name, body, clock())])
        desk.work_off()

    def mark(item, group, state, hours):
        clock.now += timedelta(hours=hours)
        with store.writing() as tx:
            return routings.mark(tx, item, group, state, by="R. Okafor", at=clock())

    yield store, clock, say, mark
    store.close()


def test_states_and_durations_by_hand(office):
    store, _, say, mark = office
    say("a", "The bill is wrong", 2)
    say("b", "Rude", 3)
    say("c", "Slow", 4)
    assert mark("own-a:nps", "Care", "read", 1)  # a: read after 1 h
    assert not mark("own-a:nps", "Care", "read", 1), "a second time is no news"
    assert mark("own-a:nps", "Care", "acted", 1)  # a: acted on after 3 h
    assert mark("own-b:nps", "Care", "closed", 2)  # b: read and closed after 5 h
    assert mark("own-a:nps", "Care", "told_back", 0)
    care, billing = inbox.groups(store)
    assert (care.group, care.items, care.unread, care.not_closed, care.told_back) == ("Care", 3, 1, 2, 1)
    assert (care.hours_to_read, care.hours_to_act, care.hours_to_close) == (3.0, 3.0, 5.0)  # median of 1 and 5 is 3
    assert (billing.items, billing.unread, billing.hours_to_read) == (1, 1, None)
    states = {entry.item: entry.state for entry in inbox.entries(store, NOBODY, "Care")}
    assert states == {"own-a:nps": "acted, told back", "own-b:nps": "closed", "own-c:nps": "routed"}
    assert [e.item for e in inbox.entries(store, NOBODY, "Care")] == ["own-c:nps", "own-a:nps", "own-b:nps"]
    assert len(inbox.entries(store, NOBODY, "Care", is_open=True)) == 2


def test_wrong_states_and_items_are_refused(office):
    _, _, say, mark = office
    say("a", "x", 2)
    with pytest.raises(UsageError, match="no state"):
        mark("own-a:nps", "Care", "eaten", 0)
    with pytest.raises(NoSuchName):
        mark("own-a:nps", "Billing", "read", 0)
    with pytest.raises(NoSuchName):
        mark("' or 1=1", "Care", "read", 0)


def test_a_group_that_never_reads_is_seen(office):
    store, clock, say, mark = office
    say("a", "x", 2)
    say("b", "bill", 9)
    mark("own-a:nps", "Care", "read", 0)
    clock.now += timedelta(days=7)
    assert [g.group for g in inbox.groups(store) if g.never_reads] == []
    clock.now += timedelta(minutes=1)
    assert [g.group for g in inbox.groups(store) if g.never_reads] == ["Billing"]


HOSTILE = "<script>alert(1)</script> =HYPERLINK('x') @everyone <!channel> https://evil.example *b* jo@example.com +49 30 1234567"


def sent_messages(store, addresses, monkeypatch, fails=False):
    told = []

    def send(address, found):
        told.append((address, found.cadence, found.title, digest.text(found)))
        return not fails

    settings = {}
    for number, (group, address) in enumerate(addresses.items()):
        monkeypatch.setenv(f"NOTIFY_{number}", address)
        settings[group] = {"url_env": f"NOTIFY_{number}"}
    return notify.Notifier(store, settings, lambda: NOBODY, "UTC", send), told


def test_at_once_is_sent_once_and_masked(office, monkeypatch):
    store, _, say, _ = office
    notifier, told = sent_messages(store, {"Care": "json://localhost"}, monkeypatch)
    say("a", HOSTILE, 2)
    assert (notifier.at_once(), notifier.at_once()) == (1, 0)
    ((address, cadence, title, text),) = told
    assert (address, cadence, title) == ("json://localhost", "at once", "1 new comment for Care (at once)")
    for word in ("jo@", "1234567", "<script>", "<!channel>", "@everyone", "https://", "*b*"):
        assert word not in text
    assert "[e-mail]".replace("[", "(").replace("]", ")") in text


def test_nothing_is_sent_where_nothing_is_configured(office, monkeypatch):
    store, _, say, _ = office
    notifier, told = sent_messages(store, {"Care": ""}, monkeypatch)
    say("a", "x", 2)
    assert (notifier.at_once(), notifier.due(), told) == (0, 0, [])
    with pytest.raises(UsageError, match="No address is set for Care"):
        notifier.now("Care")


def test_a_weekly_digest_is_sent_once_after_its_week(office, monkeypatch):
    store, clock, say, _ = office  # NOW is Wednesday 30 September 2026
    notifier, told = sent_messages(store, {"Billing": "json://localhost"}, monkeypatch)
    say("a", "bill one", 9)
    say("b", "bill two", 9)
    assert notifier.due() == 0, "the week is not over"
    clock.now = NOW + timedelta(days=5)  # Monday
    say("c", "bill three", 9)
    assert (notifier.due(), notifier.due()) == (2, 0)
    assert told[0][1:3] == ("weekly", "2 new comments for Billing (weekly)")
    assert "three" not in told[0][3]
    clock.now = NOW + timedelta(days=12)
    assert notifier.due() == 1


def test_a_message_that_fails_is_tried_again(office, monkeypatch):
    store, clock, say, _ = office
    say("a", "bill", 2)
    clock.now = NOW + timedelta(days=5)
    failing, _ = sent_messages(store, {"Billing": "json://x", "Care": "json://y"}, monkeypatch, fails=True)
    assert (failing.at_once(), failing.due()) == (0, 0)
    working, told = sent_messages(store, {"Billing": "json://x", "Care": "json://y"}, monkeypatch)
    assert (working.at_once(), working.due(), len(told)) == (1, 1, 2)


def test_what_was_read_in_the_app_is_not_sent(office, monkeypatch):
    store, _, say, mark = office
    notifier, _ = sent_messages(store, {"Care": "json://x"}, monkeypatch)
    say("a", "x", 2)
    mark("own-a:nps", "Care", "read", 0)
    assert notifier.at_once() == 0


@pytest.mark.parametrize(
    ("cadence", "at", "zone", "name", "end"),
    [
        ("daily", "2026-09-30T12:00+00:00", "UTC", "2026-09-29", "2026-09-30T00:00+00:00"),
        ("weekly", "2026-09-30T12:00+00:00", "UTC", "2026-W39", "2026-09-28T00:00+00:00"),
        ("weekly", "2027-01-04T00:00+00:00", "UTC", "2026-W53", "2027-01-04T00:00+00:00"),
        ("monthly", "2026-03-01T02:00+00:00", "America/New_York", "2026-01", "2026-02-01T05:00+00:00"),
        ("monthly", "2026-03-01T05:00+00:00", "America/New_York", "2026-02", "2026-03-01T05:00+00:00"),
    ],
)
def test_periods_by_the_calendar(cadence, at, zone, name, end):
    found, moment = digest.period(cadence, datetime.fromisoformat(at), zone)
    assert (found, moment.astimezone(UTC).isoformat(timespec="minutes")) == (name, end)


def test_long_digests_are_cut_and_say_so(office, monkeypatch):
    store, _, say, _ = office
    for n in range(25):
        say(f"m{n}", "x " * 1000, 1)
    notifier, told = sent_messages(store, {"Care": "json://x"}, monkeypatch)
    assert notifier.now("Care") == 25
    assert "… and 5 more." in told[0][3]
    assert len(told[0][3]) < 20 * 500
