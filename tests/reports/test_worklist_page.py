"""The worklist as people and other systems get it: sized to what is asked, control customers apart, and why it is empty."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from tests.initiatives.planning import action, action_table, company, rooms, settings
from tests.reports import fake_run
from worthline import initiatives
from worthline.errors import DataError
from worthline.initiatives.worklist.replan import Asked
from worthline.reports import explain, terminal, worklist
from worthline.results import ActionSettings, ControlSettings

MANY = [f"C{i:03d}" for i in range(200)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """200 customers with 100 at risk each, a fifth in control, 20 calls a week."""
    n = len(MANY)
    s = settings(
        control=ControlSettings(universal=0.0, share=0.2, key="k"),
        acting=ActionSettings(random_share=0.0, plan_weeks=4),
    )
    actions = action_table(action(capacity=20))
    ds, panel, scores = company(MANY, chance=[0.5] * n, kept=["200"] * n, permission=["yes"] * n, actions=actions, s=s)
    planned = initiatives.plan(ds, panel, rooms(), scores=scores)
    found = planned.findings
    found += initiatives.prove(s, found)
    made = fake_run.publish(tmp_path_factory.mktemp("worklist"))
    (made.path / "source").mkdir()
    pq.write_table(actions, made.path / "source" / "actions.parquet")
    tables = {**found.tables, "customer_scores": rooms().fetch(planned.by_customer)}
    for name, table in tables.items():
        pq.write_table(table, made.path / f"{name}.parquet")
    return replace(made, figures=[*made.figures, *found.figures])


def ids(table) -> set[str]:
    return set(table["customer_id"].to_pylist())


def test_the_list_is_sized_to_capacity_and_has_no_control_customer(run):
    week, quarter = worklist.rows(run, Asked()), worklist.rows(run, Asked(weeks=4))
    assert (week.num_rows, quarter.num_rows) == (20, 80)
    aside = worklist.rows(run, Asked(weeks=4), is_control=True)
    assert aside.num_rows > 5
    assert not ids(quarter) & ids(aside)
    assert week["customer_id"].to_pylist() == quarter["customer_id"].to_pylist()[:20]
    assert ids(quarter) == ids(run.table("worklist"))


def test_the_page_says_what_it_costs_and_who_is_kept_aside(run):
    text = terminal.text(worklist.page(run, Asked(), limit=3), width=100, colour=False)
    assert "Contacting 20 customers this week costs $60 and should return $140 net." in text
    assert "served as anyone" in text or "serve them as anyone" in text
    assert "17 further customers not shown" in text
    about = worklist.summary(run, worklist.rows(run, Asked()), worklist.rows(run, Asked(), is_control=True), Asked())
    assert (about["customers"], about["cost"], about["expected_net"]) == (20, 60.0, 140.0)


@pytest.mark.parametrize(
    ("asked", "says"),
    [(Asked(capacity=0), "the capacity is 0"), (Asked(budget=2.0), "one contact costs $3, more than the budget")],
)
def test_an_empty_list_says_why(run, asked, says):
    assert says in terminal.text(worklist.page(run, asked), width=200, colour=False)


def test_a_run_without_worklist_says_what_to_bring(tmp_path):
    with pytest.raises(DataError, match="There is no worklist"):
        worklist.rows(fake_run.publish(tmp_path), Asked())


def test_explain_tells_the_control_group_that_would_prove_it(run):
    told = explain.explain(run, "savings_available")
    assert told.as_json()["prove_this"]["grade"] == "E"
    text = terminal.text(explain.page(run, told), width=200, colour=False)
    assert "Prove this" in text
    assert "Save call pays for itself if it raises retention by 1.5 percentage points" in text
