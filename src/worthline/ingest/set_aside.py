"""Rows of a source that were set aside in numbers: of which column, such as which, and what would have them read.

Reads     the rows that the first pass set aside, and the settings under which they were read.
Gives     a sentence for each column that costs a source one row in a hundred or more.
Method    a setting is proposed only where every value that was set aside reads with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import ibis

from worthline.ingest import words
from worthline.ingest.rules import RULES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.config import SourceConfig
    from worthline.engine import Engine
    from worthline.ingest.source_parts import Piece

LOUD = 0.01
"""Share of a source's rows or money from which its loss is said first of all."""
_EXAMPLES = 3
_MOST_VALUES = 5_000
"""Different values, the commonest, that are tried with another setting."""
_ISO_DATES = "Write days as 2026-09-30, or name their form with date_format."
_PLAIN_AMOUNTS = "Write amounts as 1234.56, or name their marks with decimal, thousands and symbols."


class _Lost(NamedTuple):
    """Rows set aside for one column and rule."""

    column: str
    rule: str
    rows: int
    values: Counter[str]


def sentences(engine: Engine, table: str, pieces: Sequence[Piece], late: Sequence[ir.Table] = ()) -> tuple[str, ...]:
    """What is said of each source of a table, then of its rows among rows (`late`); most rows first."""
    found = [said for piece in pieces for said in _of(engine, table, piece.aside, [piece])]
    return (*found, *_of(engine, table, late, pieces))


def reasons(engine: Engine, piece: Piece) -> str:
    """Why the rows of a source were set aside, column by column, and what would have them read."""
    return " ".join(_reason(lost, piece.source) for lost in _lost(engine, piece.aside))


def _of(engine: Engine, table: str, parts: Sequence[ir.Table], pieces: Sequence[Piece]) -> Iterator[str]:
    read = sum(piece.read for piece in pieces)
    named = f" of {pieces[0].raw.name}" if len(pieces) == 1 else ""
    for lost in _lost(engine, parts):
        if lost.rows >= LOUD * read and not (RULES[lost.rule].waits or RULES[lost.rule].replaced):
            reason = _reason(lost, pieces[0].source)
            yield f"{table}: {rows_of(lost.rows, read, named)} are set aside ({lost.rule}). {reason}"


def _reason(lost: _Lost, source: SourceConfig) -> str:
    examples = _examples(lost)
    such = f" (such as {', '.join(examples)})" if examples else ""
    column = f"{lost.column}: " if lost.column else ""
    return f"{column}{_problem(lost.rule)}{such}. {_mend(lost, source)}".rstrip()


def rows_of(n: int, total: int, named: str = "") -> str:
    """3 of 40 rows (7.5%)."""
    return f"{n:,} of {total:,} rows{named} ({percent(n / total) if total else 'all'})"


def percent(share: float) -> str:
    """A share of rows or money as a sentence has it: a decimal below a tenth."""
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def _lost(engine: Engine, aside: Sequence[ir.Table]) -> list[_Lost]:
    """By column and rule, the most rows first."""
    parts = [part.select("column", "rule", "value") for part in aside]
    if not parts:
        return []
    rows = parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=False)
    totals = engine.fetch(rows.group_by("column", "rule").agg(n=rows.count())).to_pylist()
    shown = rows.filter(rows.value.notnull())
    counted = shown.group_by("column", "rule", "value").agg(n=shown.count())
    first = counted.order_by(ibis.desc("n"), "value", "column", "rule").limit(_MOST_VALUES)
    values: dict[tuple[str | None, str], Counter[str]] = {}
    for row in engine.fetch(first).to_pylist():
        values.setdefault((row["column"], row["rule"]), Counter())[row["value"]] = row["n"]
    lost = [
        _Lost(row["column"] or "", row["rule"], row["n"], values.get((row["column"], row["rule"]), Counter()))
        for row in totals
    ]
    return sorted(lost, key=lambda each: (-each.rows, each.column, each.rule))


def _examples(lost: _Lost) -> list[str]:
    """The commonest values, without what tells who somebody is."""
    return [words.masked_cell(lost.rule, value) for value, _ in lost.values.most_common(_EXAMPLES)]


def _problem(rule: str) -> str:
    """What the rule says, without what would mend it."""
    return RULES[rule].says.partition(";")[0]


def _mend(lost: _Lost, source: SourceConfig) -> str:
    """What to set, so that the rows are read."""
    if lost.rule == "not_a_date":
        return _dates(lost)
    if lost.rule in ("not_money", "not_a_number"):
        return _numbers(lost, source)
    if lost.rule == "score_off_scale":
        return _scores(lost)
    if lost.rule in ("not_a_flag", "not_allowed"):
        meanings = ", ".join(f'"{value}" = …' for value in _examples(lost))
        return f"Say what its words mean with values = {{ {lost.column} = {{ {meanings} }} }}."
    mend = RULES[lost.rule].says.partition(";")[2].strip()
    return f"{mend[:1].upper()}{mend[1:]}." if mend else ""


def _dates(lost: _Lost) -> str:
    from worthline.ingest.propose.profile import Profile

    values = lost.values
    forms = Profile(f"{lost.column} date", "text", values.total(), values).dates
    if forms in ((), ("iso",)):
        return _ISO_DATES
    if len(forms) == 1:
        return f'Set date_format = "{forms[0]}".'
    either = " or ".join(f'"{form}"' for form in forms[:_EXAMPLES])
    return f"They read in more than one way: set date_format = {either}, as the file means it."


def _numbers(lost: _Lost, source: SourceConfig) -> str:
    from worthline.ingest.propose.profile import Profile

    values = lost.values
    styles = Profile(lost.column, "text", values.total(), values).numbers
    for style in styles:
        options = [
            *([f'decimal = "{style.decimal}"'] if style.decimal != source.decimal else []),
            *([f'thousands = "{style.thousands}"'] if style.thousands != source.thousands else []),
            *([f"symbols = {list(style.symbols)!r}".replace("'", '"')] if style.symbols else []),
        ]
        if options:
            return f"Set {' and '.join(options)}."
    return _PLAIN_AMOUNTS


def _scores(lost: _Lost) -> str:
    most = _examples(lost)[0]
    numbers = [n for value in lost.values if (n := _number(value)) is not None]
    if most in ("11", "11.0"):
        return (
            "Is 0 to 10 coded as 1 to 11? Then every answer is one too high: write values = { score = { 1 = 0, … } }, "
            "or let worthline init ask."
        )
    if numbers and 10 < max(numbers) <= 100 and len(numbers) > 2:
        return f'Set scale = "0-100" if it was asked so, or say what {most} means with blank or values.'
    return f"Set scale, or say what {most} means with blank or values."


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
