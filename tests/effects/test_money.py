"""Money of experiences, each dollar once: two that fall on the same customers, whose truth is arithmetic."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from tests.effects.worlds import contacts
from worthline.effects import experiences, history, joint, linkage, money
from worthline.metrics.dimensions import UNASSIGNED

CUSTOMERS, MONTHS = 3_000, 16
OUTAGE, BILL = -4.0, -6.0
"""What each takes from the next month's margin."""
OUT, WRONG_AFTER, WRONG = 0.10, 0.50, 0.05
"""P(outage); P(wrong bill) in the month of an outage, and in another."""
OWNERS = {"Outage": ["Network", "Operations"]}


@pytest.fixture(scope="module")
def world():
    draw = np.random.default_rng(5)
    out = draw.random((CUSTOMERS, MONTHS)) < OUT
    wrong = draw.random((CUSTOMERS, MONTHS)) < np.where(out, WRONG_AFTER, WRONG)
    margin = 20 + draw.normal(size=out.shape)
    margin[:, 1:] += OUTAGE * out[:, :-1] + BILL * wrong[:, :-1]
    linked = laid(margin, {"Outage": out, "Wrong bill": wrong})
    found = linkage.effects(linked)
    return linked, found, joint.parts(linked, found), out, wrong


def laid(margin, met):
    who, month = (grid.ravel() for grid in np.meshgrid(np.arange(CUSTOMERS), np.arange(MONTHS), indexing="ij"))
    ids = np.array([f"C{i:05d}" for i in range(CUSTOMERS)])
    first = np.datetime64("2024-01", "M")
    nothing = np.zeros(len(who))
    panel = {"customer_id": ids[who], "month": pa.array((first + month).astype("datetime64[D]")), "active": who >= 0}
    panel |= dict.fromkeys((*history.SUMMED, "tenure", "since_purchase", "since_contact", "last_score"), nothing)
    people = {"customer_id": ids, "region": ["R"] * CUSTOMERS, "left": pa.nulls(CUSTOMERS, pa.date32())}
    laid = history.read(pa.table(panel | {"margin": margin.ravel()}), pa.table(people))
    rows = sorted((i, t, name) for name, had in met.items() for i, t in np.argwhere(had).tolist())
    days = first + np.array([t for _, t, _ in rows])
    touched = {
        "customer_id": ids[[i for i, _, _ in rows]],
        "month": pa.array(days.astype("datetime64[D]")),
        "touchpoint": [name for _, _, name in rows],
        "kind": ["experience"] * len(rows),
        "at": days.astype("datetime64[s]").astype(int),
        "resolved": pa.nulls(len(rows), pa.bool_()),
        "wait": pa.nulls(len(rows), pa.float64()),
        "channel": pa.nulls(len(rows), pa.string()),
    }
    found = tuple(experiences.found(experiences.read(pa.table(touched), laid)))
    return linkage.EffectInputs(laid, found, MONTHS - 1, 1.0, "USD", ("retention", "margin"))


def rows_of(world, monthly=None, owners=OWNERS):
    linked, found, parts, *_ = world
    made = money.table(parts, owners, monthly, CUSTOMERS, "USD", *joint.left_out(linked, found, parts))
    return made.to_pylist()


def test_together_each_brings_what_it_does_itself(world):
    *_, parts, out, wrong = world
    told = {part.one.name: part for part in parts}
    assert told["Outage"].margin.low < OUTAGE < told["Outage"].margin.high
    assert told["Wrong bill"].margin.low < BILL < told["Wrong bill"].margin.high
    last_year = {"Outage": out[:, -12:].sum(), "Wrong bill": wrong[:, -12:].sum()}
    assert {name: part.alone.times for name, part in told.items()} == last_year


def test_alone_what_they_share_is_counted_in_each(world):
    *_, parts, _, _ = world
    told = {part.one.name: part.alone for part in parts}
    chance_wrong = OUT * WRONG_AFTER + (1 - OUT) * WRONG
    shared_out = OUT * WRONG_AFTER / chance_wrong - OUT * (1 - WRONG_AFTER) / (1 - chance_wrong)
    assert told["Outage"].low < OUTAGE + BILL * (WRONG_AFTER - WRONG) < told["Outage"].high
    assert told["Wrong bill"].low < BILL + OUTAGE * shared_out < told["Wrong bill"].high


def test_the_sum_is_the_truth_and_each_level_adds_up_to_it_to_the_cent(world):
    *_, out, wrong = world
    rows = rows_of(world)
    total = rows[0]
    assert total["level"] == "total"
    truth = OUTAGE * out[:, -12:].sum() + BILL * wrong[:, -12:].sum()
    assert total["joint_low"] < truth < total["joint_high"]
    assert total["alone"] < total["joint"], "alone, the same dollars are lost twice"
    for level in ("department", "touchpoint", "experience"):
        some = [row for row in rows if row["level"] == level]
        for kind in ("alone", "joint"):
            assert sum(row[kind] for row in some) == total[kind], level
    owned = {row["name"]: row for row in rows if row["level"] == "department"}
    assert set(owned) == {"Network", "Operations", UNASSIGNED}
    assert abs(owned["Network"]["joint"] - owned["Operations"]["joint"]) <= Decimal("0.01")
    assert owned[UNASSIGNED]["times"] == wrong[:, -12:].sum()


def test_range_of_the_sum_knows_that_customers_are_shared(world):
    """Of two estimates that share customers the error of the sum is what the influences add up to, row by row."""
    _, _, parts, *_ = world
    spread = np.zeros(CUSTOMERS)
    for part in parts:
        spread[part.who] += part.margin.influence * part.alone.times
    total = rows_of(world)[0]
    half = 1.959963984540054 * float(np.sqrt((spread**2).sum()))
    assert float(total["joint_high"] - total["joint"]) == pytest.approx(half, abs=0.01)


def test_forecast_stands_apart_and_fades_over_twelve_months(world):
    *_, parts, _, _ = world
    monthly = np.full(CUSTOMERS, 3.0)
    rows = {row["name"]: row for row in rows_of(world, monthly) if row["level"] == "experience"}
    for part in parts:
        # 11/12 + 10/12 + ... + 0 = 5.5 months' worth of 3.00 for each further customer who stays.
        expected = part.staying.estimate * part.alone.times * 5.5 * 3.0
        assert float(rows[part.one.name]["forecast"]) == pytest.approx(expected, abs=0.01)
    assert rows_of(world)[0]["forecast"] is None, "where nobody's value is known it is undefined, not zero"


def test_sentence_says_what_is_counted_twice(world):
    says = rows_of(world)[0]["sentence"]
    assert says.startswith("All experiences told of together cost $")
    assert "would be counted twice" in says
    assert "; estimated." in says


def test_no_money_without_evidence():
    assert money.table([], OWNERS, None, CUSTOMERS, "USD") is None


def test_contacts_at_touchpoints_too_small_to_be_told_of_are_in_the_sum():
    """Half of the contacts are at Billing, half at twelve desks of which none has fifty customers left unresolved."""
    draw = np.random.default_rng(8)
    contact = draw.random((2_000, 16)) < 0.10
    unresolved = contact & (draw.random(contact.shape) < 0.25)
    desk = np.char.add("Desk ", draw.integers(10, 20, contact.shape).astype(str))
    touchpoint = np.where(draw.random(contact.shape) < 0.5, "Billing", desk)
    margin = 20 + draw.normal(size=contact.shape)
    margin[:, 1:] += BILL * unresolved[:, :-1]
    linked = contacts(margin, contact, unresolved, touchpoint=touchpoint)
    found = linkage.effects(linked)
    parts = joint.parts(linked, found)
    assert [part.one.name for part in parts] == ["unresolved: Billing", "unresolved contact elsewhere"]
    left_out = joint.left_out(linked, found, parts)
    assert left_out == ([], []), "the desks are inside the part elsewhere"
    total = money.table(parts, {}, None, 2_000, "USD", *left_out).to_pylist()[0]
    truth = BILL * unresolved[:, -12:].sum()
    assert float(total["joint_low"]) < truth < float(total["joint_high"])
    assert float(total["joint_high"]) < 0.7 * truth, "Billing alone is half of it"


def test_what_is_in_no_part_is_named(world):
    linked, found, parts, *_ = world
    unknown = [replace(one, estimate=None, grade=None) if one.cause == "Outage" else one for one in found]
    made = [part for part in parts if part.one.name != "Outage"]
    assert joint.left_out(linked, unknown, made) == ([], ["Outage"])
    says = money.table(made, OWNERS, None, CUSTOMERS, "USD", [], ["Outage"]).to_pylist()[0]["sentence"]
    assert "Not in it, as it is not known at 12 months: Outage." in says
