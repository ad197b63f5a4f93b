"""Claims rechecked: arithmetic, revenue for margin, no control, double counting."""

from __future__ import annotations

from decimal import Decimal

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
    from datetime import date

    first = claim(claimed_roi=None, period_from=date(2025, 1, 1), period_to=date(2025, 6, 30))
    second = claim(claimed_roi=None, claimant="Team", period_from=date(2025, 7, 1), period_to=None)
    assert audit(first, [first, second], [], {}, "USD")["faults"] == []
