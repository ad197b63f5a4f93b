"""Windows that the files do not fill are not named: purchases end before the as-of date, or within a window."""

from __future__ import annotations

from datetime import date

import pytest

from tests.initiatives.companies import checks, results, run, write

TOML = """
[company]
name = "Shop"
currency = "USD"
margin = 1
as_of = "2025-12-31"
setting = "non-contractual"
[tables.transactions]
file = "transactions.csv"
[tables.treatments]
file = "treatments.csv"
[tables.interactions]
file = "interactions.csv"
"""
LAST = date(2025, 9, 9)
"""The file of purchases ends on this day; August is its last whole month."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """30 treated and 30 controls, assigned in January; treated buy for 12, controls for 10, twice a month, to LAST."""
    folder = tmp_path_factory.mktemp("shop")
    who = [f"{arm}{i:02d}" for arm in "TC" for i in range(30)]
    days = [date(year, month, day) for year in (2024, 2025) for month in range(1, 13) for day in (1, 9, 17, 25)]
    purchases = [
        {
            "customer_id": c,
            "at": str(day),
            "amount": f"{(12 if c[0] == 'T' and day > date(2025, 1, 31) else 10) + i % 3}",
        }
        for i, c in enumerate(who)
        for place, day in enumerate(days)
        if day <= LAST and (place + i) % 2 == 0
    ]
    write(folder, "transactions", purchases)
    write(
        folder,
        "treatments",
        [
            {
                "customer_id": c,
                "at": "2025-01-15",
                "initiative": "advice",
                "arm": "treated" if c[0] == "T" else "control",
            }
            for c in who
        ],
    )
    contacts = [
        {"customer_id": c, "at": str(day), "channel": "phone", "touchpoint": "billing"}
        for i, c in enumerate(who)
        for place, day in enumerate(d for d in days if d.year == 2025)
        if (place + i) % 3 == 0
    ]
    write(folder, "interactions", contacts)
    return run(folder, TOML)


def test_no_horizon_reaches_beyond_the_file_that_it_is_counted_from(shop):
    """August is 7 months after January: of purchases 6 months are whole. Contacts go on to 25 December, 8 days apart: 6."""
    horizons = {row["outcome"]: [] for row in results(shop)}
    for row in results(shop, segment="all"):
        horizons[row["outcome"]].append(row["horizon_months"])
    assert horizons["margin"] == horizons["purchases"] == horizons["retention"] == [1, 3, 6]
    assert horizons["margin_to_date"] == [7]
    assert horizons["contacts"] == [1, 3, 6]


def test_money_to_date_is_of_the_months_on_record(shop):
    """7 whole months of two purchases each, give or take which of four days they fall on: treated bring 2 more each."""
    (row,) = results(shop, outcome="margin_to_date", segment="all")
    assert row["treated_mean"] - row["control_mean"] == pytest.approx(7 * 2 * 2, abs=1e-9)
    assert "to Aug 2025" in row["estimand"]
    assert checks(row)["purchases end early"] == "informs"
    says = next(check["says"] for check in row["checks"] if check["name"] == "purchases end early")
    assert says.startswith("Purchases are on record to Aug 2025 only.")


def test_quarters_end_with_the_record_and_add_up(shop):
    """Q3 holds July and August alone: it is no whole quarter to run at, and no later quarter has a row of margin."""
    rows = [r for r in shop.table("initiative_returns").to_pylist() if r["kind"] == "kept margin"]
    quarters = {r["period"]: r["amount"] for r in rows if "Q" in r["period"]}
    assert [period.split()[1] for period in quarters] == ["Q1", "Q2", "Q3"]
    (whole,) = results(shop, outcome="margin_to_date", segment="all")
    assert sum(quarters.values()) == pytest.approx(whole["benefit"], abs=1)
    (rate,) = (r["amount"] for r in rows if r["period"] == "run-rate")
    second = next(amount for period, amount in quarters.items() if "Q2" in period)
    assert float(rate) == pytest.approx(4 * float(second), abs=0.05)
