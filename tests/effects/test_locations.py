"""What strikes whole places at once: within places and months, with errors of places."""

from dataclasses import replace

import numpy as np
import pytest

from tests.effects.worlds import outages
from worthline.effects import checks, design
from worthline.effects.effect import sentence
from worthline.effects.linkage import effects
from worthline.stats.double_ml import Fit, on_the_exposed


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


def test_whole_places_are_as_many_observations_as_there_are_places_and_months():
    # 20 places and 20 months of 20 customers; 15 of the 400 are struck whole, by chance alone, and nothing follows.
    # What places and months share (12 columns) could tell the 15 apart; it must not, as it is chance.
    cell = np.repeat(np.arange(400), 20)
    errors, off = [], []
    for seed in range(12):
        draw = np.random.default_rng(seed)
        d = np.isin(cell, draw.choice(400, 15, replace=False)).astype(float)
        x = np.column_stack([draw.normal(size=(400, 12))[cell], draw.normal(size=8000)])
        y = draw.normal(size=400)[cell] + draw.normal(size=8000)
        who = np.arange(8000) % 400
        (one,), fit = on_the_exposed(y[:, None], d, x, who, splits=1, places=cell % 20, struck=cell)
        # The chance is 15 in 400 for all; rows taken for observations tell the struck apart.
        assert np.quantile(fit.chance[d == 1], 0.9) < 3 * 15 / 400
        errors.append(one.error)
        off.append(one.estimate / one.error)
    by_hand = np.sqrt(1 / 15 + 1 / 300)  # the luck of 15 cells and the noise of 300 rows
    assert 0.8 < np.mean(errors) / by_hand < 1.2
    assert np.std(off) < 1.6, "12 values of standard deviation 1, and what 15 cells leave unknown of their error"


def test_where_whole_places_have_it_the_same_months_are_compared_without_a_column_for_each_place():
    world = outages(customers=2000, struck=0.9999999)
    history = world.linked.history
    rows = design.landmark_sample(history, world.linked.experiences[0], 1, world.linked.last)
    assert rows.struck is not None
    had = {month for month, d in zip(rows.month.tolist(), rows.treatment.tolist(), strict=True) if d}
    assert set(rows.month.tolist()) == had
    _, groups = design.covariates(history, rows, np.zeros_like(history.totals["contacts"]), {})
    assert history.place_name not in groups
    assert groups.count("season") == len(had) - 1
    assert "the place before" in groups
    # By hand, of one row: contacts of all customers of its place in the twelve months before, by customer-months there.
    same = history.place == history.place[rows.who[0]]
    first, last = max(rows.month[0] - 12, history.first), rows.month[0]
    contacts = np.diff(history.totals["contacts"], axis=1)[same, first:last].sum()
    by_hand = contacts / history.active[same, first:last].sum()
    named = dict(design._place_before(history, rows)[1:2])["the place before"]
    assert named[0] == by_hand


def test_balance_of_few_places_fails_only_beyond_chance():
    # 12 of 200 groups are exposed; a column that all of a group share differs by 0.29 standard deviations by chance.
    draw = np.random.default_rng(2)
    group = np.repeat(np.arange(200), 30)
    d = (group < 12).astype(float)
    fit = Fit(np.full(6000, 0.06), np.ones(6000, bool))
    chance = draw.normal(size=200)[group]
    found = [checks.balance((chance + off * d)[:, None], ["season"], d, fit, group).outcome for off in (0, 3)]
    assert found == ["passed", "failed"]
    assert checks.balance((chance - 0.5 * d)[:, None], ["season"], d, fit).outcome == "failed", "as single customers"


@pytest.mark.parametrize("struck", [0.5, 0.9999999])
def test_a_single_place_is_said_and_stops_nothing(struck):
    # One region had all outages: 7684318 broke off with a fault of arithmetic, as one place has no error of places.
    linked = outages(customers=4000, struck=struck).linked
    one = linked.experiences[0]
    place = linked.history.place[one.who]
    alone = one.subset(place == np.bincount(place).argmax())
    found = effects(replace(linked, experiences=(alone,), outcomes=("retention",)))
    assert found
    for effect in found:
        if effect.estimate is None:
            assert struck > 0.9 or "needed" in effect.checks[-1].says
        else:
            assert np.isfinite([effect.low, effect.high]).all()
            assert effect.grade == "D"
            assert "Only 1 place was affected; at least 6 are needed." in sentence(effect, effect.had, "USD")
    assert any(effect.estimate is None for effect in found) or struck < 0.9
