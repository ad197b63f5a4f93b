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
ROWS = [(f"C{i:03}", True, SCORES[i % 6], float(100 * i)) for i in range(216)] + [("gone", False, 0.0, 1e9)]


@pytest.mark.parametrize("metric", ["nps", "csat"])
def test_every_customer_of_today_stands_once(metric):
    grid, *_ = quadrant.blocks(Run(metric, ROWS), COLUMNS)
    assert isinstance(grid, Grid)
    counts = [[int(cell.split(",")[0]) for cell in row[1:]] for row in grid.rows]
    assert [sum(column) for column in zip(*counts, strict=True)] == [72, 72, 72]
    assert sum(counts[-1]) == 36  # no score: one of six


def test_detractors_in_the_top_third_are_counted_and_a_small_group_is_hidden():
    _, said, _ = quadrant.blocks(Run("nps", ROWS), COLUMNS)
    assert isinstance(said, Text)
    # Detractors: i = 4, 10, … 214; the top third begins at i = 144: 148, 154, … 214, 12 of a mean of 181 x $100.
    assert said.lines == ("12 detractors are in the top third by value, worth $217,200.",)
    few = quadrant.quadrant(Run("nps", ROWS[:60]), COLUMNS)
    assert (dict(few.rows)["Detractors"][0].customers, few.said) == ("fewer than 10", ""), "40, 46, 52, 58 are four"


def test_without_value_or_scores_there_is_no_grid():
    assert quadrant.blocks(Run("nps", ROWS), COLUMNS - {"value"}) == []
    assert quadrant.blocks(Run("nps", [(i, a, None, v) for i, a, _, v in ROWS]), COLUMNS) == []


def test_the_cell_that_holds_most_is_the_darkest_and_a_loss_is_not_drawn():
    rows = [(i, active, score, -10_000.0 if value == 400 else value) for i, active, score, value in ROWS]
    found = quadrant.quadrant(Run("nps", rows), COLUMNS)
    cells = dict(found.rows)
    # Promoters (i = 0, 1 of 6) of the top third: 24 of a mean of 177.5 x $100 = $426,000, against $430,800 of passives.
    assert (cells["Promoters"][0].money, cells["Promoters"][0].depth) == ("$426k", 5)
    assert max(cell.depth for row in cells.values() for cell in row) == 5
    assert [name for name, row in found.rows for cell in row if cell.corner] == ["Detractors"]
    # i = 4, 10, … 70 of the bottom third: $44,400 - $400 - $10,000 = $34,000 of $430,800 is below a tenth.
    assert cells["Detractors"][2].depth == 0
