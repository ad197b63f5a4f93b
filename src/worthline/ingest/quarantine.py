"""The rows that were set aside: file, line, column, rule and value of each.

Reads     pieces of the first pass; rows set aside by the second.
Gives     one table, `quarantine`, and the counts by file and rule that data quality adds up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from worthline.engine import Engine
from worthline.ingest.personal_names import kind_by_name
from worthline.ingest.personal_patterns import SHOWN
from worthline.ingest.rules import RULES
from worthline.tables import TABLES, Kind

if TYPE_CHECKING:
    from worthline.ingest.source_parts import Piece

SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("rule", pa.string()),
        ("value", pa.string()),
        ("says", pa.string()),
    ]
)
MOST_PICKED = 200_000
"""Lines that are picked one by one; more are quicker found by reading the file again."""
MOST_SHOWN = 200
"""Characters of a value that are kept."""


def of_piece(engine: Engine, piece: Piece, handle: str) -> list[ir.Table]:
    """The rows that the first pass set aside, in the columns of SCHEMA."""
    parts: list[ir.Table] = []
    if piece.raw.rejects:
        parts.append(engine.keep(f"{handle}__rejects", ibis.memtable(_rejects(piece))))
    if piece.bad:
        parts.append(engine.keep(f"{handle}__bad", _bad_rows(piece, _raw(engine, piece))))
    return parts


def by_rule(engine: Engine, tables: Sequence[ir.Table]) -> dict[str, int]:
    """Rows of each rule."""
    counts: dict[str, int] = {}
    for table in tables:
        for row in engine.fetch(table.group_by("rule").agg(n=table.count())).to_pylist():
            counts[row["rule"]] = counts.get(row["rule"], 0) + row["n"]
    return counts


def _rejects(piece: Piece) -> pa.Table:
    rejects = [
        r
        if r.column is not None or r.value is None or not _tells_of_persons(piece)
        else replace(r, value=_bare(r.value))
        for r in piece.raw.rejects
    ]
    return pa.table(
        {
            "table": [piece.table] * len(rejects),
            "file": [piece.raw.name] * len(rejects),
            "line": [r.line for r in rejects],
            "column": [r.column for r in rejects],
            "rule": [r.rule for r in rejects],
            "value": [None if r.value is None else r.value[:MOST_SHOWN] for r in rejects],
            "says": [r.says for r in rejects],
        },
        schema=SCHEMA,
    )


def _tells_of_persons(piece: Piece) -> bool:
    """Whether a line of the file may hold somebody's name, or what somebody wrote, in any of its cells."""
    columns = {column.name: column for column in TABLES[piece.table].columns}
    mapped = [columns[name] for name in piece.shape.mapping.columns if name in columns]
    return any(column.personal or column.kind is Kind.TEXT for column in mapped) or any(
        kind_by_name(header) for header in piece.raw.header
    )


def _bare(line: str) -> str:
    """A line whose cells are out of place: ids, numbers and days stay, all that may be a name or words is hidden."""
    return "".join(SHOWN if _LETTERS.search(c) and not _CODE.fullmatch(c) else c for c in _BETWEEN.split(line))


_BETWEEN = re.compile(r"([,;|\t])")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[\"']?(?=\D*\d)[\w.:/+-]+[\"']?")
"""A code or a day: one word with a digit in it."""


def _raw(engine: Engine, piece: Piece) -> ir.Table:
    """The raw rows, those at least that were set aside."""
    if piece.raw.pick is None or sum(piece.bad.values()) > MOST_PICKED:
        return piece.raw.again()
    bad = piece.rows.filter(piece.rows._bad.notnull())
    lines = engine.fetch(bad.select("_line").order_by("_line"))["_line"].to_pylist()
    return ibis.memtable(pa.Table.from_batches([piece.raw.pick(lines)]))


def _bad_rows(piece: Piece, raw: ir.Table) -> ir.Table:
    # By number: a column of the file can have the name of one of ours.
    raw = raw.select("_line", **{f"cell{i}": raw[name] for i, name in enumerate(piece.raw.cells)})
    bad = piece.rows.filter(piece.rows._bad.notnull()).select("_line", "_bad")
    joined = bad.inner_join(raw, "_line")
    broken = sorted(piece.bad)
    values = [(joined._bad == number, _shown(joined, piece, number)) for number in broken]
    value = ibis.cases(*values).cast("string")
    rules = [(joined._bad == number, _rule(piece, number, value)) for number in broken]
    columns = [(joined._bad == number, ibis.literal(_header(piece, number))) for number in broken]
    rule = ibis.cases(*rules)
    return joined.select(
        table=ibis.literal(piece.table),
        file=ibis.literal(piece.raw.name),
        line=joined._line,
        column=ibis.cases(*columns),
        rule=rule,
        value=value.substr(0, MOST_SHOWN),
        says=ibis.cases(*((rule == name, RULES[name].says) for name in sorted(_names(piece)))),
    )


def _names(piece: Piece) -> set[str]:
    names = {piece.shape.checks[number].rule for number in piece.bad}
    return names | {"money_decimals"} if "not_money" in names else names


def _rule(piece: Piece, number: int, value: ir.StringValue) -> ir.StringValue:
    """The rule by name; an amount that is a plain number was refused for its decimals."""
    rule = piece.shape.checks[number].rule
    if rule != "not_money":
        return ibis.literal(rule)
    plain = r"^[+-]?\d{0,14}" + ("," if piece.source.decimal == "," else r"\.") + r"\d+$"
    return ibis.ifelse(value.strip().re_search(plain), ibis.literal("money_decimals"), ibis.literal(rule))


def _shown(joined: ir.Table, piece: Piece, number: int) -> ir.StringValue:
    column = piece.shape.checks[number].column
    constant = piece.shape.mapping.constants.get(column)
    if constant is not None:
        return ibis.literal(constant)
    index = piece.shape.mapping.columns.get(column)
    return ibis.null("string") if index is None else joined[f"cell{index}"].cast("string")


def _header(piece: Piece, number: int) -> str:
    """The column as the file calls it."""
    column = piece.shape.checks[number].column
    index = piece.shape.mapping.columns.get(column)
    return column if index is None else piece.raw.header[index]
