"""The answer at the top of the overview and the largest costs: from amounts that are known by hand."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reports.fake_run import LARKFIELD, NOW, publish, row
from tests.reports.test_chain import amount
from worthline.effects import money
from worthline.reports import costs, explain, overview, terminal
from worthline.results import Figure


def with_costs(folder, *rows):
    """Larkfield with these rows of experience_money."""
    run = publish(folder)
    pq.write_table(pa.Table.from_pylist(list(rows), money.SCHEMA), run.path / "experience_money.parquet")
    return run


EXPERIENCES = [
    amount("experience", "wrong bill", -70_000, -75_000, department="Finance"),
    amount("experience", "outage", -90_000, -95_000, department="Network"),
    amount("experience", "long wait", -5, -6, department="Service"),
    amount("experience", "praise", 40_000, 40_000, department="Service"),
    amount("experience", "late delivery", -60_000, -60_000, department=None),
    amount("experience", "moved house", -50_000, -50_000, department="Sales"),
    amount("correlation", "rude reply", -99_000, -99_000, department="Service", grade="D"),
]


def test_answer_is_what_poor_experiences_cost_with_its_interval(tmp_path):
    run = with_costs(tmp_path, amount("total", "all experiences", -240_520, -272_770))
    found = costs.answer(run)
    assert found.sentence == (
        "Poor experiences cost an estimated $240,520 of margin (95% CI $240,510 to $240,530). "
        "Return on initiatives: not measured yet (add a control group)."
    )
    assert not found.is_measured
    assert terminal.text(overview.page(run), width=200).splitlines()[2] == found.sentence, "it stands first"


def test_answer_where_the_interval_includes_zero_claims_no_cost(tmp_path):
    run = with_costs(tmp_path, amount("total", "all experiences", -5, -5))
    assert costs.answer(run).sentence.startswith(
        "No significant margin loss from poor experiences was found: estimate $5 (95% CI -$5 to $15)."
    )


def test_a_loss_below_zero_is_said_to_be_a_gain_and_the_counted_cost_follows(tmp_path):
    run = with_costs(tmp_path, amount("total", "all experiences", 5, 5))
    verdict = Figure("verdict", "Does it pay?", 1.0, "money", "effect", "2026-09-30", "Verdict.", "", grade="A")
    lede = " ".join(costs.answer(replace(run, figures=[verdict, *run.figures])).lede)
    assert "estimate -$5 (95% CI -$15 to $5; below zero is a gain)." in lede
    assert "Poor service cost $1.03 million in the last 12 months" in lede


def test_answer_without_estimates_is_the_cost_that_was_counted_else_what_is_missing(tmp_path):
    assert costs.answer(publish(tmp_path / "1")).sentence.startswith("Poor service cost $1.03 million")
    bare = costs.answer(publish(tmp_path / "2", [row("customers_active", NOW, 300, n=300)]))
    assert (bare.question, bare.sentence) == ("Where do we stand?", "300 customers.")
    missing = "Cost of poor experiences: not estimated yet. Bring contacts or feedback, and a margin."
    assert bare.lede == (missing, costs.NOT_MEASURED)


def test_without_costs_the_answer_is_the_score_and_the_money_of_the_year(tmp_path):
    """A company of feedback that names nobody is told to bring customer_id, not the feedback that it has."""
    rows = [one for one in LARKFIELD if one["metric"] in ("nps", "revenue", "customers_active")]
    run = publish(tmp_path, rows)
    blocks = ("Links from scores to money are off: feedback names no customer. Bring customer_id with the answers.",)
    rows_there = {**run.about["rows"], "source.feedback": 9}
    run = replace(run, about={**run.about, "rows": rows_there}, found=replace(run.found, blocks=blocks))
    found = costs.answer(run)
    nps = next(figure for figure in run.figures if figure.name == "nps")
    assert found.sentence == (
        f"{nps.sentence.split('. ')[0].rstrip('.')}. In the 12 months to Sep 2026, customers generated $25.3 million revenue, "
        "$500,000 less than a year ago."
    )
    assert found.lede[0] == (
        "Cost of poor experiences: not estimated yet. Bring contacts, or feedback with customer_id, and a margin."
    )


def test_without_costs_what_drives_the_score_says_where_to_look_first(tmp_path):
    """Means: share 0.2, rating 7. Bills and waits are above the one and below the other; staff is rated well."""
    run = publish(tmp_path, [one for one in LARKFIELD if one["metric"] == "nps"])
    rated = [("bills", 0.3, 5.0), ("waiting_time", 0.25, 6.0), ("staff", 0.23, 9.0), ("shops", 0.02, 8.0)]
    rows = [{"metric": "nps", "driver": d, "share": s, "low": s, "high": s, "performance": p} for d, s, p in rated]
    pq.write_table(pa.Table.from_pylist(rows), run.path / "key_drivers.parquet")
    assert costs.answer(run).lede[0] == (
        "Look first at Bills and Waiting time: rated below the mean, and more important than the mean for "
        "Net promoter score (correlation only)."
    )


def test_where_both_costs_stand_one_sentence_parts_them(tmp_path):
    run = publish(tmp_path)
    assert costs.difference(run) == ""
    lost = Figure(money.FIGURE, "Margin lost to poor experiences", 1.0, "money", "effect", "2026-09-30", "x", "")
    assert costs.difference(replace(run, figures=[*run.figures, lost])) == costs.DIFFERENCE


@pytest.mark.parametrize(("value", "measured"), [(325_000.0, True), (None, False)])
def test_the_verdict_answers_where_it_has_a_value(tmp_path, value, measured):
    run = publish(tmp_path)
    verdict = Figure("verdict", "Does it pay?", value, "money", "effect", "2026-09-30", "Verdict.", "", grade="A")
    found = costs.answer(replace(run, figures=[verdict, *run.figures]))
    assert found.is_measured is measured
    assert (found.sentence == "Verdict.") is measured
    assert found.sentence.endswith("Verdict."), "a verdict without a value says why after the cost"


def test_the_three_largest_costs_that_are_estimated_and_shown(tmp_path):
    found = costs.largest(with_costs(tmp_path, *EXPERIENCES))
    assert [(one.experience, one.cost, one.owner) for one in found] == [
        ("Outage", "$90k", "Network"),
        ("Wrong bill", "$70k", "Finance"),
        ("Late delivery", "$60k", "no owner"),
    ], "correlation only, gains and intervals that include zero (-5 +- 10) are out"
    assert {one.evidence for one in found} == {"estimated"}
    assert found[1].interval == "$70k to $70k"
    assert found[1].path == "/effects/margin/wrong bill"


def test_a_cost_names_what_its_department_has_begun(tmp_path):
    class WithInitiatives:
        """Only what `_live` reads."""

        about = {"rows": {"source.initiatives": 3}}  # noqa: RUF012

        def tables(self):
            return {"initiative_costs": None}

        def table(self, name, limit):
            return pa.table({"initiative": [], "name": [], "group": []})

        def sql(self, query):
            import duckdb

            con = duckdb.connect()
            con.execute(
                "create schema source; create table source.initiatives as select * from (values "
                "('fix', 'Right bills', 'Finance'), ('later', 'Not yet', 'Finance'), ('net', null, 'Network')) "
                't(initiative, name, "group"); create table initiative_costs as select * from (values '
                "('fix', date '2026-01-01'), ('later', null), ('net', date '2026-02-01')) t(initiative, began)"
            )
            return con.sql(query).to_arrow_table()

    assert costs._live(WithInitiatives()) == {"Finance": ["Right bills"], "Network": ["net"]}


def test_small_groups_are_hidden_on_the_page_of_a_figure(tmp_path):
    """Pilot has 7 customers and 5 answers; its revenue (n 7) is hidden, too, and so is a group known small by its count."""
    small = {"dimension": "segment", "member": "Tiny"}
    rows = [
        *LARKFIELD,
        row("customers_active", NOW, 9, n=9, **small),
        row("revenue", "12m:2026-09", 5e6, n=400, **small),
    ]
    run = publish(tmp_path / "1", rows)
    assert "Tiny" not in terminal.text(explain.page(run, explain.explain(run, "revenue_12m")), width=200)
    text = terminal.text(explain.page(publish(tmp_path / "2"), explain.explain(publish(tmp_path / "3"), "nps")))
    assert "Small business" in text
    assert "Pilot" not in text
    assert "Groups of fewer than 10 are hidden." in text
