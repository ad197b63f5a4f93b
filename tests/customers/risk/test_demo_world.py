"""The demo company's own chance of leaving is known: how near the model comes to the best possible score."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from worthline.customers.risk.evaluation import area, calibration_error
from worthline.customers.risk.feature_groups import PANEL, TERMS, attribute, category
from worthline.customers.risk.model import Fitted, fit
from worthline.demo import mobile
from worthline.demo.live import Company, Life, live
from worthline.demo.truth import chance_of_leaving
from worthline.demo.world import World

HORIZON = 3
_USED = {"tenure_months", "contacts", "contacts_3m", "unresolved", "unresolved_3m", "unresolved_12m", "wait_minutes"}
FEATURES = (
    *(f for f in PANEL if f.column in _USED or f.column == "last_score"),
    *(f for f in TERMS if f.column == "fee"),
    category("region"),
    attribute(0, "Usage"),
    attribute(1, "Contract"),
)


def recorded(life: Life, t: int, horizon: int) -> dict[str, np.ndarray]:
    """What the company's files know at the end of month `t` of those who are still there, and who left after."""
    months, one = life.months, life.people
    here = np.flatnonzero(months[t]["here"] & ~months[t]["leaves"] & (t >= one["joined"]))

    def lately(name: str, back: int) -> np.ndarray:
        return sum(m[name][here].astype(float) for m in months[max(t - back + 1, 0) : t + 1])

    score = np.full(len(one["joined"]), np.nan)
    for m in months[: t + 1]:
        score = np.where(m["answered"], m["score"], score)
    for m in months:
        m.setdefault("waited", m["wait"] * m["contact"])
    contacts = lately("contact", 3)
    ahead = months[t + 1 : t + 1 + horizon]
    return {
        "rank": here,
        "at": np.full(here.size, 24_000 + t),
        "y": np.any([m["leaves"][here] for m in ahead], axis=0).astype(np.int8),
        "weight": np.ones(here.size),
        "tenure_months": (t - one["joined"][here]).astype(float),
        "contacts": months[t]["contact"][here].astype(float),
        "contacts_3m": contacts,
        "unresolved": months[t]["unresolved"][here].astype(float),
        "unresolved_3m": lately("unresolved", 3),
        "unresolved_12m": lately("unresolved", 12),
        "wait_minutes": np.where(contacts > 0, lately("waited", 3) / 60 / np.maximum(contacts, 1), np.nan),
        "last_score": score[here],
        "fee": mobile.FEES[months[t]["plan"][here]] / 100,
        "region": np.array(mobile.REGIONS)[one["area"][here] // mobile.AREAS_IN_REGION],
        "own_0": np.array(mobile.USAGE)[one["usage"][here]],
        "own_1": np.array(mobile.CONTRACTS)[one["contract"][here]],
    }


def table(parts: list[dict[str, np.ndarray]]) -> pa.Table:
    """Landmarks laid end to end."""
    whole: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in whole.items()})


@pytest.fixture(scope="module")
def told() -> tuple[Fitted, np.ndarray, np.ndarray, np.ndarray]:
    """The model of the past; at the last landmark: its chances, the true ones, who left."""
    made = World(customers=14_000, months=24, seed=11)
    life = live(made, cast(Company, mobile), np.arange(made.customers), keep_states=True)
    last = made.months - 1 - HORIZON
    found = fit(
        table([recorded(life, t, HORIZON) for t in range(6, last - HORIZON + 1)]),
        FEATURES,
        HORIZON,
        rule="-tenure_months",
    )
    now = recorded(life, last, HORIZON)
    truth = chance_of_leaving(life, last + 1, HORIZON, now["rank"])
    assert found.learnt is not None
    return found, found.learnt.probabilities(table([now])), truth, now["y"].astype(float)


@pytest.mark.slow
def test_area_is_within_two_points_of_the_generators_own_score(told):
    found, chances, truth, left = told
    one = np.ones(len(left))
    assert found.shown, found.verdict
    assert area(left, chances, one) >= area(left, truth, one) - 0.02


def test_chances_are_the_generators_own_but_for_what_nobody_records(told):
    _, chances, truth, left = told
    one = np.ones(len(left))
    assert calibration_error(left, chances, one) <= 0.02
    assert abs(chances.mean() - truth.mean()) <= 0.005
    by_tenth = np.array_split(np.argsort(chances), 10)
    assert max(abs(chances[some].mean() - truth[some].mean()) for some in by_tenth) <= 0.02
