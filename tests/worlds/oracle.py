"""How exact an estimate could be that knew the true chance of exposure and the true hazards: the width to be held against.

Reads     a Life of the second simulator.
Gives     `errors`: standard errors by cause, outcome and horizon.
Method    augmented inverse probability weighting for the effect on the exposed, with the true chance of exposure and a
          regression of the outcome among the unexposed on the true log hazard, what is spent and their products;
          errors clustered by customer, for outages that strike places by place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from worthline.demo.independent.truth import HORIZONS, NAMES, OUTCOMES, eligible
from worthline.demo.independent.world import Life

MOST = 0.98
"""Chances of exposure are cut here, as an estimator without overlap would."""


def errors(life: Life, lapse_months: int = 12) -> dict[tuple[str, str, int], float]:
    """Oracle standard errors of every effect of a world."""
    found = {}
    counted = eligible(life, lapse_months)
    for cause in life.setting.harms:
        could, chance = _could(life, cause, counted)
        for horizon in HORIZONS:
            t, who = np.nonzero(could[: life.months - horizon])
            if not t.size:
                continue
            met = _stack(life, cause, t, who) > 0
            struck = life.setting.strikes_places and cause == "outage"
            cluster = life.people.place[who] if struck else who
            covariates = _covariates(life, t, who)
            for outcome, y in _outcomes(life, t, who, horizon):
                if 10 <= met.sum() < met.size - 10:
                    error = _error(y, met, chance[t, who], covariates, cluster)
                    found[NAMES[cause], outcome, horizon] = error
    return found


def _stack(life: Life, name: str, t: np.ndarray, who: np.ndarray) -> np.ndarray:
    return np.array([record[name] for record in life.records[: life.months]])[t, who]


def _could(life: Life, cause: str, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(months, customers): who could have had it, and the true chance that they had it at least once."""
    chance = np.array([record[f"chance_{cause}"] for record in life.records[: life.months]])
    if cause == "unresolved":
        return counted & np.array([record["contact"] for record in life.records[: life.months]]), chance
    if cause == "late":
        orders = np.array([record["orders"] for record in life.records[: life.months]])
        return counted & (orders > 0), 1 - (1 - chance) ** orders
    return counted, chance


def _covariates(life: Life, t: np.ndarray, who: np.ndarray) -> np.ndarray:
    past = np.array([state.harm for state in life.states])[t, who]
    slow = np.array([state.slow for state in life.states])[t, who]
    hazard = np.exp(_stack(life, "log_hazard", t, who) + life.setting.fade * past)
    level = life.people.spend[who] * (life.people.rate[who] if life.setting.kind == "shop" else 1.0)
    called = np.array([state.called for state in life.states])[t, who]
    orders = _stack(life, "orders", t, who)
    columns = [np.ones(t.size), hazard, hazard**2, level, level * hazard, slow, called, orders, called * level]
    if life.setting.kind == "shop":
        columns += [level * slow, life.people.rate[who]]
    return np.column_stack(columns)


def _outcomes(life: Life, t: np.ndarray, who: np.ndarray, horizon: int) -> Iterator[tuple[str, np.ndarray]]:
    yield "retention", np.array([state.alive for state in life.states])[t + horizon + 1, who].astype(float)
    for outcome, column in zip(OUTCOMES[1:], ("margin", "orders", "contact"), strict=True):
        running = np.cumsum([record[column] for record in life.records], axis=0)
        yield outcome, (running[t + horizon, who] - running[t, who]).astype(float)


def _error(y: np.ndarray, met: np.ndarray, chance: np.ndarray, x: np.ndarray, cluster: np.ndarray) -> float:
    chance = np.clip(chance, 1e-6, MOST)
    fitted, *_ = np.linalg.lstsq(x[~met], y[~met], rcond=None)
    rest = y - x @ fitted
    share = met.mean()
    weight = np.where(met, 1.0, -chance / (1 - chance)) / share
    effect = float((weight * rest).mean())
    influence = weight * rest - met / share * effect
    summed = np.bincount(cluster, influence)
    return float(np.sqrt((summed**2).sum()) / y.size)
