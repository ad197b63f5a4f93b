"""The proof pack: recomputed by its own verifier alone, the same bytes every time, and nothing of a person in it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import worthline
from worthline.errors import CorruptRun, DataError, UsageError
from worthline.run import pack as packs
from worthline.run.pack.build import build

CANARIES = (
    "zebulon@canary.example",
    "Zebulon Quillfeather",
    "+44 20 7946 0958",
    "GB33BUKB20201555555555",
    "Rue Canari 9",
)
TOML = """
[company]
name = "Acme & Sons"
currency = "USD"
as_of = "2026-09-30"
margin = 0.5
simulated = true
[tables.customers]
file = "customers.csv"
[tables.transactions]
file = "sales.csv"
[tables.feedback]
file = "answers.csv"
"""


def lay(folder: Path) -> None:
    """Twelve customers named by their e-mail; canaries in every place where a person may be told of."""
    customers = ["customer_id,name,email,phone,segment,Notes,iban"]
    sales = ["customer_id,at,amount,kind"]
    answers = ["customer_id,at,metric,score,text"]
    for i in range(12):
        who = f"zebulon{i}@canary.example" if i else CANARIES[0]
        customers.append(f"{who},{CANARIES[1]},{CANARIES[0]},{CANARIES[2]},s{i % 2},call {CANARIES[1]},{CANARIES[3]}")
        for month in range(1, 10):
            sales += [f"{who},2026-{month:02d}-1{i % 9},{10 + i}.{month}5,purchase"]
            sales += [f"{who},2025-{month:02d}-1{i % 9},{9 + i}.05,purchase"]
        sales.append(f"{who},2026-09-20,-3.15,refund")
        answers.append(f'{who},2026-0{i % 9 + 1}-20,nps,{10 - i % 6},"I am {CANARIES[1]}, {CANARIES[4]}"')
    for name, lines in (("customers", customers), ("sales", sales), ("answers", answers)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "worthline.toml").write_text(TOML, encoding="utf-8")


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The company's folder, its run published."""
    folder = tmp_path_factory.mktemp("acme")
    lay(folder)
    worthline.open(folder).run(threads=1)
    return folder


@pytest.fixture(scope="module")
def packed(acme, tmp_path_factory):
    """Its proof pack."""
    out = tmp_path_factory.mktemp("packs") / "proof.zip"
    build(worthline.open(acme).published(), out)
    return out


def ran(*command, cwd=None):
    """A Python without Worthline on its path: exit code and what it said."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    block = "import sys, runpy; sys.modules['worthline'] = None; del sys.argv[0]; "
    block += "runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", block, *map(str, command)]
    done = subprocess.run(command, check=False, cwd=cwd, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_archive_recomputes_every_counted_figure_without_worthline(acme, packed):
    code, out, err = ran(packed, "--json", "--inputs", acme)
    assert code == 0, err
    found = json.loads(out)
    counted = {f.name: f.value for f in worthline.open(acme).published().figures if f.basis == "counted"}
    assert counted["comments_12m"] == 12, "twelve answers, each by another customer"
    assert {f["name"]: f["recomputed"] for f in found["figures"]} == pytest.approx(
        {name: value for name, value in counted.items() if value is not None}, rel=1e-12
    )
    assert {each["name"] for each in found["undefined"]} == {name for name, value in counted.items() if value is None}
    # 12 customers x 9 months of 10 + i dollars and .15, .25, ... .95: by arithmetic, less 12 refunds of 3.15; and
    # the last three months of 2025 have no sales.
    sold = sum(10 + i + (10 * month + 5) / 100 for i in range(12) for month in range(1, 10)) - 12 * 3.15
    assert found["figures"][[f["name"] for f in found["figures"]].index("revenue_12m")]["recomputed"] == pytest.approx(
        sold
    )


@pytest.mark.parametrize("place", ["pack", "metric=x/month=7", "pack [1]"])
def test_unpacked_it_is_verified_in_words(packed, tmp_path, place):
    """Wherever it is: neither columns nor patterns are read out of the path."""
    zipfile.ZipFile(packed).extractall(tmp_path / place)
    (tmp_path / "pack 1" / "source").mkdir(parents=True)
    for path in (tmp_path / place / "source").glob("*"):
        (tmp_path / "pack 1" / "source" / path.name).write_bytes(b"a neighbour's")
    code, out, _ = ran(tmp_path / place / "verify.py")
    assert code == 0
    assert "counted figures are equal to what their SQL gives over source.*." in out
    assert out.startswith("Acme & Sons, run ")


def test_same_run_same_bytes(acme, packed, tmp_path):
    again = build(worthline.open(acme).published(), tmp_path / "again.zip")
    assert again.path.read_bytes() == packed.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"], "nothing is left beside it"


def test_nothing_of_a_person_is_in_it_unless_asked_for(acme, packed, tmp_path):
    assert told(packed, tmp_path / "without") == []
    whole = tmp_path / "whole.zip"
    build(worthline.open(acme).published(), whole, with_personal=True)
    assert set(told(whole, tmp_path / "with")) == set(CANARIES)
    assert ran(whole)[0] == 0


def told(archive, place):
    """The canaries that any cell or text of the archive holds."""
    zipfile.ZipFile(archive).extractall(place)
    content = ""
    for path in place.rglob("*"):
        if path.suffix == ".parquet":
            content += str(pq.read_table(path).to_pydict())
        elif path.is_file():
            content += path.read_text("utf-8")
    return [canary for canary in CANARIES if canary in content]


def test_verifier_tells_a_changed_cell_a_changed_figure_and_a_changed_input(packed, acme, tmp_path):
    zipfile.ZipFile(packed).extractall(tmp_path)
    about = json.loads((tmp_path / "pack.json").read_text("utf-8"))
    [revenue] = [f for f in about["figures"] if f["name"] == "revenue_12m"]
    revenue["value"] = round(revenue["value"] + 0.01, 2)
    (tmp_path / "pack.json").write_text(json.dumps(about), "utf-8")
    code, out, _ = ran(tmp_path / "verify.py")
    assert (code, "DIFFERENT" in out) == (1, True)
    sales = tmp_path / "source" / "transactions.parquet"
    pq.write_table(pq.read_table(sales).slice(1), sales)
    assert "transactions.parquet is not the file that was packed" in ran(tmp_path / "verify.py")[1]
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "sales.csv").write_text("other")
    assert "sales.csv is not the file that the run read" in ran(packed, "--inputs", tmp_path / "inputs")[1]


def test_figure_that_reads_a_result_cannot_be_verified(packed, tmp_path):
    """The verifier gives queries the checked tables alone: one over the panel fails."""
    zipfile.ZipFile(packed).extractall(tmp_path)
    (tmp_path / "sql" / "customers_active.sql").write_text("select count(*) as value from panel")
    code, out, _ = ran(tmp_path / "verify.py")
    assert code == 1
    assert "Table with name panel does not exist" in out


def test_verifier_imports_the_standard_library_and_duckdb_alone():
    tree = ast.parse((Path(packs.__file__).parent / "verify.py").read_text("utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "duckdb"}


def test_damage_is_said_and_leaves_no_pack(acme, tmp_path):
    import shutil

    shutil.copytree(acme, tmp_path / "acme", symlinks=True)
    run = worthline.open(tmp_path / "acme").published()
    file = run.path / "source" / "transactions.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(CorruptRun, match="transactions"):
        build(run, tmp_path / "out.zip")
    assert not [path for path in tmp_path.iterdir() if "out.zip" in path.name]


def test_run_of_an_earlier_worthline_is_told_as_such(acme, tmp_path, monkeypatch):
    from dataclasses import replace

    run = worthline.open(acme).published()
    bare = [replace(figure, details={}) for figure in run.figures]
    monkeypatch.setitem(run.__dict__, "figures", bare)
    with pytest.raises(DataError, match="made by an earlier Worthline"):
        build(run, tmp_path / "out.zip")


def test_command_names_the_file_and_refuses_a_folder(acme, tmp_path, monkeypatch):
    from worthline.app import proof_pack

    monkeypatch.chdir(tmp_path)
    made = proof_pack.write(worthline.open(acme), None, with_personal=False)
    assert made.path.name == f"acme-sons-{worthline.open(acme).published().run_id}-proof.zip"
    assert made.path.stat().st_mode & 0o077 == 0
    for wrong in (tmp_path, tmp_path / "nowhere" / "p.zip"):
        with pytest.raises(UsageError):
            proof_pack.write(worthline.open(acme), wrong, with_personal=False)


def test_logs_tell_nothing_of_anybody(acme, monkeypatch):
    """A run, pages, a page that fails with a cell in its words, a webhook: no canary stands in any log."""
    from starlette.testclient import TestClient

    from worthline.app.web import site, views
    from worthline.app.web.alive import AccessLog

    def fails(*_):
        try:
            int(CANARIES[1])
        except ValueError as error:
            raise RuntimeError(
                f"Conversion of \"{CANARIES[4]}\" for {CANARIES[0]}, {CANARIES[2]} in column 'amount'"
            ) from error

    monkeypatch.setattr(views, "tables_page", fails)
    here = "http://127.0.0.1:8765"
    client = TestClient(AccessLog(site.make(acme), acme), base_url=here, raise_server_exceptions=False)
    assert client.get(f"/customers/{CANARIES[0]}").status_code == 200
    for path in ("/", f"/find?q={CANARIES[1]}", f"/{CANARIES[1]}", f"/customers/{CANARIES[1]}"):
        client.get(path)
    failed = client.get("/tables")
    client.post("/inbound/own", content=f'{{"data": {{"text": "{CANARIES[1]}"}}}}')
    logs = list((acme / ".worthline" / "logs").iterdir())
    kept = {path.name: path.read_text("utf-8") for path in logs}
    assert failed.status_code == 500
    assert "fault-" in failed.text
    assert any(name.startswith("fault-") and "in column 'amount'" in text for name, text in kept.items())
    assert not [(name, canary) for name, text in kept.items() for canary in CANARIES if canary in text]
    assert all(path.stat().st_mode & 0o077 == 0 for path in logs)
