"""Numbers as people read them: money, shares, scores, counts, dates; the only place that writes them.

Reads     a number as published, and the currency where it is money.
Gives     text; "not known" for None.
Method    three significant digits where a sentence or a narrow column wants a size, else the currency's own
          digits. Half goes to even. Nothing here depends on the locale of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

NOT_KNOWN = "not known"
Number = float | int | Decimal
Formatter = Callable[[float], str]
"""How one kind of number is told."""


class Written(str):
    """A number as text that still carries its exact value, so that a download holds more than what is shown."""

    __slots__ = ("exact",)
    exact: Decimal

    def __new__(cls, text: str, value: Number) -> Written:
        """The text; `value` is kept beside it."""
        made = super().__new__(cls, text)
        made.exact = _exact(value).normalize()
        return made


_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LETTERS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"))
_NAMES = ((Decimal(10) ** 9, " billion"), (Decimal(10) ** 6, " million"))


def money(value: Number | None, currency: str) -> str:
    """Exact, with the currency's digits: $1,234.50, -¥1,235, KWD 1.500."""
    if value is None:
        return NOT_KNOWN
    return Written(_with_symbol(_plain(_exact(value), _digits(currency)), currency), value)


def money_short(value: Number | None, currency: str) -> str:
    """For a narrow column: $1.03M, $395k, $1,234, $12.50."""
    if value is None:
        return NOT_KNOWN
    amount = _exact(value)
    text = _large(amount, _LETTERS, strip=False)
    if text is None and abs(amount) >= 10_000:
        text = f"{_plain(amount / 1000, 0)}k"
    return Written(_with_symbol(text or _small(amount, currency), currency), value)


def money_prose(value: Number | None, currency: str) -> str:
    """For a sentence: $13.9 million, $395,123, $12.50."""
    if value is None:
        return NOT_KNOWN
    amount = _exact(value)
    return _with_symbol(_large(amount, _NAMES, strip=True) or _small(amount, currency), currency)


def share(value: Number | None, digits: int = 1) -> str:
    """82.1%; never 0.0% or 100.0% for what is not exactly none or all."""
    return NOT_KNOWN if value is None else Written(_percentage(_exact(value) * 100, digits), value)


def _percentage(exact: Decimal, digits: int) -> str:
    if exact in (0, 100):
        return f"{exact:.0f}%"
    for places in (digits, max(digits, 2)):
        text = _plain(exact, places)
        if Decimal(text.replace(",", "")) not in (0, 100):
            return f"{text}%"
    if abs(exact) < 1:
        return "<0.01%" if exact > 0 else ">-0.01%"
    return ">99.99%" if exact < 100 else ">100%"


def rate(declared: str) -> str:
    """A share as somebody declared it, without digits that they did not give: 55%, 12.5%."""
    text = f"{Decimal(declared) * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def points(value: Number | None, *, signed: bool) -> str:
    """A score in its own points: +12 where it may fall below zero (NPS), else 4.3."""
    if value is None:
        return NOT_KNOWN
    if not signed:
        return Written(_plain(_exact(value), 1), value)
    text = _plain(_exact(value), 0)
    return Written(text if text.startswith("-") or text == "0" else f"+{text}", value)


def count(value: Number | None) -> str:
    """50,214."""
    return NOT_KNOWN if value is None else Written(_plain(_exact(value), 0), value)


def decimal(value: Number | None, digits: int = 1) -> str:
    """1,234.5: hours, days, months, ratios."""
    return NOT_KNOWN if value is None else Written(_plain(_exact(value), digits), value)


def capitalised(text: str) -> str:
    """The text with a capital first, the rest as it is: "unresolved: App help" becomes "Unresolved: App help"."""
    return text[:1].upper() + text[1:]


def how_many(number: Number, singular: str, plural: str | None = None) -> str:
    """1 customer, 0 customers, 50,214 customers."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def day(value: date | str | None) -> str:
    """30 Sep 2026, from a date or its ISO text."""
    if value is None:
        return NOT_KNOWN
    when = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def month(value: str) -> str:
    """Sep 2026, from 2026-09."""
    year, number = value.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def period(code: str) -> str:
    """12 months to Sep 2026; Sep 2026; a period of another name as it is."""
    months, last = months_and_last(code)
    if not months:
        return code
    return month(last) if months == 1 else f"{months} months to {month(last)}"


def months_and_last(code: str) -> tuple[int, str]:
    """How many months a period has, and its last: (12, "2026-09") of 12m:2026-09; 0 for a period of another name."""
    found = re.fullmatch(r"(?:(\d+)m:)?(\d{4}-\d{2})", code)
    return (int(found[1] or 1), found[2]) if found else (0, code)


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _plain(amount: Decimal, digits: int) -> str:
    """Grouped in thousands; what rounds to zero has no sign."""
    rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return f"{rounded if rounded else abs(rounded):,f}"


def _large(amount: Decimal, steps: tuple[tuple[Decimal, str], ...], *, strip: bool) -> str | None:
    """Three significant digits of millions or billions; None for what is smaller."""
    rounded = _THREE_DIGITS.plus(amount)
    for step, name in steps:
        if abs(rounded) >= step:
            scaled = rounded / step
            text = _plain(scaled, max(2 - scaled.adjusted(), 0))
            return (text.rstrip("0").rstrip(".") if strip and "." in text else text) + name
    return None


def _small(amount: Decimal, currency: str) -> str:
    """Whole units from a hundred on; below, the currency's digits unless the amount is whole."""
    whole = abs(amount) >= 100 or amount == amount.to_integral_value()
    return _plain(amount, 0 if whole else _digits(currency))


def _with_symbol(text: str, currency: str) -> str:
    symbol = _symbol(currency)
    gap = " " if symbol[-1:].isalpha() else ""
    return f"-{symbol}{gap}{text[1:]}" if text.startswith("-") else f"{symbol}{gap}{text}"


@cache
def _symbol(currency: str) -> str:
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, locale="en_US"))


@cache
def _digits(currency: str) -> int:
    from worthline.tables.money import currency_digits

    return currency_digits(currency)
