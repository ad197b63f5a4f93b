"""A whole folder: its files' plans held against each other, and what they say of the company.

Reads     what was looked at, what a person answered.
Gives     Proposal.
Method    a proposal is a function of files and answers alone: each answer makes a new one, until nothing is asked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from worthline.ingest.identities import short
from worthline.ingest.propose import facts, one_row, overlap
from worthline.ingest.propose.decide import decide, other_table
from worthline.ingest.propose.group import dated_lists, group
from worthline.ingest.propose.left import AS_OF
from worthline.ingest.propose.look import Looked, Unread
from worthline.ingest.propose.plan import Answers, Group, Line, Plan, Proposal, Question
from worthline.tables import TABLES
from worthline.tables.money import is_currency

_SIGNS = {"€": "EUR", "£": "GBP", "EUR": "EUR", "USD": "USD", "US$": "USD", "GBP": "GBP", "CHF": "CHF", "SEK": "SEK",
          "NOK": "NOK", "DKK": "DKK", "PLN": "PLN", "zł": "PLN", "R$": "BRL", "₹": "INR", "JPY": "JPY"}  # fmt: skip
_NO_DAY = "no table that is read holds a day: write the day of the export as YYYY-MM-DD, and remove the #"
TRUTH = "truth.json"
_JOINS = 0.05
_ENOUGH = 5


class Folder:
    """A folder that was looked at once; asked for a proposal after each answer."""

    def __init__(self, name: str, looked: Sequence[Looked], unread: Sequence[Unread], *, simulated: bool) -> None:
        self.name, self.simulated = name, simulated
        apart, copies = group(looked, [u.name for u in unread])
        self.groups = one_row.merged(apart, facts.is_customer, other_table(facts.gather(apart)))
        self.facts = facts.gather(self.groups)
        self.unread = [*((u.name, u.why) for u in unread), *copies]

    def proposal(self, answers: Answers) -> Proposal:
        """What is proposed, given the answers so far."""
        plans: list[Plan] = []
        questions: list[Question] = []
        for each_group in self.groups:
            group_plans, group_questions = decide(each_group, self.groups, self.facts, answers)
            _parts(each_group, group_plans, group_questions, answers)
            plans.extend(group_plans)
            questions.extend(group_questions)
        overlap.settle(plans, answers, questions)
        _ids_join(plans, questions, answers)
        questions = list({q.key: q for q in reversed(questions) if q.key not in answers}.values())[::-1]
        if (
            not questions
            and AS_OF not in answers
            and any(p.taken for p in plans)
            and not (_dated(plans) or _given(plans))
        ):
            questions.append(_on_which_day(self.name))
        lines = _company(self.name, plans, answers)
        if self.simulated:
            lines.append(Line("simulated", True, True, f"{TRUTH} beside the files says so"))
        return Proposal(self.name, plans, questions, list(self.unread), lines)


def propose(folder: Path, looked: Sequence[Looked], unread: Sequence[Unread]) -> Folder:
    """The folder, ready to be asked for a proposal."""
    return Folder(folder.resolve().name, looked, unread, simulated=_simulated(folder))


def _simulated(folder: Path) -> bool:
    """Whether a generator left word beside the files that they are simulated; what else it says is not looked at."""
    try:
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(truth, dict) and truth.get("simulated") is True


def _parts(group_of_files: Group, plans: list[Plan], questions: list[Question], answers: Answers) -> None:
    key = ("parts", group_of_files.shown)
    answer = answers.get(key)
    if not group_of_files.doubt or answer == "together":
        return
    key_of = {p.guess("customer_id") for p in plans if p.table == "customers"} - {None}
    if any(
        guess is not None and guess.header in group_of_files.header and dated_lists(group_of_files, guess.header)
        for guess in key_of
    ):
        for plan in plans:
            plan.notes.append("lists of all customers, dated by their names: who is missing from a later list has left")
        return
    for plan in plans:
        if plan.table is not None:
            plan.sure, plan.why = False, f"{plan.why}; {group_of_files.doubt}"
    if answer is None:
        newest = group_of_files.looks[-1].name
        choices = (("together", "read them all"), ("", f"leave them out; name {newest} alone in worthline.toml"))
        questions.append(
            Question(key, group_of_files.shown, f"Do its files belong together? {group_of_files.doubt}.", choices)
        )


def _ids_join(plans: list[Plan], questions: list[Question], answers: Answers) -> None:
    """Customers of a table that are none of the customers listed: one of the two columns is another id."""
    listed: set[str] = set()
    lists = [p for p in plans if p.table == "customers" and p.taken]
    for plan in lists:
        listed |= _ids(plan)
    if not lists or not all(p.group.whole for p in lists):
        return
    for plan in plans:
        guess = plan.guess("customer_id")
        if plan.table in (None, "customers") or not plan.taken or guess is None or guess.why == "as you said":
            continue
        mine = _ids(plan)
        alike = {short(i) for i in mine} & {short(i) for i in listed}
        if len(mine) < _ENOUGH or len(alike) >= _JOINS * len(mine):
            continue
        assert plan.table is not None
        key = ("column", plan.group.shown, plan.table, "customer_id")
        if answers.get(key) == guess.header:
            continue
        some = sorted(mine)[0], sorted(listed)[0]
        where = lists[0].group.shown
        why = f"{len(mine & listed):,} of its {len(mine):,} are in {where}: {some[0]} here, {some[1]} there"
        plan.guesses[plan.guesses.index(guess)] = replace(guess, sure=False, why=why)
        choices = ((guess.header, f"{guess.header} all the same"), ("", "none of its columns"))
        text = f"Is {guess.header} the customer? {why}."
        questions.append(Question(key, plan.group.shown, text, choices))


def _ids(plan: Plan) -> set[str]:
    guess = plan.guess("customer_id")
    if guess is None or guess.header not in plan.group.header:
        return set()
    return set(plan.group.profiles[plan.group.header.index(guess.header)].counts)


def _dated(plans: Sequence[Plan]) -> bool:
    """Whether a table that is read says itself until when the data go."""
    used_plans = [p for p in plans if p.taken and p.table is not None]
    return any(_day_of(p) if p.table != "customers" else _is_listed_by_day(p) for p in used_plans)


def _is_listed_by_day(plan: Plan) -> bool:
    """Whether customers come as lists of some days, which say how far the data go."""
    id_, known = plan.guess("customer_id"), plan.guess("known_at")
    is_by_name = id_ is not None and id_.header in plan.group.header and dated_lists(plan.group, id_.header)
    return is_by_name or (known is not None and known.sure)


def _day_of(plan: Plan) -> bool:
    happened = TABLES[plan.table or ""].happened
    return happened is not None and happened not in {line.key for line in plan.constants}


def _given(plans: Sequence[Plan]) -> str:
    """The last day that was given for a survey, where no table that is read holds a day of its own."""
    days = [str(c.value) for p in plans if p.taken and p.table == "feedback" for c in p.constants if c.key == "at"]
    return max(days, default="") if not _dated(plans) else ""


def _on_which_day(name: str) -> Question:
    text = "Until which day do these files go? No column says it. For instance the day of the export."
    return Question(AS_OF, name, text, (("", "not known: leave as_of open"),), typed="day")


def _company(name: str, plans: Sequence[Plan], answers: Answers) -> list[Line]:
    lines = [Line("name", name, True, "the folder's name"), _currency(plans)]
    lines.append(Line("setting", "auto", True, "contractual where subscriptions or left_on were brought, else not"))
    day = answers.get(AS_OF)
    if day and not _dated(plans):
        lines.append(Line("as_of", day, True, "as you said"))
    elif given_day := _given(plans):
        lines.append(Line("as_of", given_day, True, "the last day that you gave for answers"))
    elif _dated(plans):
        lines.append(Line("as_of", "auto", True, "the end of the last complete month in the data"))
    else:
        lines.append(Line("as_of", "YYYY-MM-DD", False, _NO_DAY))
    zoned = [p.group.looks[0].zone for p in plans if p.group.looks[0].zone]
    zone = zoned[0] if zoned and len(set(zoned)) == 1 else None
    why = (
        f"{plans[0].group.shown if len(plans) == 1 else 'an export'} names it"
        if zone
        else "no file says: times are read as UTC"
    )
    lines.append(Line("timezone", zone or "UTC", bool(zone), why))
    return lines


def _currency(plans: Sequence[Plan]) -> Line:
    codes = Counter[str]()
    where: list[str] = []
    for plan in plans:
        guess = plan.guess("currency")
        if plan.taken and guess and guess.sure and guess.header in plan.group.header:
            codes.update(c.upper() for c in plan.group.profiles[plan.group.header.index(guess.header)].counts)
            where.append(f"{plan.group.shown} {guess.header}")
        signs = next((o.value for o in plan.options if o.key == "symbols"), None)
        if plan.taken and isinstance(signs, list) and len(signs) == 1 and signs[0] in _SIGNS:
            codes[_SIGNS[signs[0]]] += 1
            where.append(f"the sign {signs[0]} in {plan.group.shown}")
    if len(codes) == 1 and is_currency(next(iter(codes))):
        return Line("currency", next(iter(codes)), True, f"says {where[0]}, and nothing else")
    if codes:
        return Line(
            "currency", codes.most_common(1)[0][0], False, f"several: {', '.join(sorted(codes))}; rates are needed"
        )
    return Line("currency", "USD", False, "no column says: US dollars are assumed until you set it")
