"""The published table of backtests: how well each model predicted what it had not seen."""

from __future__ import annotations

import pyarrow as pa

BACKTESTS = pa.schema(
    [
        ("model", pa.string()),
        ("horizon", pa.int32()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n", pa.int64()),
        ("shown", pa.bool_()),
    ]
)
"""One row per model, horizon (months; null where it has none) and measure. `shown`: its predictions are published."""
