"""First purchases of prospects who were assigned, and growth where something was rolled out, worked out by hand."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from scipy import stats

from tests.initiatives.companies import SUBSCRIBERS, checks, results, run, subscribers, write

SHOP = """
[company]
name = "Shop"
currency = "USD"
margin = 1
as_of = "2025-12-31"
[tables.customers]
file = "customers.csv"
[tables.transactions]
file = "transactions.csv"
[tables.treatments]
file = "treatments.csv"
[tables.rollouts]
file = "rollouts.csv"
"""
STORES = [f"S{k:02d}" for k in range(24)]


def bought(who, month, amount="10.00", day=15):
    return {"customer_id": who, "at": f"2025-{month:02d}-{day:02d}", "amount": amount}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """60 prospects, invited or not on 10 March: 18 of 30 and 12 of 30 buy for 10 in March or April, two bought before.

    480 customers in 24 stores buy for 10 each month; half of the stores are remodelled on 1 July, and sell a second
    time to every second customer from then on.
    """
    folder, rows = tmp_path_factory.mktemp("shop"), []
    invited, others = [f"I{k:02d}" for k in range(30)], [f"N{k:02d}" for k in range(30)]
    for group, buyers in ((invited, 18), (others, 12)):
        rows += [bought(who, 3 + k % 2) for k, who in enumerate(group[:buyers])]
        rows.append(bought(group[29], 3, day=2))  # before it was asked: a customer, no prospect
    people = [(f"C{k:03d}", STORES[k % 24]) for k in range(480)]
    for k, (who, store) in enumerate(people):
        for month in range(1, 13):
            rows.append(bought(who, month, day=5))
            if month >= 7 and int(store[1:]) < 12 and (k // 24) % 2:
                rows.append(bought(who, month, day=20))
    write(folder, "transactions", rows)
    write(
        folder,
        "customers",
        [{"customer_id": who, "location": store} for who, store in [*people, *((w, "") for w in (*invited, *others))]],
    )
    assigned = [(who, "invited") for who in invited] + [(who, "control") for who in others]
    write(
        folder,
        "treatments",
        [
            {"customer_id": w, "at": "2025-03-10", "initiative": "invite", "arm": arm, "cost": "1"}
            for w, arm in assigned
        ],
    )
    write(
        folder,
        "rollouts",
        [
            {"initiative": "remodel", "column": "location", "member": store, "started_on": "2025-07-01"}
            for store in STORES[:12]
        ],
    )
    return run(folder, SHOP)


def test_first_purchase_is_of_prospects_and_counts_from_the_day_they_were_asked(shop):
    """18 of 29 against 12 of 29: who bought on 2 March was a customer by the 10th."""
    (row,) = results(shop, initiative="invite", outcome="first_purchase", horizon_months=3)
    assert row["estimate"] == pytest.approx(6 / 29)
    assert (row["treated"], row["control"], row["grade"]) == (29, 29, "A")
    yes = [[1.0] * n + [0.0] * (29 - n) for n in (18, 12)]
    ends = stats.ttest_ind(*yes, equal_var=False).confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high), rel=1e-8)
    assert "prospects assigned to the arm invited" in row["estimand"]
    assert checks(row)["assignment"] == "passed"


def test_money_of_prospects_counts_with_that_of_customers(shop):
    """Margin of April to December: 9 of 29 against 6 of 29 prospects bring 10; the two customers nothing."""
    (row,) = results(shop, initiative="invite", outcome="margin_to_date", segment="all")
    assert row["benefit"] == pytest.approx(Decimal("30"), abs=Decimal("0.01"))


def test_purchases_of_a_rollout_are_those_of_its_places(shop):
    """From July 20 customers a store buy 30 times a month, not 20: half a purchase each, 1.5 over three months."""
    (row,) = results(shop, initiative="remodel", outcome="purchases", horizon_months=3)
    assert row["estimate"] == pytest.approx(1.5)
    (row,) = results(shop, initiative="remodel", outcome="margin", horizon_months=3)
    assert row["estimate"] == pytest.approx(15.0)


def test_fees_balances_and_wallet_of_a_rollout(tmp_path):
    """From 1 July half of the customers reached pay 14, not 10; all of them hold 150, not 100; 60% say they spend with us."""
    subscribers(tmp_path, treated=240, control=0, leave={"treated": 0, "control": 0})
    with (tmp_path / "customers.csv").open(encoding="utf-8") as text:
        people = [row | {"region": f"R{k % 24:02d}"} for k, row in enumerate(csv.DictReader(text))]
    write(tmp_path, "customers", people)
    reached = [row["customer_id"] for row in people if int(row["region"][1:]) < 12]
    grew = [who for who in reached if int(who[1:]) // 24 % 2]
    fees = []
    for row in people:
        who, end = row["customer_id"], "2025-07-01" if row["customer_id"] in grew else ""
        fees.append({"customer_id": who, "started_on": "2024-01-01", "ended_on": end, "fee": "10.00"})
    write(
        tmp_path,
        "subscriptions",
        fees + [{"customer_id": w, "started_on": "2025-07-01", "ended_on": "", "fee": "14.00"} for w in grew],
    )
    held = [{"customer_id": row["customer_id"], "at": "2025-01-15", "balance": "100"} for row in people]
    write(tmp_path, "balances", held + [{"customer_id": who, "at": "2025-07-20", "balance": "150"} for who in reached])
    write(
        tmp_path,
        "wallet",
        [
            {"customer_id": p["customer_id"], "at": f"{y}-{m:02d}-11", "provider": "Small", "share": "0.6" if p["customer_id"] in reached and (y, m) > (2025, 6) else "0.5"}
            for p in people
            for y, m in [(2024, k) for k in range(1, 13)] + [(2025, k) for k in range(1, 13)]
        ],
    )  # fmt: skip
    write(
        tmp_path,
        "rollouts",
        [
            {"initiative": "desk", "column": "region", "member": f"R{k:02d}", "started_on": "2025-07-01"}
            for k in range(12)
        ],
    )
    more = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in ("balances", "wallet", "rollouts"))
    made = run(tmp_path, SUBSCRIBERS + more)
    share = len(grew) / len(reached)
    for outcome, expected in (("upsell", 4 * share), ("balance", 50.0), ("share_of_wallet", 0.1)):
        (row,) = results(made, initiative="desk", outcome=outcome, horizon_months=3)
        assert row["estimate"] == pytest.approx(expected), outcome
