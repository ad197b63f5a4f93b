"""Found themes as a plain table, so that a text that arrives after the run gets the themes it would have got in it.

Reads     Learnt themes and what they are called; later the published table, and the company's own list.
Gives     `table`, one row per word; Model, read from it: `themes` of any texts.
Method    the very steps of the run: words to terms, TF-IDF, loadings by the published themes, the same thresholds; then
          the company's own list, and headings of what was found. Nothing is learnt, and nothing of it is code.
Assumes   texts are masked, as those of the run were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.config import ListedTheme
from worthline.voice import factors, labelled, listed
from worthline.voice.terms import Terms
from worthline.voice.texts import simplified
from worthline.voice.themes import Learnt

Floats = NDArray[np.float64]
SCHEMA = pa.schema(
    [
        ("word", pa.string()),
        ("term", pa.string()),
        ("idf", pa.float64()),
        ("themes", pa.list_(pa.string())),
        ("weights", pa.list_(pa.float64())),
    ]
)
"""One row per word that counts: its term, how telling that is, and the themes that it speaks for."""


def table(learnt: Learnt, names: Sequence[str]) -> pa.Table:
    """The model; `names` are the themes of `learnt`, in its order."""
    terms = learnt.terms
    spoken = [np.flatnonzero(learnt.h[:, at] > 0).tolist() for at in range(len(terms.names))]
    rows = [
        {
            "word": word,
            "term": terms.names[at],
            "idf": float(terms.idf[at]),
            "themes": [names[theme] for theme in spoken[at]],
            "weights": [float(learnt.h[theme, at]) for theme in spoken[at]],
        }
        for word, at in sorted(terms.words.items())
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


@dataclass(frozen=True)
class Model:
    """Themes of a published run, for texts that came after it."""

    terms: Terms
    names: list[str]
    h: Floats
    """Terms of each theme, shape (themes, terms)."""
    parents: Mapping[str, str]
    """Theme -> the heading that it stands under."""
    own: Sequence[ListedTheme] = ()

    def themes(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Themes of each text, the strongest first; headings and the company's own after them."""
        plain = [simplified(text) for text in texts]
        by_text: list[list[str]] = [self._of(row) for row in self._loadings(plain)]
        for theme in self.own:
            which, _ = listed.about(theme, plain, self.terms if self.names else None)
            for at in which.tolist():
                by_text[at].append(f"own: {theme.name}")
        return [tuple(dict.fromkeys(row)) for row in by_text]

    def _loadings(self, plain: Sequence[str]) -> Floats:
        if not self.names or not plain:
            return np.zeros((len(plain), len(self.names)))
        return np.minimum(factors.loadings(self.terms.weighted(self.terms.counts(plain)), self.h), 1.0)

    def _of(self, row: Floats) -> list[str]:
        least = max(labelled.LEAST, labelled.NEXT * float(row.max(initial=0.0)))
        about = [self.names[at] for at in np.argsort(-row, kind="stable").tolist() if row[at] >= least]
        return [*about, *(self.parents[name] for name in about if name in self.parents)]


def read(rows: Sequence[Mapping[str, Any]], parents: Mapping[str, str], own: Sequence[ListedTheme] = ()) -> Model:
    """The model of a published table's rows."""
    names = sorted({theme for row in rows for theme in row["themes"]})
    columns = {term: at for at, term in enumerate(sorted({row["term"] for row in rows}))}
    idf, h = np.ones(len(columns)), np.zeros((len(names), len(columns)))
    place = {name: at for at, name in enumerate(names)}
    for row in rows:
        at = columns[row["term"]]
        idf[at] = row["idf"]
        for theme, weight in zip(row["themes"], row["weights"], strict=True):
            h[place[theme], at] = weight
    words = {row["word"]: columns[row["term"]] for row in rows}
    return Model(Terms(words, list(columns), idf), names, h, parents, own)
