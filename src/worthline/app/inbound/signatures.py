"""Whether a webhook was signed by whom it claims, for this message, lately.

Reads     the headers and the raw body of a delivery, the secrets of its source, the time now.
Gives     Verdict: the delivery's id, or why it is refused.
Method    Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
          HMAC-SHA256 over `id.timestamp.body`, base64, as `v1,<signature>`, several parted by spaces; five minutes
          of tolerance. Formbricks signs so. With a public key (`whpk_`) the same text is signed by ed25519, as
          `v1a,<signature>`. Delighted: `sha256=<hex HMAC-SHA256 of the body>` under its API key,
          with the id in the body (`event_id`). Every secret is held against every signature, none left out early.
Assumes   the body is the bytes that came over the wire, not JSON that was parsed and written again.
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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX = "whsec_"
PUBLIC, PRIVATE = "whpk_", "whsk_"
Key = bytes | Ed25519PublicKey
"""A shared secret, which signs `v1`, or a public key, which checks `v1a`. Never the one as the other."""
TOLERANCE = 300
"""Seconds by which the sender's clock, or the way here, may be off; on either side."""
MOST_SIGNATURES = 16
"""Signatures read from one header: two secrets in rotation need two."""
MOST_BY_KEY = 4
"""Signatures `v1a` of one header that are checked, as anybody can send them."""
_PRIME = 2**255 - 19
_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _ORDER_EIGHT, _PRIME - _ORDER_EIGHT, _PRIME, _PRIME + 1})
"""Second coordinates of the points whose order divides 8, in every spelling: under such a key anybody can sign."""
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
    key = _from_base64(secret.strip().removeprefix(PREFIX))
    if key is None:
        raise ValueError("the secret is not base64 after whsec_")
    if not key:
        raise ValueError("the secret is empty")
    return key


def key_of(setting: str) -> Key:
    """A shared secret (`whsec_`) or a sender's public key (`whpk_`) as a company writes it; raises ValueError."""
    setting = setting.strip()
    if setting.startswith(PRIVATE):
        raise ValueError("the secret is the sender's private key (whsk_): only the public one (whpk_) belongs here")
    if not setting.startswith(PUBLIC):
        return decoded(setting)
    encoded = _from_base64(setting.removeprefix(PUBLIC)) or b""
    if len(encoded) != 32 or int.from_bytes(encoded, "little") & (2**255 - 1) in SMALL_ORDER:
        raise ValueError("the public key is not 32 bytes of ed25519 in base64 after whpk_")
    return Ed25519PublicKey.from_public_bytes(encoded)


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def sign(key: bytes, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of one message, as the specification has it."""
    signed = hmac.new(key, f"{delivery_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def verify_standard(headers: Mapping[str, str], body: bytes, keys: Sequence[Key], now: float) -> Verdict:
    """Check a delivery by Standard Webhooks; `headers` by lower-case name, `now` in seconds since 1970."""
    delivery_id = headers.get("webhook-id", "")
    sent = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not _ID.fullmatch(delivery_id) or not _TIMESTAMP.fullmatch(sent) or not given:
        return Verdict("", "the headers webhook-id, webhook-timestamp and webhook-signature are missing or malformed")
    expected = [sign(key, delivery_id, int(sent), body) for key in keys if isinstance(key, bytes)]
    public = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    # The header's own spelling of the time is signed: 007 and 7 are two texts.
    if str(int(sent)) != sent:
        expected, public = [], []
    signatures = given.split(" ")[:MOST_SIGNATURES]
    signed = f"{delivery_id}.{sent}.".encode() + body
    if not (_any_equal(signatures, expected) or _any_verified(signatures, public, signed)):
        return Verdict("", "the signature does not belong to this message")
    if abs(now - int(sent)) > TOLERANCE:
        return Verdict("", f"the message was signed more than {TOLERANCE // 60} minutes ago, or in the future")
    return Verdict(delivery_id)


def verify_delighted(headers: Mapping[str, str], body: bytes, keys: Sequence[Key], now: float) -> Verdict:
    """Check a delivery by Delighted's signature, which bears no time: `now` is not used.

    Its `event_id` stands in the signed body. What is sent again, whenever, is the same delivery and changes nothing.
    """
    given = headers.get("x-delighted-webhook-signature", "")
    shared = [key for key in keys if isinstance(key, bytes)]
    expected = [f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}" for key in shared]
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
    is_equal = False
    for one in given:
        for other in expected:
            is_equal |= hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
    return is_equal


def _any_verified(given: Sequence[str], keys: Sequence[Ed25519PublicKey], signed: bytes) -> bool:
    """Whether one of the signatures `v1a` is of one of the keys."""
    by_key = [one.removeprefix("v1a,") for one in given if one.startswith("v1a,")][:MOST_BY_KEY]
    signatures = [raw for raw in map(_from_base64, by_key) if raw is not None]
    return any(_verifies(key, raw, signed) for raw in signatures for key in keys)


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
