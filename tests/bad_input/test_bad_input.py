"""Bad input that can be read: every row used exactly as it was written, or set aside with its reason."""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

import worthline
from tests.bad_input.case import Case
from tests.bad_input.corpus import CASES
from worthline import config
from worthline.engine import open_engine
from worthline.errors import UnreadableFile, WorthlineError
from worthline.ingest.load import load
from worthline.ingest.rules import RULES
from worthline.tables import TABLES

NAMES = {name: spec.names for name, spec in TABLES.items()}


def lay(case: Case, folder: Path) -> None:
    """Write the case's files into a folder."""
    folder.mkdir(exist_ok=True)
    for name, content in case.files.items():
        path = folder / name
        path.write_bytes(content) if isinstance(content, bytes) else content(path)
    toml = case.toml if isinstance(case.toml, bytes) else case.toml.encode()
    (folder / "worthline.toml").write_bytes(toml)


@pytest.fixture
def engine(tmp_path):
    opened = open_engine("duckdb", tmp_path / "scratch", threads=2)
    yield opened
    opened.close()


def same(written: str | None, value: object) -> bool:
    """Whether a value is exactly what was written."""
    if written is None or value is None:
        return written is value
    return Decimal(written) == value if isinstance(value, Decimal) else written == str(value)


def test_there_are_enough_cases():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.error is None])
def test_every_row_is_used_as_written_or_set_aside(name, tmp_path, engine):
    """Those that end in an error are tried by test_last_run_survives."""
    case = CASES[name]
    lay(case, tmp_path / "company")
    loaded = load(config.load(tmp_path / "company", NAMES), engine, tmp_path)
    check_accounts(loaded, engine)
    check_rows(case, loaded, engine)
    check_aside(case, loaded, engine)
    check_told(case, loaded)


def check_accounts(loaded, engine):
    """In = used + quarantined for each file; what is used is there; what is set aside says why."""
    aside = engine.fetch(loaded.quarantine).to_pylist()
    kept = Counter((row["table"], row["file"]) for row in aside)
    reasons = Counter((row["table"], row["file"], row["rule"]) for row in aside)
    for row in aside:
        assert RULES[row["rule"]].sets_aside
        assert row["says"]
        assert row["line"] >= 1
    told: Counter = Counter()
    told_reasons: Counter = Counter()
    for table in loaded.health.tables:
        for file in table.files:
            assert file.rows_in == file.used + file.quarantined
            assert min(file.used, file.quarantined) >= 0
            told[table.table, file.file] += file.quarantined
            for rule in file.rules:
                told_reasons[table.table, file.file, rule.rule] += rule.rows if rule.set_aside else 0
        there = loaded.dataset.tables.get(table.table)
        if table.table != "customers":
            assert table.used == (0 if there is None else engine.fetch(there.count()).column(0)[0].as_py())
    assert +told == kept
    assert +told_reasons == reasons


def check_rows(case, loaded, engine):
    for table, (columns, rows) in case.used.items():
        names = columns.split("|") if "|" in columns else columns.split()
        held = loaded.dataset[table]
        order = dict.fromkeys(("_file", "_line", *names))
        ordered = held.order_by([held[c].asc(nulls_first=True) for c in order]).select(names)
        found = [tuple(row.values()) for row in engine.fetch(ordered).to_pylist()]
        assert len(found) == len(rows), found
        for wanted, row in zip(rows, found, strict=True):
            assert all(map(same, wanted, row)), (wanted, row)


def check_aside(case, loaded, engine):
    found: dict[str, list] = {name: [] for name in case.aside}
    for row in engine.fetch(loaded.quarantine.order_by(["file", "line", "rule"])).to_pylist():
        found.setdefault(row["file"], []).append((row["line"], row["column"], row["rule"], row["value"]))
    assert found == {name: rows for name, rows in case.aside.items() if rows or name in found}


def check_told(case, loaded):
    rows: Counter = Counter()
    remarks: Counter = Counter()
    for table in loaded.health.tables:
        for file in table.files:
            rows[file.file] += file.rows_in
            remarks.update({r.rule: r.rows for r in file.rules if not r.set_aside})
            for words in case.notes:
                assert any(words in note for note in file.notes), file.notes
        remarks.update({r.rule: r.rows for r in table.rules})
    for name, count in case.rows.items():
        assert rows[name] == count
    remarks.pop("finer_than_currency", None)
    assert dict(remarks) == case.remarks
    if case.as_of:
        assert loaded.dataset.settings.as_of.isoformat() == case.as_of


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_permissions(tmp_path, engine):
    lay(CASES["semicolons"], tmp_path / "company")
    (tmp_path / "company" / "sales.csv").chmod(0)
    with pytest.raises(UnreadableFile, match="may not read"):
        load(config.load(tmp_path / "company", NAMES), engine, tmp_path)


@pytest.mark.parametrize("what", ["missing folder", "no settings"])
def test_folder_that_is_none(what, tmp_path):
    folder = tmp_path / "none" if what == "missing folder" else tmp_path
    with pytest.raises(WorthlineError, match="no such folder" if what == "missing folder" else "no worthline.toml"):
        worthline.open(folder)
