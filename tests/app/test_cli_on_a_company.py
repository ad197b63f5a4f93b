"""The command line over a real folder, from files to a published run."""

import json
import subprocess
import sys
from datetime import date, timedelta

import pytest

from worthline.app import cli

TOML = """
[company]
name = "Acme"
currency = "EUR"
margin = 0.4
setting = "contractual"
as_of = "2026-09-30"
simulated = true
[tables.customers]
file = "customers.csv"
[tables.transactions]
file = "sales.csv"
[tables.feedback]
file = "answers.csv"
"""


def make(folder):
    """Thirty customers over two years; every fourth leaves; one sale on a day that there is not."""
    customers = ["customer_id,joined_on,left_on,segment"]
    sales = ["customer_id,at,amount,kind", "c0,2026-02-31,10.00,purchase"]
    answers = ["customer_id,at,metric,score"]
    for i in range(30):
        left = date(2026, 1, 10) + timedelta(7 * i) if i % 4 == 0 else None
        customers.append(f"c{i},2024-{i % 12 + 1:02d}-05,{left or ''},{'Home' if i % 3 else 'Office'}")
        day = date(2024, 12, 31)
        while day < (left or date(2026, 9, 30)):
            sales.append(f"c{i},{day},{10 + i}.{day.day:02d},purchase")
            day += timedelta(30 + i)
        answers.append(f"c{i},2026-0{i % 9 + 1}-20,nps,{10 - i % 6}")
    for name, lines in (("customers", customers), ("sales", sales), ("answers", answers)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "worthline.toml").write_text(TOML, "utf-8")


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """A published company folder."""
    folder = tmp_path_factory.mktemp("acme")
    make(folder)
    command = [sys.executable, "-m", "worthline", "run", "--threads", "2"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Acme   SIMULATED   as of 30 Sep 2026" in ran.stdout
    assert "Next: worthline show" in ran.stdout
    return folder


@pytest.fixture
def ask(acme, capsys, monkeypatch):
    """Runs a command in the company's folder, in this process; gives exit code, output and errors."""
    monkeypatch.chdir(acme)

    def asked(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return asked


def test_check_says_no_for_the_day_that_there_is_not_and_changes_nothing(ask, tmp_path):
    make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code, out, _ = ask("check", str(tmp_path))
    assert code == 1
    assert "rows set aside (not a date 1)." in out
    assert sorted(tmp_path.rglob("*")) == before
    assert "1 row set aside" in ask("show")[1]


def test_files_that_no_table_reads_are_named(ask, tmp_path):
    make(tmp_path)
    assert "No table reads" not in ask("check", str(tmp_path))[1]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "refunds.csv").write_text("a\n1\n")
    (tmp_path / ".old.csv").write_text("a\n1\n")
    assert "No table reads 1 file of the folder: more/refunds.csv." in " ".join(ask("check", str(tmp_path))[1].split())


def test_figures_agree_with_what_their_own_sql_gives(ask):
    found = {f["name"]: f for f in json.loads(ask("show", "--json")[1])["figures"]}
    drilled = set()
    for name, figure in found.items():
        told = json.loads(ask("explain", name, "--json")[1])
        assert told["simulated"] is True
        assert json.loads(ask("show", name, "--json")[1])["simulated"] is True
        for query in told["queries"]:
            code, out, err = ask("sql", query["sql"], "--json")
            assert code == 0, (query["sql"], err)
            again = json.loads(out)[0]["value"]
            # Shares are divided once more here: the last digits of a double may differ.
            assert again == (figure["value"] and pytest.approx(figure["value"], rel=1e-12)), query["sql"]
            drilled |= {name} - ({name} if "from metrics" in query["sql"] else set())
    counted = {name for name, figure in found.items() if figure["basis"] == "counted" and figure["value"] is not None}
    assert drilled == counted | {"customer_equity", "margin_next_12m"}
    assert set(found) >= {"nps", "margin_12m", "net_revenue_retention"}


@pytest.mark.parametrize(
    "table", ["metrics", "panel", "bridges", "customer_scores", "data_quality", "quarantine", "nps"]
)
def test_everything_published_is_shown_in_every_form(ask, table):
    for form in ((), ("--json",), ("--csv",)):
        code, out, _ = ask("show", table, *form)
        assert (code, bool(out)) == (0, True)
    assert "SIMULATED" in ask("show", table)[1]


def test_a_metric_that_is_counted_is_not_said_to_be_missing(ask, acme):
    """Purchases are counted here, and no figure; there are no contacts, so that their metric is off."""
    code, out, err = ask("show", "orders")
    assert (code, out) == (2, "")
    said = "worthline: orders is a metric of this run, not a table or a figure. Its values and method: "
    assert err == f"{said}worthline explain orders\n"
    assert ask("explain", "orders")[0] == 0
    code, _, err = ask("show", "resolved_share")
    assert code == 2
    assert "not in this run (no resolved_share)" in err


def test_folder_without_a_run_says_how_to_make_one(ask, tmp_path):
    make(tmp_path)
    assert ask("show", str(tmp_path), "nps") == (
        2,
        "",
        f"worthline: {tmp_path} holds no published run yet. Make one with: worthline run {tmp_path}\n",
    )
    assert ask("run", "no-such-folder") == (
        2,
        "",
        "worthline: no-such-folder: no such folder. Name a company's folder.\n",
    )
