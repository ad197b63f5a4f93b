"""Whether an ed25519 signature belongs to a message. Python's integers only.

Reads     a public key (32 bytes), a signature (64 bytes), the message.
Gives     PublicKey, whose `verifies` says so; raises ValueError for bytes that are no safe public key.
Method    RFC 8032, section 5.1.7, without the cofactor: 8-bit windows of the base point and of the key are counted out
          once, so that a signature costs some 64 additions of points. What a library would refuse is refused: S not
          below the group's order, coordinates not below the field's prime, keys of small order.
Assumes   nothing here is secret, so that time may depend on what is checked.
Not for   signing: no private key is ever held here.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, PRIME) % PRIME
_ROOT = pow(2, (PRIME - 1) // 4, PRIME)
_SIGN = 1 << 255
WINDOW = 8
"""Bits of a scalar that one addition serves."""

Point = tuple[int, int, int, int]
"""Extended homogeneous coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
_ZERO: Point = (0, 1, 1, 0)
_TWICE_D = 2 * _D % PRIME


class PublicKey:
    """A sender's public key."""

    def __init__(self, encoded: bytes) -> None:
        point = _decoded(encoded)
        if point is None or _is_zero(_eightfold(point)):
            raise ValueError("the bytes are no public key of ed25519")
        self._encoded = encoded
        x, y, z, t = point
        self._powers = _powers((-x % PRIME, y, z, -t % PRIME))

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is this key's signature of `message`."""
        if len(signature) != 64:
            return False
        half = int.from_bytes(signature[32:], "little")
        if half >= ORDER or _decoded(signature[:32]) is None:
            return False
        hashed = hashlib.sha512(signature[:32] + self._encoded + message).digest()
        share = int.from_bytes(hashed, "little") % ORDER
        # S B = R + k A, so that R = S B - k A: its encoding is held against the one that was given.
        return _encoded(_multiple(self._powers, share, _multiple(_base(), half, _ZERO))) == signature[:32]


@lru_cache(maxsize=64)
def public_key(encoded: bytes) -> PublicKey:
    """The key of these bytes, counted out once; raises ValueError."""
    return PublicKey(encoded)


def _added(p: Point, q: Point) -> Point:
    """RFC 8032, section 5.1.4."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c = p[3] * _TWICE_D * q[3] % PRIME
    d = 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _eightfold(p: Point) -> Point:
    for _ in range(3):
        p = _added(p, p)
    return p


def _is_zero(p: Point) -> bool:
    return p[0] % PRIME == 0 and (p[1] - p[2]) % PRIME == 0


def _decoded(encoded: bytes) -> Point | None:
    """The point of its 32 bytes; None where there is none, or where it is spelt in another way than the one."""
    if len(encoded) != 32:
        return None
    number = int.from_bytes(encoded, "little")
    y, is_odd = number & (_SIGN - 1), bool(number & _SIGN)
    if y >= PRIME:
        return None
    above, below = (y * y - 1) % PRIME, (_D * y * y + 1) % PRIME
    # The root of above / below, RFC 8032, section 5.1.3.
    x = above * pow(below, 3, PRIME) * pow(above * pow(below, 7, PRIME), (PRIME - 5) // 8, PRIME) % PRIME
    if (below * x * x - above) % PRIME:
        x = x * _ROOT % PRIME
        if (below * x * x - above) % PRIME:
            return None
    if x == 0 and is_odd:
        return None
    x = PRIME - x if bool(x & 1) != is_odd else x
    return x, y, 1, x * y % PRIME


def _encoded(p: Point) -> bytes:
    inverse = pow(p[2], -1, PRIME)
    x, y = p[0] * inverse % PRIME, p[1] * inverse % PRIME
    return (y | (_SIGN if x & 1 else 0)).to_bytes(32, "little")


def _powers(point: Point) -> list[list[Point]]:
    """Multiples 0 to 255 of the point, of 256 times it, and so on: one row a byte of a scalar."""
    rows = []
    for _ in range(256 // WINDOW):
        row = [_ZERO]
        for _ in range(2**WINDOW - 1):
            row.append(_added(row[-1], point))
        rows.append(row)
        point = _added(row[-1], point)
    return rows


def _multiple(powers: list[list[Point]], scalar: int, start: Point) -> Point:
    """`start` and `scalar` times the point that `powers` were made of."""
    for row, digit in zip(powers, scalar.to_bytes(32, "little"), strict=True):
        if digit:
            start = _added(start, row[digit])
    return start


@lru_cache(maxsize=1)
def _base() -> list[list[Point]]:
    y = 4 * pow(5, -1, PRIME) % PRIME
    base = _decoded(y.to_bytes(32, "little"))
    assert base is not None
    return _powers(base)
