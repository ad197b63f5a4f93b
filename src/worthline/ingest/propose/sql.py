"""Names and texts as they stand in SQL."""

from __future__ import annotations


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
