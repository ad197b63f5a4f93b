"""How often each text has each word: rows of a sparse matrix. numpy and SciPy's sparse matrices only.

Reads     texts, and how one is read into words.
Gives     `split`, the words of a text; `counted`.
Method    what scikit-learn's CountVectorizer counts, whose import alone takes longer than the texts of a small company.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

WORD = r"(?u)[^\W\d_][^\W_]*(?:'[^\W\d_]+)?"
_words = re.compile(WORD).findall
_ascii_words = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:'[A-Za-z]+)?").findall
"""The same words where a text has ASCII characters alone, in half the time."""


def split(text: str) -> list[str]:
    """The words of a text."""
    return _ascii_words(text) if text.isascii() else _words(text)


def counted(
    texts: Sequence[str], read: Callable[[str], Iterable[str]] = split, dtype: Any = np.float64
) -> tuple[list[str], Any]:
    """The words in the order of their letters, and how often each text has each: CSR, shape (texts, words)."""
    place: dict[str, int] = {}
    columns, counts, ends = array("i"), array("i"), [0]
    for text in texts:
        own = Counter(read(text))
        columns.extend([place.setdefault(word, len(place)) for word in own])
        counts.extend(own.values())
        ends.append(len(columns))
    words = sorted(place)
    moved = np.empty(len(words), dtype=np.int32)
    moved[[place[word] for word in words]] = np.arange(len(words), dtype=np.int32)
    indices = moved[np.array(columns, dtype=np.int32)]
    data = np.array(counts, dtype=np.int32).astype(dtype)
    rows = sparse.csr_matrix((data, indices, np.array(ends, dtype=np.int32)), shape=(len(texts), len(words)))
    rows.sort_indices()
    return words, rows
