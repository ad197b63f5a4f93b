"""How sets of planted texts are written and counted: what one text holds, digits drawn from a seed, recall and precision."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from worthline.ingest.masking import mask


class Planted(NamedTuple):
    """One text, the words in it that nobody may see, what they are, and the customer's name."""

    text: str
    secrets: tuple[str, ...]
    kind: str
    language: str
    name: str


class Digits:
    """Digits and whole numbers for texts, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def digits(self, many: int) -> str:
        return "".join(self._draw.choice("0123456789") for _ in range(many))

    def number(self, least: int, most: int) -> int:
        return self._draw.randint(least, most)


def assert_bars_hold(planted: Sequence[Planted], harmless: Sequence[str]) -> None:
    """Recall is at least 98% of the planted texts, precision at least 95% of all texts that are changed."""
    missed = [item for item in planted if any(secret in mask(item.text, (item.name,)) for secret in item.secrets)]
    taken = [text for text in harmless if mask(text) != text]
    masked = len(planted) - len(missed)
    assert masked / len(planted) >= 0.98, missed
    assert masked / (masked + len(taken)) >= 0.95, taken
