"""The generator holds to itself: parts live as the whole does, flips change nothing else, causes do what is said."""

from dataclasses import replace

import numpy as np
import pytest

from worthline.demo import mobile, shop, truth, worlds
from worthline.demo.live import again, live
from worthline.demo.mobile import NOTHING, fixed_from
from worthline.demo.world import World

WORLD = World(customers=8_000, seed=5)
WHO = np.arange(WORLD.customers)


@pytest.fixture(scope="module", params=[mobile, shop], ids=["mobile", "shop"])
def life(request):
    """One company's lives with states kept."""
    return live(WORLD, request.param, WHO, keep_states=True)


def test_a_part_of_the_customers_lives_as_it_does_among_all(life):
    part = np.array([7, 4_000, 7_999])
    alone = live(WORLD, life.company, part)
    for whole, few in zip(life.months, alone.months, strict=True):
        for name, column in few.items():
            assert np.array_equal(column, whole[name][part]), name


def test_living_again_unchanged_changes_nothing(life):
    some = np.arange(0, WORLD.customers, 3)
    for t, months in enumerate((again(life, some, 4, 15, NOTHING), again(life, some, 20, 40, NOTHING))):
        start = (4, 20)[t]
        for k, record in enumerate(months):
            for name, column in record.items():
                assert np.array_equal(column, life.months[start + k][name][some]), name


def test_a_flip_ends_the_one_exposure_and_spares_all_before_it_in_the_month(life):
    t = 6
    exposed = np.flatnonzero(life.months[t]["unresolved"])
    first = again(life, exposed, t, t, frozenset({"unresolved"}))[0]
    assert not first["unresolved"].any()
    for name in ("here", "contact", "about", "wait", "late", "long_wait"):
        assert np.array_equal(first[name], life.months[t][name][exposed])


def test_nobody_comes_back_pays_or_is_asked_after_leaving():
    life = live(WORLD, mobile, WHO)
    gone = np.zeros(WORLD.customers, bool)
    for record in life.months:
        for name in ("here", "contact", "asked", "bill", "leaves", "outage", "refers"):
            assert not record[name][gone].any(), name
        gone |= record["leaves"]


def test_in_a_null_world_every_truth_is_nothing(life):
    null = live(WORLD.null(), life.company, WHO, keep_states=True)
    money = [e for e in truth.of_experiences(null) if e.outcome in ("retention", "margin", "orders", "referrals")]
    assert len(money) > 20
    assert {e.truth for e in money} == {0.0}
    assert all(e.truth == 0 for e in truth.of_actions(null) if e.outcome != "contacts")


@pytest.mark.parametrize(("company", "outcome"), [(mobile, "retention"), (shop, "orders")], ids=["mobile", "shop"])
def test_truth_has_the_sign_of_its_cause_and_naive_comparison_overstates(company, outcome):
    life = live(World(customers=60_000, seed=5), company, np.arange(60_000), keep_states=True)
    found = {(e.cause, e.outcome, e.horizon_months): e for e in truth.of_experiences(life) if e.touchpoint is None}
    assert all(found[cause, outcome, 3].truth < 0 for cause in ("unresolved", "long_wait", "late"))
    # A worse experience does more harm than a milder one.
    assert found["unresolved", outcome, 3].truth < found["long_wait", outcome, 3].truth
    # Plan, newness and distance move both exposure and leaving: those exposed were worse off before.
    assert found["unresolved", outcome, 3].naive < found["unresolved", outcome, 3].truth


def test_a_randomised_action_s_naive_difference_is_its_truth():
    world = World(customers=65_000, seed=11)
    life = live(world, mobile, np.arange(world.customers), keep_states=True)
    for cause in ("save_call", "plan_text"):
        one = next(
            e for e in truth.of_actions(life) if (e.cause, e.outcome, e.horizon_months) == (cause, "retention", 3)
        )
        arms = np.array([[(m[cause][m["settled"]] == arm).sum() for arm in (0, 1)] for m in life.months[:-3]]).sum(0)
        error = np.sqrt(0.07 * (1 / arms[0] + 1 / arms[1]))  # a share near .93: variance .07
        assert abs(one.naive - one.truth) < 4 * error
    assert one.truth < 0  # plan advice harms
    gift = next(e for e in truth.of_actions(life) if (e.cause, e.outcome, e.horizon_months) == ("gift", "retention", 3))
    assert gift.truth == 0
    assert gift.naive > 0.005  # managers choose the content


def test_totals_agree_with_the_treated_one_by_one():
    """An initiative's whole, by lives without it, is near the sum over the treated by flipping each in its month."""
    life = live(WORLD, mobile, WHO, keep_states=True)
    whole = next(t for t in truth.totals(life) if t["initiative"] == "save_calls")
    lived, single = truth.outcomes(life.months)["margin"], 0.0
    for t, record in enumerate(life.months):
        treated = np.flatnonzero(record["save_call"] == 1)
        months = again(life, treated, t, 99, frozenset({"save_call"}))
        if treated.size:
            single += lived[t:, treated].sum() - truth.outcomes(months)["margin"].sum()
    # Each is called once, so flipping one call is living without the initiative: equal to the cent.
    assert whole["margin"] == pytest.approx(single, abs=0.01)


def test_right_first_time_billing_reaches_four_areas_a_month():
    starts = fixed_from(np.arange(mobile.AREAS))
    assert np.bincount(starts)[mobile.FIX_FROM :].tolist() == [4] * 10


def test_who_is_exposed_hangs_on_the_feeling_in_hidden_worlds_alone():
    """Among customers alike in all that is recorded, the lasting part of the feeling differs in hidden worlds only."""
    gaps = {}
    for kind in ("identified", "hidden"):
        world = worlds.world(kind, 3, customers=150_000, months=6)
        life = live(world, mobile, np.arange(world.customers))
        record, one = life.months[1], life.people
        alike = record["settled"] & record["contact"] & (record["plan"] == 1) & (one["usage"] == 1)
        base, had = one["base"][alike], record["unresolved"][alike]
        error = base.std() * np.sqrt(1 / had.sum() + 1 / (~had).sum())
        gaps[kind] = (base[had].mean() - base[~had].mean()) / error
    assert abs(gaps["identified"]) < 4
    assert gaps["hidden"] < -8


def test_answering_by_the_feeling_lifts_what_is_heard():
    def heard(answering):
        life = live(replace(WORLD, answering=answering), mobile, np.arange(40_000))
        return truth.feelings(life)

    by_chance, by_feeling = heard(0.0), heard(0.8)
    assert by_feeling["answered"] > by_feeling["all"] + 10
    # Some 4,000 answers of a spread of 80 points: two standard errors are 2.5, doubled for the recorded part.
    assert abs(by_chance["answered"] - by_chance["all"]) < 5


def test_nobody_beats_the_generator_s_own_chance_of_leaving():
    life = live(World(customers=20_000, seed=2), mobile, np.arange(20_000), keep_states=True)
    three, twelve = truth.best_possible(life)
    assert 0.6 < three["auc"] < 0.8
    # A recency rule knows less: recent trouble against who left within 3 months.
    here = np.flatnonzero(life.months[20]["here"] & ~life.months[20]["leaves"])[:10_000]
    left = np.any([m["leaves"][here] for m in life.months[21:]], axis=0)
    assert truth._auc(life.states[21]["recent"][here] > 0, left) < three["auc"] - 0.02
    assert twelve["left"] > three["left"]


def test_small_worlds_say_what_they_are():
    with pytest.raises(ValueError, match="identified, hidden, null"):
        worlds.world("happy", 1)
    null = worlds.sample(worlds.world("null", 1))
    assert null.truth == 0
    some = worlds.sample(worlds.world("identified", 1), "late", "margin", 3, shop)
    assert some.covariates.shape == (some.outcome.size, len(some.names))
    assert some.truth < 0
