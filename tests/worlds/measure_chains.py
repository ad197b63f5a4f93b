"""One world of the third simulator through files and rooms: what is published beside what is exactly true.

Gives     `measure`: {effects: rows, money, equity}, plain numbers, as `measure.py` gives them of the second simulator.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.worlds import chains, pipeline
from tests.worlds.pipeline import Published

EQUITY = ("plain", "nothing")
"""Settings whose worlds try the forecast of margin too."""


def measure(
    setting: str, seed: int, customers: int = 3_000, months: int = 30, *, equity: bool = True
) -> dict[str, Any]:
    """The record of one world; `equity`: customer value too, where the setting tries it."""
    world = chains.live(setting, seed, customers, months)
    with tempfile.TemporaryDirectory(prefix="worthline-chains-") as place:
        world.write(Path(place))
        published = pipeline.of_effects(Path(place))
        record = {"effects": _effects(published, world), "money": _money(published, world)}
        if equity and setting in EQUITY:
            record["equity"] = _equity(pipeline.of_customers(Path(place)), world)
    return record


def _effects(published: Published, world: chains.World) -> list[dict[str, Any]]:
    """A row for each exact effect; `low` is None where none is published."""
    rows = {
        (row["cause"], row["outcome"], row["horizon_months"]): row
        for row in published.rows("effects", segment="all")
        if row["grain"] == "customer"
    }
    found = []
    for effect in world.effects():
        row = rows.get((effect.cause, effect.outcome, effect.horizon_months), {})
        numbers = ("estimate", "low", "high", "raw", "bound_low", "bound_high")
        found.append(
            {"cause": effect.cause, "outcome": effect.outcome, "horizon": effect.horizon_months, "truth": effect.truth}
            | {name: None if row.get(name) is None else float(row[name]) for name in numbers}
            | {"exposed": effect.exposed, "oracle": None, "grade": row.get("grade")}
            | {"money": row.get("money") is not None}
            | {"failed": [check["name"] for check in row.get("checks") or [] if check["outcome"] == "failed"]}
        )
    return found


def _money(published: Published, world: chains.World) -> dict[str, Any]:
    levels: dict[str, list[dict[str, Any]]] = {}
    for row in published.rows("experience_money"):
        joint = {name: None if row[name] is None else float(row[name]) for name in ("joint", "joint_low", "joint_high")}
        levels.setdefault(row["level"], []).append({"name": row["name"], **joint})
    return {"truth": {"total": [world.total_money(), world.total_money(settled=False), 0]}, "levels": levels}


def _equity(published: Published, world: chains.World) -> dict[str, Any]:
    """Intervals of 12 months' margin, undiscounted, against what may be expected of those who have a value."""
    rows = [row for row in published.rows("customer_scores") if row["value"] is not None]
    found: dict[str, Any] = {"came": world.expected_margin(), "valued": len(rows), "single": np.nan}
    for name in ("customer_equity", "margin_next_12m"):
        figure = published.figures.get(name)
        found[name] = (
            [None] * 3 if figure is None else [float(getattr(figure, part)) for part in ("value", "low", "high")]
        )
    return found
