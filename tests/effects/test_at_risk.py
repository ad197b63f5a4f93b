"""Margin at risk in two parts: normal churn, and what poor experience causes, by arithmetic."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from tests.effects.worlds import outages
from worthline.effects import at_risk, joint, linkage

WORTH = 100.0
"""What a customer who stays is worth more than one who left."""
WHOLE = Decimal("50000.0000")


@pytest.fixture(scope="module")
def world():
    linked = outages(customers=2500, months=18, effect=-0.10, seed=2).linked
    estimated = linkage.effects(linked)
    return linked, estimated, joint.parts(linked, estimated)


def rows_of(world, owners=None):
    linked, estimated, parts = world
    lost = np.full(linked.history.customers, WORTH)
    table = at_risk.table(linked, parts, estimated, lost, WHOLE, owners or {})
    return {(row["level"], row["name"]): row for row in table.to_pylist()}


def test_only_what_is_still_to_come_is_at_risk(world):
    """An outage of this month has its whole effect before it; one of 11 months ago, next to none."""
    linked, estimated, [part] = world
    assert part.alone.horizon == 12
    one = part.experience
    effects = {e.horizon: e.estimate for e in estimated if e.outcome == "retention" and e.segment == "all"}
    expected = 0.0
    for who, month in zip(one.who.tolist(), one.month.tolist(), strict=True):
        passed = linked.last - month
        if 0 <= passed < 12 and linked.history.active[who, linked.last]:
            come = np.interp(passed, [0, 1, 3, 6, 12], [0, *(effects[h] / effects[12] for h in (1, 3, 6, 12))])
            expected -= part.staying.estimate * WORTH * (1 - min(max(come, 0), 1))
    row = rows_of(world)["experience", "Outage"]
    assert float(row["margin_at_risk"]) == pytest.approx(expected, abs=0.01)
    assert row["low"] < row["margin_at_risk"] < row["high"]


def test_both_parts_add_up_to_the_whole_to_the_cent_and_owners_to_their_part(world):
    rows = rows_of(world, {"Outage": ["Network", "Operations"]})
    normal, poor = (rows[level, level.replace("_", " ")] for level in ("normal_churn", "poor_experience"))
    assert (
        normal["margin_at_risk"] + poor["margin_at_risk"] == rows["total", "margin at risk"]["margin_at_risk"] == WHOLE
    )
    owned = [row for (level, _), row in rows.items() if level == "department"]
    assert {row["name"] for row in owned} == {"Network", "Operations"}
    assert sum(row["margin_at_risk"] for row in owned) == poor["margin_at_risk"]
    # Each owns half of one part, so that its range is half as wide: to the cent of each end.
    assert float(owned[0]["high"] - owned[0]["low"]) == pytest.approx(float(poor["high"] - poor["low"]) / 2, abs=0.03)


def test_a_correlation_causes_nothing(world):
    linked, estimated, parts = world
    weak = [replace(part, alone=replace(part.alone, grade="D")) for part in parts]
    lost = np.full(linked.history.customers, WORTH)
    assert at_risk.table(linked, weak, estimated, lost, WHOLE, {}) is None


def test_the_figure_says_both_parts(world):
    linked, estimated, parts = world
    lost = np.full(linked.history.customers, WORTH)
    table = at_risk.table(linked, parts, estimated, lost, WHOLE, {})
    assert isinstance(table, pa.Table)
    figure = at_risk.figure(table, "USD", "2025-06-30")
    assert figure.sentence.startswith("Of $50,000 margin at risk, poor experiences cause an estimated $")
    assert "is normal churn." in figure.sentence
    assert (figure.grade, figure.basis) == ("C", "effect")
    one = parts[0].experience
    recent = (one.month > linked.last - 12) & linked.history.active[one.who, linked.last]
    assert figure.n == len(set(zip(one.who[recent].tolist(), one.month[recent].tolist(), strict=True)))
