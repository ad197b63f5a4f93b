"""What customers write, in keeping with what befell them.

Gives     `said`: for each answer a comment, or none.
Method    what happened in the month names the theme, the score the mood; which of the theme's phrasings, by lot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.demo.chance import Chance
from worthline.demo.mobile import Columns

SILENT = 0.4
"""Share of answers without words."""

WORDS: dict[str, tuple[str, ...]] = {
    "unresolved": (
        "I called about this and it is still not solved.",
        "Nobody called me back, and I had to explain everything twice.",
        "They closed my ticket, the problem is still there.",
        "Three people, three different answers. Still waiting for a solution.",
    ),
    "billing_error": (
        "My bill was wrong again.",
        "I was charged for something I never ordered.",
        "Please get the invoice right, it took me an hour to sort out.",
        "The amount on the bill does not match what was agreed.",
    ),
    "outage": (
        "No signal for half a day and no explanation.",
        "The network was down when I needed it most.",
        "Coverage drops all the time in our street.",
    ),
    "late": (
        "The parcel came a week later than promised.",
        "Delivery was late and nobody told me.",
        "Waited at home all day, nothing came.",
    ),
    "long_wait": (
        "Far too long on hold.",
        "Twenty minutes of music before anybody answered.",
        "The people are fine, the waiting is not.",
    ),
    "high": (
        "Friendly people and a quick answer.",
        "Works everywhere I go, and the price is fair.",
        "No surprises. Exactly what I want.",
        "I have told my neighbours about you.",
        "Everything is simple and just works.",
    ),
    "middle": (
        "It is all right, nothing special.",
        "Fine so far, the app could be quicker.",
        "Good service, but others are cheaper.",
    ),
    "low": (
        "Too expensive for what I get.",
        "I am looking at other companies now.",
        "You used to be better than this.",
    ),
}


def said(
    chance: Chance, record: Columns, some: NDArray[Any], best: int, score: NDArray[Any], *name: object
) -> pa.Array:
    """Comments of the customers at places `some`, whose score was `score` of `best`; null where they wrote nothing."""
    who = record["who"][some]
    theme = np.select(
        [score >= 0.85 * best, score > 0.6 * best],
        [list(WORDS).index("high"), list(WORDS).index("middle")],
        list(WORDS).index("low"),
    )
    for number, cause in reversed(list(enumerate(WORDS))):
        if cause in record and cause not in ("high", "middle", "low"):
            theme = np.where(record[cause][some] & (score < 0.95 * best), number, theme)
    lines = [line for lines in WORDS.values() for line in lines]
    starts = np.cumsum([0, *(len(lines) for lines in WORDS.values())])
    count = np.diff(starts)[theme]
    picked = starts[theme] + (chance.uniform(who, *name, "words") * count).astype(int)
    silent = chance.happens(SILENT, who, *name, "silent")
    return pa.array(lines, pa.string()).take(pa.array(np.where(silent, 0, picked), mask=silent))
