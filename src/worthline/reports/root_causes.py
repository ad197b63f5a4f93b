"""The page of root-cause actions: volume and cost of what fails, before and after its cause was taken away.

Reads     the table root_cause_results; touchpoints of the run, for the form that opens an action.
Gives     Page; `subjects`.
"""

from __future__ import annotations

from typing import Any

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Grid, Next, Page, Text, command, header
from worthline.results import evidence_words
from worthline.run.view import RunView

TABLE = "root_cause_results"
NOTHING = (
    "No root-cause action has been measured. Open one for a touchpoint, theme or need. Say from which day its cause is "
    "gone; the next run holds the months before against the months after."
)


def page(run: RunView, *, folder: str = "") -> Page:
    """What came of each action."""
    rows = run.table(TABLE).to_pylist() if TABLE in run.tables() else []
    if not rows:
        return Page(header(run), (Text((NOTHING,)),))
    currency = str(run.about["currency"])
    back = [row for row in rows if row["reopened_on"] is not None]
    blocks: list[Block] = []
    if back:
        blocks.append(Text(tuple(f"{row['subject']}: it came back, so it is open again." for row in back), mark="!"))
    fixed = sum(row["change"] is not None and row["change"] < 0 for row in rows)
    many = formatting.how_many(len(rows), "root-cause action")
    fewer = f"{formatting.count(fixed)} with fewer contacts or comments per customer than before"
    blocks.insert(0, Text((f"{many}; {fewer}.",)))
    blocks += [_measured(rows, currency), Text(tuple(row["sentence"] for row in rows), title="In words", mark="-")]
    blocks.append(Next((command("show", TABLE, folder=folder),)))
    return Page(header(run), tuple(blocks))


SUBJECTS = {
    "touchpoint": ("source.interactions", "touchpoint"),
    "theme": ("themes", "label"),
    "need": ("source.needs", "need"),
}
"""Kind of subject -> the table and column that name them."""


def subjects(run: RunView, kind: str | None = None) -> list[str]:
    """What the run knows of a kind (touchpoint, theme, need) in order; of all kinds where none is named."""
    names: list[str] = []
    for subject_kind, (table, column) in SUBJECTS.items():
        is_there = table in run.tables() or table in run.about.get("rows", {})
        if kind in (None, subject_kind) and is_there:
            query = f"select distinct {column} as subject from {table} where {column} is not null order by 1"
            names += run.sql(query)["subject"].to_pylist()
    return names


def _measured(rows: list[dict[str, Any]], currency: str) -> Grid:
    columns = (
        Column("Subject"),
        Column("Counted"),
        Column("State"),
        Column("Owner"),
        Column("Steps done"),
        Column("Per month, before", number=True),
        Column("Per month, after", number=True),
        Column("Change", number=True),
        Column("95% CI", number=True),
        Column("Saved to date", number=True),
        Column("Evidence"),
    )
    cells = tuple(
        (
            row["subject"],
            "comments" if row["kind"] == "theme" else "contacts",
            row["state"],
            row["owner"],
            f"{row['steps_done']} of {row['steps']}" + (f", {row['steps_late']} late" if row["steps_late"] else ""),
            _per(row["volume_before"]),
            _per(row["volume_after"]),
            "" if row["change"] is None else formatting.share(row["change"], 0),
            _interval(row),
            "" if row["saved"] is None else formatting.money(row["saved"], currency),
            evidence_words(row["grade"], row["low"], row["high"]),
        )
        for row in rows
    )
    return Grid(columns, cells, "Before and after (per 1,000 customers)")


def _interval(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    return f"{formatting.share(row['low'], 0)} to {formatting.share(row['high'], 0)}"


def _per(value: float | None) -> str:
    return "" if value is None else formatting.decimal(value, 1)
