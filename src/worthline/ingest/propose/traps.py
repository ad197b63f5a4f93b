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

_KIND = (
    *(
        "kind",
        "type",
        "transactiontype",
        "ordertype",
        "entrytype",
        "recordtype",
        "paymenttype",
        "documenttype",
        "doctype",
    ),
    *(
        "belegart",
        "belegtyp",
        "vorgangsart",
        "vorgang",
        "buchungsart",
        "transaktionsart",
        "typ",
        "tipo",
        "tipodocumento",
    ),
    *("tipodedocumento", "tipomovimiento", "typedocument", "typepiece", "tipodoc", "soort", "linetype", "invoicetype"),
)
_BACK = re.compile(
    r"^(refund(ed)?|return(ed)?|credit[ -]?(note|memo)|chargeback|storno|stornierung|gutschrift|"
    r"rückerstattung|erstattung|reembolso|devoluci[oó]n|abono|nota de cr[eé]dito|remboursement|"
    r"avoir|rimborso|reso|nota di credito|retour|"
    r"creditnota|creditfactuur|estorno|devolução)s?$",
    re.IGNORECASE,
)
"""Words for money paid back that mean nothing else, whatever their column is called."""
_MONEY_BACK = re.compile(r"refund|return|credit|charge.?back|storno|gutschrift|reembolso|rembours|devol", re.IGNORECASE)
_PURCHASE = set(
    "sale order payment charge invoice purchase sales rechnung verkauf kauf bestellung umsatz facture vente commande "  # noqa: SIM905
    "factura venta pedido compra fattura vendita ordine factuur verkoop fatura".split()
)
_PERIOD = re.compile(
    r"^(plan|billing|subscription|fee|payment|invoice|renewal)?(periods?|interval|cycle|frequency|term|cadence)$|"
    r"^period(icidad|icidade|icite|icité|icita|icità|o|iciteit)$|(abrechnungs|zahlungs|zahl|abo)(zeitraum|weise|intervall|"
    r"turnus|rhythmus|periode)$|turnus$|^frequ?(encia|ence|enza|entie|ência)|facturacion$|facturación$|facturation$|"
    r"^billing$|^termijn$"
)
_PERIODS = {
    **dict.fromkeys(("month", "monthly", "m", "1 month", "every month", "monatlich", "mensual", "mensuel"), "month"),
    **dict.fromkeys(("year", "yearly", "annual", "annually", "y", "12 months", "jährlich", "anual", "annuel"), "year"),
}
_MONTHLY = re.compile(r"mrr|month|monat|mensual|mensuel")
_STAFF = re.compile(r"employee|staff|worker|personal.?n|mitarbeiter|empleado", re.IGNORECASE)
_OTHERS = re.compile(r"employee|staff|partner|supplier|vendor|mitarbeiter|enps|engagement", re.IGNORECASE)
_NEARLY_ALL = 0.95
_FEW = 12
"""Words for a period that one column holds at most."""


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
    kind_columns = [
        p for p in plan.group.profiles if plain(p.header) in _KIND and any(map(_MONEY_BACK.search, p.counts))
    ]
    kind_columns += [p for p in plan.group.profiles if 1 < len(p.counts) <= _FEW and any(map(_BACK.match, p.counts))]
    amount = plan.guess("amount")
    kind = plan.guess("kind")
    if plan.system or not kind_columns or amount is None or amount.header not in plan.group.header:
        return
    p = kind_columns[0]
    if kind is not None and kind.sure and kind.header != p.header:
        return
    above = _signs(plan, p, plan.group.header.index(amount.header))
    is_known = {v: v.lower() in KNOWN_KINDS or v.lower() in _PURCHASE or bool(_BACK.match(v)) for v in p.counts}
    is_all_known = all(is_known.values())
    key = ("kind", plan.group.shown)
    answer = answers.get(key)
    if (
        is_all_known
        and above is not None
        and all(
            v.lower() in REFUND_KINDS or _BACK.match(v) for v in p.counts if _MONEY_BACK.search(v) or _BACK.match(v)
        )
    ):
        _sure(plan, "kind", p, "it says which rows are money paid back")
        other = [v for v in sorted(p.counts) if v.lower() not in KNOWN_KINDS]
        meanings = {v: "refund" if _BACK.match(v) else "purchase" for v in other}
        if meanings:
            plan.options.append(Line("values", {"kind": meanings}, True, "what each of these words means"))
        if above:
            plan.options.append(Line("refunds", "positive", True, "money paid back stands above zero in the file"))
        return
    if answer == "all":
        return
    back = sorted(v for v in p.counts if _MONEY_BACK.search(v) or _BACK.match(v))
    finding = f"{p.header} says {', '.join(back[:4])} of some rows"
    plan.sure, plan.why = False, f"{plan.why}; {finding}: are they money paid back?"
    if answer is None:
        choices = (
            ("all", "count every amount as it is written"),
            ("", "leave the file out"),
        )
        questions.append(Question(key, plan.group.shown, f"{finding}: are they money paid back?", choices))


def _signs(plan: Plan, p: Profile, amount: int) -> bool | None:
    """Whether money paid back stands above zero; None where it stands on both sides."""
    index = plan.group.header.index(p.header)
    back = {
        not (row[amount] or "").strip().startswith(("-", "("))
        for looked in plan.group.looks
        for row in zip(*looked.columns, strict=True)
        if row[index] and (_MONEY_BACK.search(row[index]) or _BACK.match(row[index])) and row[amount]
    }
    return back.pop() if len(back) == 1 else None


def _subscriptions(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """A yearly fee read as a month's is twelve times too much."""
    fee = plan.guess("fee")
    period_columns = [p for p in plan.group.profiles if _PERIOD.match(plain(p.header)) and p.counts]
    period = plan.guess("period")
    if period is not None and period.sure and not period_columns:
        period_columns = [p for p in plan.group.profiles if p.header == period.header]
    if fee is None:
        return
    _seats(plan, fee.header)
    if period is not None and period.sure and period.header not in plan.group.header:
        return  # a known export's query makes it
    if _MONTHLY.search(plain(fee.header)):
        if period is not None:
            _doubt(plan, "fee", f"its name says a month, and {period.header} may say otherwise")
        elif period_columns:
            plan.notes.append(f"{period_columns[0].header} is how often it is billed; {fee.header} is a month's")
        return
    if period_columns:
        p = period_columns[0]
        meanings = {v: _PERIODS.get(v.lower()) for v in sorted(p.counts)}
        if None in meanings.values() and all(billed(v) for v in meanings):
            _sure(plan, "period", p, "it says what a fee pays for")
            return
        if None in meanings.values():
            _doubt(plan, "fee", f"what it pays for is in {p.header}, which says {', '.join(p.samples)}")
            return
        _sure(plan, "period", p, "it says what a fee pays for")
        other = {v: m for v, m in meanings.items() if m is not None and v.lower() != m}
        if other:
            plan.options.append(Line("values", {"period": other}, True, "month and year in its own words"))
        return
    if _counted_months(plan, fee.header):
        return
    texts = [
        p
        for p in plan.group.profiles
        if p.counts
        and len(p.counts) <= _FEW
        and p.header != fee.header
        and not p.numbers
        and all(map(billed, p.counts))
    ]
    if texts:
        _doubt(
            plan,
            "fee",
            f"what it pays for may be in {texts[0].header}, which says {', '.join(texts[0].samples)}",
        )
        return
    days = _term(plan)
    if days and min(days) >= 360 and max(days) <= 371:
        plan.constants.append(Line("period", "year", True, "each term lasts a year"))
    elif days and not (min(days) >= 27 and max(days) <= 32):
        _doubt(plan, "fee", f"terms last {min(days)} to {max(days)} days, and no column says what a fee pays for")


_MONTHS = re.compile(r"(months?|monate?n?|meses|mois|mesi|maanden)$")


def _counted_months(plan: Plan, fee: str) -> bool:
    """Whether a column counts the months that a fee pays for: fees grow with it."""
    for p in plan.group.profiles:
        if not _MONTHS.search(plain(p.header)) or p.range is None or not p.whole or len(p.counts) > _FEW:
            continue
        if fee not in plan.group.header or p.header == fee or p.range[0] < 1:
            continue
        pairs = _pairs(plan, fee, p.header)
        if len({n for _, n in pairs}) > 1 and len({round(f / n, 2) for f, n in pairs}) < len({f for f, _ in pairs}):
            _sure(plan, "period", p, "fees grow with the months that it counts")
            meanings = {v: f"{float(v):g} months" for v in sorted(p.counts)}
            plan.options.append(Line("values", {"period": meanings}, True, "months, as its header says"))
            return True
    return False


_EACH = re.compile(r"seat|user|licen[cs]e|unit|nutzer|lizenz|platz|asiento|siège|each|einzel")
_ALL = re.compile(r"mrr|arr|total|revenue|gesamt|umsatz|importe|summe")


def _seats(plan: Plan, fee: str) -> None:
    """A fee that is already the price of all seats must not be multiplied by them."""
    quantity = plan.guess("quantity")
    if quantity is None or fee not in plan.group.header or quantity.header not in plan.group.header:
        return
    name = plain(fee)
    if _EACH.search(name) or quantity.why == "as you said":
        return
    pairs = _pairs(plan, fee, quantity.header)
    varied = {q for _, q in pairs if q} - {1.0}
    unit = {round(f / q, 2) for f, q in pairs if q}
    each = {f for f, _ in pairs}
    if _ALL.search(name) or (varied and len(unit) < len(each)):
        plan.guesses.remove(quantity)
        plan.notes.append(f"{fee} is the price of all of {quantity.header}, so it is not multiplied")
    elif varied and len(unit) == len(each) > 1:
        _doubt(plan, "quantity", f"{fee} may be the price of one or of all")


def _pairs(plan: Plan, fee: str, quantity: str) -> set[tuple[float, float]]:
    """Fees with their numbers of seats, where both are plain numbers."""
    fee_index, quantity_index = plan.group.header.index(fee), plan.group.header.index(quantity)
    pairs = set()
    for looked in plan.group.looks:
        for price, seats in zip(looked.columns[fee_index], looked.columns[quantity_index], strict=True):
            try:
                pairs.add((float(price or ""), float(seats or "")))
            except ValueError:
                continue
    return pairs


def _term(plan: Plan) -> list[int]:
    """Days of the current terms, where the export brings their start and end."""
    by_plain = {plain(h): index for index, h in enumerate(plan.group.header)}
    start = by_plain.get("currentperiodstart", by_plain.get("subscriptionscurrenttermstart"))
    end = by_plain.get("currentperiodend", by_plain.get("subscriptionscurrenttermend"))
    if start is None or end is None:
        return []
    days = []
    for looked in plan.group.looks:
        for first, last in zip(looked.columns[start], looked.columns[end], strict=True):
            try:
                days.append((date.fromisoformat((last or "")[:10]) - date.fromisoformat((first or "")[:10])).days)
            except ValueError:
                continue
    return days


def _feedback(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Answers of staff, partners or suppliers must not count as customers'."""
    respondent = plan.guess("respondent")
    if plan.system or (respondent is not None and respondent.sure):
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
