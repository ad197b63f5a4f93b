"""Who is in a control group: a keyed hash of the customer's number, so that it never changes. numpy only.

Reads     customer numbers, the key of the company, what the group is for.
Gives     `positions`: a number from 0 to 1 a customer; below the group's share, the customer is in it.
Method    HMAC-SHA256 (RFC 2104) of purpose and customer number under the key; its first 53 bits as a fraction. It
          depends on nothing else: new customers, their order and other groups change nobody's place, and a larger
          share keeps everybody who was in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
UNIVERSAL = "universal control group"
SENTENCE = "Control customers are not called proactively; if they call us, serve them as anyone."
_BITS = 53


def default_key(company: str) -> str:
    """The key of a company that has none yet: from its name, so that two runs of the same files agree."""
    return hashlib.sha256(f"worthline control group|{company}".encode()).hexdigest()


def positions(customers: Iterable[str], key: str, purpose: str) -> Floats:
    """Each customer's place from 0 to 1, shape (customers,)."""
    secret, before = key.encode(), f"{purpose}\0".encode()
    shift = 64 - _BITS
    return np.fromiter(
        (int.from_bytes(hmac.digest(secret, before + who.encode(), "sha256")[:8], "big") >> shift for who in customers),
        dtype=np.float64,
    ) / float(1 << _BITS)


def is_universal(initiative: str) -> bool:
    """Whether a name in treatments is that of the universal control group."""
    return initiative.casefold().replace("_", " ").replace("-", " ") == UNIVERSAL


def of_action(trial: str) -> str:
    """What the control group of an action is drawn for."""
    return f"control group of {trial}"


def at_random(trial: str) -> str:
    """What the random share of an action's capacity is drawn for."""
    return f"random share of {trial}"
