"""Names and texts as they stand in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worthline.ingest.propose.profile import Profile


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def day_of(header: str, form: str) -> str:
    """The day in a column that is written in one of the ways of `Profile.dates`; empty where a query cannot read it."""
    if form in ("iso", "typed"):
        return f"try_cast(left(cast({quoted(header)} as varchar), 10) as date)"
    return f"cast(try_strptime({quoted(header)}, {literal(form)}) as date)" if form.startswith("%") else ""


def number(p: Profile) -> str:
    """A column's numbers, whatever marks and signs they bear; empty where they can be read in two ways."""
    text = f"cast({quoted(p.header)} as varchar)"
    if p.percent:
        return f"try_cast(replace(rtrim({text}, '% '), ',', '.') as double)"
    if len(p.apart(p.numbers)) != 1:
        return ""
    style = p.numbers[0]
    if style.parentheses:
        return ""
    for mark in (*style.symbols, style.thousands):
        text = f"replace({text}, {literal(mark)}, '')" if mark else text
    if style.decimal != ".":
        text = f"replace({text}, {literal(style.decimal)}, '.')"
    return f"try_cast(trim({text}) as decimal(18, 4))"
