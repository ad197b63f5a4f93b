"""How sure the level of the churn model's chances is, as its backtest tells it. Arithmetic on rows only.

Reads     the table backtests.
Gives     the relative standard error of the share that leaves within twelve months.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from worthline.customers.value.customer_value import YEAR
from worthline.stats.intervals import Z95

if TYPE_CHECKING:
    import pyarrow as pa


def level_error(backtests: pa.Table | None) -> float:
    """Relative standard error of the share of leavers from which the level was learnt; 0 where no row tells it.

    It strikes all customers at once. What the level missed beyond it is in the backtest of the value.
    """
    for row in [] if backtests is None else backtests.to_pylist():
        if (row["model"], row["horizon"], row["measure"]) == ("risk", YEAR, "share_left") and row["value"]:
            if row["low"] is None or row["high"] is None:
                return 0.0
            error = float((row["high"] - row["low"]) / (2 * Z95) / row["value"])
            return error if isfinite(error) else 0.0
    return 0.0
