"""The bars of masking held against a planted set that another author wrote, in five languages."""

from __future__ import annotations

from tests.voice.planted_by_another import harmless, planted
from worthline.ingest.masking import mask


def test_recall_and_precision_hold_on_a_set_of_another_author():
    items = planted()
    missed = [one for one in items if any(secret in mask(one.text, (one.name,)) for secret in one.secrets)]
    taken = [text for text in harmless() if mask(text) != text]
    found = len(items) - len(missed)
    assert found / len(items) >= 0.98, missed
    assert found / (found + len(taken)) >= 0.95, taken
