"""Themes that a company's comments hold, each held against chance. numpy only.

Reads     different comments, simplified, in order of their sha256.
Gives     Learnt: terms, themes that pass, their coherence and how it compares with shuffled texts, whether the other
          half of the comments holds them too.
Method    METHODS.md 7. Learnt from one half of the comments (LEARN at most), judged on the other: a theme is shown only
          if the coherence of its first ten terms exceeds that of every theme of SHUFFLES corpora whose words were
          shuffled across texts, learnt and judged the same way, by more than those corpora differ among themselves.
          Without that margin one run in 21 would show a theme of nothing.
          Stable: the other half, learnt from by itself, has a theme of the same terms (cosine at least SAME).
Assumes   a comment repeated word for word is evidence once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.voice import coherence, factors, terms
from worthline.voice.terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEARN = 16_000
"""Different comments that are learnt from and judged on: those with the smallest sha256."""
FEWEST = 60
"""Different comments with two terms or more, below which nothing is looked for."""
RARE = 500
"""A term stands in one of so many comments at least."""
SHUFFLES = 20
SAME = 0.5
"""Cosine of the terms of two themes from which on they are taken for the same."""
MOST_THEMES = 24


@dataclass(frozen=True)
class Learnt:
    """Themes that passed."""

    terms: Terms
    h: Floats
    """Terms of each theme, rows of length 1, shape (themes, terms)."""
    npmi: Floats
    by_chance: float
    """The highest coherence of a theme of shuffled comments, with the margin."""
    stable: NDArray[np.bool_]
    tried: int
    """Themes that were looked at."""
    comments: int
    """Different comments that were learnt from and judged on."""

    @property
    def count(self) -> int:
        """Themes that passed."""
        return len(self.h)

    def top(self, many: int = coherence.TOP) -> list[list[str]]:
        """The names of each theme's terms, the weightiest first."""
        return [
            [self.terms.names[i] for i in row if self.h[at, i] > 0]
            for at, row in enumerate(coherence.top_terms(self.h, many).tolist())
        ]

    def loadings(self, texts: Sequence[str]) -> Floats:
        """How much of each text is about each theme, shape (texts, themes): 0 to about 1."""
        return factors.loadings(self.terms.weighted(self.terms.counts(texts)), self.h)


def learn(comments: Sequence[str], keys: NDArray[np.bytes_], vectors: Path | None = None) -> Learnt | None:
    """Themes of different comments whose sha256 are `keys`, in that order; None where there are too few comments.

    `vectors` is a folder of embeddings. Shapes: `keys` (n,).
    """
    sample, halves = (
        list(comments[:LEARN]),
        np.array([key[-1] % 2 == 0 for key in keys[:LEARN].tolist()], dtype=np.bool_),
    )
    known = terms.learn(sample, max(3 if len(sample) > 200 else 2, round(len(sample) / RARE)), vectors)
    counts = known.counts(sample)
    several = np.diff(counts.indptr) >= 2
    if several.sum() < FEWEST or len(known.names) < 3 * coherence.TOP:
        return None
    counts, halves = counts[several], halves[several]
    many = _many(counts)
    h = factors.learn(known.weighted(counts[halves]), many)
    other = factors.learn(known.weighted(counts[~halves]), many)
    found = coherence.coherence(_present(counts[~halves]), coherence.top_terms(h))
    highest = [_highest(known, counts, halves, many, seed) for seed in range(SHUFFLES)]
    bar = float(np.max(highest) + np.std(highest))
    passed = np.flatnonzero(found > bar)
    alike = h @ other.T
    return Learnt(
        terms=known,
        h=h[passed],
        npmi=found[passed],
        by_chance=bar,
        stable=alike[passed].max(axis=1, initial=0.0) >= SAME,
        tried=many,
        comments=int(several.sum()),
    )


def _many(counts: Any) -> int:
    """How many themes are looked for: more, the more comments there are."""
    return int(np.clip(round(np.sqrt(counts.shape[0]) / 3), 3, min(MOST_THEMES, min(counts.shape) // 4)))


def _highest(known: Terms, counts: Any, halves: NDArray[np.bool_], many: int, seed: int) -> float:
    """The coherence of the best theme of these comments once their words are shuffled."""
    dealt = coherence.shuffled(counts, seed)
    h = factors.learn(known.weighted(dealt[halves]), many)
    return float(np.nanmax(coherence.coherence(_present(dealt[~halves]), coherence.top_terms(h))))


def _present(counts: Any) -> Any:
    out = counts.copy()
    out.data[:] = 1.0
    return out
