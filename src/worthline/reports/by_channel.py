"""What each touchpoint delivers through each channel, and what raising the worst one would keep.

Reads     the table channel_consistency.
Gives     Blocks for the page of effects.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Text
from worthline.run.view import RunView

HOW = (
    "Contacts of the last 12 months. Adjusted: what each channel would deliver if all contacts came through it. "
    "Actual: the contacts that did come through it, which may be of other customers."
)
MEASURES = {"resolved": "contacts resolved", "long wait": "long waits", "score": "next score"}


def blocks(run: RunView) -> list[Block]:
    """A grid of channels by touchpoint, then what differs in words; nothing where no touchpoint has two channels."""
    if "channel_consistency" not in run.tables():
        return []
    rows = run.table("channel_consistency").to_pylist()
    columns = (
        Column("Touchpoint"),
        Column("Measure"),
        Column("Channel"),
        Column("Adjusted", number=True),
        Column("95% CI", number=True),
        Column("Actual", number=True),
        Column("Contacts", number=True),
        Column("Note"),
    )
    differ = [row for row in rows if row["worst"]]
    sentences = tuple(row["sentence"] for row in differ) or (
        "No significant difference between channels at any touchpoint.",
    )
    grid = Grid(columns, tuple(_cells(row) for row in rows), title="Consistency by channel", folded=True)
    return [grid, Text((HOW,), dim=True), Text(sentences, mark="-")]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    def told(name: str) -> str:
        return formatting.decimal(row[name]) if row["measure"] == "score" else formatting.share(row[name])

    likely = f"{told('low').removesuffix('%')} to {told('high')}"
    what = MEASURES.get(row["measure"], row["measure"])
    mark = "worst" if row["worst"] else ""
    return (
        row["touchpoint"],
        what,
        row["channel"],
        told("adjusted"),
        likely,
        told("raw"),
        formatting.count(row["n"]),
        mark,
    )
