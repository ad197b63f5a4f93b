"""Names of files as a run may tell them: without whom they are about.

Reads     the name of a file below the data folder.
Gives     `told`: the same name with e-mail addresses, telephones with their country, bank accounts and cards replaced.
Method    only what can hardly be anything else: digits in names of files are days, times and numbers of exports. So a
          telephone needs its +, and what begins as a day of this or the last century is no card.
Assumes   names of persons are not known here; they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from worthline.ingest import masking_contacts, masking_numbers
from worthline.ingest.masking import ACCOUNT, CARD, EMAIL, PHONE

_ABROAD = re.compile(r"\+\d[\d ().\-]{6,}\d")
_DAY = re.compile(r"(?:19|20)\d\d")


def told(name: str) -> str:
    """The name as health, quarantine, the manifest and pages give it."""
    return "/".join(_part(part) for part in name.split("/"))


def _part(part: str) -> str:
    stem, suffix = PurePosixPath(part).stem, PurePosixPath(part).suffix
    if "." not in stem.rpartition("@")[2] and "@" in stem:  # what looks like a suffix ends the address
        stem, suffix = part, ""
    if "@" in stem:
        stem = _replaced(stem, masking_contacts.emails(stem), EMAIL)
    stem = _ABROAD.sub(PHONE, stem)
    stem = _replaced(stem, masking_numbers.accounts(stem), ACCOUNT)
    cards = [span for span in masking_numbers.cards(stem) if not _DAY.match(stem, span[0])]
    return _replaced(stem, cards, CARD) + suffix


def _replaced(text: str, spans: Iterable[tuple[int, int]], mask: str) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}{mask}{text[end:]}"
    return text
