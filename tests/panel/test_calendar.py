"""Complete months and "the last 12 months", counted on a calendar by hand."""

from datetime import date

import pytest

from worthline.panel.calendar import last_complete, last_months


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        (date(2026, 2, 28), date(2026, 2, 1)),
        (date(2026, 2, 27), date(2026, 1, 1)),
        (date(2024, 2, 28), date(2024, 1, 1)),
        (date(2026, 1, 1), date(2025, 12, 1)),
        (date(2025, 12, 31), date(2025, 12, 1)),
    ],
)
def test_last_complete_month(as_of, last):
    assert last_complete(as_of) == last


@pytest.mark.parametrize(
    ("as_of", "first", "last_day"),
    [
        (date(2025, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
        (date(2025, 12, 30), date(2024, 12, 1), date(2025, 11, 30)),
        (date(2024, 2, 29), date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_the_last_twelve_months_are_twelve(as_of, first, last_day):
    span = last_months(as_of)
    assert (span.first, span.last_day) == (first, last_day)
    assert len(span.months()) == 12
