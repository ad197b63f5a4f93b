"""Where somebody lives: street and house number as five languages write them, and post boxes.

Reads     a text whose digits and letters are plain (masking.py).
Gives     spans of addresses, with the postal code and town behind them.
Method    a word for a street beside capitalised words and a house number. Streets without a number stay: they are
          places that everybody knows. So do seats, platforms and parking lots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from worthline.ingest.masking_contacts import any_of

Span = tuple[int, int]
_CAPITAL = r"[^\W\d_a-z][\w'’.\-]{0,40}"
_TOWN = (
    rf"(?:,?\s(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s{_CAPITAL}(?:[\s\-]{_CAPITAL})?"
    rf"|,?\s(?:{_CAPITAL}[\s,]{{1,2}}){{0,2}}[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}}\b"
    rf"|,\s{_CAPITAL}(?:\s{_CAPITAL})?,?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?)?"
)
_NO_UNIT = (
    r"(?!\d)(?!\s?(?i:minut|min\b|std|stund|hour|heure|ore\b|hora|tage?n?\b|days?\b|giorn|jour|d[ií]as?\b|times|mal\b|volte"
    r"|veces|fois|euro|%|€|\$|£|mbit|person|leute|people))"
)
_ENGLISH = any_of(
    "Street, St, Road, Rd, Avenue, Ave, Lane, Ln, Drive, Dr, Court, Ct, Close, Crescent, Cres, Terrace, Place, Pl",
    "Square, Sq, Boulevard, Blvd, Way, Grove, Gardens, Gdns, Parade, Hill, Row, Mews, Walk, Circle, Highway, Hwy",
    "Parkway, Pkwy, Trail, Quay, Wharf, Gate, Green",
)
_FRENCH = any_of(
    "rue, r\\., villa, avenue, av\\., boulevard, bd\\.?, place, allée, chemin, impasse, quai, route, cours, square, passage, ruelle",
    "faubourg, sentier, résidence, Rue, Avenue, Av\\., Boulevard, Bd\\.?, Place, Allée, Chemin, Impasse, Quai, Route, Cours",
)
_SPANISH = any_of(
    r"[Cc]alle, C/, [Cc]/, [Aa]venida, [Aa]vda\.?, [Aa]v\., [Pp]aseo, [Pp]º, [Pp]laza, [Pp]za\.?, [Cc]amino, [Cc]arretera",
    r"[Rr]onda, [Tt]ravesía, [Cc]arrer, [Gg]lorieta, [Rr]ambla, [Cc]allejón, [Rr]ua",
)
_ITALIAN = any_of(
    r"[Vv]ia, [Vv]iale, [Cc]orso, [Pp]iazza, [Pp]iazzale, [Ll]argo, [Vv]icolo, [Ss]trada, [Cc]ontrada, [Ll]ungomare",
    r"[Pp]\.z{1,2}a, [Vv]\.le, V\., [Ss]alita, [Pp]iazzetta",
)
_CHANNEL = (
    r"(?!(?i:e-?mail|mail|telefon\w*|chat|app|internet|fax|sms|whatsapp|web|website|post|zoom|teams|skype|signal|telegram"
    r"|messenger|facebook|instagram|twitter|hotline|portal|formular|kontaktformular|video|brief|paypal|bluetooth|usb)\b)"
)
_OF = r"(?:(?:de la|de los|de las|del|de|di|da|dei|degli|della|delle|dell['’]|du|des|la|le|les|los|las|el|l['’]|d['’])\s?){0,3}"
_NAMED = rf"{_OF}{_CHANNEL}{_CAPITAL}(?:[\s\-]{_OF}{_CAPITAL}){{0,4}}"
_HOUSE = r"\d{1,4}(?:\s?/\s?\w{1,3}|\s?[a-zA-Z]\b)?"
_GERMAN_END = any_of(
    "straße, strasse, str\\., weg, allee, platz, gasse, ring, damm, ufer, chaussee, steig, pfad, zeile, stieg"
)
_NO_PLACE = (
    r"(?!(?:[\w\-]{0,30}(?:sitz|stell|park|arbeits|steh|liege|lade|speicher|spiel|fenster|gang|tisch|zelt|camping|fracht)platz"
    r"|bahnsteig|boxring|[\w\-]{0,30}ausweg|umweg|heimweg|hinweg|rückweg|deswegen|rechtsweg|vorweg|hering|[\w\-]{0,30}bering)\b)"
)
_LIVES = any_of(
    r"address(?: is)?, live at, living at, moved to, delivered to, to my (?:house|home|flat) at",
    r"wohne(?: in)?, adresse(?: ist)?, anschrift, bei mir in, lieferadresse, ziehe nach, gezogen",
    r"abito in, abito, indirizzo, vivo en, vivo in, dirección, direccion, j['’]habite(?: au)?, mon adresse(?: est)?, domicilio",
)
_ADDRESS = re.compile(
    r"(?<![\w.,#\-/])(?:"
    rf"(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|No\.?)\s\w{{1,5}},?\s)?\d{{1,5}}(?:-\d{{1,5}})?[A-Za-z]?,?\s"
    rf"(?:(?:of|the|and)\s)?(?:{_CAPITAL}\s){{1,4}}(?:{_ENGLISH})\b\.?(?:\s(?:NE|NW|SE|SW|N|S|E|W)\b)?{_TOWN}"
    rf"|(?:P\.?\s?O\.?\s?[Bb]ox|Postfach|B\.?P\.?|Apartado(?: de [Cc]orreos)?|Casella [Pp]ostale)\s(?:n[.°º]\s?)?\d[\d ]{{0,8}}\d{_TOWN}"
    rf"|\d{{1,4}}\s?(?:bis|ter|quater|[A-D])?,?\s(?:{_FRENCH})\s{_NAMED}{_TOWN}"
    rf"|(?:{_SPANISH})\s?{_NAMED},?\s(?:n[ºo.°]{{1,2}}\s?|núm\.?\s?)?{_HOUSE}{_NO_UNIT}(?:,?\s\d{{1,2}}[ºª°]\s?\w?\b)?{_TOWN}"
    rf"|Gran V[ií]a(?:\sde\s{_CAPITAL})?,?\s{_HOUSE}{_NO_UNIT}{_TOWN}"
    rf"|[Cc]/\s?(?:[\w'’]{{2,30}}\s){{1,4}}\d{{1,4}}\b{_NO_UNIT}"
    rf"|(?:{_ITALIAN})\s{_NAMED},?\s(?:n\.?[°º]?\s?|civico\s)?{_HOUSE}{_NO_UNIT}{_TOWN}"
    r")"
)
_GERMAN = re.compile(
    rf"(?<![\w.,#\-/])(?:{_NO_PLACE}(?:[A-ZÄÖÜ][\w.\-]{{0,40}}\s)?[A-ZÄÖÜ][\wäöüß.\-]{{0,40}}(?:{_GERMAN_END}|(?:S|s)tr(?:aße|asse|\.))\s{_HOUSE}"
    rf"|[A-ZÄÖÜ][\wäöüß\-]{{1,40}}(?:str\.|straße|strasse)\d{{1,4}}\s?[a-z]?\b|Straße des \d{{1,2}}\. [A-Z]\w{{2,9}}\s{_HOUSE}"
    rf"|Unter den Linden\s{_HOUSE}|(?:[A-ZÄÖÜ]\w{{1,30}}er|Lange|Breite|Alte|Neue|Große|Kleine)\s(?:Straße|Str\.|Weg|Allee|Platz|Gasse|Ring|Damm)\s{_HOUSE}"
    rf"){_NO_UNIT}{_TOWN}",
)
_GERMAN_AT = re.compile(
    r"(?<!\w)(?:Am|An der|Im|In der|In den|Auf dem|Auf der|Zum|Zur|Hinter der|Vor dem|Beim)\s"
    rf"(?:[A-ZÄÖÜ][\wäöüß\-]{{1,40}}\s){{1,3}}{_HOUSE},?\s(?:D-)?\d{{5}}\s{_CAPITAL}"
)
_LOWER = re.compile(
    rf"(?i)(?<!\w)(?:{_LIVES})\W{{1,3}}(\d{{1,5}}[a-z]?\s(?:[\w'’]{{1,30}}\s){{1,3}}(?:street|road|avenue|lane|drive|close|court|way|st|rd|ave)\b"
    rf"|[\wäöüß\-]{{1,40}}(?:{_GERMAN_END})\s\d{{1,4}}\s?[a-z]?\b"
    r"|(?:via|viale|corso|piazza|largo|vicolo|calle|avenida|avda\.?|plaza|paseo|camino)\s(?:[\w'’]{1,30}\s){1,4}\d{1,4}\b"
    r"|\d{1,4}(?:\s?bis|\s?ter)?,?\s(?:rue|avenue|boulevard|place|chemin|allée)\s(?:(?:de|du|des|la|le)\s|l['’]){0,2}[\w\-]{2,40})"
)


_SHOUTED = re.compile(r"[^\W\d_a-z]{3,}")
"""Words in capitals: read once more as they stand in other addresses."""


def addresses(text: str) -> Iterator[Span]:
    """Spans of addresses."""
    for pattern in (_ADDRESS, _GERMAN, _GERMAN_AT):
        yield from (found.span() for found in pattern.finditer(text))
    lowered = _SHOUTED.sub(lambda found: found[0][0] + found[0][1:].lower(), text)
    if lowered != text and len(lowered) == len(text):
        yield from (found.span() for found in _ADDRESS.finditer(lowered))
    yield from (found.span(1) for found in _LOWER.finditer(text))
