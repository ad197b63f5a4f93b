"""The page of key drivers: what goes with a score, with 95% confidence intervals, and how each is rated.

Reads     the table key_drivers.
Gives     a Page.
Not for   saying what a change would bring: a share of importance is correlation.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports.page import Block, Column, Grid, Page, RunView, Text, header

CAUTION = "Correlation only: it says where to look first, not what a change would bring."


def page(run: RunView) -> Page:
    """The whole page: a grid a score."""
    rows = run.table("key_drivers").to_pylist()
    blocks: list[Block] = []
    for name, group in groupby(rows, key=lambda row: row["metric"]):
        each = list(group)
        blocks.append(_grid(name, each))
        answers = each[0].get("n")
        based = f" Based on {formatting.how_many(answers, 'complete response')}." if answers else ""
        share = formatting.share(sum(row["share"] for row in each))
        explained = f"Together they explain {share} of its variance (R2). "
        blocks.append(Text((explained + CAUTION + based,), dim=True))
    return Page(header(run), tuple(blocks))


def _grid(name: str, rows: list[dict[str, Any]]) -> Grid:
    columns = (
        Column("Driver"),
        Column("Share of variance explained", number=True),
        Column("95% CI", number=True),
        Column("Average rating", number=True),
        Column("Evidence"),
    )
    cells = tuple(
        (
            str(row["driver"]),
            formatting.share(row["share"]),
            "" if row["low"] is None else f"{formatting.share(row['low'])}-{formatting.share(row['high'])}",
            "" if row["performance"] is None else formatting.decimal(row["performance"], 2),
            "correlation only" if row.get("significant", True) else "not significant",
        )
        for row in rows
    )
    return Grid(columns, cells, title=f"Key drivers of {registered(name).label}")
