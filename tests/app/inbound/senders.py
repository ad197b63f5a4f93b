"""Sends webhooks as a sender would: signed, by its own clock."""

import base64
import json
from datetime import UTC, datetime

from worthline.app.inbound.payloads import SourceRules
from worthline.app.inbound.receive import Receiver
from worthline.app.inbound.settings import Source
from worthline.app.inbound.signatures import decoded, sign
from worthline.app.inbound.writer import Writer
from worthline.app.routing.context import Context
from worthline.app.routing.desk import Desk
from worthline.app.store.migrate import bring_up
from worthline.app.store.opening import Store, _sqlite

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)


def store_at(path, clock=lambda: NOW):
    engine = _sqlite(path)
    bring_up(engine, str(path))
    return Store(engine, str(path), clock)


def desk_of(store, rules=(), sources=None, context=None):
    sources = sources or {"own": SourceRules("own"), "delighted": SourceRules("delighted", "delighted")}
    return Desk(store, lambda: (sources, rules), lambda: context or Context(None))


def signed(body, delivery_id, sent=None, secret=SECRET, **more):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = int(NOW.timestamp() if sent is None else sent)
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(sent),
        "webhook-signature": sign(decoded(secret), delivery_id, sent, body),
    }
    return body, {**headers, **more}


def receiver_of(desk, monkeypatch=None, hosts=()):
    source = Source(SourceRules("own"), "WORTHLINE_INBOUND_OWN", None, tuple(hosts))
    writer = Writer(lambda: desk)
    return Receiver(lambda: {"own": source}, writer, now=NOW.timestamp), writer
