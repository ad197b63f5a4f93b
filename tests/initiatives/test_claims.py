"""Claims rechecked: arithmetic, revenue for margin, no control, double counting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.initiatives.companies import SUBSCRIBERS, run, subscribers, write
from worthline.initiatives.claims import audit


def claim(**changed):
    usual = {
        "initiative": "calls",
        "claimant": "Vendor",
        "claimed_benefit": Decimal("1734000"),
        "claimed_roi": 97.08,
        "claimed_cost": Decimal("50625"),
        "measure": "margin",
        "method": "control group",
        "population": None,
        "period_from": None,
        "period_to": None,
    }
    return usual | changed


def test_a_published_return_is_worked_out_again():
    """1.734 million at a cost of 50,625 "= 9,708%" is 3,325% (METHODS 9)."""
    vendor = claim()
    found = audit(vendor, [vendor], [], {}, "USD")
    assert round(100 * found["recomputed_roi"]) == 3325
    assert found["faults"] == ["Return arithmetic: (benefit - cost) / cost is 3,325%, not the claimed 9,708%."]
    assert found["borne_out"] == "not measured"


def test_revenue_before_and_after_and_twice():
    first = claim(claimed_roi=None, measure="revenue", method="before and after")
    second = claim(claimant="Team", claimed_roi=None)
    faults = audit(first, [first, second], [], {}, "USD")["faults"]
    assert [fault.split(":")[0] for fault in faults] == ["Revenue for margin", "No control", "Counted twice"]
    assert "regression to the mean" in faults[1]


def test_claims_on_other_days_are_not_counted_twice():
    first = claim(claimed_roi=None, period_from=date(2025, 1, 1), period_to=date(2025, 6, 30))
    second = claim(claimed_roi=None, claimant="Team", period_from=date(2025, 7, 1), period_to=None)
    assert audit(first, [first, second], [], {}, "USD")["faults"] == []


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"claimed_roi": 33.25}, []),  # (1,734,000 - 50,625) / 50,625 = 33.2519
        ({"claimed_roi": 3325}, []),  # the same, written as a percentage
        ({"claimed_roi": 34.25}, ["Return arithmetic"]),  # benefit / cost
        ({"claimed_roi": 2.0, "claimed_cost": None}, ["No cost is named or known, so the claimed return"]),
        ({"claimed_roi": 2.0, "claimed_benefit": None}, ["No benefit is named or known, so the claimed return"]),
        ({"claimed_roi": 2.0, "claimed_cost": Decimal(0)}, ["No cost is named or known, so the claimed return"]),
        ({"claimed_roi": -0.5, "claimed_benefit": Decimal("25312.50")}, []),
        ({"claimed_roi": None, "method": "no control group"}, ["No control group or comparison is named."]),
        (
            {"claimed_roi": None, "method": "without a control group, users against others"},
            ["No control: users against"],
        ),
        ({"claimed_roi": None, "method": "pilot users"}, ["No control: users against others"]),
        ({"claimed_roi": None, "method": "not randomised; year-on-year"}, ["No control: before and after"]),
        ({"claimed_roi": None, "method": "randomised, 10% holdout"}, []),
        ({"claimed_roi": None, "method": "staggered difference-in-differences"}, []),
        ({"claimed_roi": None, "method": "A/B test"}, []),
        ({"claimed_roi": None, "method": None}, ["No control group or comparison is named."]),
        ({"claimed_roi": None, "measure": "retention"}, ["Retention is not money"]),
        ({"claimed_roi": None, "measure": "score"}, ["A score is not money"]),
    ],
)
def test_each_kind_of_fault_is_named_and_nothing_else(changed, faults):
    one = claim(**changed)
    found = audit(one, [one], [], {}, "USD")["faults"]
    assert len(found) == len(faults), found
    assert all(text.startswith(fault) for text, fault in zip(found, faults, strict=True))


def test_customers_picked_at_their_worst_regress_to_the_mean():
    one = claim(claimed_roi=None, method="before and after", population="detractors of the spring survey")
    (fault,) = audit(one, [one], [], {}, "USD")["faults"]
    assert fault.endswith("picked at a low point and recover by themselves: regression to the mean.")


def test_a_claim_is_held_against_all_arms_of_a_run_and_its_costs(tmp_path):
    """Mail and call share 20 controls: 40 x effect of each; 100 once, 5 x 10 months and 80 treatments at 2 are 310."""
    more = [
        {"customer_id": f"T{i:03d}", "at": "2025-03-10", "initiative": "calls", "arm": "mail", "cost": "2.00"}
        for i in range(40, 80)
    ]
    subscribers(tmp_path, treated=80, leave={"treated": 4, "control": 10})
    text = (tmp_path / "treatments.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in text if not any(row["customer_id"] in line for row in more)]
    (tmp_path / "treatments.csv").write_text(
        "\n".join([*kept, *(",".join(row.values()) for row in more)]) + "\n", encoding="utf-8"
    )
    usual = {"initiative": "calls", "measure": "margin", "method": "control group", "claimed_roi": "", "period_to": ""}
    write(
        tmp_path,
        "claims",
        [
            usual
            | {"claimant": "Vendor", "claimed_benefit": "90000", "claimed_cost": "100", "period_from": "2025-03-01"},
            usual
            | {"claimant": "Early", "claimed_benefit": "10", "claimed_cost": "", "period_from": "2025-01-01"}
            | {"period_to": "2025-02-15"},
        ],
    )
    made = run(tmp_path, SUBSCRIBERS + '[tables.claims]\nfile = "claims.csv"\n')
    early, vendor = made.table("claim_audit").to_pylist()
    rows = made.sql(
        "select sum(benefit) as b from initiative_results where outcome = 'margin_to_date' and segment = 'all'"
    ).to_pylist()
    assert vendor["measured_benefit"] == rows[0]["b"]
    assert vendor["borne_out"] == "claimed more than measured"
    assert vendor["faults"] == ["Cost left out: the initiative has cost $310 to date."]
    assert early["faults"] == ["Before it began: the results end before the initiative began on 10 Mar 2025."]
    assert vendor["measured_low"] < vendor["measured_benefit"] < vendor["measured_high"]
    assert date(2025, 3, 10) == made.sql("select began as d from initiative_costs").to_pylist()[0]["d"]
