"""Fiscal quarters, against the calendar written out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from worthline.tables.fiscal import quarter_begins, quarter_of


@pytest.mark.parametrize(
    ("year", "quarter", "starts_in", "first"),
    [
        (2026, 1, 1, date(2026, 1, 1)),
        (2026, 4, 1, date(2026, 10, 1)),
        (2026, 1, 4, date(2025, 4, 1)),  # a year from April 2025 to March 2026 is 2026
        (2026, 4, 4, date(2026, 1, 1)),
        (2026, 2, 12, date(2026, 3, 1)),  # December 2025 to November 2026
    ],
)
def test_a_fiscal_year_bears_the_number_of_the_year_in_which_it_ends(year, quarter, starts_in, first):
    assert quarter_begins(year, quarter, starts_in) == first
    for month_of_quarter in range(3):
        month = first.year * 12 + first.month - 1 + month_of_quarter
        assert quarter_of(month, starts_in) == (year, quarter, month_of_quarter)
