"""How far records reach: dates counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from worthline.panel.record_ends import whole_until


def every(days: int, first: date, last: date) -> dict[date, int]:
    """One row every so many days."""
    return {first + timedelta(days=k): 1 for k in range(0, (last - first).days + 1, days)}


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        (every(1, date(2025, 1, 1), date(2025, 9, 30)), date(2025, 9, 1)),
        (every(1, date(2025, 1, 1), date(2025, 9, 9)), date(2025, 8, 1)),
        # Fridays: 26 September, the next is due on 3 October.
        (every(7, date(2025, 1, 3), date(2025, 9, 26)), date(2025, 9, 1)),
        # Invoices of the first of each month: the one of October is due on the first.
        ({date(2025, m, 1): 50 for m in range(1, 10)}, date(2025, 9, 1)),
        # A round of answers each May: the next is due in a year.
        ({date(2024, 5, 7): 90, date(2025, 5, 7): 80}, date(2026, 4, 1)),
        # Three years ago nothing came in for half a year; that says nothing of today.
        (
            every(1, date(2022, 1, 1), date(2022, 3, 1)) | every(1, date(2022, 9, 1), date(2025, 9, 30)),
            date(2025, 9, 1),
        ),
        # One correction in November, after purchases of every day to September.
        (every(1, date(2025, 1, 1), date(2025, 9, 30)) | {date(2025, 11, 20): 2}, date(2025, 9, 1)),
        ({date(2025, 6, 30): 1}, date(2025, 6, 1)),
    ],
)
def test_a_month_is_whole_where_records_reach_its_last_day(rows, whole):
    assert whole_until(rows) == whole
