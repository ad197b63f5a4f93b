"""When a customer would be asked: features are those of that month, not of today (hand-made rows)."""

from __future__ import annotations

import ibis
import pytest

from worthline.customers.risk.landmarks import ScoringContext
from worthline.customers.survey_scores.gather import at_occasion

SINCE = {"this month": 0, "ten months ago": 10, "two years ago": 24, "never": None}


def context(*, contractual: bool) -> tuple[ScoringContext, ibis.Table]:
    """A panel of one month, number 100."""
    kinds = {"customer_id": "string", "at": "int32", "months_since_purchase": "int32"}
    rows = [{"customer_id": who, "at": 100, "months_since_purchase": since} for who, since in SINCE.items()]
    panel = ibis.memtable(rows, schema=kinds)
    customers = ibis.memtable([{"customer_id": who, "rank": n} for n, who in enumerate(SINCE)])
    on = ScoringContext(panel, customers, len(SINCE), None, 100, 100, contractual)
    return on, panel.select("customer_id", "at").inner_join(customers, "customer_id")


@pytest.mark.parametrize("contractual", [False, True])
def test_a_buyer_is_asked_after_the_last_purchase_and_a_member_today(contractual):
    on, today = context(contractual=contractual)
    found = {
        row["customer_id"]: row["at"] for row in ibis.duckdb.connect().to_pyarrow(at_occasion(on, today)).to_pylist()
    }
    bought = {"this month": 100, "ten months ago": 90, "two years ago": 100, "never": 100}
    assert found == (dict.fromkeys(SINCE, 100) if contractual else bought)
