"""Sixty made-up people's data in five languages, and where of what is written one of them stands.

Gives     CANARIES; `standing`, the canaries that some bytes hold, whatever the form: text, HTML, JSON or URL spelling,
          UTF-16, Parquet, SQLite, zip and Excel, compressed or not, letters of either case, digits however parted.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

import pyarrow.parquet as pq


class Canary(NamedTuple):
    """One datum of one person."""

    language: str
    person: int
    """0, 1 or 2 within the language."""
    kind: str
    value: str


NAMES = {
    "en": ("Thelonius Quillfeather", "Peregrine Umberland", "Araminta Foxglovely"),
    "de": ("Köstritz Zwiebelbrück", "Wunibald Äpfelhöfer", "Notburga Straußenweiß"),
    "fr": ("Théodulphe Grenouillère", "Zéphyrine Châtaignault", "Barnabé Œilletonne"),
    "es": ("Íñigo Zarzaparrilla", "Purificación Ñandubay", "Eulogio Güerequeque"),
    "it": ("Ermenegilda Zucchabella", "Pancrazio Sottolfaggio", "Niccolò Perchéforte"),
}
PHONES = {
    "en": ("+44 20 7946 0913", "(415) 555-0186"),
    "de": ("+49 30 99887761", "0171 8765492"),
    "fr": ("06 39 98 71 45", "+33 1 99 00 47 83"),
    "es": ("612 908 374", "+34 912 908 371"),
    "it": ("333 9081726", "+39 06 9081 2735"),
}
COUNTRY = {
    "en": ("GB", "NWBK601613"),
    "de": ("DE", ""),
    "fr": ("FR", ""),
    "es": ("ES", ""),
    "it": ("IT", "X054281110"),
}
LENGTH = {"en": 18, "de": 18, "fr": 23, "es": 20, "it": 23}


def _card(number: int) -> str:
    """Sixteen digits whose last is Luhn's."""
    digits = f"4539{number:011d}"
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(digits))
    return digits + str(-total % 10)


def _account(language: str, number: int) -> str:
    """An IBAN whose check digits leave 1 by 97."""
    country, head = COUNTRY[language]
    body = head + str(number)[-LENGTH[language] + len(head) :].zfill(LENGTH[language] - len(head))
    spelt = "".join(str(int(c, 36)) for c in f"{body}{country}00")
    return f"{country}{98 - int(spelt) % 97:02d}{body}"


def _all() -> Iterator[Canary]:
    for place, language in enumerate(NAMES):
        for person, name in enumerate(NAMES[language]):
            first = unicodedata.normalize("NFKD", name.split()[0]).encode("ascii", "ignore").decode().lower()
            yield Canary(language, person, "name", name)
            yield Canary(language, person, "e-mail", f"{first}.{language}{person}@canary-post.example")
        for person in range(2):
            yield Canary(language, person, "phone", PHONES[language][person])
            yield Canary(language, person, "card", _card(71_830_000_000 + 1_017 * (2 * place + person)))
            yield Canary(language, person, "account", _account(language, 7_150_932_486 + 3_331 * (2 * place + person)))


CANARIES = tuple(_all())
_PARTED = re.compile(r"(?<=\d)[\s().+/-]{1,3}(?=\d)")


def plain(text: str) -> str:
    """Text as canaries are looked for in it: small letters, accents dropped, digits not parted."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return _PARTED.sub("", "".join(c for c in folded if not unicodedata.combining(c)))


def _wanted(canary: Canary) -> tuple[str, ...]:
    """A name's parts are each one too; of a telephone its last eight digits are enough, however it is dialled."""
    if canary.kind == "name":
        return tuple(plain(part) for part in canary.value.split() if len(part) > 5)
    if canary.kind == "phone":
        return (re.sub(r"\D", "", canary.value)[-8:],)
    return (plain(canary.value),)


WANTED = {canary: _wanted(canary) for canary in CANARIES}


def standing(content: bytes | str, kinds: tuple[str, ...] = ()) -> list[Canary]:
    """The canaries (of these kinds) that stand in what was written."""
    texts = [plain(text) for text in _texts(content)]
    return [
        canary
        for canary, parts in WANTED.items()
        if (not kinds or canary.kind in kinds) and any(part in text for text in texts for part in parts)
    ]


def _texts(content: bytes | str) -> Iterator[str]:
    """Every text that some bytes may be read as."""
    if isinstance(content, bytes):
        if content[:4] == b"PAR1":
            yield from _cells(content)
        elif content[:2] == b"PK":
            archive = zipfile.ZipFile(io.BytesIO(content))
            for name in archive.namelist():
                yield name
                yield from _texts(archive.read(name))
        elif content[:2] == b"\x1f\x8b":
            yield from _texts(gzip.decompress(content))
        yield content.decode("utf-16-le", "ignore")
        content = content.decode("utf-8", "replace")
    yield content
    yield html.unescape(content)
    yield unquote(content)
    yield unquote_plus(content)
    if "\\" in content:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), content)


def _cells(content: bytes) -> Iterator[str]:
    file = pq.ParquetFile(io.BytesIO(content))
    yield str(file.schema_arrow) + str(file.schema_arrow.metadata)
    for column in file.schema_arrow.names:
        yield "\n".join(map(str, set(map(str, file.read([column]).column(0).to_pylist()))))


def as_json(value: object) -> str:
    """A value as a log or an API would write it."""
    return json.dumps(value, ensure_ascii=False, default=str)
