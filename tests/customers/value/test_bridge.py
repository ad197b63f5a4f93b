"""The bridge of customer equity: closes to the cent, each line by hand, groups as the revenue bridge has them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.value.test_worth import CONTRACT, MONTHLY, members
from worthline.customers.value import bridge
from worthline.metrics.bridge_lines import SUBTRACTED


def test_lines_are_what_they_say_and_close():
    then = bridge.Opening(
        pa.chunked_array([["a", "b", "c"]]),
        np.array([100.0, 50.0, 10.004]),
        np.array([40.0, 20.0, 4.0]),
        np.array([6.0, 3.0, 0.6]),
        np.array([20.0, 10.0, 2.0]),
    )
    groups = pa.table(
        {
            "customer_id": ["a", "b", "d", "e", "f"],
            "kind": ["kept", "lost", "new", "new", "returned"],
            "acquired_through": ["paid", None, "referral", None, "paid"],
        }
    )
    now = pa.chunked_array([["a", "d", "e", "f", "g"]])
    old, new = np.array([90.0, 30, 20, 15, -2]), np.array([91.0, 31, 21, 16, -2.5])
    found = bridge.build("12m:2026-09", then, now, old, new, groups, 2)
    lines = {row["line"]: row["amount"] for row in found.table.to_pylist()}
    assert lines == {
        "opening": Decimal(160),
        "collected": Decimal(64),
        "unwind": Decimal("9.6"),
        "rolled_forward": Decimal(32),
        "acquired_earned": Decimal(30),
        "acquired_bought": Decimal(0),
        "acquired_unknown": Decimal(20),
        "lost": Decimal(43),  # 50 - 20 + 3 + 10 were expected to be left
        "returned": Decimal(15),
        "expansion": Decimal(4),  # 90 where 86 were expected
        "contraction": Decimal(0),
        "re_estimated": Decimal("3.5"),
        "unexplained": Decimal("-10.6"),  # c is gone and in no group, g came from nowhere
        "closing": Decimal("156.5"),
    }
    signed = [-amount if line in SUBTRACTED else amount for line, amount in lines.items() if line != "closing"]
    assert sum(signed) == lines["closing"]
    assert (found.left, found.left_amount) == (0, 0)
    assert found.amounts == {line: float(amount) for line, amount in lines.items()}


def test_who_left_within_the_year_is_told_beside_the_contraction():
    """ADR 18: who still paid in the year is kept by the revenue bridge, and so is in no line of their own."""
    twenty = np.array([20.0, 20.0, 20.0])
    then = bridge.Opening(pa.chunked_array([["stays", "left", "gone"]]), twenty * 5, twenty, twenty * 0, twenty * 0)
    groups = pa.table(
        {"customer_id": ["stays", "left", "gone"], "kind": ["kept", "kept", "lost"], "acquired_through": [None] * 3},
        schema=pa.schema([("customer_id", pa.string()), ("kind", pa.string()), ("acquired_through", pa.string())]),
    )
    found = bridge.build("12m:2026-09", then, pa.chunked_array([["stays"]]), *[np.array([70.0])] * 2, groups, 2)
    assert (found.amounts["contraction"], found.amounts["lost"]) == (90.0, 80.0)  # 10 of who stays, 80 of who left
    assert (found.left, found.left_amount) == (1, Decimal(80))


def test_opening_less_collected_is_what_is_left_a_year_on():
    # By hand for a member: months 13 to 48 seen a year later are worth (V48 - V12) x 1.1.
    customers = members((20.0,), (7.0,))
    found = bridge.opening(pa.chunked_array([["a"]]), customers, CONTRACT, 36, MONTHLY)
    left = found.value - found.collected + found.unwind + found.rolled
    survival, level = CONTRACT.curve.survival(60), CONTRACT.month.of(customers.net, customers.weight)[0]
    by_hand = sum(survival[7 + t] / survival[7] * MONTHLY ** (t - 12.5) for t in range(13, 49))
    assert left == pytest.approx(level * by_hand)
