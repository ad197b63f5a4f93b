"""Any result table as a page, as CSV or as JSON.

Reads     an Arrow table.
Gives     a Page, or text in pieces, so that a table of any size can be written out.
Method    CSV: a text cell that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay
          numbers, because it is the column's type that decides. JSON: one object a row; null for null.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from worthline.metrics import formatting
from worthline.reports import bridges
from worthline.reports import units as table_units
from worthline.reports.cells import cell, grouped, money_cell
from worthline.reports.page import Block, Column, Grid, Header, Next, Page, Text
from worthline.results import GRADES, evidence_words
from worthline.run import small_groups
from worthline.run.view import RunView
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import pyarrow as pa

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that make a spreadsheet calculate; the last four are the full-width twins."""
ORDER = {
    "metrics": "regexp_matches(period, '^(12m:)?[0-9]{4}-[0-9]{2}$') desc, right(period, 7) desc, "
    "period like '12m:%' desc, dimension <> 'all', metric, period, dimension, member",
    "bridges": "period like '12m:%' desc, period desc, kind, position",
}
"""In which order pages list a table; CSV and JSON give it as it was published."""
FIRST = {
    "metrics": ("metric", "period", "member", "value", "low", "high", "dimension"),
    "effects": ("cause", "outcome", "horizon_months", "estimate", "low", "high", "grade", "segment"),
    "customer_scores": ("customer_id", "p_leave_12m", "margin_at_risk", "value", "last_score", "reasons"),
    "experience_money": ("level", "name", "joint", "joint_low", "joint_high", "grade"),
    "themes": ("label", "volume", "margin_at_risk", "trend", "sentiment", "group"),
    "theme_items": ("day", "label", "sentiment", "score", "text"),
    "benefits_register": ("initiative", "owner", "approved", "proven", "low", "high", "variance", "state", "grade"),
    "benefits_by_group": ("group", "approved", "proven", "variance"),
    "worklist": ("place", "customer_id", "action", "expected_net", "cost", "grade", "week", "reason"),
    "control_groups": ("action", "trial", "share", "customers", "control", "withheld", "customers_needed"),
    "initiative_returns": ("initiative", "period", "kind", "amount", "low", "high", "hours", "grade"),
    "initiative_results": ("initiative", "arm", "outcome", "horizon_months", "estimate", "low", "high", "grade"),
}
"""Columns that come first where a table is listed in the terminal."""
SPOKEN_OF = ("value", "amount")
BY_UNIT = ("value", "low", "high", "target", "ours", "finance", "difference")
SHARES = ("share", "p_leave", "p_leave_12m", "response_rate", "resolved_share", "left_share", "predicted_share")
"""Columns of result tables that are shares whatever the row."""
IDENTITIES = ("_id", "year", "position", "seed")
"""Ends of the names of columns whose numbers are names, not amounts."""
INTERVALS = (("low", "high"), ("joint_low", "joint_high"))
"""Columns that hold the interval of a row's number, to which its grade belongs."""
MONEY_SCALE = 4
TWO_DECIMALS = ("score", "ratio", "seconds", "hours", "days", "months")
ROWS = 20
"""Rows shown in the terminal unless asked for more."""


def page(
    header: Header,
    title: str,
    table: pa.Table,
    *,
    of: int | None,
    width: int | None,
    currency: str | None = None,
    name: str = "",
    following: tuple[str, ...] = (),
) -> Page:
    """The rows as a grid of as many columns as fit; says which rows and columns are left out.

    `of` is how many rows there are in all, where `table` holds only the first of them. With no `width` every
    column is there. With a `currency` its money has that currency's digits; without, nothing is rounded.
    """
    digits = None if currency is None else currency_digits(currency)
    fitting, left_out = _fitting(grid(table, digits=digits, name=name), width)
    remarks = []
    if of is not None and of > table.num_rows:
        remarks.append(
            f"{formatting.how_many(of - table.num_rows, 'further row')} not shown: use --limit, --csv or --json."
        )
    if left_out:
        remarks.append(f"Columns not shown: {', '.join(left_out)}. Use --wide, --csv or --json.")
    if not table.num_rows:
        remarks.append(f"No rows. Columns: {', '.join(table.column_names)}.")
    blocks: tuple[Block, ...] = (fitting, Text(tuple(remarks)), Next(following))
    return Page(header, (Text((title,)), *blocks) if title else blocks)


def listing(run: RunView, name: str, limit: int | None) -> pa.Table:
    """The rows of a result table that its page begins with: the newest first, where the table has periods."""
    if name in ORDER:
        what = small_groups.hidden(run, name) or name
        table = run.sql(f"select * from {what} order by {ORDER[name]} limit {int(limit or ROWS)}")
    else:
        table = small_groups.table(run, name, limit or ROWS)
    first = [column for column in FIRST.get(name, ()) if column in table.column_names]
    table = table.select([*first, *(column for column in table.column_names if column not in first)])
    return bridges.whole(table) if name == "bridges" and limit is None else table


def grid(table: pa.Table, *, digits: int | None = None, unit: str = "", name: str = "") -> Grid:
    """Every row and column of a small table.

    With `digits`, the currency's, money and counts are grouped in thousands and shares are percentages; without,
    every number stands as it is. `unit` is that of value, low, high and target where no column `unit` says it; the
    `name` of a result table tells the units of its own columns.
    """
    known = {} if digits is None or not name else table_units.units(name, table)
    units = table["unit"].to_pylist() if "unit" in table.column_names else [unit] * table.num_rows
    cells = []
    for field in table.schema:
        values = table[field.name].to_pylist()
        if digits is not None and field.name == "grade":
            cells.append(_evidence(table))
        elif digits is None:
            cells.append([cell(v, places=None) for v in values])
        elif _is_money(field.type):
            cells.append([money_cell(v, digits) for v in values])
        elif field.name in known:
            cells.append([_in_unit(v, of, digits) for v, of in zip(values, known[field.name], strict=True)])
        elif field.name in BY_UNIT:
            cells.append([_in_unit(v, of, digits) for v, of in zip(values, units, strict=True)])
        elif field.name in SHARES:
            cells.append([_in_unit(v, "share", digits) for v in values])
        elif _is_number(field.type) and not field.name.endswith(IDENTITIES):
            cells.append([grouped(cell(v)) for v in values])
        else:
            cells.append([cell(v) for v in values])
        if digits is not None and _is_number(field.type):
            cells[-1] = [_exact(text, v) for text, v in zip(cells[-1], values, strict=True)]
    columns = tuple(Column(f.name, number=_is_number(f.type)) for f in table.schema)
    return Grid(columns, tuple(zip(*cells, strict=True)) if cells else ())


def _evidence(table: pa.Table) -> list[str]:
    """The evidence of each row in words, by the grade and the interval that stand in it; "" without a grade."""
    known = set(table.column_names)
    ends = next((pair for pair in INTERVALS if known.issuperset(pair)), ())
    low, high = [table[name].to_pylist() for name in ends] if ends else [[None] * table.num_rows] * 2
    return [
        evidence_words(grade, *interval) if grade in (None, *GRADES) else str(grade)
        for grade, *interval in zip(table["grade"].to_pylist(), low, high, strict=True)
    ]


def _exact(text: str, value: Any) -> str:
    """The text with its number beside it, for downloads."""
    is_finite = value is not None and text and math.isfinite(value)
    return formatting.Written(text, value) if is_finite else text


def _in_unit(value: Any, unit: str, digits: int) -> str:
    """A value of a metric: money and shares as such, another number grouped."""
    if unit == "money" and isinstance(value, float):
        return grouped(f"{value:.{digits}f}") if math.isfinite(value) else ""
    if unit == "money":
        return money_cell(value, digits)
    if unit in ("share", "rate") and isinstance(value, float | Decimal) and math.isfinite(value):
        return formatting.share(value, 2)
    if unit in TWO_DECIMALS and isinstance(value, float) and math.isfinite(value):
        return grouped(f"{value:.2f}")
    return grouped(cell(value))


def csv_text(table: pa.Table) -> Iterator[str]:
    """CSV (RFC 4180, UTF-8, a header), a block of rows at a time."""
    yield _csv_rows([[_safe(name) for name in table.column_names]])
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [[_csv_value(v) for v in batch.column(i).to_pylist()] for i in range(batch.num_columns)]
        yield _csv_rows(list(zip(*columns, strict=True)))


def json_text(table: pa.Table) -> Iterator[str]:
    """A JSON list of one object a row, a block of rows at a time."""
    yield "["
    first = True
    for batch in table.to_batches(max_chunksize=10_000):
        rows = [
            json.dumps({k: _json_value(v) for k, v in row.items()}, ensure_ascii=False, allow_nan=False)
            for row in batch.to_pylist()
        ]
        if rows:
            yield ("\n" if first else ",\n") + ",\n".join(rows)
            first = False
    yield "\n]\n" if not first else "]\n"


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as plain JSON types."""
    return [json_row(row) for row in table.to_pylist()]


def json_row(row: dict[str, Any]) -> dict[str, Any]:
    """One row as plain JSON types."""
    return {k: _json_value(v) for k, v in row.items()}


def csv_of_rows(rows: list[dict[str, Any]]) -> Iterator[str]:
    """CSV of rows that have the same keys."""
    if rows:
        yield _csv_rows([[_safe(name) for name in rows[0]]])
        yield _csv_rows([[_csv_value(v) for v in row.values()] for row in rows])


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """CSV of headings and rows of plain values."""
    body = [[_csv_value(v) for v in row] for row in rows]
    return _csv_rows([[_safe(name) for name in headings], *body])


def _fitting(full: Grid, width: int | None) -> tuple[Grid, list[str]]:
    """The leftmost columns that fit side by side, and the names of the others.

    The column that all others speak of is never left out: where it does not fit, the whole grid is given,
    and the terminal sets each row on a few lines.
    """
    needs = [max(len(c.heading), *(len(row[i]) for row in full.rows), 1) for i, c in enumerate(full.columns)]
    headings = [column.heading for column in full.columns]
    spoken_of = max((headings.index(name) for name in SPOKEN_OF if name in headings), default=None)
    taken = len(needs)
    while width is not None and taken > 1 and sum(needs[:taken]) + 2 * (taken - 1) > width:
        taken -= 1
        if taken == spoken_of:
            return full, []
    rows = tuple(row[:taken] for row in full.rows)
    return Grid(full.columns[:taken], rows), headings[taken:]


def _is_number(type_: pa.DataType) -> bool:
    import pyarrow.types as t

    return bool(t.is_integer(type_) or t.is_floating(type_) or t.is_decimal(type_))


def _is_money(type_: pa.DataType) -> bool:
    import pyarrow.types as t

    return bool(t.is_decimal(type_)) and type_.scale == MONEY_SCALE


def _csv_value(value: Any) -> Any:
    match value:
        case str():
            return _safe(value)
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return _safe(json.dumps(_json_value(value), ensure_ascii=False))
        case float() if not math.isfinite(value):
            return None
        case datetime():
            return value.isoformat(sep=" ")
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def _safe(text: str) -> str:
    """Blanks before it do not keep a spreadsheet from calculating."""
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _csv_rows(rows: list[Any]) -> str:
    lines = _Lines()
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return "".join(lines.told)


class _Lines:
    """Takes the writer's lines and ends them with a bare newline.

    The writer quotes a carriage return in a cell only if its own lines end with one.
    """

    def __init__(self) -> None:
        self.told: list[str] = []

    def write(self, line: str) -> int:
        """Keep one line."""
        self.told.append(line.removesuffix("\r\n") + "\n")
        return len(line)


def _json_value(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
        case float() if not math.isfinite(value):
            return None
        case date():
            return value.isoformat()
        case list():
            return [_json_value(v) for v in value]
        case dict():
            return {k: _json_value(v) for k, v in value.items()}
        case bytes():
            return value.hex()
        case _:
            return value
