"""What the queries of this room are put together from: dates, texts, conditions. Text only.

Reads     names of periods.
Gives     Months of a period; SQL of a day, a text, a month, of money rounded as it is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from worthline.tables.time import add_months, month_end


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months, both included, as first days."""

    first: date
    last: date

    @property
    def days(self) -> str:
        """The condition that a day lies in these months, for `column between ...`."""
        return f"between {day(self.first)} and {day(month_end(self.last))}"


def months_of(period: str) -> Months:
    """The months of "2026-09", "12m:2026-09" or "9m:2026-09"."""
    count, colon, name = period.rpartition("m:")
    last = date.fromisoformat(f"{name}-01")
    return Months(add_months(last, 1 - int(count)) if colon else last, last)


def day(value: date) -> str:
    """A day as SQL."""
    return f"date '{value}'"


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: tuple[str, ...]) -> str:
    """Texts as SQL, within parentheses."""
    return "(" + ", ".join(map(text, values)) + ")"


def month(column: str) -> str:
    """The first day of a day's month."""
    return f"date_trunc('month', {column})::date"


def money(exact: str, digits: int) -> str:
    """The last SELECT of a query: `exact`, a SELECT of one DECIMAL named exact, rounded once, half to even."""
    if digits >= 4:
        return f"select exact as value from ({exact})"
    step, unit = 10 ** (4 - digits), "1" if digits == 0 else f"0.{'1':0>{digits}}"
    return (
        f"select round(exact, {digits}) - if(abs(exact * 10000)::hugeint % {2 * step} = {step // 2}, "
        f"sign(exact) * {unit}, 0) as value  -- half to even\nfrom ({exact})"
    )
