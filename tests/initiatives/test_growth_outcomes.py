"""Growth by control group: fees, balances and share of wallet of a company small enough to work out by hand."""

from __future__ import annotations

import pytest

from tests.initiatives.companies import SUBSCRIBERS, results, run, subscribers, write

MORE = """
[tables.balances]
file = "balances.csv"
[tables.wallet]
file = "wallet.csv"
"""
TREATED, CONTROL = [f"T{i:03d}" for i in range(40)], [f"C{i:03d}" for i in range(20)]
GREW = TREATED[10:30]
LEFT = {*TREATED[:4], *CONTROL[:10]}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Assigned in March; 20 of 40 treated hold 200 from April and pay 15 from June; 4 and 10 leave in May."""
    folder = tmp_path_factory.mktemp("grown")
    subscribers(folder, leave={"treated": 4, "control": 10})
    fees = []
    for who in (*TREATED, *CONTROL):
        end = "2025-05-20" if who in LEFT else "2025-06-01" if who in GREW else ""
        fees.append({"customer_id": who, "started_on": "2024-01-01", "ended_on": end, "fee": "10.00"})
    fees += [{"customer_id": who, "started_on": "2025-06-01", "ended_on": "", "fee": "15.00"} for who in GREW]
    write(folder, "subscriptions", fees)
    held = [{"customer_id": who, "at": "2025-02-15", "balance": "100"} for who in (*TREATED, *CONTROL)]
    held += [{"customer_id": who, "at": "2025-04-20", "balance": "200"} for who in GREW]
    write(folder, "balances", held)
    ranks = [(who, 1) for who in GREW] + [(who, 2) for who in CONTROL[10:]]
    write(
        folder,
        "wallet",
        [
            {"customer_id": who, "at": "2025-05-15", "provider": name, "rank": rank}
            for who, ours in ranks
            for name, rank in (("Small", ours), ("Other", 3 - ours))
        ],
    )
    return run(folder, SUBSCRIBERS + MORE)


def test_upsell_is_the_difference_of_fees_and_leavers_pay_nothing(grown):
    """In June (16 x 10 + 20 x 15) / 40 = 11.50 against 10 x 10 / 20 = 5.00; in April all pay 10."""
    (row,) = results(grown, outcome="upsell", horizon_months=3)
    assert row["estimate"] == pytest.approx(6.5)
    assert (row["treated_mean"], row["control_mean"]) == (pytest.approx(11.5), pytest.approx(5.0))
    (row,) = results(grown, outcome="upsell", horizon_months=1)
    assert row["estimate"] == pytest.approx(0.0)


def test_balances_stand_until_the_next_record_and_leavers_hold_nothing(grown):
    """In April (20 x 200 + 20 x 100) / 40 - 100 = 50; in June (20 x 200 + 16 x 100) / 40 - 10 x 100 / 20 = 90."""
    (april,) = results(grown, outcome="balance", horizon_months=1)
    (june,) = results(grown, outcome="balance", horizon_months=3)
    assert april["estimate"] == pytest.approx(50.0)
    assert june["estimate"] == pytest.approx(90.0)


def test_share_of_wallet_is_of_customers_who_answered(grown):
    """The Wallet Allocation Rule of two providers: first (1 - 1/3) x 2/2 = 2/3, second 1/3."""
    (row,) = results(grown, outcome="share_of_wallet", horizon_months=3)
    assert row["estimate"] == pytest.approx(1 / 3)
    assert (row["treated"], row["control"]) == (20, 10)
    assert not any(r["estimate"] for r in results(grown, outcome="share_of_wallet", horizon_months=1))
