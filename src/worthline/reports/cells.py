"""One value of a result table as text: numbers in full or grouped, lists and records as words.

Reads     a value as Arrow gives it.
Gives     text of one line; "" for null.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

PLACES = 6
WIDE = 40
"""Columns of the terminal that one cell may take."""


def money_cell(value: float | Decimal | None, digits: int) -> str:
    """An amount exactly, with at least the currency's digits; "" for null."""
    if value is None:
        return ""
    whole, _, decimals = written(value, None).partition(".")
    decimals = decimals.rstrip("0").ljust(digits, "0")
    return grouped(f"{whole}.{decimals}" if decimals else whole)


def grouped(number: str) -> str:
    """A written number with its thousands apart: -1,234.5."""
    whole, point, decimals = number.partition(".")
    sign = "-" if whole.startswith("-") else ""
    digits = whole.removeprefix("-")
    return f"{sign}{int(digits):,}{point}{decimals}" if digits.isdigit() else number


def cell(value: Any, *, places: int | None = PLACES) -> str:
    """One value as text of one line, cut where it is very long; "" for null."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() | Decimal():
            return written(value, places)
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            text = words(value)
    text = " ".join(text.split())
    return text if len(text) <= WIDE else text[: WIDE - 1] + "…"


def words(value: Any) -> str:
    """A list or record as words: its texts, or the names and outcomes of checks."""
    match value:
        case {"name": name, "outcome": outcome}:
            return f"{name}: {outcome}"
        case dict():
            return ", ".join(f"{key} {words(part)}" for key, part in value.items() if part is not None)
        case list():
            return "; ".join(words(part) for part in value)
        case _:
            return str(value)


def written(value: float | Decimal, places: int | None) -> str:
    """The number in full, or with at most so many decimals; one that is not zero never reads 0."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        value = Decimal(int(value)) if value.is_integer() else Decimal(repr(value))
    elif places is not None:
        value = value.normalize()
    exponent = value.as_tuple().exponent
    if places is not None and isinstance(exponent, int) and -exponent > places:
        rounded = value.quantize(Decimal(1).scaleb(-places)).normalize()
        return f"{rounded:f}" if rounded else str(float(value))
    return f"{value:f}"
