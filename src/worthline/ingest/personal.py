"""Columns that say who a person is, whatever a mapping calls them: kept apart from what is published.

Reads     settled tables: names of attributes, and the first values of each.
Gives     `find`: the personal attributes of each table, with the reason; `hidden` for a cell that is shown.
Method    by name (`personal_names`), unless the values show that it is something else (yes and no, small numbers); by
          value (`personal_values`); or as the name itself is somebody's address or number.
Assumes   a sample of the first rows is like the rest. Words that people wrote are not looked into here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from worthline.ingest import masking
from worthline.ingest.personal_names import KINDS, doubtful, kind_by_name
from worthline.ingest.personal_patterns import LONG_NUMBER, SEEN_IN_TEXT, SHOWN
from worthline.ingest.personal_values import is_likely, is_something_else, kind_by_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.engine import Engine
    from worthline.ingest.cross_row_rules import Settled

__all__ = ["KINDS", "SEEN_IN_TEXT", "SHOWN", "find", "hidden", "kind_by_name", "kind_by_value", "kind_of", "note"]

SAMPLE = 2_000
"""Rows looked at."""
PLACES = frozenset({"locations", "groups", "touchpoints", "actions", "events", "initiatives"})
"""Tables of places and things: their name, address and position are no person's."""
_DATA = {
    masking.EMAIL: "e-mail",
    masking.PHONE: "telephone",
    masking.CARD: "payment card",
    masking.ACCOUNT: "bank account",
    masking.BORN: "date of birth",
}
"""What a header is that is itself somebody's datum, as a table turned on its side has them: its kind, by its mask."""
OF_PLACES = frozenset({"name", "street address", "telephone", "position"})


def find(engine: Engine, settled: Mapping[str, Settled], as_of: date) -> dict[str, dict[str, str]]:
    """By table: its personal attributes, and what kind each is."""
    apart: dict[str, dict[str, str]] = {}
    for name, table in settled.items():
        texts = [c for c, kind in table.rows.schema().items() if kind.is_string() and not c.startswith("_")]
        texts = [c for c in texts if c not in table.spec.names]
        if not texts:
            continue
        sample: dict[str, list[Any]] = engine.fetch(table.rows.select(*texts).limit(SAMPLE)).to_pydict()
        for column in (c for c in texts if sample[c] and not any(sample[c])):  # blank at first, perhaps not later
            later = table.rows.filter(table.rows[column].notnull()).select(column).limit(SAMPLE)
            sample[column] = engine.fetch(later)[column].to_pylist()
        kinds = {column: kind_of(column, sample[column], as_of) for column in texts}
        if name in PLACES:
            kinds = {column: None if kind in OF_PLACES else kind for column, kind in kinds.items()}
        if personal := {column: kind for column, kind in kinds.items() if kind is not None}:
            apart[name] = personal
    return apart


def kind_of(header: str, values: Sequence[str | None], as_of: date | None = None) -> str | None:
    """What kind of personal column this is, by its name and values; None where it is none."""
    if (datum := _DATA.get(masking.mask(header))) is not None:
        return datum
    there = [value.strip() for value in values if value and value.strip()]
    by_name = kind_by_name(header)
    if by_name is not None and not is_something_else(by_name, there):
        return by_name
    perhaps = doubtful(header)
    if perhaps is not None and is_likely(perhaps, there):
        return perhaps
    return kind_by_value(there, as_of)


def note(apart: Mapping[str, Mapping[str, str]]) -> str | None:
    """What is kept apart, as a sentence for the page of data health."""
    columns = [
        f"{table}.{masking.mask(column)} ({kind})"
        for table, found in sorted(apart.items())
        for column, kind in found.items()
    ]
    if not columns:
        return None
    count = "1 column is" if len(columns) == 1 else f"{len(columns)} columns are"
    return f"{count} personal and kept apart, not published: {', '.join(columns)}."


def hidden(cell: ir.StringValue) -> ir.StringValue:
    """The cell, with all that may tell who somebody is replaced, and other long numbers with it."""
    for pattern in (*SEEN_IN_TEXT, LONG_NUMBER):
        cell = cell.re_replace(pattern, SHOWN)
    return cell
