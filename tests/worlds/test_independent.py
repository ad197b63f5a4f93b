"""The second simulator: its truth by arithmetic and by lots, its files as lived, no code shared with the first."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

import worthline.demo.independent as package
from tests.worlds import pipeline
from worthline.demo import independent
from worthline.demo.independent.life import binomial, poisson
from worthline.demo.independent.settings import SETTINGS, Harm
from worthline.demo.independent.truth import eligible
from worthline.demo.independent.world import uniforms


def effect(world, cause, outcome, horizon):
    return next(e for e in world.truth.effects if (e.cause, e.outcome, e.horizon_months) == (cause, outcome, horizon))


def test_it_imports_nothing_of_the_first_simulator():
    imported = set()
    for path in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    ours = {name for name in imported if name.startswith("worthline")}
    assert ours
    assert all(name.startswith("worthline.demo.independent") for name in ours)


@pytest.mark.parametrize("name", ["null", "few", "reverse"])
def test_without_effects_every_truth_is_exactly_nothing(name):
    truth = independent.make(name, 1, customers=800, lives=5).truth
    assert truth.effects
    assert all(e.truth == 0 for e in truth.effects)
    assert all(m.eligible == 0 and m.everyone == 0 for m in truth.money)


def test_a_credit_is_the_truth_by_arithmetic():
    """Nobody leaves; every order is made with chance .9 a week: a credit of 3 counts unless a month has no order.

    Months have 4 weeks, or 5 every third: P(no order) is .1^4 or .1^5, at most .0001. So each late delivery costs 3.00.
    """
    harm = {"late": Harm(0.14, credit=3.0)}
    world = independent.make("weekly", 2, customers=400, lives=5, hazard=1e-12, harms=harm)
    for horizon in (1, 3, 12):
        found = effect(world, "failed: Delivery", "margin", horizon)
        assert found.truth / found.times == pytest.approx(-3.0, abs=0.003)
    late = sum(
        int((r["late"] * e).sum()) for r, e in zip(world.life.records[18:30], eligible(world.life)[18:], strict=True)
    )
    total = next(m for m in world.truth.money if m.cause == "total")
    assert total.eligible == pytest.approx(-3.0 * late, rel=0.001)


def test_one_months_leaving_is_the_truth_by_the_formula():
    """No fading past: an outage by lot doubles the hazard of its month only. 1 month on: (1 - h) ((1 - h)^2.. by hand."""
    hazard, log_ratio = 0.03, np.log(2)
    harm = {"outage": Harm(0.05, leaving=log_ratio)}
    switches = {"confounding": 0.0, "contact_rate": 0.0, "fade": 0.0, "harms": harm, "hazard": hazard}
    found = effect(
        independent.make("linear", 3, customers=2_000, lives=60, **switches), "Network outage", "retention", 1
    )
    # Stay in the month of the outage, and in the next, in which an outage may strike by chance of .0488.
    again = 1 - np.exp(-0.05)
    next_month = (1 - again) * np.exp(-hazard) + again * np.exp(-2 * hazard)
    by_hand = (np.exp(-2 * hazard) - np.exp(-hazard)) * next_month
    assert found.truth == pytest.approx(by_hand, abs=4 * found.error)
    assert found.error < 0.003


def test_by_lots_the_plain_difference_shows_the_truth():
    """Without confounding whoever is struck is struck by chance: within 4 standard errors (p < .0001 by chance)."""
    world = independent.make("linear", 4, customers=12_000, months=14, lives=10, confounding=0.0, contact_rate=0.0)
    known, alive = eligible(world.life), np.array([state.alive for state in world.life.states])
    struck = np.array([record["outage"] for record in world.life.records[:14]])
    stays = np.array([alive[t + 4] for t in range(1, 11)])
    exposed, others = struck[1:11] & known[1:11], ~struck[1:11] & known[1:11]
    a, b = stays[exposed], stays[others]
    plain, error = a.mean() - b.mean(), np.sqrt(a.var() / a.size + b.var() / b.size)
    assert abs(plain - effect(world, "Network outage", "retention", 3).truth) < 4 * error
    assert plain < -4 * error


def test_recorded_usage_confounds_both_ways():
    """Light and heavy users both meet more and leave more: the plain difference overstates the harm several times."""
    world = independent.make("u_shaped", 5, lives=10)
    known, life = eligible(world.life), world.life
    t = 12
    outage = life.records[t]["outage"] & known[t]
    plain = life.states[t + 4].alive[outage].mean() - life.states[t + 4].alive[known[t] & ~outage].mean()
    assert plain < 1.3 * effect(world, "Network outage", "retention", 3).truth < 0
    assert abs(np.corrcoef(life.people.usage, life.people.frailty + life.people.joined)[0, 1]) < 0.06


def test_outages_strike_all_customers_of_a_place_or_none():
    life = independent.make("places", 6, customers=1_000).life
    for record in life.records[:30]:
        shares = [record["outage"][record["here"] & (life.people.place == p)].mean() for p in range(20)]
        assert set(shares) <= {0.0, 1.0}


def test_leavers_call_because_they_leave():
    life = independent.make("reverse", 7).life
    record = life.records[10]
    assert record["unresolved"][record["leaves"]].mean() > 0.35
    assert record["unresolved"][record["here"] & ~record["leaves"]].mean() < 0.06


def test_next_years_margin_is_what_living_again_expects():
    for name in ("family", "family_shop", "linear"):
        came, expected = [], []
        for seed in range(12):
            truth = independent.make(name, seed, customers=1_000, lives=5).truth
            came.append(truth.margin_12m[truth.active].sum())
            expected.append(truth.expected_12m)
        ratio = np.array(came) / np.array(expected)
        # Twelve worlds: the mean within four of its own standard errors of 1.
        assert abs(ratio.mean() - 1) < 4 * ratio.std(ddof=1) / np.sqrt(12)


def test_files_are_what_was_lived(tmp_path):
    world = independent.make("linear", 8, customers=600, months=18)
    world.write(tmp_path)
    life = world.life
    customers = pacsv.read_csv(tmp_path / "customers.csv")
    assert customers.num_rows == 600
    left = sum(int(record["leaves"].sum()) for record in life.records[:18])
    assert len(customers["left_on"].drop_null()) == left
    bills = pacsv.read_csv(tmp_path / "transactions.csv")
    assert bills.num_rows == sum(int(record["here"].sum()) for record in life.records[:18])
    assert sum(bills["margin"].to_pylist()) == pytest.approx(sum(r["margin"].sum() for r in life.records[:18]), abs=0.5)
    rows = pacsv.read_csv(tmp_path / "interactions.csv")
    met = Counter(zip(rows["touchpoint"].to_pylist(), rows["resolved"].to_pylist(), strict=True))
    assert met["Network outage", None] == sum(int(r["outage"].sum()) for r in life.records[:18])
    assert met["Service", False] == sum(int(r["unresolved"].sum()) for r in life.records[:18])
    answers = pacsv.read_csv(tmp_path / "feedback.csv")
    assert answers.num_rows == int(world.surveys.answered.sum())


def test_late_deliveries_are_marked_order_by_order(tmp_path):
    world = independent.make("weekly", 9, customers=300, months=14)
    world.write(tmp_path)
    rows = pacsv.read_csv(tmp_path / "interactions.csv")
    late = sum(not ok for ok in rows["resolved"].to_pylist())
    assert late == sum(int(r["late"].sum()) for r in world.life.records[:14])
    assert rows.num_rows == sum(int(r["orders"].sum()) for r in world.life.records[:14])


def test_of_two_snapshots_only_the_change_is_known(tmp_path):
    world = independent.make("snapshots", 10, customers=900)
    world.write(tmp_path)
    rows = pacsv.read_csv(tmp_path / "customers.csv")
    assert sorted({str(day) for day in rows["known_at"].to_pylist()}) == ["2026-03-31", "2026-06-30"]
    assert {str(day) for day in rows["left_on"].drop_null().to_pylist()} == {"2026-06-30"}
    gone = world.life.states[27].alive & ~world.life.states[30].alive & (world.life.people.joined < 27)
    assert len(rows["left_on"].drop_null()) == int(gone.sum())


def test_a_purged_company_knows_nobody_who_left(tmp_path):
    world = independent.make("family", 11, customers=500, purged=True)
    world.write(tmp_path)
    stay = int(world.life.states[30].alive.sum())
    customers = pacsv.read_csv(tmp_path / "customers.csv")
    assert customers.num_rows == stay < 500
    assert "left_on" not in customers.column_names
    assert len(set(pacsv.read_csv(tmp_path / "transactions.csv")["customer_id"].to_pylist())) == stay


def test_a_purged_company_is_told_no_money_of_what_makes_customers_leave(tmp_path):
    """Outages raise leaving by half here and cost thousands; of those who stayed they seem to cost next to nothing."""
    independent.make("linear", 14, customers=700, months=26, lives=2, asked=0.0, purged=True).write(tmp_path)
    told = pipeline.of_effects(tmp_path)
    estimated = [row for row in told.rows("effects", outcome="margin") if row["estimate"] is not None]
    assert len(estimated) >= 8
    assert {row["grade"] for row in estimated} == {"D"}
    assert all("may have been removed from the files" in row["sentence"] for row in estimated)
    assert not told.rows("experience_money", level="total")


def test_one_customer_pays_nearly_all():
    life = independent.make("family", 12, customers=500, largest=0.92).life
    earned = np.sum([record["margin"] for record in life.records[:30]], axis=0)
    assert life.states[30].alive[0]
    # .92 of the fees of 500 customers who all stay; some of the others leave or join late, so his part is larger.
    assert 0.92 <= earned[0] / earned.sum() < 0.98


def test_what_befell_a_customer_who_pays_nearly_all_is_in_no_estimate(tmp_path):
    """One of 600 brings nine tenths of margin, and never leaves: outages were told to cost millions, plus or minus.

    Everybody else brings about 10 a month, so that no effect of one month on a year's margin is beyond 120.
    """
    independent.make("linear", 15, customers=600, months=26, lives=2, asked=0.0, largest=0.92).write(tmp_path)
    told = pipeline.of_effects(tmp_path)
    estimated = [row for row in told.rows("effects", outcome="margin") if row["estimate"] is not None]
    assert len(estimated) >= 8
    fees = pacsv.read_csv(tmp_path / "transactions.csv")
    others = fees.filter(pc.not_equal(fees["customer_id"], "C000001"))
    assert max(abs(row["estimate"]) for row in estimated) < 12 * pc.max(others["margin"]).as_py()
    assert any("1 very large customer, who brings 9" in note and "left out" in note for note in told.notes)


def test_same_seed_same_world_other_seed_another():
    one, same, other = (independent.make("shop", seed, customers=300) for seed in (3, 3, 4))
    assert np.array_equal(one.life.records[20]["margin"], same.life.records[20]["margin"])
    assert not np.array_equal(one.life.people.spend, other.life.people.spend)


def test_draws_follow_their_distributions():
    """Means and variances of 200,000 draws, within 1.5% (over 5 standard errors)."""
    draws = uniforms(np.random.default_rng(1), 200_000)
    orders = poisson(draws["orders"], np.full(200_000, 3.0), 25)
    assert (orders.mean(), orders.var()) == (pytest.approx(3, rel=0.015), pytest.approx(3, rel=0.015))
    late = binomial(draws["late"], np.full(200_000, 5), np.full(200_000, 0.3), 5)
    assert (late.mean(), late.var()) == (pytest.approx(1.5, rel=0.015), pytest.approx(1.05, rel=0.015))


def test_every_setting_is_lived():
    for name, setting in SETTINGS.items():
        life = independent.make(replace(setting, asked=0.05), 0, customers=200, months=16).life
        assert life.customers == 200, name
        assert sum(record["margin"].sum() for record in life.records) > 0
