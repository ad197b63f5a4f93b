"""What the data decided, with its reason, and what stops early: in words on every page that needs them."""

import dataclasses

import pytest

from tests.reports.fake_run import HEALTH, publish
from worthline.ingest.health import FileHealth, RuleCount
from worthline.reports import explain, health, overview, reasons, terminal

AUTO = {
    "as_of": "the end of the last complete month",
    "setting": "no table says who left",
    "lapse_months": "91% of gaps between purchases close within 3 months.",
    "revenue_from": "as set",
    "score_metric": "NPS was asked",
}


def waiting(rows, because=AUTO):
    """Larkfield's health with rows that are dated after the reporting date."""
    file = FileHealth("later.csv", rows, 0, rows, (), (RuleCount("after_as_of", "later", rows, True),))
    later = dataclasses.replace(HEALTH.tables[1], table="invitations", files=(file,), quarantined=rows, last=None)
    return dataclasses.replace(HEALTH, tables=(*HEALTH.tables, later), because=because)


def stopping(table, last, as_of="2026-08-31"):
    stops = dataclasses.replace(HEALTH.tables[1], table=table, last=last)
    return dataclasses.replace(HEALTH, as_of=as_of, tables=(stops,))


def test_what_was_left_to_worthline_is_on_check_show_and_explain(tmp_path):
    run = publish(tmp_path, health=waiting(1_234), setting="non-contractual", lapse_months=3)
    shown = terminal.text(overview.page(run), width=120)
    assert (
        "As of 30 Sep 2026: the end of the last complete month; 1,234 later rows are dated after the reporting date."
        in shown
    )
    assert "Kind of business non-contractual: no table says who left." in shown
    assert "Months until lapsed 3: 91% of gaps between purchases close within 3 months." in shown
    assert "Revenue from" not in shown
    explained = terminal.text(explain.page(run, explain.explain(run, "nps")), width=120)
    assert "Months until lapsed  3: 91% of gaps between purchases close within 3 months" in explained
    checked = terminal.text(health.page(run.health()), width=120)
    assert "Main score           NPS was asked" in checked
    assert "As of                30 Sep 2026: the end of the last complete month; 1,234 later rows are" in checked


def test_what_was_set_needs_no_reason():
    assert reasons.decided(HEALTH, dict.fromkeys(AUTO, "as set"), {}) == ()
    assert reasons.decided(HEALTH, {}, {"setting": "contractual"}) == ()


def test_rows_that_wait_are_counted_in_words():
    assert reasons.waits(HEALTH) == ""
    assert reasons.waits(waiting(1)) == "1 is dated after the reporting date"
    assert reasons.waits(waiting(1), "later row") == "1 later row is dated after the reporting date"
    assert reasons.waits(waiting(2)) == "2 are dated after the reporting date"


@pytest.mark.parametrize(
    ("table", "last", "says"),
    [
        ("transactions", "2026-05-27", "transactions end 27 May 2026, three months before the as-of date"),
        ("feedback", "2026-07-30", "feedback ends 30 Jul 2026, a month before the as-of date"),
        ("interactions", "2025-01-01", "interactions end 1 Jan 2025, 19 months before the as-of date"),
        ("transactions", "2026-07-31", None),
        ("transactions", "2026-08-28", None),
        ("transactions", None, None),
        ("customers", "2020-01-01", None),
        ("subscriptions", "2020-01-01", None),
    ],
)
def test_table_that_stops_early_is_an_alert(tmp_path, table, last, says):
    stops = stopping(table, last)
    assert reasons.stopping(stops) == (() if says is None else (says,))
    if says is not None:
        assert f"!  {says}" in terminal.text(health.page(stops), width=100)
        assert says in overview.alerts(publish(tmp_path, health=stops))


@pytest.mark.parametrize(("last", "months"), [("2026-02-28", 0), ("2026-02-27", 1), ("2026-01-31", 2)])
def test_last_day_of_a_short_month_ends_it(last, months):
    assert len(reasons.stopping(stopping("transactions", last, "2026-03-31"))) == (months > 0)
