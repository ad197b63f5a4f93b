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
