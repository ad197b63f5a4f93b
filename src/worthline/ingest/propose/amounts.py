"""What was paid: with or without tax, less what was given back.

Reads     a Plan for transactions.
Gives     a Question where tax may be in the amount, or what was given back off it; the query that takes it off.
"""

from __future__ import annotations

import re

from worthline.ingest.header_units import has_tax
from worthline.ingest.propose import sheets
from worthline.ingest.propose.names import plain, speaks_of_refunds
from worthline.ingest.propose.plan import Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import FITS, Profile
from worthline.ingest.propose.sql import number, quoted
from worthline.ingest.state_names import REFUNDED

_TAX = re.compile(
    r"^(sales|total)?(vat|tax|taxes|gst|mwst|ust|mehrwertsteuer|umsatzsteuer|steuer|tva|iva|btw|moms)(amount|total|betrag|eur|usd)?$|"
    r"^(montant|importe|importo)(tva|iva)$"
)
_RATE = re.compile(
    r"^(vat|tax|gst|mwst|ust|steuer|tva|iva|btw|moms)(rate|satz|percent|percentage|pct|tarief|sats)$|"
    r"^taux(de)?tva$|^tipo(de)?iva$"
)
_RATE_CELL = re.compile(r"^(\d{1,2}(?:[.,]\d+)?)\s*(%?)$")
_NET = re.compile(r"(?i:(^|[\W_])net(to|s)?([\W_]|$))|(^|(?<=[a-z]))Net(?=[A-Z]|$)")
_CENT = 0.011
_LOOKED_AT = 1000


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


def refund_columns(group: Group) -> list[Profile]:
    """Columns of what was given back off an amount beside them."""
    called = (p for p in group.profiles if REFUNDED.search(plain(p.header)) and p.numbers)
    return [p for p in called if any((p.value(cell) or 0) > 0 for cell in p.counts)]


def refunded(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask whether amounts given back, in a column of their own, are taken off already; else take them off."""
    refunds = refund_columns(plan.group)
    amount = plan.guess("amount")
    if plan.system or not refunds or (amount is not None and amount.header == refunds[0].header):
        return
    key, back = ("refunded", plan.group.shown), refunds[0]
    answer = answers.get(key)
    if answer == "off":
        plan.left_out.append((back.header, "as you said, the amount is net of it"))
        return
    gross = plan.group.profile(amount.header) if amount is not None else None
    is_able = gross is not None and bool(number(gross) and number(back)) and plan.group.stackable
    if answer == "take" and amount is not None and gross is not None:
        _take_off(plan, amount, gross, back)
        return
    doubt = f"{back.header} stands beside {amount.header if amount else 'the amount'}: is it taken off already?"
    plan.sure, plan.why = False, f"{plan.why}; {doubt}"
    if answer is None:
        take = [("take", "no: it is taken off, as a refund of the same day")] if is_able else []
        off = [("off", "yes, the amount is net of it")]
        both = [*off, *take] if gross is None or _is_net(plan.group, gross, back) else [*take, *off]
        questions.append(Question(key, plan.group.shown, doubt, (*both, ("", "not known: leave the file out"))))


def _is_net(group: Group, amount: Profile, back: Profile) -> bool:
    """Whether the amount is what remained: by its name, or since more was given back than it in some row."""
    if _NET.search(amount.header):
        return True
    at, of = group.header.index(amount.header), group.header.index(back.header)
    rows = (pair for looked in group.looks for pair in zip(looked.columns[at], looked.columns[of], strict=True))
    return any((back.value(b) or 0) > max(amount.value(a) or 0, 0) + _CENT for a, b in rows)


def _take_off(plan: Plan, amount: Guess, gross: Profile, back: Profile) -> None:
    """Two entries of each row: what was paid, and what was given back off it."""
    taken = {h.lower() for h in plan.group.header}
    paid, kind, entry = (sheets.free(name, taken) for name in ("paid", "kind_of_entry", "entry"))
    own = plan.guess("transaction_id")
    name = f"cast({quoted(own.header)} as varchar)" if own is not None else "null"
    back_name = f"{name} || '-refund'" if own is not None else "null"
    rows = f"({plan.query})" if plan.query else plan.group.source
    plan.query = (
        f"select *, {number(gross)} as {paid}, 'purchase' as {kind}, {name} as {entry}\nfrom {rows}\nunion all\n"
        f"select *, -abs({number(back)}) as {paid}, 'refund' as {kind}, {back_name} as {entry}\nfrom {rows}\n"
        f"where {number(back)} <> 0"
    )
    plan.query_why = "; ".join(filter(None, (plan.query_why, f"{back.header} is a refund, on the day of its row")))
    made = {"amount": paid, "kind": kind, "transaction_id": entry if own is not None else ""}
    plan.guesses = [g for g in plan.guesses if g.column not in made]
    plan.guesses += [Guess(c, h, True, "made by the query above", amount.samples[:0]) for c, h in made.items() if h]
