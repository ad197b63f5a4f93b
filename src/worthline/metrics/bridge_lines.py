"""Lines of bridges, by name: what pages need of them without building a bridge. Names and the schema only."""

from __future__ import annotations

import pyarrow as pa

LINES = ("opening", "new", "returned", "expansion", "contraction", "lost", "without_customer", "currency", "closing")
"""Of the revenue bridge, in order."""
SUBTRACTED = frozenset({"contraction", "lost", "collected"})
"""Lines of any bridge that are published as positive amounts and taken away."""
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("period", pa.string()),
        ("line", pa.string()),
        ("position", pa.int32()),
        ("amount", pa.decimal128(38, 4)),
    ]
)
"""Of the table `bridges`, whichever bridge the line is of."""
