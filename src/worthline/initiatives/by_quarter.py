"""What an experiment returned by fiscal quarter, in the year so far, and a year at the latest rate. Arithmetic only.

Reads     a Trial with columns by quarter, its fiscal quarters.
Gives     rows of `initiative_returns` (SCHEMA): kept margin, cash and capacity, each on rows of its own.
Method    quarters are linear parts of the effect to date and add up to it; the year so far is the effect on their sum,
          since errors of quarters are not independent; the run-rate is four times the latest complete quarter.
          Cash: what contacts no longer cost. Capacity: hours of staff time, and money where an hour has a cost. Neither
          is in the benefit nor in the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from worthline.initiatives import experiment, queries
from worthline.initiatives.experiment import Trial
from worthline.initiatives.outcomes import MONEY
from worthline.initiatives.queries import Quarter
from worthline.initiatives.results import MONEY as AMOUNT
from worthline.initiatives.results import money
from worthline.results import Dataset

MARGIN, CASH, CAPACITY = "kept margin", "cash", "capacity"
RUN_RATE, IN_YEAR = "run-rate", "in-year"
SCHEMA = pa.schema(
    [
        ("initiative", pa.string()),
        ("arm", pa.string()),
        ("period", pa.string()),
        ("kind", pa.string()),
        ("amount", AMOUNT),
        ("low", AMOUNT),
        ("high", AMOUNT),
        ("hours", pa.float64()),
        ("hours_low", pa.float64()),
        ("hours_high", pa.float64()),
        ("grade", pa.string()),
    ]
)
_COLUMNS = {MARGIN: "margin_in", CASH: "cost_in", CAPACITY: "seconds_in"}
_SOURCES = {MARGIN: MONEY, CASH: "interactions", CAPACITY: "interactions"}
_HOUR = 3600


def rows(
    trial: Trial, arm: str, quarters: Sequence[Quarter], grade: str, kinds: Sequence[str], ds: Dataset
) -> list[dict[str, Any]]:
    """Rows of one arm: quarters, the fiscal year so far, the run-rate."""
    period_rows: list[dict[str, Any]] = []
    for kind in kinds:
        last = trial.ends.of(_SOURCES[kind])
        known = queries.known_to(quarters, last)
        columns_by_quarter = [trial.rows[f"{_COLUMNS[kind]}_{place}"] for place in range(len(known))]
        if all(column.null_count == trial.rows.num_rows for column in columns_by_quarter):
            continue  # nothing of the kind is known
        for period, places, times in _periods(known):
            columns = [f"{_COLUMNS[kind]}_{place}" for place in places]
            measured = experiment.in_quarters(trial, arm, columns, last)
            if measured is None:
                continue
            low, high = measured.interval()
            whole = [times * measured.treated * value for value in (measured.estimate, low, high)]
            if kind != MARGIN:  # what is no longer spent is a gain
                whole = [-whole[0], -whole[2], -whole[1]]
            period_rows.append(_row(trial.initiative, arm, period, kind, whole, grade, ds))
    return period_rows


def _periods(quarters: Sequence[Quarter]) -> list[tuple[str, list[int], int]]:
    """(name, places of its quarters, how many times it counts) of every row."""
    periods = [(quarter.name, [place], 1) for place, quarter in enumerate(quarters)]
    if not quarters:
        return periods
    year = quarters[-1].year
    periods.append((f"{year} {IN_YEAR}", [place for place, quarter in enumerate(quarters) if quarter.year == year], 1))
    complete = [place for place, quarter in enumerate(quarters) if quarter.is_complete]
    return [*periods, (RUN_RATE, complete[-1:], 4)] if complete else periods


def _row(
    initiative: str, arm: str, period: str, kind: str, whole: Sequence[float], grade: str, ds: Dataset
) -> dict[str, Any]:
    currency, hour_cost = ds.settings.currency, ds.settings.staff_hour_cost
    hours: list[float | None] = [None, None, None]
    amounts = [money(value, currency) for value in whole]
    if kind == CAPACITY:
        hours = [float(f"{value / _HOUR:.9g}") for value in whole]
        rate = None if hour_cost is None else float(Decimal(hour_cost))
        amounts = [None if rate is None else money(value / _HOUR * rate, currency) for value in whole]
    named = dict(zip(("amount", "low", "high"), amounts, strict=True))
    timed = dict(zip(("hours", "hours_low", "hours_high"), hours, strict=True))
    return {"initiative": initiative, "arm": arm, "period": period, "kind": kind, **named, **timed, "grade": grade}
