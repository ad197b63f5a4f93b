"""Numbers of the company's own: controlled for, unless they know what came later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from tests.worlds import arrays
from worthline.demo import independent
from worthline.effects import amounts, linkage


@pytest.fixture(scope="module")
def world():
    """Light and heavy users are exposed more and leave more; fees are all the same, so only a column of its own says usage."""
    made = independent.make("u_shaped", 4, customers=2_500, months=22, lives=20, asked=0.0)
    for record in made.life.records:
        record["margin"] = 20.0 * record["here"]
    return made


@pytest.fixture(scope="module")
def laid(world):
    return arrays.inputs(world.life).history


def outage(world, **own):
    """The effect of an outage on staying three months."""
    linked = arrays.inputs(world.life, **own)
    one = next(e for e in linked.experiences if e.name == "Network outage")
    linked = replace(linked, outcomes=("retention",))
    return next(iter(linkage._of_horizon(linkage.Study(linked, one), 3)))


def test_a_recorded_u_shaped_confounder_of_the_companys_own_is_controlled_for(world):
    """Without the column the interval lies below the truth: heavy and light users leave anyway."""
    truth = next(
        e.truth
        for e in world.truth.effects
        if (e.cause, e.outcome, e.horizon_months) == ("Network outage", "retention", 3)
    )
    without, having = outage(world), outage(world, usage=world.life.people.usage.round(4))
    assert without.high < truth
    assert having.low <= truth <= having.high
    assert abs(having.estimate - truth) < abs(without.estimate - truth) / 2


def test_numbers_that_know_what_came_later_are_left_out(laid):
    draw = np.random.default_rng(5)
    n = laid.customers
    left = ~np.isnan(laid.left)
    ever = laid.totals["contacts"][:, -1] + draw.normal(size=n) * 0.1
    middle = laid.first + (laid.months - laid.first) // 2
    columns = {
        "age": draw.normal(45, 12, n),
        "income": np.exp(draw.normal(10, 0.5, n)),
        "contacts before the record": laid.totals["contacts"][:, middle] + draw.normal(size=n) * 0.1,
        "contacts ever": ever,
        "days since last seen": np.where(left, 300.0, 5.0) + draw.normal(size=n),
        "asked on leaving": np.where(left, draw.normal(size=n), np.nan),
        "rarely known": np.where(draw.random(n) < 0.3, draw.normal(size=n), np.nan),
    }
    kept = amounts.controlled(columns, laid)
    assert set(kept) == {"age", "income", "contacts before the record"}
    assert kept["age"].min() > 0
    assert kept["age"].max() < 1


def test_only_numbers_are_read_and_ties_share_a_rank(laid):
    assert amounts.numbers(pa.array(["12", "x1"])) is None
    read = amounts.numbers(pa.array(["2", None, "2", "5"]))
    assert np.isnan(read[1])
    # Ranks 1.5, 1.5 and 3 of three known: a fourth of the way, and so on, between 0 and 1.
    assert amounts._ranks(read)[[0, 2, 3]].tolist() == [0.375, 0.375, 0.75]
