"""Values as columns without a telling name hold them: personal ones with right check digits, and others that look alike."""

from __future__ import annotations

import random
import string
from datetime import date

R = random.Random(11)


def n(k):
    return "".join(R.choice(string.digits) for _ in range(k))


def luhn(prefix, length):
    base = prefix + n(length - len(prefix) - 1)
    for d in range(10):
        x = base + str(d)
        ds = [int(c) for c in x]
        s = sum(v if i % 2 == 0 else v * 2 - 9 * (v > 4) for i, v in enumerate(reversed(ds)))
        if s % 10 == 0:
            return x
    raise AssertionError


def iban(cc, bban):
    r = bban + cc + "00"
    m = int("".join(str(int(c, 36)) for c in r)) % 97
    return f"{cc}{98 - m:02d}{bban}"


def dni():
    k = R.randrange(10**8)
    return f"{k:08d}" + "TRWAGMYFPDXBNJZSQVHLCKE"[k % 23]


def cpf():
    d = [R.randrange(10) for _ in range(9)]
    for k in (9, 10):
        d.append(sum(x * (k + 1 - i) for i, x in enumerate(d[:k])) * 10 % 11 % 10)
    s = "".join(map(str, d))
    return f"{s[:3]}.{s[3:6]}.{s[6:9]}-{s[9:]}"


def nir():
    b = R.choice("12") + f"{R.randrange(40, 99):02d}{R.randrange(1, 13):02d}{R.randrange(1, 96):02d}{n(6)}"
    return f"{b}{97 - int(b) % 97:02d}"


def spaced(text, *lengths):
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return " ".join(text[end - length : end] for end, length in zip(ends, lengths, strict=True))


def day(f, lo=1940, hi=2005):
    return date(R.randrange(lo, hi), R.randrange(1, 13), R.randrange(1, 29)).strftime(f)


FIRST = [
    "Ada",
    "John",
    "Mary",
    "Hans",
    "Petra",
    "Jean",
    "Marie",
    "José",
    "Lucía",
    "Giuseppe",
    "Chiara",
    "João",
    "Kees",
    "Femke",
    "Ahmed",
    "Priya",
    "Wei",
    "Olga",
    "Zara",
    "Quill",
]
LAST = [
    "Byron",
    "Smith",
    "Müller",
    "Schmidt",
    "Dupont",
    "Lefèvre",
    "García",
    "Pérez",
    "Rossi",
    "Bianchi",
    "Silva",
    "de Vries",
    "Khan",
    "Patel",
    "O'Neil",
    "van den Berg",
]


PERSONAL = {
    "full name": lambda: f"{R.choice(FIRST)} {R.choice(LAST)}",
    "last, first": lambda: f"{R.choice(LAST)}, {R.choice(FIRST)}",
    "upper name": lambda: f"{R.choice(LAST).upper()} {R.choice(FIRST).upper()}",
    "titled": lambda: f"{R.choice(['Dr.', 'Mrs', 'Herr', 'Frau', 'Mme'])} {R.choice(FIRST)} {R.choice(LAST)}",
    "first only": lambda: f"{R.choice(FIRST)}",
    "initials": lambda: f"{R.choice(FIRST)} {R.choice(string.ascii_uppercase)}. {R.choice(LAST)}",
    "email": lambda: f"{R.choice(FIRST).lower()}.{n(3)}@mail.example.org",
    "email in brackets": lambda: f"{R.choice(FIRST)} <a{n(4)}@x.example>",
    "mailto": lambda: f"mailto:a{n(4)}@x.co.uk",
    "phone de": lambda: f"+49 {R.randrange(30, 999)} {n(7)}",
    "phone de national": lambda: f"0{R.randrange(30, 999)} {n(7)}",
    "phone de slash": lambda: f"0{R.randrange(30, 999)}/{n(7)}",
    "phone uk": lambda: f"07{n(3)} {n(6)}",
    "phone uk2": lambda: f"020 {n(4)} {n(4)}",
    "phone fr": lambda: "0" + R.choice("1234567") + "".join(f" {n(2)}" for _ in range(4)),
    "phone fr dots": lambda: "06" + "".join(f".{n(2)}" for _ in range(4)),
    "phone us": lambda: f"({R.randrange(201, 989)}) {R.randrange(201, 989)}-{n(4)}",
    "phone us dots": lambda: f"{R.randrange(201, 989)}.{R.randrange(201, 989)}.{n(4)}",
    "phone us dash": lambda: f"{R.randrange(201, 989)}-{R.randrange(201, 989)}-{n(4)}",
    "phone es": lambda: f"6{n(2)} {n(3)} {n(3)}",
    "phone es2": lambda: f"91 {n(3)} {n(2)} {n(2)}",
    "phone it": lambda: f"3{n(2)} {n(3)} {n(4)}",
    "phone it2": lambda: f"3{n(2)} {n(7)}",
    "phone br": lambda: f"({R.randrange(11, 99)}) 9{n(4)}-{n(4)}",
    "phone pt": lambda: f"9{R.choice('1236')}{n(1)} {n(3)} {n(3)}",
    "phone e164": lambda: f"+{R.choice(['1', '44', '49', '33', '34', '39', '351', '31'])}{n(9)}",
    "phone 0049": lambda: f"0049{n(10)}",
    "phone trunk": lambda: f"0{R.randrange(1, 9)}{n(9)}",
    "phone nl": lambda: f"06-{n(8)}",
    "iban de": lambda: iban("DE", n(18)),
    "iban fr spaced": lambda: spaced(iban("FR", n(10) + "A" + n(10) + n(2)), 4, 4, 4, 4, 4, 4, 3),
    "iban es": lambda: iban("ES", n(20)),
    "iban it": lambda: iban("IT", "X" + n(22)),
    "iban nl": lambda: iban("NL", "ABNA" + n(10)),
    "iban lower": lambda: iban("GB", "NWBK" + n(14)).lower(),
    "card": lambda: luhn("4", 16),
    "card spaced": lambda: spaced(luhn("51", 16), 4, 4, 4, 4),
    "amex": lambda: luhn("37", 15),
    "card masked": lambda: f"**** **** **** {n(4)}",
    "card masked x": lambda: f"XXXX-XXXX-XXXX-{n(4)}",
    "ssn": lambda: f"{R.randrange(1, 665):03d}-{R.randrange(1, 99):02d}-{R.randrange(1, 9999):04d}",
    "nino": lambda: f"{R.choice('ABCE')}{R.choice('ABCE')}{n(6)}{R.choice('ABCD')}",
    "codice": lambda: (
        f"{''.join(R.choice('RSSMRABCD') for _ in range(6))}{n(2)}{R.choice('ABCDEHLMPRST')}{n(2)}H{n(3)}Z"
    ),
    "dni": dni,
    "cpf": cpf,
    "nir": nir,
    "nir spaced": lambda: spaced(nir(), 1, 2, 2, 2, 3, 3, 2),
    "curp": lambda: f"GARC{n(6)}HDFRRL0{n(1)}",
    "svnr de": lambda: f"{n(2)} {n(6)} {R.choice('ABCM')} {n(3)}",
    "dob iso": lambda: day("%Y-%m-%d"),
    "dob de": lambda: day("%d.%m.%Y"),
    "dob us": lambda: day("%m/%d/%Y"),
    "dob fr": lambda: day("%d/%m/%Y"),
    "dob compact": lambda: day("%Y%m%d"),
    "dob ts": lambda: day("%Y-%m-%dT00:00:00Z"),
    "dob words": lambda: day("%d %b %Y"),
    "dob us words": lambda: day("%B %d, %Y"),
    "ip": lambda: ".".join(str(R.randrange(1, 255)) for _ in range(4)),
    "ip6": lambda: ":".join(f"{R.randrange(65536):x}" for _ in range(8)),
    "mac": lambda: ":".join(f"{R.randrange(256):02x}" for _ in range(6)),
    "street de": lambda: (
        f"{R.choice(['Haupt', 'Bahnhof', 'Linden'])}{R.choice(['straße', 'str.', 'weg', 'allee'])} {R.randrange(1, 99)}"
    ),
    "street en": lambda: (
        f"{R.randrange(1, 999)} {R.choice(['Main', 'Oak', 'High'])} {R.choice(['Street', 'St', 'Ave', 'Road'])}"
    ),
    "street fr": lambda: (
        f"{R.randrange(1, 99)} {R.choice(['rue', 'avenue', 'boulevard'])} {R.choice(['de la Paix', 'Victor Hugo'])}"
    ),
    "street es": lambda: f"{R.choice(['Calle', 'C/', 'Avenida'])} Mayor {R.randrange(1, 99)}",
    "street it": lambda: f"Via {R.choice(['Roma', 'Garibaldi'])}, {R.randrange(1, 99)}",
    "street nl": lambda: f"{R.choice(['Kerk', 'Dorps'])}straat {R.randrange(1, 99)}",
    "street pt": lambda: f"Rua Augusta, {R.randrange(1, 999)}",
    "gps pair": lambda: f"{R.uniform(40, 55):.6f}, {R.uniform(-5, 15):.6f}",
    "linkedin": lambda: f"https://www.linkedin.com/in/p{n(5)}",
    "handle": lambda: f"@user_{n(4)}",
}
OTHERS = {
    "order 16": lambda: n(16),
    "order 13": lambda: "4" + n(12),
    "id zero padded": lambda: f"{R.randrange(10**6):010d}",
    "id zero padded 8": lambda: f"0{n(7)}",
    "sku": lambda: f"{n(3)}-{n(4)}",
    "sku2": lambda: f"{n(3)}-{n(2)}-{n(4)}X",
    "sku3": lambda: f"{n(4)}-{n(2)}-{n(2)}",
    "batch": lambda: f"{n(4)}/{n(2)}/{n(4)}",
    "article": lambda: f"{n(2)}.{n(3)}.{n(3)}",
    "ean": lambda: luhn("400", 13) if R.random() < 0.1 else "400" + n(10),
    "isbn": lambda: f"978-3-{n(5)}-{n(3)}-{n(1)}",
    "dates de": lambda: day("%d.%m.%Y", 2015, 2026),
    "dates us": lambda: day("%m/%d/%Y", 2015, 2026),
    "dates dash": lambda: day("%d-%m-%Y", 2015, 2026),
    "dates slash iso": lambda: day("%Y/%m/%d", 2015, 2026),
    "datetime": lambda: day("%d/%m/%Y", 2015, 2026) + " 10:23",
    "dt2": lambda: day("%Y-%m-%d", 2015, 2026) + "T10:22:33Z",
    "times": lambda: f"{R.randrange(24):02d}:{n(2)}:{n(2)}",
    "durations": lambda: f"{R.randrange(99)}:{n(2)}",
    "range": lambda: f"{R.randrange(100, 900)}-{R.randrange(1000, 9000)}",
    "amount eu": lambda: f"{n(1)}.{n(3)},{n(2)}",
    "amount sp": lambda: f"{R.randrange(1, 999)} {n(3)} {n(3)}",
    "neg": lambda: f"-{n(3)}.{n(2)}",
    "version": lambda: f"{n(1)}.{n(2)}.{n(1)}",
    "version4": lambda: f"{R.randrange(20)}.{R.randrange(20)}.{R.randrange(9)}",
    "uuid": lambda: f"{n(8)}-{n(4)}-4{n(3)}-a{n(3)}-{n(12)}",
    "hex": lambda: "".join(R.choice("0123456789abcdef") for _ in range(32)),
    "code": lambda: f"{R.choice(string.ascii_uppercase)}{n(6)}",
    "code17": lambda: "".join(R.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17)),
    "code9": lambda: n(8) + R.choice(string.ascii_uppercase),
    "city": lambda: R.choice(
        [
            "Paris",
            "London",
            "Berlin",
            "Florence",
            "Charlotte",
            "Austin",
            "Madrid",
            "Roma",
            "Lisboa",
            "Amsterdam",
            "Victoria",
            "Wien",
        ]
    ),
    "product": lambda: R.choice(
        ["Emma Sofa", "Malmö Bed", "Ektorp", "Billy Shelf", "Hemnes Desk", "Poäng Chair", "Lack Table"]
    ),
    "colour": lambda: R.choice(["Red", "Rose", "Olive", "Amber", "Ruby", "Blue", "Green", "Grey"]),
    "month": lambda: R.choice(["January", "April", "May", "June", "August", "March"]),
    "brand": lambda: R.choice(["Mercedes", "Audi", "Ford", "Lincoln", "Alfa Romeo", "Tesla", "BMW", "Fiat"]),
    "store": lambda: f"Store {R.choice(['Berlin', 'Paris'])} {n(1)}",
    "department": lambda: R.choice(["Sales", "Marketing", "Finance", "Support"]),
    "company": lambda: R.choice(["Acme Inc", "Globex LLC", "Smith & Sons", "Müller GmbH", "Rossi S.p.A."]),
    "percent": lambda: f"{R.randrange(100)}%",
    "url": lambda: f"https://shop.example/p/{n(5)}",
    "sentence": lambda: R.choice(["All good thanks", "Late again", "Anna was great", "I like it"]),
    "zip us": lambda: f"{n(5)}-{n(4)}",
    "zip": lambda: f"{n(5)}",
    "zip uk": lambda: f"SW{n(1)}A {n(1)}AA",
    "tracking": lambda: f"1Z{n(16)}",
    "invoice": lambda: f"2026-{n(5)}",
    "quarter": lambda: f"2026 Q{R.randrange(1, 5)}",
    "age band": lambda: R.choice(["18-24", "25-34", "35-44"]),
    "size": lambda: f"{n(2)} x {n(2)} x {n(2)}",
    "contract from": lambda: day("%Y-%m-%d", 1998, 2026),
    "house built": lambda: str(R.randrange(1900, 2020)),
    "launch": lambda: day("%Y-%m-%d", 2009, 2013),
    "lat ms": lambda: f"{R.uniform(1, 90):.3f}",
    "ratio": lambda: f"{R.random():.6f}",
    "sci": lambda: f"{R.random():.3e}",
    "seat": lambda: f"{R.randrange(1, 40)}{R.choice('ABCDEF')}",
    "flight": lambda: f"LH {n(3)}",
    "iso week": lambda: f"2026-W{n(2)}",
    "cron": lambda: f"{n(1)} {n(1)} * * *",
    "ticket": lambda: f"INC{n(7)}",
    "street food": lambda: R.choice(["Ring 1", "Way 2", "Corner 3"]),
    "line items": lambda: f"{R.randrange(1, 9)} items",
    "measure": lambda: f"{n(2)} kg",
    "planname": lambda: R.choice(["Plan 50", "Via 100", "Ring 20"]),
    "timestamps": lambda: str(1_700_000_000 + R.randrange(10**7)),
    "ts ms": lambda: str(1_700_000_000_000 + R.randrange(10**10)),
    "int64": lambda: n(19),
    "group": lambda: f"{n(3)} {n(3)} {n(3)}",
    "msg id": lambda: f"<{n(8)}>",
}
