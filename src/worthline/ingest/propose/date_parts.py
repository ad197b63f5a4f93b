"""Days in several columns (`order_year, order_month, order_day`; `year, week`) and fiscal months (`FY25-P03`).

Reads     a Match that lacks its day, the file's columns, what a person answered.
Gives     the query that makes one column of them; the Question in which month the fiscal year begins.
Method    of a month, a quarter or an ISO week without a day the last day counts, the first of what began in it.
Assumes   the columns are called alike but for year, month and day, and hold what their names say. Birthdays and ends
          say something else. A fiscal year bears the number of the year in which it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from worthline.ingest.month_names import MONTHS
from worthline.ingest.propose import sheets
from worthline.ingest.propose.match import Match
from worthline.ingest.propose.names import plain
from worthline.ingest.propose.plan import Answers, Group, Guess, Plan, Question
from worthline.ingest.propose.profile import FITS, Profile
from worthline.ingest.propose.sql import literal, quoted

_YEAR = re.compile(r"^(.*?)(year|jahr|anio|año|annee|année|anno|jaar|ano)$")
_MONTH = re.compile(r"^(.*?)(monthofyear|monthnumber|monthno|month|monat|mes|mois|mese|maand)$")
_DAY = re.compile(r"^(.*?)(dayofmonth|day|tag|dia|día|jour|giorno|dag)$")
_QUARTER = re.compile(r"^(.*?)(quarter|quartal|trimestre|qtr)$")
_WEEK = re.compile(r"^(.*?)(isoweek|weekofyear|weeknumber|weekno|week|kw|woche|semana|semaine)$")
_RANGES = {_YEAR: (1900, 2100), _MONTH: (1, 12), _DAY: (1, 31), _QUARTER: (1, 4), _WEEK: (1, 53)}
_OTHER = re.compile(r"birth|born|dob|geburt|naci|naissance|expir|end|due|cancel|ship|deliver")
_FISCAL = re.compile(r"fiscal|financial|\bfy|fy$|gesch(ä|ae)ftsjahr|gj$")
_PREFIXED = re.compile(r"^\s*(?:Q|KW|W|M|P)?\s*0*(\d{1,2})(?:\.0)?\s*$", re.IGNORECASE)
_FISCAL_CELL = (
    (r"(?i)^(?:FY|GJ) ?['’]?((?:\d{2})?\d{2})[ _/.-]*([PMQ])?0?(\d{1,2})$", 1, 2, 3),
    (r"(?i)^([PMQ])0?(\d{1,2})[ _/.-]*(?:FY|GJ) ?['’]?((?:\d{2})?\d{2})$", 3, 1, 2),
    (r"(?i)^(\d{4})[ _/.-]*(P)0?(\d{1,2})$", 1, 2, 3),
)
"""Patterns of fiscal months and quarters: groups of the year, of its P, M or Q, and of the number."""
_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def fill(result: Match, group: Group, answers: Answers) -> None:
    """Fill in the day of each row, where several columns say it, or a fiscal period does, and no other column."""
    column = result.spec.happened
    if column not in ("at", "started_on") or column in result.guesses or column in result.constants:
        return
    if result.query or not group.stackable:
        return
    made = sheets.free("day_of_parts", {h.lower() for h in group.header})
    is_start = column == "started_on"
    found = _of_columns(group, is_start) or _of_fiscal(group, answers, is_start)
    if found is None:
        return
    sql, headers = found
    result.query = f"select *, {sql} as {made}\nfrom {group.source}"
    result.query_why = f"{headers} are the parts of one day" if "," in headers else f"{headers} is a fiscal period"
    result.guesses[column] = Guess(column, made, True, headers)


def ask(plan: Plan, answers: Answers, questions: list[Question]) -> None:
    """Ask in which month the fiscal year begins, where nothing but fiscal months say when."""
    key = ("fiscal", plan.group.shown)
    p = fiscal(plan.group)
    if p is not None and answers.get(key) == "" and plan.table is not None and "at" in plan.missing:
        plan.sure, plan.why = False, f"the fiscal year of {p.header} is not known"
    if p is None or key in answers or plan.table is None or "at" not in plan.missing or not plan.group.stackable:
        return
    text = f"{p.header} holds fiscal periods ({', '.join(p.samples)}). In which month does the fiscal year begin?"
    plan.sure, plan.why = False, f"{plan.why}; {text}"
    months = ((str(n), f"{name}: a fiscal year bears the year in which it ends") for n, name in enumerate(_NAMES, 1))
    questions.append(Question(key, plan.group.shown, text, (("", "not known: leave the file out"), *months)))


def fiscal(group: Group) -> Profile | None:
    """The column that names fiscal months or quarters, if one does."""
    return next((p for p in group.profiles if any(p.share(re.compile(c[0])) >= FITS for c in _FISCAL_CELL)), None)


def _of_fiscal(group: Group, answers: Answers, is_start: bool) -> tuple[str, str] | None:
    p, starts = fiscal(group), answers.get(("fiscal", group.shown))
    if p is None or not starts:
        return None
    pattern, *groups = next(c for c in _FISCAL_CELL if p.share(re.compile(c[0])) >= FITS)
    year, letter, number = (f"regexp_extract({quoted(p.header)}, {literal(pattern)}, {n})" for n in groups)
    full = f"cast(case when length({year}) = 2 then '20' || {year} else {year} end as integer)"
    first = f"make_date({full}{'' if starts == '1' else ' - 1'}, {starts}, 1)"
    quarters = f"3 * cast({number} as integer) - {3 if is_start else 1}"
    months = f"case when upper({letter}) = 'Q' then {quarters} else cast({number} as integer) - 1 end"
    begins = f"{first} + to_months(cast({months} as integer))"
    day = f"cast({begins} as date)" if is_start else f"last_day(cast({begins} as date))"
    return f"case when {number} <> '' then cast({day} as varchar) end", p.header


def _of_columns(group: Group, is_start: bool) -> tuple[str, str] | None:
    """(SQL of the day, the columns' names), of the first set of parts that is there once."""
    for parts in ((_YEAR, _MONTH, _DAY), (_YEAR, _MONTH), (_YEAR, _QUARTER), (_YEAR, _WEEK)):
        found = _named_alike(group, parts)
        if found is not None:
            return _SQL[parts](found, is_start), ", ".join(p.header for p in found)
    return None


def _named_alike(group: Group, parts: tuple[re.Pattern[str], ...]) -> tuple[Profile, ...] | None:
    """The columns that are called alike but for their part; None where they are not one of each, or are fiscal."""
    by_stem: dict[str, list[list[Profile]]] = {}
    for place, pattern in enumerate(parts):
        for p in group.profiles:
            match = pattern.match(plain(p.header))
            is_other = match is None or _OTHER.search(match[1]) or _FISCAL.search(match[1])
            if match and not is_other and _holds(p, _RANGES[pattern], is_month=pattern is _MONTH):
                by_stem.setdefault(match[1], [[] for _ in parts])[place].append(p)
    sets = [found for found in by_stem.values() if all(len(part) == 1 for part in found)]
    return tuple(part[0] for part in sets[0]) if len(sets) == 1 else None


def _holds(p: Profile, bounds: tuple[int, int], *, is_month: bool) -> bool:
    if is_month and p.counts and all(v.casefold() in MONTHS for v in p.counts):
        return True
    if p.range is not None:
        return p.whole and bounds[0] <= p.range[0] and p.range[1] <= bounds[1]
    numbers = [_PREFIXED.match(v) for v in p.counts]
    return bool(numbers) and all(m is not None and bounds[0] <= int(m[1]) <= bounds[1] for m in numbers)


def _number(p: Profile) -> str:
    if p.range is not None:
        return f"try_cast({quoted(p.header)} as integer)"
    if all(v.casefold() in MONTHS for v in p.counts):
        whens = "".join(f" when {literal(v)} then {MONTHS[v.casefold()]}" for v in sorted(p.counts))
        return f"case {quoted(p.header)}{whens} end"
    return f"try_cast(regexp_extract({quoted(p.header)}, '(\\d+)', 1) as integer)"


def _of_day(found: tuple[Profile, ...], _: bool) -> str:
    year, month, day = map(_number, found)
    return f"concat_ws('-', {year}, lpad(cast({month} as varchar), 2, '0'), lpad(cast({day} as varchar), 2, '0'))"


def _of_month(found: tuple[Profile, ...], is_start: bool) -> str:
    year, month = map(_number, found)
    first = f"make_date({year}, {month}, 1)"
    return f"cast({first if is_start else f'last_day({first})'} as varchar)"


def _of_quarter(found: tuple[Profile, ...], is_start: bool) -> str:
    year, quarter = map(_number, found)
    first, last = f"make_date({year}, 3 * {quarter} - 2, 1)", f"last_day(make_date({year}, 3 * {quarter}, 1))"
    return f"cast({first if is_start else last} as varchar)"


def _of_week(found: tuple[Profile, ...], is_start: bool) -> str:
    year, week = map(_number, found)
    fourth = f"make_date({year}, 1, 4)"
    monday = f"{fourth} - (isodow({fourth}) - 1)::integer + 7 * ({week} - 1)"
    return f"cast({monday}{'' if is_start else ' + 6'} as varchar)"


_SQL: dict[tuple[re.Pattern[str], ...], Callable[[tuple[Profile, ...], bool], str]] = {
    (_YEAR, _MONTH, _DAY): _of_day,
    (_YEAR, _MONTH): _of_month,
    (_YEAR, _QUARTER): _of_quarter,
    (_YEAR, _WEEK): _of_week,
}
