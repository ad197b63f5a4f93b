"""An Arrow table as the data frame that an analyst works in.

Gives     `pandas`, `polars`.
Assumes   it fits in memory: what it is made of does already.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from worthline.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def pandas(table: pa.Table) -> pd.DataFrame:
    """A pandas frame; money stays Decimal."""
    return table.to_pandas()


def polars(table: pa.Table) -> Any:
    """A Polars frame; raises UsageError where Polars is not installed."""
    if find_spec("polars") is None:
        raise UsageError("polars() needs Polars, which is not installed. Get it with: pip install polars")
    import polars as pl  # type: ignore[import-not-found, unused-ignore]

    return pl.from_arrow(table)
