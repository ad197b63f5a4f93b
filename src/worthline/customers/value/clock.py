"""Weeks as a season makes them: where customers buy twice as much as usual, a week counts twice.

Reads     a factor for each month of the year, mean 1 (customers/season.py); the day that is looked from.
Gives     Clock: weeks back and months ahead on that clock.
Method    a Poisson process whose rate moves alike for all customers is one of constant rate on the clock of its
          cumulative rate; so models of random purchases hold in a season as they stand.
Assumes   the season of the years on record goes on, in the years before and after too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from worthline.stats.maximise import Floats
from worthline.stats.season import YEAR

MONTH_DAYS = 365.25 / YEAR


@dataclass(frozen=True, slots=True)
class Clock:
    """Of one day; without a season a week counts one."""

    back: Floats
    """Weeks from the day back to the middle of each week; week 0 ends on the day."""
    pace: Floats
    """How long each of the next twelve months is, as a share of a usual one; mean 1."""

    @staticmethod
    def of(season: Floats | None, day: date, weeks: int) -> Clock:
        """The clock of `day`, `weeks` back.

        Shapes: `season` (12,), January first.
        """
        if season is None:
            return Clock(np.asarray(np.arange(weeks + 1) + 0.5, dtype=np.float64), np.ones(YEAR))
        today = np.datetime64(day, "D")
        past = np.cumsum(_by_day(season, today - np.arange(7 * (weeks + 1)))) / 7
        middle = 7 * np.arange(weeks + 1)
        coming = _by_day(season, today + 1 + np.arange(366))
        ends = np.round(np.arange(YEAR + 1) * MONTH_DAYS).astype(int)
        pace = np.array([coming[first:last].mean() for first, last in pairwise(ends)])
        return Clock(np.asarray((past[middle + 2] + past[middle + 3]) / 2), np.asarray(pace / pace.mean()))

    def histories(self, purchases: Floats, first: Floats, last: Floats) -> tuple[Floats, Floats, Floats]:
        """x, t_x and age of customers with so many purchases, the first and the last of them so many weeks ago.

        In whole weeks, ages to the half, so that equal histories are counted once: a purchase lies in the middle of its
        week. Two of one week lie half a week apart.
        Shapes: each (n,); gives three of (n,).
        """
        x = purchases - 1
        since, until = self.back[first.astype(int)], self.back[last.astype(int)]
        t_x = np.where(x > 0, np.maximum(np.round(since - until), 0.5), 0.0)
        return x, t_x, np.maximum(np.floor(since) + 0.5, t_x)


def _by_day(season: Floats, days: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> Floats:
    return np.asarray(season[days.astype("datetime64[M]").astype(int) % YEAR])
