"""What the room publishes: the columns of themes and theme_items, and how each is filled. Arrow only.

Gives     schemas, in the order of their columns.
"""

from __future__ import annotations

import pyarrow as pa

MONEY = pa.decimal128(38, 4)
ITEMS = pa.schema(
    [
        ("item", pa.string()),
        ("kind", pa.string()),
        ("source", pa.string()),
        ("feedback_id", pa.string()),
        ("customer_id", pa.string()),
        ("respondent", pa.string()),
        ("at", pa.timestamp("us")),
        ("day", pa.date32()),
        ("metric", pa.string()),
        ("score", pa.float64()),
        ("touchpoint", pa.string()),
        ("channel", pa.string()),
        ("language", pa.string()),
        ("sentiment", pa.float64()),
        ("sentiment_from", pa.string()),
        ("emotion", pa.string()),
        ("text", pa.string()),
    ]
)
"""One row per text, as handed on inside."""
THEME_ITEMS = pa.schema(
    [
        ITEMS.field("item"),
        pa.field("theme", pa.string()),
        pa.field("label", pa.string()),
        pa.field("loading", pa.float64()),
    ]
    + [pa.field("group", pa.string())]
    + [ITEMS.field(i) for i in range(1, len(ITEMS))]
)
"""One row per text and theme; a text without a theme has one row, its theme empty."""
FOUND = pa.schema(
    [
        ("theme", pa.string()),
        ("label", pa.string()),
        ("parent", pa.string()),
        ("level", pa.int32()),
        ("origin", pa.string()),
        ("terms", pa.list_(pa.string())),
        ("weights", pa.list_(pa.float64())),
        ("phrase", pa.string()),
        ("group", pa.string()),
        ("stable", pa.bool_()),
        ("coherence", pa.float64()),
        ("coherence_by_chance", pa.float64()),
        ("known_from", pa.string()),
        ("change", pa.string()),
    ]
)
"""One row per theme, as handed on inside: what it is."""
THEMES = pa.schema(
    [
        FOUND.field("theme"),
        FOUND.field("label"),
        pa.field("volume", pa.int64()),
        pa.field("sentiment", pa.float64()),
        pa.field("customers", pa.int64()),
        pa.field("margin_at_risk", MONEY),
        FOUND.field("group"),
        FOUND.field("stable"),
        pa.field("group_reason", pa.string()),
        FOUND.field("parent"),
        FOUND.field("level"),
        FOUND.field("origin"),
        pa.field("volume_all", pa.int64()),
        pa.field("volume_others", pa.int64()),
        pa.field("share", pa.float64()),
        pa.field("sentiment_low", pa.float64()),
        pa.field("sentiment_high", pa.float64()),
        pa.field("sentiment_n", pa.int64()),
        pa.field("emotion", pa.string()),
        pa.field("emotional_share", pa.float64()),
        pa.field("score", pa.float64()),
        pa.field("score_low", pa.float64()),
        pa.field("score_high", pa.float64()),
        pa.field("score_n", pa.int64()),
        pa.field("trend", pa.float64()),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("alarm", pa.bool_()),
        pa.field("alarm_month", pa.date32()),
        pa.field("alarm_says", pa.string()),
        FOUND.field("terms"),
        FOUND.field("weights"),
        FOUND.field("phrase"),
        FOUND.field("coherence"),
        FOUND.field("coherence_by_chance"),
        FOUND.field("known_from"),
        FOUND.field("change"),
        pa.field("sentence", pa.string()),
    ]
)
"""One row per theme, the largest first; volume, customers, score and sentiment are of customers' comments of the last
12 months, margin_at_risk of those customers (overlapping: one customer may speak of several themes); sentiment_n counts
the comments whose sentiment is known; group_reason says why no group owns a theme."""

TRENDS = pa.schema(
    [
        ("theme", pa.string()),
        ("label", pa.string()),
        ("month", pa.date32()),
        ("volume", pa.int64()),
        ("expected", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("alarm", pa.bool_()),
    ]
)
"""One row per theme and whole month, all comments first: how many, how many were to be expected, whether it is more
than chance."""
DRIVERS = pa.schema(
    [
        ("metric", pa.string()),
        ("theme", pa.string()),
        ("label", pa.string()),
        ("n", pa.int64()),
        ("mean_with", pa.float64()),
        ("mean_without", pa.float64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_adjusted", pa.float64()),
    ]
)
"""One row per score and theme: how much lower or higher the score is with the theme, the other themes alike."""
LEAVERS = pa.schema(
    [
        ("theme", pa.string()),
        ("label", pa.string()),
        ("leavers", pa.int64()),
        ("leavers_said", pa.int64()),
        ("stayers", pa.int64()),
        ("stayers_said", pa.int64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_adjusted", pa.float64()),
    ]
)
"""One row per theme: the share of customers who spoke of it and left within six months, against those who stayed."""
