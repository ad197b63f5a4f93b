"""The command line, over a company whose run was made by hand: what each command prints, and its exit code."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import types
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.reports.fake_run import HEALTH, publish
from tests.reports.test_pages import SHOW
from worthline.app import cli, progress
from worthline.errors import Busy, Fault, NoRun, WorthlineError


class FakeCompany:
    """What `worthline.company.open` gives."""

    def __init__(self, folder, published, health=HEALTH):
        self.folder, self._run, self._health = Path(folder), published, health
        self.config = types.SimpleNamespace(simulated=True, store_url=None, folder=self.folder, listening={})
        self.asked = {}

    def check(self, *, as_of, progress):
        progress("Reading customers.csv", 0, 2)
        progress("Reading sales.csv", 1, 2)
        return self._health

    def run(self, **asked):
        asked.pop("progress")("Building the panel", 5, 10)
        asked.pop("counted")(self._run.figures)
        self.asked = asked
        return self._run

    def published(self):
        return self._run


@pytest.fixture
def company(tmp_path, monkeypatch):
    """A company in the current folder; `open` refuses every other one."""
    made = FakeCompany(tmp_path, publish(tmp_path))
    module = types.ModuleType("worthline.company")

    def open_(folder="."):
        if Path(folder).resolve() != tmp_path:
            raise NoRun(Path(folder))
        return made

    module.open = open_
    monkeypatch.setitem(sys.modules, "worthline.company", module)
    import worthline

    monkeypatch.setattr(worthline, "company", module, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return made


@pytest.fixture
def ask(company, capsys):
    """Runs a command; gives its exit code, standard output and standard error."""

    def asked(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return asked


def test_show(ask, company):
    assert ask("show") == (0, SHOW, "")
    assert ask("show", ".") == (0, SHOW, "")
    assert ask("show", str(company.folder))[1].endswith(f"worthline show {company.folder} metrics\n")


def test_show_json_holds_the_figures(ask, company):
    code, out, err = ask("show", "--json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["contract"], said["simulated"], said["run_id"]) == (1, True, "7f3c2a9b01de")
    assert [f["name"] for f in said["figures"]] == [f.name for f in company.published().figures]


def test_show_csv_has_a_row_a_figure_and_says_simulated_beside(ask):
    code, out, err = ask("show", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, err, len(rows)) == (0, "SIMULATED data\n", 8)
    assert (rows[2]["name"], rows[2]["value"], rows[2]["tables"]) == ("nps", "12.1", "metrics")


def test_show_a_table_by_name_alone_or_with_its_folder(ask):
    code, out, _ = ask("show", "metrics")
    assert code == 0
    assert "metrics, 39 rows" in out
    assert "19 further rows not shown" in out
    assert ask("show", ".", "metrics")[1] == out
    assert "SIMULATED" in out.splitlines()[0]
    assert len(list(csv.reader(io.StringIO(ask("show", "metrics", "--csv")[1])))) == 40
    assert len(json.loads(ask("show", "metrics", "--json", "--limit", "3")[1])) == 3


def test_show_one_figure(ask):
    code, out, _ = ask("show", "nps")
    assert code == 0
    assert "NPS is +12 among respondents (95% CI +10 to +14), +13 a year ago;" in out
    assert json.loads(ask("show", "nps", "--json")[1])["value"] == 12.1
    assert len(ask("show", "nps", "--csv")[1].splitlines()) == 2


def test_unknown_name_offers_the_nearest(ask):
    assert ask("show", "metrix") == (
        2,
        "",
        "worthline: There is no table or figure called 'metrix'. Did you mean metrics?\n",
    )
    assert ask("show", "no/such/folder") == (
        2,
        "",
        "worthline: There is no folder no/such/folder. Name the folder that holds worthline.toml.\n",
    )
    code, _, err = ask("explain", "npz")
    assert (code, "Did you mean nps" in err) == (2, True)


def test_a_folder_in_the_place_of_a_figure_is_said_with_the_command_that_works(ask, tmp_path):
    code, out, err = ask("explain", str(tmp_path))
    assert (code, out) == (2, "")
    assert err == (
        f"worthline: {tmp_path} is a folder, not a figure. Name a figure before it: worthline explain nps {tmp_path}\n"
    )


def test_a_file_in_the_place_of_a_folder_is_said_to_be_one(ask, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    (elsewhere / "figures.csv").write_text("a")
    assert "(If figures.csv was meant as a folder: it is a file.)" in ask("show", "figures.csv")[2]


@pytest.mark.parametrize("group", [(), ("store",), ("root-cause",)])
def test_each_command_is_told_in_one_line_of_help_that_is_not_cut(ask, monkeypatch, group):
    monkeypatch.setenv("COLUMNS", "80")
    lines = ask(*group, "--help")[1].splitlines()
    listed = lines[lines.index("Commands:") + 1 :]
    assert len(listed) >= 4
    assert [line for line in listed if line.endswith("...")] == []
    assert max(map(len, lines)) <= 80


def test_misspelt_folder_is_said_where_here_is_no_run(ask, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    code, _, err = ask("show", "larkfeld")
    assert code == 2
    assert err.startswith("worthline: . holds no published run yet.")
    assert err.endswith("(If larkfeld was meant as a folder: there is none.)\n")


def test_explain(ask):
    code, out, _ = ask("explain", "retention_12m")
    assert code == 0
    assert "12-month retention is 82.1%" in out
    assert "where metric = 'retention' and period = '12m:2026-09'" in out
    assert json.loads(ask("explain", "retention_12m", "--json")[1])["figure"]["name"] == "retention_12m"


def test_sql_answers_in_every_form_and_changes_nothing(ask):
    query = "select member, value from metrics where metric = 'nps' and dimension = 'segment' order by member"
    code, out, err = ask("sql", query)
    assert "Small business   21.2" in out
    assert "30.1" not in out, "large accounts are the next smallest beside the pilot of a few, and would tell it"
    assert "Groups of fewer than 10 are hidden" in err
    assert ask("sql", query, "--csv")[1].startswith("member,value\nConsumer,9.4\n")
    assert json.loads(ask("sql", query, ".", "--json")[1])[0] == {"member": "Consumer", "value": 9.4}
    code, out, err = ask("sql", "drop table metrics")
    assert (code, out) == (2, "")
    assert err.startswith("worthline: Only one SELECT")


@pytest.mark.parametrize("what", [("show",), ("show", "metrics"), ("show", "nps"), ("sql", "select 1")])
def test_json_and_csv_at_once_is_wrong_use(ask, what):
    assert ask(*what, "--json", "--csv") == (2, "", "worthline: Either --json or --csv, not both.\n")


def test_table_fits_80_columns_in_a_pipe_too_and_names_what_is_left_out(ask, monkeypatch):
    out = ask("show", "metrics")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert re.search(r"^metric +period +member +value", out, re.M)
    assert "Columns not shown: " in out
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("NO_COLOR", "1")
    assert max(map(len, ask("show", "metrics")[1].splitlines())) <= 90


def test_wide_table_has_every_column(ask):
    out = ask("show", "metrics", "--wide")[1]
    assert re.search(r"^metric .* value .* unit +target$", out, re.M)
    assert "not shown" not in out.replace("19 further rows not shown", "")


def test_wide_headline_stands_in_one_line_a_row(ask):
    """80 columns wrap how NPS is known; --wide does not, as wide as the widest table."""
    assert re.search(r"^NPS \(respondents\) .* actual, 14%$", ask("show")[1], re.M)
    assert re.search(r"^NPS \(respondents\) .* actual, 14% responded$", ask("show", "--wide")[1], re.M)


def test_bridges_page_is_a_sum(ask):
    out = ask("show", "bridges")[1]
    assert "opening + new - lost = closing" in out
    assert "25,800,000.00" in out
    assert "opening,0,25800000" in ask("show", "bridges", "--csv")[1]


def test_run_passes_what_was_asked_and_ends_with_the_sentences(ask, company):
    code, out, err = ask("run", "--as-of", "2026-08-31", "--threads", "2")
    assert code == 0
    assert company.asked == {"as_of": date(2026, 8, 31), "engine": "duckdb", "threads": 2}
    first = [f"  {figure.sentence}" for figure in company.published().figures if figure.value is not None][:3]
    assert err.splitlines() == ["Building the panel", "Counted so far, nothing published yet:", *first]
    assert "-  12-month retention is 82.1%, down from 83.4%;" in out
    assert out.splitlines()[-2].startswith("Next: worthline show   worthline explain customers_active")


def test_run_json_is_nothing_but_json(ask):
    code, out, err = ask("run", "--json")
    assert (code, len(json.loads(out)["figures"])) == (0, 8)
    assert err.startswith("Building the panel\n")


def test_check_says_no_where_rows_are_set_aside_and_which(ask):
    code, out, _ = ask("check")
    assert code == 1
    assert "customers: 118 of 60,120 rows set aside (duplicate key 18, not a date 100)." in out
    code, out, _ = ask("check", "--json")
    said = json.loads(out)
    assert (code, said["tables"][0]["quarantined"], len(said["faults"])) == (1, 118, 1)


def test_check_says_yes_where_all_is_used(ask, company):
    company._health = replace(HEALTH, tables=HEALTH.tables[1:])
    assert ask("check")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [("run", "--as-of", "31 February"), ("run", "--no-such"), ("nothing",), ("explain",), ("show", "--limit", "0")],
)
def test_wrong_use_is_2(ask, arguments):
    code, out, err = ask(*arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("measure", "x"), ("roadmap",), ("report",)])
def test_commands_not_built_yet_are_absent(ask, arguments):
    assert ask(*arguments)[0] == 2


@pytest.mark.parametrize(("error", "code"), [(NoRun(Path("acme")), 2), (Busy("acme"), 1), (WorthlineError("Full."), 3)])
def test_errors_are_told_in_one_line_with_their_exit_code(ask, company, monkeypatch, error, code):
    monkeypatch.setattr(company, "published", lambda: (_ for _ in ()).throw(error))
    assert ask("show") == (code, "", f"worthline: {error}\n")


@pytest.mark.parametrize("error", [KeyError("customer"), Fault("a bridge does not close")])
def test_fault_of_ours_is_3_and_keeps_the_traceback(ask, company, monkeypatch, error):
    monkeypatch.setattr(company, "published", lambda: (_ for _ in ()).throw(error))
    code, out, err = ask("show")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert err.startswith("worthline: this is a fault of Worthline's, not of your data")
    assert "Traceback" not in err
    [kept] = (company.folder / ".worthline" / "logs").iterdir()
    assert str(kept.name) in err
    assert f"{type(error).__name__}: {error}" in kept.read_text("utf-8")


def test_traceback_of_a_folder_without_runs_goes_elsewhere(ask, company, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    monkeypatch.setattr(cli.Working, "folder", Path())
    monkeypatch.setattr("worthline.company.open", lambda folder: 1 / 0)
    code, _, err = ask("check", str(elsewhere))
    assert code == 3
    assert [str(elsewhere) in err, len(list(elsewhere.iterdir()))] == [True, 1]


def test_stopped_by_the_user_is_130_and_one_line(ask, company, monkeypatch):
    monkeypatch.setattr(company, "published", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert ask("show") == (130, "", "worthline: stopped; what was published before, if anything was, is still there.\n")


def test_version(ask):
    import worthline

    assert ask("--version") == (0, f"worthline {worthline.__version__}\n", "")


def test_help_names_every_command_and_fits(ask):
    code, out, _ = ask("--help")
    assert code == 0
    for name in ("run", "check", "show", "explain", "sql"):
        assert f"\n  {name} " in out
    assert max(map(len, out.splitlines())) <= 80


def test_help_shows_on_the_command_line_itself():
    ran = subprocess.run([sys.executable, "-m", "worthline"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "Usage: worthline" in ran.stdout + ran.stderr


WRITES_MUCH = """
import sys
from worthline.app import cli, output
@cli.app.command()
def much():
    output.write("row\\n" for _ in range(1_000_000))
cli.main(["much"])
"""


def test_reader_that_hangs_up_is_no_fault():
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_MUCH], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "row\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0


def test_terminal_that_knows_only_ascii_gets_its_page():
    source = WRITES_MUCH.replace('"row\\n" for _ in range(1_000_000)', '["a € b"]')
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, env=environment, check=False)
    assert (ran.returncode, ran.stdout) == (0, b"a ? b")


def test_colour_only_on_a_terminal_and_not_with_no_color(ask, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in ask("show")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert ask("show")[1] == SHOW


def test_plain_progress_tells_stages_and_not_their_parts(capsys):
    plain = progress.PlainLines()
    for done in range(100):
        plain(f"Reading {done}.csv", done, 100)
    plain("Reading", 100, 100)
    for stage in ("Checking sales", "Laying out customers by month", "Laying out customers by month"):
        plain(stage, 0, 3)
    for stage in ("Counting", "what customers say", "metrics", "Publishing"):
        plain(stage, 0, 0)
    assert capsys.readouterr().err.splitlines() == [
        *("Reading the files", "Checking the tables", "Laying out customers by month", "Counting", "Publishing")
    ]


def test_bar_leaves_nothing_behind(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(told, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setenv("TERM", "xterm")
    with progress.shown() as report:
        report("reading customers", 0, 0)
        report("building [the] panel", 3, 10)
        report("building [the] panel", 10, 10)
        report.say("[42] customers")
    assert "building [the] panel" in told.getvalue()
    assert "[42] customers" in told.getvalue()
    assert told.getvalue().endswith("\x1b[2K")
