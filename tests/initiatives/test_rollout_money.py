"""Roll-outs over regions that differ in level, worked out by hand: where the record begins and ends, and one region alone.

A customer of region r spends r + the month of the year + 20 + luck (0 to 10) a month; where it was rolled out, so much more.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.initiatives.companies import checks, results, run, write

PER = 20
TABLES = ("customers", "transactions", "rollouts", "initiatives")
TOML = (
    '[company]\nname = "Regions"\ncurrency = "JPY"\nmargin = 1\nas_of = "2025-12-31"\nsetting = "contractual"\n'
    + "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in TABLES)
)


def rolled_out(folder, regions, starts, more, *, seed, first=0, last=35):
    """The run; months count from January 2023, `starts`: region -> month; transactions are of months first .. last."""
    drawn, people, bought = Random(seed), [], []
    for r in range(regions):
        for k in range(PER):
            who = f"R{r:02d}-{k:03d}"
            people.append({"customer_id": who, "joined_on": "2022-06-01", "left_on": "", "region": f"R{r:02d}"})
            for m in range(first, last + 1):
                amount = 20 + m % 12 + r + drawn.randint(0, 10) + (more if m >= starts.get(r, 99) else 0)
                bought.append(
                    {"customer_id": who, "at": f"{2023 + m // 12}-{m % 12 + 1:02d}-15", "amount": f"{amount}"}
                )
    days = {r: f"{2023 + m // 12}-{m % 12 + 1:02d}-01" for r, m in starts.items()}
    write(folder, "customers", people)
    write(folder, "transactions", bought)
    write(
        folder,
        "rollouts",
        [
            {"initiative": "fix", "column": "region", "member": f"R{r:02d}", "started_on": day}
            for r, day in days.items()
        ],
    )
    usual = {"name": "Fix", "group": "Service", "owner": "A", "cost_once": "100", "cost_monthly": "", "proof_on": ""}
    write(folder, "initiatives", [{"initiative": "fix", **usual}])
    return run(folder, TOML)


def row(made, outcome, horizon=None):
    wanted = {"outcome": outcome, "segment": "all"} | ({} if horizon is None else {"horizon_months": horizon})
    (found,) = results(made, **wanted)
    return found


STAGGERED = {r: 24 + r % 6 for r in range(20)}


def test_months_before_the_file_begins_are_no_earlier_trend(tmp_path):
    """Customers joined seven months before the first purchase on file: nothing then is no lower level.

    5 more a month for 194 region-months of 20 customers: 19,400.
    """
    made = rolled_out(tmp_path, 30, STAGGERED, 5, seed=1)
    found = row(made, "margin_to_date")
    assert checks(found)["earlier trends"] == "passed"
    assert found["grade"] == "B"
    assert sum(36 - m for m in STAGGERED.values()) == 194
    assert found["benefit_low"] <= 5 * 20 * 194 <= found["benefit_high"]
    assert row(made, "margin", 3)["estimate"] == pytest.approx(15, abs=1.5)


def test_months_after_the_file_ends_are_no_effect(tmp_path):
    """Purchases end in October 2025, the reporting date is December: three months without any make no loss of levels."""
    made = rolled_out(tmp_path, 30, {r: 30 + r % 3 for r in range(20)}, 5, seed=2, last=33)
    found = row(made, "margin_to_date")
    assert found["horizon_months"] == 3
    assert row(made, "margin", 3)["estimate"] == pytest.approx(15, abs=1.5)
    assert not results(made, outcome="margin", horizon_months=6)


def test_one_region_of_25_brings_its_months_in_money(tmp_path):
    """8 more a month over 10 months: 80 a customer, 1,600 for its 20; a mean month is no sum over ten."""
    made = rolled_out(tmp_path, 25, {0: 26}, 8, seed=3)
    found = row(made, "margin", 10)
    assert found["low"] <= 80 <= found["high"]
    assert (found["treated"], found["grade"]) == (20, "B")
    money = row(made, "margin_to_date")
    assert money["benefit_low"] <= 1600 <= money["benefit_high"]
    assert money["net"] == money["benefit"] - 100
    verdict = next(f for f in made.figures if f.name == "verdict")
    assert verdict.value == pytest.approx(float(money["net"]))


def test_a_file_that_begins_too_late_is_said(tmp_path):
    made = rolled_out(tmp_path, 30, STAGGERED, 5, seed=4, first=22)
    assert not results(made, outcome="margin")
    assert any("gross margin: not measured. Its record begins less than 3 months" in n for n in made.health().notes)


def test_too_few_regions_to_compare_with_are_said(tmp_path):
    made = rolled_out(tmp_path, 4, {0: 26, 1: 26}, 8, seed=5)
    assert not results(made)
    assert any("gross margin: not measured. 2 units not reached" in n for n in made.health().notes)
