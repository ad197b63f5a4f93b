"""The revenue bridge as people read it: its lines, and the sum that they make.

Reads     rows of the table bridges.
Gives     a Page, and the bridge as one line of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from worthline.metrics import formatting
from worthline.metrics.bridge_lines import SUBTRACTED
from worthline.reports.cells import money_cell
from worthline.reports.page import Block, Column, Grid, Header, Next, Page, Text
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import pyarrow as pa

LABELS = {
    "without_customer": "unallocated revenue",
    "re_estimated": "re-estimated",
    "collected": "margin realised",
    "unwind": "discount unwind",
    "rolled_forward": "horizon extended",
    "acquired_earned": "acquired (earned)",
    "acquired_bought": "acquired (paid)",
    "acquired_unknown": "acquired (source unknown)",
}
"""Lines that are called otherwise on pages than in the table."""
CLOSING = "closing"


def page(header: Header, table: pa.Table, *, currency: str, of: int | None, following: tuple[str, ...] = ()) -> Page:
    """Each bridge as a grid, with the sum beneath it; `of` is how many rows there are in all."""
    digits = currency_digits(currency)
    blocks: list[Block] = [Text((f"bridges, {of:,} rows" if of is not None else "bridges",))]
    rows = table.to_pylist()
    for (kind, period), lines in groupby(rows, key=lambda row: (row["kind"], row["period"])):
        each = list(lines)
        columns = (
            Column(f"{kind.replace('_', ' ').capitalize()}, {formatting.period(period)}"),
            Column("Amount", number=True),
        )
        cells = tuple((label(row["line"]), money_cell(row["amount"], digits)) for row in each)
        blocks.append(Grid(columns, cells))
        if each[-1]["line"] == CLOSING:
            blocks.append(Text((total([row["line"] for row in each]),), dim=True))
    if of is not None and of > table.num_rows:
        further = formatting.how_many(of - table.num_rows, "further row")
        blocks.append(Text((f"{further} not shown: use --limit, --csv or --json.",)))
    return Page(header, (*blocks, Next(following)))


def label(line: str) -> str:
    """A line's name on pages."""
    return LABELS.get(line, line.replace("_", " "))


def total(lines: Sequence[str]) -> str:
    """The sum in words: opening + new - lost = closing."""
    return _joined([(line, label(line)) for line in lines])


def with_amounts(amounts: Mapping[str, float], currency: str) -> str:
    """The sum with its amounts: opening $10.00 + new $2.00 - lost $1.00 = closing $11.00."""
    return _joined([(line, f"{label(line)} {formatting.money(amount, currency)}") for line, amount in amounts.items()])


def whole(table: pa.Table) -> pa.Table:
    """The rows as far as the last bridge that is complete; all of them where none is."""
    ends = [i for i, line in enumerate(table["line"].to_pylist()) if line == CLOSING]
    return table.slice(0, ends[-1] + 1) if ends else table


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    sentence = ""
    for i, (line, text) in enumerate(parts):
        sign = "=" if line == CLOSING else "-" if line in SUBTRACTED else "+"
        sentence += text if i == 0 else f" {sign} {text}"
    return sentence
