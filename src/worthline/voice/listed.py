"""The company's own list of themes, beside those that are found. numpy only.

Reads     [[voice.themes]] of worthline.toml: a name, words, examples, a group.
Gives     which different texts are about which of them.
Method    a text is about a theme when it has one of its words: whole words, `word*` any ending, several words as they
          stand; or when it is like one of its examples: TF-IDF cosine of terms at least ALIKE.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worthline.config import ListedTheme
from worthline.voice.terms import Terms
from worthline.voice.texts import simplified

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALIKE = 0.4


def about(theme: ListedTheme, texts: Sequence[str], terms: Terms | None) -> tuple[Ints, Floats]:
    """Numbers of texts that are about a theme, and how much each is, 0 to 1."""
    loading = np.zeros(len(texts))
    if theme.words:
        pattern = _pattern(theme.words)
        loading[[i for i, text in enumerate(texts) if pattern.search(text)]] = 1.0
    if theme.examples and terms is not None and terms.names:
        model = terms.weighted(terms.counts([simplified(example) for example in theme.examples]))
        for start in range(0, len(texts), 50_000):
            batch = list(texts[start : start + 50_000])
            alike = (terms.weighted(terms.counts(batch)) @ model.T).max(axis=1).toarray().ravel()
            part = loading[start : start + len(batch)]
            loading[start : start + len(batch)] = np.maximum(
                part, np.where(alike >= ALIKE, np.minimum(alike, 1.0), 0.0)
            )
    numbers = np.flatnonzero(loading > 0)
    return numbers.astype(np.int64), np.round(loading[numbers], 6)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    parts = []
    for word in words:
        plain = simplified(word)
        ending = r"\w*" if plain.endswith("*") else ""
        parts.append(r"\s+".join(map(re.escape, plain.rstrip("*").split())) + ending)
    return re.compile(rf"(?<!\w)(?:{'|'.join(part for part in parts if part)})(?!\w)")
