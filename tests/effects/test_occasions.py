"""The score of the order itself: what a late delivery does to that order's stars, for one-time buyers too."""

from dataclasses import replace

import numpy as np
import pytest

import worthline
from tests.effects.worlds import deliveries
from worthline.effects import linkage, occasions

STARS = -1.8
"""What a late delivery takes from that order's stars."""


def world(draw, *, customers=3_000, months=12, answers=1.0, answers_late=1.0):
    """Each customer orders once. Old customers' luck aside, who lives far away is late more often and stricter."""
    far = draw.random(customers) < 0.4
    who, month = np.arange(customers), draw.integers(1, months, customers)
    failed = draw.random(customers) < np.where(far, 0.3, 0.1)
    stars = 4.3 + STARS * failed - 0.5 * far + 0.5 * draw.normal(size=customers)
    answered = draw.random(customers) < np.where(failed, answers_late, answers)
    linked = deliveries(np.zeros((customers, months)), who, month, failed)
    [one] = linked.experiences
    # Rows of the experience stand in order of customers, one each.
    one = replace(one, score=np.where(answered, stars, np.nan))
    laid = replace(linked.history, attributes={"region": far.astype(np.int64)}, names={"region": ["near", "far"]})
    return replace(linked, experiences=(one,), history=laid)


def of(linked):
    [one] = occasions.effects(linked.history, linked.experiences, linked.last, lambda one: {})
    return one


def test_a_late_delivery_takes_stars_from_that_order():
    one = of(world(np.random.default_rng(1)))
    assert one.low < STARS < one.high
    assert one.high - one.low < 0.3, "a standard deviation of .5 over 540 late orders"
    assert one.raw < STARS - 0.05, "a plain comparison takes the strict for the late"
    assert (one.grade, one.horizon) == ("C", 0)


def test_who_answers_lowers_the_grade_where_it_differs():
    """A third of the late and two thirds of the others answer."""
    one = of(world(np.random.default_rng(2), answers=0.67, answers_late=0.33))
    check = next(check for check in one.checks if check.name == "who answers")
    assert check.outcome == "failed"
    assert one.grade == "D"


def test_as_many_of_both_who_answer_leave_it_as_it_is():
    one = of(world(np.random.default_rng(3), answers=0.5, answers_late=0.5))
    assert one.grade == "C"


def test_it_is_in_the_family_of_effects_and_bears_no_money():
    linked = world(np.random.default_rng(4), customers=1_500)
    found = [one for one in linkage.effects(linked) if one.outcome == "occasion_score"]
    assert len(found) == 1
    assert found[0].p_adjusted is not None
    assert not found[0].has_money


def test_from_a_companys_files_by_the_number_of_the_order(tmp_path):
    """400 buyers of one order each, one in four late: 2.5 stars instead of 4.5, answered after the delivery."""
    orders, touches, answers = ["customer_id,at,amount"], ["customer_id,at,touchpoint,kind,resolved,case_id"], []
    answers.append("feedback_id,at,metric,score,customer_id,case_id")
    for i in range(400):
        month, late = i % 6 + 1, i % 4 == 0
        orders.append(f"C{i},2025-{month:02d}-03,{20 + i % 7}")
        touches.append(f"C{i},2025-{month:02d}-10,Delivery,experience,{'no' if late else 'yes'},O{i}")
        stars = (2 if late else 4) + i // 4 % 2
        answers.append(f"F{i},2025-{month:02d}-12,stars,{stars},C{i},O{i}")
    for name, lines in (("orders", orders), ("touches", touches), ("answers", answers)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Market"\ncurrency = "USD"\ntimezone = "UTC"\nas_of = "2025-08-31"\n'
        '[tables.transactions]\nfile = "orders.csv"\n[tables.interactions]\nfile = "touches.csv"\n'
        '[tables.feedback]\nfile = "answers.csv"\nconstants = { scale = "1-5" }\n'
    )
    rows = worthline.open(tmp_path).run().sql("select * from effects where outcome = 'occasion_score'").to_pylist()
    [row] = [row for row in rows if row["cause"] == "failed: Delivery"]
    # Months 2 to 6: the first month has none before it. Both groups hold as many of each half star.
    assert row["raw"] == pytest.approx(-2.0, abs=0.05)
    assert row["low"] < -2.0 < row["high"]
    assert row["money"] is None
