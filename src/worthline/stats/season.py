"""What every year does alike: months that go the same way beyond a straight line, shrunk by how far years agree.

Reads     a ratio to what is usual, by month.
Gives     Season: what each month of the year adds to the ratio; None where none shows.
Method    of two whole years or more, the trend is the mean difference of months a year apart, the season the mean of
          the same months beyond it, shrunk by its reliability, 2 r / (1 + r) where years correlate by r beyond the
          trend (Spearman 1910; Brown 1910); of fewer, what lies beyond a line and beyond chance, times its part of the
          variance. A line through a part of a year takes from a season, so with two years none is fitted.
Not for   less than nine months: no season is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

YEAR = 12
AGREE = 0.6
"""Correlation of two years from which on a season shows."""
BEYOND = 0.5
"""Part of the variance beyond chance from which on one year shows a season."""
SEEN = 9
"""Months that a season needs."""
LEAST_SWING = 1e-9
"""Standard deviation of ratios around 1 below which months differ by rounding only."""


@dataclass(frozen=True, slots=True)
class Season:
    """What a season adds to a ratio around 1."""

    by_month: dict[int, float]
    """Of each month that was seen, by its number modulo 12; already shrunk."""
    years: bool
    """Two years agree on it; else it is one year's, beyond chance."""

    def of(self, months: Months) -> Floats:
        """What it adds in these months, 0 in a month of the year that was never seen.

        Shapes: `months` (n,), numbers of months; gives (n,).
        """
        return np.array([self.by_month.get(int(month) % YEAR, 0.0) for month in months])


def season(months: Months, ratio: Floats, noise: Floats) -> Season | None:
    """The season of `ratio`, None where none shows; `noise`: variance of each ratio by chance.

    Shapes: `months` (n,) distinct, ascending; `ratio`, `noise` (n,).
    """
    if len(months) < SEEN:
        return None
    by_month = dict(zip(months.tolist(), ratio.tolist(), strict=True))
    pairs = [month for month in by_month if month - YEAR in by_month]
    years = len(pairs) >= YEAR
    of_year = months % YEAR
    if years:
        yearly = float(np.mean([by_month[month] - by_month[month - YEAR] for month in pairs]))
        beyond = ratio - months * yearly / YEAR  # both years of one trend would agree on it
        beyond = beyond - np.mean([beyond[of_year == of].mean() for of in np.unique(of_year)])
        then, now = (beyond[np.isin(months, np.array(pairs) - back)] for back in (YEAR, 0))
        agree = float(np.corrcoef(then, now)[0, 1]) if min(then.std(), now.std()) > LEAST_SWING else 0.0
        if agree < AGREE:
            return None
        sure = 2 * agree / (1 + agree)
    else:
        beyond = ratio - np.polyval(np.polyfit(months, ratio, 1), months)
        spread = float(beyond.var())
        sure = 1 - float(noise.mean()) / spread if spread > 0 else 0.0
        if sure < BEYOND:
            return None
    return Season({int(of): sure * float(beyond[of_year == of].mean()) for of in np.unique(of_year)}, years)
