"""The language of each text, found on this machine without a network. numpy only.

Reads     different texts, simplified; the language that the company declares, where it does.
Gives     `languages`: an ISO 639 code for each text, None where it cannot be told.
Method    naive Bayes on byte n-grams (Lui & Baldwin 2012, langid.py, ACL; py3langid's model of 139 languages), its
          scores tempered by the root of the length. Each different word is scored once, and a text is the sum
          of its words: n-grams never reach across words, which costs little, and texts take no time. One or two
          words say too little by themselves: the share of each language among texts that are clear is their prior.
          A declared language holds unless a longer text is clearly in another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.voice import language_model
from worthline.voice.language_model import Model
from worthline.voice.word_counts import counted

Floats = NDArray[np.float32]
BATCH = 50_000
CLEAR, CLEAR_BYTES = 0.9, 25
"""Chance, and length, from which on a text counts for the prior."""
LIKELY = 0.6
"""Chance below which the language is not known."""
AGAINST, AGAINST_BYTES = 0.95, 40
"""Chance, and length, from which on a text is not in the language that was declared."""
RARE = 1e-4
"""Prior of a language that no text is clearly in."""
NOT_A_LANGUAGE = "zxx"
_CODE = re.compile(r"^([a-z]{2,3})(?:[-_].*)?$", re.IGNORECASE)


def languages(texts: Sequence[str], declared: Sequence[str | None], kept: Path | None = None) -> list[str | None]:
    """A code for each text; `declared`, one each, is what the company says of it.

    `kept`: this user's own folder, where the model may lie unpacked.
    """
    model = language_model.model(kept)
    words, counts, sizes = _counted(texts)
    if not len(words):
        return [_code(one) for one in declared]
    scores = _scores(words, model)
    first = [_chances(counts[a : a + BATCH], sizes[a : a + BATCH], scores, None) for a in range(0, len(texts), BATCH)]
    prior = _prior(first, sizes, len(model.classes))
    out: list[str | None] = []
    for number, start in enumerate(range(0, len(texts), BATCH)):
        chance = first[number] * prior
        chance /= np.maximum(chance.sum(axis=1, keepdims=True), 1e-30)
        best = chance.argmax(axis=1)
        for row, at in enumerate(best.tolist()):
            said = _code(declared[start + row])
            size, p = int(sizes[start + row]), float(chance[row, at])
            code = model.classes[at]
            if size == 0 or code == NOT_A_LANGUAGE:
                out.append(said)
            elif said is not None:
                out.append(code if p >= AGAINST and size >= AGAINST_BYTES else said)
            else:
                out.append(code if p >= LIKELY else None)
    return out


def _prior(chances: Sequence[Floats], sizes: NDArray[np.int64], many: int) -> Floats:
    """The share of each language among texts that are clear."""
    shares = np.zeros(many)
    start = 0
    for block in chances:
        clear = (block.max(axis=1) >= CLEAR) & (sizes[start : start + len(block)] >= CLEAR_BYTES)
        shares += np.bincount(block.argmax(axis=1)[clear], minlength=many)
        start += len(block)
    share = shares / max(shares.sum(), 1.0)
    return np.asarray(np.maximum(share, RARE), dtype=np.float32)


def _counted(texts: Sequence[str]) -> tuple[list[str], Any, NDArray[np.int64]]:
    """Different words, how often each text has them, and its bytes in words."""
    words, counts = counted(texts, dtype=np.float32)
    lengths = np.array([len(word.encode("utf-8", "surrogatepass")) + 1 for word in words], dtype=np.float32)
    return words, counts, np.asarray(counts @ lengths, dtype=np.int64)


def _chances(counts: Any, sizes: NDArray[np.int64], scores: Floats, _: None) -> Floats:
    """Of each text the chance of each language, all being as likely before: shape (texts, languages)."""
    dampened = counts.copy()
    dampened.data = np.log1p(dampened.data) / np.float32(np.log(2))
    out = np.asarray(dampened @ scores, dtype=np.float32)
    out /= np.sqrt(np.maximum(sizes, 1))[:, None].astype(np.float32)
    np.exp(out - out.max(axis=1, keepdims=True), out=out)
    out /= out.sum(axis=1, keepdims=True)
    return out


def _scores(words: Sequence[str], model: Model) -> Floats:
    """The log-likelihood of each word by language, shape (words, languages)."""
    out = np.zeros((len(words), len(model.classes)), dtype=np.float32)
    for number, word in enumerate(words):
        if some := model.features(f" {word} ".encode("utf-8", "surrogatepass")):
            out[number] = model.weight(some)
    return out


def _code(declared: str | None) -> str | None:
    match = _CODE.match(declared.strip()) if declared else None
    return match[1].lower() if match else None
