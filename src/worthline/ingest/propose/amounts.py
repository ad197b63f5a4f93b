"""What was paid: pieces times their price, with or without tax, less what was given back.

Reads     a Match or a Plan for transactions.
Gives     the query that multiplies; a Question where tax may be in the amount, or what was given back off it.
Assumes   a column called unit price, beside a quantity and without a discount, is the price of one piece.
"""

from __future__ import annotations

import re

from worthline.ingest.header_units import DISCOUNT, UNIT_PRICE, has_tax
from worthline.ingest.propose import sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain, speaks_of_refunds
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import FITS, Profile
from worthline.ingest.propose.sql import quoted

_TAX = re.compile(
    r"^(sales|total)?(vat|tax|taxes|gst|mwst|ust|mehrwertsteuer|umsatzsteuer|steuer|tva|iva|btw|moms)(amount|total|betrag|eur|usd)?$|"
    r"^(montant|importe|importo)(tva|iva)$"
)
_RATE = re.compile(
    r"^(vat|tax|gst|mwst|ust|steuer|tva|iva|btw|moms)(rate|satz|percent|percentage|pct|tarief|sats)$|"
    r"^taux(de)?tva$|^tipo(de)?iva$"
)
_RATE_CELL = re.compile(r"^(\d{1,2}(?:[.,]\d+)?)\s*(%?)$")
_CENT = 0.011
_LOOKED_AT = 1000
_REFUNDED = re.compile(r"refund|reembols|rembours|erstatt")


def by_pieces(result: Match, group: Group) -> None:
    """Fill in the amount of a line as quantity x unit price, where nothing else is the amount."""
    quantity = result.guesses.get("quantity")
    priced = [p for p in group.profiles if plain(p.header) in UNIT_PRICE]
    if result.sure("amount") or quantity is None or not quantity.sure or len(priced) != 1:
        return
    if result.query or not group.queryable:
        return
    rivals = [h for h in result.rivals.get("amount", ()) if h != priced[0].header]
    pieces = group.profiles[group.header.index(quantity.header)]
    if rivals or any(DISCOUNT.search(plain(h)) for h in group.header) or not (is_plain(priced[0]) and is_plain(pieces)):
        return
    column = "charged" if "charged" not in map(plain, group.header) else "charged_by_line"
    price, many = quoted(priced[0].header), quoted(quantity.header)
    result.query = (
        f"select *, try_cast({many} as decimal(12, 3)) * try_cast({price} as decimal(14, 4)) as {column}\n"
        f"from {group.source}"
    )
    result.query_why = f"what was paid for a line is {quantity.header} times {priced[0].header}"
    result.guesses["amount"] = Guess(
        "amount", column, True, f"{quantity.header} x {priced[0].header}", priced[0].samples
    )


def paid_back(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether each row is money paid back, where the file's name says so and no column does."""
    amount, kind = plan.guess("amount"), plan.guess("kind")
    p = plan.group.profile(amount.header) if amount is not None else None
    if plan.system or p is None or kind is not None or not speaks_of_refunds(plan.group.shown):
        return
    signs = {n > 0 for cell in p.counts if (n := p.value(cell))}
    if len(signs) != 1:
        return
    key = ("refunds", plan.group.shown)
    reason = f"the name of {plan.group.shown} speaks of money paid back"
    if key not in answers:
        plan.sure, plan.why = False, f"{plan.why}; {reason}"
        choices = (("refund", "each row is money paid back"), ("purchase", "each row is a sale"))
        questions.append(Question(key, plan.group.shown, f"What are its rows? ({reason})", choices))
    elif answers[key] == "refund":
        plan.constants.append(Line("kind", "refund", True, "as you said"))
        plan.options.append(Line("refunds", "positive", True, "money paid back stands above zero in the file"))
        receipt = plan.guess("transaction_id")
        if receipt is not None and receipt.why == "a usual name of it":
            # The number of the order that was paid back stands in the file of sales, too.
            plan.guesses.remove(receipt)


def taxed(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask which amount is revenue, where one column is the amount's own, less the tax beside it."""
    amount = plan.guess("amount")
    if _with_rate(plan, answers, questions):
        return
    gross = plan.group.profile(amount.header) if amount is not None and amount.why != "as you said" else None
    taxes = [p for p in plan.group.profiles if _TAX.match(plain(p.header)) and p.numbers]
    if plan.system or gross is None or amount is None or not taxes:
        return
    others = (p for p in plan.group.profiles if p not in (gross, taxes[0]) and p.numbers)
    net = next((p for p in others if _adds_up(plan.group, p, taxes[0], gross)), None)
    key = ("tax", plan.group.shown)
    if net is None or answers.get(key) == gross.header:
        return
    reason = f"{net.header} and {taxes[0].header} come to {gross.header}"
    if answers.get(key) == net.header:
        plan.guesses[plan.guesses.index(amount)] = Guess("amount", net.header, True, "as you said", net.samples)
        return
    plan.sure, plan.why = False, f"{plan.why}; {reason}"
    choices = ((net.header, f"{net.header}: without tax"), (gross.header, f"{gross.header}: with tax"))
    questions.append(Question(key, plan.group.shown, f"{reason}. Which of them is revenue?", choices))


def _with_rate(plan: Plan, answers: Answers, questions: list[Question]) -> bool:
    """Whether tax is in the amount, by its header, and its rate stands beside it; then ask which of them is revenue."""
    amount = plan.guess("amount")
    gross = plan.group.profile(amount.header) if amount is not None else None
    rates = [p for p in plan.group.profiles if _RATE.search(plain(p.header)) and p.counts]
    if plan.system or gross is None or amount is None or len(rates) != 1 or not has_tax(gross.header):
        return False
    rate = rates[0]
    shares = [_RATE_CELL.match(cell) for cell in rate.counts]
    if not all(shares) or not (plan.group.queryable and is_plain(gross)) or plan.query:
        return False
    key = ("tax", plan.group.shown)
    reason = f"tax is in {gross.header}, at {rate.header}"
    if key not in answers:
        plan.sure, plan.why = False, f"{plan.why}; {reason}"
        choices = (("net", f"{gross.header} without tax"), (gross.header, f"{gross.header}: with tax"))
        questions.append(Question(key, plan.group.shown, f"{reason}. Which of them is revenue?", choices))
    elif answers[key] == "net":
        column = sheets.free("net_of_tax", {h.lower() for h in plan.group.header})
        share = f"try_cast(replace(replace(cast({quoted(rate.header)} as varchar), '%', ''), ',', '.') as double)"
        of_one = any(shared and shared[2] for shared in shares) or any(
            float(m[1].replace(",", ".")) > 1 for m in shares if m
        )
        net = f"round({quoted(gross.header)}::double / (1 + {share}{' / 100' if of_one else ''}), 2)"
        plan.query = f"select *, cast({net} as decimal(18, 2)) as {column}\nfrom {plan.group.source}"
        plan.query_why = f"of {gross.header} the tax at {rate.header} is taken off"
        plan.guesses[plan.guesses.index(amount)] = Guess("amount", column, True, "as you said", gross.samples)
    return True


def _adds_up(group: Group, net: Profile, tax: Profile, gross: Profile) -> bool:
    """Whether net and tax come to the gross amount in nearly all rows that bear a tax."""
    columns = [(group.header.index(p.header), p) for p in (net, tax, gross)]
    rows = [
        [p.value(looked.columns[index][n]) for index, p in columns]
        for looked in group.looks
        for n in range(min(len(looked.columns[0]), _LOOKED_AT))
    ]
    sums = [(a + b, c) for a, b, c in rows if a is not None and b and c is not None]
    return bool(sums) and sum(abs(total - gross_value) <= _CENT for total, gross_value in sums) >= FITS * len(sums)


def is_plain(p: Profile) -> bool:
    """Whether SQL reads the column's numbers as they stand."""
    return any((s.decimal, s.thousands, s.symbols) == (".", "", ()) for s in p.numbers) and p.apart(p.numbers)[1:] == []


def refunded(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether amounts given back, in a column of their own, are taken off already."""
    refunds = [p for p in plan.group.profiles if _REFUNDED.search(plain(p.header)) and p.range and p.range[1] > 0]
    amount = plan.guess("amount")
    if plan.system or not refunds or (amount is not None and amount.header == refunds[0].header):
        return
    key = ("refunded", plan.group.shown)
    if answers.get(key) == "off":
        return
    doubt = f"{refunds[0].header} stands beside {amount.header if amount else 'the amount'}: is it taken off already?"
    plan.sure, plan.why = False, f"{plan.why}; {doubt}"
    if key not in answers:
        choices = (("off", "yes, the amount is net of it"), ("", "no, or not known: leave the file out"))
        questions.append(Question(key, plan.group.shown, doubt, choices))
