"""A small company made on the spot, run, and its headline shown.

    python examples/small/make_small.py [DIR]        default: build/small-company

Gives     a company's folder of ten CSV files and worthline.toml, with a published run in it.
Method    each customer lives month by month: contacts, bills, plan changes, surveys, perhaps leaving. Customers whose
          contact was left unresolved leave more often and give lower scores. Seeded: the same files every time.
Not for   proof: no effect in it is a declared truth. It shows what a folder looks like, faults included.
"""

from __future__ import annotations

import csv
import random
import shutil
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

CUSTOMERS = 1_500
FIRST, LAST = date(2024, 8, 1), date(2026, 9, 30)
SEED = 20260930
FEWEST = 300
"""Customers whose bills are enough for the faults that the files hold."""
REPEATED = 4_321
"""The bill that stands twice."""

PLANS = (("Basic", Decimal("19.90")), ("Plus", Decimal("29.90")), ("Max", Decimal("44.90")))
SEGMENTS = {"Home": (0.55, 0.35, 0.10), "Family": (0.15, 0.50, 0.35), "Business": (0.05, 0.25, 0.70)}
TOUCHPOINTS = {  # contacts a customer and month, share resolved at once, minutes of staff
    "Billing question": (0.055, 0.78, 9),
    "Network fault": (0.040, 0.66, 14),
    "Complaint": (0.018, 0.55, 21),
    "Shop visit": (0.045, 0.90, 12),
    "App help": (0.050, 0.88, 6),
}
CHANNELS = {"Shop visit": "shop", "App help": "app"}
WORDS = {
    "high": ("Friendly people, quick answer.", "Works everywhere I go.", "Fair price and no surprises.", ""),
    "middle": ("Fine, but the app is slow.", "Coverage could be better at home.", "", ""),
    "low": ("Had to call three times.", "The bill is wrong again.", "Nobody called me back.", "Too expensive now.", ""),
}

Row = dict[str, object]


@dataclass
class Company:
    """The rows of each file, by its name."""

    luck: random.Random
    files: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, file: str, **row: object) -> None:
        """One row; the first of a file says its columns."""
        self.files.setdefault(file, []).append(row)

    def number(self, file: str) -> int:
        """How many rows a file has, one added: numbers for bills and tickets."""
        return len(self.files.get(file, ())) + 1


@dataclass
class Customer:
    """One customer as the months go by."""

    name: str
    segment: str
    channel: str
    joined: date
    plan: int
    plan_since: date
    patience: float  # each has more or less of it: 1 is usual
    sore: int = 0  # months left in which an unresolved contact still rankles
    left: date | None = None


def main(folder: Path) -> None:
    """Make the folder, run it, show the headline; ends the process."""
    from worthline import company
    from worthline.app import cli
    from worthline.app.progress import shown

    make(folder)
    print(f"Made a small company in {folder} (simulated). The page below: worthline show {folder}\n")
    with shown() as progress:
        company.open(folder).run(progress=progress)
    cli.main(["show", str(folder)])


def make(folder: Path, customers: int = CUSTOMERS) -> None:
    """Write worthline.toml and the CSV files; runs that are there stay. Raises ValueError for too few customers."""
    if customers < FEWEST:
        raise ValueError(f"{customers} customers are too few for this example: make {FEWEST} at least")
    folder.mkdir(parents=True, exist_ok=True)
    made = Company(random.Random(SEED))
    for number in range(1, customers + 1):
        _live(made, _customer(made.luck, number))
    _prospects(made, customers)
    _organisation(made)
    _finance(made)
    _faults(made)
    for file, rows in made.files.items():
        with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    shutil.copyfile(Path(__file__).with_name("worthline.toml"), folder / "worthline.toml")


def _customer(luck: random.Random, number: int) -> Customer:
    segment = luck.choices(list(SEGMENTS), (60, 25, 15))[0]
    before = luck.random() < 0.66
    span = (date(2021, 1, 4), FIRST) if before else (FIRST, LAST)
    joined = span[0] + timedelta(luck.randrange((span[1] - span[0]).days))
    plan = luck.choices(range(3), SEGMENTS[segment])[0]
    channel = luck.choices(("app", "shop", "phone"), (50, 20, 30))[0]
    return Customer(f"B{number:05d}", segment, channel, joined, plan, joined, luck.uniform(0.6, 1.4))


def _live(made: Company, one: Customer) -> None:
    """All months of one customer, then the row that sums them up."""
    month = max(FIRST, one.joined.replace(day=1))
    while month <= LAST and one.left is None:
        first = max(month, one.joined)
        _contacts(made, one, first)
        _bill(made, one, month)
        _ask(made, one, first)
        _change(made, one, month)
        _leave(made, one, first)
        one.sore = max(one.sore - 1, 0)
        month = _next(month)
    _subscription(made, one, ended=one.left)
    luck = made.luck
    known = int(one.name[1:]) - 1
    through = luck.choices(("organic", "paid", "referral", "partner"), (40, 30, 22, 8))[0]
    made.add(
        "customers",
        customer_id=one.name,
        joined_on=one.joined,
        left_on=one.left or "",
        segment=one.segment,
        region=luck.choices(("North", "South", "East", "West"), (35, 30, 20, 15))[0],
        channel=one.channel,
        acquired_through=through,
        referred_by=f"B{luck.randint(1, known):05d}" if through == "referral" and known else "",
        contact_permission=luck.choices(("yes", "no", "unknown"), (70, 20, 10))[0],
        email=f"{one.name.lower()}@example.com",
    )


def _next(month: date) -> date:
    return (month + timedelta(31)).replace(day=1)


def _end(month: date) -> date:
    return _next(month) - timedelta(1)


def _day(luck: random.Random, first: date) -> date:
    """Any day of the month of `first`, not before it."""
    return first + timedelta(luck.randrange((_end(first) - first).days + 1))


def _contacts(made: Company, one: Customer, first: date) -> None:
    luck = made.luck
    for touchpoint, (rate, resolved, minutes) in TOUCHPOINTS.items():
        newcomer = 1.8 if (first - one.joined).days < 90 else 1.0
        if luck.random() >= rate * newcomer:
            continue
        when = datetime.combine(_day(luck, first), datetime.min.time()) + timedelta(minutes=luck.randrange(480, 1200))
        ticket = f"T{made.number('tickets'):06d}"
        while when.date() <= LAST:
            settled = luck.random() < resolved
            _ticket(made, one, ticket, touchpoint, when, settled, minutes)
            if luck.random() < 0.22:
                _satisfied(made, one, touchpoint, when, settled)
            if settled or luck.random() < 0.45:
                break
            when += timedelta(days=luck.randint(1, 9), minutes=luck.randrange(300))
        if not settled:
            one.sore = 3


def _ticket(
    made: Company, one: Customer, ticket: str, touchpoint: str, when: datetime, settled: bool, minutes: int
) -> None:
    luck = made.luck
    made.add(
        "tickets",
        ticket=ticket,
        customer_id=one.name,
        opened=when.isoformat(sep=" "),
        touchpoint=touchpoint,
        channel=CHANNELS.get(touchpoint, "phone"),
        resolved="yes" if settled else "no",
        wait_seconds=int(luck.expovariate(1 / 150)),
        handle_seconds=int(60 * minutes * luck.uniform(0.5, 1.7)),
        # Only a technician's visit is billed to us; the rest is our own staff's time.
        cost="85.00" if touchpoint == "Network fault" and luck.random() < 0.12 else "",
    )
    if touchpoint == "Complaint" and luck.random() < 0.5:
        _money(made, one, when.date(), Decimal("-10.00"), "credit")


def _satisfied(made: Company, one: Customer, touchpoint: str, when: datetime, settled: bool) -> None:
    score = made.luck.choices(range(1, 6), (3, 5, 12, 40, 40) if settled else (30, 28, 22, 14, 6))[0]
    _answer(made, one, "csat", when + timedelta(hours=3), score, 5, touchpoint)


def _ask(made: Company, one: Customer, first: date) -> None:
    """NPS: one customer in ten is asked each month; the discontent answer less."""
    luck = made.luck
    if luck.random() >= 0.10:
        return
    sent = _day(luck, first)
    answers = luck.random() < (0.16 if one.sore else 0.30)
    when = datetime.combine(sent, datetime.min.time()) + timedelta(hours=luck.randrange(20, 200))
    response = ""
    if answers and when.date() <= LAST:
        mean = 7.9 - (2.6 if one.sore else 0) - (0.8 if one.segment == "Business" else 0)
        score = min(10, max(0, round(luck.gauss(mean, 1.9))))
        response = _answer(made, one, "nps", when, 99 if luck.random() < 0.03 else score, 10)
    made.add("invitations", customer_id=one.name, sent=sent, metric="nps", response=response)


def _answer(
    made: Company, one: Customer, metric: str, when: datetime, score: int, best: int, touchpoint: str = ""
) -> str:
    if when.date() > LAST:
        return ""
    response = f"R{made.number('survey'):06d}"
    mood = "high" if score >= 0.85 * best else "low" if score <= 0.6 * best else "middle"
    made.add(
        "survey",
        response=response,
        customer_id=one.name,
        answered=when.isoformat(sep=" "),
        metric=metric,
        score=score,
        touchpoint=touchpoint,
        comment="" if score == 99 else made.luck.choice(WORDS[mood]),
        language="en",
    )
    return response


def _bill(made: Company, one: Customer, month: date) -> None:
    when = month.replace(day=min(one.joined.day, 28))
    if not one.joined <= when <= LAST:
        return
    fee = PLANS[one.plan][1]
    _money(made, one, when, fee, "purchase")
    if (when - one.joined).days < 45:
        _money(made, one, when, Decimal("-5.00"), "credit")  # a welcome
    back = when + timedelta(10)
    if back <= LAST and made.luck.random() < 0.006:
        _money(made, one, back, -fee, "refund")


def _money(made: Company, one: Customer, when: date, amount: Decimal, kind: str) -> None:
    made.add(
        "billing",
        invoice=f"I{made.number('billing'):07d}",
        customer_id=one.name,
        billed_on=when,
        amount=amount,
        kind=kind,
    )


def _change(made: Company, one: Customer, month: date) -> None:
    """Now and then a plan up or down, from the first of the next month."""
    luck, start = made.luck, _next(month)
    step = 1 if luck.random() < 0.009 else -1 if luck.random() < 0.006 else 0
    if step and 0 <= one.plan + step < len(PLANS) and start <= LAST:
        _subscription(made, one, ended=start, reason="changed plan")
        one.plan, one.plan_since = one.plan + step, start


def _subscription(made: Company, one: Customer, ended: date | None, reason: str = "cancelled") -> None:
    if ended is not None and ended <= one.plan_since:
        ended = one.plan_since + timedelta(1)
    plan, fee = PLANS[one.plan]
    made.add(
        "subscriptions",
        customer_id=one.name,
        product=plan,
        started_on=one.plan_since,
        ended_on=ended or "",
        fee=fee,
        period="month",
        end_reason=reason if ended else "",
    )


def _leave(made: Company, one: Customer, first: date) -> None:
    """A contact left unresolved makes leaving three times as likely, in that month and the next two."""
    young = 1.5 if (first - one.joined).days < 365 else 1.0
    chance = 0.010 * one.patience * young * (3.0 if one.sore else 1.0)
    when = _day(made.luck, first) + timedelta(1)
    if made.luck.random() < chance and max(one.joined, one.plan_since) < when <= LAST:
        one.left = when


def _prospects(made: Company, customers: int) -> None:
    """Forty people who asked, and have not signed."""
    for number in range(customers + 1, customers + 41):
        made.add(
            "customers",
            customer_id=f"B{number:05d}",
            segment="Home",
            region=made.luck.choice(("North", "South", "East", "West")),
            channel="app",
            contact_permission="yes",
            email=f"b{number:05d}@example.com",
        )


def _organisation(made: Company) -> None:
    owners = {
        "Billing question": ("Pay", 3, "Billing", "no"),
        "Network fault": ("Use", 2, "Network", "no"),
        "Complaint": ("Get help", 5, "Contact centre", "complaint"),
        "Shop visit": ("Join", 1, "Shops", "no"),
        "App help": ("Get help", 4, "Digital", "no"),
    }
    for touchpoint, (stage, position, group, failure) in owners.items():
        made.add("touchpoints", touchpoint=touchpoint, stage=stage, position=position, failure=failure)
        made.add("responsibilities", group=group, touchpoint=touchpoint, role="owns", lever="")
    made.add("responsibilities", group="IT", touchpoint="Billing question", role="supports", lever="the billing system")
    for metric, target, owner in (
        ("nps", 25, "Head of customer experience"),
        ("csat", 0.80, "Head of customer experience"),
        ("retention", 0.86, "Head of retention"),
        ("customers_active", 1200, "Head of sales"),
        ("resolved_share", 0.85, "Head of service"),
    ):
        made.add("targets", metric=metric, period="2026", target=target, segment="", owner=owner)
    made.add("targets", metric="nps", period="2026", target=15, segment="Business", owner="Head of business sales")


def _finance(made: Company) -> None:
    """Reported revenue by month, as billed; in March 2026 a correction that the bills do not show."""
    months: dict[str, Decimal] = {}
    for row in made.files["billing"]:
        month = str(row["billed_on"])[:7]
        months[month] = months.get(month, Decimal(0)) + Decimal(str(row["amount"]))
    for month, amount in sorted(months.items()):
        booked = amount - Decimal("412.30") if month == "2026-03" else amount
        made.add("finance", period=month, line="reported revenue", amount=booked)


def _faults(made: Company) -> None:
    """What real files hold too: seven rows that must be set aside, each for a reason of its own."""
    bills = made.files["billing"]
    faulty = {"customer_id": "B00001", "kind": "purchase"}
    last = len(bills)
    bills.append({**faulty, "invoice": f"I{last + 1:07d}", "billed_on": "2026-02-31", "amount": "19.90"})
    bills.append({**faulty, "invoice": f"I{last + 2:07d}", "billed_on": "2026-03-02", "amount": "12.34567"})
    bills.append({**faulty, "invoice": f"I{last + 3:07d}", "billed_on": "2026-03-03", "amount": "n/a"})
    bills.append({**faulty, "invoice": f"I{last + 4:07d}", "billed_on": "2026-12-24", "amount": "19.90"})
    bills.append(dict(bills[REPEATED]))  # the same invoice twice
    made.files["customers"].append({**made.files["customers"][0], "customer_id": ""})
    made.files["survey"].append({**made.files["survey"][0], "response": "R999999", "metric": "nps", "score": 11})


if __name__ == "__main__":
    default = Path(__file__).parents[2] / "build" / "small-company"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
