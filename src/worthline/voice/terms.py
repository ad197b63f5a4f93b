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

import re
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

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORD = r"(?u)[^\W\d_][^\W_]*(?:'[^\W\d_]+)?"
ALIKE = 0.6
BEGIN = 3
"""Letters that words of one term share at their beginning."""
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
        from sklearn.feature_extraction.text import CountVectorizer

        if not self.words or not texts:
            return sparse.csr_matrix((len(texts), len(self.names)), dtype=np.float64)
        words = list(self.words)
        reader = CountVectorizer(token_pattern=WORD, lowercase=False, vocabulary=words, dtype=np.float64)
        token_counts = reader.transform(texts)
        into = sparse.csr_matrix(
            (np.ones(len(words)), (np.arange(len(words)), list(self.words.values()))),
            shape=(len(words), len(self.names)),
        )
        return (token_counts @ into).tocsr()

    def weighted(self, counts: Any) -> Any:
        """TF-IDF of counts, rows of length 1 (empty rows stay 0)."""
        out = sparse.csr_matrix((1 + np.log(counts.data), counts.indices, counts.indptr), shape=counts.shape)
        out.data *= self.idf[out.indices]
        length = np.sqrt(np.asarray(out.multiply(out).sum(axis=1)).ravel())
        out.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(out.indptr))
        return out


def learn(texts: Sequence[str], least: int, vectors: Path | None = None) -> Terms:
    """Terms of texts that stand in at least `least` of them; `vectors`: a folder of embeddings."""
    from sklearn.feature_extraction.text import CountVectorizer

    reader = CountVectorizer(token_pattern=WORD, lowercase=False, dtype=np.int64)
    try:
        counts = reader.fit_transform(texts)
    except ValueError:  # no word at all
        return Terms({}, [], np.zeros(0))
    names = reader.get_feature_names_out().tolist()
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
    idf = np.log((1 + len(texts)) / (1 + df[good])) + 1
    return Terms(words, [heads[i] for i in good.tolist()], idf)


def _families(words: Sequence[str], spread: Ints) -> dict[str, str]:
    """For each word the most frequent word of its term."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not words:
        return {}
    long = [i for i, word in enumerate(words) if len(word) > BEGIN and word.isalpha()]
    joined = {word: word for word in words}
    if not long:
        return joined
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).fit_transform(
        [words[i] for i in long]
    )
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


def split(text: str) -> list[str]:
    """The words of a text."""
    return re.findall(WORD, text)
