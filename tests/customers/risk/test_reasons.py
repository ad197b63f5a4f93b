"""Reasons: failures of late first, nothing that every newcomer shares, one voice for each concept."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from worthline.customers.risk import reasons
from worthline.customers.risk.feature_groups import Feature, touchpoint

FEATURES = (
    Feature("tenure_months", "tenure"),
    Feature("fee", "price"),
    Feature("unresolved", "unresolved"),
    Feature("unresolved_3m", "unresolved"),
    touchpoint(0, "Wrong bill"),
    Feature("last_score", "score"),
)
CONCEPTS = ["tenure", "price", "unresolved", "touchpoint Wrong bill", "score"]


def rows(tenure: list[float], unresolved: list[float], bills: list[float]) -> pa.Table:
    n = len(tenure)
    return pa.table(
        {
            "tenure_months": tenure,
            "fee": [30.0] * n,
            "unresolved": unresolved,
            "unresolved_3m": unresolved,
            "unresolved_12m": unresolved,
            "touch_0": bills,
            "last_score": pa.array([None] * n, pa.float64()),
        }
    )


def test_failures_of_late_come_before_what_weighs_more():
    """A wrong bill and two unresolved contacts this month; contract, price and score weigh more."""
    said = reasons.in_words(np.array([[1.5, 1.2, 0.3, 0.2, 0.9]]), CONCEPTS, FEATURES, rows([0.0], [2.0], [1.0]), "USD")
    assert said == [
        [
            "2 unresolved contacts in the last month (higher risk)",
            "Wrong bill: 1 in 3 months (higher risk)",
            "Customer since this month (higher risk)",
        ]
    ]


def test_a_touchpoint_that_was_not_met_or_lowers_the_risk_is_no_failure():
    table = rows([40.0, 40.0], [0.0, 0.0], [0.0, 1.0])
    said = reasons.in_words(
        np.array([[0.1, 0.2, 0.0, 0.05, 0.3], [0.1, 0.2, 0.0, -0.9, 0.3]]), CONCEPTS, FEATURES, table, "USD"
    )
    assert said[0][0] == "No score in 12 months (higher risk)"
    assert said[1][0] == "Wrong bill: 1 in 3 months (lower risk)"
    assert all("unresolved" not in text for three in said for text in three), "what adds nothing is no reason"


def test_what_every_newcomer_shares_is_no_reason_for_one_of_them():
    """Three newcomers to whom tenure adds 1.5 alike; one of them had a wrong bill."""
    table = rows([0.0, 1.0, 2.0, 30.0, 30.0], [0.0] * 5, [1.0, 0.0, 0.0, 0.0, 0.0])
    weight = np.array([[1.5, 0, 0, 0.4, 0]] + [[1.5, 0, 0, -0.1, 0]] * 2 + [[-0.5, 0, 0, -0.1, 0]] * 2)
    beyond = reasons.peers(weight, table).beyond(weight, table)
    # Mean of newcomers: 1.5 and .0667; of those of 30 months: -.5 and -.1.
    assert beyond[:, 0].tolist() == [0.0] * 5
    assert np.allclose(beyond[:, 3], [1 / 3, -1 / 6, -1 / 6, 0, 0])
    said = reasons.in_words(beyond, CONCEPTS, FEATURES, table, "USD")
    assert said[0] == ["Wrong bill: 1 in 3 months (higher risk)"]
    assert said[3] == []
