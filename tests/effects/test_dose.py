"""How often it happened in a month counts: weekly deliveries, and contacts that bring the next one."""

import numpy as np
import pytest

from tests.effects.worlds import deliveries, of_horizon
from worthline.effects import experiences, joint, money

CUSTOMERS, MONTHS = 1_500, 15
EACH = -3.0
"""What one late delivery takes from the next month's margin."""


def weekly(draw, *, repeat=0.0):
    """Who, month, failed of each delivery in order of time; a late one is followed by another with chance `repeat`.

    Customers who order more are worth more, and are late more often: how many there were must not be read as harm.
    """
    heavy = draw.random(CUSTOMERS) < 0.3
    rows = []
    for month in range(MONTHS):
        for i, n in enumerate(draw.poisson(np.where(heavy, 6.0, 2.5))):
            while n > 0:
                late = draw.random() < 1 / 7
                rows.append((i, month, late))
                n += (late and draw.random() < repeat) - 1
    who, month, failed = (np.array(column) for column in zip(*rows, strict=True))
    late = np.zeros((CUSTOMERS, MONTHS))
    np.add.at(late, (who, month), 1.0 * failed)
    margin = 20.0 + 30.0 * heavy[:, None] + draw.normal(size=late.shape)
    margin[:, 1:] += EACH * late[:, :-1]
    return who, month, failed.astype(bool), late, margin


def of_margin(linked, horizon=1):
    return next(e for e in of_horizon(linked, horizon) if e.outcome == "margin")


@pytest.mark.parametrize("repeat", [0.0, 0.8], ids=["each by itself", "one brings the next"])
def test_money_counts_every_late_delivery(repeat):
    who, month, failed, late, margin = weekly(np.random.default_rng(3), repeat=repeat)
    linked = deliveries(margin, who, month, failed)
    [experience] = linked.experiences
    assert experience.name == "failed: Delivery"
    one = of_margin(linked)
    had = late[:, 1:-1] > 0
    per_month = EACH * late[:, 1:-1][had].mean()  # what the late deliveries of a month did together, by arithmetic
    assert one.low < per_month < one.high
    # A third of the truth's size: the first delivery of a month alone would leave half of it or more outside.
    assert one.high - one.low < 0.35 * abs(per_month)
    assert one.dose == pytest.approx(late[:, 1:-1][had].mean(), rel=1e-9)
    assert (one.exposed, one.times) == (int(had.sum()), late[:, -12:].sum())


def test_the_sum_counts_every_time_and_adds_up():
    who, month, failed, late, margin = weekly(np.random.default_rng(4))
    linked = deliveries(margin, who, month, failed)
    found = of_horizon(linked, 1)
    parts = joint.parts(linked, found)
    total = money.table(parts, {}, None, CUSTOMERS, "USD").to_pylist()[0]
    truth = EACH * late[:, -12:].sum()
    assert float(total["joint_low"]) < truth < float(total["joint_high"])
    # The first of each month alone comes to less than half: 0.3 x 6 + 0.7 x 2.5 deliveries, one in seven late.
    assert float(total["joint_high"]) < 0.8 * truth


def test_a_month_without_repeats_is_as_it_was():
    """One delivery a month: nothing follows, nothing is added to what is estimated, the dose is one."""
    draw = np.random.default_rng(5)
    who, month = (grid.ravel() for grid in np.meshgrid(np.arange(400), np.arange(10), indexing="ij"))
    failed = draw.random(len(who)) < 0.2
    margin = 20 + draw.normal(size=(400, 10))
    linked = deliveries(margin, who, month, failed)
    [one] = linked.experiences
    assert isinstance(one, experiences.Experience)
    assert not one.later.any()
    assert of_margin(linked).dose == 1.0
