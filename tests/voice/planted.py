"""Texts in five languages with personal data planted in them, and texts that only look as if they had any."""

from __future__ import annotations

import random

NAMES = {
    "en": ("Margaret Thornbury", "Oliver Haskell", "Priya Raman", "Sean O'Leary"),
    "de": ("Jürgen Müller", "Annegret Weiß", "Torsten Krause", "Hannelore von Bergen"),
    "fr": ("Amélie Dubois", "Étienne Lefèvre", "Corinne Marchand", "Jean-Luc Moreau"),
    "es": ("Íñigo Muñoz", "Lucía Fernández", "Rosario Delgado", "Javier Ibáñez"),
    "it": ("Giulia Bianchi", "Niccolò Ferrari", "Donatella Greco", "Matteo D'Angelo"),
}
PHONES = {
    "en": ("+44 20 7946 0958", "(415) 555-0132", "415-555-0171", "07700 900123"),
    "de": ("+49 30 1234567", "0171 1234567", "030/12345678", "0049 89 7654321"),
    "fr": ("06 12 34 56 78", "+33 1 23 45 67 89", "01.23.45.67.89", "0612345678"),
    "es": ("612 345 678", "+34 612 345 678", "912 34 56 78", "+34 91 234 56 78"),
    "it": ("333 1234567", "+39 06 1234 5678", "02 12345678", "347-123-4567"),
}
CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "6011000990139424")
ACCOUNTS = {
    "en": "GB29 NWBK 6016 1331 9268 19",
    "de": "DE89370400440532013000",
    "fr": "FR14 2004 1010 0505 0001 3M02 606",
    "es": "ES91 2100 0418 4502 0005 1332",
    "it": "IT60 X054 2811 1010 0000 0123 456",
}
EMAILS = (
    "anna.b+shop@example.co.uk",
    "j_mueller@firma-beispiel.de",
    "contact@exemple.fr",
    "LUCIA99@correo.example.es",
    "g.b@posta.it",
)
SAYS = {
    "en": {"email": "Please write to {}.", "phone": "Call me at {} after five.", "card": "You charged my card {} twice.",
           "account": "Send the refund to {}, please.", "name": "My name is {} and I am still waiting."},
    "de": {"email": "Bitte schreiben Sie an {}.", "phone": "Rufen Sie mich unter {} an.", "card": "Meine Karte {} wurde belastet.",
           "account": "Erstattung bitte auf {}.", "name": "Ich heiße {} und warte noch immer."},
    "fr": {"email": "Écrivez-moi à {} svp.", "phone": "Rappelez-moi au {} ce soir.", "card": "Ma carte {} a été débitée.",
           "account": "Remboursez-moi sur {}.", "name": "Je m'appelle {} et j'attends toujours."},
    "es": {"email": "Escríbanme a {}.", "phone": "Llámenme al {} por la tarde.", "card": "Cargaron dos veces mi tarjeta {}.",
           "account": "El reembolso a {} por favor.", "name": "Me llamo {} y sigo esperando."},
    "it": {"email": "Scrivetemi a {}.", "phone": "Chiamatemi al {} stasera.", "card": "La mia carta {} è stata addebitata.",
           "account": "Il rimborso su {} grazie.", "name": "Mi chiamo {} e aspetto ancora."},
}  # fmt: skip
HARMLESS = (
    "Order 112-4567890-1234567 came on 2026-09-30 at 10:30 for $1,234.56.",
    "I paid 12.345,67 € on 30.09.2026, ticket 0012345678 is still open.",
    "Rechnung Nr. 2026-000123456 über 1.250,00 Euro, Kundennummer 4711.",
    "Commande n° 123456789 du 12/05/2026, 3 articles à 19,99 €.",
    "Pedido 987654321 del 01-02-2026: 2 x 45,00 €.",
    "Ordine 55512345 del 12.03.2026, 120 euro e 30 minuti di attesa.",
    "Waited from 08:30 to 12:45, speed 100/40 Mbit, model XR-2000-55, version 10.2.1.",
    "Tracking number 4155550132123456 never moved, 1 of 10 stars.",
    "Between 1990 and 2020 prices went from 10 000 000 to 12 500 000.",
    "24/7 support? 365 days, 5000 minutes, 99.9% uptime.",
    "Flight LH1234 seat 12A, gate B22, delay 2 h 15 min.",
    "I called 3 times, 20 minutes each, at 9 and at 11.",
)


def texts(seed: int = 7) -> list[tuple[str, str, str, str]]:
    """text, what is planted, its kind, the customer's name: 30 of each kind and language."""
    draw = random.Random(seed)
    out = []
    for language, says in SAYS.items():
        for kind, sentence in says.items():
            for number in range(30):
                name = NAMES[language][number % len(NAMES[language])]
                planted = {
                    "email": EMAILS[number % len(EMAILS)],
                    "phone": PHONES[language][number % len(PHONES[language])],
                    "card": CARDS[number % len(CARDS)],
                    "account": ACCOUNTS[language],
                    "name": name,
                }[kind]
                before = draw.choice(("", "Hello. ", "!!! ", "(2nd try) ", "Guten Tag, ", "Bonjour, "))
                after = draw.choice(("", " Thanks.", " Order 112-4567890-1234567.", " 30.09.2026", " 😡"))
                out.append((before + sentence.format(planted) + after, planted, kind, name))
    return out
