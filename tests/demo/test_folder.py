"""The folder of a simulated company: the same bytes each time, and what a run counts is what was lived."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.demo.agreeing import held
from worthline import company
from worthline.demo import make as making
from worthline.demo import mobile, shop
from worthline.demo.live import live
from worthline.demo.truth import joint
from worthline.demo.world import World

WORLD = World(customers=2_500, seed=9)
MODULES = {"larkfield": mobile, "fern-oak": shop}


@pytest.fixture(scope="module", params=list(MODULES))
def made(request, tmp_path_factory):
    """A company's folder, its run, its lives."""
    folder = tmp_path_factory.mktemp(request.param)
    making.make(folder, WORLD, request.param)
    truth = folder / making.TRUTH
    away = truth.rename(tmp_path_factory.mktemp("truth") / making.TRUTH)
    run = company.open(folder).run()  # which never reads the truth: it is not there
    away.rename(truth)
    return request.param, folder, run, live(WORLD, MODULES[request.param], np.arange(WORLD.customers))


def figures(run):
    return {figure.name: figure for figure in run.figures}


@pytest.mark.slow
def test_every_row_is_used_and_the_run_says_simulated(made):
    _, _, run, _ = made
    assert run.about["simulated"] is True
    total = run.sql("select sum(quarantined) as aside, sum(rows) as n from data_quality where rule = 'all'").to_pylist()
    assert total[0]["aside"] == 0
    assert total[0]["n"] > WORLD.customers * 5


def test_customers_and_money_of_the_run_are_those_lived(made):
    name, _, run, life = made
    found = figures(run)
    margin = sum(int(m["margin"].sum()) for m in life.months[-12:])
    revenue = sum(int(m["revenue"].sum()) for m in life.months[-12:])
    assert found["margin_12m"].value == pytest.approx(margin / 100, abs=0.005)
    assert found["revenue_12m"].value == pytest.approx(revenue / 100, abs=0.005)
    if name == "larkfield":
        last = life.months[-1]
        assert found["customers_active"].value == (last["here"] & ~last["leaves"]).sum()
        before = life.months[-13]
        here = before["here"] & ~before["leaves"]
        stays = here & ~np.any([m["leaves"] for m in life.months[-12:]], axis=0)
        assert found["retention_12m"].value == pytest.approx(stays.sum() / here.sum(), abs=1e-12)


def test_revenue_bridge_of_the_run_is_what_customers_paid(made):
    """Each line by its own sum over customers' bills: who paid in one year and not in the other, who paid more, less."""
    _, _, run, life = made
    paid = np.array([m["revenue"] for m in life.months]).astype(np.int64)  # cents, months x customers
    before, after = paid[-24:-12].sum(axis=0), paid[-12:].sum(axis=0)
    # An order sent back in the same month nets to nothing, and yet its customer bought.
    bought = np.array([m["bill" if "bill" in m else "orders"] for m in life.months]) > 0
    had, has = bought[-24:-12].any(axis=0), bought[-12:].any(axis=0)
    lines = {
        "opening": before.sum(),
        "new": after[~had & has].sum(),
        "expansion": (after - before)[had & has & (after > before)].sum(),
        "contraction": (before - after)[had & has & (after < before)].sum(),
        "lost": before[had & ~has].sum(),
        "closing": after.sum(),
    }
    told = run.sql(
        "select line, cast(amount as double) as a from bridges where kind = 'revenue' and period like '12m%'"
    )
    amounts = {row["line"]: row["a"] for row in told.to_pylist()}
    amounts["new"] += amounts.pop("returned")  # whose bills before the two years are not in the files
    assert amounts.pop("without_customer") == amounts.pop("currency") == 0
    assert amounts == {line: pytest.approx(cents / 100, abs=0.005) for line, cents in lines.items()}


def test_answering_rate_of_the_run_is_the_one_lived(made):
    _, _, run, life = made
    asked, answered = set(), set()  # people, not invitations
    for t, m in list(enumerate(life.months))[-12:]:
        who = life.people["who"][m["answered"]]
        asked |= set(life.people["who"][m["asked"]].tolist())
        # Who would rather not say gives no score: that is no answer to the question.
        answered |= set(who[~life.world.chance.happens(0.02, who, "rather not", t)].tolist())
    told = run.sql(
        "select value, n from metrics where metric = 'nps_response_rate' and dimension = 'all' and period like '12m%'\n"
        "order by period desc limit 1"
    ).to_pylist()[0]
    assert told["n"] == len(asked)
    assert told["value"] == pytest.approx(len(answered & asked) / len(asked), abs=1e-12)


def test_customer_equity_begins_and_ends_as_its_bridge(made):
    name, _, run, life = made
    found = figures(run)["customer_equity"]
    lines = run.sql("select line, cast(amount as double) as amount from bridges where kind = 'customer_equity'")
    amounts = {row["line"]: row["amount"] for row in lines.to_pylist()}
    assert (found.previous, found.value) == pytest.approx((amounts["opening"], amounts["closing"]), abs=0.005)
    assert found.details["bridge"] == amounts
    low, high = found.details["expected"]
    assert found.low < low < found.value < high < found.high
    if name == "larkfield":
        before, gone = life.months[-13], np.any([m["leaves"] for m in life.months[-12:]], axis=0)
        left = int((before["here"] & ~before["leaves"] & gone).sum())
        [note] = found.details["bridge_notes"]
        assert note.startswith(f"{left:,} customers left within the year; $")


def test_contacts_answers_and_experiences_of_the_run_are_those_lived(made):
    name, _, run, life = made
    months = life.months
    lived = {
        "contact": sum(int(m["contact"].sum() + m["again"].sum()) for m in months),
        "answers": sum(int(m["answered"].sum()) for m in months),
        "late": sum(int(m["late"].sum()) for m in months),
        "treated": sum(int((m["save_call" if name == "larkfield" else "voucher"] == 1).sum()) for m in months),
    }
    asked = {
        "contact": "select count(*) as n from source.interactions where coalesce(kind, 'contact') = 'contact'",
        "answers": "select count(distinct feedback_id) as n from source.feedback where metric = 'nps'",
        "late": "select count(*) as n from source.interactions where kind = 'experience' and not resolved",
        "treated": "select count(*) as n from source.treatments where arm = 'treated' "
        "and initiative in ('save_calls', 'vouchers')",
    }
    # The demo's last survey days stay within the month, so all of them are known by the as-of date.
    assert {what: run.sql(query).to_pylist()[0]["n"] for what, query in asked.items()} == lived


def test_the_joint_effect_is_of_those_outside_the_universal_control_group_and_adds_up(made):
    """The total's interval holds what calls, texts and gifts brought them, by all lives without these."""
    name, _, run, life = made
    truth = joint(life)
    if name != "larkfield":
        assert truth is None
        return
    rows = run.table("joint_effects").to_pylist()
    total = next(row for row in rows if row["line"] == "joint total")
    assert total["customers"] == truth["customers"]
    assert float(total["low"]) <= truth["margin"] <= float(total["high"])
    claims = [row["amount"] for row in rows if row["line"] in ("claim", "loss", "interaction", "unclaimed")]
    assert sum(claims) == total["amount"]
    assert not any("universal" in row["initiative"] for row in run.table("initiative_costs").to_pylist())


def test_blank_codes_are_no_answers(made):
    _, _, run, life = made
    scored = run.sql("select count(*) as n from source.feedback where metric = 'nps' and score is not null")
    answered = sum(int(m["answered"].sum()) for m in life.months)
    assert answered * 0.95 < scored.to_pylist()[0]["n"] < answered


def test_same_seed_same_bytes_and_blocks_do_not_matter(made, tmp_path, monkeypatch):
    name, folder, _, _ = made
    making.make(tmp_path / "again", WORLD, name)
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and ".worthline" not in p.parts)
    assert len(files) > 15
    for file in files:
        assert (folder / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file
    monkeypatch.setattr(making, "BLOCK", 700)
    making.make(tmp_path / "blocks", WORLD, name)
    for file in files:
        if file.suffix == ".csv" and "customers" not in file.name:  # who referred whom stays within a block
            one, other = ((root / file).read_text("utf-8").splitlines() for root in (folder, tmp_path / "blocks"))
            assert sorted(one) == sorted(other), file


def test_a_run_knows_nothing_of_the_truth(made):
    _, folder, run, _ = made
    assert (folder / making.TRUTH).is_file()
    assert "truth" not in json.dumps(run.about).lower()


def test_truth_says_what_it_is_of(made):
    name, folder, _, _ = made
    told = json.loads((folder / making.TRUTH).read_text("utf-8"))
    assert told["simulated"] is True
    assert told["truth_of_customers"] == WORLD.customers
    assert told["world"]["kind"] == "identified"
    initiatives = {row["initiative"] for row in told["initiatives"]}
    assert initiatives == (
        {"save_calls", "plan_advice", "gifts", "billing_fix"} if name == "larkfield" else {"vouchers"}
    )


def test_one_customer_is_a_company_too(tmp_path, monkeypatch):
    """All its SQL is compiled again, whatever was kept by earlier tests, and is the same."""
    monkeypatch.setenv("WORTHLINE_SQL_CACHE", "check")
    for name in MODULES:
        making.make(tmp_path / name, World(customers=1, seed=1), name)
        assert company.open(tmp_path / name).run().figures


def test_settings_are_packed_with_the_code():
    assert {p.name for p in Path(making.__file__).parent.glob("*.toml")} == {"mobile.toml", "shop.toml"}


def test_intervals_of_published_effects_hold_the_truth(made):
    """Not 95%: effects of one company share customers and chance. docs/methods/effects-held-to-truth.md has those of 50,000."""
    _, folder, run, _ = made
    found = held(folder, run)
    whole = [ok for key, ok in found.items() if key.segment == "all"]
    assert len(whole) >= 60
    assert np.mean(whole) >= 0.85
    within = [ok for key, ok in found.items() if key.segment != "all"]
    assert len(within) >= 6
    assert np.mean(within) >= 0.85
