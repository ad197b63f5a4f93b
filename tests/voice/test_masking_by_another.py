"""The bars of masking held against a planted set that another author wrote, in five languages."""

from __future__ import annotations

from tests.voice.planted_by_another import harmless, planted
from tests.voice.planting import assert_bars_hold


def test_recall_and_precision_hold_on_a_set_of_another_author():
    assert len(planted()) == 388
    assert_bars_hold(planted(), harmless())
