"""Names of files as a run tells them: nobody's address, and no day or number of an export taken for one."""

import json

import pytest

import worthline
from worthline.ingest.file_names import told
from worthline.run.pack.verify import changed_inputs


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("feedback anna.meier@mail.example.csv", "feedback [e-mail].csv"),
        ("exports/anna.meier@mail.example/feedback.csv", "exports/[e-mail]/feedback.csv"),
        ("NPS +44 20 7946 0913.xlsx", "NPS [phone].xlsx"),
        ("DE89370400440532013000.csv", "[account].csv"),
        ("calls 4539 5787 6362 1486.csv", "calls [card].csv"),
        ("anna@mail.example", "[e-mail]"),
    ],
)
def test_what_tells_who_somebody_is_goes(name, expected):
    assert told(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "orders_2026-09-30.csv",
        "export 20260930123456.csv",  # passes the check of cards: it begins as a day
        "Kopie von Umsatz 2024-01 bis 2024-12.xlsx",
        "call 2024 01 02 030405.csv",
        "stripe-subs-1722345678.csv",
        "data_2024_01_01_12_30_00.csv",
        "part-00000-3f2a-c000.parquet",
        "orders at shop dot csv.csv",
        "2024/Q1/survey (2).csv",
    ],
)
def test_names_of_exports_stay(name):
    assert told(name) == name


def test_files_that_differ_in_an_address_alone_stay_apart(tmp_path):
    (tmp_path / "worthline.toml").write_text(
        '[company]\nname = "Two"\nas_of = "2026-06-30"\n[tables.customers]\nfile = "customers.csv"\n'
        '[tables.transactions]\nfile = "*@mail.example.csv"\n'
    )
    (tmp_path / "customers.csv").write_text("customer_id\nA\nB\n")
    head = "customer_id,at,amount,kind\n"
    (tmp_path / "a@mail.example.csv").write_text(head + "A,2026-01-02,5,purchase\nA,2026-01-03,x,purchase\n")
    (tmp_path / "b@mail.example.csv").write_text(head + "B,2026-01-02,7,purchase\n")
    run = worthline.open(tmp_path).run()
    health = json.loads((run.path / "health.json").read_text("utf-8"))
    read = {file["file"]: (file["rows_in"], file["used"]) for table in health["tables"] for file in table["files"]}
    assert {name: read[name] for name in read if "mail" in name} == {
        "[e-mail].csv": (2, 1),
        "[e-mail].csv, number 2": (1, 1),
    }
    [aside] = run.sql("select file, line from quarantine").to_pylist()
    assert (aside["file"], aside["line"]) == ("[e-mail].csv", 3)
    inputs = run.about["inputs"]
    assert {"[e-mail].csv", "[e-mail].csv, number 2"} <= set(inputs), "each has its fingerprint"
    assert changed_inputs(tmp_path, inputs) == []
    (tmp_path / "b@mail.example.csv").write_text(head)
    assert changed_inputs(tmp_path, inputs) == [f"[e-mail].csv, number 2 is not in {tmp_path}"]
