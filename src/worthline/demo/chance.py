"""Random numbers that hang on a name and a customer alone, so that two worlds share the chance of all they share.

Gives     Chance(seed): the same number for the same seed, name and customer, whatever else was drawn, for whom else,
          in whatever order. Flip one exposure, draw again, and every other draw is as it was: common random numbers.
Method    each name keys a SplitMix64 sequence of its own; a customer's number is its place in it. Any subset of
          customers is drawn without drawing the others.
Source    Steele, Lea & Flood 2014, Fast splittable pseudorandom number generators; Salmon et al. 2011, Parallel
          random numbers: as easy as 1, 2, 3 (numbers by counter).
Not for   secrets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
SHIFT_1, SHIFT_2, SHIFT_3, TO_DOUBLE = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chance:
    """All chance of one world."""

    seed: int

    def uniform(self, who: NDArray[Any], *name: object) -> Floats:
        """Strictly between 0 and 1, one for each of `who` (whole numbers, n).

        Shapes: `who` (n,) numbers of customers; gives (n,).
        """
        digest = hashlib.blake2b(repr((self.seed, *name)).encode(), digest_size=8).digest()
        z = who.astype(np.uint64)
        z += np.uint64(1)
        z *= STEP
        z += np.frombuffer(digest, np.uint64)[0]
        z ^= z >> SHIFT_1
        z *= MIX_1
        z ^= z >> SHIFT_2
        z *= MIX_2
        z ^= z >> SHIFT_3
        z >>= TO_DOUBLE
        return (z.astype(np.float64) + 0.5) * 2.0**-53

    def happens(self, probability: Floats | float, who: NDArray[Any], *name: object) -> Flags:
        """Whether it happens to each of `who`.

        Shapes: `probability` (n,); `who` (n,) numbers of customers; gives (n,).
        """
        return self.uniform(who, *name) < probability

    def normal(self, who: NDArray[Any], *name: object) -> Floats:
        """Standard normal.

        Shapes: `who` (n,) numbers of customers; gives (n,).
        """
        from scipy.special import ndtri

        drawn: Floats = ndtri(self.uniform(who, *name))
        return drawn

    def wait(self, who: NDArray[Any], *name: object) -> Floats:
        """Exponential of mean 1.

        Shapes: `who` (n,) numbers of customers; gives (n,).
        """
        return -np.log(self.uniform(who, *name))

    def choice(self, shares: tuple[float, ...] | Floats, who: NDArray[Any], *name: object) -> Whole:
        """Which of several, by their shares: (k,) the same for all, or (n, k)."""
        edges = np.cumsum(np.asarray(shares, float), axis=-1)[..., :-1]
        picked: Whole = (self.uniform(who, *name)[:, None] >= edges).sum(axis=1)
        return picked

    def whole(self, least: int, most: int, who: NDArray[Any], *name: object) -> Whole:
        """A whole number from `least` to `most`, both in.

        Shapes: `who` (n,) numbers of customers; gives (n,).
        """
        return least + (self.uniform(who, *name) * (most - least + 1)).astype(np.int64)
