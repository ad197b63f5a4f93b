"""The page of one customer: what it says of tables that are known."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.reports.test_result_pages import Made, said
from worthline.errors import NoSuchName
from worthline.reports import customer, customers


def made():
    scores = {
        "customer_id": ["O'Hara", "b"],
        "state": ["active", "active"],
        "tenure_months": [14, 2],
        "p_leave": [0.12, None],
        "p_leave_12m": [0.4, None],
        "margin_at_risk": [Decimal("81.50"), None],
        "last_score": [6.0, None],
        "predicted_score": [6.4, None],
        "predicted_low": [4.0, None],
        "predicted_high": [8.9, None],
        "reasons": [["two unresolved contacts in three months: raises the risk"], None],
    }
    panel = {
        "customer_id": ["O'Hara", "O'Hara", "b"],
        "month": [date(2026, 8, 1), date(2026, 9, 1), date(2026, 9, 1)],
        "revenue": [Decimal("20"), Decimal("21.5"), Decimal("1")],
        "contacts": [0, 2, 0],
    }
    return Made(customer_scores=pa.table(scores), panel=pa.table(panel))


def test_one_customers_risk_reasons_and_months():
    text = said(customer.page(made(), "O'Hara"))
    assert "12.0%" in text
    assert "$81.50" in text
    assert "6.4 (4.0 to 8.9)" in text
    assert "Two unresolved contacts in three months: raises the risk." in text
    assert text.index("Sep 2026") < text.index("Aug 2026")


def test_what_is_not_known_is_left_out():
    text = said(customer.page(made(), "b"))
    assert "Margin at risk" not in text
    assert "Why" not in text


def test_nobody_of_that_name():
    with pytest.raises(NoSuchName):
        customer.page(made(), "x' or 1=1 --")


def test_customers_show_margin_at_risk_by_department():
    rows = {
        "dimension": ["group", "group", "all"],
        "member": ["Billing", "(unassigned)", "all"],
        "customers": [3, 4, 7],
        "expected_leavers": [1.2, 2.0, 3.2],
        "margin_at_risk": [Decimal("50"), Decimal("30"), Decimal("80")],
        "low": [Decimal("20"), Decimal("10"), Decimal("50")],
        "high": [Decimal("80"), Decimal("50"), Decimal("110")],
    }
    text = said(customers.page(Made(customer_scores=pa.table({"customer_id": ["a"]}), margin_at_risk=pa.table(rows))))
    assert "Margin at risk by department" in text
    assert text.index("Billing") < text.index("(unassigned)")
    assert "$20 to $80" in text


def test_what_happened_is_told_latest_first(tmp_path):
    """Contacts, what befell the customer, what was done and what they said, in one list; nobody else's among them."""
    import worthline

    files = {
        "interactions": "customer_id,at,touchpoint,kind,channel,resolved,wait_seconds\n"
        "A,2026-03-05 10:00:00,Billing,contact,phone,no,600\nB,2026-03-06 10:00:00,Shop,contact,phone,yes,5\n"
        "A,2026-02-01 09:00:00,Outage,experience,,,\n",
        "feedback": "customer_id,at,metric,score,scale,text\nA,2026-03-07 10:00:00,nps,3,0-10,Nobody answers\n",
        "treatments": "customer_id,at,initiative,arm\nA,2026-03-08 10:00:00,save calls,control\n",
        "transactions": "customer_id,at,amount\nA,2026-01-05 10:00:00,20\nB,2026-01-05 10:00:00,20\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    tables = "".join(f'[tables.{name}]\nfile = "{name}.csv"\n' for name in files)
    (tmp_path / "worthline.toml").write_text(
        f'[company]\nname = "Small"\ncurrency = "USD"\ntimezone = "UTC"\nas_of = "2026-03-31"\n{tables}'
    )
    run = worthline.open(tmp_path).run()
    [grid] = [block for block in customer.page(run, "A").blocks if getattr(block, "title", "").startswith("Events")]
    assert [row[:3] for row in grid.rows] == [
        ("8 Mar 2026", "save calls", "control group"),
        ("7 Mar 2026", "answered nps", "3"),
        ("5 Mar 2026", "Billing", "phone, not resolved, waited 10 min"),
        ("1 Feb 2026", "Outage", ""),
    ]
    assert grid.rows[1][3] == "Nobody answers"
