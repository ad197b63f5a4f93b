"""Labelled texts as arrays over texts, for counting by theme. numpy and Arrow only.

Reads     Voice.
Gives     Said: who said what when, and which texts are about each theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from worthline.results import Voice

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """One value per text."""

    is_comment: Bools
    by_customer: Bools
    day: NDArray[np.datetime64]
    """NaT where it is not known."""
    customer: Ints
    """Number of the customer; -1 where it is not known."""
    customers: list[str]
    sentiment: Floats
    score: Floats
    metric: list[str | None]
    emotion: list[str | None]
    touchpoint: list[str | None]
    text: Ints
    theme: Ints
    """Of each mention: its text, and its theme."""
    themes: int

    def about(self) -> Iterator[Ints]:
        """For each theme the texts that are about it, in order."""
        order = np.lexsort([self.text, self.theme])
        ends = np.searchsorted(self.theme[order], np.arange(self.themes + 1))
        for theme in range(self.themes):
            yield self.text[order[ends[theme] : ends[theme + 1]]]

    @property
    def month(self) -> Ints:
        """Months since 1970; -1 where the day is not known."""
        known = ~np.isnat(self.day)
        out = np.full(len(self.day), -1, dtype=np.int64)
        out[known] = self.day[known].astype("datetime64[M]").astype(np.int64)
        return out


def read(words: Voice) -> Said:
    """The arrays of a Voice."""
    items = words.items
    coded = pc.dictionary_encode(items["customer_id"].combine_chunks())
    return Said(
        is_comment=_equals(items, "kind", "comment"),
        by_customer=_equals(items, "respondent", "customer"),
        day=np.array(items["day"].to_pylist(), dtype="datetime64[D]"),
        customer=np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64),
        customers=coded.dictionary.to_pylist(),
        sentiment=_numbers(items, "sentiment"),
        score=_numbers(items, "score"),
        metric=items["metric"].to_pylist(),
        emotion=items["emotion"].to_pylist(),
        touchpoint=items["touchpoint"].to_pylist(),
        text=np.asarray(words.mentions["text"].to_numpy(), dtype=np.int64),
        theme=np.asarray(words.mentions["theme"].to_numpy(), dtype=np.int64),
        themes=words.themes.num_rows,
    )


def _equals(items: pa.Table, name: str, value: str) -> Bools:
    matches: Any = pc.equal(items[name], value).fill_null(False).to_numpy()
    return np.asarray(matches, dtype=np.bool_)


def _numbers(items: pa.Table, name: str) -> Floats:
    return np.asarray(items[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
