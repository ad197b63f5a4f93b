"""What one touchpoint delivers through each channel: shares and money that are known by arithmetic."""

import numpy as np
import pytest
from scipy.stats import chi2

from tests.effects.worlds import contacts
from tests.reports.test_result_pages import Made, said
from worthline.effects import channels, linkage
from worthline.reports import by_channel
from worthline.reports.page import Page, header

CUSTOMERS, MONTHS = 4_000, 18
PHONE = {"North": 0.8, "South": 0.2}
"""Share of contacts that come by phone; the others by chat."""
UNRESOLVED = {("phone", "North"): 0.5, ("phone", "South"): 0.1, ("chat", "North"): 0.6, ("chat", "South"): 0.2}
"""Chat leaves ten points more unresolved in either region; whoever ignores the region would blame the phone."""
COST = -8.0


def world(seed=0, chat_worse=0.1):
    draw = np.random.default_rng(seed)
    region = np.where(draw.random(CUSTOMERS) < 0.5, "North", "South")
    contact = draw.random((CUSTOMERS, MONTHS)) < 0.08
    by_phone = draw.random(contact.shape) < np.where(region == "North", PHONE["North"], PHONE["South"])[:, None]
    phone = np.where(region == "North", UNRESOLVED["phone", "North"], UNRESOLVED["phone", "South"])[:, None]
    unresolved = contact & (draw.random(contact.shape) < phone + chat_worse * ~by_phone)
    margin = 20 + draw.normal(size=contact.shape)
    margin[:, 1:] += COST * unresolved[:, :-1]
    channel = np.where(by_phone, "phone", "chat")
    return contacts(margin, contact, unresolved, channel=channel, region=region), contact, channel


@pytest.fixture(scope="module")
def found():
    linked, contact, channel = world()
    return channels.table(linked, linkage.effects(linked)), contact, channel


def test_shares_are_those_of_all_customers_through_each_channel(found):
    rows = {row["channel"]: row for row in found[0].to_pylist() if row["measure"] == "resolved"}
    # Half of the contacts are of either region: (.5 + .9) / 2 by phone and (.4 + .8) / 2 by chat.
    for name, truth in {"phone": 0.70, "chat": 0.60}.items():
        assert rows[name]["low"] < truth < rows[name]["high"]
        assert rows[name]["high"] - rows[name]["low"] < 0.08
    assert rows["chat"]["raw"] > rows["phone"]["raw"] + 0.05, "the plain shares say the opposite"
    assert rows["chat"]["worst"]
    assert not rows["phone"]["worst"]
    assert rows["phone"]["p_adjusted"] < 0.05


def test_money_is_half_the_gap_times_contacts_times_what_one_costs(found):
    table, contact, channel = found
    chat = next(row for row in table.to_pylist() if row["channel"] == "chat")
    by_chat = int((contact & (channel == "chat"))[:, -12:].sum())
    truth = 0.05 * by_chat * -COST
    assert float(chat["money_low"]) < truth < float(chat["money_high"])
    # The gap is estimated: the money is arithmetic of what is published.
    gap = (0.5 * (rows_of(table, "phone") + rows_of(table, "chat"))) - rows_of(table, "chat")
    assert float(chat["money"]) == pytest.approx(gap * by_chat * -COST, rel=0.05)
    assert chat["grade"] == "C"
    assert "part of the cost of “unresolved: Billing”, not in addition to it" in chat["sentence"]
    assert all(row["money"] is None for row in table.to_pylist() if row["channel"] == "phone")


def rows_of(table, channel):
    return next(row["adjusted"] for row in table.to_pylist() if row["channel"] == channel)


def test_channels_that_are_alike_bear_no_money():
    linked, *_ = world(seed=4, chat_worse=0.0)
    rows = channels.table(linked, linkage.effects(linked)).to_pylist()
    assert not any(row["worst"] for row in rows)
    assert all(row["money"] is None for row in rows)
    assert rows[0]["sentence"].endswith("No significant difference between channels.")


def test_walds_test_by_hand():
    # Two means .1 apart, errors .03 and .04 of different customers: (.1 / .05)^2 = 4.
    influence = np.array([[0.03, 0.0], [0.0, 0.04]])
    one = channels.Spread(None, "resolved", ("a", "b"), (9, 9), np.zeros(2), np.array([0.6, 0.5]), influence)
    assert one.p == pytest.approx(chi2.sf(4.0, 1), abs=1e-12)
    assert one.gap() == pytest.approx((0.05, 0.025))
    assert one.worst == 1


def test_one_channel_is_no_comparison():
    draw = np.random.default_rng(1)
    contact = draw.random((800, 14)) < 0.2
    linked = contacts(20 + draw.normal(size=contact.shape), contact, contact & (draw.random(contact.shape) < 0.3))
    assert channels.table(linked, []) is None


def test_page_says_what_differs(found):
    made = Made(channel_consistency=found[0])
    told = said(Page(header(made), tuple(by_channel.blocks(made))))
    assert "Consistency by channel" in told
    assert "chat" in told
    assert "would be kept" in told
