"""Lives -> the rows of the files that a company would have: CRM, billing, tickets, network, deliveries, surveys.

Reads     Lives, a block of customers at a time.
Gives     Arrow tables by file name; columns as the exporting systems call them, dates and times as they write them.
Method    what befell a customer comes early in a month, contacts after it, surveys after those, leaving last: the order
          in which the month was lived.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from worthline.demo import texts
from worthline.demo.chance import Chance
from worthline.demo.live import Life
from worthline.demo.mobile import AREAS_IN_REGION, CONTRACTS, FEES, PLANS, REGIONS, USAGE, Columns
from worthline.demo.organisation import TREATMENTS

Files = dict[str, list[pa.Table]]
CONTACT_CHANNELS = ("chat", "phone", "shop")
ITEMS = {"Q2_1": "outage", "Q2_2": "billing_error", "Q2_3": "unresolved", "Q2_4": None}
"""Questions of the survey beside the first, and what each hears of: network, billing, service, price."""
DECLINED = 99
"""The code for: rather not say."""
CENT = Decimal("0.01")
FIRST_NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jon", "Kim", "Lea", "Max", "Nora")
LAST_NAMES = (
    "Abbott",
    "Brandt",
    "Chen",
    "Diaz",
    "Evans",
    "Fischer",
    "Gupta",
    "Hill",
    "Ito",
    "Jones",
    "Kowalski",
    "Lee",
)


def identity(who: NDArray[Any], prefix: str) -> pa.Array:
    """Customers' numbers as a company writes them: LM0000017.

    Shapes: `who` (n,) numbers of customers; gives (n,).
    """
    digits = pc.utf8_lpad(pc.cast(pa.array(who + 1), pa.string()), 7, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def named(names: tuple[str, ...], number: NDArray[Any], unless: NDArray[np.bool_] | None = None) -> pa.Array:
    """Names by their numbers; null where `unless`.

    Shapes: `number`, `unless` (n,); gives (n,).
    """
    return pa.array(names, pa.string()).take(pa.array(number.astype(np.int64), mask=unless))


def cents(amount: NDArray[Any]) -> pa.Array:
    """Cents as money with two decimals, exactly.

    Shapes: `amount` (n,); gives (n,).
    """
    whole = pc.cast(pa.array(amount.astype(np.int64)), pa.decimal128(19, 0))
    return pc.cast(pc.multiply(whole, pa.scalar(CENT)), pa.decimal128(18, 2))


def yes_no(flag: NDArray[np.bool_]) -> pa.Array:
    """Flags as people write them.

    Shapes: `flag` (n,); gives (n,).
    """
    return named(("no", "yes"), flag.astype(np.int64))


class Days:
    """The days of one world's months."""

    def __init__(self, life: Life, t: int) -> None:
        year, month = life.world.month(t)
        self.first = np.datetime64(f"{year:04d}-{month:02d}-01", "D")
        self.chance, self.t = life.world.chance, t

    def day(self, who: NDArray[Any], least: int, most: int, *name: object) -> NDArray[np.datetime64]:
        """A day of the month for each of `who`, from `least` to `most`.

        Shapes: `who` (n,) numbers of customers; gives (n,).
        """
        days: Any = self.chance.whole(least, most, who, *name, self.t) - 1
        on_day: NDArray[np.datetime64] = self.first + days.astype("timedelta64[D]")
        return on_day

    def time(self, day: NDArray[np.datetime64], who: NDArray[Any], *name: object) -> NDArray[np.datetime64]:
        """A time between eight and twenty on each day.

        Shapes: `day` (n,); `who` (n,) numbers of customers; gives (n,).
        """
        seconds: Any = self.chance.whole(8 * 3600, 20 * 3600, who, *name, "time", self.t)
        moment: NDArray[np.datetime64] = day.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
        return moment


def of_block(life: Life, prefix: str) -> Files:
    """All rows of one block of customers, by file."""
    files: Files = {}
    ids = identity(life.people["who"], prefix)
    ended = _ended(life)
    for t, lived in enumerate(life.months):
        record = {**lived, "who": life.people["who"]}
        days = Days(life, t)
        _befell(files, life, record, ids, days)
        contacts = _tickets(files, life, record, ids, days)
        _money(files, life, record, ids, days)
        _surveys(files, life, record, ids, days, contacts)
        _treated(files, record, ids, days)
    _customers(files, life, ids, ended)
    if "plan" in life.months[0]:
        _subscriptions(files, life, ids, ended)
    return files


def _add(files: Files, name: str, **columns: Any) -> None:
    table = pa.table({title.replace("_", " "): column for title, column in columns.items()})
    files.setdefault(name, []).append(table)


def _ended(life: Life) -> NDArray[np.datetime64]:
    """The first day no longer a customer; NaT where still one. A shop's customers never say so."""
    ended = np.full(life.people["who"].size, np.datetime64("NaT", "D"))
    for t, record in enumerate(life.months):
        days = Days(life, t).day(life.people["who"], 22, 28, "leaves on")
        ended = np.where(record["leaves"], days, ended)
    return ended


def _joined(life: Life) -> NDArray[np.datetime64]:
    first = np.datetime64(f"{life.world.month(0)[0]:04d}-{life.world.month(0)[1]:02d}", "M")
    months = first + life.people["joined"].astype("timedelta64[M]")
    day: NDArray[np.datetime64] = months.astype("datetime64[D]") + (life.people["joined_day"].astype(int) - 1)
    return day


def _customers(files: Files, life: Life, ids: pa.Array, ended: NDArray[np.datetime64]) -> None:
    one, company, chance = life.people, life.company, life.world.chance
    who = one["who"]
    through, by = _won(life, ids)
    areas = tuple(f"Store {area + 1:02d}" for area in range(one["area"].max(initial=0) + 1))
    first = named(FIRST_NAMES, chance.whole(0, len(FIRST_NAMES) - 1, who, "first name"))
    last = named(LAST_NAMES, chance.whole(0, len(LAST_NAMES) - 1, who, "last name"))
    columns: dict[str, Any] = {
        "CustID": ids,
        "Start_Date": _joined(life),
        "Name": pc.binary_join_element_wise(first, last, " "),
        "E-mail": pc.binary_join_element_wise(pc.utf8_lower(ids), "@example.com", ""),
        "Segment": named(vars(company)["SEGMENTS"], one["segment"]),
        "Region": named(REGIONS, one["area"] // AREAS_IN_REGION),
        "Store": named(areas, one["area"]),
        "Preferred_Channel": named(vars(company)["CHANNELS"], one["channel"]),
        "Acquired_Through": through,
        "Referred_By": by,
        "May_We_Call": named(("yes", "no", "unknown"), one["permission"]),
    }
    if "plan" in one:
        columns["End_Date"] = ended
        columns["Usage"] = named(USAGE, one["usage"])
        columns["Contract"] = named(CONTRACTS, one["contract"])
    _add(files, "crm/customers", **columns)


def _won(life: Life, ids: pa.Array) -> tuple[pa.Array, pa.Array]:
    """How each was won; of those who came by referral, by whom: somebody who referred in the month before."""
    one, chance = life.people, life.world.chance
    n = one["who"].size
    through = chance.choice((0.0, 0.5, 0.4, 0.1), one["who"], "won")
    long_ago = (one["joined"] < 0) & chance.happens(0.2, one["who"], "won by word")
    through = np.where(long_ago, 0, through)
    by = np.full(n, -1)
    for t in range(1, life.world.months):
        referrers = np.flatnonzero(life.months[t - 1]["refers"])
        joiners = np.flatnonzero(one["joined"] == t)[: referrers.size]
        through[joiners] = 0
        by[joiners] = referrers[: joiners.size]
    referrer = ids.take(pa.array(np.maximum(by, 0), mask=by < 0))
    return named(("referral", "organic", "paid", "partner"), through), referrer


def _subscriptions(files: Files, life: Life, ids: pa.Array, ended: NDArray[np.datetime64]) -> None:
    """One row per plan's term: a change of plan ends one and begins another on the first of the next month."""
    n = life.people["who"].size
    since, joined = _joined(life), _joined(life)
    plan = life.months[0]["plan"]
    for t in range(1, life.world.months):
        now = life.months[t]["plan"]
        changed = (now != plan) & life.months[t]["here"]
        _term(files, ids, changed, plan, since, np.full(n, Days(life, t).first), "changed plan")
        since = np.where(changed, Days(life, t).first, since)
        plan = np.where(life.months[t]["here"], now, plan)
    gone = ~np.isnat(ended)
    _term(files, ids, gone, plan, since, ended, "cancelled")
    _term(files, ids, ~gone & (joined <= Days(life, life.world.months - 1).first + 30), plan, since, ended, None)


def _term(
    files: Files,
    ids: pa.Array,
    some: NDArray[np.bool_],
    plan: NDArray[Any],
    since: NDArray[np.datetime64],
    until: NDArray[np.datetime64],
    reason: str | None,
) -> None:
    at = np.flatnonzero(some)
    _add(
        files,
        "billing/subscriptions",
        Account=ids.take(pa.array(at)),
        Plan=named(PLANS, plan[at]),
        From=since[at],
        To=until[at],
        Monthly_Fee=cents(FEES[plan[at]]),
        Reason=pa.array([reason] * at.size, pa.string()),
    )


def _befell(files: Files, life: Life, record: Columns, ids: pa.Array, days: Days) -> None:
    """Outages, wrong bills found later, deliveries with whether they came in time."""
    who, chance = record["who"], days.chance
    if "outage" in record:
        at = np.flatnonzero(record["outage"])
        began = days.time(days.day(life.people["area"][at], 4, 10, "outage on"), life.people["area"][at], "outage at")
        minutes = chance.whole(40, 600, life.people["area"][at], "outage for", days.t)
        _add(files, "network/outages", Account=ids.take(pa.array(at)), Began=began, Minutes=minutes)
        at = np.flatnonzero(record["billing_error"])
        _add(files, "billing/corrections", Account=ids.take(pa.array(at)), Billed_On=np.full(at.size, days.first + 2))
    at = np.flatnonzero(record["delivery"])
    _add(
        files,
        "logistics/deliveries",
        Account=ids.take(pa.array(at)),
        Delivered=days.day(who[at], 5, 12, "delivered"),
        On_Time=yes_no(~record["late"][at]),
    )


def channels(life: Life, record: Columns, t: int) -> NDArray[Any]:
    """Through which of CONTACT_CHANNELS each got in touch in month `t`, as places; the last touchpoint is a shop's."""
    last = len(vars(life.company)["TOUCHPOINTS"]) - 1
    return np.where(
        record["about"] == last, 2, life.world.chance.choice((0.35, 0.65, 0.0), life.people["who"], "by", t)
    )


def _tickets(files: Files, life: Life, record: Columns, ids: pa.Array, days: Days) -> NDArray[np.datetime64]:
    """Contacts, and those who had to come again; the times of the first ones are returned."""
    who, chance, touchpoints = record["who"], days.chance, vars(life.company)["TOUCHPOINTS"]
    opened = days.time(days.day(who, 13, 17, "contact"), who, "contact at")
    channel = channels(life, record, days.t)
    for again in (False, True):
        at = np.flatnonzero(record["again" if again else "contact"])
        when = opened[at] + (chance.whole(1, 3, who[at], "again after", days.t) * 86_400 if again else 0)
        _add(
            files,
            "service/tickets",
            Ticket=_ticket(ids, at, days.t),
            Account=ids.take(pa.array(at)),
            Opened=when,
            Topic=named(touchpoints, record["about"][at]),
            Channel=named(CONTACT_CHANNELS, channel[at]),
            Solved=yes_no(~record["unresolved"][at]),
            Wait_s=record["wait"][at],
            Handling_s=chance.whole(180, 1100, who[at], "handling", again, days.t),
        )
    return opened


def _ticket(ids: pa.Array, at: NDArray[Any], t: int) -> pa.Array:
    return pc.binary_join_element_wise(f"T{t:02d}", pc.utf8_slice_codeunits(ids.take(pa.array(at)), 2), "-")


def _money(files: Files, life: Life, record: Columns, ids: pa.Array, days: Days) -> None:
    """Bills or orders, and what was given back, one file per year."""
    year = life.world.month(days.t)[0]
    if "bill" in record:
        name, mobile = f"billing/invoices-{year}", True
        paid = [("charge", record["bill"], record["bill_margin"], record["bill"] > 0, 1, 1)]
        paid.append(("credit note", -record["credit"], -record["credit"], record["credit"] > 0, 24, 28))
    else:
        name, mobile = f"shop/orders-{year}", False
        share = vars(life.company)["MARGINS"][life.people["segment"]]
        orders = [record[f"order_{k}"] for k in (1, 2, 3)]
        paid = [
            ("purchase", order, np.rint(order * share), order > 0, 1 + 3 * k, 3 + 3 * k)
            for k, order in enumerate(orders)
        ]
        back = record["refund"]
        paid.append(("refund", -back, -np.rint(back * share), back > 0, 15, 24))
    for number, (kind, amount, margin, some, least, most) in enumerate(paid):
        at = np.flatnonzero(some)
        on = days.day(record["who"][at], least, most, "paid on", number)
        joins = life.people["joined"][at] == days.t
        if mobile and kind == "charge":
            on = np.where(joins, days.first + life.people["joined_day"][at].astype(int) - 1, on)
        if not mobile and number == 0:
            # Who joins does so with the first order.
            on = np.where(joins, days.first + life.people["joined_day"][at].astype(int) - 1, on)
        invoice = _ticket(ids, at, days.t)
        columns: dict[str, Any] = {
            "Invoice": pc.binary_join_element_wise(f"I{number}", invoice, ""),
            "Account": ids.take(pa.array(at)),
            "Date": on,
            "Type": pa.array([kind] * at.size, pa.string()),
            "Amount": cents(amount[at]),
            "Margin": cents(margin[at]),
        }
        _add(files, name, **columns)


def _surveys(
    files: Files, life: Life, record: Columns, ids: pa.Array, days: Days, contacts: NDArray[np.datetime64]
) -> None:
    """Who was asked, what they answered; and answers after contacts."""
    who, chance = record["who"], days.chance
    asked = np.flatnonzero(record["asked"])
    sent = days.day(who[asked], 18, 19, "sent")
    answered = record["answered"][asked]
    response = _ticket(ids, asked, days.t)
    response = pc.if_else(pa.array(answered), pc.binary_join_element_wise("R", response, "_"), None)
    _add(files, "survey/invitations", Account=ids.take(pa.array(asked)), Sent=sent, Response=response)
    at = asked[answered]
    score = record["score"][at].astype(np.int64)
    declined = chance.happens(0.02, who[at], "rather not", days.t)
    columns: dict[str, Any] = {
        "ResponseId": response.filter(pa.array(answered)),
        "RecordedDate": days.time(sent[answered] + 1, who[at], "recorded"),
        "Status": pa.array(["IP Address"] * at.size, pa.string()),
        "ExternalReference": ids.take(pa.array(at)),
        "Q1_NPS": np.where(declined, DECLINED, score),
    }
    for number, (item, cause) in enumerate(ITEMS.items()):
        columns[item] = _item(chance, record, at, cause, number, days.t)
    columns["Q3_TEXT"] = texts.said(chance, record, at, 10, score, "nps", days.t)
    table = pa.table(columns)
    files.setdefault("survey/relationship", []).append(table)
    at = np.flatnonzero(record["polled"])
    stars = record["csat"][at]
    _add(
        files,
        "survey/after_contact",
        id=pc.binary_join_element_wise("S", _ticket(ids, at, days.t), "_"),
        created_at=contacts[at] + 7200,
        person=ids.take(pa.array(at)),
        score=stars,
        comment=texts.said(chance, record, at, 5, stars, "csat", days.t),
        topic=named(vars(life.company)["TOUCHPOINTS"], record["about"][at]),
    )


def _item(
    chance: Chance, record: Columns, at: NDArray[Any], cause: str | None, number: int, t: int
) -> NDArray[np.int64]:
    """A rating from 0 to 10 of one side of the company: the feeling, what went wrong there, and noise of its own."""
    who = record["who"][at]
    mean = 7.2 + (1.2, 0.7, 1.4, 0.9)[number] * record["feeling"][at]
    if cause in record:
        mean = mean - 2.0 * record[cause][at]
    rated: NDArray[np.int64] = np.clip(np.rint(mean + 1.2 * chance.normal(who, "item", number, t)), 0, 10).astype(int)
    return rated


def _treated(files: Files, record: Columns, ids: pa.Array, days: Days) -> None:
    """Who was in an initiative this month, and in which arm."""
    for column, (initiative, channel, cost) in TREATMENTS.items():
        if column not in record:
            continue
        at = np.flatnonzero(record[column] >= 0)
        treated = record[column][at] == 1
        _add(
            files,
            "programme/treatments",
            customer=ids.take(pa.array(at)),
            assigned=days.day(record["who"][at], 2, 3, "assigned", column),
            initiative=pa.array([initiative] * at.size, pa.string()),
            arm=named(("control", "treated"), treated.astype(np.int64)),
            cost=cents(np.where(treated, cost, 0)),
            channel=pa.array([channel] * at.size, pa.string()),
        )
