"""Profit by decile and segment and the losses: a hundred and twenty customers whose profit is worked out by hand."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.run.test_small_groups import TablesOnly
from worthline.reports import profit
from worthline.reports.page import Grid, Text


class Company(TablesOnly):
    run_id = "abcdef123456"

    def __init__(self, **tables):
        super().__init__(**tables)
        self.about = {"currency": "USD", "company": "Shop", "as_of": "2026-09-30", "rows": {}}


@pytest.fixture(scope="module")
def page():
    """Twelve customers of each margin from $0 to $90; serving costs $5, and $40 of the twelve worst, who have none."""
    money = pa.decimal128(18, 4)
    rows = [
        {
            "customer_id": f"C{i:03}",
            "active": True,
            "revenue_12m": Decimal(100),
            "margin_12m": Decimal(10 * (i // 12)),
            "cost_to_serve_12m": Decimal(40 if i < 12 else 5),
            "profit_12m": Decimal(10 * (i // 12) - (40 if i < 12 else 5)),
        }
        for i in range(120)
    ]
    schema = pa.schema(
        [("customer_id", pa.string()), ("active", pa.bool_())]
        + [(name, money) for name in ("revenue_12m", "margin_12m", "cost_to_serve_12m", "profit_12m")]
    )
    panel = pa.table({"customer_id": ["C000"], "month": [date(2026, 9, 1)], "contacts": [24]})
    run = Company(customer_scores=pa.Table.from_pylist(rows, schema=schema), panel=panel)
    return profit.page(run)


def grids(page):
    return {block.title: block.rows for block in page.blocks if isinstance(block, Grid)}


def test_the_best_tenth(page):
    """12 x ($90 - $5) = $1,020. All: 12 x (450 - 9 x 5 - 40) = 12 x 365 = $4,380. Share 23.3%."""
    [answer] = next(block.lines for block in page.blocks if isinstance(block, Text))
    assert answer == "The most profitable tenth generates 23.3% of the profit from today's customers: $1,020 of $4,380."


def test_deciles_add_up(page):
    rows = grids(page)["Profit by decile"]
    assert [row[1] for row in rows] == ["12"] * 10
    assert [float(row[5].exact) for row in rows] == [12 * (10 * k - 5) for k in range(9, 0, -1)] + [-480]
    assert sum(float(row[5].exact) for row in rows) == 4380


def test_losses_have_a_reason(page):
    """Twelve customers of no margin cost $40 each; one of them is known to have had 24 contacts."""
    assert grids(page)["Loss-making customers"] == (("Cost to serve exceeds margin", "12", "-$480", "24.0"),)
