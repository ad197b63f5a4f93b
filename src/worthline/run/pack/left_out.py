"""What of a published table tells who a person is, and stays out of a proof pack unless it is asked for.

Reads     a table's name, its columns' types, the texts that stand in it.
Gives     `columns`: what is left out of a table, with the reason; `renamed`: whether customers' ids are replaced.
Method    of the checked tables: words that people wrote (text columns), and columns that Worthline does not know;
          of every table: a text column in which an address, account, card or telephone stands. docs/adr/0040 says why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from worthline.ingest.personal import SEEN_IN_TEXT
from worthline.tables import TABLES, Kind

WORDS = "words that people wrote"
UNKNOWN = "a column that Worthline does not know"
SEEN = "an address, an account, a card or a telephone stands in it"
QUOTES = ("text", "quote", "quotes", "example", "examples", "verbatim", "customer_said")
"""Columns of results in which people's own words may stand."""
ALWAYS = {"quarantine": {"value": "cells as they stood in the company's files"}}
IDS = ("customer_id", "referred_by", "merged_into", "old_id", "account_id")
"""Columns that hold customers' ids."""
_SEEN = re.compile("|".join(SEEN_IN_TEXT))


def columns(name: str, path: Path) -> dict[str, str]:
    """Columns of one published table that are left out: `name` is `source.<table>` or that of a result."""
    omitted = dict(ALWAYS.get(name, {}))
    schema = pq.read_schema(path)
    spec = TABLES.get(name.removeprefix("source.")) if name.startswith("source.") else None
    known = {column.name: column.kind for column in spec.columns} if spec else {}
    for field in schema:
        is_text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        if spec is None and field.name in QUOTES:
            omitted[field.name] = WORDS
        if not is_text or field.name in omitted:
            continue
        if known.get(field.name) is Kind.TEXT:
            omitted[field.name] = WORDS
        elif spec is not None and field.name not in known and not field.name.startswith("_"):
            omitted[field.name] = UNKNOWN
        elif field.name not in IDS and tells(path, field.name):
            omitted[field.name] = SEEN
    return omitted


def tells(path: Path, column: str) -> bool:
    """Whether an address, an account, a card or a telephone stands in any cell of a text column."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[column]):
            values = pc.unique(batch.column(0))
            maybe = values.filter(pc.match_substring_regex(values, r"[@+]|[0-9]{3}"))
            if any(value is not None and _SEEN.search(value) for value in maybe.to_pylist()):
                return True
    return False


def renamed(tables: Mapping[str, Path]) -> dict[str, str] | None:
    """Numbers in place of customers' ids, where an id tells who somebody is (an e-mail); None where none does."""
    path = tables.get("source.customers")
    if path is None or not tells(path, "customer_id"):
        return None
    ids = sorted(filter(None, pc.unique(pq.read_table(path, columns=["customer_id"])["customer_id"]).to_pylist()))
    return {each: f"customer {number}" for number, each in enumerate(ids, 1)}
