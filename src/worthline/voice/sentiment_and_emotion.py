"""Each text's sentiment and emotion, and where they come from. Arrow and numpy.

Reads     Texts with the language of each different one.
Gives     columns sentiment (-1 to 1), sentiment_from ("scores", "lexicon", or empty: not known) and emotion; rows of
          backtests; notes.
Method    learnt from the company's own scores where the backtest lets it be shown and the language was learnt from;
          else the lexicon for English; else not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.metrics.backtests import BACKTESTS
from worthline.voice import lexicon, sentiment
from worthline.voice.texts import Texts

Floats = NDArray[np.float64]


class TextSentiment:
    """What was found for different texts, and for the run."""

    def __init__(self, texts: Texts, languages: Sequence[str | None], heard: NDArray[np.bool_]) -> None:
        many = len(texts.plain)
        self.value: list[float | None] = [None] * many
        self.source: list[str | None] = [None] * many
        self.emotion: list[str | None] = [None] * many
        self.notes: tuple[str, ...] = ()
        self.backtests: pa.Table | None = None
        learnt, taught = _learn(texts, languages)
        if learnt is not None:
            self.backtests = _backtests(learnt)
            if learnt.shown:
                self._tell(learnt, texts, languages, taught, heard)
            else:
                self.notes = ("Sentiment learnt from your scores failed its backtest: a published lexicon is used.",)
        for number in np.flatnonzero(heard).tolist():
            if languages[number] == lexicon.LANGUAGE or (
                languages[number] is None and not texts.plain[number].isascii()
            ):
                if self.value[number] is None:
                    self.value[number] = lexicon.valence(texts.plain[number])
                    self.source[number] = None if self.value[number] is None else "lexicon"
                if languages[number] == lexicon.LANGUAGE:
                    self.emotion[number] = lexicon.emotion(texts.plain[number])

    def _tell(
        self,
        learnt: sentiment.Learnt,
        texts: Texts,
        languages: Sequence[str | None],
        taught: set[str | None],
        heard: NDArray[np.bool_],
    ) -> None:
        some = [n for n in np.flatnonzero(heard).tolist() if languages[n] in taught]
        predicted = learnt.expected([texts.plain[n] for n in some], np.asarray(some, dtype=np.int64))
        for n, value in zip(some, predicted.tolist(), strict=True):
            if any(c.isalpha() for c in texts.plain[n]):
                self.value[n], self.source[n] = round(2 * value - 1, 6), "scores"


def _backtests(learnt: sentiment.Learnt) -> pa.Table:
    rows = [
        {"model": "sentiment", "measure": m.name, "value": m.value, "low": m.low, "high": m.high, "n": m.n}
        for m in learnt.measures
    ]
    return pa.Table.from_pylist([{**row, "horizon": None, "shown": learnt.shown} for row in rows], BACKTESTS)


def _learn(texts: Texts, languages: Sequence[str | None]) -> tuple[sentiment.Learnt | None, set[str | None]]:
    """The model, and the languages that it may speak of."""
    rows = texts.rows
    names = ("score", "scale_low", "scale_high", "customer_id", "respondent")
    total: dict[int, list[float]] = {}
    author: dict[int, str] = {}
    columns = zip(*(rows[name].to_pylist() for name in names), texts.which.tolist(), texts.kind, strict=True)
    for score, low, high, customer, respondent, which, kind in columns:
        if kind != "comment" or respondent != "customer" or None in (score, low, high) or not high > low:
            continue
        total.setdefault(which, []).append(min(max((score - low) / (high - low), 0.0), 1.0))
        who = customer if customer is not None else f"\x00{which}"
        author[which] = min(author.get(which, who), who)
    numbers = np.array(sorted(total), dtype=np.int64)
    if not len(numbers):
        return None, set()
    scores = np.array([float(np.mean(sorted(total[n]))) for n in numbers.tolist()])
    parts = {who: _part(who) for who in set(author.values())}
    part = np.array([parts[author[n]] for n in numbers.tolist()], dtype=np.int64)
    learnt = sentiment.learn([texts.plain[n] for n in numbers.tolist()], numbers, scores, part)
    spoken = Counter(languages[n] for n in numbers[: sentiment.LEARN].tolist())
    taught = {code for code, n in spoken.items() if n >= sentiment.LEAST_OF_LANGUAGE}
    return learnt, taught | {None}


def _part(author: str) -> int:
    """In which part of the cross-fitting an author is."""
    return sha256(author.encode("utf-8", "surrogatepass")).digest()[0] % sentiment.FOLDS
