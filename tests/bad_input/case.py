"""What a case of bad input is: files, settings, and what must come of them to the letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from worthline.errors import WorthlineError

Content = bytes | Callable[[Path], None]
"""A file's bytes, or what makes it at its path."""

Aside = tuple[int, str | None, str, str | None]
"""A row set aside: line, column, rule, value."""

COLUMNS = "customer_id at_date amount"
COMPANY = 'as_of = "2026-09-30"'


@dataclass(frozen=True)
class Case:
    """One bad input. With `error` nothing is read; else every row is used or set aside, as told here."""

    name: str
    files: dict[str, Content]
    toml: str | bytes
    error: type[WorthlineError] | None = None
    says: tuple[str, ...] = ()
    """Words of the error."""
    aside: dict[str, list[Aside]] = field(default_factory=dict)
    """Rows set aside, by file, in order of line."""
    used: dict[str, tuple[str, list[tuple[str | None, ...]]]] = field(default_factory=dict)
    """Canonical table -> columns, rows as written, in order of file and line."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows in, by file, where it is not `used` + `aside` of the only one."""
    remarks: dict[str, int] = field(default_factory=dict)
    """Rules that only remark, and how many rows each found."""
    notes: tuple[str, ...] = ()
    """Words of the notes on the files."""
    as_of: str | None = None
    """What an automatic as-of date must become."""


def sales(
    name: str,
    content: str | bytes,
    *,
    options: str = "",
    company: str = COMPANY,
    file: str = "sales.csv",
    more: dict[str, Content] | None = None,
    tables: str = "",
    columns: str = COLUMNS,
    used: list[tuple[str | None, ...]] | None = None,
    aside: list[Aside] | None = None,
    more_aside: dict[str, list[Aside]] | None = None,
    error: type[WorthlineError] | None = None,
    says: tuple[str, ...] = (),
    remarks: dict[str, int] | None = None,
    notes: tuple[str, ...] = (),
    as_of: str | None = None,
) -> Case:
    """A case of one file of transactions."""
    toml = f'[company]\n{company}\n[tables.transactions]\nfile = "{file}"\n{options}\n{tables}\n'
    body = content if isinstance(content, bytes) else content.encode()
    return Case(
        name,
        {file: body, **(more or {})},
        toml,
        error=error,
        says=says,
        aside={file: aside or [], **(more_aside or {})},
        used={} if used is None else {"transactions": (columns, used)},
        rows={} if used is None else {file: len(used) + len(aside or [])},
        remarks=remarks or {},
        notes=notes,
        as_of=as_of,
    )
