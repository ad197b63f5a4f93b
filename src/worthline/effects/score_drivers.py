"""The key drivers of the company's scores, from questions answered on the same sheet.

Reads     a Dataset's feedback.
Gives     rows of the table key_drivers, and what could not be told.
Method    questions answered on at least half of the sheets that bear the score, on sheets that answer all of them. Of
          more than MOST those that correlate most closely with it; the rest are named.
          Sheets that answer every question alike (straight-liners) are counted and told, with what the drivers
          explain without them. They stay in: nobody can tell the bored from the delighted.
Assumes   what drives a score is asked beside it; importance is correlation, not causation.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from worthline.effects import gather
from worthline.effects.drivers import Floats, key_drivers
from worthline.errors import NotEnoughData
from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.results import Compute, Dataset

OVERALL = ("nps", "csat", "ces", "stars")
"""Questions about the whole: scores to be explained, never drivers."""
FEWEST_QUESTIONS = 3
"""Questions from which on the same answer to all of them is a sign."""
WORTH_SAYING = 0.02
"""Share of sheets below which straight-liners are not mentioned."""
MOST = 14
"""Drivers of one score that shares are computed of: of more questions, those that go with it most closely."""

SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("driver", pa.string()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("performance", pa.float64()),
        ("significant", pa.bool_()),
        ("n", pa.int64()),
    ]
)


def table(ds: Dataset, rooms: Compute) -> tuple[pa.Table | None, tuple[str, ...]]:
    """key_drivers by metric, the largest share first, and notes; None where nothing is asked beside a score."""
    if not ds.has("feedback", "feedback_id", "score"):
        return None, ()
    rows: list[dict[str, object]] = []
    notes: list[str] = []
    for metric in dict.fromkeys((str(ds.settings.score_metric), *OVERALL)):
        try:
            driver_rows, metric_notes = _of(ds, rooms, metric)
            rows += driver_rows
            notes += metric_notes
        except NotEnoughData as error:
            notes.append(f"No key drivers of {metric}: {error}")
    return (pa.Table.from_pylist(rows, SCHEMA) if rows else None), tuple(notes)


def _of(ds: Dataset, rooms: Compute, metric: str) -> tuple[list[dict[str, object]], list[str]]:
    sheets_by_metric = {row["metric"]: row["sheets"] for row in rooms.fetch(gather.beside(ds, metric)).to_pylist()}
    enough = sheets_by_metric.pop(metric, 0) / 2
    questions = [name for name, n in sheets_by_metric.items() if n >= enough and name not in OVERALL and name != metric]
    if not questions:
        return [], []
    questions, notes = _screened(ds, rooms, metric, questions)
    sheets = rooms.fetch(gather.sheets(ds, metric, questions))
    columns = [np.asarray(sheets[name]) for name in sheets.column_names]
    answers, score = np.column_stack(columns[:-1]), columns[-1]
    drivers = key_drivers(answers, score)
    order = np.argsort(-drivers.shares, kind="stable").tolist()
    rows: list[dict[str, object]] = [
        {
            "metric": metric,
            "driver": questions[i],
            "share": _told(drivers.shares[i]),
            "low": _told(drivers.low[i]),
            "high": _told(drivers.high[i]),
            "performance": _told(answers[:, i].mean()),
            "significant": bool(drivers.significant[i]),
            "n": drivers.n,
        }
        for i in order
    ]
    alike = straight(metric, answers, score, drivers.r2)
    return rows, [*notes, *([] if alike is None else [alike])]


def _screened(ds: Dataset, rooms: Compute, metric: str, questions: list[str]) -> tuple[list[str], list[str]]:
    """At most MOST of the questions, those that correlate most with the score (either sign); and who is left out."""
    if len(questions) <= MOST:
        return questions, []
    sheets = rooms.fetch(gather.sheets(ds, metric, questions, complete=False))
    columns = [
        np.asarray(sheets[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in sheets.column_names
    ]
    strength = [correlation(answers, columns[-1]) for answers in columns[:-1]]
    order = sorted(range(len(questions)), key=lambda i: (-round(strength[i], 9), questions[i]))
    kept, out = ([questions[i] for i in some] for some in (order[:MOST], order[MOST:]))
    says = f"Key drivers of {metric}: shares are of the {MOST} questions that go with it most closely, of "
    return kept, [f"{says}{len(questions)}. Left out: {', '.join(out)}."]


def correlation(answers: Floats, score: Floats) -> float:
    """How closely both go together, 0 to 1, over rows in which both are known; 0 where one never varies.

    Shapes: `answers`, `score` (n,); gives a number.
    """
    known = ~np.isnan(answers) & ~np.isnan(score)
    x, y = answers[known], score[known]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return abs(float(np.corrcoef(x, y)[0, 1]))


def straight(metric: str, answers: Floats, score: Floats, r2: float) -> str | None:
    """How many sheets answer every question alike, and what that does; None where too few questions could tell.

    Shapes: `answers` (sheets, questions); `score` (sheets,).
    """
    alike = np.ptp(answers, axis=1) == 0
    share = float(alike.mean())
    if answers.shape[1] < FEWEST_QUESTIONS or share < WORTH_SAYING:
        return None
    label = registered(metric).label
    sentence = f"{label}: {formatting.share(share)} of {formatting.count(len(score))} complete responses "
    sentence += f"give all {answers.shape[1]} questions the same answer (straight-lining)"
    try:
        without = key_drivers(answers[~alike], score[~alike], resamples=2).r2
    except NotEnoughData:
        return f"{sentence}. Too few others are left to say what the key drivers would be without them."
    with_others, alone = formatting.share(r2), formatting.share(without)
    return f"{sentence}. With them the drivers explain {with_others} of the score, without them {alone}."


def _told(value: float) -> float:
    """Without the last digits, in which machines differ."""
    return round(float(value), 9)
