"""Themes by month: how many comments, what was to be expected, and which months are more than chance. numpy only.

Reads     Said; the as-of date.
Gives     By: counts of each theme by whole month, its trend, its alarms; rows of theme_trends.
Method    see trend; chances of all themes and months are corrected together (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worthline.stats.false_discovery import adjusted_p_values
from worthline.voice import trend
from worthline.voice.arrays import Ints, Said
from worthline.voice.trend import Trend

Floats = NDArray[np.float64]
SPAN = 24
"""Whole months that are looked at."""
ALARM = 0.01
"""Chance, corrected, below which a month is more than chance."""
ALL = "all comments"


@dataclass(frozen=True)
class Months:
    """One theme by month; arrays over months."""

    first: int
    """Months since 1970 of the first."""
    counts: Floats
    expected: Floats
    p: list[float | None]
    trend: Trend | None

    def day(self, at: int) -> date:
        """The first day of a month."""
        month = self.first + at
        return date(1970 + month // 12, month % 12 + 1, 1)

    def alarms(self) -> list[int]:
        """Months with more than chance, the clearest first."""
        alarms = [
            month
            for month, p in enumerate(self.p)
            if p is not None and p < ALARM and self.counts[month] > self.expected[month]
        ]
        return sorted(alarms, key=lambda month: (self.p[month], -self.counts[month], month))


def by_month(said: Said, about: Sequence[Ints], as_of: date) -> list[Months]:
    """All comments first, then each theme.

    Shapes: `about` one of (k,) a theme, places of texts.
    """
    last = (as_of.year - 1970) * 12 + as_of.month - 1
    if (as_of + timedelta(days=1)).month == as_of.month:
        last -= 1  # the month is not over
    month = said.month
    counted = said.is_comment & said.by_customer & (month >= 0) & (month <= last)
    if not counted.any():
        return []
    start = max(last - SPAN + 1, int(month[counted].min()))
    rows = [np.flatnonzero(counted), *(texts[counted[texts]] for texts in about)]
    monthly_counts = [
        np.bincount(month[r][month[r] >= start] - start, minlength=last - start + 1).astype(float) for r in rows
    ]
    tested = [trend.chances(counts) for counts in monthly_counts]
    flat = [None if np.isnan(p) else float(p) for chances, _ in tested for p in chances.tolist()]
    adjusted = adjusted_p_values(flat)
    size = last - start + 1
    return [
        Months(start, counts, tested[i][1], adjusted[i * size : (i + 1) * size], trend.trend(counts))
        for i, counts in enumerate(monthly_counts)
    ]


def rows(themes: Sequence[tuple[str, str]], months: Sequence[Months]) -> list[dict[str, Any]]:
    """Rows of theme_trends; `themes` are names and labels, in the order of `months` but for the first."""
    out = []
    for (theme, label), each in zip([(ALL, "All comments"), *themes], months, strict=False):
        alarms = set(each.alarms())
        for number, count in enumerate(each.counts.tolist()):
            p, expected = each.p[number], each.expected[number]
            out.append(
                {
                    "theme": theme,
                    "label": label,
                    "month": each.day(number),
                    "volume": int(count),
                    "expected": None if np.isnan(expected) else float(expected),
                    "p_adjusted": None if p is None else float(f"{p:.6g}"),
                    "alarm": number in alarms,
                }
            )
    return out
