"""The bars of masking on a third planted set, of kinds that the two before it do not hold."""

from __future__ import annotations

import re

from tests.voice.planted_third import harmless, planted
from tests.voice.planting import assert_bars_hold
from worthline.ingest.masking import ANY, mask


def test_recall_and_precision_hold_on_kinds_that_are_new():
    assert len(planted()) == 235
    assert_bars_hold(planted(), harmless())


def test_what_engines_leave_out_holds_nothing_to_mask():
    """Texts without a match of ANY never reach `mask`, unless they hold a known name."""
    python = re.compile(re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", ANY).replace(r"\p{Nd}", r"\d"))
    assert [one.text for one in planted() if one.kind != "name" and not python.search(one.text)] == []


def test_a_masked_text_masked_again_stays():
    for one in planted():
        once = mask(one.text, (one.name,))
        assert mask(once, (one.name,)) == once
