"""A figure's number, range and evidence as text, one way for every page.

Reads     a number with its unit, or a Figure.
Gives     text; "" where there is nothing to say, "not known" where a number is undefined.
"""

from __future__ import annotations

from worthline.metrics import words
from worthline.results import GRADE_WORDS, Figure

SIGNED = ("nps",)
"""Scores that may fall below zero, and so carry a sign."""
FEW = 10
"""Groups of fewer than this are not shown."""

_UNIT_NAMES = {"months": "month", "days": "day", "hours": "hour", "seconds": "second"}


def value(number: float | None, unit: str, *, currency: str, name: str = "", exact: bool = False) -> str:
    """The number in its unit: exact as published, or short enough for a column."""
    if number is None:
        return words.NOT_KNOWN
    match unit:
        case "money":
            return words.money(number, currency) if exact else words.money_short(number, currency)
        case "share" | "rate":
            return words.share(number, 2 if exact else 1)
        case "score":
            signed = name.startswith(SIGNED)
            return _score_exact(number, signed) if exact else words.points(number, signed=signed)
        case "count":
            return words.count(number)
        case "months" | "days" | "hours" | "seconds":
            text = words.decimal(number)
            return f"{text} {_UNIT_NAMES[unit]}" if text == "1.0" else f"{text} {unit}"
        case _:
            return words.decimal(number, 3 if exact else 2)


def span(
    low: float | None,
    high: float | None,
    unit: str,
    *,
    currency: str,
    name: str = "",
    exact: bool = False,
) -> str:
    """The likely range: $7.2M-$8.3M, +10 to +14; "" where there is none."""
    if low is None or high is None:
        return ""
    ends = [value(end, unit, currency=currency, name=name, exact=exact) for end in (low, high)]
    plainly = unit in ("money", "share", "count") and low >= 0 and not exact
    return ("-" if plainly else " to ").join(ends)


def known_by(figure: Figure) -> str:
    """How the number is known, in words: counted, predicted, proven, estimated."""
    if figure.basis == "effect":
        return GRADE_WORDS[figure.grade] if figure.grade else "not graded"
    known = "counted" if figure.basis == "counted" else "predicted"
    answered = figure.details.get("response_rate")
    return known if answered is None else f"{known}, {words.share(answered, 0)} answered"


def _score_exact(number: float, signed: bool) -> str:
    text = words.decimal(number, 2)
    return f"+{text}" if signed and number > 0 else text
