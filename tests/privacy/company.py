"""A company in which canaries stand wherever a person may be told of: cells, words, headers, rows set aside, webhooks."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import json
import random
import re
import time
from datetime import date, timedelta
from pathlib import Path

from tests.app.inbound.senders import signed
from tests.privacy.canaries import CANARIES, NAMES
from tests.voice.made import comments

SECRET = "whsec_" + base64.b64encode(b"p" * 24).decode()
KEY = "delighted-key"
ENVIRONMENT = {
    "WORTHLINE_INBOUND_OWN": SECRET,
    "WORTHLINE_INBOUND_FORMBRICKS": SECRET,
    "WORTHLINE_INBOUND_DELIGHTED": KEY,
    "WORTHLINE_TOLD": "json://127.0.0.1:1/",
}
LANGUAGES = tuple(NAMES)
PEOPLE = [(language, person) for language in LANGUAGES for person in range(3)]
MANY = 120
SAYS = {
    "en": "My details for the invoice are {}, please answer",
    "de": "Meine Daten für die Rechnung sind {}, bitte antworten",
    "fr": "Mes coordonnées pour la facture sont {}, merci de répondre",
    "es": "Mis datos para la factura son {}, respondan por favor",
    "it": "I miei dati per la fattura sono {}, rispondete per favore",
}
TOML = """
[company]
name = "Aviary"
as_of = "2026-06-30"
setting = "contractual"
margin = 0.5
simulated = true

[tables.customers]
file = "customers.csv"
[tables.subscriptions]
file = "subscriptions.csv"
[tables.transactions]
file = "transactions.csv"
[tables.feedback]
file = "feedback.csv"
constants = { metric = "nps" }
[tables.interactions]
file = "interactions.csv"
[tables.treatments]
file = "treatments.csv"
[tables.observations]
file = "observations.csv"
[tables.responsibilities]
file = "responsibilities.csv"

[inbound.own]
metric = "nps"
scales = { nps = "0-10" }
[inbound.delighted]
kind = "delighted"
customer = "person_properties.customer_id"
[inbound.formbricks]
kind = "formbricks"
[[routing]]
name = "Angry"
group = "Care"
when = "at once"
score_at_most = 6
[[routing]]
name = "Bills"
group = "Billing"
when = "daily"
words = ["bill*", "invoice", "rechnung", "facture", "factura", "fattura"]
[notify.Care]
url_env = "WORTHLINE_TOLD"
"""


def of(language: str, person: int) -> dict[str, str]:
    """A person's data by kind; what they have not is blank."""
    own = {c.kind: c.value for c in CANARIES if (c.language, c.person) == (language, person)}
    return dict.fromkeys(("name", "e-mail", "phone", "card", "account"), "") | own


def who(language: str, person: int) -> str:
    """The customer's id."""
    return f"C{PEOPLE.index((language, person)):04}"


def said(language: str, person: int) -> list[str]:
    """What a person writes: one text a datum, one with all."""
    own = [value for value in of(language, person).values() if value]
    return [SAYS[language].format(part) for part in (*own, ", ".join(own))]


def renamed(table: str) -> str:
    """The name of a table's file: of some it holds somebody's address, telephone, account or card."""
    data = [of(*person) for person in PEOPLE]
    whose = {
        "feedback": data[0]["e-mail"],
        "interactions": data[0]["phone"],
        "transactions": data[1]["e-mail"],
        "treatments": next(own["card"] for own in data if own["card"]),
        "observations": next(own["account"] for own in data if own["account"]),
    }
    return f"{table} {whose[table]}.csv" if table in whose else f"{table}.csv"


def lay(folder: Path) -> None:
    """Write the files."""
    toml = re.sub(r'file = "(\w+)\.csv"', lambda match: f'file = "{renamed(match[1])}"', TOML)
    (folder / "worthline.toml").write_text(toml, encoding="utf-8")
    draw = random.Random(4)
    data = [of(*person) for person in PEOPLE]
    mail, phone, account = data[1]["e-mail"], data[3]["phone"], data[4]["account"]
    # Headers that are somebody's datum (a pivot's columns), headers that name a kind, a column known by its values.
    header = ["customer_id", "name", "email", "telefono", "numero de carte", "konto iban", "field7", "Extra", "segment"]
    header += [mail, phone, account]
    rows = []
    for number in range(MANY):
        own = data[number] if number < len(data) else {}
        made = f"Person {number}", f"p{number}@mail.example", f"+49 40 {55_000_000 + number}"
        cells = [own.get("name") or made[0], own.get("e-mail") or made[1], own.get("phone") or made[2]]
        cells += [own.get("card", ""), own.get("account", "")]
        cells += [own.get("e-mail") or made[1], own.get("phone", "") or made[2], ("Home", "Office")[number % 2]]
        rows.append([f"C{number:04}", *cells, "yes", "no", "yes"])
    # Lines with a cell too many or too few: nobody knows any more which cell is the name.
    rows += [
        [f"X{number:04}", "x", own["name"], *own["name"].split(), own["e-mail"]] for number, own in enumerate(data)
    ]
    _written(folder / "customers.csv", header, rows)
    left = {number for number in range(MANY) if draw.random() < 0.25}
    _written(folder / "subscriptions.csv", ["customer_id", "started_on", "ended_on", "fee", "period"], [
        [f"C{n:04}", "2024-01-01", f"2026-0{1 + n % 5}-15" if n in left else "", 20, "month"] for n in range(MANY)
    ])  # fmt: skip
    # Rows that are set aside: a datum where an amount, a day, a score is due; cells beyond the last column.
    spent = [[f"C{n:04}", f"2026-0{1 + m % 6}-11", 5 + m, "purchase"] for n in range(MANY) for m in range(3)]
    for number, own in enumerate(data):
        for value in (v for kind, v in own.items() if v and kind != "name"):
            spent += [
                [f"C{number:04}", "2026-03-01", value, "purchase"],
                [f"C{number:04}", value, 5, "purchase"],
                [f"C{number:04}", "2026-03-02", 5, "purchase", value],
            ]
    _written(folder / "transactions.csv", ["customer_id", "at", "amount", "kind"], spent)
    feedback = []
    for number, (text, topic) in enumerate(comments(360, seed=2)):
        day = date(2025, 1, 5) + timedelta(days=draw.randrange(540))
        feedback.append([f"F{number}", f"C{number % MANY:04}", day, 9 if topic == "staff" else 3, text, topic.title()])
    for person in PEOPLE:
        for number, text in enumerate(said(*person)):
            day = date(2026, 6, 1) + timedelta(days=number)
            feedback.append([f"P{who(*person)}-{number}", who(*person), day, 2, text, "Billing"])
    feedback += [
        [f"R{n}", who(*p), "2026-06-01", 2, *said(*p)[-1].split(", ", 1), "Staff"] for n, p in enumerate(PEOPLE)
    ]
    feedback += [[f"S{n}", who(*p), "2026-06-01", 2, *said(*p)[-1].split(", "), "Staff"] for n, p in enumerate(PEOPLE)]
    _written(folder / "feedback.csv", ["feedback_id", "customer_id", "at", "score", "text", "touchpoint"], feedback)
    each = [(who(*person), text) for person in PEOPLE for text in said(*person)]
    _written(folder / "interactions.csv", ["customer_id", "at", "touchpoint", "note"],
             [[c, "2026-06-03", "Billing", f"bill charge {text}"] for c, text in each])  # fmt: skip
    _written(folder / "treatments.csv", ["customer_id", "at", "initiative", "arm", "customer_said"],
             [[who(*p), "2026-03-01", "calls", "treated", said(*p)[-1]] for p in PEOPLE])  # fmt: skip
    _written(folder / "observations.csv", ["customer_id", "at", "stage", "touchpoint", "need", "note"],
             [[c, "2026-06-04", "use", "Billing", "clear bills", text] for c, text in each])  # fmt: skip
    groups = {"Billing": "Finance", "Delivery": "Logistics", "Network": "Network", "Staff": "Service"}
    _written(folder / "responsibilities.csv", ["group", "touchpoint", "role"],
             [[group, touchpoint, "owns"] for touchpoint, group in groups.items()])  # fmt: skip


def _written(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.with_name(renamed(path.stem)).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def messages() -> list[tuple[str, bytes, dict[str, str]]]:
    """Webhooks: (source, body, headers), each person by each sender, in words and in every other field."""
    found = []
    for number, person in enumerate(PEOPLE):
        own, texts, customer = of(*person), said(*person), who(*person)
        contact = {"name": own["name"], "email": own["e-mail"], "phone_number": own["phone"], "id": str(number)}
        for turn, text in enumerate(texts):
            data = {"text": text, "score": 1, "customer_id": customer, "author": own["name"], "contact": contact}
            found.append(_signed("own", {"data": data}, f"o{number}-{turn}"))
        answer = {
            "id": f"r{number}",
            "score": 2,
            "comment": texts[-1],
            "survey_type": "nps",
            "created_at": 1_780_000_000,
        }
        answer |= {
            "person": contact,
            "person_properties": {"customer_id": customer, **contact},
            "permalink": own["e-mail"],
        }
        event = {"event_id": f"d{number}", "event_type": "survey_response.created", "event_data": answer}
        found.append(_delighted(event))
        form = {"id": f"s{number}", "data": {"q1": texts[-1]}, "contact": {"userId": customer, **contact}}
        form |= {"createdAt": "2026-06-20T10:00:00Z", "contactAttributes": contact, "meta": {"url": own["e-mail"]}}
        found.append(_signed("formbricks", {"event": "responseFinished", "data": form}, f"f{number}"))
        broken = json.dumps({"data": texts}, ensure_ascii=False).encode()[:-3]
        found.append(_signed("own", broken, f"b{number}"))
        found.append(
            _signed("own", {"data": {"score": texts[-1], "at": own["phone"], "customer_id": customer}}, f"w{number}")
        )
    return found


def refused() -> list[tuple[str, bytes, dict[str, str]]]:
    """Webhooks of which nothing may be kept: forged, expired, of an unknown source."""
    found = []
    for person in PEOPLE:
        body = json.dumps({"data": {"text": said(*person)[-1]}}).encode()
        found.append(("own", body, signed(body, "x", sent=time.time(), secret="whsec_" + "AAAA" * 8)[1]))
        found.append(("own", body, signed(body, "y", sent=time.time() - 900, secret=SECRET)[1]))
        found.append((of(*person)["e-mail"], body, signed(body, "z", sent=time.time(), secret=SECRET)[1]))
    return found


def _signed(source: str, content: object, name: str) -> tuple[str, bytes, dict[str, str]]:
    body, headers = signed(content, name, sent=time.time(), secret=SECRET)
    return source, body, headers


def _delighted(content: object) -> tuple[str, bytes, dict[str, str]]:
    body = json.dumps(content).encode()
    signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-delighted-webhook-signature": f"sha256={signature}"}
    return "delighted", body, headers
