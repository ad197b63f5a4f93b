"""From rows of texts to labelled texts: the order of the steps. Arrow and numpy only.

Reads     rows of gather.texts.
Gives     Voice.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pyarrow as pa

from worthline.results import Progress, Voice
from worthline.voice import labelled, themes
from worthline.voice.schema import FOUND, ITEMS
from worthline.voice.texts import Texts, read


def label(rows: pa.Table, progress: Progress) -> Voice:
    """Tell texts apart, find their themes, label each."""
    texts = read(rows)
    progress("Finding themes", 0, 0)
    taught = texts.of(("customer",))
    if not taught.any():
        taught = texts.is_comment
    heard = np.zeros(len(texts.plain), dtype=np.bool_)
    heard[texts.which[taught]] = True
    learnt = themes.learn([texts.plain[i] for i in np.flatnonzero(heard).tolist()], texts.key[heard])
    items = _items(texts)
    if learnt is None or not learnt.count:
        empty = pa.schema([("text", pa.int64()), ("theme", pa.int64()), ("loading", pa.float64())]).empty_table()
        return Voice(items, empty, FOUND.empty_table(), notes=(_why(learnt, int(heard.sum())),))
    speaks = np.zeros(len(texts.plain), dtype=np.bool_)
    speaks[texts.which[texts.is_comment]] = True
    about = labelled.loadings(learnt, texts, speaks)
    return Voice(items, labelled.mentions(texts, about), labelled.named(learnt, texts, about))


def _items(texts: Texts) -> pa.Table:
    rows = texts.rows
    nothing = pa.nulls(rows.num_rows)
    columns = {
        **{name: rows[name] for name in rows.column_names if name in ITEMS.names},
        "item": pa.array(_names(rows), pa.string()),
        "kind": pa.array(texts.kind, pa.string()),
        "sentiment": nothing,
        "sentiment_from": nothing,
        "emotion": nothing,
    }
    return pa.table({name: columns[name] for name in ITEMS.names}).cast(ITEMS)


def _names(rows: pa.Table) -> list[str]:
    """A name for each text that stays the same from run to run; the same text again gets a number behind it."""
    seen: dict[str, int] = {}
    out = []
    columns = (rows[name].to_pylist() for name in ("source", "feedback_id", "customer_id", "at", "text"))
    for parts in zip(*columns, strict=True):
        said = "\x1f".join("" if part is None else str(part) for part in parts)
        name = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
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
