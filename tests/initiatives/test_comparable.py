"""Comparable controls in worlds of their own: customers are chosen by what they earned and how old they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from worthline.initiatives import comparable
from worthline.initiatives.experiment import Trial
from worthline.initiatives.outcomes import recorded
from worthline.initiatives.record_ends import RecordEnds

EFFECT = 6.0


def chosen(seed: int, customers: int = 1_500) -> Trial:
    """Half earned nothing before. The odds of being chosen and the outcome both bend with age, and leap at nought."""
    luck = np.random.default_rng([seed, 41])
    age = luck.uniform(-1.5, 1.5, customers)
    earned = np.where(luck.random(customers) < 0.5, 0.0, luck.gamma(2.0, 1.0, customers))
    none = earned == 0
    treated = luck.random(customers) < 1 / (1 + np.exp(1.5 + 0.6 * age**2 - 1.2 * none))
    outcome = 20 + 4 * age**2 + 2 * earned - 8 * none + EFFECT * treated + luck.normal(0, 4, customers)
    rows = {
        "customer_id": [f"C{k:04d}" for k in range(customers)],
        "arm": np.where(treated, "training", "control").tolist(),
        "cluster": pa.array([None] * customers, pa.string()),
        "after": outcome,
        "age": age,
        "earned": earned,
    }
    return Trial("training", pa.table(rows), ("training",), RecordEnds(0), {}, False, fixed_before=("age", "earned"))


@pytest.fixture(scope="module")
def estimates():
    found = [comparable.effect(chosen(seed), "training", recorded("after", is_share=False)) for seed in range(20)]
    return [one[0] for one in found]


def test_the_unadjusted_difference_is_far_off(estimates):
    """Those chosen had earned nothing more often: they bring less, whatever was done for them."""
    assert all(abs(one.effect.raw - EFFECT) > 4 * one.effect.error for one in estimates)


def test_intervals_hold_the_effect_in_a_world_on_which_nothing_was_chosen(estimates):
    """Of 20 intervals at 95% five or more miss in 26 of 10,000 tries; the mean is within 3.3 of its standard errors."""
    assert sum(one.low <= EFFECT <= one.high for one in estimates) >= 16
    values = np.array([one.effect.estimate for one in estimates])
    assert abs(values.mean() - EFFECT) < 3.3 * values.std(ddof=1) / 20**0.5


def test_too_few_customers_keep_the_plain_estimate():
    assert comparable.effect(chosen(0, 20), "training", recorded("after", is_share=False)) is None
