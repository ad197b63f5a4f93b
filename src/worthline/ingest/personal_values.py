"""What values look like by which a person is known: addresses, accounts, numbers with check digits, days of birth.

Gives     `kind_by_value`; `is_something_else` and `is_likely`, by which values speak against and for a name.
Method    half of the values must look so. Dates are no telephone numbers; numbers without a mark of their own (order
          numbers, codes) need their check digits.
Not for   passports, licences, plates and sign-in names: their values look like any code, and go by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from worthline.ingest.given_names import GIVEN

SHARE = 0.5
"""Share of values that must look personal."""
PHONES = 0.7
"""The same of telephone numbers, which have no check digit."""
FEW = 20
"""Distinct values up to which a column without long numbers is a list of choices."""
_EMAIL = re.compile(r"[^@\s,;:<>()]+@[^@\s,;:<>()]+\.[A-Za-z]{2,}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}")
_SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_CODICE = re.compile(r"[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]")
_CURP = re.compile(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})|(?:19|20)\d{6}")
_PHONE = re.compile(
    r"(?:\+|00)[1-9][\d ()./-]{6,18}\d"  # with the country
    r"|\(?0\d{1,4}\)?[ ./-]\d[\d ./-]{4,12}\d"  # with the zero of a trunk
    r"|0[1-9](?:\.\d{2}){4}"  # France
    r"|(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?"  # North America
    r"|[6-9]\d{2} \d{3} \d{3}|[6-9]\d{2} \d{2} \d{2} \d{2}|[9]\d \d{3} \d{2} \d{2}"  # Spain, Portugal
    r"|3\d{2} \d{3} ?\d{4}|\(\d{2}\) ?9?\d{4}-\d{4}"  # Italy, Brazil
)
_TRUNK = re.compile(r"0[1-9]\d{7,9}")
_MASKED_CARD = re.compile(r"(?:[*xX•#]{4}[ -]?){2,3}\d{4}")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_IP = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_IP6 = re.compile(r"(?=.*:.*:)(?=.*[0-9])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
_CLOCK = re.compile(r"\d{1,3}(?::\d{2}){1,3}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_POINT = re.compile(r"\(?[-+]?\d{1,2}\.\d{3,}[,; ] ?[-+]?\d{1,3}\.\d{3,}\)?")
_PROFILE = re.compile(
    r"(?:https?://)?(?:www\.)?(?:linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|x\.com)/\S+"
)
_HANDLE = re.compile(r"@[A-Za-z0-9_.]{3,30}")
_STREET = re.compile(
    r"(?i)(?:\d+[a-z]?,? .*\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|place|pl|square|"
    r"terrace|close|crescent|parkway|pkwy|highway|hwy|circle)\b\.?.*"
    r"|.*[^\W\d]{2,}[ -]?(?:str\.|stra(?:ß|ss)e|weg|platz|allee|gasse|damm|ufer|ring|straat|laan|plein|gracht|kade)"
    r" ?\d+ ?[a-z]?\b.*"
    r"|\d+ ?(?:bis|ter)?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|all[ée]e|quai|route)\b.*"
    r"|(?:calle|c/|avenida|avda\.?|av\.|paseo|plaza|carrer|camino|ronda|via|viale|piazza|corso|vicolo|largo|strada"
    r"|rua|travessa|pra[çc]a|alameda|estrada|rodovia) ?(?:\S+ )*[^\W\d]{2,}\S* .*\d.*)"
)
_MONTHS = (
    "jan|feb|fév|mar|mär|mrz|apr|avr|abr|may|mai|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott|out|nov|dec|dez"
    "|déc|dic|ene|gen|fev"
)
_DAYS = (
    re.compile(r"(?P<y>\d{4})[-./](?P<a>\d{1,2})[-./](?P<b>\d{1,2})(?:[ T]00:00(?::00)?(?:\.0+)?Z?)?"),
    re.compile(r"(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./](?P<y>\d{4})"),
    re.compile(r"(?P<y>(?:19|20)\d{2})(?P<a>[01]\d)(?P<b>[0-3]\d)"),
    re.compile(rf"(?i)\d{{1,2}}\.? (?:de )?(?:{_MONTHS})\w*\.?,? (?:de )?(?P<y>\d{{4}})"),
    re.compile(rf"(?i)(?:{_MONTHS})\w*\.? \d{{1,2}},? (?P<y>\d{{4}})"),
)
_FLAGS = frozenset(
    "0 1 yes no y n true false ja nein oui non si sí sim não nao nee t f j x on off - n/a none".split()  # noqa: SIM905
)
_NUMBERED = frozenset(
    {"telephone", "mobile telephone", "national number", "tax number", "passport", "driving licence", "bank account"}
    | {"payment card", "internet address", "vehicle or health number", "e-mail"}
)
"""Kinds whose values hold long numbers, or an @."""


def kind_by_value(values: Sequence[str], as_of: date | None = None) -> str | None:
    """What kind of personal data most of these values are; None where they are none."""
    there = [value.strip() for value in values if value and value.strip()]
    if len(there) < 2:
        return None
    for kind, looks in _LOOKS:
        if sum(map(looks, there)) >= (PHONES if kind == "telephone" else SHARE) * len(there):
            return kind
    if sum(bool(_TRUNK.fullmatch(v)) for v in there) >= 0.9 * len(there) and len(set(there)) > 1:
        return "telephone"
    if _are_names(there):
        return "name"
    return "date of birth" if _births(there, as_of) else None


def is_something_else(kind: str, values: Sequence[str]) -> bool:
    """Whether these values cannot be what the name of their column says: flags, small numbers, a list of choices."""
    if not values:
        return False
    distinct = {value.casefold() for value in values}
    if distinct <= _FLAGS:
        return True
    if kind in ("position", "street address"):
        return False
    if kind == "date of birth":
        return all(_small(value) for value in distinct) and len(values) >= FEW
    if all(_small(value) for value in distinct):
        return True
    if kind in ("name", "first name", "last name"):
        return all(_number(value) for value in distinct)
    if kind not in _NUMBERED or len(values) < FEW or len(distinct) > FEW or len(distinct) > len(values) / 2:
        return False
    return not any("@" in value or len(re.sub(r"\D", "", value)) >= 4 for value in distinct)


def is_likely(kind: str, values: Sequence[str]) -> bool:
    """Whether values speak for what a doubtful name would say: most of them look like that kind."""
    if len(values) < 2:
        return False
    looks = _LIKELY.get(kind, lambda text: len(re.sub(r"\D", "", text)) >= 6)
    return sum(map(looks, values)) >= 0.8 * len(values) and len({v.casefold() for v in values}) > 1


def _small(text: str) -> bool:
    """A number below a thousand, with or without decimals."""
    return bool(re.fullmatch(r"[-+]?\d{1,3}(?:[.,]\d{1,3})?%?", text))


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,]+%?", text))


def _births(values: Sequence[str], as_of: date | None) -> bool:
    """Whether days lie as those of births of living grown-ups do: over decades, and hardly one of the last 16 years."""
    years = sorted(int(m["y"]) for value in values for day in _DAYS if (m := day.fullmatch(value)))
    if as_of is None or len(years) < max(20, 0.9 * len(values)):
        return False
    late = years[int(0.95 * (len(years) - 1))]
    early = years[int(0.05 * (len(years) - 1))]
    return late <= as_of.year - 14 and late - early >= 20 and early >= as_of.year - 110


def _are_names(values: Sequence[str]) -> bool:
    """Whether most values are a given name, alone or with another; a few of them could be towns or products."""
    distinct = {value for value in values if not any(c.isdigit() for c in value)}
    if len(distinct) < 5 or len(distinct) < SHARE * len(set(values)):
        return False
    parts = [[p.strip(".").casefold() for p in re.split(r"[\s,]+", value) if p] for value in distinct]
    given = sum(1 <= len(p) <= 5 and any(word.partition("-")[0] in GIVEN for word in p) for p in parts)
    alone = sum(len(p) == 1 for p in parts)
    return given >= (0.8 if alone > 0.5 * len(parts) else 0.6) * len(parts)


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(text.upper()) or not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    if not _CARD.fullmatch(text):
        return False
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 2


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return 7 <= digits <= 16 and bool(_PHONE.fullmatch(text)) and not _DATE.fullmatch(text)


def _is_national(text: str) -> bool:
    """Numbers of the United States, United Kingdom, Italy, Mexico, Spain, Brazil and France."""
    upper = text.upper()
    if any(p.fullmatch(upper) for p in (_SSN, _NINO, _CODICE, _CURP)):
        return True
    compact = re.sub(r"[ .-]", "", upper)
    if re.fullmatch(r"[0-9XYZ]\d{7}[A-Z]", compact):
        number = int({"X": "0", "Y": "1", "Z": "2"}.get(compact[0], compact[0]) + compact[1:8])
        return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == compact[8]
    if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d{2}", text):
        return _cpf([int(c) for c in compact])
    if re.fullmatch(r"[12]\d{12}\d{2}", compact) and 1 <= int(compact[3:5]) <= 12:
        return 97 - int(compact[:13]) % 97 == int(compact[13:])
    return False


def _cpf(digits: Sequence[int]) -> bool:
    def check(n: int) -> int:
        return sum(d * (n + 1 - i) for i, d in enumerate(digits[:n])) * 10 % 11 % 10

    return check(9) == digits[9] and check(10) == digits[10]


def _is_vin(text: str) -> bool:
    """Number of a vehicle, with its check digit (ISO 3779, as North America and China use it)."""
    if not _VIN.fullmatch(text) or text.isdigit():
        return False
    values = {
        **{str(d): d for d in range(10)},
        **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True)),
    }
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    return "0123456789X"[sum(values[c] * w for c, w in zip(text, weights, strict=True)) % 11] == text[8]


def _is_ip(text: str) -> bool:
    return bool(_IP.fullmatch(text) or _MAC.fullmatch(text) or (_IP6.fullmatch(text) and not _CLOCK.fullmatch(text)))


def _is_email(text: str) -> bool:
    return "@" in text and bool(_EMAIL.search(text)) and text.count(" ") <= 4


def _is_sign_in(text: str) -> bool:
    return bool(_PROFILE.fullmatch(text) or _HANDLE.fullmatch(text))


def _is_text(text: str) -> bool:
    return len(text) >= 5 and any(c.isalpha() for c in text) and (" " in text or any(c.isdigit() for c in text))


def _is_code(text: str) -> bool:
    return len(text) >= 5 and any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


def _is_called(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 4 and all(w[0].isupper() for w in words) and not any(c.isdigit() for c in text)


_LOOKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("e-mail", _is_email),
    ("bank account", _is_iban),
    ("national number", _is_national),
    ("internet address", _is_ip),
    ("payment card", lambda text: bool(_MASKED_CARD.fullmatch(text)) or _is_card(text)),
    ("telephone", _is_phone),
    ("vehicle or health number", _is_vin),
    ("position", lambda text: bool(_POINT.fullmatch(text))),
    ("sign-in name", _is_sign_in),
    ("street address", lambda text: len(text) <= 120 and bool(_STREET.fullmatch(text))),
)
_LIKELY: dict[str, Callable[[str], bool]] = {
    "street address": _is_text,
    "vehicle or health number": _is_code,
    "position": lambda text: bool(re.fullmatch(r"[-+]?\d{1,3}[.,]\d{2,}", text)),
    "date of birth": lambda text: any(day.fullmatch(text) for day in _DAYS),
    "sign-in name": lambda text: len(text) >= 3 and not _number(text),
    "name": lambda text: _is_called(text) or _is_email(text) or _is_phone(text),
    "first name": lambda text: text[:1].isalpha(),
    "e-mail": _is_email,
    "bank account": lambda text: bool(re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", text)),
    "internet address": lambda text: bool(_MAC.fullmatch(text)),
    "driving licence": _is_code,
}
