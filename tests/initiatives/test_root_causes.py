"""Root-cause actions: before and after by arithmetic, against other touchpoints, and reopened when it comes back."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from worthline.initiatives.root_causes import Months, of_needs, of_themes, rows, series
from worthline.tables.time import add_months

FIXED = date(2025, 1, 10)
MONTHS = [add_months(date(2024, 1, 1), k) for k in range(19)]  # January 2024 to July 2025; January 2025 is left out
ACTION = {"root_cause": "r1", "kind": "touchpoint", "subject": "Delivery", "cause": "Late vans", "group": "Logistics"}
ACTION |= {"owner": "A. Owner", "opened_on": date(2024, 11, 1), "fixed_on": FIXED, "closed_on": None}
STEPS = [
    {"root_cause": "r1", "due_on": date(2024, 12, 1), "done_on": date(2024, 12, 5)},
    {"root_cause": "r1", "due_on": date(2025, 2, 1), "done_on": None},
    {"root_cause": "other", "due_on": date(2025, 2, 1), "done_on": None},
]


def measured(after, *, before=(20,) * 12, others=None, cost="5.00", **changed):
    contacts = np.array([*before, 15, *after], dtype=float)
    others = np.zeros(19) if others is None else np.array(others, dtype=float)
    found = Months(MONTHS, contacts, others, np.full(19, 1000.0), Decimal(cost) if cost else None)
    (row,) = rows([{**ACTION, **changed}], STEPS, {("touchpoint", "delivery"): found}, date(2025, 7, 31), "USD")
    return row


def test_volume_and_saving_by_hand():
    """20 a month of 1,000 customers before, 10 after: 6 months save 60 contacts at 5 each."""
    row = measured((10,) * 6)
    assert (row["volume_before"], row["volume_after"]) == (20, 10)
    assert row["change"] == pytest.approx(10.5 / 20.5 - 1)
    assert (row["saved"], row["cost_before"], row["cost_after"]) == (Decimal(300), Decimal(100), Decimal(50))
    assert (row["months_before"], row["months_after"], row["state"]) == (12, 6, "fixed")
    assert (row["steps"], row["steps_done"], row["steps_late"]) == (2, 1, 1)


def test_it_came_back_so_it_is_open_again_and_its_saving_ends():
    """Three months of 10, then 18 and 19: the saving is that of three months, 30 contacts at 5."""
    row = measured((10, 10, 10, 18, 19, 10), closed_on=date(2025, 3, 1))
    assert (row["reopened_on"], row["state"], row["saved"]) == (date(2025, 5, 1), "reopened", Decimal(150))
    assert "It came back from 1 May 2025" in row["sentence"]


def test_one_bad_month_is_no_recurrence():
    assert measured((10, 10, 10, 19, 10, 10))["reopened_on"] is None


def test_what_moved_all_touchpoints_alike_is_no_change():
    """Both halve: the ratio stays, so nothing is saved by the action."""
    others = [200] * 12 + [150] + [100] * 6
    row = measured((10,) * 6, others=others)
    assert row["change"] == pytest.approx((10.5 / 100) / (20.5 / 200) - 1)
    assert row["saved"] == Decimal(0)


def test_the_grade_says_what_was_compared():
    steady = [20, 21, 19, 20, 21, 19, 20, 21, 19, 20, 21, 19]
    others = [200, 199, 201] * 6 + [200]
    after = (10, 11, 9, 10, 11, 9)
    assert measured(after, before=steady, others=others)["grade"] == "C"
    assert measured(after, before=steady)["grade"] == "D"
    falling = [40, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18]
    assert measured(after, before=falling, others=others)["grade"] == "D"


def test_too_little_is_not_known_and_said():
    row = measured((10,) * 6, fixed_on=date(2025, 7, 5))
    assert (row["change"], row["saved"], row["grade"]) == (None, None, None)
    assert "Too few whole months" in row["sentence"]
    assert "counts this need by month" in measured((10,) * 6, kind="need")["sentence"]
    assert measured((10,) * 6, cost=None)["saved"] is None
    assert measured((10,) * 6, fixed_on=date(2025, 9, 1))["state"] == "open"


def test_the_interval_covers_the_true_change():
    """400 worlds of Poisson contacts, 100 a month before and 67 after, against others; 2.5 binomial errors allowed."""
    rng, hits = np.random.default_rng(7), 0
    for _ in range(400):
        others = rng.poisson(2000, 19)
        row = measured(tuple(rng.poisson(67, 6)), before=tuple(rng.poisson(100, 12)), others=others)
        hits += row["low"] <= -0.33 <= row["high"]
    assert 0.923 <= hits / 400 <= 0.977


def test_months_without_a_contact_count_as_none():
    found = series(
        [{"subject": "delivery", "month": MONTHS[1], "n": 3, "cost": Decimal(12), "priced": 2}],
        [{"month": month, "n": 10} for month in MONTHS[:3]],
    )
    assert found["touchpoint", "delivery"].contacts.tolist() == [0, 3, 0]
    assert found["touchpoint", "delivery"].cost == Decimal(6)


def test_a_need_is_measured_by_the_contacts_of_its_stage():
    """Stage Receive has delivery and returns: 20 + 10 contacts a month, then 10 + 5; a contact costs (20 x 5 + 10 x 2) / 30."""
    ones, customers = np.ones(19), np.full(19, 1000.0)
    change = np.array([1.0] * 13 + [0.5] * 6)
    touchpoints = {
        ("touchpoint", "delivery"): Months(MONTHS, 20 * change, 110 * ones - 20 * change, customers, Decimal(5)),
        ("touchpoint", "returns"): Months(MONTHS, 10 * change, 110 * ones - 10 * change, customers, Decimal(2)),
        ("touchpoint", "billing"): Months(MONTHS, 110 * ones - 30 * change, 30 * change, customers, None),
    }
    stages = {"delivery": "Receive", "returns": "Receive", "billing": "Pay"}
    needs = [{"stage": "Receive", "need": "To plan the day"}, {"stage": "Nowhere", "need": "To be known"}]
    found = of_needs(touchpoints, needs, stages)
    assert list(found) == [("need", "to plan the day")]
    action = {**ACTION, "kind": "need", "subject": "To plan the day"}
    (row,) = rows([action], [], found, date(2025, 7, 31), "USD")
    assert (row["volume_before"], row["volume_after"], row["cost_before"]) == (30, 15, Decimal(120))
    assert "Contacts at the touchpoints of its stage per 1,000 customers a month: 30.0 before" in row["sentence"]


def test_a_theme_is_measured_by_its_comments_against_all_others_and_reopens():
    """40 comments of 200 a month, then 10 for three months, then 38 and 40: open again, and no money is made up."""
    own = [40] * 12 + [25] + [10, 10, 10, 38, 40, 40]
    trends = [
        {"theme": name, "label": label, "month": month, "volume": volume}
        for name, label, volumes in (("all comments", "All comments", [200] * 19), ("late-vans", "Late, vans", own))
        for month, volume in zip(MONTHS, volumes, strict=True)
    ]
    found = of_themes(trends, [{"month": month, "n": 1000} for month in MONTHS])
    assert found["theme", "late-vans"].others.tolist() == [200.0 - n for n in own]
    action = {**ACTION, "kind": "theme", "subject": "Late, vans"}
    (row,) = rows([action], [], found, date(2025, 7, 31), "USD")
    assert (row["state"], row["reopened_on"], row["saved"]) == ("reopened", date(2025, 5, 1), None)
    assert (row["volume_before"], row["volume_after"]) == (40, 10)
    assert row["change"] == pytest.approx((10.5 / 190) / (40.5 / 160) - 1)
