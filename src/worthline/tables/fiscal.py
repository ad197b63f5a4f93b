"""Fiscal years and quarters: a fiscal year bears the number of the calendar year in which it ends.

Reads     a year and quarter, or a month, and the month in which the company's fiscal year starts.
Gives     the first day of a quarter or year; the quarter of a month.
"""

from __future__ import annotations

from datetime import date

from worthline.tables.time import add_months


def quarter_begins(year: int, quarter: int, starts_in: int) -> date:
    """First day of a quarter (1 to 4) of a fiscal year that starts in month `starts_in` (1 to 12)."""
    return add_months(date(year if starts_in == 1 else year - 1, starts_in, 1), 3 * (quarter - 1))


def quarter_of(month: int, starts_in: int) -> tuple[int, int, int]:
    """Fiscal year, quarter (1 to 4) and month within the quarter (0 to 2) of a month counted from January of year 0."""
    year, month_of_year = divmod(month - (starts_in - 1), 12)
    return year + (starts_in > 1), month_of_year // 3 + 1, month_of_year % 3
