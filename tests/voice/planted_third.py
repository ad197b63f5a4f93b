"""A third planted set, of kinds that the two before it do not hold, in five languages; and texts that only look so.

What is new: marks of HTML, digits of keyboards and of other scripts, numbers broken over lines or spelt with blanks, what
stands in links of telephones and chats, addresses in small letters, abbreviated or without a blank, names in tags,
handles, login names, decomposed letters and behind zero-width characters. Cards are of payment companies' test pages,
accounts of the registry of ISO 13616, telephones of ranges kept for fiction where there are some.
"""

from __future__ import annotations

import unicodedata

from tests.voice.planting import Digits, Planted

NAMES = {
    "en": ("Imogen Featherstone", "Caoimhe Ní Bhriain", "Rhys Abernathy-Cole"),
    "de": ("Käthe Brömmelkamp", "Jürgen Übelhör", "Annegret Weißenfels"),
    "fr": ("Élodie Maréchaux", "Anaïs Le Goff", "Jean-Loup Quéméneur"),
    "es": ("Íñigo Zubizarreta", "María José Ibáñez", "Chus Ordóñez"),
    "it": ("Niccolò Buonaventura", "Mariagrazia Dell'Orto", "Totò Schillaci"),
}
FRAMES = {
    "en": ("Reply to {}, I am waiting.", "{}\nThat is where I am. Twice asked.", "My details ({}) have not changed since spring."),
    "de": ("Antwort bitte an {}, ich warte.", "{}\nDort bin ich. Zweimal gefragt.", "Meine Angaben ({}) sind seit dem Frühling gleich."),
    "fr": ("Répondez à {}, j'attends.", "{}\nC'est là que je suis. Deux fois demandé.", "Mes coordonnées ({}) n'ont pas changé depuis le printemps."),
    "es": ("Respondan a {}, estoy esperando.", "{}\nAhí estoy. Dos veces preguntado.", "Mis datos ({}) no han cambiado desde la primavera."),
    "it": ("Rispondete a {}, sto aspettando.", "{}\nSono lì. Chiesto due volte.", "I miei dati ({}) non sono cambiati dalla primavera."),
}  # fmt: skip
EMAILS = (
    ("imogen&#64;post.example", "post.example"),
    ("kaethe&commat;beispiel.de", "beispiel.de"),
    ("elodie.m@gmail,com", "elodie.m"),
    ("INIGO+FACTURA@EXAMPLE.ES", "INIGO"),
    ("niccolo@\nesempio.it", "niccolo"),
    ("anais\u200b@exemple\u200b.fr", "exemple"),
    ("<chus@ejemplo.es>", "chus"),
    ("mail:rhys_cole@firm.co.uk;", "rhys_cole"),
    ("imogen@post.example/annegret@beispiel.de", "annegret"),
    ("annegret.w@beispiel.de.", "annegret.w"),
    ("x500:jl.quemeneur@exemple.fr", "quemeneur"),
    ("toto＠esempio.it", "toto"),
    ("imogen AT post DOT example DOT com", "imogen"),
    ("anais(@)exemple.fr", "anais"),
    ("brömmelkamp@t-online.de", "brömmelkamp"),
)
PHONES = {
    "en": ("tel:+442079460321", "wa.me/447700900321", "0 2 0 7 9 4 6 0 3 2 1", "0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣3️⃣2️⃣1️⃣", "+44.7700.900.321",
           "07700\n900321", "+44 7700 900321 / 322", "(+1) (415) 555-0132", "020-7946.0321"),
    "de": ("tel:+493023125777", "wa.me/4915223456777", "0 3 0 2 3 1 2 5 7 7 7", "+49(0)30/23125-777", "030–23125–777",
           "0049.30.23125777", "0152_23456777", "+49-152-2345-6777", "0221 47 10 777"),
    "fr": ("tel:+33199007711", "wa.me/33639987711", "0 1 9 9 0 0 7 7 1 1", "+33.(0)1.99.00.77.11", "01 – 99 – 00 – 77 – 11",
           "0033.1.99.00.77.11", "01_99_00_77_11", "+33 1 99 00 77 11 / 12", "06 39\n98 77 11"),
    "es": ("tel:+34915557711", "wa.me/34655127711", "+34.655.12.77.11", "(+34) 655 12 77 11", "+34 655\n127 711",
           "655 – 12 – 77 – 11", "0034.655.127711", "+34-91-555-77-11", "+34 (91) 5557711"),
    "it": ("tel:+390655507711", "wa.me/393471237711", "+39.347.1237711", "(+39) 347 123 7711", "+39 347\n1237711",
           "347_123_7711", "0039.06.5550.7711", "+39 (0)6 5550 7711", "06–5550–7711"),
}  # fmt: skip
ACCOUNTS = {
    "en": ("GB29.NWBK.6016.1331.9268.19", "GB29NW BK601613 31926819", "IBAN:GB29NWBK60161331926819/BIC:NWBKGB2L", "IE29AIBK93115212345678"),
    "de": ("DE89.3704.0044.0532.0130.00", "DE8937 0400 4405 3201 3000", "IBAN:DE89370400440532013000/BIC:COBADEFFXXX", "DE89 3704 0044\n0532 0130 00"),
    "fr": ("FR14.2004.1010.0505.0001.3M02.606", "FR1420 041010 0505 00013M 02606", "IBAN:FR1420041010050500013M02606,", "MC58 1122 2000 0101 2345 6789 030"),
    "es": ("ES91-2100-0418-4502-0005-1332", "ES9121 000418 4502 00051332", "IBAN:ES9121000418450200051332;", "ES91 2100 0418\n4502 0005 1332"),
    "it": ("IT60.X054.2811.1010.0000.0123.456", "IT60X05428 11101 000000123456", "IBAN:IT60X0542811101000000123456!", "it 60 x 05428 11101 000000123456"),
}  # fmt: skip
CARDS = (
    "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4242_4242_4242_4242", "4242\n4242 4242 4242", "4242|4242|4242|4242",
    "4242424242424242 12/27 123", "5555–5555–5555–4444", "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "4242\u00a04242\u00a04242\u00a04242",
    "(5555)(5555)(5555)(4444)", "3782-822463-10005", "card:4000056655665556;", "4242/4242/4242/4242",
    "6011,1111,1111,1117", "4111  1111  1111  1111", "5105105105105100.",
)  # fmt: skip
ADDRESSES = {
    "en": ("14 elm grove road", "Flat 2, 9 Kingfisher Close, Leeds LS7 3QX", "350 Fifth Avenue, New York, NY 10118",
           "88 WESTBOURNE TERRACE", "3 St. Mary's Ct", "17a Upper Brook Street", "Unit 6, 120 Harbour Way"),
    "de": ("Hauptstr.12", "Berliner Str. 15 b", "Straße des 17. Juni 135", "Sendlinger Straße 8, D-80331 München",
           "HAUPTSTRASSE 12", "Schloßallee 8", "An der Alster 23, 20099 Hamburg"),
    "fr": ("12, r. de Rivoli", "14bis, av. Foch", "7 RUE DES LILAS", "2 rue de l'Église, 69007 Lyon", "BP 40321",
           "25 bd Haussmann", "9 villa des Roses"),
    "es": ("C/Mayor 3", "Pza. Mayor, 7", "Gran Vía 28", "AVENIDA DE LA PAZ 14", "c/ san juan 12", "Carrer de Mallorca, 401",
           "Avda. de la Constitución 5, 41001 Sevilla"),
    "it": ("V. Mazzini 5", "P.za Garibaldi 3", "via roma 12", "VIA DANTE 7", "Corso Vittorio Emanuele II, 154",
           "via XX Settembre 20", "Piazzale Loreto 9, 20131 Milano"),
}  # fmt: skip
LIVES = {
    "en": "I live at {} and nobody came.", "de": "Ich wohne {} und keiner kam.", "fr": "J'habite {} et personne n'est venu.",
    "es": "Vivo en {} y nadie vino.", "it": "Abito in {} e nessuno è venuto.",
}  # fmt: skip
NAMED = (
    "#{first}{last}", "@{first}_{last}", "{first}.{last} (login)", "{FIRST}-{LAST}", "-- {first}", "{last}/{first}", "“{first}”",
    "{decomposed}", "{zero}", "<b>{first}</b> {last}", "{first}&nbsp;{last}", "{first}\n{last}", "({last})", "{bare}", "_{first}_",
)  # fmt: skip


def planted() -> list[Planted]:
    """Texts, each with what must not be seen."""
    out: list[Planted] = []
    for at, (language, frames) in enumerate(FRAMES.items()):

        def put(value: str, kind: str, *secrets: str, form: str = "", to: str = language) -> None:
            number = len(out)
            said = (form or FRAMES[to][number % 3]).format(value)
            out.append(Planted(said, secrets or (value,), kind, to, NAMES[to][number % 3]))

        for value, secret in EMAILS[at::5] + EMAILS[(at + 2) % 5 :: 5]:
            put(value, "e-mail", secret)
        for value in PHONES[language]:
            put(value, "telephone", _tail(value))
        for value in ACCOUNTS[language]:
            put(value, "account", value.removeprefix("IBAN:").partition("/")[0].rstrip(",;!")[-8:])
        for value in CARDS[at::5] + CARDS[(at + 1) % 5 :: 5]:
            put(value, "card", value.removeprefix("card:").partition(" 12/27")[0].rstrip(".;")[-7:])
        for value in ADDRESSES[language]:
            put(value, "address", value.partition(",")[0] if value[0].isalpha() else value, form=LIVES[language])
        for number, form in enumerate(NAMED):
            out.append(_named(form, NAMES[language][number % 3], language, frames[number % 3]))
    return out


def _tail(phone: str) -> str:
    """The last four characters that are digits, as they stand in the text."""
    digits = [place for place, sign in enumerate(phone.partition(" / ")[0]) if sign.isdigit()]
    return phone[digits[-4] : digits[-1] + 1]


def _named(form: str, name: str, language: str, frame: str) -> Planted:
    first, last = name.split(" ", 1)
    made = form.format(
        first=first, last=last, FIRST=first.upper(), LAST=last.upper(), decomposed=unicodedata.normalize("NFD", name),
        zero=f"{name[:3]}\u200b{name[3:]}", bare=_bare(name),
    )  # fmt: skip
    candidates = (first, last, first.upper(), last.upper(), unicodedata.normalize("NFD", last), name[3:], _bare(last))
    return Planted(frame.format(made), tuple({c for c in candidates if c in made}), "name", language, name)


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFD", name)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()


def harmless(seed: int = 23) -> list[str]:
    """400 texts without anything personal."""
    drawn = Digits(seed)
    digits, number = drawn.digits, drawn.number

    forms = (
        lambda: f"Steps: 1 2 3 4 5 6 7 8 9 {number(10, 99)} then it froze.",
        lambda: f"Sizes 36/38/40/42 in blue, {number(1, 9)} left.",
        lambda: f"Waited 00:{number(10, 59)}:{number(10, 59)} on the line, queue {number(1, 99)}.",
        lambda: f"via Zoom {number(2, 9)} Stunden, via Teams {number(2, 9)} Tage.",
        lambda: f"Gran sorpresa {number(2, 99)} veces; vía libre {number(2, 9)} días.",
        lambda: f"Le bd {number(1, 9)} de la série, av. {number(1, 9)} mois d'attente.",
        lambda: f"@support #fail #{number(2020, 2026)} again and again.",
        lambda: f"Level {number(1, 9)}.{number(0, 9)}.{number(0, 9)}.{number(0, 9)} of the menu, option {number(1, 9)}.",
        lambda: f"Preis 1.{digits(3)}.{digits(3)},00 € statt 9{digits(2)},00 €.",
        lambda: f"ratio 4242/{digits(4)}, score {number(1, 9)}/10.",
        lambda: f"IBAN field is broken, BIC too; error {digits(4)}-{digits(4)}.",
        lambda: f"Der Link wa.me geht nicht, Fehler {number(100, 599)}.",
        lambda: f"tel. Auskunft dauerte {number(20, 90)} Minuten.",
        lambda: f"C/D schlecht, A/B test {number(1, 99)}.",
        lambda: f"Street food festival {number(2021, 2026)}: {number(2, 90)} stalls on the road.",
        lambda: f"Una via di mezzo: {number(2, 20)} euro. Corso di inglese {number(1, 9)}.",
        lambda: f"Weg {number(2, 40)} km, Ring {number(1, 9)} cm, Platz {number(1, 9)} in der Schlange.",
        lambda: f"Rue barrée, {number(2, 20)} jours, quai {number(1, 9)}, voie {number(1, 9)}.",
        lambda: f"Meet at gate {number(1, 40)} at {number(6, 22)}:{number(10, 59)} dot on time.",
        lambda: f"He is good at chess dot com games, {number(2, 9)} wins.",
        lambda: f"Paid {number(2, 9)} x {number(10, 99)},{digits(2)} EUR on {number(1, 28)}/{number(1, 12)}/{number(2021, 2026)}.",
        lambda: f"Uptime {number(90, 99)}.{digits(4)} %, build {number(2021, 2026)}.{number(1, 12)}.{number(1, 28)}.{number(1, 999)}.",
        lambda: f"Paket 00{digits(18)} hängt seit {number(2, 9)} Tagen.",
        lambda: f"Barcode {digits(13)} does not scan, lot {digits(6)}_{digits(3)}.",
        lambda: f"Mes factures {number(2021, 2026)}_{digits(2)}_{digits(5)} sont fausses.",
    )  # fmt: skip
    return [forms[n % len(forms)]() for n in range(400)]
