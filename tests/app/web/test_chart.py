"""Charts: where the axis starts and ends, and what is drawn of months that stand alone."""

import re

import pytest

from worthline.app.web.chart import chart
from worthline.reports.trends import Point, Trend

MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09")


def trend(values, unit="count", reach=None):
    points = tuple(
        Point(month, value, *((value - reach, value + reach) if reach and value is not None else (None, None)))
        for month, value in zip(MONTHS, values, strict=True)
    )
    return Trend("x", "X", unit, "USD", points)


@pytest.mark.parametrize(
    ("values", "unit", "lowest", "highest"),
    [
        ([20, 20, 20, 20, 20], "count", "0", "20"),
        ([1.0] * 5, "share", "0%", "100%"),
        ([0.99, 0.995, 1.0, 0.992, 0.99], "share", "99.0%", "100%"),
        ([1.0, 1.1, 1.2, 1.1, 1.0], "share", "100%", "120.0%"),
        ([1, 5, 10, 3, 2], "count", "0", "10"),
    ],
    ids=["constant", "everybody stayed", "nearly everybody", "above 100% where it is", "from zero"],
)
def test_an_axis_starts_at_zero_unless_that_flattens_and_no_share_of_100_goes_on(values, unit, lowest, highest):
    """A company that lost nobody had an axis of retention from 100% to 200%."""
    drawn = chart(trend(values, unit))
    assert (drawn.up[-1], drawn.up[0]) == (lowest, highest)


def test_the_interval_of_a_month_that_stands_alone_is_drawn():
    """Surveys once a year: three points, and no band between them. 50 +- 10 on an axis 300 high from 30 to 70."""
    svg = str(chart(trend([40, None, 50, None, 60], reach=10)).svg)
    assert "<polygon" not in svg
    ends = [tuple(map(int, found)) for found in re.findall(r'class="reach" d="M(\d+) (\d+)V(\d+)"', svg)]
    assert [x for x, _, _ in ends] == [0, 500, 1000]
    assert ends[1] == (500, 225, 75)


def test_months_in_a_row_have_a_band_and_no_lines_of_their_own():
    svg = str(chart(trend([40, 45, 50, 55, 60], reach=10)).svg)
    assert svg.count("<polygon") == 1
    assert "reach" not in svg
