"""What a run keeps apart of who customers are: names and addresses, for readers who have the right to them.

Reads     personal/customers.parquet of a run, for the customers asked for alone.
Gives     `of`: customer_id -> what is known of them by name.
Not for   pages, downloads or SQL of everybody else: they never come here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FILE = "personal/customers.parquet"
APART = ("customer_id", "_file", "_line")
NAMES = ("name", "full_name", "first_name", "last_name", "surname")
"""Columns that are a name, in the order in which they are written."""


def of(path: Path, customers: Sequence[str]) -> dict[str, dict[str, str]]:
    """Customer -> column -> text, of a run's folder; customers of whom nothing personal is known are left out."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    if not customers or not (path / FILE).is_file():
        return {}
    rows = ds.dataset(path / FILE).to_table(filter=pc.field("customer_id").isin(list(customers))).to_pylist()
    by_customer: dict[str, dict[str, str]] = {}
    for row in rows:
        known = {name: str(value) for name, value in row.items() if name not in APART and value not in (None, "")}
        if known:
            by_customer[str(row["customer_id"])] = known
    return by_customer


def name_of(known: dict[str, str]) -> str:
    """What somebody is called, by the columns that are names; "" where none is."""
    return " ".join(known[column] for column in NAMES if column in known)
