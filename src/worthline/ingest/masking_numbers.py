"""Numbers that tell who somebody is, and numbers that do not: accounts, cards, documents, dates of birth; dates, prices.

Reads     a text whose digits and letters are plain (masking.py).
Gives     spans of each kind; `harmless`: of numbers that only look like a telephone.
Method    check digits where the kind has them: cards by Luhn (ISO/IEC 7812-1), accounts by the remainder by 97 and the
          length of their country (ISO 13616, registry of release 97), Spanish documents by their letter, French social
          numbers by their key. Else a word beside it that names the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from worthline.ingest.masking_contacts import any_of

Span = tuple[int, int]
LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ XK LT LU MN", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Characters of an account by its country."""
_ACCOUNT = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[ \-]?(\d{2})(?=[ .\-]?[A-Za-z0-9])")
_ACCOUNT_SAID = re.compile(r"(?i)\biban\b[^\d\n]{0,12}$")
_BANK = any_of(
    r"sort code, bank account(?: number| no\.?)?, account and sort code, kontonummer, konto-?nr\.?, blz, bankleitzahl",
    r"num[ée]ro de compte(?: bancaire)?, compte bancaire, cuenta bancaria, n[úu]mero de cuenta, conto corrente, rib",
    r"routing number, aba number",
)
_BANK_SAID = re.compile(rf"(?i)\b(?:{_BANK})[\s:.#°º]{{0,4}}(?:(?:is|ist|est|es|è)\s)?(\d(?:[ \-]?\d){{5,22}})(?!\d)")
_CARD = re.compile(r"(?<![\d.,#\-])(?:\d[ .\-_/]{0,2}){12,18}\d(?![\d])")
_CARD_PARTED = re.compile(r"(?<![\d.,#\-])\(?\d{4}(?:\)\(|,)\d{4}(?:\)\(|,)\d{4}(?:\)\(|,)\d{4}\)?(?![\d.,]\d)")
_CARD_DATED = re.compile(r"(?<![\d.,#\-])\d{4}([ .\-]?)\d{4}\1\d{4}\1\d{4}(?= {1,2}(?:0[1-9]|1[0-2])/\d{2})")
"""Sixteen digits before the month in which a card ends."""
_IN_FOURS = re.compile(r"(?<![\d.,#\-])\d{4}([ .\-])\d{4}\1\d{4}\1\d{4}(?!\d)")
_CARD_WORD = re.compile(
    r"(?i)\b(?:\w*karten?(?:nummer)?|(?:credit |debit )?cards?|cartes?|tarjetas?|cart[ae]|visa|mastercard|amex|maestro)\b"
    r"[^\d\n]{0,20}$"
)
_OTHER_THINGS = any_of(
    r"ean, gtin, isbn, upc, imei, tracking, sendung\w{0,24}, shipment, parcel, gift ?cards?, vouchers?, coupons?, gutschein\w{0,24}",
)
_OTHER_THING = re.compile(rf"(?i)\b(?:{_OTHER_THINGS})\b[^\d\n]{{0,14}}$")


def accounts(text: str) -> Iterator[Span]:
    """Bank accounts: international ones by their check digits, others by the words before them."""
    for match in _ACCOUNT.finditer(text):
        country = match[1].upper()
        length = LENGTHS.get(country)
        if length is None:
            continue
        whole = _account_of(length).match(text, match.start())
        if whole is None:
            continue
        naming_words = _ACCOUNT_SAID.search(text[max(0, match.start() - 24) : match.start()])
        if naming_words or is_account(whole[0]):
            yield whole.span()
    yield from (match.span(1) for match in _BANK_SAID.finditer(text))


@cache
def _account_of(length: int) -> re.Pattern[str]:
    return re.compile(rf"[A-Za-z]{{2}}[ \-]?\d{{2}}(?:[ .\-]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])")


def cards(text: str) -> Iterator[Span]:
    """Payment cards: by Luhn's check, or four groups of four digits after a word for a card."""
    for pattern in (_CARD_DATED, _CARD_PARTED):
        yield from (match.span() for match in pattern.finditer(text) if is_card(match[0]))
    for match in _CARD.finditer(text):
        if is_card(match[0]) and not _OTHER_THING.search(text[max(0, match.start() - 30) : match.start()]):
            yield match.span()
    for match in _IN_FOURS.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if _CARD_WORD.search(before) and not _OTHER_THING.search(before):
            yield match.span()


def is_card(text: str) -> bool:
    """Whether 13 to 19 digits pass Luhn's check and start as a payment card's do."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) < 2:
        return False
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_account(text: str) -> bool:
    """Whether it is an international bank account number, its remainder by 97 being 1."""
    compact = re.sub(r"[ .\-]", "", text).upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


_MONTHS = any_of(
    "jan(?:uary)?, feb(?:ruary)?, mar(?:ch)?, apr(?:il)?, may, june?, july?, aug(?:ust)?, sept?(?:ember)?, oct(?:ober)?",
    "nov(?:ember)?, dec(?:ember)?, januar, jänner, februar, märz, maerz, mai, juni, juli, oktober, dezember",
    "janvier, février, mars, avril, juin, juillet, août, septembre, octobre, novembre, décembre",
    "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre",
    "gennaio, febbraio, aprile, maggio, giugno, luglio, settembre, ottobre, dicembre",
)
_DAY = (
    r"(?:(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}(?:(?:19|20)\d{2}|\d{2})"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|°|º|\.)?\s(?:of\s|de\s)?(?:{_MONTHS})\.?,?(?:\s(?:de|del)\s|\s)(?:19|20)\d{{2}}"
    rf"|(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:19|20)\d{{2}})(?!\d)"
)
_BORN = any_of(
    r"born, birth, birthday, birthdate, d\.?o\.?b\.?, geboren, geb\.?, geburts\w{0,24}, née?, né\(e\), naissance",
    r"anniversaire, nac[ií], nacid[oa], nacimiento, cumpleaños, nat[oa], nascit[ao], nascid[oa], nascimento",
    r"compleanno, geboortedatum",
)
_BIRTH = re.compile(rf"(?i)(?<!\w)(?:{_BORN})(?!\w)[^\d\n\ue000]{{0,25}}?({_DAY})")
_BIRTH_AFTER = re.compile(rf"(?i)(?<!\d)({_DAY})\s(?:geboren|born|nacid[oa]|nat[oa])\b")


def births(text: str) -> Iterator[Span]:
    """Dates that the words beside them call a day of birth."""
    yield from (match.span(1) for match in _BIRTH.finditer(text))
    yield from (match.span(1) for match in _BIRTH_AFTER.finditer(text))


_DOCUMENTS = any_of(
    r"ssn, social security, social insurance, national insurance, ni, nino, passports?, driver['’]?s? licen[cs]e",
    r"driving licen[cs]e, identity card, id card, tax id, tin, itin, medicare, nhs, national id",
    r"sozialversicherung\w{0,24}, rentenversicherung\w{0,24}, sv-?nummer, sv-?nr, reisepass\w{0,24}, passnummer, personalausweis\w{0,24}",
    r"ausweis\w{0,24}, führerschein\w{0,24}, fuehrerschein\w{0,24}, steuer-?id\w{0,24}, steueridentifikationsnummer, steuernummer",
    r"sécurité sociale, securite sociale, sécu, nir, passeport, carte d['’]identité, cni, permis de conduire, numéro fiscal",
    r"dni, nie, nif, pasaporte, seguridad social, carn[ée]t de conducir, curp, rfc, cpf",
    r"codice fiscale, c\.?f\.?, passaporto, carta d['’ ]?(?:i )?identità, patente, tessera sanitaria, bsn",
)
_NUMBER_WORD = r"(?:card|numbers?|num|no|nr|nummer|n|id|n°|nº|numero|número|numéro|code)"
_IS = r"(?:(?:is|was|ist|lautet|war|est|es|è|era)\b\s?)"
_DOCUMENT = re.compile(
    rf"(?i)(?<!\w)(?:{_DOCUMENTS})(?!\w)[\s\-.:#]{{0,3}}(?:{_NUMBER_WORD}(?!\w)[\s.:°º#]{{0,3}})?{_IS}?"
    r"((?=[a-z0-9.\-]{0,20}\d)[a-z0-9]{1,24}(?:[.\-][a-z0-9]{1,24}){0,4}"
    r"(?: (?:(?=[a-z0-9\-]{0,20}\d)[a-z0-9\-]{1,24}|[A-Z](?= |\b))){0,7})"
)
_SECRET = re.compile(
    r"(?i)\b(?:cvv2?|cvc2?|pin|tan|otp|passwor[dt]|kennwort|mot de passe|contraseña|parola d'ordine|one-?time code)\b"
    r"[\s:]{1,3}(?:(?:is|ist|lautet|est|es|è)\s|code\s|number\s|nummer\s)?((?=\S{0,32}\d)[\w!$#*\-]{3,32})(?![\w%])"
)
_FORMS = re.compile(
    r"(?<![\w.,#\-])(?:"
    r"(?P<nino>[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])"
    r"|(?P<ssn>(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4})"
    r"|(?P<german>\d{2} ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3})"
    r"|(?P<nir>[12] ?\d{2} ?[01]\d ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2})"
    r"|(?P<dni>[XYZxyz]-?\d{7}-?[A-Za-z]|\d{8}-?[A-Za-z])"
    r"|(?P<fiscal>[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z])"
    r")(?![\w\-]|[.,]\d)"
)
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_UNITS = re.compile(
    r"(?i)^\s?(?:minut|min\b|stund|hour|heure|ore\b|hora|giorni|day|tag|jour|d[ií]as?\b|times|mal\b|%|€|\$|£)"
)


def documents(text: str) -> Iterator[Span]:
    """Numbers of passports, licences, tax and social insurance; PINs and passwords that are written out."""
    for match in _DOCUMENT.finditer(text):
        number = match[1]
        digits = sum(c.isdigit() for c in number)
        if digits >= 2 and sum(c.isalnum() for c in number) >= 5 and not _is_plain(text, match.span(1)):
            yield match.span(1)
    yield from (match.span(1) for match in _SECRET.finditer(text) if not _is_plain(text, match.span(1)))
    for match in _FORMS.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if not _OF_SOMETHING.search(before) and _has_right_check(match):
            yield match.span()


def _has_right_check(match: re.Match[str]) -> bool:
    compact = re.sub(r"[ \-]", "", match[0]).upper()
    if match["nir"]:
        number = int(compact[:13].replace("2A", "19").replace("2B", "18"))
        return 97 - number % 97 == int(compact[13:])
    if match["dni"]:
        number = int(compact[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2"))
        return _LETTERS[number % 23] == compact[-1]
    return True


def _is_plain(text: str, span: Span) -> bool:
    """Whether it is a date, or counts something."""
    number = text[span[0] : span[1]]
    return _DATED.fullmatch(number) is not None or _UNITS.match(text[span[1] : span[1] + 12]) is not None


_DATED = re.compile(rf"(?i){_DAY}")
_THINGS = any_of(
    r"orders?, invoices?, tickets?, cases?, ref, refs, reference, tracking, serial, contracts?, model, article, items?, sku",
    r"parts?, polic(?:y|ies), claims?, bookings?, reservation, confirmation, pnr, flight, coupons?, vouchers?, codes?",
    r"customer, client, account, member(?:ship)?, product, parcel, shipment, delivery, batch, lot, meter, error, build",
    r"bestell\w{0,24}, auftrag\w{0,24}, rechnung\w{0,24}, vorgang\w{0,24}, artikel\w{0,24}, kunden\w{0,24}, vertrag\w{0,24}, serien\w{0,24}, sendung\w{0,24}, zähler\w{0,24}",
    r"gutschein\w{0,24}, mitglied\w{0,24}, buchung\w{0,24}, teile\w{0,24}, police\w{0,24}, schaden\w{0,24}, paket\w{0,24}, fall, lieferung\w{0,24}",
    r"commande, facture, dossier, contrat, colis, article, référence, réf, série, billet, sinistre, adhérent, suivi",
    r"pedido, factura, contrato, cliente, artículo, referencia, reserva, póliza, siniestro, incidencia, envío, socio, serie",
    r"ordine, fattura, pratica, contratto, articolo, codice, polizza, prenotazione, spedizione, bolletta, tessera, sinistro",
    r"encomenda, fatura, bestelling, factuur, klantnummer, barcode, ean, gtin, isbn, upc, imei",
)
_NUMBERED = r"(?:numbers?|num|no|nos|nr|nummer|n|id|ids|n°|nº|numero|número|numéro|code|cliente?|series?)"
_GAP_TO = (
    rf"(?:[\s.:#\-]{{0,3}}(?:de |di |du |del )?{_NUMBERED}(?!\w))?(?:\s(?:is|was|ist|lautet|war|est|es|è|era|vom|del))?"
)
_OF_SOMETHING = re.compile(rf"(?i)(?<!\w)(?:{_THINGS}){_GAP_TO}[\s.:#°º\"'(\-]{{0,4}}$")
_NUMBER_OF = re.compile(
    rf"(?i)(?<!\w)(?:{_THINGS}){_GAP_TO}[\s.:#°º\"'(\-]{{0,4}}(?!\+)(?=[\w]*\d)[a-z]{{0,4}}-?\d{{1,20}}(?:[ ./\-]\d{{1,20}}){{0,6}}"
)
_AMOUNT_WORDS = any_of(
    r"euros?, eur, usd, gbp, chf, dollars?, pounds?, francs?, pesos?, mio, mrd, million\w{0,24}, milliard\w{0,24}, billion\w{0,24}, mill",
    r"customers?, people, users?, kunden, clients?, clientes, clienti, habitants, personen, personnes, personas, persone",
    r"views, visits, zeilen, rows, units, stück, pièces, piezas, pezzi, km, mb, gb, mbit, kwh, steps",
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_HARMLESS = re.compile(
    r"(?i)(?<![\d])(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]{1,2}\d{1,2}:\d{2}(?::\d{2})?)?(?!\d)"
    r"|(?<![\d.\-/])\d{1,2}([-/.])\d{1,2}\1(?:(?:19|20)\d{2}|\d{2})(?![\-./]?\d)"
    r"|(?<![\d])\d{1,2} \d{1,2} (?:19|20)\d{2}(?! ?\d)"
    r"|(?<![\d.\-/])\d{1,2}([:.h])\d{2}(?: ?uhr)? ?[-–/a] ?\d{1,2}\2\d{2}(?!\d)|(?<!\d)\d{1,2}[:h]\d{2}(?::\d{2})?(?!\d)"
    rf"|(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)"
    r"|[$€£¥]\s?\d[\d .,']{0,20}"
    rf"|(?<![\w.,\-+])\d[\d .,']{{0,20}}\d\s?(?:[$€£¥%]|(?:{_AMOUNT_WORDS})\b)"
    r"|(?<![\w.,\-+])\d{1,3}(?:[ .,]\d{3}){0,4}[ .,]000(?![\d])"
    r"|(?<![\w.,\-])(?!0\d)\d{1,15}[.,]\d{1,15}(?:e\d{1,3})?(?![\d.,/\-]|[ ]\d)"
    r"|\b0x[0-9a-f]{1,32}\b"
)


def harmless(text: str) -> Iterator[Span]:
    """Dates, times, prices, counts, versions, and numbers of orders, customers and things."""
    yield from (match.span() for match in _NUMBER_OF.finditer(text))
    yield from (match.span() for match in _HARMLESS.finditer(text))
