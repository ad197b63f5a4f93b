"""SQL of DuckDB, piece by piece: text, and the type of its values. Ingest always reads by DuckDB.

Gives     Sql; names and texts as they stand in SQL; the few forms that the casting of cells is made of.
Method    text is made at once, where an expression tree is built, rewritten and printed: of a small file that took
          longer than to read it. Whatever comes from a file or a setting is quoted here, by `quoted` and `literal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis.expr.datatypes as dt

TEXT, BOOLEAN, DOUBLE, BIGINT, SMALLINT, DATE = dt.string, dt.boolean, dt.float64, dt.int64, dt.int16, dt.date
MOMENT = dt.Timestamp(scale=6)


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression, and the type of its values."""

    text: str
    dtype: dt.DataType

    def __str__(self) -> str:
        return self.text


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> str:
    """A column of the rows called t, which no alias of the same statement can stand for."""
    return f"t.{quoted(name)}"


def select(columns: Mapping[str, object], rows: str) -> str:
    """A statement over other rows, which it calls t."""
    listed = ", ".join(f"{value} as {quoted(name)}" for name, value in columns.items())
    return f"select {listed} from ({rows}) t"


def when(claim: object, value: object, otherwise: object = "null") -> str:
    """One of two values."""
    return f"case when {claim} then {value} else {otherwise} end"


def cases(pairs: Iterable[tuple[object, object]], otherwise: object = "null") -> str:
    """The value of the first claim that holds."""
    arms = " ".join(f"when {claim} then {value}" for claim, value in pairs)
    return f"case {arms} else {otherwise} end" if arms else f"{otherwise}"


def cast(value: object, kind: str) -> str:
    """A value as another type; raises where it is none."""
    return f"cast({value} as {kind})"


def try_cast(value: object, kind: str) -> str:
    """A value as another type; null where it is none."""
    return f"try_cast({value} as {kind})"


def matches(text: object, pattern: str) -> str:
    """Whether a part of the text fits the pattern."""
    return f"regexp_matches({text}, {literal(pattern)})"


def part(text: object, pattern: str, group: int) -> str:
    """What a group of the pattern holds; null where it holds nothing."""
    return f"nullif(regexp_extract({text}, {literal(pattern)}, {group}), '')"


def replaced(text: object, pattern: str, new: str) -> str:
    """The text with each part that fits replaced."""
    return f"regexp_replace({text}, {literal(pattern)}, {literal(new)}, 'g')"


def is_one_of(text: object, words: Iterable[str]) -> str:
    """Whether the text is one of some words; of `in` DuckDB makes a join, slower to set up than a file to read."""
    listed = ", ".join(map(literal, words))
    return f"list_contains([{listed}], {text})" if listed else "false"


def any_of(claims: Iterable[object]) -> str:
    """Whether a claim holds."""
    return "(" + " or ".join(f"({claim})" for claim in claims) + ")"
