"""What turns a right mapping into a wrong number: yearly fees, refunds above zero, staff among customers, odd ends.

Reads     a sure Plan.
Gives     the line that avoids it, where the cells say which; else the plan or the column becomes unsure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from worthline.ingest.billing import billed
from worthline.ingest.propose import left as flag
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.row_casting import KNOWN_KINDS, REFUND_KINDS

_KIND = ("kind", "type", "transactiontype", "ordertype", "entrytype", "recordtype", "paymenttype", "documenttype")
_MONEY_BACK = re.compile(r"refund|return|credit|charge.?back|storno|gutschrift|reembolso|rembours|devol", re.IGNORECASE)
_PURCHASE = {"sale", "order", "payment", "charge", "invoice", "purchase", "sales"}
_PERIOD = re.compile(r"^(plan|billing|subscription|fee)?(period|interval|cycle|frequency|term)$")
_PERIODS = {
    **dict.fromkeys(("month", "monthly", "m", "1 month", "every month", "monatlich", "mensual", "mensuel"), "month"),
    **dict.fromkeys(("year", "yearly", "annual", "annually", "y", "12 months", "jährlich", "anual", "annuel"), "year"),
}
_MONTHLY = re.compile(r"mrr|month|monat|mensual|mensuel")
_STAFF = re.compile(r"employee|staff|worker|personal.?n|mitarbeiter|empleado", re.IGNORECASE)
_OTHERS = re.compile(r"employee|staff|partner|supplier|vendor|mitarbeiter|enps|engagement", re.IGNORECASE)
_NEARLY_ALL = 0.95


def avoid(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Look for each trap of the plan's table."""
    if not plan.sure or plan.table is None:
        return
    check = _TRAPS.get(plan.table)
    if check is not None:
        check(plan, answers, questions)


def _doubt(plan: Plan, column: str, why: str) -> None:
    guess = plan.guess(column)
    if guess is not None and guess.why != "as you said":
        plan.guesses[plan.guesses.index(guess)] = replace(guess, sure=False, why=why)


def _sure(plan: Plan, column: str, p: Profile, why: str) -> None:
    plan.guesses = [g for g in plan.guesses if g.column != column]
    plan.guesses.append(Guess(column, p.header, True, why, p.samples))


def _customers(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    left = plan.guess("left_on")
    p = plan.group.profile(left.header) if left else None
    if left is None:
        flag.propose(plan, answers, questions)
    if p is not None and p.filled > _NEARLY_ALL * p.cells:
        _doubt(plan, "left_on", "it is filled for everybody: then all have left, or it is the end of a term")


def _transactions(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Refunds written above zero would count as revenue."""
    found = [p for p in plan.group.profiles if plain(p.header) in _KIND and any(map(_MONEY_BACK.search, p.counts))]
    amount = plan.guess("amount")
    kind = plan.guess("kind")
    if plan.system or not found or amount is None or amount.header not in plan.group.header:
        return
    p = found[0]
    if kind is not None and kind.sure and kind.header != p.header:
        return
    above = _signs(plan, p, plan.group.header.index(amount.header))
    known = all(v.lower() in KNOWN_KINDS or v.lower() in _PURCHASE for v in p.counts)
    key = ("kind", plan.group.shown)
    answer = answers.get(key)
    if known and above is not None and all(v.lower() in REFUND_KINDS for v in p.counts if _MONEY_BACK.search(v)):
        _sure(plan, "kind", p, "it says which rows are money paid back")
        meant = {v: "purchase" for v in sorted(p.counts) if v.lower() not in KNOWN_KINDS}
        if meant:
            plan.options.append(Line("values", {"kind": meant}, True, "each of these is a purchase"))
        if above:
            plan.options.append(Line("refunds", "positive", True, "money paid back stands above zero in the file"))
        return
    if answer == "all":
        return
    said = f"{p.header} says {', '.join(sorted(filter(_MONEY_BACK.search, p.counts))[:4])} of some rows"
    plan.sure, plan.why = False, f"{plan.why}; {said}: are they money paid back?"
    if answer is None:
        choices = (
            ("all", "count every amount as it is written"),
            ("", "leave the file out"),
        )
        questions.append(Question(key, plan.group.shown, f"{said}: are they money paid back?", choices))


def _signs(plan: Plan, p: Profile, amount: int) -> bool | None:
    """Whether money paid back stands above zero; None where it stands on both sides."""
    at = plan.group.header.index(p.header)
    back = {
        not (row[amount] or "").strip().startswith(("-", "("))
        for looked in plan.group.looks
        for row in zip(*looked.columns, strict=True)
        if row[at] and _MONEY_BACK.search(row[at]) and row[amount]
    }
    return back.pop() if len(back) == 1 else None


def _subscriptions(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """A yearly fee read as a month's is twelve times too much."""
    fee = plan.guess("fee")
    found = [p for p in plan.group.profiles if _PERIOD.match(plain(p.header)) and p.counts]
    period = plan.guess("period")
    if period is not None and period.sure and not found:
        found = [p for p in plan.group.profiles if p.header == period.header]
    if fee is None:
        return
    if _MONTHLY.search(plain(fee.header)):
        if period is not None:
            _doubt(plan, "fee", f"its name says a month, and {period.header} may say otherwise")
        elif found:
            plan.notes.append(f"{found[0].header} is how often it is billed; {fee.header} is a month's")
        return
    if found:
        p = found[0]
        meant = {v: _PERIODS.get(v.lower()) for v in sorted(p.counts)}
        if None in meant.values() and all(billed(v) for v in meant):
            _sure(plan, "period", p, "it says what a fee pays for")
            return
        if None in meant.values():
            _doubt(plan, "fee", f"what it pays for is in {p.header}, which says {', '.join(p.samples)}")
            return
        _sure(plan, "period", p, "it says what a fee pays for")
        other = {v: m for v, m in meant.items() if m is not None and v.lower() != m}
        if other:
            plan.options.append(Line("values", {"period": other}, True, "month and year in its own words"))
        return
    days = _term(plan)
    if days and min(days) >= 360 and max(days) <= 371:
        plan.constants.append(Line("period", "year", True, "each term lasts a year"))
    elif days and not (min(days) >= 27 and max(days) <= 32):
        _doubt(plan, "fee", f"terms last {min(days)} to {max(days)} days, and no column says what a fee pays for")


def _term(plan: Plan) -> list[int]:
    """Days of the current terms, where the export brings their start and end."""
    by_plain = {plain(h): at for at, h in enumerate(plan.group.header)}
    start = by_plain.get("currentperiodstart", by_plain.get("subscriptionscurrenttermstart"))
    end = by_plain.get("currentperiodend", by_plain.get("subscriptionscurrenttermend"))
    if start is None or end is None:
        return []
    found = []
    for looked in plan.group.looks:
        for first, last in zip(looked.columns[start], looked.columns[end], strict=True):
            try:
                found.append((date.fromisoformat((last or "")[:10]) - date.fromisoformat((first or "")[:10])).days)
            except ValueError:
                continue
    return found


def _feedback(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Answers of staff, partners or suppliers must not count as customers'."""
    said = plan.guess("respondent")
    if plan.system or (said is not None and said.sure):
        return
    staff = [h for h in plan.group.header if re.search(r"(?:id|no|number|nr)$", plain(h)) and _STAFF.search(h)]
    if not _OTHERS.search(plan.group.shown) and not (staff and plan.guess("customer_id") is None):
        return
    key = ("respondent", plan.group.shown)
    answer = answers.get(key)
    if answer:
        plan.constants.append(Line("respondent", answer, True, "as you said"))
        return
    why = f"{staff[0] if staff else 'its name'} speaks of others than customers"
    plan.sure, plan.why = False, f"{plan.why}; {why}"
    choices = tuple((w, w) for w in ("employee", "customer", "partner", "supplier"))
    if key not in {q.key for q in questions}:
        questions.append(Question(key, plan.group.shown, f"Who answered? {why}.", choices))


_TRAPS: dict[str, Callable[[Plan, Answers, list[Question]], None]] = {
    "customers": _customers,
    "transactions": _transactions,
    "subscriptions": _subscriptions,
    "feedback": _feedback,
}
