"""One world through a run, or its effects on arrays: what is published beside what is true, as a small record.

Gives     `measure`: {effects: rows, money, equity, churn, nps, notes}, plain numbers; the parts that the setting is for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.worlds import arrays, oracle, pipeline
from tests.worlds.pipeline import Published
from worthline.demo import independent

OF_EFFECTS = {"null", "u_shaped", "places", "hidden", "hidden_strong", "few", "reverse", "weekly"}
"""Settings that try effects alone: on arrays, without files, customers' values and surveys."""
OF_BOTH = {"linear", "shop"}
"""Settings that try effects and customers; nobody is asked, as surveys would cost time and tell nothing here."""
YEAR = 12
TABLES = ("effects", "experience_money", "customer_scores")


def measure(
    setting: str, seed: int, lives: int, customers: int = 3_000, months: int = 30, *, only_effects: bool = False
) -> dict[str, Any]:
    """The record of one world; `only_effects`: on arrays, whatever the setting."""
    only_effects |= setting in OF_EFFECTS
    unasked = {"asked": 0.0}
    world = independent.make(setting, seed, customers=customers, months=months, lives=lives, **unasked)
    if world.life.setting.kind == "shop":
        world = replace(world, lapse_months=arrays.lapse_months(world.life))
    published = arrays.of_effects(world.life) if only_effects else _run(world, setting)
    record: dict[str, Any] = {"notes": list(published.notes)}
    if setting in OF_EFFECTS | OF_BOTH:
        record |= {"effects": _effects(published, world), "money": _money(published, world)}
    if not only_effects:
        scores = _scores(published, world)
        record |= {"equity": _equity(published.figures, scores), "churn": _churn(published.settings, scores)}
        record["nps"] = _nps(published.figures, world)
    return record


def _run(world: independent.World, setting: str) -> Published:
    """A whole run where the setting tries effects too, else churn and value alone."""
    with tempfile.TemporaryDirectory(prefix="worthline-world-") as place:
        world.write(Path(place))
        if setting in OF_BOTH:
            return pipeline.whole(Path(place), TABLES)
        return pipeline.of_customers(Path(place))


def _effects(published: Published, world: independent.World) -> list[dict[str, Any]]:
    """A row for each true effect; `low` is None where none is published."""
    rows = {
        (row["cause"], row["outcome"], row["horizon_months"]): row
        for row in published.rows("effects", segment="all")
        if row["grain"] == "customer"
    }
    errors = oracle.errors(world.life, world.lapse_months)
    found = []
    numbers = ("estimate", "low", "high", "raw", "bound_low", "bound_high")
    for truth in world.truth.effects:
        key = truth.cause, truth.outcome, truth.horizon_months
        row = rows.get(key, {})
        found.append(
            {
                **dict(zip(("cause", "outcome", "horizon"), key, strict=True)),
                "exposed": truth.exposed,
                "times": truth.times,
                "truth": truth.truth,
                "oracle": errors.get(key),
                **{name: _number(row.get(name)) for name in numbers},
                "grade": row.get("grade"),
                "money": row.get("money") is not None,
                "failed": [check["name"] for check in row.get("checks") or [] if check["outcome"] == "failed"],
                "why": None if row.get("low") is not None else row.get("sentence"),
            }
        )
    return found


def _money(published: Published, world: independent.World) -> dict[str, Any]:
    """Totals, remainder and what has no estimate, beside the truth."""
    rows = published.rows("experience_money")
    levels: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        numbers = {name: _number(row[name]) for name in ("joint", "joint_low", "joint_high", "alone", "times")}
        levels.setdefault(row["level"], []).append({"name": row["name"], **numbers})
    truth = {money.cause: [money.eligible, money.everyone, money.times] for money in world.truth.money}
    return {"truth": truth, "levels": levels}


def _scores(published: Published, world: independent.World) -> dict[str, np.ndarray]:
    """Published columns of customers, in order of customer_id, beside what came; NaN: not published."""
    names = ("value", "value_low", "value_high", "p_leave", "p_leave_12m")
    rows = sorted(published.rows("customer_scores"), key=lambda row: row["customer_id"])
    rows = [row for row in rows if int(row["customer_id"][1:]) <= world.life.customers]
    who = np.array([int(row["customer_id"][1:]) for row in rows]) - 1
    truth = world.truth
    columns = {name: np.array([np.nan if row[name] is None else float(row[name]) for row in rows]) for name in names}
    return columns | {
        "came": truth.margin_12m[who],
        "leaves": truth.leaves_after[who],
        "orders": truth.orders_after[who],
    }


def _equity(figures: Mapping[str, Any], scores: dict[str, np.ndarray]) -> dict[str, Any]:
    """Equity over 12 months, undiscounted: the figures' intervals and what came from those who have a value."""
    valued = ~np.isnan(scores["value"])
    single = (scores["value_low"] <= scores["came"] + 0.005) & (scores["came"] <= scores["value_high"] + 0.005)
    found: dict[str, Any] = {
        "came": float(scores["came"][valued].sum()),
        "valued": int(valued.sum()),
        "single": float(single[valued].mean()) if valued.any() else None,
    }
    return found | {name: _range(figures.get(name)) for name in ("customer_equity", "margin_next_12m")}


def _churn(settings: Mapping[str, Any], scores: dict[str, np.ndarray]) -> dict[str, Any]:
    """Mean published chance of leaving against the share that left, by horizon; None where no score is shown.

    A shop's customer has left who orders nothing within the horizon, the months after which customers have lapsed.
    """
    shop = settings["setting"] == "non-contractual"
    found: dict[str, Any] = {}
    for name, months in (("p_leave", (settings["lapse_months"] or 3) if shop else 3), ("p_leave_12m", YEAR)):
        known = ~np.isnan(scores[name])
        if not known.any():
            found[name] = None
            continue
        left = (scores["leaves"] > 0) & (scores["leaves"] <= months)
        if shop:
            left = scores["orders"][:, :months].sum(axis=1) == 0
        shown = {"months": months, "predicted": float(scores[name][known].mean()), "left": float(left[known].mean())}
        found[name] = shown | {"customers": int(known.sum())}
    return found


def _nps(figures: Mapping[str, Any], world: independent.World) -> dict[str, Any]:
    told = {name: _range(figures.get(name)) for name in ("nps", "nps_weighted", "nps_predicted")}
    return {"all": world.truth.nps, "today": world.truth.nps_today, **told}


def _range(figure: Any) -> list[float | None]:
    return [None] * 3 if figure is None else [_number(getattr(figure, part)) for part in ("value", "low", "high")]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
