"""Exit 3 is for faults of ours alone (fault 11): what others bring ends in words and exit 1 or 2."""

from __future__ import annotations

import pytest

import worthline
from worthline.app import cli

SALES = "customer_id,at,amount\na,2025-01-05,10\nb,2025-02-07,20\n"
TABLES = '[tables.transactions]\nfile = "sales.csv"\n'
SETTINGS = {
    "nested without end": "[company]\nname = " + "[" * 100_000,
    "a number of 5,000 digits": f"[company]\nmargin = {'9' * 5000}\n{TABLES}",
    "no text": "\udcff",
}


def ended(capsys, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("what", SETTINGS)
def test_settings(tmp_path, capsys, what):
    (tmp_path / "worthline.toml").write_bytes(SETTINGS[what].encode(errors="surrogateescape"))
    code, says = ended(capsys, "check", str(tmp_path))
    assert (code, says.count("\n")) == (2, 1)
    assert "worthline.toml" in says


def test_settings_that_cannot_be_read(tmp_path, capsys, monkeypatch):
    (tmp_path / "worthline.toml").write_text(TABLES)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", refuse)
    code, says = ended(capsys, "check", str(tmp_path))
    assert code == 2
    assert "cannot be read (Permission denied)" in says


@pytest.mark.parametrize("name", ["what?", "not\udcffutf8"])
def test_names_of_folders(tmp_path, capsys, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "worthline.toml").write_text(TABLES)
    (folder / "sales.csv").write_text(SALES)
    code, says = ended(capsys, "run", str(folder))
    assert code == 2
    assert "Rename the folder" in says


def test_sql_that_is_no_text(tmp_path, capsys):
    (tmp_path / "worthline.toml").write_text("[company]\nmargin = 0.5\n" + TABLES)
    (tmp_path / "sales.csv").write_text(SALES)
    worthline.open(tmp_path).run(threads=1)
    code, says = ended(capsys, "sql", "select '\udcff'", str(tmp_path))
    assert code == 2
    assert "not UTF-8" in says


def test_a_file_of_3000_columns(tmp_path, capsys):
    extra = range(3000)
    rows = [
        ["customer_id", "at", "amount", *(f"a{i}" for i in extra)],
        ["a", "2025-01-05", "10", *("x" for _ in extra)],
    ]
    (tmp_path / "sales.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    (tmp_path / "worthline.toml").write_text("[company]\nmargin = 0.5\n" + TABLES)
    code, says = ended(capsys, "check", str(tmp_path))
    assert code == 1
    assert "3,003 columns" in says
