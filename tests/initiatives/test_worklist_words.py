"""Which words of a customer are a reason on the worklist."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import pyarrow as pa

from tests.initiatives.planning import rooms, settings
from worthline.initiatives.worklist import gather
from worthline.results import Dataset


def test_words_are_a_reason_for_a_year():
    """Of a customer's words the latest within 365 days before the as-of date; older ones are no reason to call."""
    day = {"a": date(2026, 9, 1), "b": date(2025, 10, 1), "c": date(2025, 9, 30), "d": date(2025, 2, 14)}
    rows = pa.table(
        {
            "feedback_id": list(day),
            "customer_id": list(day),
            "at": pa.array([datetime(d.year, d.month, d.day) for d in day.values()], pa.timestamp("us")),
            "at_date": pa.array(list(day.values()), pa.date32()),
            "text": [f"words of {name}" for name in day],
        }
    )
    ds = Dataset({"feedback": ibis.memtable(rows)}, {"feedback": frozenset(rows.column_names)}, settings())
    words = rooms().fetch(gather._words(ds)).to_pylist()
    assert {row["customer_id"]: row["last_words"] for row in words} == {"a": "words of a", "b": "words of b"}
