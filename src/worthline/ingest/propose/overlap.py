"""The same money twice: two files of one table that hold the same rows, or two views of the same sales.

Reads     all Plans of a folder.
Gives     plans that are no longer sure, with the file that they repeat; a Question for each.
Method    rows are compared by what the table needs (customer, day, amount; customer, day, score), receipts by number.
          Most of one in another: it is the same. None: they are apart. Between: somebody must say; of files with the
          same columns the first choice is to read both, since equal rows and receipts count once when they are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from worthline.ingest.propose.plan import Answers, Plan, Question

_SAME = 0.5
_ALL = 0.95
_APART = 0.05
_COMPARED = {
    "transactions": ("customer_id", "at", "amount"),
    "subscriptions": ("customer_id", "started_on", "fee"),
    "feedback": ("customer_id", "at", "score"),
    "interactions": ("customer_id", "at"),
    "customers": ("customer_id",),
    "balances": ("customer_id", "at", "balance"),
}


def settle(plans: Sequence[Plan], answers: Answers, questions: list[Question]) -> None:
    """Compare each plan with those before it that read other files into the same table; the richer one stays."""
    taken = sorted((p for p in plans if p.taken and p.table in _COMPARED), key=lambda p: -len(p.guesses))
    for at, plan in enumerate(taken):
        for other in taken[:at]:
            if other.table == plan.table and other.group is not plan.group and other.taken:
                _compare(plan, other, answers, questions)


def _compare(plan: Plan, other: Plan, answers: Answers, questions: list[Question]) -> None:
    assert plan.table is not None
    columns = _COMPARED[plan.table]
    if plan.table == "feedback" and not (plan.guess("customer_id") and other.guess("customer_id")):
        columns = ("at", "score", "text")  # A day and a score alone are alike by accident.
    share = _shared(plan, other, columns)
    if plan.table == "transactions":
        share = max(share, _shared(plan, other, ("transaction_id",)))
    key = ("twice", plan.group.shown, other.group.shown)
    if share < _APART or answers.get(key) == "both":
        return
    of = "most" if share >= _SAME else "some"
    plan.sure = False
    plan.why = f"{of} of its rows stand in {other.group.shown} too ({share:.0%}), and would count twice; {plan.why}"
    if key not in answers:
        choices = (("", f"leave it out: {other.group.shown} has them"), ("both", "they are different; read both"))
        if share < _ALL and set(plan.group.header) == set(other.group.header):
            # One export in parts that overlap: left out, the rest of it would be lost.
            choices = (("both", "read both: what stands in both counts once"), choices[0])
        text = f"{share:.0%} of its {plan.table} stand in {other.group.shown} too. Are they the same?"
        questions.append(Question(key, plan.group.shown, text, choices))


def _shared(plan: Plan, other: Plan, columns: Sequence[str]) -> float:
    mine, theirs = _rows(plan, columns), _rows(other, columns)
    return len(mine & theirs) / min(len(mine), len(theirs)) if mine and theirs else 0.0


def _rows(plan: Plan, columns: Sequence[str]) -> set[tuple[str, ...]]:
    """Distinct values of the columns, days without a time and amounts as numbers; none if a column is made."""
    places = []
    for column in columns:
        guess = plan.guess(column)
        if guess is None or guess.header not in plan.group.header:
            if column in ("customer_id", "score"):
                continue
            return set()
        places.append((column, plan.group.header.index(guess.header)))
    if not places or (len(places) == 1 and places[0][0] == "at"):
        return set()
    return {
        tuple(_plainly(column, looked.columns[at][n]) for column, at in places)
        for looked in plan.group.looks
        for n in range(len(looked.columns[places[0][1]]))
    }


def _plainly(column: str, cell: str | None) -> str:
    if cell is None:
        return ""
    if column in ("amount", "fee", "balance", "score"):
        try:
            return f"{float(cell):.4f}"
        except ValueError:
            return cell
    return cell[:10] if column in ("at", "started_on") else cell.strip()
