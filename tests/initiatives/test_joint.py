"""The joint effect of a run: claims, interaction and what nobody claims add up to the total that SQL gives, to the cent."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.initiatives.companies import SUBSCRIBERS, run, write
from worthline.initiatives.joint import _state, sentence, table
from worthline.initiatives.targeted import DESIGN
from worthline.reports import register

COMPANY = SUBSCRIBERS.replace('[tables.initiatives]\nfile = "initiatives.csv"\n', "")
BY_SQL = """
with here as (select customer_id, sum(case when month > date '2025-03-31' then margin else 0 end) as m
  from panel group by 1),
held as (select customer_id from source.treatments where lower(initiative) = 'universal control group')
select avg(m) filter (where customer_id not in (select * from held)) as treated,
  avg(m) filter (where customer_id in (select * from held)) as control,
  count(*) filter (where customer_id not in (select * from held)) as n from here
"""


def company(folder, *, universal=True):
    """360 customers who pay 10 a month; every sixth is held from everything; two trials that overlap; some leave."""
    numbers = range(360)
    held = {n for n in numbers if n % 6 == 0}
    calls = {n: "treated" if n % 3 == 1 else "control" for n in numbers if n not in held and n % 6 < 4}
    texts = {n: "treated" if n % 2 else "control" for n in numbers if n not in held and n % 6 > 1}
    gone = {n for n in numbers if n % 7 == (3 if texts.get(n) == "treated" else 0) and calls.get(n) != "treated"}
    left = {n: date(2025, 5, 1) + timedelta(days=n % 100) for n in gone}
    who = [f"C{n:03d}" for n in numbers]
    write(folder, "customers", [
        {"customer_id": who[n], "joined_on": "2024-01-01", "left_on": left.get(n, "")} for n in numbers
    ])  # fmt: skip
    write(folder, "subscriptions", [
        {"customer_id": who[n], "started_on": "2024-01-01", "ended_on": left.get(n, ""), "fee": "10.00"} for n in numbers
    ])  # fmt: skip
    drawn = [(n, "calls", arm) for n, arm in calls.items()] + [(n, "texts", arm) for n, arm in texts.items()]
    drawn += [(n, "universal control group", "control") for n in held] if universal else []
    write(folder, "treatments", [
        {"customer_id": who[n], "at": "2025-03-10", "initiative": name, "arm": arm, "cost": "0"} for n, name, arm in drawn
    ])  # fmt: skip
    return run(folder, COMPANY)


@pytest.fixture(scope="module")
def joint(tmp_path_factory):
    return company(tmp_path_factory.mktemp("joint"))


def lines(published):
    return {row["initiative"] or row["line"]: row for row in published.table("joint_effects").to_pylist()}


def test_the_total_is_everyone_less_the_universal_control_group(joint):
    found = joint.sql(BY_SQL).to_pylist()[0]
    total = lines(joint)["joint total"]
    assert total["customers"] == found["n"] == 300
    assert float(total["amount"]) == pytest.approx((found["treated"] - found["control"]) * 300, abs=0.005)
    assert total["low"] < total["amount"] < total["high"]


def test_claims_interaction_and_unclaimed_add_up_to_the_total_to_the_cent(joint):
    rows = joint.table("joint_effects").to_pylist()
    parts = [row["amount"] for row in rows if row["line"] in ("claim", "loss", "interaction", "unclaimed")]
    assert len(parts) == 4
    assert sum(parts) == lines(joint)["joint total"]["amount"]
    assert all(part == round(part, 2) for part in parts)


def test_cells_under_two_hundred_are_additive_and_said(joint):
    calls = lines(joint)["calls"]
    assert calls["additive"] == calls["customers"]
    assert "under 200" in calls["sentence"]


def test_the_universal_control_group_is_no_initiative(joint):
    names = {row["initiative"] for row in joint.table("initiative_costs").to_pylist()}
    assert names == {"calls", "texts"}


def test_what_no_lot_was_drawn_for_stands_outside_the_total():
    def row(initiative, design, benefit, low=None, high=None, grade="C"):
        return SimpleNamespace(
            initiative=initiative,
            design=design,
            outcome="margin_to_date",
            segment="all",
            benefit=Decimal(benefit),
            benefit_low=low and Decimal(low),
            benefit_high=high and Decimal(high),
            grade=grade,
        )

    rows = [
        row("gifts", DESIGN, 7),
        row("fix", "synthetic difference-in-differences", 5, "-1", "11", "B"),
        row("calls", "experiment", 3),
    ]
    ds = SimpleNamespace(settings=SimpleNamespace(currency="USD"))
    found = {r["initiative"]: r for r in table(ds, None, None, rows, ["calls", "gifts"]).to_pylist()}
    assert {name: r["line"] for name, r in found.items() if name} == {
        "gifts": "not randomised",
        "fix": "place-wide",
        "calls": "claim",
    }
    assert found[None]["amount"] == Decimal(3)
    # An interval that holds nought is no proof: state and sentence say the same.
    assert (found["fix"]["state"], found["fix"]["low"]) == ("measured, no gain shown", Decimal(-1))
    assert "measured, no gain shown" in found["fix"]["sentence"]
    assert "proven" not in found["fix"]["sentence"]
    assert {found[name]["state"] for name in ("gifts", "calls", None)} == {"not proven"}


def test_the_page_calls_a_total_proven_where_its_interval_lies_above_nought_alone(joint):
    total = lines(joint)["joint total"]
    state = "proven" if total["low"] > 0 else "measured, a loss" if total["high"] < 0 else "measured, no gain shown"
    assert (total["grade"], total["state"]) == ("A", state)
    is_shown = not total["low"] <= 0 <= total["high"]
    assert register._evidence(total) == f"{'proven' if is_shown else 'measured'} (control group)"
    words = {"proven": "proven (control group)", "measured, a loss": "a loss, proven (control group)"}.get(state, state)
    assert total["sentence"].endswith(f"; {words}.")


@pytest.mark.parametrize(
    ("low", "high", "evidence", "words"),
    [
        (1, 9, "proven (control group)", "; proven (control group)."),
        (-1, 9, "measured (control group)", "; measured, no gain shown."),
        (0, 9, "measured (control group)", "; measured, no gain shown."),
        (-9, -1, "proven (control group)", "; a loss, proven (control group)."),
    ],
)
def test_evidence_and_sentence_of_a_total_agree(low, high, evidence, words):
    line = {"line": "joint total", "initiative": None, "amount": Decimal(low + high) / 2, "grade": "A"}
    line |= {"low": Decimal(low), "high": Decimal(high)}
    line["state"] = _state(line)
    assert register._evidence(line) == evidence
    assert sentence(line, "USD").endswith(words)


def test_without_a_universal_control_group_the_larger_claim_counts_once(tmp_path):
    rows = company(tmp_path, universal=False).table("joint_effects").to_pylist()
    kinds = {row["initiative"]: row["line"] for row in rows}
    alone = {row["initiative"]: row["amount"] for row in rows if row["initiative"]}
    total = next(row for row in rows if row["line"] == "joint total")
    assert total["grade"] == "C"
    gains = [amount for amount in alone.values() if amount > 0]
    losses = [amount for amount in alone.values() if amount < 0]
    assert total["amount"] == max(gains, default=Decimal(0)) + sum(losses, Decimal(0))
    assert sorted(kinds.values())[0] in ("claim", "joint total", "loss")
