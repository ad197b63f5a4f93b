"""Made-up comments about a few things, each in many words; and rows of texts as the room gathers them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from hashlib import sha256

import numpy as np
import pyarrow as pa

from worthline.voice.gather import COLUMNS
from worthline.voice.texts import simplified

TOPICS = {
    "billing": "bill invoice charge refund amount payment account overcharged statement fee tariff receipt",
    "delivery": "parcel courier delivery late tracking package doorstep driver promised shipment arrived depot",
    "network": "signal coverage outage mast reception network dropped calls mobile data roaming tower",
    "staff": "agent friendly helpful patient explained polite support rude listened manager service kind",
}
FILLER = "really today again always never month week home office morning evening family money time people thing"


def comments(n: int, seed: int = 1, topics: dict[str, str] = TOPICS) -> list[tuple[str, str]]:
    """n comments with their topic: five words of it among four of no topic."""
    draw = random.Random(seed)
    out = []
    for _ in range(n):
        topic = draw.choice(sorted(topics))
        words = draw.sample(topics[topic].split(), 5) + draw.sample(FILLER.split(), 4)
        draw.shuffle(words)
        out.append((" ".join(words), topic))
    return out


def distinct(texts: list[str]) -> tuple[list[str], np.ndarray]:
    """Different texts in order of their sha256, with it."""
    plain = sorted({simplified(text) for text in texts}, key=lambda text: sha256(text.encode()).digest())
    return plain, np.array([sha256(text.encode()).digest() for text in plain], dtype="S32")


def rows(texts: list[str | None], **columns: list[object]) -> pa.Table:
    """Rows of gather.texts; a column that is not given: a feedback of a customer of its own, a day apart."""
    n = len(texts)
    day = date(2026, 1, 1)
    given: dict[str, list[object]] = {
        "source": ["feedback"] * n,
        "feedback_id": [f"F{i:06}" for i in range(n)],
        "customer_id": [f"C{i:06}" for i in range(n)],
        "respondent": ["customer"] * n,
        "at": [datetime(2026, 1, 1) + timedelta(days=i % 250) for i in range(n)],
        "day": [day + timedelta(days=i % 250) for i in range(n)],
        "metric": ["nps"] * n,
        "score": [None] * n,
        "scale_low": [0.0] * n,
        "scale_high": [10.0] * n,
        "touchpoint": [None] * n,
        "channel": [None] * n,
        "language": ["en"] * n,
        "text": list(texts),
        **columns,
    }
    kinds = {"string": pa.string(), "float64": pa.float64(), "date": pa.date32(), "timestamp(6)": pa.timestamp("us")}
    return pa.table({name: pa.array(given[name], kinds[kind]) for name, kind in COLUMNS.items()})
