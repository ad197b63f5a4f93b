"""Columns that say who a person is, whatever a mapping calls them: kept apart from what is published.

Reads     settled tables: names of attributes, and the first values of each.
Gives     `find`: the personal attributes of each table, with the reason; `masked` for a cell that is shown.
Method    by name: words of 18 kinds in five languages, once what only says whose it is (customer, home, 2) is taken
          off, so that `email_opens`, `phone_model` and `product_name` stay. By value: half of the values look like an
          address, an account, a card, a number of a person or a day of birth, their check digits being right.
Assumes   a sample of the first rows is like the rest. Words that people wrote are not looked into here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

SAMPLE = 2_000
"""Rows looked at."""
SHARE = 0.5
"""Share of values that must look personal."""
KINDS: dict[str, str] = {
    "name": "name fullname vollername vollstaendigername nomcomplet nombrecompleto nomecompleto namesurname navn naam",
    "first name": "firstname forename givenname fname vorname prenom nombre primernombre nomedibattesimo voornaam",
    "last name": (
        "lastname surname familyname lname nachname familienname zuname nomdefamille apellido apellidos "
        "cognome primerapellido segundoapellido achternaam maidenname geburtsname nomdejeunefille middlename"
    ),
    "e-mail": (
        "email mail emailaddress mailaddress emailadresse mailadresse adressemail adresseemail courriel "
        "correo correoelectronico direccioncorreo indirizzoemail postaelettronica"
    ),
    "telephone": (
        "phone telephone phonenumber telephonenumber tel telno telefon telefonnummer rufnummer telefono "
        "numerotelefono numerodetelefono numerotelephone numerodetelephone numeroditelefono fax faxnumber "
        "faxnummer"
    ),
    "mobile telephone": (
        "mobile mobilephone mobilenumber cell cellphone cellnumber handy handynummer mobilnummer mobiltelefon "
        "portable telephoneportable movil celular telefonomovil cellulare msisdn whatsapp"
    ),
    "street address": (
        "address streetaddress street addressline addressline1 addressline2 address1 address2 anschrift "
        "adresse strasse strassehausnummer hausnummer rue adressepostale direccion calle domicilio indirizzo "
        "via residenza postaladdress mailingaddress houseno housenumber"
    ),
    "date of birth": (
        "dateofbirth birthdate dob birthday birth geburtsdatum geburtstag datedenaissance naissance "
        "fechadenacimiento fechanacimiento nacimiento datadinascita datanascita bornon"
    ),
    "national number": (
        "ssn socialsecuritynumber socialsecurity nationalid nationalinsurancenumber nino "
        "sozialversicherungsnummer svnummer svnr numerodesecuritesociale numerosecuritesociale nir dni nie "
        "nif seguridadsocial codicefiscale personalausweis personalausweisnummer idcard idcardnumber cni bsn "
        "cpf curp"
    ),
    "tax number": (
        "taxid taxnumber tin steuerid steuernummer steueridentifikationsnummer numerofiscal nif2 partitaiva"
    ),
    "passport": (
        "passport passportnumber passportno reisepass reisepassnummer passnummer passeport numeropasseport "
        "pasaporte numeropasaporte passaporto numeropassaporto"
    ),
    "driving licence": (
        "driverslicense driverlicense drivinglicence drivinglicense fuehrerschein fuhrerschein "
        "fuehrerscheinnummer permisdeconduire carnetdeconducir patente patentediguida"
    ),
    "bank account": (
        "iban bankaccount bankaccountnumber accountnumberbank kontonummer bankverbindung comptebancaire "
        "numerodecompte cuentabancaria numerodecuenta contobancario contocorrente sortcode"
    ),
    "payment card": (
        "creditcard creditcardnumber cardnumber ccnumber pan kreditkarte kreditkartennummer kartennummer "
        "cartebancaire cartedecredit numerodecarte tarjeta tarjetadecredito numerotarjeta cartadicredito "
        "numerocarta"
    ),
    "internet address": (
        "ip ipaddress ipaddr ipadresse adresseip direccionip indirizzoip macaddress mac deviceid imei imsi"
    ),
    "sign-in name": (
        "username login loginname userlogin benutzername nutzername identifiant nomutilisateur usuario "
        "nombredeusuario nomeutente twitterhandle instagramhandle socialhandle"
    ),
    "position": (
        "latitude longitude lat lon lng geolocation gps gpscoordinates breitengrad laengengrad langengrad "
        "latitud longitud latitudine longitudine"
    ),
    "vehicle or health number": (
        "licenseplate licenceplate numberplate plate kennzeichen plaque immatriculation matricula targa vin "
        "fahrgestellnummer medicalrecordnumber mrn healthinsurancenumber krankenversicherungsnummer "
        "versichertennummer numeroassurancemaladie tarjetasanitaria tesserasanitaria patientname"
    ),
}
"""Kinds of personal columns, and their names without blanks, accents and marks."""
_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names.split()}
_WHOSE_WORDS = (
    "customer client contact user person personal subscriber member buyer guest patient account holder "
    "owner recipient employee agent primary secondary home private work main billing shipping delivery "
    "invoice mailing full kunde kunden kontakt privat du de del della dell la le des cliente clientes "
    "contacto usuario principale utente persona kontoinhaber titulaire titular intestatario nr no num "
    "number nummer numero 1 2 3 "
)
_WHOSE = frozenset(_WHOSE_WORDS.split())
_PREFIXES = ("customer", "kunden", "client", "contact", "user", "recipient")
_WHOLE_ONLY = frozenset({"via", "portable", "pan", "plate", "lat", "lon", "birth", "cell", "mac", "patente"})
"""Names that mean much else beside another word."""
_EMAIL = re.compile(r"[^@\s,;:<>()]+@[^@\s,;:<>()]+\.[A-Za-z]{2,}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}")
_SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_PHONE = re.compile(r"(?:\+|00)[1-9][\d ()./-]{7,18}\d|\(?\d{2,5}\)?[ ./-]\d{2,4}[ ./-]\d{2,4}(?:[ ./-]\d{2,4})*")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_IP = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00(?::00)?)?")
_FLAGS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false", "ja", "nein", "oui", "non", "si", "t", "f"})
SHOWN = "•••"


def kind_by_name(header: str) -> str | None:
    """What kind of personal column this header names; None where it names none."""
    words = _words(header)
    rest = [word for word in words if word not in _WHOSE]
    for part in (words, rest):
        name = "".join(part)
        if name in _KIND_OF and not (name in _WHOLE_ONLY and len(words) > 1):
            return _KIND_OF[name]
    compact = "".join(words)
    return next((_KIND_OF.get(compact.removeprefix(p)) for p in _PREFIXES if compact.startswith(p)), None)


def _words(header: str) -> list[str]:
    plain = header.replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return [word for word in re.split(r"[^a-z0-9]+|(?<=[a-z])(?=\d)", plain.casefold()) if word]


def kind_by_value(values: Sequence[str], as_of: date | None = None) -> str | None:
    """What kind of personal data most of these values are; None where they are none."""
    there = [value.strip() for value in values if value and value.strip()]
    if len(there) < 2:
        return None
    for kind, looks in _LOOKS.items():
        if sum(map(looks, there)) >= SHARE * len(there):
            return kind
    return "date of birth" if _births(there, as_of) else None


def _births(values: Sequence[str], as_of: date | None) -> bool:
    """Whether days lie as those of births of living grown-ups do: over decades, and hardly one of the last 16 years."""
    years = [int(match[1]) for value in values if (match := _DAY.fullmatch(value))]
    if as_of is None or len(years) < max(20, 0.9 * len(values)):
        return False
    ordered = sorted(years)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    early = ordered[int(0.05 * (len(ordered) - 1))]
    return late <= as_of.year - 14 and late - early >= 20 and early >= as_of.year - 110


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
    return 7 <= digits <= 15 and bool(_PHONE.fullmatch(text)) and not _DAY.fullmatch(text[:10]) and "." not in text[:3]


_LOOKS: dict[str, Callable[[str], bool]] = {
    "e-mail": lambda text: bool(_EMAIL.fullmatch(text)),
    "bank account": _is_iban,
    "national number": lambda text: bool(_SSN.fullmatch(text)),
    "internet address": lambda text: bool(_IP.fullmatch(text)),
    "payment card": _is_card,
    "telephone": _is_phone,
}


def find(engine: Engine, settled: Mapping[str, Settled], as_of: date) -> dict[str, dict[str, str]]:
    """By table: its personal attributes, and what kind each is."""
    apart: dict[str, dict[str, str]] = {}
    for name, table in settled.items():
        texts = [c for c, kind in table.rows.schema().items() if kind.is_string() and not c.startswith("_")]
        texts = [c for c in texts if c not in table.spec.names]
        if not texts:
            continue
        sample: dict[str, list[Any]] = engine.fetch(table.rows.select(*texts).limit(SAMPLE)).to_pydict()
        kinds = {column: _kind(column, sample[column], as_of) for column in texts}
        if personal := {column: kind for column, kind in kinds.items() if kind is not None}:
            apart[name] = personal
    return apart


def _kind(header: str, values: Sequence[str | None], as_of: date) -> str | None:
    there = [value for value in values if value]
    by_name = kind_by_name(header)
    if by_name is not None and {value.casefold() for value in there} <= _FLAGS and there:
        by_name = None  # whether there is one
    return by_name or kind_by_value(there, as_of)


def note(apart: Mapping[str, Mapping[str, str]]) -> str | None:
    """What is kept apart, as a sentence for the page of data health."""
    columns = [f"{table}.{column} ({kind})" for table, found in sorted(apart.items()) for column, kind in found.items()]
    if not columns:
        return None
    count = "1 column is" if len(columns) == 1 else f"{len(columns)} columns are"
    return f"{count} personal and kept apart, not published: {', '.join(columns)}."


SEEN_IN_TEXT = (
    r"[^@\s,;:<>()'\"]+@[^@\s,;:<>()'\"]+\.[A-Za-z]{2,}",
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b",
    r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    r"\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\b",
    r"\+[1-9][0-9 ()./-]{7,18}[0-9]",
)
"""Patterns that any engine reads: an address, an account, a card or a telephone within a cell."""


def masked(cell: ir.StringValue) -> ir.StringValue:
    """The cell, with what tells who somebody is replaced."""
    for pattern in SEEN_IN_TEXT:
        cell = cell.re_replace(pattern, SHOWN)
    return cell
