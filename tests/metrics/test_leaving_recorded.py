"""Months before leaving was recorded are undefined in every metric of customers: they are no months of 100%."""

from datetime import date

import pytest

from tests.metrics.conftest import make, settings
from worthline.metrics import hard

CUSTOMERS = """
create table brought_customers as
select 'c' || i as customer_id, date '2020-01-10' + (7 * i)::int as joined_on, date '2020-01-10' + (7 * i)::int as first_seen,
       case when {left} and i % 10 = 0
            then (date '2025-03-15' + to_months(((i // 10) % 12)::int))::date end as left_on
from range(1, 201) r(i);
"""


@pytest.fixture
def company(tmp_path):
    made = []

    def build(left: bool):
        script = CUSTOMERS.format(left=left)
        chosen = settings(as_of=date(2026, 2, 28), revenue_from="none", score_metric=None)
        made.append(make(tmp_path / str(len(made)), chosen, script, {"customers": "brought_customers"}))
        return made[-1]

    yield build
    for each in made:
        each.engine.close()


def values(company):
    found = hard.compute(company.ds, company.panel, company.rooms)
    return {(v.metric, v.period): v.value for v in found if v.dimension == "all"}


def test_months_before_leaving_was_recorded_are_undefined(company):
    """200 customers of 2020 to 2023. One or two leave in each month from March 2025 on (20 in all), nobody before."""
    found = values(company(True))
    assert found["retention", "2025-02"] is None
    assert found["logo_churn", "2025-02"] is None
    assert found["customers_lost", "2025-02"] is None
    assert found["retention", "2025-03"] == 199 / 200
    assert found["retention", "12m:2026-02"] == 180 / 200
    assert found["retention", "12m:2025-02"] is None  # not 100%: the leavers of that year are in no file
    assert found["customers_active", "2025-01"] is None  # those who left before March 2025 would be missing
    assert found["customers_active", "2025-02"] == 200
    # who came and left before March 2025 is in no file, so who came is not known then: not 0, not the survivors
    assert found["customers_new", "2025-02"] is None
    assert found["customers_new", "12m:2025-02"] is None
    assert found["customers_new", "2025-03"] == 0


def test_where_nobody_is_recorded_as_gone_retention_is_undefined_and_customers_are_counted(company):
    """Leavers were removed from the file: 200 are here, and retention is not 100%."""
    found = values(company(False))
    assert {found["retention", p] for p in ("2026-02", "12m:2026-02", "12m:2025-02")} == {None}
    assert found["customers_active", "2026-02"] == 200
