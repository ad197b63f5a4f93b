"""Whether a webhook was signed by whom it claims, for this message, lately.

Reads     the headers and the raw body of a delivery, the secrets of its source, the time now.
Gives     Verdict: the delivery's id, or why it is refused.
Method    Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
          HMAC-SHA256 over `id.timestamp.body`, base64, as `v1,<signature>`, several parted by spaces; five minutes
          of tolerance. Formbricks signs so. Delighted: `sha256=<hex HMAC-SHA256 of the body>` under its API key,
          with the id in the body (`event_id`). Every secret is held against every signature, none left out early.
Assumes   the body is the bytes that came over the wire, not JSON that was parsed and written again.
Not for   ed25519 signatures (`v1a`): they are skipped like any unknown version.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PREFIX = "whsec_"
TOLERANCE = 300
"""Seconds by which the sender's clock, or the way here, may be off; on either side."""
MOST_SIGNATURES = 16
"""Signatures read from one header: two secrets in rotation need two."""
_ID = re.compile(r"[!-\-/-~]{1,255}")  # printable, no blank, no full stop: the specification forbids it in an id
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a signature says: the id under which the delivery is kept, or why it is refused."""

    delivery_id: str
    refusal: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the delivery may be stored."""
        return not self.refusal


def decoded(secret: str) -> bytes:
    """The key bytes of a secret in the form of Standard Webhooks (`whsec_` optional); raises ValueError."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the secret is not base64 after whsec_") from None
    if not key:
        raise ValueError("the secret is empty")
    return key


def sign(key: bytes, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of one message, as the specification has it."""
    signed = hmac.new(key, f"{delivery_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def verify_standard(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float) -> Verdict:
    """Check a delivery by Standard Webhooks; `headers` by lower-case name, `now` in seconds since 1970."""
    delivery_id = headers.get("webhook-id", "")
    sent = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not _ID.fullmatch(delivery_id) or not _TIMESTAMP.fullmatch(sent) or not given:
        return Verdict("", "the headers webhook-id, webhook-timestamp and webhook-signature are missing or malformed")
    expected = [sign(key, delivery_id, int(sent), body) for key in keys]
    # The header's own spelling of the time is signed: 007 and 7 are two texts.
    if str(int(sent)) != sent:
        expected = []
    signatures = given.split(" ")[:MOST_SIGNATURES]
    if not _any_equal(signatures, expected):
        return Verdict("", "the signature does not belong to this message")
    if abs(now - int(sent)) > TOLERANCE:
        return Verdict("", f"the message was signed more than {TOLERANCE // 60} minutes ago, or in the future")
    return Verdict(delivery_id)


def verify_delighted(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float) -> Verdict:
    """Check a delivery by Delighted's signature, which bears no time: `now` is not used.

    Its `event_id` stands in the signed body. What is sent again, whenever, is the same delivery and changes nothing.
    """
    given = headers.get("x-delighted-webhook-signature", "")
    expected = [f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}" for key in keys]
    if not given or not _any_equal([given.lower()], expected):
        return Verdict("", "the signature does not belong to this message")
    try:
        event_id = json.loads(body)["event_id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        event_id = None
    named = isinstance(event_id, str) and _ID.fullmatch(event_id)
    return Verdict(str(event_id) if named else f"body-{hashlib.sha256(body).hexdigest()}")


def _any_equal(given: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether one of `given` is one of `expected`; takes the same time wherever the first difference is."""
    found = False
    for one in given:
        for other in expected:
            found |= hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
    return found
