"""Units that a header names: `First reply time in minutes`, `wait_ms`, `Umsatz (TEUR)`, `annual_fee`.

Reads     the header behind a column of seconds, of money, or of a fee.
Gives     by what a plain number of it is multiplied; 1 where no unit is named. Whether a fee pays for a year;
          whether tax is in an amount.
Not for   durations (h:mm:ss, 5m 30s): they say their units themselves.
"""

from __future__ import annotations

import re

_SECONDS: dict[float, frozenset[str]] = {
    0.001: frozenset(("ms", "msec", "millis", "millisecond", "milliseconds", "millisekunden")),
    60.0: frozenset(("m", "min", "mins", "minute", "minutes", "minuten", "minutos", "minuti", "minuut")),
    3600.0: frozenset(("h", "hr", "hrs", "hour", "hours", "stunde", "stunden", "std", "horas", "heures", "ore", "uur")),
    86400.0: frozenset(("day", "days", "tage", "días", "dias", "jours", "giorni", "dagen")),
}
_NAMES = {word: seconds for seconds, words in _SECONDS.items() for word in words}
_OWN = frozenset(("s", "sec", "secs", "second", "seconds", "sekunden", "sek", "segundos", "secondes", "secondi"))


def seconds_in(header: str) -> float:
    """Seconds in one unit of the column: of its last word that names a unit."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", header))
    for word in reversed([w.casefold() for w in words]):
        if word in _OWN:
            return 1.0
        if word in _NAMES:
            return _NAMES[word]
    return 1.0


_THOUSAND = re.compile(
    r"\b(in )?(thousands?|tausend|tsd|miles|milliers|migliaia|duizend)\b|"
    r"[$€£]\s?['’]?000s?\b|\b[A-Z]{3}\s?['’]?000s?\b|(?<![\w'’])['’]000s?\b|"
    r"\b[kKT]\s?([$€£]|EUR|USD|GBP|CHF|SEK|NOK|DKK)(?![A-Za-z])|[$€£]\s?[kK]\b|\((k|K)\)"
)
_MILLION = re.compile(
    r"\b(in )?(millions?|millionen|mio|millones|milioni|miljoen|mln)\b|"
    r"\b[mM][nN]?\s?([$€£]|EUR|USD|GBP|CHF)(?![A-Za-z])|[$€£]\s?([mM]|mn)\b",
)
_YEAR = re.compile(r"annual|yearly|peryear|perannum|jahres|jährlich|jaehrlich|projahr|anual|annuel|annua|jaarlijks")
_YEAR_NAMES = ("arr", "acv", "annualrecurringrevenue", "annualcontractvalue")

CENTS = re.compile(r"cents?$|minorunits?$|pence$")
"""Headers of money in its smallest unit, letters and digits alone."""
UNIT_PRICE = (
    *("unitprice", "priceperunit", "priceeach", "unitsaleprice", "einzelpreis", "stueckpreis", "stückpreis"),
    *("preciounitario", "prixunitaire", "prezzounitario", "stukprijs"),
)
"""Headers of the price of one piece, letters and digits alone."""
DISCOUNT = re.compile(r"discount|rabatt|descuento|remise|sconto|korting|coupon")


def money_in(header: str) -> int:
    """How much one of a money column is, where its header counts thousands or millions: `Umsatz (TEUR)`; else 1."""
    words = header.replace("_", " ")
    lowered = re.sub(r"\b(Thousands?|Tausend|Tsd|Miles|Millions?|Millionen|Mio|Mln)\b", lambda m: m[0].lower(), words)
    if _THOUSAND.search(lowered):
        return 1000
    return 1_000_000 if _MILLION.search(lowered) else 1


_TAX = r"(vat|tax(es)?|gst|mwst|ust|mehrwertsteuer|umsatzsteuer|tva|iva|btw|moms)"
_WITH_TAX = re.compile(
    rf"\b(incl|inc|inkl|with|mit|plus|con|avec|inclusive|including|inclusief|inklusive)( of)?( the)? {_TAX}\b|"
    rf"\b{_TAX} (incl|inc|inclusive|included|inklusive|inbegriffen|comprise|incluido|incluida|inclusief)\b|\bttc\b|"
    r"\bbrutto(betrag|umsatz|preis|summe)?\b"
)


def has_tax(header: str) -> bool:
    """Whether a money column's header says that tax is in it: `total_incl_vat`, `Bruttobetrag`, `Montant TTC`."""
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", header)
    words = (" ".join(re.findall(r"[^\W\d_]+", text)).casefold() for text in (header, spaced))
    return any(map(_WITH_TAX.search, words))


def is_yearly(header: str) -> bool:
    """Whether a fee's header says that it pays for a year: `annual_fee`, `ARR`, `Jahresgebühr`."""
    plain = "".join(c for c in header.casefold() if c.isalnum())
    return plain in _YEAR_NAMES or (_YEAR.search(plain) is not None and "month" not in plain and "monat" not in plain)
