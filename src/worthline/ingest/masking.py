"""What tells who somebody is, replaced within words that people wrote. Plain text only.

Reads     one text, and the names of the customer who wrote it.
Gives     `mask` (`mask_cells` for cells set aside): the text with each address, telephone, card, account, document's
          number, date of birth, secret link and name replaced by what it was.
Method    the finders of the files beside this one, in an order in which the more certain goes first: what was found is
          out of sight of the next. They read a shadow of the text, of the same length, in which wide letters and
          digits of other scripts are plain.
Assumes   other persons' names are not known; they stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from worthline.ingest import masking_contacts, masking_names, masking_numbers, masking_places
from worthline.ingest.masking_numbers import is_account, is_card

__all__ = ["ANY", "ANY_IN_CELL", "MASKS", "is_account", "is_card", "mask", "mask_cells"]

EMAIL, PHONE, CARD, ACCOUNT, NUMBER, NAME = "[e-mail]", "[phone]", "[card]", "[account]", "[number]", "[name]"
BORN, ADDRESS, LINK = "[date of birth]", "[address]", "[link]"
"""What stands in its place."""
MASKS = (EMAIL, PHONE, CARD, ACCOUNT, NUMBER, NAME, BORN, ADDRESS, LINK)
LONGEST = 1_000_000
"""Characters of one text that are looked at; what stands behind them is dropped."""
TAKEN = "\ue000"
"""Stands in the shadow where something was found, or where a date, a price or an order's number is."""
_UNSEEN = dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8203, 8288, 65279, 173, 6158))
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), 65533)
_CLEAN = {**_UNSEEN, **_CONTROL}
"""Characters without width or that turn the direction of what follows: dropped. Control characters: shown as �."""
_NEEDS_CLEANING = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN: dict[int, int | str] = {
    **_WIDE,
    0x3000: " ",
    0xA0: " ",
    0x202F: " ",
    0x2007: " ",
    0x2009: " ",
    0x2010: "-",
    0x2011: "-",
    0x2013: "-",
}
_ENTITY = re.compile(r"&(?:(?P<at>commat|#0{0,6}64|#x0{0,6}40)|nbsp|#0{0,6}160|#xa0);", re.IGNORECASE)
"""An at-sign or a blank as HTML writes it."""
_KEYCAP = re.compile("(?<=[0-9])\ufe0f?\u20e3")
"""What makes a digit the picture of a key."""
_BROKEN = re.compile(r"(?<=\d)\r?\n(?=\d)")
"""The end of a line within a number."""
_BARRED = re.compile(r"(?<=\d\d)[_|](?=\d\d)")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_DIGIT = re.compile(r"[0-9]")
_WORDED = (
    r"@|%40|[\[({<]\s*(at|ät|a|chez|arobase|arroba|chiocciola)"
    r"|arroba|arobase|chiocciola|klammeraffe|[ _](dot|punkt|point|punto|ponto)[ _]|[ _](at|ät)[ _]"
    r"|https?://|www\.|\x{FF20}|&commat;"
    r"|name|hei(ß|ss)e|appelle|llamo|nombre|chiamo|nome|chamo|naam|heet"
    r"|regards|sincerely|truly|cheers|gr(ü|ue)(ß|ss)|mfg|cordialement|bien à vous|salutations|saludo|atentamente|saluti"
    r"|atenciosamente|cumprimentos|groet|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{00AD}|\x{180E}|\x{200B}|\x{2060}|\x{FEFF}"
    r"|[\x{0080}-\x{009F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
)
ANY = rf"(?i)\p{{Nd}}|{_WORDED}"
"""A pattern for any engine: a text without a match holds nothing that `mask` would replace but a known name."""
ANY_IN_CELL = rf"(?i)(\p{{Nd}}[^\p{{Nd}}]{{0,3}}){{7}}|{_WORDED}"
"""The same for a cell that should be a number or a day: telephones, cards and accounts have seven digits or more."""
_DAY = re.compile(r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T][\d:.+Zz -]*)?")
"""A day as it is written, be there such a day or not (0000-00-00)."""
_BETWEEN_CELLS = re.compile(r"([,;|\t])")
Span = tuple[int, int]


def mask(text: str, names: Sequence[str] = ()) -> str:
    """The text with what tells who somebody is replaced; `names`: those of the customer who wrote it."""
    text = text[:LONGEST]
    if _NEEDS_CLEANING.search(text):
        text = text.translate(_CLEAN)
    if "&" in text:
        text = _ENTITY.sub(lambda match: "@" if match["at"] else " ", text)
    if not text.isascii():
        text = _KEYCAP.sub("", unicodedata.normalize("NFC", text))
    replacements: list[tuple[int, int, str]] = []
    shadow = _shadow(text)
    has_digits = _DIGIT.search(shadow) is not None

    def take(spans: Iterable[Span], as_what: str | None) -> None:
        """Replace these, or only hide them from what follows."""
        nonlocal shadow
        spans = [span for span in spans if span[1] > span[0]]
        if spans:
            shadow = _without(shadow, spans)
        if as_what is not None:
            replacements.extend((start, end, as_what) for start, end in spans)

    take(masking_contacts.dialled_phones(shadow), PHONE)
    take(masking_contacts.secret_links(shadow), LINK)
    take(masking_contacts.emails(shadow), EMAIL)
    take(masking_contacts.harmless_links(shadow), None)
    if has_digits:
        take(masking_numbers.accounts(shadow), ACCOUNT)
        take(masking_numbers.cards(shadow), CARD)
        take(masking_numbers.births(shadow), BORN)
        take(masking_numbers.documents(shadow), NUMBER)
        take(masking_places.addresses(shadow), ADDRESS)
        take(masking_contacts.said_phones(shadow), PHONE)
        take(masking_contacts.foreign_phones(shadow), PHONE)
        take(masking_numbers.harmless(shadow), None)
        take(masking_contacts.phones(shadow), PHONE)
    if replacements:
        text = _replaced(text, replacements)
    return masking_names.unnamed(text, names, NAME)


def mask_cells(value: str) -> str:
    """A cell, or the cells of a whole line, masked like words; what stands beyond a comma is one of its own."""
    if _DAY.fullmatch(value):
        return value
    whole = mask(value)
    return "".join(
        part if len(part) < 7 or _DAY.fullmatch(part) else mask(part) for part in _BETWEEN_CELLS.split(whole)
    )


def _shadow(text: str) -> str:
    """The text with wide letters, odd blanks and digits of other scripts made plain; of the same length."""
    shadow = text if text.isascii() else text.translate(_PLAIN)
    if _FOREIGN_DIGIT.search(shadow):
        shadow = _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), shadow)
    shadow = _BROKEN.sub(" ", shadow)
    return _BARRED.sub("-", shadow) if "_" in shadow or "|" in shadow else shadow


def _without(text: str, spans: Sequence[Span]) -> str:
    out, position = [], 0
    for start, end in sorted(spans):
        start = max(start, position)
        if end <= start:
            continue
        out += [text[position:start], TAKEN * (end - start)]
        position = end
    return "".join([*out, text[position:]])


def _replaced(text: str, replacements: Sequence[tuple[int, int, str]]) -> str:
    out, position = [], 0
    for start, end, what in sorted(replacements):
        if start < position:
            continue
        out += [text[position:start], what]
        position = end
    return "".join([*out, text[position:]])
