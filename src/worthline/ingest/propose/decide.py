"""Which table a file is, and what is sure about it.

Reads     Groups, what a person answered.
Gives     Plans and the Questions that would settle what is not sure.
Method    an export that is recognised by its headers; else every table is matched, and one is sure only where all it
          needs is sure, the file's name does not speak against it, and no other table has nearly as good a claim.
Assumes   a wrong silent mapping is worse than a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from worthline.ingest.header_units import UNIT_PRICE
from worthline.ingest.masking import mask
from worthline.ingest.propose import (
    amounts,
    arms,
    campaigns,
    date_parts,
    emails,
    joins,
    left,
    line_prices,
    long_answers,
    names,
    nps_groups,
    open_terms,
    places,
    rated,
    row_states,
    running,
    scores,
    sheets,
    traps,
    wide_months,
    writing,
)
from worthline.ingest.propose import known as known_sources
from worthline.ingest.propose.facts import Facts
from worthline.ingest.propose.group import dated_lists
from worthline.ingest.propose.known import Known
from worthline.ingest.propose.match import Match, match, misfit
from worthline.ingest.propose.plan import CONSTANT, Answers, Group, Guess, Line, Plan, Question
from worthline.ingest.propose.toml import masked_samples
from worthline.tables import TABLES, Column, Kind

_OFFERED = 4
_SHEETS = (None, "customers", "feedback")
"""What a file may look like whose columns are answers to a survey's questions."""
_MOSTLY = 0.6
_NUMBERS_ROWS = re.compile(r"(?:[a-z]{3,}[ _-]?(id|no|nr|number)|[a-z]{2,}I[Dd])$", re.IGNORECASE)
_ASKED = {"nps": "how likely to recommend", "csat": "satisfaction", "ces": "effort", "stars": "stars"}
_OF_CUSTOMERS = ("customers", "transactions", "subscriptions", "balances", "feedback", "interactions", "invitations")


def decide(group: Group, groups: Sequence[Group], facts: Facts, answers: Answers) -> tuple[list[Plan], list[Question]]:
    """The plans of one file among others: several where it holds answers to several questions."""
    answer = answers.get(("table", group.shown))
    if answer == "":
        return [Plan(group, None, True, "left out, as you said")], []
    known_source = _recognised(group, answer)
    reached = campaigns.decide(group, groups, answers) if answer is None and known_source is None else None
    if reached is not None:
        return reached
    if answer in (None, "feedback") and known_source is None:
        feedback = match(group, "feedback", answers, facts)
        for sheet in (long_answers, nps_groups):
            questions: list[Question] = []
            if (plan := sheet.propose(group, feedback, answers, questions)) is not None:
                return _of_sheet(plan, answers, questions), questions
    if answer in (None, "customers") and known_source is None and places.propose(group, {}) is None:
        by_period = _by_period(group, groups, facts, answers)
        if by_period is not None:
            return by_period
    return _decide(group, groups, facts, answers, known_source)


def _by_period(
    group: Group, groups: Sequence[Group], facts: Facts, answers: Answers
) -> tuple[list[Plan], list[Question]] | None:
    """The plans of a list of customers with a column a period: the customers, and what the periods hold."""
    base = match(group, "customers", answers, facts)
    sheet = wide_months.found(group, base)
    questions: list[Question] = []
    months = wide_months.propose(group, sheet, base, answers, questions) if sheet is not None else None
    if sheet is None or (months is None and not questions):
        return None
    if months is None:
        return [Plan(group, None, False, "what its columns of periods hold is not known")], questions
    as_list = {**answers, ("table", group.shown): "customers"}
    plans, further = _decide(group, groups, facts, as_list, None)
    for plan in plans:
        used = {guess.header for guess in plan.guesses} | {header for header, _ in plan.left_out}
        plan.left_out += [(p.header, "read as periods below") for p, *_ in sheet.columns if p.header not in used]
    writing.settle(months, answers, questions)
    _personal(months)
    return [*plans, months], [*further, *questions]


def _decide(
    group: Group, groups: Sequence[Group], facts: Facts, answers: Answers, known: Known | None
) -> tuple[list[Plan], list[Question]]:
    """The plans of a file that stands for itself; `known`: the system that wrote it."""
    answer = answers.get(("table", group.shown))
    trial = arms.propose(group, answers) if known is None and not places.is_panel(group) else None
    if trial is not None:
        plan, questions = trial
    elif known is not None:
        plan, questions = _asked_of_known(known, group, facts, answers, answer)
    else:
        plan, questions = _by_match(group, groups, facts, answers, answer)
    panel = places.propose(group, answers) if known is None and trial is None and _is_open(plan, answer) else None
    if panel is not None:
        plan, questions = panel
        writing.settle(plan, answers, questions)
        return [plan], questions
    unnamed = plan.table in (None, "customers") and plan.guess("customer_id") is None
    if unnamed and answer in (None, "customers") and (rows := left.numbered(group)):
        rows.sure = answer == "customers"
        plan, questions = rows, [] if rows.sure else [_which(group, ["customers"], rows.why)]
    sheet = None
    if known is None and trial is None and plan.table in _SHEETS and answer in (None, "feedback"):
        sheet_questions: list[Question] = []
        sheet = sheets.propose(group, match(group, "feedback", answers, facts), answers, sheet_questions)
        stays = plan.sure or (plan.table == "feedback" and plan.guess("score") is not None)
        if sheet is not None or sheet_questions:
            questions = [*questions, *sheet_questions] if stays and plan.table is not None else sheet_questions
        if sheet is not None and (not stays or plan.table is None):
            plan = sheet
    if plan is sheet and sheet is not None:
        return _of_sheet(sheet, answers, questions), questions
    if plan.table is None:
        return [plan], questions
    if plan.table == "transactions" and plan.sure and not plan.system:
        _lines_or_duplicates(plan)
    if plan.table == "feedback" and plan.sure and not plan.system:
        _shared_ids(plan)
    traps.avoid(plan, answers, questions)
    plans = scores.by_metric(plan, group, answers, questions) if plan.table == "feedback" else [plan]
    for each_plan in plans:
        writing.settle(each_plan, answers, questions)
        _personal(each_plan)
        if each_plan.sure and trial is None:
            questions.extend(
                q for q in _columns(each_plan, groups, answers) if q.key not in {known.key for known in questions}
            )
    plans = [*plans, *_also(known, plan, facts, answers, questions)]
    return [*plans, *(_of_sheet(sheet, answers, questions) if sheet is not None else ())], questions


def _also(known: Known | None, plan: Plan, facts: Facts, answers: Answers, questions: list[Question]) -> list[Plan]:
    """Further tables that the rows of a known export hold, or of a file of contacts that were rated."""
    group = plan.group
    there = {names.plain(h) for h in group.header}
    further = known.also if known and plan.sure else ()
    plans = [_of_known(other, group, facts, answers) for other in further if set(other.needs) <= there]
    if plan.table == "interactions" and plan.taken:
        plans += rated.plans(plan, match(group, "feedback", answers, facts), answers, questions)
    for further_plan in plans:
        writing.settle(further_plan, answers, questions)
        _personal(further_plan)
    return plans


def _recognised(group: Group, answer: str | None) -> Known | None:
    """The system that wrote the file; None once a person named a table, unless that settles the system's own doubt."""
    known_source = known_sources.recognise(group.header)
    is_settled = known_source is not None and known_source.doubt and answer == known_source.table
    return known_source if answer is None or is_settled else None


def _asked_of_known(
    known: Known, group: Group, facts: Facts, answers: Answers, answer: str | None
) -> tuple[Plan, list[Question]]:
    plan = _of_known(known, group, facts, answers)
    if answer is not None:
        plan.sure, plan.why = True, f"{known.system}: each row is {_article(TABLES[known.table].row)}, as you said"
    return plan, [] if plan.sure else [_which(group, [known.table], plan.why, known.stands_for)]


def _is_open(plan: Plan, answer: str | None) -> bool:
    """Whether a file may still be a panel of places: nobody said otherwise, and no column is sure to name customers."""
    customer = plan.guess("customer_id")
    return answer in (None, "locations") and not plan.sure and (customer is None or not customer.sure)


def _of_sheet(sheet: Plan, answers: Answers, questions: list[Question]) -> list[Plan]:
    traps.avoid(sheet, answers, questions)
    writing.settle(sheet, answers, questions)
    _personal(sheet)
    return [sheet]


def other_table(facts: Facts) -> Callable[[Group], bool]:
    """Whether a file may be another table than customers: by its name, its arms, or all that a table needs."""

    def is_other(group: Group) -> bool:
        hints = names.hinted(group.shown)
        if (hints and "customers" not in hints) or arms.propose(group, {}) is not None:
            return True
        others = (match(group, table, {}, facts) for table in _OF_CUSTOMERS[1:])
        return any(all(c in m.guesses for c in m.needed) for m in others)

    return is_other


def _by_match(
    group: Group, groups: Sequence[Group], facts: Facts, answers: Answers, answer: str | None
) -> tuple[Plan, list[Question]]:
    matches = [match(group, table, answers, facts) for table, spec in TABLES.items() if not spec.is_written]
    for table_match in matches:
        date_parts.fill(table_match, group, answers)
        if table_match.table == "transactions":
            line_prices.fill(table_match, group, answers)
    matches = sorted((m for m in matches if not _unfit(m, group)), key=lambda m: -m.score)
    if answer is not None:
        matches = [m for m in matches if m.table == answer] or [match(group, answer, answers, facts)]
    plan, questions = _of_match(matches, group, forced=answer is not None)
    alias, other = "", group
    lacks = not plan.sure or plan.missing or (plan.table == "feedback" and plan.guess("customer_id") is None)
    way = joins.joined(group, groups, facts, answers) if lacks or plan.table is None else None
    if way is not None and answer in (None, way.found.table):
        plan, questions = (
            _plan(way.found, group, f"another file completes it: {way.why}", sure=True),
            [],
        )
        plan.query, plan.query_why, alias, other = way.query, way.why, "there.", way.other
    date_parts.ask(plan, answers, questions)
    if plan.sure and plan.table in _OF_CUSTOMERS:
        row_states.ask(plan, other, alias, answers, questions)
    if plan.table == "subscriptions" and plan.sure:
        open_terms.ask(plan, answers, questions)
    if plan.table == "transactions" and plan.sure:
        line_prices.ask(plan, answers, questions)
        amounts.refunded(plan, answers, questions)
        amounts.taxed(plan, answers, questions)
        amounts.paid_back(plan, answers, questions)
        running.so_far(plan, answers, questions)
    return plan, questions


def _of_known(known: Known, group: Group, facts: Facts, answers: Answers) -> Plan:
    plan = Plan(group, known.table, not known.doubt, f"{known.system} wrote it, by its headers", system=known.system)
    if known.doubt:
        plan.why += f"; {known.doubt}"
    places_of = list(enumerate(group.header))
    by_plain = {h: index for index, h in places_of} | {names.plain(h): index for index, h in reversed(places_of)}
    spec = TABLES[known.table]
    for column in spec.columns:
        profiles = [group.profiles[by_plain[n]] for n in known.columns.get(column.name, ()) if n in by_plain]
        filled = [p for p in profiles if p.counts]
        if column.name in known.made and known.select:
            expression = known.made[column.name]
            cells = group.profiles[by_plain[known.cells[column.name]]] if column.name in known.cells else None
            plan.guesses.append(Guess(column.name, expression, True, "made by the query above", cells=cells))
        elif filled:
            wrong = misfit(column, filled[0])
            why = f"{known.system}'s" + (f", but {wrong}" if wrong else "")
            plan.guesses.append(Guess(column.name, filled[0].header, not wrong, why, filled[0].samples))
        elif (
            column.required
            and column.name not in known.constants
            and (known.table, column.name) != ("feedback", "metric")
        ):
            plan.missing.append(column.name)
    plan.constants = [Line(k, v, True, f"{known.system}'s") for k, v in known.constants.items()]
    if known.select and not (group.queryable or (len(group.looks) > 1 and not group.looks[0].encoding)):
        plan.sure, plan.why = False, f"{plan.why}; its rows must be chosen ({known.select_why}): bring it as CSV UTF-8"
    elif known.select and set(_named(known.select)) <= set(by_plain):
        plan.query, plan.query_why = known_sources.sql(known, group.header, group.files), known.select_why
    elif known.select:
        lacks = ", ".join(n for n in _named(known.select) if n not in by_plain)
        plan.sure, plan.why = False, f"{plan.why}; its rows must be chosen ({known.select_why}), and it lacks {lacks}"
    _hidden_field(plan, group)
    _fact(plan, group, facts)
    way = facts.made.get(group.shown)
    if way is not None and not plan.query and plan.guess("customer_id") is None and "customer_id" in spec.names:
        plan.guesses.append(Guess("customer_id", way.column, True, way.why, way.samples))
        plan.missing = [c for c in plan.missing if c != "customer_id"]
        plan.query, plan.query_why = way.query, "the e-mail address says who it is"
    for column_name, headers in known.asked.items():
        likely = [
            p
            for n in headers
            if n in by_plain and not misfit(spec.column(column_name), p := group.profiles[by_plain[n]])
        ]
        key = ("column", group.shown, known.table, column_name)
        answer = answers.get(key)
        if likely and plan.guess(column_name) is None and answer != "":
            p, why = likely[0], "as you said" if answer else "what the company sent along with the survey"
            plan.guesses.append(Guess(column_name, answer or p.header, bool(answer), why, p.samples))
    plan.notes.extend(known.notes)
    plan.left_out.extend((h, "personal") for h in group.header if names.plain(h) in known.leave_out)
    return plan


def _fact(plan: Plan, group: Group, facts: Facts) -> None:
    """A column whose values are the listed customers', in an export that names none."""
    fact = facts.sure.get((group.shown, plan.table or "", "customer_id"))
    if fact is None or plan.guess("customer_id") is not None or "customer_id" not in TABLES[plan.table or ""].names:
        return
    p = group.profile(fact[0])
    plan.guesses.append(Guess("customer_id", fact[0], True, fact[1], p.samples if p else ()))
    plan.missing = [c for c in plan.missing if c != "customer_id"]


def _hidden_field(plan: Plan, group: Group) -> None:
    """A survey tool has no customer of its own: a column that the company sent along, under a usual name, is one."""
    if plan.table != "feedback" or plan.guess("customer_id") is not None:
        return
    usual = names.canonical("feedback", "customer_id")
    candidates = [p for p in group.profiles if names.plain(p.header) in usual and p.counts and not p.email]
    if len(candidates) == 1 and not misfit(TABLES["feedback"].column("customer_id"), candidates[0]):
        why = "sent along with the survey, under a usual name"
        plan.guesses.append(Guess("customer_id", candidates[0].header, True, why, candidates[0].samples))


def _named(select: str) -> list[str]:
    return [part.partition("]")[0] for part in select.split("[")[1:]]


def _unfit(candidate: Match, group: Group) -> bool:
    """Whether the table is out of the question: nothing it needs is there, or customers come twice."""
    if not set(candidate.needed) & set(candidate.guesses):
        return not (candidate.table == "feedback" and all(map(candidate.sure, candidate.spec.one_of)))
    if candidate.table != "customers":
        return False
    id_ = group.profile(candidate.guesses["customer_id"].header) or emails.only_address(group)
    if id_ is None or id_.unique:
        return False
    return not (candidate.sure("known_at") or candidate.sure("valid_from") or dated_lists(group, id_.header))


def _of_match(matches: Sequence[Match], group: Group, *, forced: bool) -> tuple[Plan, list[Question]]:
    # Of what is complete, first what the file's name speaks of.
    complete = sorted((m for m in matches if m.complete), key=lambda m: (not m.hinted, -m.score))
    if forced or (complete and not _doubt(complete[0], matches, group)):
        best = matches[0] if forced else complete[0]
        if forced and (key_guess := _only_key(best, group)) is not None:
            best.guesses["customer_id"] = replace(key_guess, sure=True, why="as you said: it names each customer")
        return _plan(best, group, "as you said" if forced else _because(best), sure=True), []
    offered = [m for m in matches if m.score > 0 or m.hinted][:_OFFERED]
    if not offered:
        none = "no table was found for it" if group.rows else "it has a header and no rows to tell its columns by"
        return Plan(group, None, False, none), []
    why = _doubt(complete[0], matches, group) if complete else _lack(offered[0])
    keys = {m.table: key_guess.header for m in offered if (key_guess := _only_key(m, group)) is not None}
    return _plan(offered[0], group, why, sure=False), [_which(group, [m.table for m in offered], why, keys)]


def _only_key(candidate: Match, group: Group) -> Guess | None:
    """The one column that may name the customers of a list, and names each row once: no second question is needed."""
    guess = candidate.guesses.get("customer_id")
    if candidate.table != "customers" or guess is None or guess.sure:
        return None
    p = group.profile(guess.header)
    rivals = [h for h in candidate.rivals.get("customer_id", ()) if h != guess.header]
    return guess if p is not None and p.unique and not rivals else None


def _because(best: Match) -> str:
    by_name = ", ".join(repr(g.header) for g in best.guesses.values() if g.sure and g.column in best.needed)
    rows = "each customer once" if best.table == "customers" else "all that it needs"
    return f"it has {rows} ({by_name})" + (", and its name says so" if best.hinted else "")


def _doubt(best: Match, matches: Sequence[Match], group: Group) -> str:
    """Why the best match is not sure; empty if it is."""
    hints = names.hinted(group.shown)
    if hints and best.table not in hints:
        return f"its columns fit {best.table}, its name speaks of {' or '.join(sorted(hints))}"
    if best.table not in _OF_CUSTOMERS and (why := _generic(best, group)):
        return why
    rivals = [
        m for m in matches if m is not best and m.complete and m.score >= best.score - 1 and m.table != "customers"
    ]
    rivals = [m for m in rivals if m.hinted or not best.hinted]
    if best.table == "customers" and not best.hinted:
        nearly = [m for m in matches if m.table != "customers" and all(c in m.guesses for c in m.needed)]
        rivals.extend(m for m in nearly if m not in rivals)
        if (own := _own_id(best, group)) is not None:
            return f"{own} numbers its rows: they may be something of customers, not customers"
    if rivals:
        return f"it may be {best.table} or {' or '.join(m.table for m in rivals)}"
    return ""


def _own_id(best: Match, group: Group) -> str | None:
    """A further column that numbers the rows, beside the customer's: of claims, visits, refunds."""
    used = {g.header for g in best.guesses.values()}
    return next(
        (
            p.header
            for p in group.profiles
            if p.header not in used
            and p.unique
            and _NUMBERS_ROWS.search(p.header)
            and names.plain(p.header) not in names.PERSONAL
        ),
        None,
    )


def _generic(best: Match, group: Group) -> str:
    """Tables of the organisation need a column or two that many files have: the rest must be theirs too."""
    sure = [g.header for g in best.guesses.values() if g.sure]
    if not best.hinted and len(sure) < _MOSTLY * len(group.header):
        return f"it has what {best.table} needs, but most of its columns are something else"
    key = [group.header.index(best.guesses[c].header) for c in best.spec.key if best.sure(c)]
    rows = [
        tuple(looked.columns[index][n] for index in key)
        for looked in group.looks
        for n in range(len(looked.columns[0]))
    ]
    return f"each row would be {_article(best.spec.row)}, and rows repeat" if key and len(set(rows)) < len(rows) else ""


def _lack(best: Match) -> str:
    missing = [c for c in best.needed if c not in best.guesses]
    unsure = [c for c in best.needed if c in best.guesses and not best.sure(c)]
    parts = [f"{', '.join(missing)} not found" if missing else "", f"{', '.join(unsure)} not sure" if unsure else ""]
    return f"it may be {best.table}: {'; '.join(filter(None, parts)) or 'its score or its words are not sure'}"


def _plan(best: Match, group: Group, why: str, *, sure: bool) -> Plan:
    plan = Plan(group, best.table, sure, why, list(best.guesses.values()), rivals=best.rivals)
    plan.missing = [c for c in best.needed if c not in best.guesses]
    plan.constants = [Line(c, v, True, reason) for c, (v, reason) in best.constants.items()]
    plan.query, plan.query_why = best.query, best.query_why
    return plan


def _which(group: Group, tables: Iterable[str], why: str, keys: Mapping[str, str] | None = None) -> Question:
    """`keys`: by table, the column that is taken for the customer when it is chosen."""
    by = {t: f"; {h} names the customer" for t, h in (keys or {}).items()}
    choices = [(t, f"{t}: each row is {_article(TABLES[t].row)}{by.get(t, '')}") for t in tables]
    return Question(("table", group.shown), group.shown, f"What is in it? ({why})", (*choices, ("", "leave it out")))


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _columns(plan: Plan, groups: Sequence[Group], answers: Answers) -> list[Question]:
    """Ask for what is missing or not sure."""
    assert plan.table is not None
    group = plan.group
    questions = []
    spec = TABLES[plan.table]
    sure = {g.header for g in plan.guesses if g.sure}
    sure_columns = {g.column for g in plan.guesses if g.sure}
    unsure = {g.column: g for g in plan.guesses if not g.sure}
    for name in (*plan.missing, *unsure):
        key = ("column", group.shown, plan.table, name)
        if key in answers:
            continue
        column = spec.column(name)
        first = [unsure[name].header] if name in unsure else []
        likely = [*first, *plan.rivals.get(name, ())]
        if name in plan.missing:
            likely += [p.header for p in group.profiles if not misfit(column, p) and p.header not in sure]
        samples = masked_samples(plan)
        choices = [(h, f"{mask(h)}: {', '.join(samples[h])}") for h in dict.fromkeys(likely)]
        choices = [*choices[: 2 * _OFFERED], *_constants(column, group, groups, answers)]
        none = ("", "none of them")
        if not choices and name == "at" and spec.happened == "at":
            text = "On which day did its rows happen? No column says it. For instance the last day of the file."
            questions.append(Question(key, group.shown, text, (("", "not known: leave the file out"),), typed="day"))
            continue
        why = f" ({unsure[name].why})" if name in unsure else ""
        text = f"Which column is {name}, {column.meaning}?{why}"
        # The price of one piece is no amount of a line: it is no first choice.
        is_of_one = name == "amount" and "quantity" in sure_columns and names.plain(likely[0]) in UNIT_PRICE
        questions.append(Question(key, group.shown, text, (none, *choices) if is_of_one else (*choices, none)))
    return questions


def _constants(column: Column, group: Group, groups: Sequence[Group], answers: Answers) -> list[tuple[str, str]]:
    """What all rows of a file may have in common where no column says it: one question, or what its name says.

    Questions that the folder's other files hold answers to come first.
    """
    if column.kind is not Kind.CATEGORY or column.allowed or not column.required:
        return []
    if column.name == "metric":
        answered = {metric for other in groups for _, metric, *_ in scores.columns(other, answers)}
        metrics = sorted(_ASKED.items(), key=lambda metric_question: metric_question[0] not in answered)
        return [(f"{CONSTANT}{metric}", f"no column: {metric} in every row, {asks}") for metric, asks in metrics]
    stem = group.stem
    return [(f"{CONSTANT}{stem}", f"no column: {stem} in every row, after the file's name")]


def _personal(plan: Plan) -> None:
    used = {g.header for g in plan.guesses} | {h for h, _ in plan.left_out}
    for column in plan.group.profiles:
        name = names.plain(column.header)
        if column.header not in used and (name in names.PERSONAL or column.email):
            plan.left_out.append((column.header, "e-mail addresses" if column.email else "personal"))


_ANSWER = ("at", "score", "text", "metric")


def _shared_ids(plan: Plan) -> None:
    """An id that stands for answers of several customers or orders names no answer; one whose answer changed does."""
    own, customer = plan.guess("feedback_id"), plan.guess("customer_id")
    header = plan.group.header
    if own is None or not own.sure or own.header not in header:
        return
    key = header.index(own.header)
    customer_index = header.index(customer.header) if customer and customer.header in header else None
    answer = [header.index(g.header) for g in plan.guesses if g.column in _ANSWER and g.header in header]
    rows_by_id: dict[str, set[tuple[str | None, ...]]] = {}
    for looked in plan.group.looks:
        for row in zip(*looked.columns, strict=True):
            if row[key]:
                rows_by_id.setdefault(row[key] or "", set()).add(row)
    shared = [rows for rows in rows_by_id.values() if len(rows) > 1]
    if any(
        len({row[customer_index] for row in rows}) > 1
        if customer_index is not None
        else len({tuple(row[n] for n in answer) for row in rows}) == 1
        for rows in shared
    ):
        plan.options.append(Line("unique", [], True, f"{own.header} comes several times, for rows that are not one"))


def _lines_or_duplicates(plan: Plan) -> None:
    """Rows that share a receipt's number: lines of it if they differ; if not, the second is a duplicate."""
    receipt = plan.guess("transaction_id")
    product = plan.guess("product")
    if receipt is None or not receipt.sure or (product is not None and product.sure):
        return
    if receipt.header not in plan.group.header:
        return  # a query names its entries
    index = plan.group.header.index(receipt.header)
    ids = [cell for looked in plan.group.looks for cell in looked.columns[index] if cell]
    if len(set(ids)) == len(ids):
        return
    rows = {row for looked in plan.group.looks for row in zip(*looked.columns, strict=True) if row[index]}
    if len(rows) > len(set(ids)):
        plan.options.append(Line("unique", [], True, f"{receipt.header} comes several times: its rows are lines of it"))
    else:
        plan.notes.append(f"rows that repeat {receipt.header} are the same in every column: the first of them is used")
