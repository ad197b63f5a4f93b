"""What one question says of a table, before the rules among rows are tried one by one.

Reads     the united rows of one table on the engine, and the as-of date.
Gives     FirstLook: counts of rows that a rule may set aside; the first and the last day of those in time.
Method    one statement per table. Taking rows away makes none of these counts larger, so that a rule whose count is
          nought here has nothing to find and is not asked again; every other rule counts exactly, as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from worthline.ingest.repeats import AFTER_ID, BEFORE_ID, CALLED_TOTAL, all_columns
from worthline.ingest.sql_text import any_of, column, matches, quoted
from worthline.tables import Kind, TableSpec

if TYPE_CHECKING:
    from worthline.engine import Engine


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Counts of rows, each at least what the rule would find."""

    in_time: int
    """Rows that happened and were known by the as-of date."""
    late: int
    early: int
    """Rows before the first month that is no slip."""
    totals: int
    """Rows whose customer or place is called somewhat like a total."""
    same_key: int
    """Keys that several rows bear."""
    repeated: int
    """Rows that equal another one in every column that the company brought."""
    first: date | None
    last: date | None
    """Days of the rows in time."""


NOTHING_SEEN = FirstLook(0, 0, 0, 0, 0, 0, None, None)


def first_look(
    engine: Engine,
    name: str,
    columns: Sequence[str],
    spec: TableSpec,
    brought: frozenset[str],
    key: Sequence[str],
    *,
    span: tuple[date | None, date],
) -> FirstLook:
    """Ask the table kept as `name`, with these columns; `span` as in `settle`."""
    since, as_of = span
    rows, day = quoted(name), _day(spec)
    late = f"coalesce({any_of(f'{c} > date {_text(as_of)}' for c in _days(day))}, false)"
    early = f"{day} < date {_text(since)}" if day and since else "false"
    asked = {
        "in_time": _rows(f"not {late}"),
        "late": _rows(late),
        "early": _rows(early),
        "totals": _rows(_called(spec, brought)),
        "same_key": _same_key(rows, spec, key),
        "repeated": "0" if key else _repeated(rows, all_columns(columns, spec, brought)),
        "first": f"min({day}) filter (not {late})" if day else "null",
        "last": f"max({day}) filter (not {late})" if day else "null",
    }
    listed = ", ".join(f"{value} as {quoted(alias)}" for alias, value in asked.items())
    [row] = engine.ask(f"select {listed} from {rows} t")
    return FirstLook(**row)


def _rows(claim: str) -> str:
    return f"count(*) filter ({claim})"


def _text(day: date | None) -> str:
    return f"'{day:%Y-%m-%d}'" if day else "null"


def _day(spec: TableSpec) -> str | None:
    if spec.happened is None:
        return None
    return column(f"{spec.happened}_date" if spec.column(spec.happened).kind is Kind.INSTANT else spec.happened)


def _days(day: str | None) -> Iterator[str]:
    yield column("known_on")
    if day:
        yield day


def _called(spec: TableSpec, brought: frozenset[str]) -> str:
    names = [c for c in ("customer_id", "location") if c in brought and c in spec.names]
    patterns = (CALLED_TOTAL, AFTER_ID, BEFORE_ID)
    return any_of(matches(column(name), pattern) for name in names for pattern in patterns) if names else "false"


def _same_key(rows: str, spec: TableSpec, key: Sequence[str]) -> str:
    if not key:
        return "0"
    # A refund may bear the number of its purchase.
    by = ", ".join(map(quoted, (*key, *(("kind",) if spec.name == "transactions" and "kind" not in key else ()))))
    groups = f"select 1 from {rows} where {quoted(key[0])} is not null group by {by} having count(*) > 1"
    return f"(select count(*) from ({groups}))"


def _repeated(rows: str, columns: Sequence[str]) -> str:
    by = ", ".join(map(quoted, columns))
    return f"(select coalesce(sum(n - 1), 0)::bigint from (select count(*) as n from {rows} group by {by}))"
