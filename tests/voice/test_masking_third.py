"""The bars of masking on a third planted set, of kinds that the two before it do not hold."""

from __future__ import annotations

import re

from tests.voice.planted_third import harmless, planted
from worthline.ingest.masking import ANY, mask


def test_recall_and_precision_hold_on_kinds_that_are_new():
    items = planted()
    missed = [one for one in items if any(secret in mask(one.text, (one.name,)) for secret in one.secrets)]
    taken = [text for text in harmless() if mask(text) != text]
    found = len(items) - len(missed)
    assert len(items) == 235
    assert found / len(items) >= 0.98, missed
    assert found / (found + len(taken)) >= 0.95, taken


def test_what_engines_leave_out_holds_nothing_to_mask():
    """Texts without a match of ANY never reach `mask`, unless they hold a known name."""
    python = re.compile(re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", ANY).replace(r"\p{Nd}", r"\d"))
    assert [one.text for one in planted() if one.kind != "name" and not python.search(one.text)] == []


def test_a_masked_text_masked_again_stays():
    for one in planted():
        once = mask(one.text, (one.name,))
        assert mask(once, (one.name,)) == once
