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

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORD = r"(?u)[^\W\d_][^\W_]*(?:'[^\W\d_]+)?"
_words = re.compile(WORD).findall
_ascii_words = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:'[A-Za-z]+)?").findall
"""The same words where a text has ASCII characters alone, in half the time."""
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
        text_of = np.repeat(np.arange(out.shape[0]), np.diff(out.indptr))
        length = np.sqrt(np.bincount(text_of, out.data * out.data, minlength=out.shape[0]))
        out.data /= np.where(length > 0, length, 1.0)[text_of]
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
    return _ascii_words(text) if text.isascii() else _words(text)
