"""A second planted set, by another author: 388 personal items in five languages, and 600 texts that only look like it.

Written without looking at the patterns of `ingest/masking.py`. Numbers are made up or published as examples: cards of
payment companies' test pages, accounts of the registry of ISO 13616, telephone numbers of the ranges that regulators
keep for fiction, national numbers whose check digits were calculated by hand-written rules below.
"""

from __future__ import annotations

from tests.voice.planting import Digits, Planted

LANGUAGES = ("en", "de", "fr", "es", "it")
PEOPLE = {
    "en": ("Siobhan O’Rourke", "Desmond Achebe", "Kate Lindqvist-Moore", "Theodore Vance"),
    "de": ("Jörg Schäfer", "Heike Großmann", "Ulrike Zöllner", "Matthias Köhler"),
    "fr": ("Jean-Baptiste Lacroix", "Océane Lemaître", "Gaëlle Tessier", "François Béranger"),
    "es": ("Begoña Echeverría", "Joaquín Peñalver", "Nuria Sáenz", "Álvaro Quiroga"),
    "it": ("Gianluca D’Amico", "Fiorella Lo Presti", "Nicolò Zanella", "Letizia Corradini"),
}
EMAILS = (
    "s.orourke@galleria.museum", "d_achebe@mail.photography", "kate-l@xn--bcher-kva.example.xn--p1ai",
    "bücher@müller-käse.de", "иван.петров@почта.рф", "t.vance+refund2026@sub.mail.example.travel",
    "FIORELLA@EXAMPLE.IT", "o'rourke@example.ie", "a@b.co", "1987nuria@example.com.mx",
    "\"joaquin p\"@example.es", "user@[192.168.10.4]", "mailto:gaelle@exemple.fr", "heike @ example . de",
    "letizia＠esempio．it", "jb%40exemple.fr",
)  # fmt: skip
OBFUSCATED = {
    "en": ("kate dot moore at example dot com", "desmond [at] example [dot] org", "theo AT example DOT co DOT uk",
           "siobhan(at)example.ie", "vance_at_example_dot_com", "kate at gmail.com", "d.achebe {at} mail {dot} com",
           "siobhan @ example dot com"),
    "de": ("heike punkt grossmann at beispiel punkt de", "joerg (ät) beispiel (punkt) de", "ulrike[at]beispiel.de",
           "m.koehler at gmx.de", "matthias(at)web.de", "heike ät beispiel punkt de", "zoellner <at> beispiel <dot> de",
           "joerg at t-online.de"),
    "fr": ("jean point lacroix arobase exemple point fr", "oceane (arobase) exemple.fr", "gaelle[at]orange.fr",
           "francois at wanadoo.fr", "tessier chez exemple point fr", "lacroix (at) free (point) fr",
           "oceane AROBASE exemple POINT fr", "beranger at laposte.net"),
    "es": ("begona punto e arroba ejemplo punto es", "joaquin (arroba) ejemplo.es", "nuria[arroba]ejemplo[punto]com",
           "alvaro arroba gmail punto com", "quiroga at hotmail.es", "nuria ARROBA ejemplo PUNTO es",
           "saenz (at) ejemplo (punto) es", "begona arroba yahoo.es"),
    "it": ("gianluca punto damico chiocciola esempio punto it", "fiorella (chiocciola) esempio.it",
           "nicolo[chiocciola]libero[punto]it", "letizia at libero.it", "zanella chiocciola gmail punto com",
           "corradini (at) esempio (punto) it", "fiorella CHIOCCIOLA esempio PUNTO it", "damico at virgilio.it"),
}  # fmt: skip
PHONES = {
    "en": ("020 7946 0018", "(0161) 496 0311", "07700-900-456", "+44 (0)117 496 0922", "1-202-555-0143",
           "(312)555-0188", "212.555.0167", "+1 646 555 0110 ext. 12", "0131 496 0777", "+353 1 555 0199",
           "07700900789", "+1-415-555-2671"),
    "de": ("030 / 23125 014", "(089) 99998 123", "0171-39200 58", "+49 (0) 152 28817386", "0049-221-4710123",
           "0 69/90009321", "0151.23456789", "+49 40 66969-120", "030-23125-0", "+43 1 2345678", "+41 44 668 18 00",
           "015223456789"),
    "fr": ("06-39-98-12-34", "+33 (0)1 99 00 12 34", "01.99.00.45.67", "0033 2 61 91 23 45", "(+33) 6 39 98 43 21",
           "04 65 71 12 34", "0639981122", "+32 2 555 12 34", "07 56 78 12 34", "05-36-49-11-22", "0 892 70 12 34",
           "+33-1-99-00-77-88"),
    "es": ("655 01 23 45", "91 555 01 23", "+34 655-123-456", "(93) 555 12 34", "0034 655 987 654", "722.45.67.89",
           "965-12-34-56", "655.123.456", "+34 915550123", "+52 55 5555 1234", "600 11 22 33", "902 10 20 30"),
    "it": ("06 5550 1234", "347 12 34 567", "+39 347 1234 567", "02-5550123", "335/1234567", "0039 081 5550199",
           "320.123.4567", "(011) 555 0123", "055 555 01 99", "+39 06-555-0123", "338 1234567", "049 5550123"),
}  # fmt: skip
ACCOUNTS = {
    "en": ("GB82 WEST 1234 5698 7654 32", "gb33bukb20201555555555", "IE64-IRCE-9205-0112-3456-78", "GB94BARC10201530093459"),
    "de": ("DE75 5121 0800 1245 1261 99 bitte", "de12 5001 0517 0648 4898 90", "AT48 3200 0000 1234 5864", "DE02120300000000202051"),
    "fr": ("FR76 3000 6000 0112 3456 7890 189 merci", "fr7630001007941234567890185", "BE71 0961 2345 6769", "LU12 0010 0012 3456 7891"),
    "es": ("ES79 2100 0813 6101 2345 6789 por favor", "es6000491500051234567892", "PT50 0027 0000 0001 2345 6783 3", "ES9121000418450200051332"),
    "it": ("IT60X0542811101000000123456", "it40 S054 2811 1010 0000 0123 456 grazie", "SM86 U032 2509 8000 0000 0270 100", "CH56 0483 5012 3456 7800 9"),
}  # fmt: skip
CARDS = ("4242 4242 4242 4242", "4000-0566-5566-5556", "5555.5555.5555.4444", "3782 822463 10005", "6011 1111 1111 1117",
         "30569309025904", "4222222222222", "5105 1051  0510 5100", "2223 0031 2200 3222", "3530111333300000",
         "1234 5678 9012 3456", "4917 6100 0000 0000")  # fmt: skip
LINKS = (
    "https://shop.example.com/reset?token=9f86d081884c7d659a2feaa0c55ad015",
    "https://example.com/invoice?id=884213&email=kate%40example.com",
    "http://example.de/konto/bestaetigen/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    "https://exemple.fr/suivi?session=A81bC92dE03f&lang=fr",
    "www.ejemplo.es/acceso?clave=hunter2secreto&usuario=nuria.saenz",
    "https://esempio.it/s/3f9a77c2-1b4e-4d0f-9a55-0c2b7e6d1f88",
    "https://user:passw0rd@intern.example.com/report",
    "https://example.com/login#access_token=ya29.A0ARrdaM-k9Vq7",
)
DOCUMENTS = {
    "en": ("My social security number is 536-22-8714", "SSN 536228714 was on the letter", "National Insurance QQ 12 34 56 C",
           "passport number 925665416", "Passport no: L898902C3", "my driver's licence is MORGA657054SM9IJ",
           "NI number AB123456C", "SSN: 219 09 9999"),
    "de": ("meine Sozialversicherungsnummer 65 170839 J 008", "Reisepass C01X00T47", "Personalausweis-Nr. T220001293",
           "Steuer-ID 86095742719", "Steueridentifikationsnummer 65 929 970 489", "Führerschein B072RRE2I55",
           "Ausweisnummer L01X00T44", "Rentenversicherungsnummer 12190367K006"),
    "fr": ("mon numéro de sécurité sociale 1 85 05 78 006 084 91", "n° de sécu 269054958815780", "passeport 12AB34567",
           "carte d'identité 880692310285", "permis de conduire 911075200123", "CNI n° X4RTBPFW4", "passeport n° 05CK02237",
           "NIR 2 55 08 14 168 025 38"),
    "es": ("mi DNI es 12345678Z", "DNI 87654321-X", "NIE X1234567L", "pasaporte AAA123456", "mi dni: 00000001R",
           "NIE Y-7654321-G", "número de la seguridad social 28 12345678 40", "pasaporte número ZAB000254"),
    "it": ("codice fiscale RSSMRA85T10A562S", "il mio CF: MRTMTT91D08F205J", "passaporto YA1234567",
           "carta d'identità CA00000AA", "patente U1B42X765K", "carta di identità AX1234567", "cf VRDGPP13R10B293P",
           "passaporto n. AA5000001"),
}  # fmt: skip
BIRTHDAYS = {
    "en": ("I was born on 12/03/1985", "date of birth: 12 March 1985", "DOB 1985-03-12", "my birthday is March 12, 1985",
           "born 3rd of May 1962", "d.o.b. 12.03.85"),
    "de": ("geboren am 12.03.1985", "Geburtsdatum: 12.3.85", "mein Geburtstag ist der 12. März 1985", "geb. 12.03.1985",
           "Ich bin am 4. Juli 1961 geboren", "Geburtsdatum 1985-03-12"),
    "fr": ("née le 12 mars 1985", "date de naissance : 12/03/1985", "je suis né le 1er mai 1962", "né(e) le 12.03.1985",
           "mon anniversaire est le 12 mars 1985", "naissance 12-03-85"),
    "es": ("nací el 12 de marzo de 1985", "fecha de nacimiento: 12/03/1985", "nacida el 12-03-1985",
           "mi cumpleaños es el 12 de marzo de 1985", "F. nacimiento 12.03.85", "nacido el 3 de mayo de 1962"),
    "it": ("nato il 12 marzo 1985", "data di nascita: 12/03/1985", "sono nata il 1° maggio 1962", "nata a Roma il 12.03.1985",
           "il mio compleanno è il 12 marzo 1985", "nascita 12-03-85"),
}  # fmt: skip
ADDRESSES = {
    "en": ("221B Baker Street", "14 Elm Grove Road, Bristol BS6 6AH", "1600 Pennsylvania Avenue NW", "Flat 3, 27 Queen's Gate Mews",
           "4059 Mt Lee Dr.", "PO Box 4471", "9 Old Mill Lane", "742 Evergreen Terrace"),
    "de": ("Hauptstraße 12a", "Musterstr. 5, 10115 Berlin", "Lindenallee 44", "Goetheplatz 3", "Am Alten Markt 7, 50667 Köln",
           "Kaiser-Wilhelm-Ring 27", "Schillerstrasse 101", "Unter den Linden 77"),
    "fr": ("12 rue de la Paix, 75002 Paris", "3 bis avenue Victor Hugo", "45, boulevard Saint-Michel", "8 place Bellecour",
           "27 allée des Tilleuls", "101 chemin du Moulin", "5 impasse Voltaire", "16 quai de Bercy"),
    "es": ("Calle Mayor 12, 3º B", "C/ Alcalá 45", "Avenida de América, 23", "Paseo de Gracia 92", "Plaza de España, 5",
           "calle de Serrano nº 61", "Avda. Diagonal 640", "Camino Viejo 18"),
    "it": ("Via Roma 12", "Corso Garibaldi, 34", "Piazza del Duomo 1", "Viale Monza 101", "via Giuseppe Verdi n. 8",
           "Largo Augusto 3", "Vicolo Stretto 7/A", "Strada Nuova 55"),
}  # fmt: skip
SAYS = {
    "en": ("Nobody wrote back, use {} next time.", "for the third time: {} !!", "Still no refund ({}). Poor.",
           "You have my details, {}, so why ask again?"),
    "de": ("Keiner meldet sich, nehmen Sie {} beim nächsten Mal.", "zum dritten Mal: {} !!", "Noch kein Geld ({}). Schwach.",
           "Sie haben doch alles, {}, warum also wieder fragen?"),
    "fr": ("Aucune réponse, prenez {} la prochaine fois.", "pour la troisième fois : {} !!", "Toujours rien ({}). Décevant.",
           "Vous avez tout, {}, pourquoi redemander ?"),
    "es": ("Nadie contesta, usen {} la próxima vez.", "por tercera vez: {} !!", "Sigo sin devolución ({}). Mal.",
           "Ya lo tienen, {}, ¿por qué preguntan otra vez?"),
    "it": ("Nessuno risponde, usate {} la prossima volta.", "per la terza volta: {} !!", "Ancora nessun rimborso ({}). Male.",
           "Avete già tutto, {}, perché chiederlo ancora?"),
}  # fmt: skip
LIVES = {
    "en": "The parcel never reached me at {} last week.",
    "de": "Das Paket kam nie bei mir in {} an, letzte Woche.",
    "fr": "Le colis n'est jamais arrivé chez moi, {} la semaine dernière.",
    "es": "El paquete nunca llegó a mi casa, {} la semana pasada.",
    "it": "Il pacco non è mai arrivato a casa mia, {} la settimana scorsa.",
}
CARD_SAID = {
    "en": "you charged card {} twice", "de": "die Karte {} wurde doppelt belastet", "fr": "la carte {} débitée deux fois",
    "es": "cargaron dos veces la tarjeta {}", "it": "avete addebitato due volte la carta {}",
}  # fmt: skip
INFLECTED = {
    "en": ("{first}'s account was closed", "this is {FIRST}, again", "the {last}s are leaving", "ask for {last}’s file",
           "{last}, {first}", "{first}{last} is my login name", "signed {initial}. {last}", "{first} here, not amused"),
    "de": ("{first}s Vertrag läuft noch", "Familie {last}s Anschluss", "hier ist {FIRST} {LAST}", "Herr/Frau {last}: nichts passiert",
           "{last}, {first}", "{plain_last} steht auf der Rechnung", "gez. {initial}. {last}", "{plain_first} schreibt nun zum letzten Mal"),
    "fr": ("le compte de {first} est fermé", "ici {FIRST} {LAST}", "famille {last}, toujours sans ligne", "M. {last} attend",
           "{last}, {first}", "{plain_last} sur la facture", "signé {initial}. {last}", "{plain_first} vous écrit encore"),
    "es": ("la cuenta de {first} está cerrada", "soy {FIRST} {LAST}", "los {last} nos vamos", "Sr. {last} sigue esperando",
           "{last}, {first}", "{plain_last} en la factura", "fdo. {initial}. {last}", "{plain_first} escribe de nuevo"),
    "it": ("il conto di {first} è chiuso", "sono {FIRST} {LAST}", "famiglia {last} senza linea", "il sig. {last} aspetta",
           "{last}, {first}", "{plain_last} sulla fattura", "firmato {initial}. {last}", "{plain_first} vi scrive di nuovo"),
}  # fmt: skip
_PLAIN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_BARE = str.maketrans("éèêëáíóúñçàòùìâîôæ", "eeeeaiounсaouiaioa".replace("с", "c"))


def planted() -> list[Planted]:
    """388 texts, each with what must not be seen."""
    out: list[Planted] = []
    for at, language in enumerate(LANGUAGES):

        def put(value: str, kind: str, secret: str = "", sentence: str = "", *, to: str = language) -> None:
            number = len(out)
            form = sentence or SAYS[to][number % len(SAYS[to])]
            out.append(Planted(form.format(value), (secret or value,), kind, to, PEOPLE[to][number % 4]))

        for value in EMAILS[at::2][:8]:
            put(value, "e-mail", value.removeprefix("mailto:"))
        for value in OBFUSCATED[language]:
            put(value, "e-mail spelt")
        for value in PHONES[language]:
            put(value, "telephone")
        for value in ACCOUNTS[language]:
            tail = next((w for w in (" bitte", " merci", " por favor", " grazie") if value.endswith(w)), "")
            put(value, "account", value.removesuffix(tail))
        for value in CARDS[at::2][:6]:
            put(value, "card", "", CARD_SAID[language])
        for value in LINKS[at::2][:4]:
            put(value, "link", _secret_of(value))
        for value in DOCUMENTS[language]:
            put(value, "document", _number_in(value))
        for value in BIRTHDAYS[language]:
            put(value, "birthday", "85" if "85" in value else "196")
        for value in ADDRESSES[language]:
            put(value, "address", "", LIVES[language])
        for number, form in enumerate(INFLECTED[language] * 2):
            out.append(_inflected(form, PEOPLE[language][(number + number // 8) % 4], language))
    return out


def _secret_of(link: str) -> str:
    for mark in (
        "9f86d081",
        "884213&email=kate",
        "eyJhbGci",
        "A81bC92dE03f",
        "hunter2secreto",
        "3f9a77c2-1b4e",
        "passw0rd",
        "ya29.A0ARrdaM",
    ):
        if mark in link:
            return mark
    raise AssertionError(link)


def _number_in(text: str) -> str:
    """From the first digit of the longest stretch of digits and capitals to its end."""
    words = text.split()
    first = next(i for i, word in enumerate(words) if any(c.isdigit() for c in word))
    number = " ".join(word for word in words[first:] if any(c.isdigit() for c in word))
    return number.rstrip(".,")


def _inflected(form: str, name: str, language: str) -> Planted:
    first, last = name.split(" ", 1)
    made = form.format(
        first=first, last=last, FIRST=first.upper(), LAST=last.upper(), initial=first[0],
        plain_first=_plain(first), plain_last=_plain(last),
    )  # fmt: skip
    secrets = [p for p in (first, last, first.upper(), last.upper(), _plain(first), _plain(last)) if p in made]
    return Planted(made, tuple(secrets), "name", language, name)


def _plain(name: str) -> str:
    for letter, plain in _PLAIN.items():
        name = name.replace(letter, plain)
    return name.translate(_BARE).replace("’", "'")


def harmless(seed: int = 11) -> list[str]:
    """600 texts without anything personal: numbers of orders, prices, dates, models, versions, hours, places."""
    drawn = Digits(seed)
    digits, number = drawn.digits, drawn.number

    def day() -> tuple[int, int, int]:
        return number(1, 28), number(1, 12), number(2021, 2027)

    forms = (
        lambda: "Order {}-{}-{} arrived on {:02d}.{:02d}.{} at {:02d}:{:02d}.".format(digits(3), digits(7), digits(7), *day(), number(7, 21), number(0, 59)),
        lambda: "Bestellnummer {} vom {:02d}.{:02d}.{} 08:30 Uhr, Lieferung 14-18 Uhr.".format(digits(10), *day()),
        lambda: "Commande n° {} du {:02d}/{:02d}/{}, {} articles à {},{:02d} €.".format(digits(9), *day(), number(1, 9), number(5, 99), number(0, 99)),
        lambda: "Pedido {} del {:02d}-{:02d}-{}: {} x {},00 €.".format(digits(9), *day(), number(1, 4), number(10, 99)),
        lambda: "Ordine {} del {:02d}.{:02d}.{}, {} euro e {} minuti di attesa.".format(digits(8), *day(), number(10, 999), number(5, 90)),
        lambda: f"Paid ${number(1, 9)},{digits(3)}.{digits(2)} and got {number(1, 9)} of 10.",
        lambda: f"Preis stieg von {number(1, 9)}.{digits(3)},{digits(2)} € auf {number(10, 99)}.{digits(3)},{digits(2)} €.",
        lambda: f"Umsatz {number(600, 999)}.{digits(3)}.000 Euro laut Zeitung, Kunden {number(600, 999)} 000 000.",
        lambda: f"La empresa ganó {number(600, 999)}.{digits(3)}.{digits(3)} euros y me niega 20.",
        lambda: f"Fatturato di {number(300, 399)}.{digits(3)}.{digits(3)} euro e niente rimborso.",
        lambda: f"Model XR-{digits(4)}-{digits(2)}, firmware {number(1, 20)}.{number(0, 20)}.{number(0, 9)}.{digits(4)}, build {digits(8)}.",
        lambda: f"Version {number(1, 9)}.{number(0, 9)}.{number(0, 30)} of the app crashes since {number(2021, 2026)}-0{number(1, 9)}-1{number(0, 9)}T08:{number(10, 59)}:00Z.",
        lambda: f"Öffnungszeiten Mo-Fr 08:00-18:{number(10, 59)}, Sa 09.00-13.00 stimmen nicht.",
        lambda: f"Ouvert de 9h{number(10, 59)} à 12h00 et de 14h00 à 18h{number(10, 59)}, faux.",
        lambda: f"Horario 10:00-14:00 y 16:30-20:{number(10, 59)}, cerrado el {number(1, 28)}/12.",
        lambda: f"Aperto 08.30-12.30 / 15.00-19.{number(10, 59)}, ma era chiuso.",
        lambda: f"Tracking number {digits(16)} never moved.",
        lambda: f"Ticket #{digits(10)}, case {digits(8)}, reference 0{digits(9)}.",
        lambda: f"Kundennummer 00{digits(8)}, Vertragsnummer 0{digits(9)}, Zählerstand {digits(6)}.",
        lambda: f"Numéro de client 0{digits(9)}, contrat {digits(12)}.",
        lambda: f"Número de cliente {digits(9)}, contrato 6{digits(8)}.",
        lambda: f"Codice cliente 3{digits(9)}, contratto {digits(11)}.",
        lambda: f"EAN 400638133393{number(0, 9)}, ISBN 978-3-16-148410-{number(0, 9)}.",
        lambda: f"Speed {number(100, 999)}/{number(10, 99)} Mbit, ping {number(10, 99)} ms, {number(1, 9)} of {number(10, 20)} nights.",
        lambda: "Booked {:02d}/{:02d}/{} to".format(*day()) + " {:02d}/{:02d}/{}, room ".format(*day()) + f"{digits(3)}.",
        lambda: "Vom {:02d}.{:02d}.{} bis".format(*day()) + " {:02d}.{:02d}.{} kein Netz, ".format(*day()) + f"{number(2, 99)} Stunden.",
        lambda: f"Since {number(2021, 2026)}-{number(1, 12):02d}-{number(1, 28):02d} {number(0, 23):02d}:{number(0, 59):02d}:{number(0, 59):02d} no service.",
        lambda: f"I looked at amazon.com and shopped at example.com, {number(10, 90)}% cheaper.",
        lambda: f"{number(2, 59)} minutes down the road, {number(1, 9)} miles up the lane, {number(2, 40)} people in the street.",
        lambda: f"Support via chat {number(2, 24)} Stunden, via Mail {number(2, 9)} Tage, via Telefon {number(20, 59)} Minuten.",
        lambda: f"Risposta via chat dopo {number(2, 24)} ore, via mail dopo {number(2, 9)} giorni; in piazza {number(2, 9)} persone.",
        lambda: f"La rue est barrée depuis {number(2, 20)} jours; {number(2, 9)} places de parking sur {number(10, 90)}.",
        lambda: f"Nos cobran {number(10, 99)} euros por calle y {number(2, 9)} plazas de {number(10, 99)}.",
        lambda: f"Visit https://example.com/help?page={number(1, 9)}&lang=en or www.example.org/faq#section-{number(1, 9)}.",
        lambda: f"See https://shop.example.com/products/running-shoes-{digits(4)}?color=blue&size={number(36, 46)}.",
        lambda: f"Flight LH{digits(4)} seat {number(1, 40)}A, gate B{number(1, 40)}, delay {number(1, 9)} h {number(10, 59)} min.",
        lambda: f"Bus {number(100, 999)} at {number(6, 22)}:{number(10, 59)}, line {number(1, 9)}, platform {number(1, 12)}.",
        lambda: f"The contract was born in {number(2015, 2023)}, dead in {number(2024, 2026)}.",
        lambda: f"Coordinates 52.{digits(6)}, 13.{digits(6)}; IP 192.168.{number(0, 99)}.{number(1, 99)}.",
        lambda: f"Dose {number(2, 9)} x {number(100, 900)} mg, {number(20, 30)}.{number(1, 9)} °C, pH 7.{number(0, 9)}, {number(2, 9)}.5e6.",
        lambda: f"Part {digits(3)}-{digits(2)}-{digits(4)} and item {digits(3)}-{digits(3)}-{digits(4)} are missing.",
        lambda: f"Policy number 0{digits(4)} {digits(4)} {digits(2)}, claim {digits(4)} {digits(4)} {digits(4)}.",
        lambda: f"Gutscheincode {digits(4)}-{digits(4)}-{digits(4)} geht nicht, Seriennummer 0{digits(9)}.",
        lambda: f"{number(1, 9)} {digits(3)} {digits(3)} habitants et pas un conseiller; {number(10, 90)} 000 000 € de bénéfice.",
        lambda: f"Score {number(0, 10)}/10, {number(1, 5)} stars, NPS {number(-50, 50)}, ratio {number(1, 9)}:{number(1, 9)}.",
        lambda: f"PIN pad broken, {number(2, 9)} attempts; error 0x{digits(8)}, code E-{digits(5)}.",
        lambda: f"Prix 06 au lieu de 12, tailles 34 36 38 40 42, lot de {number(2, 9)}.",
        lambda: f"Room {number(100, 900)} on floor {number(1, 30)}, {number(2, 9)} nights in May {number(2021, 2026)}, born to complain.",
        lambda: "Card declined {} times on {:02d}/{:02d}/{}, ending 4242.".format(number(2, 9), *day()),
        lambda: f"Passport control took {number(20, 90)} minutes, driver licence check {number(2, 9)} more.",
    )  # fmt: skip
    return [forms[number % len(forms)]() for number in range(600)]
