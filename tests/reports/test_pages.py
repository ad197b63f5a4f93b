"""The pages that people read: what stands on them, and that they fit the terminal they are drawn for."""

import dataclasses
import re

import pytest
from rich.cells import cell_len

from tests.reports.fake_run import HEALTH, LARKFIELD, publish, row
from worthline.errors import NoSuchName
from worthline.ingest.health import FileHealth, Health, RuleCount, TableHealth
from worthline.reports import explain, health, overview, page, terminal
from worthline.reports.page import Column, Grid, Header, Next, Page, Text

SHOW = """\
Larkfield Mobile   SIMULATED   as of 30 Sep 2026   run 7f3c2a

Poor service cost $1.03 million in the last 12 months ($70,000 less than a year
ago): $395,000 in cash and 28,200 staff hours worth $635,000; the target is
$900,000. Return on initiatives: not measured yet (add a control group).

                            Now      95% CI  Year ago  Target  Evidence
Customers                50,214                51,870  51,500  actual
12-month retention        82.1%                 83.4%   84.0%  actual
NPS (respondents)           +12  +10 to +14       +13     +15  actual, 14%
                                                               responded
Gross margin, 12 months  $13.9M                $14.2M  $14.5M  actual, margin
                                                               set at 55%
Cost of poor service     $1.03M                $1.10M   $900k  actual

By segment      Customers  NPS  Responses  12-month retention  Revenue  Margin
Consumer           41,002   +9      5,611               80.6%   $15.8M  $8.70M
Small business      8,870  +21      1,310               87.4%   $8.10M  $4.46M
Large accounts        few  few        few                 few      few     few
Pilot                 few  few        few                 few      few     few

More figures
                          Now       95% CI  Year ago  Evidence
Revenue, 12 months     $25.3M                 $25.8M  actual
Customer satisfaction   78.2%  77.0%-79.4%            actual
Net revenue retention   93.4%                  95.1%  actual

!  118 rows set aside (0.01%): worthline check

What is off, and what would switch it on
-  Without wallet: no share of wallet.

Next: worthline explain customers_active   worthline check
      worthline show metrics
"""
LATER = RuleCount("after_as_of", "later", 3, True)
WRONG = RuleCount("not_a_number", "no number", 1, True)


@pytest.fixture
def run(tmp_path):
    return publish(tmp_path)


def every_page(run):
    yield overview.page(run)
    yield overview.ending(run, folder="a folder/with blanks")
    yield overview.figure_page(run, run.figures[2])
    yield health.page(run.health(), simulated=True, following=("worthline run",))
    for name in ("nps", "customers_active", "poor_service_hours"):
        yield explain.page(run, explain.explain(run, name))


def test_show_reads_as_drawn(run):
    assert terminal.text(overview.page(run), width=80) == SHOW


@pytest.mark.parametrize("width", [60, 80, 132])
def test_every_page_fits(run, width):
    for each in every_page(run):
        text = terminal.text(each, width=width)
        assert max(map(cell_len, text.splitlines())) <= width, text


@pytest.mark.parametrize("width", [60, 80])
def test_nothing_is_lost_where_the_page_is_narrow(run, width):
    text = " ".join(terminal.text(overview.page(run), width=width).split())
    for said in ("50,214", "51,870", "51,500", "+10 to +14", "Small business", "$4.46M", "118 rows set aside"):
        assert said in text


def test_simulated_is_in_the_header_of_every_page(tmp_path, run):
    for each in every_page(run):
        assert terminal.text(each).splitlines()[0].startswith("Larkfield Mobile   SIMULATED")
    real = publish(tmp_path / "real", simulated=False)
    for each in (overview.page(real), overview.ending(real), explain.page(real, explain.explain(real, "nps"))):
        assert "SIMULATED" not in terminal.text(each)


def test_colour_changes_no_word(run):
    for each in every_page(run):
        coloured = terminal.text(each, colour=True)
        assert "\x1b[" in coloured
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert [line.rstrip() for line in bare.splitlines()] == terminal.text(each).splitlines()


def test_data_cannot_write_on_the_terminal():
    hostile = "\x1b[2J\x1b]0;owned\x07 \u202e [red]x[/red] :smile: \r\x08"
    drawn = terminal.text(
        Page(
            Header(hostile, "", "", False),
            (Text((hostile,), mark="!"), Grid((Column(hostile),), ((hostile,),)), Next((hostile,))),
        ),
        width=200,
    )
    assert not set(drawn) & set("\x1b\x07\x08\r\u202e")
    assert drawn.count("[red]x[/red] :smile:") == 5


def test_blocks_with_nothing_to_say_are_left_out():
    empty = Page(Header("A", "", "", False), (Text((), title="Alerts"), Grid((), ()), Next(())))
    assert terminal.text(empty) == "A\n"


def test_group_of_few_is_hidden_by_its_own_number(tmp_path):
    of = {"dimension": "segment", "member": "Islands"}
    rows = [*LARKFIELD, row("customers_active", "2026-09", 40, n=40, **of), row("nps", "12m:2026-09", 50, n=9, **of)]
    text = terminal.text(overview.page(publish(tmp_path, rows)))
    assert re.search(r"^Islands +40 +few +few$", text, re.M)


def test_undefined_figure_is_not_known_and_company_without_segments_has_no_such_block(tmp_path):
    rows = [row("customers_active", "2026-09", 3), row("retention", "12m:2026-09", None)]
    text = terminal.text(overview.page(publish(tmp_path, rows)))
    assert re.search(r"^12-month retention +not known +-$", text, re.M)
    assert "By segment" not in text


def test_no_alert_where_all_is_well(tmp_path):
    clean = dataclasses.replace(HEALTH, tables=HEALTH.tables[1:], blocks=())
    assert overview.alerts(publish(tmp_path, health=clean)) == ()


def test_what_is_off_reads_the_same_in_check_run_show_and_json(tmp_path):
    why = ("Segments are off: no segment. Bring segment.", "No risk of leaving: 3 customers left. Bring more months.")
    found = dataclasses.replace(HEALTH, blocks=why[:1], notes=(why[1], "read as cp1252"))
    run = publish(tmp_path, health=found)
    pages = [health.page(found), overview.page(run), overview.ending(run)]
    for text in (terminal.text(each, width=200) for each in pages):
        assert all(text.count(said) == 1 for said in why)
        assert "What is off, and what would switch it on" in text
    assert overview.as_json(run)["off"] == list(why)


def test_losses_stand_before_all_else_and_make_check_say_no(tmp_path):
    lost = "orders: the join leaves out 5,872 of 6,123 rows (96%)."
    found = dataclasses.replace(HEALTH, tables=HEALTH.tables[1:], losses=(lost,))
    run = publish(tmp_path, health=found)
    for each in (health.page(found), overview.page(run), overview.ending(run)):
        text = terminal.text(each, width=200)
        assert text.count(lost) == 1
        assert text.index(lost) < len(text) / 3
    assert health.faults(found) == (lost,)
    assert "all used. What gets lost is named below." in health.summary(found)
    assert overview.alerts(run)[0] == lost


def test_rows_after_the_day_are_told_but_alarm_nobody(tmp_path):
    later = one_table(10, 7, LATER)
    assert overview.alerts(publish(tmp_path, health=later)) == ()
    assert health.summary(later) == "10 rows read from 1 table, 7 used, 3 are dated after the reporting date."


def test_rows_set_aside_and_rows_that_wait_are_counted_alike_on_every_page(tmp_path):
    both = one_table(100, 96, LATER, WRONG)
    told = "1 set aside (1.0%), 3 are dated after the reporting date"
    assert health.summary(both) == f"100 rows read from 1 table, 96 used, {told}."
    assert health.set_aside(both) == told.replace("1 set", "1 row set")
    text = terminal.text(health.page(both), width=100)
    assert re.search(r"^feedback +100 +96 +1 +3$", text, re.M)
    assert re.search(r"after as of +3 +waiting", text)
    assert f"!  {health.set_aside(both)}: worthline check" in terminal.text(
        overview.page(publish(tmp_path, health=both))
    )


def test_check_page_says_what_is_wrong_and_what_it_blocks():
    text = terminal.text(health.page(HEALTH), width=100)
    assert "1,180,600 rows read from 2 tables, 1,180,482 used, 118 set aside (0.01%)." in text
    assert "!  customers: 118 of 60,120 rows set aside (duplicate key 18, not a date 100)." in text
    assert "-  Without wallet: no share of wallet." in text
    assert re.search(r"^crm\.csv +read as cp1252$", text, re.M)
    assert re.search(r"^subscriptions \(all files\) +unknown customer +2,241 +used +a customer who is", text, re.M)
    assert re.search(r"^subscriptions +1,120,480 +1,120,480 +0 +2 Jan 2019 +30 Sep 2026 +99.8%$", text, re.M)


def one_table(rows_in, used, *rules):
    files = (FileHealth("t.csv", rows_in, used, rows_in - used, (), rules),)
    table = TableHealth("feedback", files, rows_in, used, rows_in - used, None, None, None, (), "scores")
    return Health("Acme", None, (table,), (), ())


def test_rows_after_the_day_and_remarks_are_no_fault():
    remark = RuleCount("no_customer", "nobody's", 2, False)
    assert health.faults(one_table(10, 7, LATER, remark)) == ()
    assert health.faults(one_table(3, 0, LATER)) == ()
    assert health.faults(one_table(10, 6, LATER, WRONG)) == ("feedback: 1 of 10 rows set aside (not a number 1).",)


def test_table_that_cannot_be_used_is_a_fault():
    wrong = RuleCount("not_a_number", "no number", 4, True)
    assert health.faults(one_table(4, 0, wrong))[0] == "No row of feedback can be used."
    assert health.faults(one_table(0, 0)) == ("feedback holds no rows.",)
    assert health.summary(one_table(0, 0)) == "No rows were read."


def test_explained_sql_gives_the_figure(run):
    for figure in run.figures:
        [first, *_] = explain.explain(run, figure.name).queries
        assert first.rows.to_pylist()[0]["value"] == figure.value


def test_explain_tells_metric_that_is_no_figure(run):
    told = explain.explain(run, "poor_service_hours")
    assert told.figure.sentence == "28,200.4 hours in the 12 months to Sep 2026."
    assert told.definition == told.figure.method
    assert told.as_json()["queries"][0]["rows"][0]["value"] == 28_200.4


def test_explain_offers_the_nearest_names(run):
    with pytest.raises(
        NoSuchName, match=r"There is no figure, metric, effect or theme called 'retension'. Did you mean retention"
    ):
        explain.explain(run, "retension")


def test_command_can_be_copied():
    assert page.command("show", "nps", folder=".") == "worthline show nps"
    assert page.command("sql", "select 1", folder="my acme") == 'worthline sql "select 1" "my acme"'


def test_grid_with_long_labels_stays_a_table_at_80_columns():
    columns = (Column(""), *(Column(name, number=True) for name in ("Now", "95% CI", "Year ago")), Column("Evidence"))
    row_ = (
        "Margin from today's customers, next 12 months",
        "$300,000",
        "$284,000-$316,000",
        "$280,000",
        "proven (control)",
    )
    lines = terminal.text(Page(Header("A", "", "", False), (Grid(columns, (row_,)),)), width=80).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert any("$300,000  $284,000-$316,000" in " ".join([line]) for line in lines), "numbers stay side by side"
    assert "; " not in " ".join(lines), "it is not set on lines of its own"
