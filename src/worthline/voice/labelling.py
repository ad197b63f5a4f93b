"""From rows of texts to labelled texts: the order of the steps. Arrow and numpy only.

Reads     rows of gather.texts.
Gives     Voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.config import ListedTheme
from worthline.results import Progress, Voice
from worthline.voice import labelled, language, levels, matching, theme_model, themes
from worthline.voice import listed as listing
from worthline.voice.schema import FOUND, ITEMS
from worthline.voice.sentiment_and_emotion import TextSentiment
from worthline.voice.texts import Texts, read, simplified

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHORT = 240
"""Characters of a text from which its language is told."""


def label(
    rows: pa.Table,
    listed: Sequence[ListedTheme],
    earlier: tuple[str, Sequence[dict[str, Any]]] | None,
    progress: Progress,
    vectors: Path | None = None,
    kept: Path | None = None,
) -> Voice:
    """Tell texts apart, find their themes, label each.

    `earlier`: an earlier run and its themes; `vectors`: a folder of embeddings; `kept`: as `language.languages`.
    """
    texts = read(rows)
    speaks = _different(texts, texts.is_comment)
    declared: list[str | None] = [None] * len(texts.plain)
    for which, code in zip(texts.which.tolist(), rows_of(texts, "language"), strict=True):
        declared[which] = declared[which] or code
    text_languages = language.languages([text[:SHORT] for text in texts.plain], declared, kept)
    progress("Sentiment of comments", 0, 0)
    feeling = TextSentiment(texts, text_languages, speaks)
    progress("Themes of comments", 0, 0)
    taught = texts.of(("customer",))
    is_taught = _different(texts, taught if taught.any() else texts.is_comment)
    learnt = themes.learn([texts.plain[i] for i in np.flatnonzero(is_taught).tolist()], texts.key[is_taught], vectors)
    theme_rows, about, notes = _themes(texts, speaks, learnt, listed, earlier)
    if learnt is None or not learnt.count:
        notes = (_why(learnt, int(is_taught.sum())), *notes)
    tables = {} if feeling.backtests is None else {"backtests": feeling.backtests}
    if learnt is not None and learnt.count:
        tables["theme_model"] = theme_model.table(learnt, [row["theme"] for row in theme_rows[: learnt.count]])
    items = _items(texts, text_languages, feeling)
    return Voice(
        items,
        labelled.mentions(texts, about),
        pa.Table.from_pylist(theme_rows, FOUND),
        tables,
        (*notes, *feeling.notes),
    )


def _themes(
    texts: Texts,
    speaks: NDArray[np.bool_],
    learnt: themes.Learnt | None,
    listed: Sequence[ListedTheme],
    earlier: tuple[str, Sequence[dict[str, Any]]] | None,
) -> tuple[list[dict[str, Any]], tuple[Ints, Ints, Floats], tuple[str, ...]]:
    """Rows of found themes, headings and listed themes; which different text is about which row; notes."""
    rows: list[dict[str, Any]] = []
    parts: list[tuple[Ints, Ints, Floats]] = []
    notes: tuple[str, ...] = ()
    if learnt is not None and learnt.count:
        about = labelled.loadings(learnt, texts, speaks)
        rows = labelled.named(learnt, texts, about).to_pylist()
        if earlier is not None:
            named = matching.matched(rows, earlier[1], earlier[0])
            rows, notes = named.rows, named.notes
        rows, holds = levels.headed(rows, learnt.h, learnt.terms.names)
        parts = [about, *(_heading(about, heading_row, members) for heading_row, members in holds.items())]
    some = np.flatnonzero(speaks)
    plain = [texts.plain[i] for i in some.tolist()]
    for theme in listed:
        which, loading = listing.about(theme, plain, None if learnt is None else learnt.terms)
        parts.append((some[which], np.full(len(which), len(rows), dtype=np.int64), loading))
        rows.append(_listed_row(theme))
    if not parts:
        return rows, (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)), notes
    text, row, loading = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort([row, text])
    return rows, (text[order], row[order], loading[order]), notes


def _heading(about: tuple[Ints, Ints, Floats], heading_row: int, members: Sequence[int]) -> tuple[Ints, Ints, Floats]:
    """What is about any of a heading's themes is about the heading, as much as about the strongest of them."""
    of_members = np.isin(about[1], members)
    text, inverse = np.unique(about[0][of_members], return_inverse=True)
    loading = np.zeros(len(text))
    np.maximum.at(loading, inverse, about[2][of_members])
    return text, np.full(len(text), heading_row, dtype=np.int64), loading


def _listed_row(theme: ListedTheme) -> dict[str, Any]:
    terms = [simplified(word).rstrip("*") for word in theme.words]
    return {
        **dict.fromkeys(FOUND.names),
        "theme": f"own: {theme.name}",
        "label": theme.name,
        "level": 1,
        "origin": "listed",
        "terms": terms,
        "weights": [1.0] * len(terms),
        "phrase": theme.examples[0] if theme.examples else None,
        "group": theme.group,
    }


def _different(texts: Texts, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which different texts stand in these rows."""
    out = np.zeros(len(texts.plain), dtype=np.bool_)
    out[texts.which[rows]] = True
    return out


def rows_of(texts: Texts, name: str) -> list[Any]:
    """A column of all texts."""
    column: list[Any] = texts.rows[name].to_pylist()
    return column


def _items(texts: Texts, text_languages: Sequence[str | None], feeling: TextSentiment) -> pa.Table:
    rows = texts.rows
    which = texts.which.tolist()
    has_text = [kind in ("comment", "duplicate") for kind in texts.kind]

    def each(values: Sequence[Any]) -> list[Any]:
        return [values[n] if good else None for n, good in zip(which, has_text, strict=True)]

    columns = {
        **{name: rows[name] for name in rows.column_names if name in ITEMS.names},
        "item": pa.array(_names(rows), pa.string()),
        "kind": pa.array(texts.kind, pa.string()),
        "language": pa.array([text_languages[n] for n in which], pa.string()),
        "sentiment": pa.array(each(feeling.value), pa.float64()),
        "sentiment_from": pa.array(each(feeling.source), pa.string()),
        "emotion": pa.array(each(feeling.emotion), pa.string()),
    }
    return pa.table({name: columns[name] for name in ITEMS.names}).cast(ITEMS)


def _names(rows: pa.Table) -> list[str]:
    """A name for each text that stays the same from run to run; the same text again gets a number behind it."""
    counts: dict[str, int] = {}
    out = []
    columns = (rows[name].to_pylist() for name in ("source", "feedback_id", "customer_id", "at", "text"))
    for parts in zip(*columns, strict=True):
        key = "\x1f".join("" if part is None else str(part) for part in parts)
        name = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        counts[name] = counts.get(name, 0) + 1
        out.append(name if counts[name] == 1 else f"{name}-{counts[name]}")
    return out


def _why(learnt: themes.Learnt | None, different: int) -> str:
    if learnt is None:
        return (
            f"No themes: {different:,} different comments are too few to tell a theme from chance "
            f"(at least {themes.FEWEST} of two words or more are needed)."
        )
    return (
        f"No themes: of {learnt.tried} groups of words in {learnt.comments:,} different comments none holds together "
        "better than the same comments with their words shuffled."
    )
