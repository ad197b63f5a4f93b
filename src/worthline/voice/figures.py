"""What is said of comments and themes: sentences, and the figure of all comments. Arithmetic and words only.

Gives     `sentence` of a theme; `comments_figure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worthline.metrics import formatting
from worthline.results import Figure, Resolved
from worthline.voice.arrays import Bools
from worthline.voice.months import Months

METHOD = (
    "Counts customers' comments: surveys, reviews, complaints, notes of contacts. The same text of the same author "
    "counts once; empty texts and spam do not count. Themes are groups of words that stand together more than in "
    "the same comments with shuffled words (TF-IDF and non-negative matrix factorisation). Comments kept out of the "
    "learning confirm them."
)


FEWEST_SCORES = 10
"""Answers whose mean a sentence may give: of fewer it says how comments feel."""


def sentence(row: Mapping[str, Any], currency: str, metric: str | None) -> str:
    """How many comments and customers, how they feel, what is at risk: one theme in words."""
    comments, customers = (
        formatting.how_many(row["volume"], "comment"),
        formatting.how_many(row["customers"], "customer"),
    )
    by_customers = f" by {customers}" if row["customers"] else ""
    parts = [f"{row['label']}: {comments}{by_customers} in the last 12 months."]
    if row["score"] is not None and metric is not None and row["score_n"] >= FEWEST_SCORES:
        answers = formatting.how_many(row["score_n"], "answer")
        parts.append(f"Average {metric.upper()} score {formatting.decimal(row['score'], 1)} ({answers}).")
    elif row["sentiment"] is not None:
        parts.append(f"Average sentiment {formatting.decimal(row['sentiment'], 2)} (-1 to 1).")
    if row["margin_at_risk"]:
        money = formatting.money(row["margin_at_risk"], currency)
        parts.append(f"These customers have {money} of margin at risk (overlapping between themes).")
    if row["alarm_says"]:
        parts.append(row["alarm_says"])
    return " ".join(parts)


def comments_figure(
    late: Bools, rows: Sequence[Mapping[str, Any]], by_month: Sequence[Months], settings: Resolved
) -> Figure | None:
    """How many comments customers wrote in the last 12 months, and what most of them are about.

    Shapes: `late` (texts,).
    """
    n = int(late.sum())
    if not n:
        return None
    themes = [row for row in rows if row["origin"] != "heading" and row["volume"]]
    themes.sort(key=lambda row: (-row["volume"], row["theme"]))
    parts = [f"Customers wrote {formatting.how_many(n, 'comment')} in the last 12 months."]
    if themes:
        most = themes[0]
        share = formatting.share(most["volume"] / n)
        parts.append(f"The largest theme is “{most['label']}” ({formatting.count(most['volume'])}, {share}).")
    else:
        parts.append("No theme stands out from chance.")
    alarms = [row for row in themes if row["alarm"]]
    if alarms:
        parts.append(f"More than chance: “{alarms[0]['label']}”, {alarms[0]['alarm_says']}")
    previous = None
    if by_month and len(by_month[0].counts) >= 24:
        previous = float(by_month[0].counts[-24:-12].sum())
    return Figure(
        name="comments_12m",
        label="Comments",
        value=float(n),
        unit="count",
        basis="counted",
        as_of=settings.as_of.isoformat(),
        sentence=" ".join(parts),
        method=METHOD,
        n=n,
        previous=previous,
        tables=("theme_items", "themes"),
        details={"sql": _sql(settings)},
    )


def _sql(settings: Resolved) -> str:
    """The SELECT that counts the same comments, each once whatever its themes."""
    last = settings.as_of.isoformat()
    return (
        "select count(distinct item) as value from theme_items\n"
        "where kind = 'comment' and respondent = 'customer'\n"
        f"  and (day is null or (day > date '{last}' - interval 12 month and day <= date '{last}'))"
    )
