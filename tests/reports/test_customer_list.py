"""The list of customers: each filter gives the customers that fulfil it, one row each, and the counts of the overview."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from worthline.errors import UsageError
from worthline.reports import customer_list, quadrant

SCORES = [10.0, 9.0, 8.0, 7.0, 3.0, None]
ROWS = [
    {"customer_id": f"C{i:03}", "active": True, "last_score": SCORES[i % 6], "value": float(100 * i), "reasons": ["x"]}
    | {"p_leave_12m": i / 1000, "margin_at_risk": float(216 - i)}
    for i in range(216)
] + [
    {"customer_id": "gone", "active": False, "last_score": 0.0, "value": 1e9, "reasons": []}
    | {"p_leave_12m": 0.9, "margin_at_risk": 1.0}
]


class Run:
    """Only what the list asks of a run."""

    path, run_id = "list", "0"

    def __init__(self) -> None:
        self.about: dict[str, Any] = {
            "currency": "USD",
            "as_of": "2026-09-30",
            "settings": {"score_metric": "nps"},
            "rows": {"source.customers": 1, "source.subscriptions": 1},
        }
        self._con = duckdb.connect()
        self._con.register("scores", pa.Table.from_pylist(ROWS))
        self._con.execute(
            "create table customer_scores as from scores; create schema source;"
            # C000 to C009 moved from Old to New: the later version counts.
            "create table source.customers as select customer_id, date '2026-01-01' as valid_from, "
            " 'yes' as contact_permission, if(customer_id < 'C100', 'New', 'Old') as segment from scores"
            " union all select customer_id, date '2025-01-01', 'no', 'Old' from scores where customer_id < 'C010';"
            # C003 left Basic for Plus; C004 has both; C005's begins later.
            "create table source.subscriptions as from (values"
            " ('C003', 'Basic', date '2025-01-01', date '2026-01-01'), ('C003', 'Plus', date '2026-01-01', null),"
            " ('C004', 'Basic', date '2025-01-01', null), ('C004', 'Plus', date '2025-01-01', null),"
            " ('C005', 'Plus', date '2026-12-01', null)) as t(customer_id, product, started_on, ended_on)"
        )

    def tables(self) -> tuple[str, ...]:
        """Names of what is published."""
        return ("customer_scores", "source.customers", "source.subscriptions")

    def sql(self, query: str, parameters: Any = ()) -> pa.Table:
        """The query's rows."""
        return self._con.execute(query, parameters).to_arrow_table()


def named(found: customer_list.Listed) -> list[str]:
    return [row[0] for row in found.grid.rows]


def test_list_behind_the_detractors_of_the_top_third_holds_as_many_as_are_counted():
    """i = 148, 154, … 214: twelve, as arithmetic says and the overview counts."""
    found = customer_list.listed(Run(), {"score": "low", "value": "top", "sort": "customer_id"})
    assert named(found) == [f"C{i}" for i in range(148, 216, 6)]
    counted = quadrant.quadrant(Run(), {"active", "last_score", "value", "customer_id"})
    assert dict(counted.rows)["Detractors"][0].customers == str(found.customers) == "12"


def test_each_customer_stands_once_with_today_s_segment_and_plan():
    found = customer_list.listed(Run(), {"segment": "New", "sort": "customer_id"})
    assert (found.customers, found.pages) == (100, 2)
    headings = [column.heading for column in found.grid.columns]
    plans = {row[0]: row[headings.index("Plan")] for row in found.grid.rows}
    assert [plans[name] for name in ("C003", "C004", "C005")] == ["Plus", "Basic, Plus", ""]
    assert {row[headings.index("Contact permission")] for row in found.grid.rows} == {"yes"}
    assert named(customer_list.listed(Run(), {"segment": "New", "sort": "customer_id"}, 2))[-1] == "C099"


@pytest.mark.parametrize(
    ("sort", "first"), [("", "C000"), ("margin_at_risk", "C000"), ("p_leave_12m", "C215"), ("last_score", "C004")]
)
def test_sorting(sort, first):
    assert named(customer_list.listed(Run(), {"sort": sort}))[0] == first


@pytest.mark.parametrize(
    ("asked", "number"), [({"sort": "name; drop"}, 1), ({"score": "bad"}, 1), ({"value": "x"}, 1), ({}, 6), ({}, 0)]
)
def test_wrong_filter_or_page_is_wrong_use(asked, number):
    with pytest.raises(UsageError):
        customer_list.listed(Run(), asked, number)


def test_filter_is_a_value_not_sql():
    assert customer_list.listed(Run(), {"segment": "New' or 1=1 --"}).customers == 0
