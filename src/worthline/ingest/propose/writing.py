"""How a file writes dates and numbers, where its cells leave no doubt.

Reads     the sure columns of a Plan.
Gives     date_format, decimal, thousands, symbols, parentheses, currency; a Question where cells read in two ways.
Method    all dates of a source share one format and all its numbers one way of writing: what a column leaves open
          another one may settle; what contradicts the required columns is left out.
"""

from __future__ import annotations

from dataclasses import replace

from worthline.ingest.header_units import CENTS
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Guess, Line, Plan, Question
from worthline.ingest.propose.profile import Profile, Style
from worthline.tables import TABLES, Kind

_DATES = (Kind.DAY, Kind.INSTANT)
_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.COUNT, Kind.RATE)
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "US$": "USD",
    "¥": "JPY",
    "₹": "INR",
    "R$": "BRL",
    "zł": "PLN",
    "Rs.": "INR",
}
SIGNS |= {
    "Rs": "INR",
    "A$": "AUD",
    "C$": "CAD",
    "Kč": "CZK",
    "Ft": "HUF",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
}
_NO_FORMAT = ("iso", "typed")
_COUNTED = {
    "unix": "seconds since 1970",
    "unix_ms": "milliseconds since 1970",
    "excel": "a spreadsheet's number of the day",
    "quarter": "the last day of the quarter, the first of what began in it",
    "week": "the last day of the ISO week, the first of what began in it",
}


def settle(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Add the options to the plan; columns that cannot be read with them become unsure."""
    _dates(plan, answers, questions)
    _numbers(plan, answers, questions)
    zone = plan.group.looks[0].zone
    if zone and plan.query:
        plan.options.append(Line("timezone", zone, True, "the export names it"))
    sheet = plan.group.looks[0].sheet
    if sheet:
        plan.options.append(Line("sheet", sheet, True, "the sheet that it is on"))
    skip = plan.group.looks[0].skip_lines
    if skip:
        plan.options.append(Line("skip_lines", skip, True, "a title stands above the table"))
    _minor_units(plan)
    _encoding(plan, answers, questions)


def _minor_units(plan: Plan) -> None:
    """Amounts that are called cents are cents; the option is one for all of a source's money."""
    money = _of_kind(plan, (Kind.MONEY,))
    cents = [g for g, _ in money if CENTS.search(plain(g.header))]
    if cents and len(cents) == len(money):
        plan.options.append(Line("minor_units", True, True, f"{cents[0].header} says so"))
    for guess in cents if len(cents) < len(money) else ():
        _doubt(plan, guess, "it is in cents, and other amounts of the file are not")


def _encoding(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Bytes that are not UTF-8 read in several ways; it matters where an id or an amount holds them."""
    encoding = plan.group.looks[0].encoding
    if not encoding:
        return
    assert plan.table is not None
    spec, group = TABLES[plan.table], plan.group
    mapped = [
        g.header
        for g in plan.guesses
        if g.header in group.header and spec.column(g.column).kind not in (Kind.TEXT, Kind.CATEGORY)
    ]
    keys = [p for p in group.profiles if p.header in mapped and not all(map(str.isascii, p.counts))]
    key = ("encoding", group.shown)
    answer = answers.get(key)
    example = next((v for p in (*keys, *group.profiles) for v in p.counts if not v.isascii()), group.header[0])[:40]
    if answer or not keys:
        why = "as you said" if answer else f"it is not UTF-8; only words depend on it, as {example}"
        plan.options.append(Line("encoding", answer or encoding, True, why))
        return
    plan.options.append(Line("encoding", encoding, False, f"it is not UTF-8; so it would read as {example}"))
    if key not in {q.key for q in questions}:
        others = [e for e in ("cp1252", "cp1250", "mac_roman") if e != encoding]
        choices = ((encoding, f"{encoding}, as {example}"), *((e, e) for e in others))
        questions.append(Question(key, group.shown, f"It is not UTF-8. Which encoding is it? {example}", choices))


def _of_kind(plan: Plan, kinds: tuple[Kind, ...]) -> list[tuple[Guess, Profile]]:
    assert plan.table is not None
    spec = TABLES[plan.table]
    profiled = ((g, g.cells or plan.group.profile(g.header)) for g in plan.guesses if g.sure)
    return [(g, p) for g, p in profiled if p is not None and spec.column(g.column).kind in kinds]


def _doubt(plan: Plan, guess: Guess, why: str) -> None:
    plan.guesses[plan.guesses.index(guess)] = replace(guess, sure=False, why=why)


def _dates(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    columns = [(g, p) for g, p in _of_kind(plan, _DATES) if not set(p.dates) & set(_NO_FORMAT)]
    for guess, p in _of_kind(plan, _DATES):
        if not p.dates:
            _doubt(plan, guess, "its cells are no dates")
    columns = [(g, p) for g, p in columns if p.dates]
    if not columns:
        return
    columns.sort(key=lambda pair: pair[0].column not in plan.required)
    common = [f for f in columns[0][1].dates if all(f in p.dates for _, p in columns)] or list(columns[0][1].dates)
    key = ("date", plan.group.shown)
    format_ = answers.get(key) or (common[0] if len(common) == 1 else None)
    for guess, p in columns:
        if format_ is not None and format_ not in p.dates:
            _doubt(plan, guess, f"written otherwise ({p.dates[0]}) than the other dates ({format_})")
    if format_ is not None:
        example = columns[0][1].samples[0]
        spelling = _COUNTED.get(format_, f"as {example}")
        why = "as you said" if key in answers else f"every date fits it and no other: {spelling}"
        plan.options.append(Line("date_format", format_, True, why))
        return
    samples = ", ".join(columns[0][1].samples)
    for guess, _ in columns:
        _doubt(plan, guess, f"{samples} may be {' or '.join(common)}")
    if key not in {q.key for q in questions}:
        text = f"How are its dates written? For instance {samples}."
        questions.append(Question(key, plan.group.shown, text, tuple((f, _spelled(f)) for f in common)))


def _spelled(format_: str) -> str:
    order = [word for letters, word in (("%d", "day"), ("%m", "month"), ("%b", "month")) if letters in format_]
    first = "day first" if format_.find("%d") < max(format_.find("%m"), format_.find("%b")) else "month first"
    return f"{format_}, {first}" if len(order) > 1 else format_


def _numbers(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    columns = [(g, p) for g, p in _of_kind(plan, _NUMBERS) if p.numbers and p.marked]
    if not columns:
        return
    columns.sort(key=lambda pair: pair[0].column not in plan.required)
    marks = [(s.decimal, s.thousands) for s in columns[0][1].numbers]
    for guess, p in columns[1:]:
        fits = [m for m in marks if m in {(s.decimal, s.thousands) for s in p.numbers}]
        if fits:
            marks = fits
        else:
            _doubt(plan, guess, "its numbers are written otherwise than those of the other columns")
    columns = [(g, p) for g, p in columns if g in plan.guesses]
    key = ("numbers", plan.group.shown)
    answered = answers.get(key)
    if answered:
        marks = [m for m in marks if "".join(m) == answered] or marks
    open_ = next((a for _, p in columns if len(a := p.apart([Style(*m) for m in marks])) > 1), None)
    symbols = tuple(sorted({sign for _, p in columns for sign in p.numbers[0].symbols}))
    if open_ is not None:
        samples = ", ".join(columns[0][1].samples)
        for guess, _ in columns:
            _doubt(plan, guess, f"{samples}: is the mark a decimal point or between thousands?")
        choices = tuple((s.decimal + s.thousands, f"{s.decimal} before the decimals") for s in open_)
        if key not in {q.key for q in questions}:
            questions.append(Question(key, plan.group.shown, f"How are its numbers written? {samples}", choices))
        return
    codes = {code for sign in symbols if (code := SIGNS.get(sign, sign if sign.isupper() else ""))}
    if len(codes) > 1 and plan.guess("currency") is None:
        reason = f"{' and '.join(sorted(codes))} stand beside its amounts: bring the currency as a column"
        for guess, _ in columns:
            _doubt(plan, guess, reason)
        return
    example = columns[0][1].samples[0]
    decimal, thousands = marks[0]
    why = "as you said" if answered else f"every number fits it, as {example}"
    if decimal != ".":
        plan.options.append(Line("decimal", decimal, True, why))
    if thousands:
        plan.options.append(Line("thousands", thousands, True, why))
    if symbols:
        plan.options.append(Line("symbols", list(symbols), True, f"they stand beside the amounts, as {example}"))
    if any(p.numbers[0].parentheses for _, p in columns):
        plan.options.append(Line("parentheses", True, True, "amounts in parentheses are below zero"))
