"""A large file that only the exact reader can read is said to take long before it is read, and why."""

from __future__ import annotations

from datetime import date

import pytest

import worthline
from worthline.ingest import raw

SETTINGS = '[company]\nname = "S"\nmargin = 0.5\n[tables.transactions]\nfile = "sales.csv"\n'
HEAD = "customer_id,at,amount\n"
ROWS = [f"C{n % 7},2025-0{1 + n % 9}-1{n % 7},{n}.00\n" for n in range(500)]


def told(folder, line, monkeypatch, *, size=1):
    """What progress says of a file with this line among 500 others, a file of `size` bytes being a large one."""
    monkeypatch.setattr(raw, "LONG", size)
    folder.joinpath("worthline.toml").write_text(SETTINGS)
    folder.joinpath("sales.csv").write_text(HEAD + "".join(ROWS[:100]) + line + "".join(ROWS[100:]))
    said: list[str] = []
    health = worthline.open(folder).check(
        as_of=date(2025, 9, 30), progress=lambda words, _done, _of: said.append(words)
    )
    [table] = health.tables
    assert (table.rows_in, table.quarantined) == (501, 1), "the line alone is lost"
    [file] = table.files
    notes = [note for note in file.notes if "exact reader" in note]
    return said, notes


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('C1,2025-03-03,"7.00\n', "a quote at line 102 does not close, or text stands behind it"),
        ('C1,2025-03-03,"7.00"x\n', "a quote at line 102 does not close, or text stands behind it"),
        ("C1,2025-03-03,7.00,8\n", "line 102 has 4 cells, not 3"),
        ("C1,2025-03-03\n", "line 102 has 2 cells, not 3"),
    ],
)
def test_why_and_how_long_is_said_before_the_file_is_read(tmp_path, monkeypatch, line, why):
    said, notes = told(tmp_path, line, monkeypatch)
    assert notes == [f"read by the exact reader: {why}"]
    words = f"Careful reading of sales.csv, 1 min or more: {why}"
    assert said.index(words) < said.index("Checking transactions")


def test_a_small_file_is_read_without_a_word(tmp_path, monkeypatch):
    said, notes = told(tmp_path, 'C1,2025-03-03,"7.00\n', monkeypatch, size=raw.LONG)
    assert len(notes) == 1
    assert not any(words.startswith("Careful") for words in said)
