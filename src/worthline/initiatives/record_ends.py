"""Which months each outcome of an initiative is known for: what a window may reach into. Arithmetic and words only.

Reads     a Dataset, the last whole month of each of its tables (panel.record_ends).
Gives     RecordEnds: the last month of each outcome, and what stands beside a figure whose records end early.
Method    an outcome is known while every table that it is counted from is: staying without a contract is told by
          purchases. A horizon is measured of customers whose window is whole; money to date ends with its records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from worthline.effects.checks import Check
from worthline.initiatives.outcomes import MONEY, PRESENCE
from worthline.metrics import formatting
from worthline.panel.calendar import last_complete

if TYPE_CHECKING:
    from worthline.results import Compute, Dataset

NAMES = {
    "transactions": "Purchases",
    "interactions": "Contacts",
    "feedback": "Answers",
    "balances": "Balances",
    "wallet": "Shares of wallet",
}
NEVER_PAUSE = ("transactions", "interactions")
"""Tables whose silence is lack of data; others may rest while one goes on, as surveys do between rounds."""


@dataclass(frozen=True, slots=True)
class RecordEnds:
    """Numbers (since year 0) of the last months that outcomes are known for."""

    last: int
    """The last complete month."""
    by_table: Mapping[str, int] = field(default_factory=dict)
    """Tables that end before it."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """PRESENCE and MONEY -> the table that tells them, where one does row by row."""

    def of(self, *sources: str) -> int:
        """The last month of an outcome that is counted from `sources`: tables, PRESENCE or MONEY."""
        return min((self.by_table.get(self.tables.get(s, s), self.last) for s in sources), default=self.last)

    def until(self, sources: Sequence[str]) -> str:
        """Where money to date ends, in words."""
        known = self.of(*sources)
        return "the last complete month" if known == self.last else formatting.month(month_text(known))

    def checks(self) -> list[Check]:
        """What ends early, and what follows."""
        found = []
        for table, number in sorted(self.by_table.items()):
            says = (
                f"{NAMES[table]} are on record to {formatting.month(month_text(number))} only. Later months are not "
                "counted, and a horizon that reaches beyond is not shown."
            )
            found.append(Check(f"{NAMES[table].lower()} end early", "informs", float(self.last - number), says))
        return found


def record_ends(ds: Dataset, rooms: Compute) -> RecordEnds:
    """Of the tables that a company brings."""
    from worthline.panel.record_ends import last_whole_months  # pages name outcomes without an engine

    last = month_number(last_complete(ds.settings.as_of))
    ends = {table: month_number(month) for table, month in last_whole_months(ds, rooms).items()}
    latest = max((ends[table] for table in NEVER_PAUSE if table in ends), default=last)
    ends = {table: number if table in NEVER_PAUSE else max(number, latest) for table, number in ends.items()}
    tables = {PRESENCE: "transactions"} if ds.settings.setting != "contractual" else {}
    if ds.settings.revenue_from == "transactions":
        tables[MONEY] = "transactions"
    return RecordEnds(last, {table: number for table, number in ends.items() if number < last}, tables)


def month_number(day: date) -> int:
    """A day's month, counted from year 0."""
    return day.year * 12 + day.month - 1


def month_text(number: int) -> str:
    """A month by its number, as 2025-09."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
