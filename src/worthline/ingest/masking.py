"""What tells who somebody is, replaced within words that people wrote. Plain text only.

Reads     one text, and the names of the customer who wrote it.
Gives     `mask`: the text with each address, telephone, card, account, national number and name
          replaced by what it was.
Method    patterns, each held against what it must be: a card passes Luhn's check (ISO/IEC 7812-1), an account the
          remainder by 97 (ISO 13616), a telephone has a prefix, a national form or a word beside it that says so, and
          is neither a date nor an amount. Names: those that the company holds of this customer, and what follows
          "my name is" and a greeting at the end, in seven languages.
Assumes   other persons' names are not known; they stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

EMAIL, PHONE, CARD, ACCOUNT, NUMBER, NAME = "[e-mail]", "[phone]", "[card]", "[account]", "[number]", "[name]"
"""What stands in its place."""
MASKS = (EMAIL, PHONE, CARD, ACCOUNT, NUMBER, NAME)
LONGEST = 1_000_000
"""Characters of one text that are looked at; what stands behind them is dropped."""
_UNSEEN = dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8203, 8288, 65279, 173, 6158))
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), 65533)
_CLEAN = {**_UNSEEN, **_CONTROL}
"""Characters without width or that turn the direction of what follows: dropped. Control characters: shown as �."""
_NEEDS_CLEANING = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_LOCAL, _HOST = r"[^\W_](?:[\w.+%'&/=-]*\w)?", r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24}"
_EMAIL = re.compile(rf"(?:mailto:)?{_LOCAL}\s?@\s?{_HOST}", re.IGNORECASE)
_EMAIL_SPELT = re.compile(
    rf"{_LOCAL}\s*[\[({{]\s*(?:at|ät|chez|arroba|chiocciola|@)\s*[\])}}]\s*[\w-]+"
    rf"(?:\s*(?:[\[({{]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[\])}}]|\.)\s*[\w-]+)+",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ ]?\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_DIGITS = re.compile(r"(?<![\d.,#])(?:\d[ .\-\u00a0\u2011\u2013/]?){12,18}\d(?![\d])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_GAP = r"[ .\-/\u00a0\u2011\u2013]"
_SEP = r"[ .\-\u2011\u2013]"
_NO_AMOUNT = r"(?![\d.,-]|\s?[€$£%])"
_PHONE = re.compile(
    r"(?<![\w+.,#-])(?:"
    rf"(?:\+|00{_GAP}?(?=[1-9]))\(?\d{{1,3}}\)?(?:{_GAP}{{0,2}}\(?0?\)?{_GAP}{{0,2}}\d{{1,5}}){{1,6}}(?!\d)"
    rf"|\(?0\d{{1,5}}\)?(?:{_GAP}{{0,2}}\d{{2,8}}){{1,5}}(?!\d|[.,]\d)"
    rf"|(?:1{_GAP})?(?:\([2-9]\d{{2}}\){_GAP}?|[2-9]\d{{2}}{_SEP})\d{{3}}{_SEP}\d{{4}}(?![\d-])"
    rf"|[6-9]\d{{2}}[ .\-](?:\d{{3}}[ .\-]\d{{3}}|\d{{2}}[ .\-]\d{{2}}[ .\-]\d{{2}}){_NO_AMOUNT}"
    rf"|3\d{{2}}[ .\-]\d{{3}}[ .\-]?\d{{3,4}}{_NO_AMOUNT}"
    r")"
)
"""With a prefix abroad; with a leading nought; as in North America, Spain, Italy."""


def _any_of(*words: str) -> str:
    """A pattern of any of these, each line a list with commas."""
    return "|".join(word.strip() for line in words for word in line.split(","))


_SAID = _any_of(
    r"phone, telephone, tel, call(?:ed|ing)? me, reach me, ring me, text me, mobile, cell, whatsapp, fax, gsm",
    r"telefon, telefonnummer, handy, handynummer, mobil, rufnummer, ruf(?:en)? (?:sie )?mich, erreich\w*",
    r"téléphone, portable, appelez, rappelez, joindre, joignable",
    r"teléfono, telefono, móvil, movil, celular, llám\w+, llam\w+",
    r"cellulare, chiam\w+, numero di, telefone, telemóvel, ligue\w*, telefoonnummer, bel(?:len)?",
)
_PHONE_SAID = re.compile(rf"\b(?:{_SAID})\b[^\d\n]{{0,25}}?(\+?\(?\d[\d ()./\-\u00a0]{{5,18}}\d)(?!\d)", re.IGNORECASE)
_MY = r"(?:is|ist|est|es|è|é)?[ ]?(?:my|meine?|mon|ma|mi|il mio|o meu)?[ ]?"
_PHONE_AFTER = re.compile(rf"(?<![\w+.,#-])\d{{9,12}}(?=[ ,]{{1,2}}{_MY}(?:{_SAID})\b)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:19|20)\d{2}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)?\d{2}(?:[ T,]+\d{1,2}[:.]\d{2})?"
    r"|0?\d{1,2}[-/.]\d{4}|\d{1,2}\.\d{2}[-–]\d{1,2}\.\d{2}"
)
_OTHER_NUMBERS = _any_of(
    r"order, invoice, ticket, case, ref(?:erence)?, tracking, serial, contract, model, article, item, sku",
    r"bestell\w*, auftrag\w*, rechnung\w*, vorgang\w*, artikel\w*, commande, facture, dossier, pedido, factura",
    r"ordine, fattura, pratica, encomenda, fatura, bestelling, factuur",
)
_NUMBER_OF = re.compile(rf"(?:{_OTHER_NUMBERS})[^\d\n]{{0,14}}$", re.IGNORECASE)
_CAPITAL = r"[^\W\d_a-z][\w'’-]+"
_WHO = rf"{_CAPITAL}(?:[ ](?:(?:von|van|de|del|della|da|di|du|la|le|der|den)[ ])*{_CAPITAL}){{0,3}}"
_INTRODUCTIONS = _any_of(
    r"my name is, my name's, name:, mein name ist, ich hei(?:ß|ss)e, je m['’]appelle, mon nom est, me llamo",
    r"mi nombre es, mi chiamo, il mio nome è, meu nome é, me chamo, chamo-me, mijn naam is, ik heet",
)
_INTRODUCED = re.compile(rf"(?P<lead>\b(?i:{_INTRODUCTIONS})[ ]+)(?P<name>{_WHO})")
_GREETINGS = _any_of(
    r"(?:kind |best |warm |many )?regards, sincerely, yours truly, cheers, mfg, viele gr(?:ü|ue)(?:ß|ss)e",
    r"(?:mit )?(?:freundlichen|besten|vielen|lieben) gr(?:ü|ue)(?:ß|ss)en, cordialement, bien à vous, salutations",
    r"(?:un )?saludos?(?: cordiales)?, atentamente, cordiali saluti, distinti saluti, atenciosamente, cumprimentos",
    r"met vriendelijke groet(?:en)?",
)
_SIGNED = re.compile(rf"(?P<lead>\b(?i:{_GREETINGS})[ ]*[,.!:\-–]?\s*)(?P<name>{_WHO})(?=\s*[.!]?\s*$)")
_LOOK = re.compile(r"@|\d|[\[({]\s*(?:at|ät|chez|arroba|chiocciola)", re.IGNORECASE)
"""Without any of these only names can tell who wrote it."""
ANY = (
    r"(?i)@|[0-9][^a-z]{0,3}[0-9][^a-z]{0,3}[0-9]|[\[({]\s*(at|ät|chez|arroba|chiocciola)"
    r"|name|hei(ß|ss)e|appelle|llamo|nombre|chiamo|nome|chamo|naam|heet"
    r"|regards|sincerely|truly|cheers|gr(ü|ue)(ß|ss)|mfg|cordialement|bien à vous|salutations|saludo|atentamente|saluti"
    r"|atenciosamente|cumprimentos|groet|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{00AD}|\x{180E}|\x{200B}|\x{2060}|\x{FEFF}"
    r"|[\x{0080}-\x{009F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
)
"""A pattern for any engine: a text without a match holds nothing that `mask` would replace but a known name."""


def mask(text: str, names: Sequence[str] = ()) -> str:
    """The text with what tells who somebody is replaced; `names`: those of the customer who wrote it."""
    text = text[:LONGEST]
    if _NEEDS_CLEANING.search(text):
        text = text.translate(_CLEAN)
    if _LOOK.search(text):
        text = _EMAIL.sub(EMAIL, text)
        text = _EMAIL_SPELT.sub(EMAIL, text)
        text = _IBAN.sub(lambda found: ACCOUNT if is_account(found[0]) else found[0], text)
        text = _DIGITS.sub(lambda found: CARD if is_card(found[0]) else found[0], text)
        text = _SSN.sub(NUMBER, text)
        text = _PHONE_SAID.sub(_said, text)
        text = _PHONE_AFTER.sub(PHONE, text)
        text = _PHONE.sub(_phone, text)
    text = _INTRODUCED.sub(lambda found: found["lead"] + NAME, text)
    text = _SIGNED.sub(lambda found: found["lead"] + NAME, text)
    return _unnamed(text, names) if names else text


def is_card(text: str) -> bool:
    """Whether 13 to 19 digits pass Luhn's check and start as a payment card's do."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) < 2:
        return False
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_account(text: str) -> bool:
    """Whether it is an international bank account number, its remainder by 97 being 1."""
    compact = re.sub(r"[ -]", "", text).upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _phone(found: re.Match[str]) -> str:
    text = found[0]
    digits = sum(c.isdigit() for c in text)
    before = found.string[max(0, found.start() - 40) : found.start()]
    spaced = text.startswith(("+", "(", "00")) or any(not c.isdigit() for c in text) or digits >= 10
    if not 8 <= digits <= 15 or not spaced or _DATE.fullmatch(text.strip()) or _NUMBER_OF.search(before):
        return text
    return PHONE


def _said(found: re.Match[str]) -> str:
    number = found[1]
    digits = sum(c.isdigit() for c in number)
    if (
        not 7 <= digits <= 15
        or _DATE.fullmatch(number.strip())
        or _NUMBER_OF.search(found[0][: found.start(1) - found.start()])
    ):
        return found[0]
    return found[0][: found.start(1) - found.start()] + PHONE


def parts(name: str) -> list[str]:
    """The parts of a name by which somebody is called: the whole first, then each of three letters or more."""
    words = [w for w in re.split(r"[\s,]+", name.strip()) if w]
    short = [w for w in words if len(w.strip(".'’-")) >= 3 and folded(w) not in _PARTICLES]
    return list(dict.fromkeys([" ".join(words), *short] if len(words) > 1 else short))


_PARTICLES = frozenset(
    [
        "von",
        "van",
        "der",
        "den",
        "del",
        "della",
        "dos",
        "das",
        "the",
        "and",
        "mr",
        "mrs",
        "ms",
        "dr",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "senor",
        "senora",
    ]
)


def folded(text: str) -> str:
    """Without case and accents, of the same length."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in text).casefold() if not text.isascii() else text.lower()


def _unnamed(text: str, names: Sequence[str]) -> str:
    """The text with the parts of these names replaced, whatever their case and accents."""
    known = sorted({part for name in names for part in parts(name)}, key=lambda part: (-len(part), part))
    for part in known:
        at = 0
        found = folded(text)
        sought = folded(part)
        if len(found) != len(text):  # a letter that folds into two
            found, sought = text.lower(), part.lower()
        pattern = re.compile(rf"(?<![^\W_]){re.escape(sought)}(?=$|[\W_]|s\b)")
        out: list[str] = []
        for match in pattern.finditer(found):
            out += [text[at : match.start()], NAME]
            at = match.end()
        text = "".join([*out, text[at:]]) if out else text
    return re.sub(r"\[name\](?:[ ]\[name\])+", NAME, text)
