"""Which text is about which theme, and what each theme is called. numpy and Arrow only.

Reads     Texts; Learnt themes.
Gives     rows of mentions and of found themes.
Method    a text is about a theme when its loading is at least LEAST and at least NEXT of its strongest: it may be about
          several, or none. Themes are called by their three weightiest terms; the typical phrase is the short comment
          that is most about the theme.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.metrics import formatting
from worthline.voice.schema import FOUND
from worthline.voice.texts import Texts
from worthline.voice.themes import Learnt

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST = 0.12
NEXT = 0.5
BATCH = 50_000
PHRASE = (15, 140)
"""Letters of a phrase that is quoted."""
TERMS = 15


def loadings(learnt: Learnt, texts: Texts, wanted: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
    """Different texts, themes and loadings of what texts are about, in order of text and theme.

    Shapes: `wanted` (texts,); gives three of (k,).
    """
    some = np.flatnonzero(wanted)
    blocks: list[tuple[Ints, Ints, Floats]] = []
    for first in range(0, len(some), BATCH):
        batch = some[first : first + BATCH]
        w = np.minimum(learnt.loadings([texts.plain[i] for i in batch.tolist()]), 1.0)
        about = (w >= LEAST) & (w >= NEXT * w.max(axis=1, keepdims=True, initial=0.0))
        row, theme = np.nonzero(about)
        kept = np.asarray(np.round(w[row, theme], 6), dtype=np.float64)
        blocks.append((batch[row], np.asarray(theme, dtype=np.int64), kept))
    if not blocks:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    return tuple(np.concatenate(part) for part in zip(*blocks, strict=True))  # type: ignore[return-value]


def mentions(texts: Texts, about: tuple[Ints, Ints, Floats]) -> pa.Table:
    """Text (row), theme, loading of every text that says something or says it again.

    Shapes: `about` three of (k,): text, theme, loading 0 to 1.
    """
    speaks = np.asarray([kind in ("comment", "duplicate") for kind in texts.kind], dtype=np.bool_)
    of = {int(text): [] for text in np.unique(about[0]).tolist()}  # type: dict[int, list[tuple[int, float]]]
    for text, theme, loading in zip(*(part.tolist() for part in about), strict=True):
        of[text].append((theme, loading))
    rows = [
        (row, theme, loading)
        for row, (text, good) in enumerate(zip(texts.which.tolist(), speaks.tolist(), strict=True))
        if good and text in of
        for theme, loading in of[text]
    ]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, (pa.int64(), pa.int64(), pa.float64()), strict=True)],
        names=["text", "theme", "loading"],
    )


def named(learnt: Learnt, texts: Texts, about: tuple[Ints, Ints, Floats]) -> pa.Table:
    """One row per theme, as far as it is known from words alone.

    Shapes: `about` three of (k,): text, theme, loading 0 to 1.
    """
    tops = learnt.top(TERMS)
    weights = [np.round(np.sort(learnt.h[at])[::-1][: len(top)], 6).tolist() for at, top in enumerate(tops)]
    names: list[str] = []
    for top in tops:
        name = "-".join(top[:3])
        names.append(name if name not in names else "-".join(top[:4]))
    rows = [
        {
            "theme": names[at],
            "label": label(top),
            "parent": None,
            "level": 2,
            "origin": "found",
            "terms": top,
            "weights": weights[at],
            "phrase": _phrase(texts, about, at),
            "group": None,
            "stable": bool(learnt.stable[at]),
            "coherence": round(float(learnt.npmi[at]), 6),
            "coherence_by_chance": round(learnt.by_chance, 6),
            "known_from": None,
            "change": None,
        }
        for at, top in enumerate(tops)
    ]
    return pa.Table.from_pylist(rows, FOUND)


def label(top: Sequence[str]) -> str:
    """The three weightiest terms, as a label."""
    text = ", ".join(top[:3])
    return formatting.capitalised(text)


def _phrase(texts: Texts, about: tuple[Ints, Ints, Floats], theme: int) -> str | None:
    """The short comment that is most about a theme; of equals the one with the smallest sha256."""
    of_theme = about[1] == theme
    candidates = about[0][of_theme][np.argsort(-about[2][of_theme], kind="stable")][:400]
    shown = {int(text): "" for text in candidates.tolist()}
    words = texts.rows["text"]
    for row in np.flatnonzero(np.isin(texts.which, candidates)).tolist():
        text = int(texts.which[row])
        shown[text] = min(filter(None, (shown[text], " ".join(words[row].as_py().split()))))
    fits = [
        shown[int(t)]
        for t in candidates.tolist()
        if PHRASE[0] <= len(shown[int(t)]) <= PHRASE[1] and "[" not in shown[int(t)]
    ]
    return fits[0] if fits else None
