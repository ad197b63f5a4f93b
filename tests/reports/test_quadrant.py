"""Score against value: every customer of today in one cell, thirds of equal size, the corner named."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from worthline.reports import quadrant
from worthline.reports.page import Grid, Text

COLUMNS = {"active", "last_score", "value", "customer_id"}


class Run:
    """Only what the block asks of a run."""

    def __init__(self, metric: str, rows: list[tuple[str, bool, float | None, float | None]]) -> None:
        self.about: dict[str, Any] = {"currency": "USD", "settings": {"score_metric": metric}}
        self._rows = pa.table(
            dict(zip(("customer_id", "active", "last_score", "value"), map(list, zip(*rows, strict=True)), strict=True))
        )

    def sql(self, query: str) -> pa.Table:
        """The query's rows."""
        with duckdb.connect() as con:
            con.register("customer_scores", self._rows)
            return con.execute(query).to_arrow_table()


SCORES = [10.0, 9.0, 8.0, 7.0, 3.0, None]
ROWS = [(f"C{i:03}", True, SCORES[i % 6], float(100 * i)) for i in range(60)] + [("gone", False, 0.0, 1e9)]


@pytest.mark.parametrize("metric", ["nps", "csat"])
def test_every_customer_of_today_stands_once(metric):
    grid, *_ = quadrant.blocks(Run(metric, ROWS), COLUMNS)
    assert isinstance(grid, Grid)
    counts = [[int(cell.split(",")[0]) for cell in row[1:]] for row in grid.rows]
    assert [sum(column) for column in zip(*counts, strict=True)] == [20, 20, 20]
    assert sum(counts[-1]) == 10  # gave no score


def test_the_corner_of_unhappy_customers_worth_most_is_named():
    _, said, _ = quadrant.blocks(Run("nps", ROWS), COLUMNS)
    assert isinstance(said, Text)
    # Unhappy: i = 4, 10, … 58; the top third begins at i = 40: 40, 46, 52, 58.
    assert said.lines == ("4 unhappy customers are among the third worth most: $19,600 of value.",)


def test_without_value_or_scores_there_is_no_grid():
    assert quadrant.blocks(Run("nps", ROWS), COLUMNS - {"value"}) == []
    assert quadrant.blocks(Run("nps", [(i, a, None, v) for i, a, _, v in ROWS]), COLUMNS) == []


def test_the_cell_that_holds_most_is_the_darkest_and_a_loss_is_not_drawn():
    rows = [(i, active, score, -1.0 if value == 400 else value) for i, active, score, value in ROWS]
    found = quadrant.quadrant(Run("nps", rows), COLUMNS)
    cells = dict(found.rows)
    # Happy (i = 0, 1 of 6) and among the top third: 42, 43, 48, 49, 54, 55 = $29,100; no other cell holds as much.
    assert (cells["Happy"][0].money, cells["Happy"][0].depth) == ("$29k", 5)
    assert max(cell.depth for row in cells.values() for cell in row) == 5
    assert [name for name, row in found.rows for cell in row if cell.corner] == ["Unhappy"]
    # C004, C010, C016 of the bottom third: 1,000 + 1,600 - 1 of some 29,000.
    assert cells["Unhappy"][2].depth == 0
