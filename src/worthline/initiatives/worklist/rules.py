"""Rules about customers as simple comparisons: segment = 'Business' and tenure_months >= 12. Ibis only.

Reads     text of comparisons joined by `and`: column = value, !=, <, <=, >, >=, column in (a, b).
Gives     `read`: Comparison by comparison, or None where the text is no rule; `fulfilled`: a boolean of a table.
Assumes   a blank fulfils no comparison. Nothing of the text is ever run as SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import ibis.expr.types as ir

_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_ONE = re.compile(r"^\s*([A-Za-z_]\w*)\s*(!=|<=|>=|=|<|>)\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s'\"()]+))\s*$")
_IN = re.compile(r"^\s*([A-Za-z_]\w*)\s+in\s*\(([^()]*)\)\s*$", re.IGNORECASE)
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a column with values; `in` has several values."""

    column: str
    sign: str
    values: tuple[str, ...]


def read(text: str, columns: Collection[str]) -> tuple[Comparison, ...] | None:
    """The comparisons of a rule; None where the text is not one, or names a column that is not in `columns`."""
    comparisons = tuple(_comparison(part) for part in _AND.split(text.strip()))
    if not text.strip() or any(one is None or one.column not in columns for one in comparisons):
        return None
    return tuple(one for one in comparisons if one is not None)


def _comparison(text: str) -> Comparison | None:
    several = _IN.match(text)
    if several:
        values = tuple(value.strip().strip("'\"") for value in several[2].split(","))
        return Comparison(several[1], "in", values) if all(values) else None
    match = _ONE.match(text)
    if match is None:
        return None
    return Comparison(match[1], match[2], (next(value for value in match.groups()[2:] if value is not None),))


def fulfilled(table: ir.Table, rule: tuple[Comparison, ...]) -> ir.BooleanValue:
    """Whether a row fulfils every comparison; never blank."""
    holds: ir.BooleanValue = reduce(and_, (_holds(table, one) for one in rule))
    return holds


def _holds(table: ir.Table, comparison: Comparison) -> ir.BooleanValue:
    column: Any = table[comparison.column]
    right: list[Any]
    if column.type().is_numeric():
        numbers = [_number(value) for value in comparison.values]
        left, right = column.cast("float64"), [n for n in numbers if n is not None]
        if len(right) < len(numbers):
            return ibis.literal(False)
    elif column.type().is_boolean():
        left, right = column.cast("string").lower(), [value.lower() for value in comparison.values]
    else:
        left, right = column.cast("string"), list(comparison.values)
    holds = left.isin(right) if comparison.sign == "in" else _SIGNS[comparison.sign](left, right[0])
    answer: ir.BooleanValue = holds.fill_null(False)
    return answer


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
