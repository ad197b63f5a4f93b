"""Effects of experiences in worlds whose truth is known, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.effects.worlds import FIRST, of_horizon, outages
from worthline.effects import design
from worthline.effects.effect import SCHEMA, as_row, sentence
from worthline.effects.linkage import effects


def retention(world):
    return next(one for one in effects(world.linked) if one.outcome == "retention" and one.horizon == 1)


def test_recorded_past_is_held_alike():
    world = outages(customers=3000, effect=-0.10)
    one = retention(world)
    assert abs(one.estimate - world.truth) < 2.5 * one.error
    assert one.grade == "C"
    assert one.raw < one.estimate, "the naive answer blames the outage for what came before it too"
    assert sentence(one, "“Outage”", "USD").startswith(
        f"“Outage”: {100 * one.estimate:.1f} points in the share still here"
    )


def test_what_says_how_it_went_is_compared_with_what_went_well():
    world = outages(customers=3000, effect=-0.10, told=True)
    one = retention(world)
    assert one.cause == "failed: Outage"
    assert one.population == "customers active the month before, who had “Outage”"
    assert one.estimand.endswith("among customers who had “Outage” that failed, compared with having had it go well")
    assert one.exposed < one.n
    assert abs(one.estimate - world.truth) < 2.5 * one.error


def test_no_effect_is_said_as_none():
    one = retention(outages(effect=0.0, seed=3))
    assert one.low < 0 < one.high
    assert "estimated. Not significant." in sentence(one, "“Outage”", "USD")


def test_money_is_the_margin_of_those_exposed_in_the_last_year():
    world = outages(customers=3000)
    found = effects(world.linked)
    one = next(e for e in found if e.outcome == "margin" and e.horizon == 3)
    row = as_row(one, "", "USD")
    met = world.linked.experiences[0]
    last_year = int((met.month > world.linked.last - 12).sum())
    assert one.times == last_year
    assert float(row["money"]) == pytest.approx(one.estimate * last_year, abs=0.005)
    assert row["money_low"] < row["money"] < row["money_high"] < 0
    assert all(as_row(e, "", "USD")["money"] is None for e in found if e.outcome != "margin")
    assert set(row) == set(SCHEMA.names)


def test_hidden_cause_is_seen_by_a_check_or_bounded():
    # The long study (test_truth.py) tells the share of hundreds of worlds: docs/methods/effects-held-to-truth.md.
    warned = []
    for seed in range(10):
        world = outages(customers=800, months=12, hidden=1.5, effect=0.0, seed=seed)
        [one] = of_horizon(replace(world.linked, outcomes=("retention",)), 1)
        if abs(one.estimate - world.truth) > one.error:
            warned.append(one.grade == "D" or one.bound_low <= world.truth <= one.bound_high)
    assert len(warned) >= 5, "hardly anything was biased"
    assert np.mean(warned) >= 0.8


@pytest.mark.parametrize(
    ("world", "says"),
    [
        ({"customers": 60, "months": 8, "selected": 0.0, "effect": 0.0}, "too few customers with it"),
        ({"customers": 900, "months": 10, "selected": 15.0, "effect": 0.0}, "lack of comparable controls"),
        ({"customers": 400, "months": 10, "selected": 0.0, "effect": 0.0, "margin_known": 0.3}, "not known for"),
    ],
    ids=["few", "no overlap", "margin unknown"],
)
def test_what_cannot_be_told_is_undefined_not_zero(world, says):
    found = effects(outages(**world).linked)
    told = [one for one in found if any(says in check.says for check in one.checks)]
    assert told
    for one in told:
        if one.grade is None:
            assert one.estimate is None
            assert sentence(one, "“Outage”", "USD").startswith("“Outage”: effect on ")
            assert as_row(one, "", "USD")["money"] is None
        else:
            assert one.grade == "D"


def test_an_experience_that_everyone_had_is_undefined():
    linked = outages(customers=400, months=10, effect=0.0).linked
    who, month = np.nonzero(linked.history.active[:, :-1])  # all who were customers at the end of the month before
    at = (FIRST + month + 1).astype("datetime64[s]").astype(int)
    had = replace(linked.experiences[0], who=who, month=month + 1, exposed=np.ones(len(who), bool), at=at)
    found = [one for one in effects(replace(linked, experiences=(had,))) if one.horizon <= 6]  # of ten months
    assert found
    for one in found:
        assert (one.estimate, one.grade, as_row(one, "", "USD")["money"]) == (None, None, None)
        text = sentence(one, "“Outage”", "USD")
        assert "with the experience, 0 without: too few customers without it, 50 of each are needed." in text


def test_of_twelve_who_had_it_nothing_is_known():
    linked = outages(customers=400, months=10, effect=0.0).linked
    one = linked.experiences[0]
    some = slice(20, 32)
    twelve = replace(one, who=one.who[some], month=one.month[some], exposed=one.exposed[some], at=one.at[some])
    found = effects(replace(linked, experiences=(twelve,)))
    assert found[0].exposed == 12
    for one in found:
        assert (one.estimate, one.grade, as_row(one, "", "USD")["money"]) == (None, None, None)
        assert "too few customers with it, 50 of each are needed." in sentence(one, "“Outage”", "USD")


def test_same_answer_every_time():
    first, second = (effects(outages(customers=300).linked) for _ in range(2))
    assert [as_row(a, "", "USD") for a in first] == [as_row(b, "", "USD") for b in second]


def test_months_before_the_record_are_no_months_in_which_nobody_left():
    linked = outages(customers=400, months=12, effect=0.0).linked
    laid = linked.history
    first = laid.first
    rows = design.landmark_sample(laid, linked.experiences[0], 1, linked.last)
    assert (first, int(rows.month.min())) == (0, 1)
    # Customers who joined five months before anything was kept: empty months, in which nobody seems to leave.
    empty = {name: np.pad(totals[:, 1:], ((0, 0), (6, 0))) for name, totals in laid.totals.items()}
    active = np.pad(laid.active, ((0, 0), (5, 0)), constant_values=True)
    states = {name: np.pad(values, ((0, 0), (5, 0)), mode="edge") for name, values in laid.states.items()}
    unknown = np.pad(laid.unknown, ((0, 0), (5, 0)))
    longer = replace(laid, base=laid.base - 5, active=active, totals=empty, states=states, unknown=unknown)
    one = replace(linked.experiences[0], month=linked.experiences[0].month + 5)
    later = design.landmark_sample(longer, one, 1, linked.last + 5)
    assert (longer.first, int(later.month.min())) == (5, 6)
    assert len(later.treatment) == len(rows.treatment)
    nothing = np.zeros((laid.customers, laid.months + 6))
    x, groups = design.covariates(longer, later, nothing, {})
    same, _ = design.covariates(laid, rows, nothing[:, 5:], {})
    revenue = [column for column, group in enumerate(groups) if group == "revenue"]
    # 20 a month for all who were here: no less where only some of three or twelve months are on record.
    assert not revenue
    assert x.shape == same.shape
    seen = replace(longer, leaving_from=8)
    assert int(design.landmark_sample(seen, one, 1, linked.last + 5).month.min()) == 9
