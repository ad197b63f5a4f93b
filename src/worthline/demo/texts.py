"""What customers write, in keeping with what befell them.

Gives     `said`: for each answer a comment, or none.
Method    what happened in the month names the theme, the score the mood; each part of it is one of
          several, by lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worthline.demo.chance import Chance
from worthline.demo.mobile import Columns

SILENT = 0.4
"""Share of answers without words."""

Parts = tuple[tuple[str, ...], ...]
"""A comment is one alternative of each part, one behind the other."""
START = ("", "To be honest: ", "Once again, ", "Sorry: ")
WORDS: dict[str, Parts] = {
    "unresolved": (
        START,
        ("I called about this", "I wrote to support", "I explained my problem to your agent", "I opened a ticket"),
        ("", " twice", " three times", " last week", " weeks ago"),
        (
            " and the problem is still not solved.",
            " and nobody called me back.",
            " and had to explain everything again.",
            " and they closed my ticket without a solution.",
            " and got a different answer from each agent.",
            " and I am still waiting for a solution.",
        ),
    ),
    "billing_error": (
        START,
        (
            "my bill was wrong",
            "the invoice was wrong again",
            "I was charged twice",
            "the amount on the bill was not what was agreed",
        ),
        ("", " this month", " for the second time", ", and not by a little"),
        (
            ". Please correct the charge.",
            ", and the refund took weeks.",
            " for something I never ordered.",
            ". Sorting out the invoice took me an hour.",
            ". The charge is still on my account.",
        ),
    ),
    "outage": (
        START,
        ("no signal", "the network was down", "coverage dropped", "no reception and no data"),
        (" for half a day", " all evening", " in our street", " when I needed it most", " at home"),
        (
            ", and no word why.",
            " and nobody knew when the network would be back.",
            ". The signal comes and goes since.",
            ". Please mend the mast.",
            ", the second outage this year.",
        ),
    ),
    "late": (
        START,
        ("the parcel came", "my delivery arrived", "the new phone was delivered", "the courier came"),
        (" a week late", " days after the date you promised", " late", " long after the promised day"),
        (
            " and nobody told me.",
            ", I waited at home for nothing.",
            ". The tracking said delivered.",
            ". The courier never rang.",
            " without a word of the delay.",
        ),
    ),
    "long_wait": (
        START,
        ("far too long on hold", "twenty minutes on hold", "forty minutes of music", "I waited in the queue for ages"),
        ("", " on the hotline", " on a Monday morning", " again"),
        (
            " before anybody answered.",
            ". The people are fine, the waiting is not.",
            ", then the line went dead.",
            ". Offer a callback instead of a queue.",
            ", so I hung up.",
        ),
    ),
    "high": (
        ("", "Thanks! ", "Very happy. ", "Keep it up. "),
        (
            "Friendly people",
            "Quick help",
            "Everything is simple",
            "The price is fair",
            "It works everywhere I go",
            "The app is great",
        ),
        (
            " and just works.",
            " and no surprises.",
            ", exactly what I want.",
            ", I have told my neighbours about you.",
            ".",
        ),
    ),
    "middle": (
        ("", "Well, "),
        ("it is all right", "fine so far", "good service", "nothing special", "the app could be quicker"),
        (".", ", but others are cheaper.", ", no strong feelings.", ", could be better."),
    ),
    "low": (
        START,
        (
            "too expensive for what I get",
            "the price went up again",
            "I pay more than new customers do",
            "your tariff is no longer worth the money",
        ),
        (
            ".",
            ". Others are cheaper.",
            ", I am looking at other companies now.",
            ". You used to be better than this.",
            ", so I may switch.",
        ),
    ),
}
"""By what happened, or by the mood where nothing did: the parts of a comment."""
THEMES: dict[str, tuple[str, ...]] = {
    "unresolved": ("ticket", "agent", "solution", "solved"),
    "billing_error": ("bill", "invoice", "charged", "refund"),
    "outage": ("signal", "network", "coverage", "reception"),
    "late": ("parcel", "delivery", "courier", "delivered"),
    "long_wait": ("hold", "queue", "waiting", "hotline"),
}
"""What those who had each of these write of: the truth that a search for themes is held against."""


def said(
    chance: Chance, record: Columns, some: NDArray[Any], best: int, score: NDArray[Any], *name: object
) -> pa.Array:
    """Comments of the customers at places `some`, whose score was `score` of `best`; null where they wrote nothing.

    Shapes: `some` (k,) places of customers; `score` (n,); gives (n,).
    """
    who = record["who"][some]
    theme = np.select(
        [score >= 0.85 * best, score > 0.6 * best],
        [list(WORDS).index("high"), list(WORDS).index("middle")],
        list(WORDS).index("low"),
    )
    for number, cause in reversed(list(enumerate(WORDS))):
        if cause in record and cause not in ("high", "middle", "low"):
            theme = np.where(record[cause][some] & (score < 0.95 * best), number, theme)
    silent = chance.happens(SILENT, who, *name, "silent")
    # The first part by the same lot as ever; the others by lots of their own.
    lots = [chance.uniform(who, *name, "words", *((place,) if place else ())) for place in range(4)]
    kinds = list(WORDS.values())
    lines = [
        None if quiet else _comment(kinds[which], lot)
        for quiet, which, lot in zip(
            silent.tolist(), theme.tolist(), zip(*(one.tolist() for one in lots), strict=True), strict=True
        )
    ]
    return pa.array(lines, pa.string())


def _comment(parts: Parts, lots: Sequence[float]) -> str:
    """One alternative of each part, by these numbers between 0 and 1."""
    text = "".join(choices[int(lot * len(choices))] for choices, lot in zip(parts, lots, strict=False))
    return text[:1].upper() + text[1:]
