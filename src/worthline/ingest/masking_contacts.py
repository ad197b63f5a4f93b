"""Where a text says how somebody can be reached: e-mail addresses, telephones, and links that open somebody's door.

Reads     a text whose digits and letters are plain (masking.py).
Gives     spans of e-mail addresses (written out, too), of telephones, of the secret parts of links.
Method    patterns. A telephone has a prefix abroad, a national form (North America, United Kingdom, Germany, France,
          Spain, Italy and neighbours), or a word beside it that says so. A link is secret from its first parameter or
          part that is a key, a session or a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]


def any_of(*lists: str) -> str:
    """A pattern of any of these, each line a list with commas."""
    return "|".join(word.strip() for line in lists for word in line.split(", ") if word.strip())


_LOCAL = r"[^\W_](?:[\w.+%'’&/=-]{0,62}\w)?"
_TLD = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
_HOST = rf"(?:\[[0-9a-f.:]+\]|(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.){{1,8}}{_TLD})"
_EMAIL = re.compile(rf"(?:mailto:)?(?:\"[^\"\n]{{1,64}}\"|{_LOCAL})\s?(?:@|%40)\s?{_HOST}", re.IGNORECASE)
_EMAIL_MISTYPED = re.compile(rf"{_LOCAL}@[\w-]{{1,63}},(?:com|net|org|de|fr|es|it|co|uk)\b", re.IGNORECASE)
_EMAIL_SPACED = re.compile(rf"{_LOCAL}\s@\s[\w-]{{1,63}}(?:\s\.\s[\w-]{{1,63}}){{1,4}}", re.IGNORECASE)
_KNOWN_TLD = any_of(
    "com, net, org, info, biz, edu, gov, io, me, co, eu, uk, ie, us, ca, au, nz, de, at, ch, fr, be, lu, es, mx, ar, it",
    "pt, br, nl, se, no, dk, fi, pl, cz, gr, ru, tv, online, shop, app, dev, email, mail",
)
_AT = r"(?:at|ät|ad|a|chez|arobase|arroba|chiocciola|klammeraffe|@)"
_DOT = r"(?:dot|punkt|point|punto|ponto|\.)"
_OPEN, _CLOSE = r"[\[({<]", r"[\])}>]"
_AT_BOXED = rf"\s?{_OPEN}\s?{_AT}\s?{_CLOSE}\s?"
_DOT_SPELT = rf"(?:\s?{_OPEN}\s?{_DOT}\s?{_CLOSE}\s?|\.|[\s_](?:dot|punkt|point|punto|ponto)[\s_])"
_BEFORE = rf"[^\W_][\w.+'-]{{0,63}}(?:(?:\s(?:dot|punkt|point|punto|ponto)\s|\s?{_OPEN}\s?{_DOT}\s?{_CLOSE}\s?)[\w+'-]{{1,63}}){{0,3}}"
_NO_VERB = (
    r"(?!(?:look(?:s|ed|ing)?|shop(?:s|ped|ping)?|order(?:s|ed|ing)?|bought|buy(?:ing)?|purchased?|sold|found|find|saw|is"
    r"|are|was|were|be|been|it|them|this|that|me|us|here|there|available|online|price[sd]?|cheaper|only|and|or|not|work"
    r"|arrived?|staff|people|me|today|yesterday|now|better|products?|items?|deals?|us|website|site|good|bad|great|best|better|expert)\s+at\s)"
)
_SPELT = re.compile(
    rf"(?<![\w.]){_BEFORE}{_AT_BOXED}[\w-]{{1,63}}(?:{_DOT_SPELT}[\w-]{{1,63}}){{1,5}}"
    rf"|(?<![\w.]){_BEFORE}[\s_]+(?:arobase|arroba|chiocciola|klammeraffe)[\s_]+[\w-]{{1,63}}(?:{_DOT_SPELT}[\w-]{{1,63}}){{1,5}}"
    rf"|(?<![\w.]){_NO_VERB}{_BEFORE}\s(?:at|ät|chez|@)\s[\w-]{{1,63}}(?:\s{_DOT}\s[\w-]{{1,63}}){{0,3}}?\s(?:dot|punkt|point|punto|ponto)"
    rf"\s(?:{_KNOWN_TLD})\b(?:\s(?:dot|punkt|point|punto)\s(?:{_KNOWN_TLD})\b)?"
    rf"|(?<![\w.])[a-z0-9][a-z0-9.+-]{{0,63}}_(?:at|ät)_[a-z0-9-]{{1,63}}(?:_(?:dot|punkt)_[a-z0-9-]{{1,63}}){{1,4}}",
    re.IGNORECASE,
)
_FREE = any_of(
    r"gmail, googlemail, yahoo, hotmail, outlook, live, msn, aol, icloud, me, mac, proton(?:mail)?, gmx, web, t-online",
    r"freenet, arcor, posteo, mailbox, orange, wanadoo, free, laposte, sfr, neuf, bbox, libero, virgilio, tiscali, alice",
    r"tin, telefonica, terra, btinternet, sky, talktalk, comcast, verizon, att, mail, zoho, yandex, bluewin",
)
_AT_FREE = re.compile(
    rf"(?<![\w.]){_NO_VERB}{_LOCAL}\sat\s(?:{_FREE})(?:\.|\sdot\s)(?:co\.)?(?:{_KNOWN_TLD})\b", re.IGNORECASE
)


def emails(text: str) -> Iterator[Span]:
    """Spans of e-mail addresses, spelt ones among them."""
    low = text.casefold()
    if "@" in text or "%40" in text:
        yield from (match.span() for match in _EMAIL.finditer(text))
        yield from (match.span() for match in _EMAIL_SPACED.finditer(text))
        yield from (match.span() for match in _EMAIL_MISTYPED.finditer(text))
    if _SPELT_HINT.search(low):
        yield from (match.span() for match in _SPELT.finditer(text))
        yield from (match.span() for match in _AT_FREE.finditer(text))


_SPELT_HINT = re.compile(rf"{_OPEN}\s*{_AT}|arroba|arobase|chiocciola|klammeraffe|[\s_](?:at|ät|chez|@)[\s_]")

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"\ue000]{1,2000}", re.IGNORECASE)
_USER_INFO = re.compile(r"//[^/@\s]+:[^/@\s]+@")
_SECRET_NAMES = any_of(
    r"token, access_?token, id_?token, refresh_?token, key, api_?key, auth\w*, session\w*, sid, sig(?:nature)?, code",
    r"secret, pass(?:word|wd|wort)?, pwd, clave, contrase(?:n|ñ)a, mot_?de_?passe, kennwort, otp, pin, hash, jwt, invite",
    r"e-?mail, mail, correo, user(?:name|_?id)?, usuario, utente, benutzer\w*, login, phone, tel\w*, mobile, first_?name",
    r"last_?name, name, nachname, vorname, nom, nombre, nome, cognome, apellidos?, customer\w*, kunden?\w*, cliente?\w*",
    r"account\w*, konto, compte, cuenta, iban, dob, birth\w*, magic, ticket_?hash, state, nonce",
)
_OPAQUE = re.compile(
    r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}|eyJ[\w.-]{8,}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    rf"[?&#;](?:(?:{_SECRET_NAMES})=|[\w.-]+=(?=[\w.%-]*[0-9])(?=[\w.%-]*[a-z])[\w.%-]{{12,}})", re.I
)


def secret_links(text: str) -> Iterator[Span]:
    """From the first secret part of each link to the link's end."""
    if "://" not in text and "www." not in text.casefold():
        return
    for link in _LINK.finditer(text):
        address = link[0].rstrip(".,;:!?)»”'")
        starts = [match.start() + 2 for match in [_USER_INFO.search(address)] if match]
        starts += [match.start() + 1 for match in [_PARAMETER.search(address)] if match]
        starts += [match.start() for match in [_OPAQUE.search(address, min(len(address), 8))] if match]
        if starts:
            yield link.start() + min(starts), link.start() + len(address)


def harmless_links(text: str) -> Iterator[Span]:
    """What is left of links: no number in them is a telephone."""
    if "://" in text or "www." in text.casefold():
        yield from (match.span() for match in _LINK.finditer(text))


_GAP = r"[ .\-/]"
_SEP = r"[ .\-]"
_EXTENSION = r"(?:\s?(?:ext|extension|x|durchwahl|poste|int)\.?\s?\d{1,6}\b)?"
_FOREIGN = re.compile(
    rf"(?<![\w+.,#-])\(?(?:\+|00{_GAP}?(?=[1-9]))\(?\d{{1,3}}\)?(?:{_GAP}{{0,3}}\(?0?\)?{_GAP}{{0,2}}\d{{1,8}}){{1,6}}"
    rf"(?!\d){_EXTENSION}",
    re.IGNORECASE,
)
_NATIONAL = re.compile(
    r"(?<![\w+.,#-])(?:0(?: \d){8,12}(?! ?\d)"
    rf"|\(?0 ?\d{{1,5}}\)?(?: ?{_GAP} ?\d{{1,8}}|\d{{2,8}}){{1,5}}(?![\d]|[.,:]\d)"
    rf"|(?:1{_SEP})?(?:\([2-9]\d{{2}}\){_GAP}?|[2-9]\d{{2}}{_SEP})\d{{3}}{_SEP}\d{{4}}(?![\d-])"
    rf"|\(?9\d\)?{_SEP}\d{{3}}{_SEP}(?:\d{{2}}{_SEP}\d{{2}}|\d{{4}})(?!\d|[.,-]\d)"
    rf"|[6-9]\d{{2}}{_SEP}(?:\d{{3}}{_SEP}\d{{3}}|\d{{2}}{_SEP}\d{{2}}{_SEP}\d{{2}})(?![\d-]|[.,]\d)"
    r"|[6-9]\d{2}(?: - \d{2}){3}(?![\d-]|[.,]\d)"
    rf"|3\d{{2}}[ .\-/](?:\d{{6,7}}|\d{{2,4}}[ .\-]\d{{2,4}}(?:[ .\-]\d{{2,4}})?)(?![\d-]|[.,]\d)"
    rf"){_EXTENSION}",
    re.IGNORECASE,
)
"""With a leading nought; as in North America, Spain, Italy."""
_SAID = any_of(
    r"phone, telephone, tel, call(?:ed|ing)?(?: me)?, reach me, ring me, text me, mobile, cell, whatsapp, fax, gsm",
    r"telefon, telefonnummer, handy, handynummer, mobil, rufnummer, ruf(?:en)? (?:sie )?mich, erreich\w{0,5}, anrufen",
    r"téléphone, portable, appelez, rappelez, joindre, joignable, appeler",
    r"teléfono, telefono, móvil, movil, celular, llám\w{1,9}, llam\w{1,9}",
    r"cellulare, chiam\w{1,9}, numero di, telefone, telemóvel, ligue\w{0,4}, telefoonnummer, bel(?:len)?",
)
_PHONE_SAID = re.compile(
    rf"\b(?:{_SAID})\b[^\d\n\ue000]{{0,25}}?(\+?\(?\d[\d ()./\-]{{5,18}}\d)(?!\d|[.,:]\d)(?!\s?(?:[€$£%]|euro|times))",
    re.IGNORECASE,
)
_MY = r"(?:is|ist|est|es|è|é)?[ ]?(?:my|meine?|mon|ma|mi|il mio|o meu)?[ ]?"
_PHONE_AFTER = re.compile(rf"(?<![\w+.,#-])\d{{9,12}}(?=[ ,]{{1,2}}{_MY}(?:{_SAID})\b)", re.IGNORECASE)
_DATE_OR_TIME = re.compile(
    r"(?:19|20)\d{2}[-/. ]\d{1,2}[-/. ]\d{1,2}\b|\b\d{1,2}([-/. ])\d{1,2}\1(?:19|20)\d{2}\b"
    r"|^\d{1,2}([-/.])\d{1,2}\2\d{2}$|\d{1,2}:\d{2}|^0?\d{1,2}[-/.]\d{4}$|^\d{1,2}\.\d{2} ?[-–] ?\d{1,2}\.\d{2}$"
)
_OTHER = re.compile(r"\b(?:order|invoice|ticket|case|tracking|serial|contract|bestell\w*|rechnung\w*|pedido)\b", re.I)


def said_phones(text: str) -> Iterator[Span]:
    """Telephones that a word beside them names."""
    for match in _PHONE_SAID.finditer(text):
        number = match[1].strip()
        gap = text[match.start() : match.start(1)]
        if 7 <= _digits(number) <= 15 and not _DATE_OR_TIME.search(number) and not _OTHER.search(gap):
            yield match.start(1), match.start(1) + len(match[1].rstrip())
    yield from (match.span() for match in _PHONE_AFTER.finditer(text))


_DIALLED = re.compile(r"(?i)(?:\b(?:tel|callto|sms):|\bwa\.me/|\bwhatsapp\.com/send/?\?phone=)(\+?\d{8,15})(?!\d)")


def dialled_phones(text: str) -> Iterator[Span]:
    """Telephones within links that dial or write to them."""
    yield from (match.span(1) for match in _DIALLED.finditer(text))


def foreign_phones(text: str) -> Iterator[Span]:
    """Telephones with a plus and a country's prefix."""
    yield from (span for span in _abroad(text) if "+" in text[span[0] : span[1]])


def _abroad(text: str) -> Iterator[Span]:
    for match in _FOREIGN.finditer(text):
        if 8 <= _digits(match[0]) <= 18 and ("+" in match[0] or " " in match[0] or "-" in match[0]):
            yield _unbraced(text, match.span())


def phones(text: str) -> Iterator[Span]:
    """Telephones of a national form; dates, prices and other numbers are out of sight already."""
    yield from _abroad(text)
    for match in _NATIONAL.finditer(text):
        number = match[0]
        digits = _digits(number)
        is_grouped = any(not c.isdigit() for c in number)
        if 8 <= digits <= 15 and (is_grouped or digits >= 10) and not _DATE_OR_TIME.search(number):
            yield _unbraced(text, match.span())


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _unbraced(text: str, span: Span) -> Span:
    """Without an opening bracket that nothing within the span closes."""
    start, end = span
    return (start + 1, end) if text[start] == "(" and ")" not in text[start:end] else (start, end)
