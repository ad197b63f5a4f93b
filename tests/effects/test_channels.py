"""Whether an experience does the same in every channel."""

import numpy as np
import pytest
from scipy.stats import chi2

from worthline.effects import channels
from worthline.effects.effect import Effect
from worthline.effects.experiences import Experience


def effect(channel, estimate, error):
    segment = "all" if channel is None else channels.segment(channel)
    return Effect("X", "retention", 3, "", "", "", (), 500, 100, segment=segment, estimate=estimate, error=error)


def test_cochrans_q_by_hand():
    # Weights 1/.01^2 and 1/.02^2 = 10,000 and 2,500; mean -.04; Q = 10,000 x .01^2 + 2,500 x .04^2 = 5.
    parts = [effect("phone", -0.05, 0.01), effect("chat", 0.0, 0.02)]
    [check] = channels.consistent(effect(None, -0.04, 0.01), parts).checks
    assert check.value == pytest.approx(chi2.sf(5.0, 1), abs=1e-12)
    assert check.outcome == "failed"
    assert check.says == "Channels differ beyond chance (phone -0.05, chat 0; p 0.025)."


def test_channels_that_agree_and_one_alone():
    parts = [effect("phone", -0.05, 0.01), effect("chat", -0.045, 0.02)]
    [check] = channels.consistent(effect(None, -0.04, 0.01), parts).checks
    assert check.outcome == "passed"
    assert not channels.consistent(effect(None, -0.04, 0.01), parts[:1]).checks


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
    found = dict(channels.apart(one))
    assert set(found) == {"phone", "chat"}
    assert found["phone"].who.tolist() == list(range(0, 300, 2))
    assert set(found["phone"].more) == {"at Billing"}
    part = Effect(
        "X", "margin", 3, "", "", "", (), 500, 100, segment="channel: phone", estimate=-1.0, error=0.1, grade="C"
    )
    assert not part.has_money
