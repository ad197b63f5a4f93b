"""Rows that may not count: cancelled orders, drafts and tests, what was deleted, surveys that nobody finished.

Reads     a sure Plan, the columns of its file.
Gives     one Question for all such columns of a file; the query that leaves the rows out, where the answer says so.
Assumes   a status or a flag is no reason by itself: a person says whether its rows count.
"""

from __future__ import annotations

import re

from worthline.ingest.numbers import NO, YES
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Plan, Question
from worthline.ingest.propose.profile import Profile
from worthline.ingest.propose.sql import literal, quoted
from worthline.ingest.state_names import FLAGS, GIFT_CARD, GOOD, NOT_COUNTED, PARTLY, REFUND, REFUNDED, STATES, WHEN

_MOST_STATES = 40


def ask(plan: Plan, group: Group, alias: str, answers: Answers, questions: list[Question]) -> None:
    """Ask which rows count, where columns of `group` say that some were cancelled, deleted, or never real."""
    # What was given back stands in a column of its own, or nowhere: part of the order was paid.
    kept_back = REFUND if any(REFUNDED.search(plain(p.header)) for p in group.profiles) else PARTLY
    mapped = {g.header for g in plan.guesses if g.sure and g.column not in ("kind", "status", "resolved")}
    states = [
        (p, values)
        for p in group.profiles
        if p.header not in mapped and (values := _but(kept_back, marked(plan.table or "", p))) is not None
    ]
    if (cards := _gift_cards(plan, group)) is not None:
        states.append(cards)
    plan.guesses = [g for g in plan.guesses if g.sure or g.column != "kind" or not STATES.search(plain(g.header))]
    if not states or plan.system:
        return
    key = ("status", plan.group.shown)
    answer = answers.get(key)
    says = "; ".join(
        f"{p.header} of {group.shown} says {', '.join(values[:5])} of some rows"
        if values
        else f"{p.header} of {group.shown} holds a date in some rows"
        for p, values in states
    )
    question = f"{says}: {'are they revenue' if plan.table == 'transactions' else 'do they count'}?"
    out = " and ".join(
        f"rows that say {', '.join(values)}" if values else f"rows with a date in {p.header}" for p, values in states
    )
    if answer is None:
        plan.sure, plan.why = False, f"{plan.why}; {question}"
        # Lists of customers are dated by the names of their files, which a query does not pass on.
        is_able = plan.group.queryable or (plan.group.stackable and plan.table != "customers")
        choices = [("some", f"leave out {out}")] if is_able else []
        questions.append(Question(key, plan.group.shown, question, (*choices, ("all", "all rows count"))))
    elif answer == "some":
        kept = []
        for p, values in states:
            cell = f"coalesce(cast({alias}{quoted(p.header)} as varchar), '')"
            kept.append(f"{cell} not in ({', '.join(map(literal, values))})" if values else f"trim({cell}) = ''")
        plan.query = (
            f"{plan.query or f'select *{chr(10)}from {plan.group.source}'}\nwhere {(chr(10) + '  and ').join(kept)}"
        )
        none = "are no revenue" if plan.table == "transactions" else "do not count"
        plan.query_why = "; ".join(filter(None, (plan.query_why, f"{out} {none}")))
    elif group is plan.group:
        used = {guess.header for guess in plan.guesses}
        plan.left_out += [(p.header, "as you said, all rows count") for p, _ in states if p.header not in used]


def _gift_cards(plan: Plan, group: Group) -> tuple[Profile, list[str]] | None:
    """The products that are gift cards: sold, they are revenue once something is bought with them."""
    product = plan.guess("product") if plan.table == "transactions" else None
    p = group.profile(product.header) if product is not None else None
    cards = sorted(v for v in p.counts if GIFT_CARD.search(v)) if p is not None else []
    is_part = p is not None and 0 < 2 * sum(p.counts[v] for v in cards) < p.filled
    return (p, cards) if p is not None and is_part else None


def _but(kept: re.Pattern[str], values: list[str] | None) -> list[str] | None:
    """The values that may not count, without those that do; none of them where nothing is left."""
    left = [value for value in values or () if not kept.search(value)]
    return left or (None if values else values)


def marked(table: str, p: Profile) -> list[str] | None:
    """Values of rows that may not count; none of them for a date that only such rows have. None: nothing says so."""
    name = plain(p.header)
    if not p.counts:
        return None
    if STATES.search(name) and len(p.counts) <= _MOST_STATES and table in NOT_COUNTED:
        words = NOT_COUNTED[table]
        return sorted(v for v in p.counts if words.search(v)) or None
    for names, wanted in ((FLAGS, YES), (GOOD, NO)):
        pattern = names.get(table, names.get("*"))
        if p.flag and pattern is not None and pattern.match(name):
            return sorted(v for v in p.counts if v.lower() in wanted) or None
    when = WHEN.get(table, WHEN["*"])
    return [] if when.match(name) and p.dates and p.filled < p.cells else None
