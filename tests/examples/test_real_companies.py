"""Six real companies: what their runs publish equals SQL by hand over the raw files, and what others published."""

import hashlib
import math
import shutil
import zipfile

import pytest

from examples import run_all
from tests.examples.companies import NAMES, NO_MONEY, SHARED, copied
from worthline.run.pack import verify
from worthline.run.pack.build import build

PUBLISHED = {
    # figures that stand in the data's own documentation (shared/data/README.md and each meta.json)
    "online_retail": {
        "rows": 541_909,
        "customers": 4_372,
        "invoices": 25_900,
        "rows without a customer": 135_080,
        "rows of credit notes": 9_288,
    },
    "completejourney": {
        "rows": 75_000,
        "households": 2_377,
        "households that said who they are": 801,
        "campaigns sent": 6_589,
        "households that were sent one": 1_559,
    },
    "cdnow_sample": {"rows": 6_919, "customers": 2_357, "free purchases": 8, "money": 244_091.94},
    "sfo_survey": {
        "respondents 2014": 2_818,
        "respondents 2015": 2_958,
        "respondents 2016": 3_087,
        "respondents 2017": 2_831,
    },
    "iranian_churn": {"rows": 3_150, "left": 495},
    "skytrax_lounge_seat": {"reviews of a lounge": 2_264, "reviews of a seat": 1_258 - 26},
}
SET_ASIDE = {"skytrax_lounge_seat": 26 * 9}
"""Rows that must be: 26 reviews without a date, nine questions each."""
EARLIER = {("iranian_churn", "customers"): 495}
"""Rows that an own later snapshot replaces: those who left are told of twice."""
HEADLINE = {
    # figure: the name that its proof has
    "online_retail": {
        "revenue_12m": "revenue, 12 months",
        "customers_active": "customers active",
        "cost_of_poor_service": "credits, 12 months",
    },
    "completejourney": {"revenue_12m": "revenue, 12 months", "customers_active": "households active"},
    "cdnow_sample": {"revenue_12m": "revenue, 12 months", "customers_active": "customers active"},
    "sfo_survey": {"nps": "nps, weighted", "csat": "satisfied, weighted 2017"},
    "iranian_churn": {"customers_active": "active in 2019-12"},
    "skytrax_lounge_seat": {"stars": "overall of 5, 12 months to July 2015"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_equals_independent_sql(companies, name):
    folder, run = companies(name)
    pairs = run_all.compare(folder, run, SHARED / name)
    assert len(pairs) > 50
    assert [str(pair) for pair in pairs if not pair.equal] == []


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_that_the_data_are_known_by(companies, name):
    folder, run = companies(name)
    said = run_all.published(folder, run)
    assert {key: said[key] for key in PUBLISHED[name]} == PUBLISHED[name]


def test_online_retail_adds_up_to_the_published_total(companies):
    _, run = companies("online_retail")
    [row] = run.sql("select sum(amount) as exact, round(sum(amount), 2) as pence from source.transactions").to_pylist()
    assert str(row["exact"]) == "9747747.9340"
    assert str(row["pence"]) == "9747747.93"


@pytest.mark.parametrize("name", NAMES)
def test_headline_reads_the_proven_figures(companies, name):
    folder, run = companies(name)
    proof = run_all.proven(folder, SHARED / name)
    figures = {figure.name: figure.value for figure in run.figures}
    for figure, key in HEADLINE[name].items():
        assert math.isclose(figures[figure], proof[key], rel_tol=1e-12), figure


@pytest.mark.parametrize("name", NAMES)
def test_the_proof_pack_recomputes_every_counted_figure(companies, name, tmp_path):
    """From the checked tables alone, by the pack's own verifier; the raw files are those that the run read."""
    _, run = companies(name)
    zipfile.ZipFile(build(run, tmp_path / "proof.zip").path).extractall(tmp_path / "pack")
    found = verify.verify(tmp_path / "pack", SHARED / name)
    assert found["holds"], "\n".join(verify.lines(found))
    values = {figure.name: figure.value for figure in run.figures if figure.basis == "counted"}
    assert {f["name"] for f in found["figures"]} == {name for name, value in values.items() if value is not None}


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_used_or_set_aside(companies, name):
    _, run = companies(name)
    health = run.health()
    for table in health.tables:
        names = [file.file for file in table.files]
        assert len(set(names)) == len(names), "two sources of one name: their rows could not be told apart"
        for file in table.files:
            assert file.rows_in == file.used + file.quarantined
        assert table.rows_in == table.used + table.quarantined == sum(file.rows_in for file in table.files)
        held = "not derived" if table.table == "customers" else "true"
        [row] = run.sql(f"select count(*) as n from source.{table.table} where {held}").to_pylist()
        assert row["n"] == table.used - EARLIER.get((name, table.table), 0)
    assert run.about["rows"]["quarantine"] == SET_ASIDE.get(name, 0), "the others hold nothing that must be set aside"


@pytest.mark.parametrize("name", [n for n in NAMES if n not in NO_MONEY])
def test_every_bridge_closes_to_the_cent(companies, name):
    _, run = companies(name)
    gaps = run.sql(
        "select period, sum(case when line in ('contraction', 'lost', 'closing') then -amount else amount end) as gap "
        "from bridges where kind = 'revenue' group by period having gap <> 0"
    )
    assert gaps.to_pylist() == []
    assert run.about["rows"]["bridges"] > 0


def test_complaints_and_leaving_are_those_that_the_data_are_known_by(companies):
    """meta.json: 83.0% of those who complained left, 10.1% of the others; 300 rows are exact duplicates, and stay."""
    folder, run = companies("iranian_churn")
    said = run_all.published(folder, run)
    assert round(said["share left after a complaint"], 4) == 0.8299
    assert round(said["share left without a complaint"], 4) == 0.1014
    assert said["customers"] == said["rows"]


def test_nobody_is_known_to_have_left_before_the_end_of_month_twelve(companies):
    """The snapshot of September knows nothing of who left in December: a model may not either."""
    _, run = companies("iranian_churn")
    [row] = run.sql(
        "select count(*) filter (not active and month < date '2019-12-01') as early, "
        "count(*) filter (not active and month = date '2019-12-01') as late from panel "
        "where month >= date '2019-10-01'"
    ).to_pylist()
    assert row == {"early": 0, "late": 495}


def test_retention_of_a_year_is_not_known_where_leaving_is_recorded_for_one_month(companies):
    """Only December says who left; of those who left from January to October the file holds nobody."""
    _, run = companies("iranian_churn")
    [retention] = [figure for figure in run.figures if figure.name == "retention_12m"]
    assert retention.value is None
    assert "before leaving was recorded" in retention.sentence


def test_two_snapshots_teach_who_will_leave_and_say_that_time_was_not_tested(companies):
    """September is learnt from what December says; twins stand in one fold (docs/methods/risk.md: area .986)."""
    _, run = companies("iranian_churn")
    [row] = run.sql(
        "select count(p_leave) as told, count(*) filter (p_leave is not null and not active) as gone, "
        "count(p_leave_12m) as year, max(abs(p_leave_12m - (1 - (1 - p_leave) ** 4))) as off from customer_scores"
    ).to_pylist()
    # A year is four times the three months between the snapshots, at a constant monthly rate (docs/methods/risk.md).
    assert row.pop("off") < 1e-9
    assert row == {"told": 2_655, "gone": 0, "year": 2_655}
    tested = run.sql("select measure, value from backtests where model = 'risk' and horizon = 3").to_pylist()
    measures = {row["measure"]: row["value"] for row in tested}
    assert measures["auc"] > 0.97
    assert measures["calibration_error"] <= 0.02
    assert any("time was not tested" in note for note in run.health().notes)


def test_no_reason_speaks_of_a_table_that_was_not_brought(companies):
    _, run = companies("completejourney")
    reasons = run.sql("select unnest(reasons) as reason from customer_scores where p_leave is not null").to_pylist()
    assert len(reasons) > 2_000
    assert not [row["reason"] for row in reasons if "contact" in row["reason"] or "score" in row["reason"]]


def test_lounge_scores_of_two_forms_are_not_averaged(companies):
    _, run = companies("skytrax_lounge_seat")
    rows = run.sql(
        "select scale, touchpoint, max(score) as most, count(score) as n from source.feedback "
        "where metric = 'stars' group by all order by all"
    ).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("1-10", "lounge", 10.0, 120),
        ("1-10", "seat", 10.0, 1_231),
        ("1-5", "lounge", 5.0, 2_139),
    ]


def test_identifiers_are_text_to_the_letter(companies):
    _, retail = companies("online_retail")
    _, cdnow = companies("cdnow_sample")
    [row] = retail.sql("select count(*) as n from source.customers where customer_id like '%.%'").to_pylist()
    assert row["n"] == 0
    [row] = cdnow.sql(
        "select min(customer_id) as first, min(length(customer_id)) as n from source.customers"
    ).to_pylist()
    assert row == {"first": "0001", "n": 4}


def test_completejourney_lies_in_its_year_and_weeks(companies):
    _, run = companies("completejourney")
    [row] = run.sql(
        "select min(at_date)::text as first, max(at_date)::text as last, "
        "count(*) filter (week::integer <> 1 + datediff('day', date '2016-12-26', at_date) // 7) as astray "
        "from source.transactions"
    ).to_pylist()
    assert row == {"first": "2017-01-01", "last": "2017-12-31", "astray": 0}


def test_sfo_blank_codes_are_never_counted(companies):
    _, run = companies("sfo_survey")
    [row] = run.sql(
        "select count(*) filter (metric = 'nps' and score is null) as nps_blank, "
        "count(*) filter (metric = 'nps' and score >= 9) as promoters, "
        "count(*) filter (metric = 'csat' and score is null) as csat_blank, "
        "count(*) filter (metric <> 'nps' and score not between 1 and 5) as outside from source.feedback"
    ).to_pylist()
    # 84 times the code 11 and one empty cell; 564 nines and 872 tens; 0, 6 and Blank over four waves.
    assert row == {"nps_blank": 85, "promoters": 1_436, "csat_blank": 141 + 148 + 168 + 143, "outside": 0}


def test_sfo_interviews_of_2017_fall_on_the_weekdays_that_the_file_says(shared_data):
    """May is read into the file; the column DAY bears it out for all but two rows."""
    import duckdb

    file = shared_data / "sfo_survey" / "2017_SFO_Customer_Survey_20250817.csv"
    astray = duckdb.sql(
        f"select count(*) from read_csv('{file}', all_varchar = true) "
        'where left(strftime(make_date(2017, 5, "INTDATE"::int), \'%a\'), 3) not ilike left("DAY", 3)'
    ).fetchone()
    assert astray == (2,)


def test_same_bytes_on_one_thread_and_two(companies, tmp_path):
    import worthline

    _, two = companies("online_retail")
    one = worthline.open(copied("online_retail", tmp_path)).run(threads=1)
    assert _digests(one.path) == _digests(two.path)
    assert one.run_id == two.run_id


def test_run_all_says_what_it_skips_and_what_differs(tmp_path, monkeypatch, capsys):
    """A company without its data is no failure; a figure unlike its proof is one."""
    folder = copied("cdnow_sample", tmp_path)
    absent = tmp_path / "absent"
    shutil.copytree(folder, absent)
    text = (absent / "worthline.toml").read_text("utf-8")
    (absent / "worthline.toml").write_text(text.replace(str(SHARED), str(tmp_path / "nowhere")), encoding="utf-8")
    monkeypatch.setattr(run_all, "HERE", tmp_path)
    assert run_all.main([]) == 0
    said = capsys.readouterr().out
    assert "absent: skipped, its data are not here" in said
    assert "54 of 54 figures equal the independent SQL" in said
    wrong = (
        (folder / "proof.sql")
        .read_text("utf-8")
        .replace("sum(amount) from purchases\n", "sum(amount) + 0.01 from purchases\n")
    )
    (folder / "proof.sql").write_text(wrong, encoding="utf-8")
    assert run_all.main(["cdnow_sample"]) == 1
    assert "DIFFERENT money: the run says 244091.94, the raw files say 244091.95" in capsys.readouterr().out


def _digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
