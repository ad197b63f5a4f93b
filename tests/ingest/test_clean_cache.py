"""A file proved clean is taken as it was checked, to the byte, and only while nothing it depends on has changed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import worthline
from worthline.ingest import clean_cache, source_parts

TOML = """[company]
name = "Shop"
margin = 0.5
as_of = "2025-03-31"
[tables.transactions]
file = "sales.csv"
columns = {{ customer_id = "who", amount = "{amount}" }}
date_format = "%d/%m/%Y"
"""
HEADER = "who,at,amount,before,note\n"
ROWS = [f"c{i % 7},{i % 28 + 1:02}/0{i % 3 + 1}/2025,{i}.{i % 100:02},{i}.00,n{i}\n" for i in range(1, 200)]


@pytest.fixture(autouse=True)
def every_file_is_worth_keeping(monkeypatch):
    monkeypatch.setattr(clean_cache, "SMALLEST", 0)


@pytest.fixture
def opened(monkeypatch):
    """The files that are opened and read."""
    seen: list[str] = []
    really = source_parts.open_file

    def open_file(engine, path, name, *rest):
        seen.append(name)
        return really(engine, path, name, *rest)

    monkeypatch.setattr(source_parts, "open_file", open_file)
    return seen


@pytest.fixture
def shop(tmp_path):
    write(tmp_path, ROWS)
    (tmp_path / "worthline.toml").write_text(TOML.format(amount="amount"), encoding="utf-8")
    return tmp_path


def write(shop: Path, rows: list[str]) -> None:
    (shop / "sales.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


def files(run) -> dict[str, bytes]:
    return {p.relative_to(run.path).as_posix(): p.read_bytes() for p in run.path.rglob("*") if p.is_file()}


def kept(shop: Path) -> list[Path]:
    return sorted((shop / ".worthline" / "checked").glob("*"))


def test_a_second_run_gives_the_same_bytes_without_reading_the_file(shop, opened):
    first = files(worthline.open(shop).run())
    assert opened == ["sales.csv"]
    assert [p.suffix for p in kept(shop)] == [".json", ".parquet"]
    again = worthline.open(shop).run(threads=1)
    assert opened == ["sales.csv"]
    assert files(again) == first


def test_a_changed_byte_a_changed_mapping_or_other_code_reads_the_file_again(shop, opened, monkeypatch):
    worthline.open(shop).run()
    write(shop, [*ROWS[:-1], ROWS[-1].replace("199.99", "198.99")])
    run = worthline.open(shop).run()
    assert len(opened) == 2
    assert run.sql("select max(amount) a from source.transactions")["a"][0].as_py() == Decimal("198.99")
    (shop / "worthline.toml").write_text(TOML.format(amount="before"), encoding="utf-8")
    run = worthline.open(shop).run()
    assert len(opened) == 3
    assert run.sql("select max(amount) a from source.transactions")["a"][0].as_py() == 199
    monkeypatch.setattr("worthline.run.manifest.code", lambda: "other")
    worthline.open(shop).run()
    assert len(opened) == 4


def test_only_what_the_last_run_used_is_kept(shop):
    worthline.open(shop).run()
    before = kept(shop)
    write(shop, ROWS[:-1])
    worthline.open(shop).run()
    assert len(kept(shop)) == 2
    assert not set(kept(shop)) & set(before)


def test_a_file_with_a_row_set_aside_is_not_kept(shop, opened):
    write(shop, [*ROWS, "c1,31/02/2025,5.00,1,x\n"])
    worthline.open(shop).run()
    assert kept(shop) == []
    worthline.open(shop).run()
    assert opened == ["sales.csv", "sales.csv"]


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_rows_that_are_not_to_the_byte_what_was_written_are_not_trusted(shop, opened, suffix):
    first = files(worthline.open(shop).run())
    (path,) = (p for p in kept(shop) if p.suffix == suffix)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert files(worthline.open(shop).run()) == first
    path.write_bytes(b"")
    assert files(worthline.open(shop).run()) == first
    assert len(opened) == 3


def test_a_check_takes_them_and_writes_nothing(shop, opened):
    found = worthline.open(shop).check()
    assert kept(shop) == []
    worthline.open(shop).run()
    before = {p: p.stat().st_mtime_ns for p in kept(shop)}
    assert worthline.open(shop).check().as_json() == found.as_json()
    assert opened == ["sales.csv", "sales.csv"]
    assert {p: p.stat().st_mtime_ns for p in kept(shop)} == before
