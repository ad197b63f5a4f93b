"""Words that mean the same in vectors that a company keeps in a folder of its own: one term, in whatever language.

Reads     a folder with `*.vec` files (text: a word and its numbers a line, as fastText and GloVe publish them) and the
          licence they came with.
Gives     `joined`: for each word the head of its term, heads of like meaning made one.
Method    the most frequent word leads; a less frequent one joins the leader whose vector is nearest, from a cosine of
          SAME on. Vectors of several languages must lie in one space (published as "aligned").
Assumes   nothing is fetched: without a folder, terms are families of sub-words alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SAME = 0.6
"""Cosine from which on two words mean the same. In the aligned vectors of fastText, translations lie at .5 to .8."""
MOST = 12_000
"""The most frequent words for which vectors are looked up."""


def joined(heads: Mapping[str, str], often: Mapping[str, int], folder: Path) -> dict[str, str]:
    """`heads` (word -> head of its term) with heads of like meaning made one; `often`: comments a word stands in."""
    order = sorted(set(heads.values()), key=lambda word: (-often.get(word, 0), word))[:MOST]
    vectors = read(folder, order)
    known = [word for word in order if word in vectors]
    if len(known) < 2:
        return dict(heads)
    matrix = np.stack([vectors[word] for word in known])
    leader: dict[str, str] = {}
    leads: list[str] = []
    lead_vectors = np.empty_like(matrix)  # filled from above: a copy for each word would cost more than the products
    for vector, word in zip(matrix, known, strict=True):
        cosines = lead_vectors[: len(leads)] @ vector
        nearest = int(cosines.argmax()) if leads else -1
        if nearest >= 0 and cosines[nearest] >= SAME:
            leader[word] = leads[nearest]
        else:
            lead_vectors[len(leads)] = vector
            leads.append(word)
    return {word: leader.get(head, head) for word, head in heads.items()}


def read(folder: Path, words: Sequence[str]) -> dict[str, Floats]:
    """Vectors of length 1 of those words that the files know; of several files with a word, the first by name."""
    wanted = set(words)
    vectors_of: dict[str, Floats] = {}
    for path in sorted(folder.glob("*.vec")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                word, _, rest = line.partition(" ")
                word = word.lower()
                if word in wanted and word not in vectors_of:
                    vector = _vector(rest)
                    if vector is not None:
                        vectors_of[word] = vector
    length = max((len(vector) for vector in vectors_of.values()), default=0)
    return {word: vector for word, vector in vectors_of.items() if len(vector) == length}


def _vector(text: str) -> Floats | None:
    try:
        vector = np.array(text.split(), dtype=np.float32)
    except ValueError:
        return None
    size = float(np.linalg.norm(vector))
    return np.asarray(vector / size, dtype=np.float32) if len(vector) >= 2 and np.isfinite(size) and size > 0 else None
