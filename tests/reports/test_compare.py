"""Groups and periods side by side: differences and their significance worked out by hand."""

import pyarrow as pa
import pytest

from tests.run.test_small_groups import TablesOnly
from worthline.errors import UsageError
from worthline.reports import compare


def row(metric, member, value, *, half=None, n=100, unit="score", period="12m:2026-09", dimension="segment"):
    low, high = (None, None) if half is None else (value - half, value + half)
    return {"metric": metric, "period": period, "dimension": dimension, "member": member, "value": value} | {
        "low": low,
        "high": high,
        "n": n,
        "respondents": n,
        "unit": unit,
        "target": None,
    }


ROWS = [
    row("nps", "Home", 24.0, half=6.0),
    row("nps", "Family", 28.0, half=8.0),
    row("nps", "Home", 10.0, half=5.0, period="12m:2025-09"),
    row("retention", "Home", 0.80, half=0.01, unit="share"),
    row("retention", "Family", 0.90, half=0.01, unit="share"),
    row("customers_active", "Home", 2000.0, unit="count", period="2026-09"),
    row("customers_active", "Family", 1000.0, unit="count", period="2026-09"),
    row("revenue", "Home", 100.0, unit="money", period="2026-09"),
]


class Company(TablesOnly):
    def __init__(self, **tables):
        super().__init__(**tables)
        self.about = {"currency": "USD"}

    def sql(self, query, parameters=()):
        return self._con.execute(query, list(parameters)).to_arrow_table()


@pytest.fixture(scope="module")
def run():
    return Company(metrics=pa.Table.from_pylist(ROWS))


def cells(found):
    return {line[0]: line[1:] for grid in found.grids for line in grid.rows}


def test_two_segments(run):
    """NPS: -4 with half-width sqrt(36 + 64) = 10, so it holds zero; retention: -10 points with 1.4."""
    found = compare.compared(run, {"group": "segment:Home", "with_group": "segment:Family"})
    assert found.title == "Segment Home, 12 months to Sep 2026, compared with Segment Family, 12 months to Sep 2026"
    seen = cells(found)
    assert seen["Net promoter score"][0] == "+24"
    assert seen["Net promoter score"][-1] == "-4 (not significant)"
    assert seen["Retention"][-1] == "-10.0 points"
    assert seen["Customers"] == ("2,000", "", "1,000", "", "+1,000")  # of the last month
    assert "Revenue" not in seen  # of a month only: no number of twelve months


def test_two_periods(run):
    """+14 with half-width sqrt(36 + 25) = 7.8: it does not hold zero."""
    seen = cells(compare.compared(run, {"group": "segment:Home", "with_period": "12m:2025-09"}))
    assert seen["Net promoter score"][-1] == "+14"


def test_a_group_of_four_is_hidden_and_so_is_the_next():
    run = Company(metrics=pa.Table.from_pylist([*ROWS, row("nps", "Tiny", 90.0, half=5.0, n=4)]))
    seen = cells(compare.compared(run, {"group": "segment:Tiny"}))
    assert seen["Net promoter score"][0] == compare.HIDDEN
    # Home and Family have 100 each; one of them goes with it: the one that comes first by name.
    hidden = [
        name
        for name in ("Home", "Family")
        if cells(compare.compared(run, {"group": f"segment:{name}"}))["Net promoter score"][0] == compare.HIDDEN
    ]
    assert len(hidden) == 1


@pytest.mark.parametrize("asked", [{"group": "segment:Nobody"}, {"period": "2019-01"}, {"with_group": "x"}])
def test_what_this_run_has_not_is_wrong_use(run, asked):
    with pytest.raises(UsageError, match="is one of"):
        compare.compared(run, asked)


def test_nothing_asked_is_nothing_compared(run):
    assert compare.compared(run, {"group": ""}) is None
