"""Small companies are run on one thread: how small is told from the files that the mapping names."""

import pytest

import worthline
from worthline.ingest import source_parts

FILE = '[tables.transactions]\nfile = "sales*.csv"\n'
QUERY = "[tables.transactions]\nquery = \"select * from 'sales.csv'\"\n"


@pytest.mark.parametrize(
    ("mapping", "files", "most", "small"),
    [
        (FILE, {"sales.csv": 40}, 40, True),
        (FILE, {"sales.csv": 41}, 40, False),
        (FILE, {"sales1.csv": 30, "sales2.csv": 30}, 60, True),
        (FILE, {"sales1.csv": 30, "sales2.csv": 31}, 60, False),
        (FILE, {"other.csv": 1}, 60, False),  # what is missing is told where it is read
        (QUERY, {"sales.csv": 1}, 60, False),  # what a query reads is not known
    ],
)
def test_size_is_that_of_all_files_together(mapping, files, most, small, tmp_path, monkeypatch):
    monkeypatch.setattr(source_parts, "SMALL_BYTES", most)
    (tmp_path / "worthline.toml").write_text(f"[company]\n{mapping}")
    for name, size in files.items():
        (tmp_path / name).write_bytes(b"x" * size)
    assert source_parts.is_small(worthline.open(tmp_path).config) is small
