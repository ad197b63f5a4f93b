"""What was paid: pieces times their price, and rows that are no revenue because they were cancelled.

Reads     a Match or a Plan for transactions.
Gives     the query that multiplies; a Question where a status says that some rows may not count.
Assumes   a column called unit price, beside a quantity and without a discount, is the price of one piece.
"""

from __future__ import annotations

import re

from worthline.ingest.numbers import NO
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted

_UNIT_PRICE = (
    *("unitprice", "priceperunit", "priceeach", "unitsaleprice", "einzelpreis", "stueckpreis", "stückpreis"),
    *("preciounitario", "prixunitaire", "prezzounitario", "stukprijs"),
)
_DISCOUNT = re.compile(r"discount|rabatt|descuento|remise|sconto|korting|coupon")
_NO_REVENUE = re.compile(
    r"cancel|void|fail|declin|reject|unpaid|pending|draft|abandon|expired|chargeback|unavailable|return|refund|"
    r"storno|annul|anulad|error",
    re.IGNORECASE,
)
_FLAGS = re.compile(r"^(is|was)?(cancell?ed|refunded|void|voided|returned|storno)$")
_GOOD = re.compile(r"^(is|was)?(captured|paid|successful|success|settled|won)$")
_YES = ("1", "true", "yes", "y", "t")
_REFUNDED = re.compile(r"refund|reembols|rembours|erstatt")


def by_pieces(found: Match, group: Group) -> None:
    """Fill in the amount of a line as quantity x unit price, where nothing else is the amount."""
    quantity = found.guesses.get("quantity")
    priced = [p for p in group.profiles if plain(p.header) in _UNIT_PRICE]
    if found.sure("amount") or quantity is None or not quantity.sure or len(priced) != 1:
        return
    if found.query or not group.queryable:
        return
    rivals = [h for h in found.rivals.get("amount", ()) if h != priced[0].header]
    pieces = group.profiles[group.header.index(quantity.header)]
    if (
        rivals
        or any(_DISCOUNT.search(plain(h)) for h in group.header)
        or not (_is_plain(priced[0]) and _is_plain(pieces))
    ):
        return
    made = "charged" if "charged" not in map(plain, group.header) else "charged_by_line"
    one, many = quoted(priced[0].header), quoted(quantity.header)
    found.query = (
        f"select *, try_cast({many} as decimal(12, 3)) * try_cast({one} as decimal(14, 4)) as {made}\n"
        f"from {group.source}"
    )
    found.query_why = f"what was paid for a line is {quantity.header} times {priced[0].header}"
    found.guesses["amount"] = Guess("amount", made, True, f"{quantity.header} x {priced[0].header}", priced[0].samples)


def _is_plain(p: Profile) -> bool:
    return any((s.decimal, s.thousands, s.symbols) == (".", "", ()) for s in p.numbers) and p.apart(p.numbers)[1:] == []


def status(plan: Plan, group: Group, alias: str, answers: Answers, questions: list[Question]) -> None:
    """Ask which rows count, where a column of `group` says that some were cancelled or not paid."""
    found = [(p, bad) for p in group.profiles if (bad := _no_revenue(p))]
    if not found or plan.system:
        return
    p, bad = found[0]
    key = ("status", plan.group.shown)
    answer = answers.get(key)
    said = f"{p.header} of {group.shown} says {', '.join(bad[:5])} of some rows: are they revenue?"
    if answer is None:
        plan.sure, plan.why = False, f"{plan.why}; {said}"
        choices = [("some", f"leave out rows that say {', '.join(bad)}")] if plan.group.queryable else []
        questions.append(Question(key, plan.group.shown, said, (*choices, ("all", "all rows count"))))
    elif answer == "some":
        column = f"{alias}{quoted(p.header)}"
        where = f"where coalesce(cast({column} as varchar), '') not in ({', '.join(map(literal, bad))})"
        plan.query = f"{plan.query or f'select *{chr(10)}from {plan.group.source}'}\n{where}"
        plan.query_why = "; ".join(filter(None, (plan.query_why, f"rows that say {', '.join(bad)} are no revenue")))


def refunded(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether amounts given back, in a column of their own, are taken off already."""
    found = [p for p in plan.group.profiles if _REFUNDED.search(plain(p.header)) and p.range and p.range[1] > 0]
    amount = plan.guess("amount")
    if plan.system or not found or (amount is not None and amount.header == found[0].header):
        return
    key = ("refunded", plan.group.shown)
    if answers.get(key) == "off":
        return
    said = f"{found[0].header} stands beside {amount.header if amount else 'the amount'}: is it taken off already?"
    plan.sure, plan.why = False, f"{plan.why}; {said}"
    if key not in answers:
        choices = (("off", "yes, the amount is net of it"), ("", "no, or not known: leave the file out"))
        questions.append(Question(key, plan.group.shown, said, choices))


def _no_revenue(p: Profile) -> list[str]:
    name = plain(p.header)
    if name.endswith("status") and len(p.counts) <= 40:
        return sorted(v for v in p.counts if _NO_REVENUE.search(v))
    if p.flag and (_FLAGS.match(name) or _GOOD.match(name)):
        wanted = _YES if _FLAGS.match(name) else NO
        return sorted(v for v in p.counts if v.lower() in wanted)
    return []
