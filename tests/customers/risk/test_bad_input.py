"""Companies of which little or nothing can be said: right, or said; never a number made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import numpy as np
import pyarrow as pa
import pytest

from tests.customers.risk.companies import FIRST, Lived, Way, contracts, opened
from worthline.customers.risk import analyse
from worthline.results import Risk
from worthline.tables.time import add_months

SMALL = Way(customers=1_200, hazard=0.025, months=24)


def analysed(lived: Lived) -> tuple[Risk, pa.Table]:
    with opened(lived) as (ds, panel, rooms):
        found = analyse(ds, panel, rooms)
        return found, rooms.fetch(found.by_customer) if found.by_customer is not None else pa.table({})


def keep(lived: Lived, stays: np.ndarray) -> Lived:
    """Some of the customers, and nothing of the others in any table."""
    ids = set(np.array(lived.tables["customers"]["customer_id"].to_pylist())[stays])
    some = {
        name: rows.filter(pa.array([i in ids for i in rows["customer_id"].to_pylist()]))
        for name, rows in lived.tables.items()
    }
    return replace(lived, tables=some)


def test_a_company_purged_of_those_who_left_says_so():
    lived = contracts(SMALL, 1)
    gone = lived.tables["customers"]["left_on"].is_valid().to_numpy(zero_copy_only=False)
    found, scores = analysed(keep(lived, ~gone))
    assert scores["p_leave"].null_count == len(scores)
    assert any("customers who left may have been removed from the files" in note for note in found.findings.notes)


def test_everybody_left():
    lived = contracts(SMALL, 1)
    gone = lived.tables["customers"]["left_on"].is_valid().to_numpy(zero_copy_only=False)
    found, scores = analysed(keep(lived, gone))
    assert len(scores) == 0
    assert found.findings.figures == ()


def test_twelve_customers(monkeypatch):
    """Nothing is gathered for a model that cannot be."""
    module = import_module("worthline.customers.risk.analyse")
    monkeypatch.setattr(module, "features", lambda *given: pytest.fail("features gathered"))
    lived = contracts(SMALL, 1)
    found, scores = analysed(keep(lived, np.arange(len(lived.tables["customers"])) < 12))
    assert scores["p_leave_12m"].null_count == len(scores)
    assert any("a model needs 50 customers who left and 50 who stayed" in note for note in found.findings.notes)


def test_all_customers_pay_by_the_year():
    """A fifth leaves at each anniversary and nobody between: 12 months ahead a fifth of all, three ahead a twentieth.

    3,000 customers, joined evenly over two years before the records: two standard errors are 1.5 and .8 points.
    """
    luck = np.random.default_rng(2)
    n, months = 3_600, 30
    joined = luck.integers(-24, 12, n)
    years = luck.geometric(0.2, n)
    ends = joined + 12 * years
    known = ends > 0
    rows = np.flatnonzero(known)
    day = [add_months(FIRST, int(m)) for m in joined]
    customers = pa.table(
        {
            "customer_id": [f"y{i:05d}" for i in rows],
            "joined_on": [day[i] for i in rows],
            "left_on": pa.array(
                [add_months(FIRST, int(ends[i])) + timedelta(days=2) if ends[i] < months else None for i in rows],
                pa.date32(),
            ),
            "plan": [("basic", "pro")[i % 2] for i in rows],
        }
    )
    lived = Lived(
        {"customers": customers}, "contractual", contracts(replace(SMALL, customers=30, months=months), 1).as_of, {}
    )
    found, scores = analysed(lived)
    ids = [int(i[1:]) for i in scores["customer_id"].to_pylist()]
    for name, ahead, allowed in (("p_leave", 3, 0.02), ("p_leave_12m", 12, 0.025)):
        told = scores[name]
        if told.null_count == len(told):
            assert any(f"No {ahead}-month churn scores" in note for note in found.findings.notes)
            continue
        came = np.mean(ends[ids] < months + ahead)
        assert np.mean(told.to_numpy(zero_copy_only=False)) == pytest.approx(came, abs=allowed)
