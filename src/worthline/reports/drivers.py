"""The page of key drivers: what goes with a score, with 95% confidence intervals, and how each is rated.

Reads     the table key_drivers.
Gives     a Page.
Not for   saying what a change would bring: a share of importance is correlation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.run.view import RunView

LEAST = 2
"""Drivers that a plot needs."""
CAUTION = "Correlation only: it says where to look first, not what a change would bring."


@dataclass(frozen=True, slots=True)
class Spot:
    """A driver on the plot of importance against performance; both as numbers and as text."""

    name: str
    importance: float
    performance: float
    importance_text: str
    performance_text: str
    advice: str


ADVICE = {
    (True, False): "improve first",
    (True, True): "keep up",
    (False, False): "improve next",
    (False, True): "no action",
}
"""By whether importance and performance are above their means."""


def spots(run: RunView) -> dict[str, tuple[Spot, ...]]:
    """Score -> its drivers that are rated, for the plot; scores with fewer than two are left out."""
    out: dict[str, tuple[Spot, ...]] = {}
    rows = [row for row in run.table("key_drivers").to_pylist() if row["performance"] is not None]
    for name, group in groupby(rows, key=lambda row: row["metric"]):
        each = list(group)
        if len(each) < LEAST:
            continue
        share, rated = (sum(row[column] for row in each) / len(each) for column in ("share", "performance"))
        out[registered(name).label] = tuple(
            Spot(
                _label(row),
                float(row["share"]),
                float(row["performance"]),
                formatting.share(row["share"]),
                formatting.decimal(row["performance"], 2),
                ADVICE[row["share"] > share, row["performance"] > rated],
            )
            for row in each
        )
    return out


def page(run: RunView) -> Page:
    """The whole page: a grid a score."""
    rows = run.table("key_drivers").to_pylist()
    blocks: list[Block] = []
    for name, group in groupby(rows, key=lambda row: row["metric"]):
        each = list(group)
        top = max(each, key=lambda row: row["share"])
        sentence = f"{_label(top)} explains the largest share of the variance of "
        share = formatting.share(top["share"])
        blocks.append(Text((f"{sentence}{registered(name).label}: {share} (correlation only).",)))
        blocks.append(_grid(name, each))
        answers = each[0].get("n")
        based = f" Based on {formatting.how_many(answers, 'complete response')}." if answers else ""
        share = formatting.share(sum(row["share"] for row in each))
        explained = f"Together they explain {share} of its variance (R2). "
        blocks.append(Text((explained + CAUTION + based,), dim=True))
    return Page(header(run), tuple(blocks))


def _label(row: dict[str, Any]) -> str:
    """Signs on roads, from signs_on_roads."""
    return str(row["driver"]).replace("_", " ").capitalize()


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
            _label(row),
            formatting.share(row["share"]),
            "" if row["low"] is None else f"{formatting.share(row['low'])}-{formatting.share(row['high'])}",
            "" if row["performance"] is None else formatting.decimal(row["performance"], 2),
            "correlation only" if row.get("significant", True) else "not significant",
        )
        for row in rows
    )
    return Grid(columns, cells, title=f"Key drivers of {registered(name).label}")
