"""What strikes whole places at once: within places and months, with errors of places."""

import numpy as np

from tests.effects.worlds import outages
from worthline.effects import design
from worthline.stats.double_ml import on_the_exposed


def test_what_strikes_customers_one_by_one_is_compared_among_all():
    linked = outages(customers=1500).linked
    rows = design.landmark_sample(linked.history, linked.experiences[0], 1, linked.last)
    assert rows.place is None
    assert not rows.extra_covariates


def test_what_strikes_places_is_compared_within_them():
    # Each month two of 20 places are struck, and half of their customers have it.
    world = outages(customers=2000, struck=0.5)
    rows = design.landmark_sample(world.linked.history, world.linked.experiences[0], 1, world.linked.last)
    assert rows.place is not None
    cells = np.unique(np.column_stack([rows.month, rows.place]), axis=0)
    months = len(np.unique(rows.month))
    assert len(cells) == 2 * months
    assert 0.45 < rows.treatment.mean() < 0.55, "others are those of the same places and months"
    assert rows.eligible > 8 * len(rows.treatment)


def test_error_is_that_of_places_where_they_share_their_luck():
    # 40 places whose luck moves all customers alike: of 50 each, nearly all of the error is the places' own.
    draw = np.random.default_rng(1)
    place = np.repeat(np.arange(40), 50)
    d = np.repeat(draw.random(40) < 0.5, 50).astype(float)
    y = np.repeat(draw.normal(size=40), 50) + 0.1 * draw.normal(size=2000)
    who = np.arange(2000)
    (one,), _ = on_the_exposed(y[:, None], d, np.zeros((2000, 0)), who, places=place)
    (naive,), _ = on_the_exposed(y[:, None], d, np.zeros((2000, 0)), who)
    had = y.reshape(40, 50).mean(axis=1)[d.reshape(40, 50)[:, 0] == 1]
    had_not = y.reshape(40, 50).mean(axis=1)[d.reshape(40, 50)[:, 0] == 0]
    # By hand: the standard error of a difference of two means of places, Neyman's without his correction of n - 1.
    by_hand = np.sqrt(had.var() / len(had) + had_not.var() / len(had_not))
    assert abs(one.error / by_hand - 1) < 0.02
    assert naive.error < by_hand / 5
