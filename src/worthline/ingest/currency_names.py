"""Currencies that a file names in its headers: `Net Amount EUR`, `Betrag (€)`.

Reads     the headers of money columns whose file has no currency column.
Gives     the company's currency where it was left open and headers name one; else the currency of those files' money.
Not for   `$`, which many currencies are written with.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from worthline.tables import TABLES, Kind
from worthline.tables.money import is_currency

if TYPE_CHECKING:
    from worthline.config import CompanyConfig
    from worthline.ingest.source_parts import Piece, Pieces

_SYMBOLS = {"€": "EUR", "£": "GBP"}
_USUAL = frozenset(
    "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN JPY CNY KRW INR AUD CAD NZD SGD HKD BRL MXN ZAR AED SAR THB IDR "  # noqa: SIM905
    "MYR PHP VND ILS".split()
)
"""Codes that are no everyday word in small letters (all, top, try and pen are codes too)."""


def named_currency(header: str) -> str | None:
    """The one currency that a header names, or None."""
    codes = {code for symbol, code in _SYMBOLS.items() if symbol in header}
    for word in re.findall(r"[A-Za-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)):
        if word.upper() in _USUAL and (word.isupper() or word.islower()):
            codes.add(word.upper())
        elif len(word) == 3 and word.isupper() and not header.isupper() and is_currency(word):
            codes.add(word)
    return next(iter(codes)) if len(codes) == 1 else None


def settled(config: CompanyConfig, pieces: Pieces) -> tuple[CompanyConfig, str | None]:
    """The settings with the currency that headers name, and why; files in another currency than it say so by row."""
    named = [(piece, header, code) for piece, header, code in _named(pieces)]
    codes = {code for _, _, code in named}
    if len(codes) == 1 and not _is_set(config):
        _, header, code = named[0]
        return replace(config, currency=code), f"the header {header!r} names it"
    for piece, _, code in named:
        if code != config.currency:
            piece.rows = piece.rows.mutate(currency=ibis.literal(code))
            piece.shape.mapping.constants["currency"] = code
            piece.raw.notes.append(f"its money is in {code}, as its header says")
    return config, None if _is_set(config) or _has_currency(pieces) else "assumed: no file names one"


def _named(pieces: Pieces) -> Iterator[tuple[Piece, str, str]]:
    for name, parts in pieces.tables.items():
        spec = TABLES[name]
        money = [c.name for c in spec.columns if c.kind is Kind.MONEY]
        for piece in parts if "currency" in spec.names else ():
            mapping = piece.shape.mapping
            if "currency" in mapping.brought:
                continue
            headers = [piece.raw.header[mapping.columns[c]] for c in money if c in mapping.columns]
            headers_of = {code: header for header in headers if (code := named_currency(header)) is not None}
            if len(headers_of) == 1:
                code, header = next(iter(headers_of.items()))
                yield piece, header, code


def _has_currency(pieces: Pieces) -> bool:
    return any("currency" in piece.shape.mapping.brought for parts in pieces.tables.values() for piece in parts)


def _is_set(config: CompanyConfig) -> bool:
    return "currency" in tomllib.loads(config.text or "").get("company", {})
