"""Words that people wrote, masked before anything else reads them.

Reads     settled tables on the engine that reads; what is personal, kept apart.
Gives     `masked`: the same tables, their words without what tells who somebody is; and how many texts were changed.
Method    texts in which a pattern or a name of their own customer can be found go through `masking.mask`, each distinct
          one once; the rest never leaves the engine. Everything after ingest sees masked words only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from worthline.ingest import masking, personal
from worthline.tables import TABLES, Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from worthline.engine import Engine

WRITTEN = ("feedback", "interactions", "treatments", "observations")
"""Tables in which people write."""
SAMPLE = 2_000
"""Rows of a further column that are looked at."""
WORDY = 4
"""Blanks in one of those rows from which on the column holds sentences."""
NO_WORDS = ("not_a_date", "not_money", "not_a_number", "not_a_count", "not_a_flag", "not_an_id", "scale_unknown")
"""Rules of cells that hold a sentence by mistake only."""
MOST_CELLS = 100_000
"""Different cells set aside that are looked at one by one, some 50 microseconds each."""
NAMES = ("name", "first name", "last name")
"""Kinds of personal columns by which a text may call its customer."""


def masked(
    engine: Engine, tables: Mapping[str, ir.Table], apart: Mapping[str, ir.Table]
) -> tuple[dict[str, ir.Table], int]:
    """The tables with their words masked, and the number of distinct texts that were changed."""
    out, changed = dict(tables), 0
    names = _names(apart)
    for table in WRITTEN:
        if table not in out:
            continue
        for column in _wordy(engine, table, out[table]):
            out[table], found = _column(engine, f"{table}__{column}", out[table], column, names)
            changed += found
    return out, changed


def _wordy(engine: Engine, name: str, rows: ir.Table) -> list[str]:
    """Columns that hold sentences: those declared as text, and further ones whose values show it."""
    spec = TABLES[name]
    kinds = {column.name: column.kind for column in spec.columns}
    texts = [c for c, kind in rows.schema().items() if kind.is_string() and not c.startswith("_")]
    declared = [c for c in texts if kinds.get(c) is Kind.TEXT]
    further = [c for c in texts if c not in kinds]
    if not further:
        return declared
    sample = rows.select(*further).limit(SAMPLE)
    longest = sample.agg(
        **{f"c{i}": (sample[c].length() - sample[c].replace(" ", "").length()).max() for i, c in enumerate(further)}
    )
    lengths = engine.fetch(longest).to_pylist()[0]
    return [*declared, *(c for i, c in enumerate(further) if (lengths[f"c{i}"] or 0) >= WORDY)]


def _names(apart: Mapping[str, ir.Table]) -> ir.Table | None:
    """customer_id and one name of theirs, a row each; None where no names were brought."""
    rows = apart.get("customers")
    if rows is None:
        return None
    columns = [c for c in rows.columns if not c.startswith("_") and personal.kind_by_name(c) in NAMES]
    parts = [
        rows.filter(rows[c].notnull()).select(_who=rows.customer_id, _called=rows[c].cast("string")) for c in columns
    ]
    if not parts:
        return None
    return (parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=True)).distinct()


def _column(engine: Engine, key: str, rows: ir.Table, column: str, names: ir.Table | None) -> tuple[ir.Table, int]:
    """The table with one column masked, and how many distinct texts named somebody."""
    own = names is not None and "customer_id" in rows.columns
    texts = rows.filter(rows[column].notnull())
    who = texts.customer_id if own else ibis.null("string")
    distinct = texts.select(_who=who, _text=texts[column]).distinct()
    if own and names is not None:
        called = names.group_by("_who").agg(_names=names._called.collect())
        joined = distinct.left_join(called, distinct._who == called._who).select(
            _who=distinct._who, _text=distinct._text, _names=called._names
        )
        looked = joined.filter(joined._names.notnull() | joined._text.re_search(masking.ANY))
    else:
        looked = distinct.filter(distinct._text.re_search(masking.ANY)).mutate(_names=ibis.null("array<string>"))
    changes = _changes(engine.fetch(looked).to_pylist())
    if not changes:
        return rows, 0
    kept = engine.keep(f"masked__{key}", ibis.memtable(pa.Table.from_pylist(changes, _CHANGED)))
    same = [rows[column] == kept._text]
    if own:
        same.append(ibis.coalesce(rows.customer_id, "") == kept._who)
    joined = rows.left_join(kept, same)
    text = ibis.coalesce(kept._masked, rows[column])
    held = joined.select(**{c: (text if c == column else rows[c]) for c in rows.columns})
    named = [row for row in changes if any(row["_masked"].count(m) > row["_text"].count(m) for m in masking.MASKS)]
    return engine.keep(f"words__{key}", held), len(named)


def masked_cell(rule: str, value: str) -> str:
    """One value that was set aside by a rule, as `masked_cells` shows it."""
    return "[words]" if rule in NO_WORDS and value.count(" ") >= WORDY else masking.mask_cells(value)


def masked_cells(engine: Engine, aside: ir.Table) -> ir.Table:
    """Rows set aside, their values masked; where too many differ, by the patterns of any engine.

    A sentence where a number or a day should be is somebody's words: by whom is not known here, so it is not shown.
    """
    column = "value"
    blanks = aside.value.length() - aside.value.replace(" ", "").length()
    sentence = aside.rule.isin(NO_WORDS) & (blanks >= WORDY)
    rows = aside.mutate(value=ibis.ifelse(sentence, "[words]", aside.value))
    texts = rows.filter(rows[column].re_search(masking.ANY_IN_CELL)).select(_text=rows[column]).distinct()
    cells = engine.fetch(texts.limit(MOST_CELLS + 1))["_text"].to_pylist()
    if len(cells) > MOST_CELLS:
        return rows.mutate(**{column: personal.hidden(rows[column])})
    changed = [(text, masked) for text in sorted(cells) if (masked := masking.mask_cells(text)) != text]
    if not changed:
        return rows
    pairs = pa.table({"_text": [text for text, _ in changed], "_masked": [masked for _, masked in changed]})
    kept = engine.keep("masked__aside", ibis.memtable(pairs))
    joined = rows.left_join(kept, rows[column] == kept._text)
    value = ibis.coalesce(joined._masked, joined[column])
    return joined.select(**{c: (value if c == column else joined[c]) for c in rows.columns})


_CHANGED = pa.schema([("_who", pa.string()), ("_text", pa.string()), ("_masked", pa.string())])


def _changes(rows: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    out = []
    for row in rows:
        text = masking.mask(row["_text"], sorted(row["_names"] or ()))
        if text != row["_text"]:
            out.append({"_who": row["_who"] or "", "_text": row["_text"], "_masked": text})
    return out


def note(changed: int) -> str:
    """What was masked, as a sentence for the page of data health."""
    texts = "1 text names" if changed == 1 else f"{changed:,} texts name"
    return (
        f"{texts} a person, an e-mail address, a phone number, a card or an account: masked before anything read them."
    )
