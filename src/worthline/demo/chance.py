"""Named streams of random numbers, so that two worlds which differ in one thing share the chance of all others.

Gives     Chance(seed): the same numbers for the same name and seed, whatever else was drawn, in whatever order.
Method    each name keys a counter-based generator (Philox) of its own: common random numbers.
Source    Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, Philox


@dataclass(frozen=True, slots=True)
class Chance:
    """All chance of one world. A factual and a counterfactual world made from equal seeds share every draw by name."""

    seed: int

    def stream(self, *name: object) -> Generator:
        """Starts anew at the same place for the same name, for instance ("outage", month)."""
        digest = hashlib.blake2b(repr((self.seed, *name)).encode(), digest_size=16).digest()
        return Generator(Philox(key=np.frombuffer(digest, np.uint64)))
