"""Who left, held against counts by hand: 40 of 400 customers left, 30 of them after an unresolved contact."""

from datetime import date

import pyarrow as pa
import pytest

from tests.reports.test_profit import Company, grids
from worthline.reports import leavers
from worthline.reports.page import Text
from worthline.run.questions import leavers as asked


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Customers 0 to 39 left in August; 0 to 29 had an unresolved contact in July, as had 36 of those who stayed."""
    rows = []
    for i in range(400):
        for month in (date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)):
            gone = i < 40 and month >= date(2026, 8, 1)
            let_down = month == date(2026, 7, 1) if i < 40 else month == date(2026, 6, 1)
            rows.append(
                {
                    "customer_id": f"C{i}",
                    "month": month,
                    "active": not gone,
                    "left": i < 40 and month == date(2026, 8, 1),
                    "tenure_months": 30,
                    "margin": 0 if gone else 10,
                    "contacts": int((i < 30 or 40 <= i < 76) and let_down),
                    "unresolved": int((i < 30 or 40 <= i < 76) and let_down),
                    "last_score": None,
                }
            )
    panel = pa.Table.from_pylist(rows)
    panel = panel.set_column(panel.column_names.index("last_score"), "last_score", pa.nulls(len(rows), pa.float64()))
    made = Company(panel=panel)
    made.path = tmp_path_factory.mktemp("leavers")
    return made


def test_what_they_shared(run):
    """Unresolved: 30 of 40 = 75% against 36 of 360 = 10%; everybody has been here 30 months, so no other trait."""
    found = {t.name: t for t in asked.traits(run)}
    unresolved = found["An unresolved contact"]
    assert (unresolved.leavers, unresolved.of, unresolved.share, unresolved.stayers) == (30, 40, 0.75, 0.1)
    assert unresolved.is_shared
    assert set(found) == {"An unresolved contact", "At least one contact"}


def test_the_page(run):
    """40 customers x $10 x 3 months before August = $1,200."""
    page = leavers.page(run)
    [answer] = next(block.lines for block in page.blocks if isinstance(block, Text))
    assert answer == (
        "40 of the 400 customers on 30 Jun 2026 left within 3 months; "
        "they generated $1,200 gross margin in the 12 months before."
    )
    assert grids(page)["Was it seen coming?"][0][1:] == ("not known", "no earlier run is kept")
    assert grids(page)["What they shared"][0][0] in ("An unresolved contact", "At least one contact")


def test_few_leavers_are_not_looked_into(run):
    rows = run.sql("select * replace (\"left\" and customer_id in ('C1', 'C2') as \"left\") from panel")
    few = Company(panel=rows)
    few.path = run.path
    assert "Fewer than 10 customers left." in leavers.page(few).blocks[0].lines
