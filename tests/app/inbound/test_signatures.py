"""Signatures: the published vector of Standard Webhooks, its libraries' own cases, and what must be refused."""

import base64
import hashlib
import hmac
import json

import pytest

from worthline.app.inbound import signatures
from worthline.app.inbound.signatures import decoded, sign, verify_delighted, verify_standard

# The vector that every library of Standard Webhooks ships (libraries/*/test, "sign function works").
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SENT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
NOW = float(SENT)


def headers(**changed):
    given = {"webhook-id": ID, "webhook-timestamp": str(SENT), "webhook-signature": SIGNATURE}
    given |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in given.items() if value is not None}


def verdict(body=BODY, now=NOW, keys=(SECRET,), **changed):
    return verify_standard(headers(**changed), body, [decoded(k) for k in keys], now)


def test_published_vector_is_signed_and_verified():
    assert sign(decoded(SECRET), ID, SENT, BODY) == SIGNATURE
    assert verdict() == signatures.Verdict(ID)


def test_secret_with_and_without_its_prefix_is_the_same_key():
    assert decoded(SECRET) == decoded(SECRET.removeprefix("whsec_"))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_ab€"])
def test_secret_that_is_none_is_refused(secret):
    with pytest.raises(ValueError, match="secret is"):
        decoded(secret)


@pytest.mark.parametrize(
    "given",
    [
        f"{OTHER} v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {SIGNATURE} {OTHER}",  # the libraries' own case
        f"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== {SIGNATURE}",
    ],
)
def test_one_right_signature_among_several_is_enough(given):
    assert verdict(webhook_signature=given).is_valid


def test_in_rotation_both_secrets_hold_and_no_third():
    old, new, third = (base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2, 3))
    for secret, holds in ((old, True), (new, True), (third, False)):
        given = sign(decoded(secret), ID, SENT, BODY)
        assert verdict(keys=(old, new), webhook_signature=given).is_valid is holds


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": None},
        {"webhook_timestamp": None},
        {"webhook_signature": None},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,dawfeoifkpqwoekfpqoekf"},
        {"webhook_signature": SIGNATURE[:8]},
        {"webhook_signature": "v1,"},
        {"webhook_signature": SIGNATURE.replace("v1", "v2")},
        {"webhook_signature": SIGNATURE.removeprefix("v1,")},
        {"webhook_signature": " ".join([OTHER] * 10_000 + [SIGNATURE])},
        {"webhook_timestamp": "hello"},
        {"webhook_timestamp": "161426533.0"},
        {"webhook_timestamp": f"0{SENT}"},
        {"webhook_timestamp": f"+{SENT}"},
        {"webhook_timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"webhook_timestamp": "9" * 400},
        {"webhook_timestamp": str(SENT + 1)},
        {"webhook_id": "msg_another"},
        {"webhook_id": ""},
        {"webhook_id": "a" * 256},
        {"webhook_id": "msg\n1"},
    ],
)
def test_bad_headers_are_refused(changed):
    found = verdict(**changed)
    assert found.refusal
    assert found.delivery_id == ""


def test_another_body_another_secret_or_no_secret_is_refused():
    assert verdict(body=b'{"test": 2432232315}').refusal
    assert verdict(body=b"").refusal
    assert verdict(keys=(base64.b64encode(b"x" * 24).decode(),)).refusal
    assert verdict(keys=()).refusal


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
def test_a_signature_holds_for_five_minutes_on_either_side(seconds, holds):
    assert verdict(now=NOW + seconds).is_valid is holds


def test_a_full_stop_cannot_be_moved_between_id_time_and_body():
    """The signed text of (a.1, 2, b) is that of (a, 1, 2.b): an id with a full stop is refused."""
    key = decoded(SECRET)
    signed = sign(key, f"a.{SENT}", SENT, BODY)
    assert signed == sign(key, "a", SENT, f"{SENT}.".encode() + BODY)
    moved = {"webhook-id": f"a.{SENT}", "webhook-timestamp": str(SENT), "webhook-signature": signed}
    assert verify_standard(moved, BODY, [key], NOW).refusal


# Delighted: the header is sha256= and the HMAC-SHA256 of the body under the API key, in hexadecimal.
DELIGHTED = b"delighted-api-key"


def delighted(body, signature=None, keys=(DELIGHTED,)):
    signature = signature or "sha256=" + hmac.new(DELIGHTED, body, hashlib.sha256).hexdigest()
    return verify_delighted({"x-delighted-webhook-signature": signature}, body, list(keys), 0)


def test_delighted_is_known_by_its_event_id():
    body = json.dumps({"event_type": "survey_response.created", "event_id": "b8d057c5"}).encode()
    assert delighted(body) == signatures.Verdict("b8d057c5")
    assert delighted(body, keys=(b"old", DELIGHTED)).is_valid


@pytest.mark.parametrize("body", [b"{}", b"[]", b"no json", b'{"event_id": 7}', b"[" * 100_000, b'{"event_id": "a.b"}'])
def test_delighted_without_an_id_is_known_by_its_body(body):
    assert delighted(body).delivery_id == f"body-{hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize("signature", ["sha256=", "sha256=00", "sha1=" + "0" * 40, "x", "é", "sha256=" + "0" * 64])
def test_delighted_bad_signatures_are_refused(signature):
    assert delighted(b"{}", signature=signature).refusal


def test_every_secret_is_held_against_every_signature(monkeypatch):
    """Constant time: a right first signature does not end the comparing early."""
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(signatures.hmac, "compare_digest", lambda a, b: compared.append(1) or real(a, b))
    verdict(keys=(SECRET, SECRET), webhook_signature=f"{SIGNATURE} {OTHER} {OTHER}")
    assert len(compared) == 6
