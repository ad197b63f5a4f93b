"""In which unit the numbers of a result table are, where no column of it says so: shares and money, row by row.

Reads     the rows of a table.
Gives     `units`: column -> the unit of each of its values, "share", "money" or "".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from worthline.effects.outcomes import OUTCOMES as EFFECTS
from worthline.initiatives.outcomes import OUTCOMES as INITIATIVES

if TYPE_CHECKING:
    import pyarrow as pa

SHARES = {
    "key_drivers": ("share", "low", "high"),
    "themes": ("share", "trend", "low", "high", "emotional_share"),
    "theme_leavers": ("difference", "low", "high"),
    "control_groups": ("share", "universal", "effect_worth_finding", "detectable_effect"),
    "treatment_groups": ("effect", "low", "high"),
}
"""Table -> columns that are shares in every row."""
_ENDS = ("estimate", "low", "high", "raw", "running_low", "running_high", "treated_mean", "control_mean")
BY_ROW = {
    "effects": ("outcome", _ENDS),
    "initiative_results": ("outcome", _ENDS),
    "experiment_looks": ("outcome", _ENDS),
    "channel_consistency": ("measure", ("raw", "adjusted", "low", "high")),
    "backtests": ("measure", ("value", "low", "high")),
}
"""Table -> the column that says what a row is of, and the numbers that are of it."""
SHARE_MEASURES = ("resolved", "long wait", "calibration_error")
SHARE_BEGINS = ("share_", "calibration_predicted_", "calibration_happened_")


def units(name: str, table: pa.Table) -> dict[str, list[str]]:
    """Column -> unit of each row; only columns whose unit the table's name tells."""
    by_column = {column: ["share"] * table.num_rows for column in SHARES.get(name, ()) if column in table.column_names}
    by, columns = BY_ROW.get(name, ("", ()))
    if by in table.column_names:
        unit_of: Callable[[Any], str] = _of_outcome if by == "outcome" else _of_measure
        each = [unit_of(value) for value in table[by].to_pylist()]
        by_column |= {column: each for column in columns if column in table.column_names}
    return by_column


def _of_outcome(name: Any) -> str:
    outcome_record = EFFECTS.get(name) or INITIATIVES.get(name)
    return {"share": "share", "amount": "money"}.get(outcome_record.unit, "") if outcome_record is not None else ""


def _of_measure(name: Any) -> str:
    return "share" if name in SHARE_MEASURES or str(name).startswith(SHARE_BEGINS) else ""
