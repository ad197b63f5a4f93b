"""Words as terms: small families of words that share their sub-words, weighted by how telling they are.

Reads     different texts, simplified.
Gives     Terms: which words stand for which term; `weighted` rows of a text by its terms, `present` which it has.
Method    TF-IDF (Salton & Buckley 1988, Information Processing & Management 24(5)), 1 + log of the count, rows of
          length 1. Words of one inflection are one term: of words that begin alike, each joins the most frequent one
          whose character n-grams (3 to 5, word boundaries included) point the same way, cosine at least ALIKE. N-grams
          join inflections in any alphabetic language about as well as a stemmer made for it (McNamee & Mayfield 2004,
          Information Retrieval 7). Scripts without blanks are read as pairs of characters.
Assumes   texts of one company: what stands in more than MOST of them says nothing of any.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worthline.voice import embeddings
from worthline.voice.word_counts import counted, split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALIKE = 0.6
BEGIN = 3
"""Letters that words of one term share at their beginning."""
PIECES = (3, 4, 5)
"""Letters of a piece of a word."""
MOST = 0.3
MOST_TERMS = 6_000


@dataclass(frozen=True)
class Terms:
    """What texts are counted by."""

    words: dict[str, int]
    """Column of each word's term."""
    names: list[str]
    """The most frequent word of each term."""
    idf: Floats

    def counts(self, texts: Sequence[str]) -> Any:
        """How often each text has each term: CSR, shape (texts, terms)."""
        term_of = self.words.get
        columns: array[int] = array("i")
        ends = [0]
        for text in texts:
            columns.extend([term for word in split(text) if (term := term_of(word)) is not None])
            ends.append(len(columns))
        of_words = np.frombuffer(columns, dtype=np.int32) if columns else np.zeros(0, np.int32)
        shape = (len(texts), len(self.names))
        out = sparse.csr_matrix((np.ones(len(of_words)), of_words, np.asarray(ends, dtype=np.int32)), shape=shape)
        out.sum_duplicates()
        return out

    def weighted(self, counts: Any) -> Any:
        """TF-IDF of counts, rows of length 1 (empty rows stay 0)."""
        out = sparse.csr_matrix((1 + np.log(counts.data), counts.indices, counts.indptr), shape=counts.shape)
        out.data *= self.idf[out.indices]
        return _of_length_1(out)


def learn(texts: Sequence[str], least: int, vectors: Path | None = None) -> Terms:
    """Terms of texts that stand in at least `least` of them; `vectors`: a folder of embeddings."""
    names, counts = counted(texts)
    if not names:
        return Terms({}, [], np.zeros(0))
    spread = np.bincount(counts.indices, minlength=len(names))
    stops = stop_words()
    keep = [
        i
        for i, name in enumerate(names)
        if 2 <= spread[i] <= max(MOST * len(texts), least)
        and 2 <= len(name) <= 40
        and name not in stops
        and not name.endswith("n't")
    ]
    joined = _families([names[i] for i in keep], spread[keep])
    if vectors is not None:
        joined = embeddings.joined(joined, {names[i]: int(spread[i]) for i in keep}, vectors)
    heads = sorted(set(joined.values()))
    column = {head: at for at, head in enumerate(heads)}
    terms = Terms({word: column[head] for word, head in joined.items()}, heads, np.ones(len(heads)))
    present = terms.counts(texts)
    df = np.bincount(present.indices, minlength=len(heads)).astype(np.float64)
    good = np.flatnonzero((df >= least) & (df <= max(MOST * len(texts), least)))
    good = np.sort(good[np.lexsort([good, -df[good]])][:MOST_TERMS])
    place = {int(old): new for new, old in enumerate(good.tolist())}
    words = {word: place[column[head]] for word, head in joined.items() if column[head] in place}
    return Terms(words, [heads[i] for i in good.tolist()], _idf(df[good], len(texts)))


def _idf(df: Floats | Ints, many: int) -> Floats:
    """How telling it is that one of `many` has what stands in `df` of them."""
    return np.asarray(np.log((1 + many) / (1 + df)) + 1)


def _of_length_1(rows: Any) -> Any:
    """The rows (CSR), each of length 1; empty ones stay 0."""
    row_of = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    length = np.sqrt(np.bincount(row_of, rows.data * rows.data, minlength=rows.shape[0]))
    rows.data /= np.where(length > 0, length, 1.0)[row_of]
    return rows


def _pieces_of(words: Sequence[str]) -> Any:
    """TF-IDF of words by their pieces, rows of length 1."""
    _, grams = counted(words, _pieces)
    grams.data *= _idf(np.bincount(grams.indices, minlength=grams.shape[1]), len(words))[grams.indices]
    return _of_length_1(grams)


def _pieces(word: str) -> list[str]:
    """Its character n-grams, the blank before and behind it included."""
    bounded = f" {word} "
    return [bounded[at : at + n] for n in PIECES for at in range(len(bounded) - n + 1)]


def _families(words: Sequence[str], spread: Ints) -> dict[str, str]:
    """For each word the most frequent word of its term."""
    if not words:
        return {}
    long = [i for i, word in enumerate(words) if len(word) > BEGIN and word.isalpha()]
    joined = {word: word for word in words}
    if not long:
        return joined
    grams = _pieces_of([words[i] for i in long])
    order = sorted(range(len(long)), key=lambda at: (words[long[at]][:BEGIN], -int(spread[long[at]]), words[long[at]]))
    for _, block in groupby(order, key=lambda at: words[long[at]][:BEGIN]):
        group = list(block)
        if len(group) < 2:
            continue
        alike = (grams[group] @ grams[group].T).toarray()
        heads: list[int] = []
        for at in range(len(group)):
            near = [head for head in heads if alike[at, head] >= ALIKE]
            if near:
                joined[words[long[group[at]]]] = words[
                    long[group[max(near, key=lambda head: (alike[at, head], -head))]]
                ]
            else:
                heads.append(at)
    return joined


@cache
def stop_words() -> frozenset[str]:
    """Words that only hold sentences together, of the languages of STOP_WORDS."""
    text = (files("worthline.voice") / "lexicons" / "stop_words.txt").read_text("utf-8")
    return frozenset(
        word for line in text.splitlines() if not line.startswith("#") for word in line.split(":", 1)[-1].split()
    )
