"""What was paid for a line of an order: pieces times the price of one, less a discount that stands beside them.

Reads     a Match for transactions, what a person answered.
Gives     the query that multiplies; the Question how a discount is taken off, its likeliest reading first.
Method    a discount is in percent by its header or its signs, a share where all lie within 1 and some have decimals,
          else an amount off the line, or off each piece. Codes, days and flags take nothing off.
Assumes   a column called unit price, beside a quantity, is the price of one piece.
"""

from __future__ import annotations

import re

from worthline.ingest.header_units import DISCOUNT, UNIT_PRICE
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import number

_PERCENT = re.compile(r"percent|pct|prozent|porcent|pourcent|percentuale|satz|rate|%|\bin %", re.IGNORECASE)
_NO_AMOUNT = re.compile(r"(code|id|type|name|reason|until|end|date|flag|applied|used|art|grund|campaign)s?$")
_LESS = {
    "percent": ("{q} x {p}, less {d} as percent of it", "{gross} * (1 - {less} / 100)"),
    "share": ("{q} x {p}, less {d} as a share of it (0.1 is 10%)", "{gross} * (1 - {less})"),
    "line": ("{q} x {p}, less {d} as an amount off the line", "{gross} - {less}"),
    "piece": ("{q} x ({p} less {d}): an amount off each piece", "{gross} - {many} * {less}"),
    "off": ("{q} x {p}: {d} is off the price already", "{gross}"),
}
"""How a discount is taken off: in words, and in SQL."""


def fill(result: Match, group: Group, answers: Answers) -> None:
    """Fill in the amount of a line where nothing else is it, with the discount's likeliest reading or the answer's."""
    parts = _parts(result, group)
    if parts is None:
        return
    many, price, discount = parts
    taken = set(map(plain, group.header))
    column = "charged" if "charged" not in taken else "charged_by_line"
    words, sql = f"{many.header} x {price.header}", "{gross}"
    if discount is not None:
        way = answers.get(_key(group)) or _likeliest(many, price, discount)[0]
        words, sql = _LESS[way]
        words = words.format(q=many.header, p=price.header, d=discount.header)
    pieces, of_one = f"cast({number(many)} as decimal(12, 3))", f"cast({number(price)} as decimal(14, 4))"
    less = f"coalesce(abs(cast({number(discount)} as decimal(14, 4))), 0)" if discount is not None else ""
    paid = sql.format(gross=f"{pieces} * {of_one}", many=pieces, less=less)
    paid = paid if discount is None else f"cast(round({paid}, 4) as decimal(18, 4))"
    result.query = f"select *, {paid} as {column}\nfrom {group.source}"
    result.query_why = f"what was paid for a line is {words}"
    result.guesses["amount"] = Guess("amount", column, True, words, price.samples)


def ask(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask how the discount beside price and pieces is taken off."""
    amount, group = plan.guess("amount"), plan.group
    discounts = _discounts(group)
    if amount is None or amount.header in group.header or not discounts or not plan.query or plan.system:
        return
    quantity = plan.guess("quantity")
    many = group.profile(quantity.header) if quantity is not None else None
    price = next((p for p in group.profiles if plain(p.header) in UNIT_PRICE), None)
    key = _key(group)
    if many is None or price is None or key in answers:
        return
    d = discounts[0]
    text = f"{d.header} stands beside {price.header} and {many.header}: how is it taken off?"
    plan.sure, plan.why = False, f"{plan.why}; {text}"
    choices = [
        (way, _LESS[way][0].format(q=many.header, p=price.header, d=d.header)) for way in _likeliest(many, price, d)
    ]
    questions.append(Question(key, group.shown, f"{text} For instance {', '.join(d.samples)}.", tuple(choices)))


def _key(group: Group) -> tuple[str, ...]:
    return ("discount", group.shown)


def _parts(result: Match, group: Group) -> tuple[Profile, Profile, Profile | None] | None:
    """(pieces, price of one, discount) that make the amount; None where it is known, or they are not all there."""
    quantity = result.guesses.get("quantity")
    priced = [p for p in group.profiles if plain(p.header) in UNIT_PRICE]
    if result.sure("amount") or quantity is None or not quantity.sure or len(priced) != 1:
        return None
    rivals = [h for h in result.rivals.get("amount", ()) if h != priced[0].header]
    many = group.profile(quantity.header)
    unread = [p for p in _called(group) if not (p.percent or p.numbers or p.flag or not p.counts)]
    if result.query or not group.stackable or rivals or many is None or unread:
        return None
    discount = next(iter(_discounts(group)), None)
    is_read = all(number(p) for p in (many, priced[0], *((discount,) if discount is not None else ())))
    return (many, priced[0], discount) if is_read else None


def _called(group: Group) -> list[Profile]:
    """Columns that are called a discount, and no code, day or flag of one."""
    names = ((p, plain(p.header)) for p in group.profiles)
    return [p for p, name in names if DISCOUNT.search(name) and not _NO_AMOUNT.search(name)]


def _discounts(group: Group) -> list[Profile]:
    """Columns of a discount in numbers, amounts first."""
    numbers = [p for p in _called(group) if p.percent or (p.numbers and p.range != (0.0, 0.0) and not p.dates)]
    return sorted(numbers, key=_is_percent)


def _is_percent(p: Profile) -> bool:
    return p.percent or bool(_PERCENT.search(p.header))


def _likeliest(many: Profile, price: Profile, discount: Profile) -> list[str]:
    """Ways of taking a discount off, the likeliest first; those that its cells rule out are left out."""
    if _is_percent(discount):
        is_share = not discount.percent and (discount.range or (0.0, 100.0))[1] <= 1
        return ["share" if is_share else "percent", "off"]
    values = [abs(v) for cell in discount.counts if (v := discount.value(cell)) is not None]
    prices = [v for cell in price.counts if (v := price.value(cell)) is not None]
    amounts = ["line", "piece"] if not many.counts.keys() <= {"1"} else ["line"]
    is_share = max(values) <= 1 and any(v % 1 for v in values) and max(prices) > 1
    is_percent = all(v % 5 == 0 for v in values) and max(values) <= 100 and max(values) > min(prices)
    return [*(["share"] if is_share else []), *(["percent"] if is_percent else []), *amounts, "off"]
