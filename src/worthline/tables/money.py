"""Money: exact to the ten-thousandth inside, rounded once to the currency's digits where published.

Reads     Decimal amounts.
Gives     digits of a currency, rounding, and shares that add up to the cent.
Method    largest remainder (Hamilton); ties go to the smaller key.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal


def currency_digits(currency: str) -> int:
    """Decimals in which a currency is written: 2 for USD, 0 for JPY, 3 for KWD."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


MINOR_DIGITS: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""Currencies whose smallest unit (ISO 4217) is not a hundredth; for some, people write fewer digits than that."""


def minor_digits(currency: str) -> int:
    """Decimals of the currency's smallest unit: 2 for USD (cents), 0 for JPY, 3 for KWD."""
    return next((digits for digits, codes in MINOR_DIGITS.items() if currency in codes.split()), 2)


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code that is or was in use."""
    from babel import Locale

    return code in Locale("en").currencies


def rounded(amount: Decimal, digits: int) -> Decimal:
    """`amount` to `digits` decimals, half to even."""
    return amount.quantize(_smallest(digits), rounding=ROUND_HALF_EVEN)


@functools.cache
def _smallest(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def shares(total: Decimal, weights: Mapping[str, Decimal], digits: int) -> dict[str, Decimal]:
    """Split `total` in proportion to `weights` so that the parts add up to it exactly.

    Each part is rounded down to `digits` decimals; what is left goes, a smallest unit each, to the largest
    remainders, ties by key. Weights must not be negative nor all zero; raises ValueError.
    """
    weight = sum(weights.values(), Decimal(0))
    if weight <= 0 or any(w < 0 for w in weights.values()):
        raise ValueError(f"shares need weights of zero or more, not all zero; got {dict(weights)}")
    exact = {key: abs(total) * w / weight for key, w in weights.items()}
    return _signed(_hamilton(exact, rounded(abs(total), digits), digits), total)


def closing(lines: Mapping[str, Decimal], digits: int) -> dict[str, Decimal]:
    """Round signed lines to `digits` decimals so that they still add up to their rounded sum.

    The lines whose rounding went furthest astray give or take a smallest unit each, ties by key.
    """
    unit = Decimal(1).scaleb(-digits)
    out = {key: rounded(amount, digits) for key, amount in lines.items()}
    gap = rounded(sum(lines.values(), Decimal(0)), digits) - sum(out.values(), Decimal(0))
    step = unit if gap > 0 else -unit
    astray = sorted(lines, key=lambda key: ((out[key] - lines[key]) * (1 if gap > 0 else -1), key))
    for key in astray[: int(abs(gap) / unit)]:
        out[key] += step
    return out


def _hamilton(exact: Mapping[str, Decimal], total: Decimal, digits: int) -> dict[str, Decimal]:
    unit = Decimal(1).scaleb(-digits)
    floor = {key: (part // unit) * unit for key, part in exact.items()}
    left = int((total - sum(floor.values(), Decimal(0))) / unit)
    for key in sorted(exact, key=lambda key: (floor[key] - exact[key], key))[:left]:
        floor[key] += unit
    return floor


def _signed(parts: dict[str, Decimal], like: Decimal) -> dict[str, Decimal]:
    return {key: -part for key, part in parts.items()} if like < 0 else parts
