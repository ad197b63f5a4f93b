"""Whether an experience does the same in every channel, and at the first contact as at later ones."""

import numpy as np
import pytest
from scipy.stats import chi2

from tests.effects.worlds import contacts
from worthline.effects import linkage, slices
from worthline.effects.effect import Effect
from worthline.effects.experiences import Experience


def effect(channel, estimate, error):
    segment = "all" if channel is None else slices.segment(slices.CHANNELS, channel)
    return Effect("X", "retention", 3, "", "", "", (), 500, 100, segment=segment, estimate=estimate, error=error)


def test_cochrans_q_by_hand():
    # Weights 1/.01^2 and 1/.02^2 = 10,000 and 2,500; mean -.04; Q = 10,000 x .01^2 + 2,500 x .04^2 = 5.
    parts = [effect("phone", -0.05, 0.01), effect("chat", 0.0, 0.02)]
    [check] = slices.consistent(effect(None, -0.04, 0.01), parts, slices.CHANNELS).checks
    assert check.value == pytest.approx(chi2.sf(5.0, 1), abs=1e-12)
    assert check.outcome == "failed"
    assert check.says == "Channels differ beyond chance (phone -0.05, chat 0; p 0.025)."


def test_channels_that_agree_and_one_alone():
    parts = [effect("phone", -0.05, 0.01), effect("chat", -0.045, 0.02)]
    [check] = slices.consistent(effect(None, -0.04, 0.01), parts, slices.CHANNELS).checks
    assert check.outcome == "passed"
    assert not slices.consistent(effect(None, -0.04, 0.01), parts[:1], slices.CHANNELS).checks


def test_an_experience_is_parted_by_channel_and_its_money_is_not_told_twice():
    who = np.arange(300)
    phone = (who % 2 == 0).astype(float)
    one = Experience(
        "unresolved contact",
        "unresolved",
        None,
        "",
        "",
        who,
        who * 0,
        who % 3 > 0,
        who,
        {"through phone": phone, "through chat": 1 - phone, "through fax": who * 0.0, "at Billing": phone},
    )
    found = dict(slices.channels(one))
    assert set(found) == {"phone", "chat"}
    assert found["phone"].who.tolist() == list(range(0, 300, 2))
    assert set(found["phone"].extra_covariates) == {"at Billing"}
    part = Effect(
        "X", "margin", 3, "", "", "", (), 500, 100, segment="channel: phone", estimate=-1.0, error=0.1, grade="C"
    )
    assert not part.has_money


COSTS = {"first": -2.0, "second": -6.0, "third or later": -10.0}
"""What a contact left unresolved takes from the next month's margin, by how many there were in twelve months."""


@pytest.fixture(scope="module")
def world():
    """Margin known by arithmetic; who had many contacts is less often helped, and earns less anyway."""
    customers, months = 2_500, 28
    draw = np.random.default_rng(11)
    much = draw.random(customers) < 0.3
    contact = draw.random((customers, months)) < np.where(much, 0.16, 0.05)[:, None]
    sums = np.cumsum(np.pad(contact, ((0, 0), (1, 0))), axis=1)
    before = sums[:, :-1] - sums[:, np.maximum(np.arange(months) - 12, 0)]
    unresolved = contact & (draw.random(contact.shape) < 0.25 + 0.1 * np.minimum(before, 3))
    margin = 30 - 5.0 * much[:, None] + draw.normal(size=contact.shape)
    cost = np.array(list(COSTS.values()))[np.minimum(before, 2)]
    margin[:, 1:] += (cost * unresolved)[:, :-1]
    return linkage.effects(contacts(margin, contact, unresolved))


def test_the_nth_contact_of_twelve_months_has_an_effect_of_its_own(world):
    parts = {one.segment: one for one in world if one.segment != "all"}
    assert set(parts) == {f"contact of twelve months: {name}" for name in COSTS}
    for name, truth in COSTS.items():
        one = parts[f"contact of twelve months: {name}"]
        # Three standard errors, and a limit that half the distance between two slices would break.
        assert abs(one.estimate - truth) < min(3 * one.error, 2.0)
        assert one.had == f"an unresolved contact, the {name} of twelve months,"
        assert one.had in one.estimand
        assert not one.has_money
    whole = next(one for one in world if one.segment == "all" and one.horizon == 3 and one.touchpoint is None)
    check = next(check for check in whole.checks if check.name == "first and later contacts")
    assert check.outcome == "failed"
    assert check.says.startswith("First and later contacts differ beyond chance (first -")


def test_a_record_of_less_than_a_year_and_a_quarter_has_no_nth_contact():
    draw = np.random.default_rng(3)
    contact = draw.random((600, 14)) < 0.3
    made = linkage.effects(
        contacts(20 + draw.normal(size=contact.shape), contact, contact & (draw.random((600, 14)) < 0.4))
    )
    assert {one.segment for one in made} == {"all"}
