"""One world through a whole run: what is published beside what is true, as a small record.

Gives     `measure`: {effects: rows, money, equity, churn, nps}, plain numbers, one record a world.
Method    the world is written, run by `worthline.company` in this process (no pages), and read back by SQL.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.worlds import oracle
from worthline import company
from worthline.demo import independent

UNKNOWN_SCORES = {"linear", "null", "u_shaped", "places", "hidden", "few", "reverse", "weekly", "shop"}
"""Settings of effects, which ask nobody: surveys would cost a run's time and tell nothing of what is tried."""
YEAR = 12


def measure(setting: str, seed: int, lives: int, customers: int = 3_000, months: int = 30) -> dict[str, Any]:
    """The record of one world."""
    switches: dict[str, Any] = {"asked": 0.0} if setting in UNKNOWN_SCORES else {}
    world = independent.make(setting, seed, customers=customers, months=months, lives=lives, **switches)
    with tempfile.TemporaryDirectory(prefix="worthline-world-") as place:
        folder = Path(place)
        world.write(folder)
        run = company.open(folder).run(threads=1)
        figures = {figure.name: figure for figure in run.figures}
        scores = _scores(run, world)
        return {
            "effects": _effects(run, world),
            "money": _money(run, world),
            "equity": _equity(figures, scores),
            "churn": _churn(run, scores),
            "nps": _nps(figures, world),
            "notes": list(run.health().notes),
        }


def _rows(run: company.Run, table: str, columns: str, where: str = "true") -> list[dict[str, Any]]:
    if table not in run.tables():
        return []
    return [dict(row) for row in run.sql(f"select {columns} from {table} where {where}").to_pylist()]


def _effects(run: company.Run, world: independent.World) -> list[dict[str, Any]]:
    """A row for each true effect; `low` is None where none is published."""
    names = "cause, outcome, horizon_months, estimate, low, high, raw, grade, n, money, bound_low, bound_high, checks"
    told = {
        (row["cause"], row["outcome"], row["horizon_months"]): row
        for row in _rows(run, "effects", names, "segment = 'all'")
    }
    errors = oracle.errors(world.life)
    found = []
    for truth in world.truth.effects:
        row = told.get((truth.cause, truth.outcome, truth.horizon_months), {})
        failed = [check["name"] for check in row.get("checks") or [] if check["outcome"] == "failed"]
        found.append(
            {
                "cause": truth.cause,
                "outcome": truth.outcome,
                "horizon": truth.horizon_months,
                "exposed": truth.exposed,
                "times": truth.times,
                "truth": truth.truth,
                "oracle": errors.get((truth.cause, truth.outcome, truth.horizon_months)),
                **{
                    name: _number(row.get(name))
                    for name in ("estimate", "low", "high", "raw", "bound_low", "bound_high")
                },
                "grade": row.get("grade"),
                "money": row.get("money") is not None,
                "failed": failed,
            }
        )
    return found


def _money(run: company.Run, world: independent.World) -> dict[str, Any]:
    """The total as published, beside the truth; every further number of the total's row is kept."""
    total = _rows(run, "experience_money", "*", "level = 'total'")
    truth = {money.cause: [money.eligible, money.everyone, money.times] for money in world.truth.money}
    told = {name: _number(value) for name, value in (total[0] if total else {}).items() if not isinstance(value, str)}
    said = {name: value for name, value in (total[0] if total else {}).items() if isinstance(value, str)}
    return {"truth": truth, "told": told, "said": said}


def _scores(run: company.Run, world: independent.World) -> dict[str, np.ndarray]:
    """Published columns of customers, in order of customer_id, beside what came; NaN: not published."""
    names = ("value", "value_low", "value_high", "p_leave", "p_leave_12m")
    ids = "cast(substr(customer_id, 2) as integer) as who"
    rows = run.sql(f"select {ids}, {', '.join(names)} from customer_scores order by 1").to_pylist()
    who = np.array([row["who"] for row in rows]) - 1
    truth = world.truth
    columns = {name: np.array([np.nan if row[name] is None else float(row[name]) for row in rows]) for name in names}
    return columns | {
        "came": truth.margin_12m[who],
        "leaves": truth.leaves_after[who],
        "orders": truth.orders_after[who],
    }


def _equity(figures: dict[str, Any], scores: dict[str, np.ndarray]) -> dict[str, Any]:
    """Equity over 12 months, undiscounted: the figures' intervals and what came from those who have a value."""
    valued = ~np.isnan(scores["value"])
    single = (scores["value_low"] <= scores["came"] + 0.005) & (scores["came"] <= scores["value_high"] + 0.005)
    found: dict[str, Any] = {
        "came": float(scores["came"][valued].sum()),
        "valued": int(valued.sum()),
        "single": float(single[valued].mean()) if valued.any() else None,
    }
    for name in ("customer_equity", "margin_next_12m"):
        figure = figures.get(name)
        found[name] = [None if figure is None else _number(getattr(figure, part)) for part in ("value", "low", "high")]
    return found


def _churn(run: company.Run, scores: dict[str, np.ndarray]) -> dict[str, Any]:
    """Mean published chance of leaving against the share that left, by horizon; None where no score is shown.

    A shop's customer has left who orders nothing within the horizon, the months after which customers have lapsed.
    """
    settings = run.about["settings"]
    shop = settings["setting"] == "non-contractual"
    found: dict[str, Any] = {}
    for name, months in (("p_leave", (settings["lapse_months"] or 3) if shop else 3), ("p_leave_12m", YEAR)):
        known = ~np.isnan(scores[name])
        left = (scores["leaves"] > 0) & (scores["leaves"] <= months)
        if shop:
            left = scores["orders"][:, :months].sum(axis=1) == 0
        shown = {"months": months, "predicted": float(scores[name][known].mean()), "left": float(left[known].mean())}
        found[name] = shown | {"customers": int(known.sum())} if known.any() else None
    return found


def _nps(figures: dict[str, Any], world: independent.World) -> dict[str, Any]:
    found: dict[str, Any] = {"all": world.truth.nps, "today": world.truth.nps_today}
    for name in ("nps", "nps_weighted", "nps_predicted"):
        figure = figures.get(name)
        found[name] = [None if figure is None else _number(getattr(figure, part)) for part in ("value", "low", "high")]
    return found


def _number(value: Any) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)
